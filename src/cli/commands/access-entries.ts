import { Option } from 'commander';
import { parseTags, type Tags, tagProblem } from '../../access-entry/tags.ts';
import type { TranslatedFile } from '../../access-entry/translate-file.ts';
import { clusterFindings } from '../../change/cluster-findings.ts';
import { planCluster } from '../../change/plan-cluster.ts';
import type { EksCluster } from '../../directory/model.ts';
import type { ClusterSelector } from '../../directory/query.ts';
import { ReadTime } from '../../directory/read-time.ts';
import { ENTRY_TYPES } from '../../eks.ts';
import { refusal } from '../../errors.ts';
import {
  clusterOption,
  defineCommand,
  GROUPS,
  maxAgeOption,
  outputOption,
  repeated,
} from '../define-command.ts';
import { renderLongJson } from '../format/json.ts';
import type { KnownCluster } from '../inputs/clusters.ts';
import { checked, clusterSelectors, requireConsistent } from '../option-values.ts';
import type { Outcome, Shell } from '../shell.ts';
import { type DesiredOptions, desiredAccessEntries, type Result } from './access-entries-desired.ts';
import { type FromOptions, readTranslated } from './access-entries-from.ts';
import {
  ENTRY_FORMATS,
  HELP_WHERE_THERE,
  renderFormat,
  required,
  undoScript,
} from './access-entries-output.ts';

interface AccessEntriesOptions extends Omit<FromOptions, 'from'>, DesiredOptions {
  readonly from?: string;
  readonly cluster?: string;
  readonly import?: boolean;
  readonly tag?: readonly string[];
}

/** Node types that aws-auth supports too. EC2 (EKS Auto Mode) needs a policy; HYPERPOD_LINUX is SageMaker HyperPod. */
const NODE_TYPES = ENTRY_TYPES.filter((type) => !['STANDARD', 'EC2', 'HYPERPOD_LINUX'].includes(type));

export const accessEntriesCommand = defineCommand(
  'access-entries',
  { mapping: true, reads: 'AWS or snapshots' },
  (command) =>
    command
      .option('--from <file>', 'translate this aws-auth, not mappings; - for stdin')
      .option(
        '--role-arn <arn>',
        "with --from: ARN with path of a role that can't be read; repeatable",
        repeated,
      )
      .addOption(new Option('--nodes [type]', 'include nodes, with this type').choices(NODE_TYPES))
      .addOption(outputOption(...ENTRY_FORMATS, 'json'))
      .addOption(clusterOption('cluster of the access entries'))
      .option('--import', 'with -o terraform: import existing access entries')
      .option('--lookup', 'with -o terraform and terraform-module: let Terraform find the roles by name')
      .option('--tag <key=value>', 'tag what is created; repeatable', repeated)
      .option('--prune', 'with -o aws-cli: delete unwanted entries; requires a config file')
      .option('--rollback', 'with -o aws-cli: print the script that undoes the one for these options')
      .addOption(
        new Option(
          '--allow-lockout',
          "let --prune delete an account's last entry or the last cluster admin's",
        ).helpGroup(GROUPS.safety),
      )
      .addOption(maxAgeOption()),
  accessEntries,
);

async function accessEntries(options: AccessEntriesOptions, shell: Shell): Promise<Outcome> {
  const [selector = null] = clusterSelectors(options.cluster);
  requireConsistentOptions(options, selector);
  const tags = parseTags(checked('--tag', options.tag, tagProblem));
  const { from } = options;
  const result =
    from === undefined
      ? await desiredAccessEntries(options, selector, shell)
      : resultOf(await readTranslated({ ...options, from }, selector, shell));
  const { entries, cluster, arn, plan, isPruning, file } = result;
  const name = selector?.name ?? null;
  if (options.rollback) {
    requireRecent(cluster);
    const undo = await undoScript(name, arn, cluster, plan);
    shell.report([...result.findings, ...undo.findings]);
    return { stdout: undo.stdout };
  }
  const known = cluster
    ? clusterFindings(entries, cluster, plan, {
        isFromFile: file !== null,
        replacesDead: isPruning,
        isForController: options.output === 'ack',
        help: HELP_WHERE_THERE[options.output],
      })
    : [];
  const findings = [...result.findings, ...known];
  const summary = file ? { summary: [file.summary] } : {};
  if (options.output === 'json') {
    shell.report(findings);
    return { stdout: renderLongJson(entriesJson({ ...result, findings }, tags)), ...summary };
  }
  if (options.output === 'ack' && entries.length === 0) {
    shell.report(findings);
    throw refusal({
      message: 'no access entries to write, and an empty file makes a controller delete all that it manages',
      help: 'Correct the mappings, the scope or the aws-auth: nothing was written.',
    });
  }
  const { AWS_REGION, AWS_DEFAULT_REGION } = shell.io.env;
  const rendered = await renderFormat(entries, options.output, {
    name,
    arn,
    cluster,
    plan,
    region: options.region ?? null,
    defaultRegion: AWS_REGION || AWS_DEFAULT_REGION || null,
    isImport: options.import ?? false,
    isLookup: options.lookup ?? false,
    tags,
    isPruning,
  });
  shell.report([...findings, ...rendered.findings]);
  return { stdout: rendered.stdout, ...summary };
}

/** @throws Failure (exit 2) if entries that the rollback would delete may be older than the script */
function requireRecent(cluster: EksCluster | null): void {
  const { isOld, source } = ReadTime.of(cluster ?? {});
  if (!isOld) return;
  throw refusal({
    message: `${source} is too old to tell which access entries the script creates, so there is no rollback`,
    help: "Take a new snapshot before you run the script. If you have run it, raise --max-age to the snapshot's age, unless others have created access entries since.",
  });
}

/** @param tags of each entry; without any, entries have no field for them */
function entriesJson({ entries, findings, file }: Result, tags: Tags) {
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
    entries:
      tags.size === 0 ? entries : entries.map((entry) => ({ ...entry, tags: Object.fromEntries(tags) })),
    refused: refused ?? [],
    proof: file?.proof ?? null,
    summary: summary && { severity: summary.severity, message: summary.message, help: summary.help ?? null },
    findings: findings
      .filter(({ code }) => code !== 'entry-refused')
      .map(({ severity, code, message }) => ({ severity, code, message })),
  };
}

function resultOf({
  translations,
  findings,
  cluster,
  arn,
  existing,
  ...file
}: TranslatedFile & KnownCluster): Result {
  const entries = translations.flatMap(({ entry }) => entry ?? []);
  return {
    entries,
    findings,
    cluster,
    arn,
    plan: cluster ? planCluster(cluster, existing, entries, null) : [],
    isPruning: false,
    file: { translations, findings, existing, ...file },
  };
}

/** @throws Failure (exit 2) for options that can't be combined */
function requireConsistentOptions(options: AccessEntriesOptions, selector: ClusterSelector | null): void {
  const { output, from, map, username, roleArn } = options;
  if (output === 'aws-cli' || output === 'eksctl' || output === 'ack')
    required(selector?.name ?? null, output);
  requireConsistent(
    [
      options.prune && output !== 'aws-cli',
      `--prune can't be used with -o ${output}`,
      'Only the script of -o aws-cli deletes access entries. Remove --prune: notes name the ones to delete.',
    ],
    [
      options.prune && from !== undefined,
      "--prune can't be used with --from",
      'Only mappings tell which access entries are unwanted. Remove one of them.',
    ],
    [
      options.rollback && output !== 'aws-cli',
      `--rollback can't be used with -o ${output}`,
      'Only the script of -o aws-cli can be rolled back. Remove one of them.',
    ],
    [
      options.allowLockout && !options.prune,
      '--allow-lockout requires --prune',
      'Add --prune, or remove --allow-lockout.',
    ],
    [
      options.import && output !== 'terraform',
      '--import requires -o terraform',
      'Add -o terraform, or remove --import.',
    ],
    [
      options.lookup && output !== 'terraform' && output !== 'terraform-module',
      `--lookup can't be used with -o ${output}`,
      'Only Terraform can find the roles. Add -o terraform or -o terraform-module, or remove --lookup.',
    ],
    [
      options.lookup && options.import,
      "--lookup can't be used with --import",
      "Import IDs contain the roles' ARNs. Apply the import without --lookup first. Then write the file with --lookup, for accounts by ID: the resource names stay the same.",
    ],
    [
      options.lookup && from !== undefined,
      "--lookup can't be used with --from",
      'An aws-auth has ARNs, not permission sets. Write a config with `aws-auth-sso init --from FILE`, and use --lookup with that.',
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
