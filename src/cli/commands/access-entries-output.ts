import { doubtOf, obstacleIn, policiesLeft, usernameLeft } from '../../access-entries/proof.ts';
import {
  type AccessEntry,
  defaultUsername,
  entryTemplates,
  isClusterAdminPolicy,
  policyText,
  wholePolicyText,
} from '../../access-entry.ts';
import { parseArn } from '../../arn.ts';
import { type JudgedAccessEntry, mayLive } from '../../cluster/access-entry-state.ts';
import { type Finding, note, refusal, warning } from '../../errors.ts';
import type { EksCluster } from '../../inventory/model.ts';
import { grantText } from '../../lint/correct-access-entry.ts';
import { changeMode, deleteEntry, disassociatePolicy, updateEntry } from '../../lint/eks-commands.ts';
import { listed, printable, quoted } from '../../text.ts';
import type { Outcome } from '../shell.ts';

/** The default first. */
export const ENTRY_FORMATS = ['aws-cli', 'cloudformation', 'terraform', 'eksctl'] as const;
export type EntryFormat = (typeof ENTRY_FORMATS)[number];

/** What access entries are written for. */
export interface EntryTarget {
  /** Of `--cluster`; null without. */
  readonly name: string | null;
  /** Null where it is not known. */
  readonly arn: string | null;
  /** As it was read; null where it was not. */
  readonly cluster: EksCluster | null;
  /** What that cluster has. */
  readonly existing: readonly JudgedAccessEntry[];
  /** Of `--region`. */
  readonly region: string | null;
  /** Of the environment. */
  readonly defaultRegion: string | null;
  readonly isImport: boolean;
}

/**
 * The access entries in a format, with what there is to say of it.
 * @throws Failure (exit 2) where the format needs what is not known, or cannot hold the entries
 */
export async function renderEntries(
  entries: readonly AccessEntry[],
  format: EntryFormat,
  target: EntryTarget,
): Promise<Pick<Outcome, 'stdout'> & { readonly findings: readonly Finding[] }> {
  const { name, arn } = target;
  const region = arn === null ? target.region : (parseArn(arn)?.region ?? null);
  switch (format) {
    case 'aws-cli': {
      const { renderAwsCli } = await import('../../access-entries/aws-cli.ts');
      const dead = target.existing.flatMap(({ state, entry }) => (state === 'dead' ? [entry] : []));
      const cluster = required(name, format);
      const stdout = renderAwsCli(entries, { cluster, arn, region, dead });
      return { stdout, findings: arn === null ? [notPinned(cluster)] : [] };
    }
    case 'cloudformation': {
      const { cloudFormationProblem, renderCloudFormation } = await import(
        '../../access-entries/cloudformation.ts'
      );
      const problem = cloudFormationProblem(entries);
      if (problem !== undefined)
        throw refusal({
          message: problem,
          help: 'Use -o terraform or aws-cli, or write a template for each account with --account.',
        });
      return { stdout: renderCloudFormation(entries, { cluster: name }), findings: [] };
    }
    case 'terraform': {
      const { renderTerraform, terraformProblem } = await import('../../access-entries/terraform.ts');
      if (target.isImport && !target.cluster) throw nothingToImport(name);
      const imports = target.isImport ? importsOf(entries, target.existing) : [];
      const { taken, findings } = entriesFor(terraformProblem, entries);
      return { stdout: renderTerraform(taken, { cluster: name, imports }), findings };
    }
    case 'eksctl': {
      const cluster = required(name, format);
      const known = region ?? target.defaultRegion;
      if (known === null) throw noRegion();
      const { eksctlProblem, eksctlVersions, renderEksctl } = await import('../../access-entries/eksctl.ts');
      const { taken, findings } = entriesFor(eksctlProblem, entries);
      const help = 'See `eksctl version`.';
      const versions = eksctlVersions(taken).map((message) => note('eksctl-version', message, { help }));
      return {
        stdout: renderEksctl(taken, { cluster, region: known }),
        findings: [...findings, ...versions],
      };
    }
  }
}

/** @throws Failure (exit 2) without a name */
export function required(cluster: string | null, format: EntryFormat): string {
  if (cluster !== null) return cluster;
  throw refusal({
    message: `-o ${format} requires --cluster`,
    help: `Name the cluster, or give its ARN: --cluster NAME. ${FORMATS_WITHOUT_CLUSTER}`,
  });
}

const FORMATS_WITHOUT_CLUSTER =
  '-o cloudformation, terraform and json do without --cluster, as for a cluster that is yet to be created.';

function notPinned(cluster: string): Finding {
  const message = `the account of cluster ${cluster} is not known: the script changes whatever cluster of that name it finds`;
  const help = `Give the ARN of the cluster: --cluster arn:aws:eks:REGION:ACCOUNT:cluster/${cluster}.`;
  return warning('cluster-not-pinned', message, { help });
}

/** The access entries to take over. One that has to be deleted first is none: taking it over would pass for creating it. */
function importsOf(
  entries: readonly AccessEntry[],
  existing: readonly JudgedAccessEntry[],
): readonly AccessEntry[] {
  const byArn = new Map(entries.map((entry) => [entry.principalArn, entry]));
  return existing.flatMap((one) => {
    const wanted = byArn.get(one.entry.principalArn);
    return wanted && mayLive(one) && obstacleIn(one, wanted) === undefined ? [one.entry] : [];
  });
}

function noRegion() {
  return refusal({
    message: "-o eksctl requires the cluster's region",
    help: 'Give the ARN of the cluster (--cluster arn:aws:eks:REGION:ACCOUNT:cluster/NAME), --region, or set AWS_REGION.',
  });
}

function nothingToImport(name: string | null) {
  return refusal({
    message: `--import requires the access entries that cluster ${name} has, and they are not known`,
    help: 'Read them from EKS or, with --inventory, from a snapshot of `aws-auth-sso snapshot --cluster`, or leave out --import.',
  });
}

/** Tells why a format cannot hold an access entry; undefined where it can. */
export async function formatProblem(
  format: EntryFormat | 'json',
): Promise<(entry: AccessEntry) => string | undefined> {
  switch (format) {
    case 'terraform':
      return (await import('../../access-entries/terraform.ts')).terraformProblem;
    case 'eksctl':
      return (await import('../../access-entries/eksctl.ts')).eksctlProblem;
    default:
      return () => undefined;
  }
}

/** What to do about an access entry that a format cannot hold. */
export const ANOTHER_FORMAT = 'Write it in another format, such as -o aws-cli.';

/** The entries that a format can hold, with a warning for each that it cannot. */
function entriesFor(
  problemOf: (entry: AccessEntry) => string | undefined,
  entries: readonly AccessEntry[],
): { readonly taken: readonly AccessEntry[]; readonly findings: readonly Finding[] } {
  const taken = entries.filter((entry) => problemOf(entry) === undefined);
  const findings = entries.flatMap((entry): Finding[] => {
    const problem = problemOf(entry);
    if (problem === undefined) return [];
    const message = `${entry.principalArn} is left out: ${problem}`;
    return [warning('entry-left-out', message, { help: ANOTHER_FORMAT })];
  });
  return { taken, findings };
}

/**
 * What a cluster, and the access entries that it has already, mean for those that are to be written.
 * @param existing what the cluster has
 * @param isFromFile whether they are translated from an aws-auth
 */
export function clusterFindings(
  entries: readonly AccessEntry[],
  cluster: EksCluster,
  existing: readonly JudgedAccessEntry[],
  { format, isFromFile }: { readonly format: EntryFormat | 'json'; readonly isFromFile: boolean },
): Finding[] {
  const { name } = cluster;
  const byArn = new Map(existing.map((one) => [one.entry.principalArn, one]));
  const there = entries.flatMap((entry) => {
    const found = byArn.get(entry.principalArn);
    return found ? [{ entry, found }] : [];
  });
  const findings = there.flatMap(({ entry, found }): Finding[] => {
    const obstacle = obstacleIn(found, entry);
    if (obstacle !== undefined) return [obstacleFinding(cluster, found, obstacle)];
    const doubt = doubtOf(found);
    return [
      ...(doubt === undefined ? [] : [doubtFinding(cluster, found, doubt)]),
      ...(isKept(entry, found.entry) ? [] : [differsFinding(cluster, found, entry, isFromFile)]),
    ];
  });
  const help = HELP_WHERE_THERE[format];
  if (there.length > 0 && help !== undefined) {
    const arns = there.map(({ entry }) => entry.principalArn);
    const message = `cluster ${name} has access entries of ${arns.length} of these principals already: ${listed(arns, 3)}`;
    findings.push(note('entries-exist', message, { help }));
  }
  return [...modeFindings(cluster, isFromFile), ...findings];
}

function modeFindings(cluster: EksCluster, isFromFile: boolean): Finding[] {
  const { name, authenticationMode } = cluster;
  if (authenticationMode === 'CONFIG_MAP') {
    const message = `cluster ${name} has the authentication mode CONFIG_MAP: it takes access entries only once that is API_AND_CONFIG_MAP`;
    const help = `${credentialsOf(cluster)}:\n${changeMode(cluster, 'API_AND_CONFIG_MAP')}\nThe mode cannot be changed back; aws-auth still counts in it.`;
    return [note('mode-without-api', message, { help })];
  }
  if (authenticationMode !== 'API' || !isFromFile) return [];
  const message = `cluster ${name} has the authentication mode API, where aws-auth is ignored: nobody gets in through it today`;
  return [warning('config-map-ignored', message)];
}

function obstacleFinding(
  cluster: EksCluster,
  { state, entry: { principalArn, type } }: JudgedAccessEntry,
  obstacle: string,
): Finding {
  const isInUse = state !== 'dead' && type !== 'STANDARD';
  const nodes = isInUse ? 'Nodes that get in through it lose access until the new one is created. ' : '';
  const code = state === 'dead' ? 'dead-access-entry' : 'access-entry-type';
  const help = `Delete it before you create these entries. ${nodes}${credentialsOf(cluster)}:\n${deleteEntry(cluster, principalArn)}`;
  return warning(code, `${printable(principalArn)}: ${obstacle}`, { help });
}

function doubtFinding(
  cluster: EksCluster,
  { entry: { principalArn, createdAt } }: JudgedAccessEntry,
  doubt: string,
): Finding {
  const help = `Nothing that is written here changes that. Where \`aws iam get-role\` shows that the role was created after ${createdAt}, delete the access entry first. ${credentialsOf(cluster)}:\n${deleteEntry(cluster, principalArn)}`;
  return warning('access-entry-not-known', `${printable(principalArn)}: ${doubt}`, { help });
}

/** The AWS CLI goes to the account of its credentials, where a cluster may have the same name. */
function credentialsOf({ arn }: EksCluster, preposition = 'With'): string {
  return `${preposition} credentials of account ${parseArn(arn)?.accountId}`;
}

/** Whether an entry of the same type that is there gives what is to be written, and nothing else. */
function isKept(wanted: AccessEntry, found: AccessEntry): boolean {
  const sorted = (texts: readonly string[]) => JSON.stringify(texts.toSorted());
  const policiesOf = ({ policies }: AccessEntry) => sorted(policies.map(wholePolicyText));
  return (
    entryTemplates(wanted).username === entryTemplates(found).username &&
    sorted(entryTemplates(wanted).groups) === sorted(entryTemplates(found).groups) &&
    policiesOf(wanted) === policiesOf(found)
  );
}

function differsFinding(
  cluster: EksCluster,
  existing: JudgedAccessEntry,
  wanted: AccessEntry,
  isFromFile: boolean,
): Finding {
  const { principalArn } = existing.entry;
  const left = wanted.policies.some(isClusterAdminPolicy) ? [] : policiesLeft(existing, wanted);
  const username = usernameLeft(existing, wanted);
  const keeps = [
    ...(username === undefined ? [] : [`the username ${quoted(username)}`]),
    ...(left.length > 0 ? [listed(left.map((policy) => policyText(policy)))] : []),
  ];
  const kept = keeps.length > 0 ? `; it keeps ${keeps.join(' and ')}` : '';
  const commands = left.map(({ policyArn }) => disassociatePolicy(cluster, principalArn, policyArn));
  const own = { ...wanted, username: defaultUsername(principalArn) };
  const help = [
    ...(username === undefined
      ? []
      : [
          `No username is written here, since bindings may name the one that is there. Once this is applied, have EKS make one ${credentialsOf(cluster, 'with')}:`,
          updateEntry(cluster, own),
        ]),
    ...(left.length > 0
      ? [
          `Nothing that is written here takes access policies away. Once this is applied, do it ${credentialsOf(cluster, 'with')}:`,
          ...commands,
        ]
      : []),
  ];
  const overrides = isFromFile ? ', which overrides aws-auth' : '';
  const message = `cluster ${cluster.name} has an access entry of ${printable(principalArn)} already${overrides}; it gives something else than what is written here: ${grantText(existing.entry)}${kept}`;
  const say = isFromFile || keeps.length > 0 ? warning : note;
  return say('access-entry-differs', message, { help: help.length > 0 ? help.join('\n') : undefined });
}

/** Formats that create and cannot adopt by themselves. */
const HELP_WHERE_THERE: Readonly<Partial<Record<EntryFormat | 'json', string>>> = {
  cloudformation: 'Import them into the stack as resources: creating them again fails.',
  eksctl: 'eksctl skips those that it has created itself and fails for the others: it updates none of them.',
};
