import { Command, Option } from 'commander';
import { renderConfigMap, renderMapRoles, verifyRendered } from '../../configmap/render.ts';
import type { DesiredEntry } from '../../entry.ts';
import { refusal } from '../../errors.ts';
import type { Desired } from '../../mapping/desired.ts';
import {
  addInventoryOptions,
  addMappingOptions,
  addScopeOptions,
  addShellOptions,
} from '../common-options.ts';
import { type DesiredOptions, withDesired } from '../desired.ts';
import { renderLongJson } from '../format/json.ts';
import type { Run } from '../run.ts';
import type { Outcome, Shell, ShellOptions } from '../shell.ts';

interface GenerateOptions extends DesiredOptions, ShellOptions {
  readonly output: 'configmap' | 'maproles' | 'json';
  readonly comments?: boolean;
  /** False with `--no-nodes`. */
  readonly nodes: boolean;
}

export function generateCommand(run: Run): Command {
  const command = new Command('generate')
    .description('print the desired entries as a new ConfigMap')
    .addOption(
      new Option('-o, --output <format>', 'format')
        .choices(['configmap', 'maproles', 'json'])
        .default('configmap'),
    )
    .option('--comments', 'say account name and permission set behind each role ARN')
    .option('--no-nodes', 'print a ConfigMap without node entries: nodes come in by access entries');
  for (const add of [addMappingOptions, addScopeOptions, addInventoryOptions, addShellOptions]) add(command);
  return command.action((options: GenerateOptions) => run(options, (shell) => generate(options, shell)));
}

async function generate(options: GenerateOptions, shell: Shell): Promise<Outcome> {
  const desired = await withDesired(options, shell, (resolved) => resolved);
  if (options.output === 'configmap' && options.nodes) requireNodes(desired.entries);
  const stdout = render(desired, options);
  shell.report(desired.findings);
  return { stdout };
}

function render(
  { entries, findings }: Desired,
  { output, comments = false }: GenerateOptions,
): Outcome['stdout'] {
  if (output === 'json') return renderLongJson({ entries: entries.map(jsonEntry), findings });
  const renderYaml = output === 'configmap' ? renderConfigMap : renderMapRoles;
  const stdout = renderYaml(entries, { comments });
  verifyRendered(stdout, entries);
  return stdout;
}

function jsonEntry({ rolearn, username, groups, role }: DesiredEntry) {
  const { pathArn = null, accountId = null, accountName = null, permissionSet = null } = role ?? {};
  return { rolearn, username, groups, pathArn, accountId, accountName, permissionSet };
}

function requireNodes(entries: readonly DesiredEntry[]): void {
  if (entries.some(({ role }) => role === null)) return;
  throw refusal({
    message:
      'this ConfigMap has no entry for nodes: applied over a live aws-auth, it would lock every node out',
    help: 'Put the entries into the live map with `aws-auth-sso merge`, name the role of the nodes with --node-role, print the list alone with -o maproles, or pass --no-nodes where nodes come in by access entries.',
  });
}
