import { renderAwsAuth } from '../../aws-auth/render.ts';
import { refusal } from '../../errors.ts';
import { nodeRolesFindings } from '../../mapping/request.ts';
import type { Desired } from '../../mapping/resolve.ts';
import { listed } from '../../text.ts';
import { defineCommand, outputOption } from '../define-command.ts';
import { renderLongJson } from '../format/json.ts';
import { withDesired } from '../load-request.ts';
import type { CommonOptions } from '../option-values.ts';
import type { Outcome, Shell } from '../shell.ts';

interface GenerateOptions extends CommonOptions {
  readonly output: 'configmap' | 'maproles' | 'json';
  readonly comments?: boolean;
  /** False with `--no-nodes`. */
  readonly nodes: boolean;
}

export const generateCommand = defineCommand(
  'generate',
  { mapping: 'aws-auth', reads: 'AWS or snapshots' },
  (command) =>
    command
      .addOption(outputOption('configmap', 'maproles', 'json'))
      .option('--comments', 'annotate role ARNs with account and permission set')
      .option('--no-nodes', 'allow no node entries, if nodes use access entries'),
  generate,
);

async function generate(options: GenerateOptions, shell: Shell): Promise<Outcome> {
  const resolved = await withDesired(options, shell, (desired) => desired);
  const { request, scoped } = resolved;
  const leftOut = nodeRolesFindings(scoped, request, options.output === 'maproles');
  const desired = { ...resolved, findings: [...resolved.findings, ...leftOut] };
  if (options.output === 'configmap' && options.nodes) requireNodes(desired);
  const stdout = render(desired, options);
  shell.report(desired.findings);
  return { stdout };
}

function render(
  { entries, findings }: Desired,
  { output, comments = false }: GenerateOptions,
): Outcome['stdout'] {
  if (output !== 'json') return renderAwsAuth(entries, { comments }, output);
  const rows = entries.map(({ rolearn, username, groups, role }) => {
    const { pathArn = null, accountId = null, accountName = null, permissionSet = null } = role ?? {};
    return { rolearn, username, groups, pathArn, accountId, accountName, permissionSet };
  });
  return renderLongJson({ entries: rows, findings });
}

function requireNodes({ entries, scoped }: Desired): void {
  if (entries.some(({ role }) => role === null)) return;
  const { nodeRolesLeftOut: leftOut } = scoped;
  const cause = `The config's \`nodeRoles\` are outside the scope: ${listed(leftOut)}.\n`;
  throw refusal({
    message: 'the ConfigMap has no node entry: applying it over a live aws-auth would lock out every node',
    help: `${leftOut.length > 0 ? cause : ''}Merge into the live ConfigMap with \`aws-auth-sso merge\`, or add the nodes' role with --node-role.\nUse -o maproles to print only the list, or --no-nodes if nodes join through access entries.`,
  });
}
