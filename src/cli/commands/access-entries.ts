import { Command, Option } from 'commander';
import { grantOf, isRefused, refusedGroupsHelp, refusedGroupsText } from '../../access-entries/grant.ts';
import { translateDesired } from '../../access-entries/translate-desired.ts';
import { type AccessEntry, ENTRY_TYPES } from '../../access-entry.ts';
import { Failure, type Finding } from '../../errors.ts';
import { mappingProblem } from '../../mapping/mapping.ts';
import { nodeRolesFindings } from '../../mapping/request.ts';
import type { Desired } from '../../mapping/resolve.ts';
import { renderLongJson } from '../format/json.ts';
import { withDesired } from '../load-request.ts';
import {
  addInventoryOptions,
  addMappingOptions,
  addShellOptions,
  type CommonOptions,
  clusterOption,
  clusterSelectors,
  GROUPS,
  outputOption,
} from '../options.ts';
import type { Outcome, Run, Shell } from '../shell.ts';

interface AccessEntriesOptions extends CommonOptions {
  readonly output: 'aws-cli' | 'cloudformation' | 'terraform' | 'eksctl' | 'json';
  readonly cluster?: string;
  /** True without a type. */
  readonly nodes?: true | (typeof ENTRY_TYPES)[number];
}

export function accessEntriesCommand(run: Run): Command {
  const nodes = new Option('--nodes [type]', 'include nodes: their entries are of this type')
    .choices(ENTRY_TYPES.filter((type) => type !== 'STANDARD'))
    .helpGroup(GROUPS.mapping);
  const command = new Command('access-entries')
    .addOption(outputOption('json'))
    .addOption(clusterOption('cluster of the access entries, by its name or ARN').helpGroup(GROUPS.output))
    .addOption(nodes);
  return addShellOptions(addInventoryOptions(addMappingOptions(command))).action(
    (options: AccessEntriesOptions) => run(options, (shell) => accessEntries(options, shell)),
  );
}

/** Access entries, and all that is told beside them. */
interface Result {
  readonly entries: readonly AccessEntry[];
  readonly findings: readonly Finding[];
}

async function accessEntries(options: AccessEntriesOptions, shell: Shell): Promise<Outcome> {
  clusterSelectors(options.cluster);
  const { entries, findings } = await fromMappings(options, shell);
  const stdout = renderLongJson({ entries, refused: [], proof: null, findings: findings.map(plainFinding) });
  shell.report(findings);
  return { stdout };
}

function plainFinding({ severity, code, message }: Finding) {
  return { severity, code, message };
}

async function fromMappings(options: AccessEntriesOptions, shell: Shell): Promise<Result> {
  const desired = await withDesired(options, shell, (resolved) => resolved);
  requireGroups(desired);
  const { entries, inventory, request, scoped } = desired;
  const translated = translateDesired(entries, {
    partition: inventory.partition,
    nodeType: nodeTypeOf(options),
    nodeRoles: scoped.nodeRoles,
  });
  const leftOut = options.nodes ? nodeRolesFindings(scoped, request, true) : [];
  return { ...translated, findings: [...desired.findings, ...leftOut, ...translated.findings] };
}

function nodeTypeOf({ nodes }: AccessEntriesOptions): string | null {
  return nodes === true ? 'EC2_LINUX' : (nodes ?? null);
}

/** @throws Failure (exit 2) for every mapping of whose groups none can be given */
function requireGroups({ scoped, inventory }: Desired): void {
  const problems = scoped.mappings.flatMap(({ mapping }) => {
    const grant = grantOf({ username: '', groups: mapping.groups }, inventory.partition);
    if (!isRefused(grant)) return [];
    const message = `${mapping.origin.text}: access entries can give none of its groups: ${refusedGroupsText(grant.refused)}`;
    return [mappingProblem(mapping, message, refusedGroupsHelp(grant.refused))];
  });
  if (problems.length > 0) throw new Failure(2, problems);
}
