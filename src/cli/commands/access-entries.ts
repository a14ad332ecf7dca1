import { Option } from 'commander';
import { clusterFindings } from '../../access-entries/cluster-findings.ts';
import type { TranslatedFile } from '../../access-entries/translate-file.ts';
import { ENTRY_TYPES } from '../../access-entry.ts';
import type { ClusterSelector } from '../../inventory/query.ts';
import { clusterOption, defineCommand, maxAgeOption, outputOption, repeated } from '../command.ts';
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

/** Node types that aws-auth supports too. EC2 (EKS Auto Mode) needs a policy; HYPERPOD_LINUX is SageMaker HyperPod. */
const NODE_TYPES = ENTRY_TYPES.filter((type) => !['STANDARD', 'EC2', 'HYPERPOD_LINUX'].includes(type));

export const accessEntriesCommand = defineCommand(
  'access-entries',
  { mapping: 'access entries', reads: 'AWS or snapshots' },
  (command) =>
    command
      .option('--from <file>', 'translate this aws-auth, not mappings; - for stdin')
      .option('--role-arn <arn>', 'with --from: ARN with path, if not found; repeatable', repeated)
      .addOption(new Option('--nodes [type]', 'include nodes, with this type').choices(NODE_TYPES))
      .addOption(outputOption(...ENTRY_FORMATS, 'json'))
      .addOption(clusterOption('cluster of the access entries'))
      .option('--import', 'with -o terraform: import existing access entries')
      .addOption(maxAgeOption()),
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

/** @throws Failure (exit 2) for options that can't be combined */
function requireConsistentOptions(options: AccessEntriesOptions, selector: ClusterSelector | null): void {
  const { output, from, map, username, roleArn } = options;
  if (output === 'aws-cli' || output === 'eksctl') required(selector?.name ?? null, output);
  requireConsistent(
    [
      options.import && output !== 'terraform',
      '--import requires -o terraform',
      'Add -o terraform, or remove --import.',
    ],
    [options.import && !selector, '--import requires --cluster', "Import IDs start with the cluster's name."],
    [
      from === undefined && roleArn,
      '--role-arn requires --from',
      'Without --from, roles are looked up in AWS or a snapshot.',
    ],
    [
      from !== undefined && (map || username !== undefined),
      `--from can't be used with ${map ? '--map' : '--username'}`,
      'Use --from to translate an aws-auth, or remove it to write the entries of the mappings.',
    ],
  );
}
