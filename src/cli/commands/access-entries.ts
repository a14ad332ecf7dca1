import { Option } from 'commander';
import { clusterFindings } from '../../access-entries/cluster-findings.ts';
import { groupsRefusal } from '../../access-entries/left-out.ts';
import { asClusterHas, nodesOf } from '../../access-entries/nodes.ts';
import { othersOf } from '../../access-entries/principal.ts';
import { translateDesired } from '../../access-entries/translate-desired.ts';
import type { TranslatedFile } from '../../access-entries/translate-file.ts';
import { type AccessEntry, ENTRY_TYPES } from '../../access-entry.ts';
import { parseArn } from '../../arn.ts';
import { type JudgedAccessEntry, judgeAccessEntries } from '../../cluster/access-entry-state.ts';
import { Failure, type Finding } from '../../errors.ts';
import type { ClusterSelector } from '../../inventory/query.ts';
import { mappingProblem } from '../../mapping/mapping.ts';
import { nodeRolesFindings } from '../../mapping/request.ts';
import type { Desired } from '../../mapping/resolve.ts';
import { clusterOption, defineCommand, GROUPS, maxAgeOption, outputOption, repeated } from '../command.ts';
import { renderLongJson } from '../format/json.ts';
import { type KnownCluster, readCluster, requireAccountsOf } from '../inputs/clusters.ts';
import { withDesired } from '../load-request.ts';
import { clusterSelectors, requireConsistent } from '../options.ts';
import type { Outcome, Shell } from '../shell.ts';
import { type FromOptions, readTranslated } from './access-entries-from.ts';
import { ENTRY_FORMATS, HELP_WHERE_THERE, renderEntries, required } from './access-entries-output.ts';

interface AccessEntriesOptions extends Omit<FromOptions, 'from'> {
  readonly from?: string;
  readonly cluster?: string;
  readonly import?: boolean;
}

/** Without EC2, of the nodes of EKS Auto Mode, which takes a policy, and HYPERPOD_LINUX, of those of SageMaker HyperPod: aws-auth has neither. */
const NODE_TYPES = ENTRY_TYPES.filter((type) => !['STANDARD', 'EC2', 'HYPERPOD_LINUX'].includes(type));

export const accessEntriesCommand = defineCommand(
  'access-entries',
  { mapping: 'access entries', reads: 'AWS or snapshots' },
  (command) =>
    command
      .optionsGroup(GROUPS.mapping)
      .option('--from <file>', 'aws-auth ConfigMap to translate instead of mappings, or - for stdin')
      .option(
        '--role-arn <arn>',
        'with --from: ARN of a role with its path, where it is not found; repeatable',
        repeated,
      )
      .addOption(
        new Option('--nodes [type]', 'include nodes, with access entries of this type')
          .choices(NODE_TYPES)
          .helpGroup(GROUPS.mapping),
      )
      .addOption(outputOption(...ENTRY_FORMATS, 'json'))
      .addOption(clusterOption('cluster of the access entries, by its name or ARN').helpGroup(GROUPS.output))
      .optionsGroup(GROUPS.output)
      .option('--import', 'with -o terraform: write import blocks for what the cluster has')
      .addOption(maxAgeOption('with --from: follow no role suffix by a snapshot older than this')),
  accessEntries,
);

/** Access entries, and all that is told beside them. */
interface Result extends KnownCluster {
  readonly entries: readonly AccessEntry[];
  readonly findings: readonly Finding[];
  /** The access entries that it has. */
  readonly existing: readonly JudgedAccessEntry[];
  /** Of `--from`. */
  readonly file: TranslatedFile | null;
}

async function accessEntries(options: AccessEntriesOptions, shell: Shell): Promise<Outcome> {
  const [selector = null] = clusterSelectors(options.cluster);
  requireConsistentOptions(options, selector);
  const { from } = options;
  const result =
    from === undefined
      ? await fromMappings(options, selector, shell)
      : resultOf(await readTranslated({ ...options, from }, selector, shell));
  const { entries, cluster, arn, existing, file } = result;
  const known = cluster
    ? clusterFindings(entries, cluster, existing, {
        isFromFile: file !== null,
        help: HELP_WHERE_THERE[options.output],
      })
    : [];
  const findings = [...result.findings, ...known];
  const summary = file ? { summary: [file.summary] } : {};
  if (options.output === 'json') {
    shell.report(findings);
    return { stdout: renderLongJson(entriesJson({ ...result, findings })), ...summary };
  }
  const { AWS_REGION, AWS_DEFAULT_REGION } = shell.io.env;
  const rendered = await renderEntries(entries, options.output, {
    name: selector?.name ?? null,
    arn,
    cluster,
    existing,
    region: options.region ?? null,
    defaultRegion: AWS_REGION || AWS_DEFAULT_REGION || null,
    isImport: options.import ?? false,
  });
  shell.report([...findings, ...rendered.findings]);
  return { stdout: rendered.stdout, ...summary };
}

function entriesJson({ entries, findings, file }: Result) {
  const summary = file?.summary ?? null;
  const refused = file?.translations.flatMap(({ arn, location, refusal: why }) =>
    why
      ? [
          {
            arn,
            line: location.line ?? null,
            reason: why.reason,
            help: why.help,
            leftOut: why.isLeftOut ?? false,
          },
        ]
      : [],
  );
  return {
    entries,
    refused: refused ?? [],
    proof: file?.proof ?? null,
    summary: summary && { severity: summary.severity, message: summary.message, help: summary.help ?? null },
    findings: findings
      .filter(({ code }) => code !== 'entry-refused')
      .map(({ severity, code, message }) => ({ severity, code, message })),
  };
}

async function fromMappings(
  options: AccessEntriesOptions,
  selector: ClusterSelector | null,
  shell: Shell,
): Promise<Result> {
  return withDesired(
    options,
    shell,
    async (desired, source) => {
      requireGroups(desired);
      const { inventory, request, scoped } = desired;
      requireAccountsOf(selector, inventory);
      const { nodes } = options;
      const nodeRoles = nodes ? desired.entries.filter(({ role }) => role === null) : [];
      const otherRoles =
        nodeRoles.length === 0 ? [] : await source.otherRoles(nodeRoles.map(({ rolearn }) => rolearn));
      const read = { ...inventory, otherRoles };
      const known = await readCluster(selector, async () => source, source.isLive ? null : inventory, shell);
      const { cluster } = known;
      const existing = cluster ? judgeAccessEntries(cluster, read) : [];
      const translated = translateDesired(desired.entries, {
        nodeType: nodes === true ? 'EC2_LINUX' : (nodes ?? null),
        nodeRoles: scoped.nodeRoles,
        others: othersOf(read, true),
        there: new Set(nodesOf(existing).keys()),
        cluster: selector && { name: selector.name, arn: known.arn },
        clusterAccount: selector?.place?.accountId ?? parseArn(cluster?.arn ?? '')?.accountId ?? null,
      });
      const leftOut = nodes ? nodeRolesFindings(scoped, request, true) : [];
      const byArn = new Map(existing.map((one) => [one.entry.principalArn, one]));
      const kept = translated.entries.map((entry) => asClusterHas(entry, byArn.get(entry.principalArn)));
      const findings = [...translated.findings, ...kept.flatMap((one) => one.findings)];
      return {
        ...known,
        entries: kept.map(({ entry }) => entry),
        findings: [...desired.findings, ...leftOut, ...findings],
        existing,
        file: null,
      };
    },
    'access entries',
  );
}

function resultOf(file: TranslatedFile & KnownCluster): Result {
  const { translations, findings, cluster, arn, existing } = file;
  return {
    entries: translations.flatMap(({ entry }) => entry ?? []),
    findings,
    cluster,
    arn,
    existing,
    file,
  };
}

/** @throws Failure (exit 2) where options exclude each other */
function requireConsistentOptions(options: AccessEntriesOptions, selector: ClusterSelector | null): void {
  const { output, from, map, username, roleArn } = options;
  if (output === 'aws-cli' || output === 'eksctl') required(selector?.name ?? null, output);
  requireConsistent(
    [
      options.import && output !== 'terraform',
      '--import requires -o terraform',
      'Add it, or leave out --import.',
    ],
    [options.import && !selector, '--import requires --cluster', 'The ids to import begin with its name.'],
    [
      from === undefined && roleArn,
      '--role-arn requires --from',
      'Mappings find the roles in AWS or a snapshot.',
    ],
    [
      from !== undefined && (map || username !== undefined),
      `--from and ${map ? '--map' : '--username'} exclude each other`,
      'Translate an aws-auth with --from, or write what the mappings ask for without it.',
    ],
  );
}

/** @throws Failure (exit 2) for every mapping of whose groups none can be given */
function requireGroups({ scoped }: Desired): void {
  const problems = scoped.mappings.flatMap(({ mapping }) => {
    const refused = groupsRefusal(mapping.groups);
    if (!refused) return [];
    const origin = mapping.origin.location ? '' : `${mapping.origin.text}: `;
    return [mappingProblem(mapping, `${origin}${refused.reason}`, refused.help)];
  });
  if (problems.length > 0) throw new Failure(2, problems);
}
