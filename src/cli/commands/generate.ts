import { renderAwsAuth } from '../../configmap/render.ts';
import type { DesiredEntry } from '../../entry.ts';
import { refusal } from '../../errors.ts';
import { nodeRolesFindings } from '../../mapping/request.ts';
import type { Desired } from '../../mapping/resolve.ts';
import { listed } from '../../text.ts';
import { defineCommand, GROUPS, outputOption } from '../command.ts';
import { renderLongJson } from '../format/json.ts';
import { withDesired } from '../load-request.ts';
import type { CommonOptions } from '../options.ts';
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
      .optionsGroup(GROUPS.output)
      .option('--comments', 'add a comment with account and permission set to each role ARN')
      .optionsGroup(GROUPS.safety)
      .option('--no-nodes', 'allow a ConfigMap without node entries: nodes join by access entries'),
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
  if (output === 'json') return renderLongJson({ entries: entries.map(jsonEntry), findings });
  return renderAwsAuth(entries, { comments }, output);
}

function jsonEntry({ rolearn, username, groups, role }: DesiredEntry) {
  const { pathArn = null, accountId = null, accountName = null, permissionSet = null } = role ?? {};
  return { rolearn, username, groups, pathArn, accountId, accountName, permissionSet };
}

function requireNodes({ entries, scoped }: Desired): void {
  if (entries.some(({ role }) => role === null)) return;
  const { nodeRolesLeftOut: leftOut } = scoped;
  const cause = `The \`nodeRoles\` of the config are outside the scope: ${listed(leftOut)}.\n`;
  throw refusal({
    message: 'this ConfigMap has no node entry: applied over a live aws-auth, it would lock out every node',
    help: `${leftOut.length > 0 ? cause : ''}Merge the entries into the live ConfigMap with \`aws-auth-sso merge\`, name the nodes' role with --node-role, print only the list with -o maproles, or pass --no-nodes if nodes join by access entries.`,
  });
}
