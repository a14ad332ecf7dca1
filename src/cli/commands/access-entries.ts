import { Option } from 'commander';
import { clusterFindings } from '../../access-entries/cluster-findings.ts';
import type { TranslatedFile } from '../../access-entries/translate-file.ts';
import { ENTRY_TYPES } from '../../access-entry.ts';
import type { ClusterSelector } from '../../inventory/query.ts';
import { clusterOption, defineCommand, GROUPS, maxAgeOption, outputOption, repeated } from '../command.ts';
import { renderLongJson } from '../format/json.ts';
import type { KnownCluster } from '../inputs/clusters.ts';
import { clusterSelectors, requireConsistent } from '../options.ts';
import type { Outcome, Shell } from '../shell.ts';
import { desiredAccessEntries, type Result } from './access-entries-desired.ts';
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

async function accessEntries(options: AccessEntriesOptions, shell: Shell): Promise<Outcome> {
  const [selector = null] = clusterSelectors(options.cluster);
  requireConsistentOptions(options, selector);
  const { from } = options;
  const result =
    from === undefined
      ? await desiredAccessEntries(options, selector, shell)
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
