import { renderAwsAuth } from '../../aws-auth/render.ts';
import { note, refusal } from '../../errors.ts';
import { nodeRolesFindings } from '../../mapping/request.ts';
import type { Desired } from '../../mapping/resolve.ts';
import { listed } from '../../text.ts';
import { defineCommand, outputOption } from '../define-command.ts';
import { renderLongJson } from '../format/json.ts';
import { withDesired } from '../load-request.ts';
import { type CommonOptions, requireConsistent } from '../option-values.ts';
import type { Outcome, Shell } from '../shell.ts';

interface GenerateOptions extends CommonOptions {
  readonly output: 'configmap' | 'maproles' | 'terraform' | 'json';
  readonly comments?: boolean;
  /** False with `--no-nodes`. */
  readonly nodes: boolean;
}

export const generateCommand = defineCommand(
  'generate',
  { mapping: true, reads: 'AWS or snapshots' },
  (command) =>
    command
      .addOption(outputOption('configmap', 'maproles', 'terraform', 'json'))
      .option('--comments', 'annotate role ARNs with account and permission set')
      .option('--lookup', 'with -o terraform: let Terraform find the roles by name')
      .option('--no-nodes', 'allow no node entries, if nodes use access entries'),
  generate,
);

async function generate(options: GenerateOptions, shell: Shell): Promise<Outcome> {
  const { output } = options;
  requireConsistent(
    [
      options.lookup && output !== 'terraform',
      `--lookup can't be used with -o ${output}`,
      'Only Terraform can find the roles. Add -o terraform, or remove --lookup.',
    ],
    [
      options.comments && output === 'terraform',
      "--comments can't be used with -o terraform",
      'Remove one of them.',
    ],
  );
  const resolved = await withDesired(options, shell, (desired) => desired);
  const { request, scoped, entries } = resolved;
  if (request.wantsNobody && entries.length === 0)
    throw refusal({
      message: 'there are no entries to print, because `mappings` is empty',
      help: 'To remove the last entries of a live aws-auth, use `aws-auth-sso merge --prune`.',
    });
  const leftOut = nodeRolesFindings(scoped, request, output === 'maproles');
  const owned =
    output === 'terraform' ? [OWNED_BY_TERRAFORM] : output === 'configmap' ? [REPLACES_AWS_AUTH] : [];
  const desired = { ...resolved, findings: [...resolved.findings, ...leftOut, ...owned] };
  if ((output === 'configmap' || output === 'terraform') && options.nodes) requireNodes(desired);
  const stdout = await render(desired, options);
  shell.report(desired.findings);
  return { stdout };
}

const OWNED_BY_TERRAFORM = note(
  'terraform-owns-map-roles',
  'Terraform replaces all of mapRoles in aws-auth: it removes entries that are only in the cluster',
  { help: 'Before the first apply, compare with the live aws-auth: `aws-auth-sso diff`.' },
);

const REPLACES_AWS_AUTH = note(
  'replaces-aws-auth',
  'applying this ConfigMap over a live aws-auth removes the entries that are only there',
  { help: 'To change a live aws-auth, use `aws-auth-sso merge`.' },
);

async function render(
  { entries, findings }: Desired,
  { output, comments = false, lookup = false }: GenerateOptions,
): Promise<Outcome['stdout']> {
  if (output === 'terraform') {
    const { renderTerraformAwsAuth } = await import('../../access-entry/terraform-aws-auth.ts');
    return renderTerraformAwsAuth(entries, lookup);
  }
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
