import { obstacleIn } from '../../access-entries/proof.ts';
import { type AccessEntry, entryTemplates, policyText } from '../../access-entry.ts';
import { parseArn } from '../../arn.ts';
import { describeGrant } from '../../authenticator/caller.ts';
import { type Finding, refusal } from '../../errors.ts';
import { type JudgedAccessEntry, mayLive } from '../../inventory/access-entry-state.ts';
import type { EksCluster } from '../../inventory/model.ts';
import { type ClusterSelector, clusterArn } from '../../inventory/query.ts';
import { changeMode, deleteEntry } from '../../lint/access-entries.ts';
import { listed, printable } from '../../text.ts';
import type { Outcome } from '../shell.ts';

/** The default first. */
export const ENTRY_FORMATS = ['aws-cli', 'cloudformation', 'terraform', 'eksctl'] as const;
export type EntryFormat = (typeof ENTRY_FORMATS)[number];

/** What access entries are written for. */
export interface EntryTarget {
  /** As `--cluster` names it; null without. */
  readonly selector: ClusterSelector | null;
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
  const name = target.selector?.name ?? null;
  const place = target.selector?.place ?? null;
  const arn = place && name !== null ? clusterArn(name, place) : (target.cluster?.arn ?? null);
  const region = arn === null ? target.region : (parseArn(arn)?.region ?? null);
  switch (format) {
    case 'aws-cli': {
      const { renderAwsCli } = await import('../../access-entries/aws-cli.ts');
      const principals = new Set(entries.map(({ principalArn }) => principalArn));
      const dead = target.existing.flatMap(({ state, entry }) =>
        state === 'dead' && principals.has(entry.principalArn) ? [entry] : [],
      );
      const stdout = renderAwsCli(entries, { cluster: required(name, format), arn, region, dead });
      return { stdout, findings: [] };
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
      // A dead one has to be deleted: taking it over would pass for creating it.
      const imports = target.isImport ? target.existing.filter(mayLive).map(({ entry }) => entry) : [];
      const { taken, findings } = entriesFor(terraformProblem, entries);
      return { stdout: renderTerraform(taken, { cluster: name, imports }), findings };
    }
    case 'eksctl': {
      const cluster = required(name, format);
      const known = region ?? target.defaultRegion;
      if (known === null) throw noRegion();
      const { eksctlProblem, renderEksctl } = await import('../../access-entries/eksctl.ts');
      const { taken, findings } = entriesFor(eksctlProblem, entries);
      return { stdout: renderEksctl(taken, { cluster, region: known }), findings };
    }
  }
}

/** @throws Failure (exit 2) without a name */
export function required(cluster: string | null, format: EntryFormat): string {
  if (cluster !== null) return cluster;
  throw refusal({
    message: `-o ${format} requires --cluster`,
    help: 'Name the cluster, or give its ARN: --cluster NAME. -o cloudformation, terraform and json do without.',
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
    return [{ severity: 'warning', code: 'entry-left-out', message, help: ANOTHER_FORMAT }];
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
    return isKept(entry, found.entry) ? [] : [differsFinding(name, found.entry, isFromFile)];
  });
  const help = HELP_WHERE_THERE[format];
  if (there.length > 0 && help !== undefined) {
    const arns = there.map(({ entry }) => entry.principalArn);
    const message = `cluster ${name} has access entries of ${arns.length} of these principals already: ${listed(arns, 3)}`;
    findings.push({ severity: 'note', code: 'entries-exist', message, help });
  }
  return [...modeFindings(cluster, isFromFile), ...findings];
}

function modeFindings(cluster: EksCluster, isFromFile: boolean): Finding[] {
  const { name, authenticationMode } = cluster;
  if (authenticationMode === 'CONFIG_MAP')
    return [
      {
        severity: 'note',
        code: 'mode-without-api',
        message: `cluster ${name} has the authentication mode CONFIG_MAP: it takes access entries only once that is API_AND_CONFIG_MAP`,
        help: `${credentialsOf(cluster)}:\n${changeMode(cluster, 'API_AND_CONFIG_MAP')}\nThe mode cannot be changed back; aws-auth still counts in it.`,
      },
    ];
  if (authenticationMode !== 'API' || !isFromFile) return [];
  const message = `cluster ${name} has the authentication mode API, where aws-auth is ignored: nobody gets in through it today`;
  return [{ severity: 'warning', code: 'config-map-ignored', message }];
}

function obstacleFinding(
  cluster: EksCluster,
  { state, entry: { principalArn } }: JudgedAccessEntry,
  obstacle: string,
): Finding {
  return {
    severity: 'warning',
    code: state === 'dead' ? 'dead-access-entry' : 'access-entry-type',
    message: `${printable(principalArn)}: ${obstacle}`,
    help: `Delete it before you create these entries. ${credentialsOf(cluster)}:\n${deleteEntry(cluster, principalArn)}`,
  };
}

/** The AWS CLI goes to the account of its credentials, where a cluster may have the same name. */
function credentialsOf({ arn }: EksCluster): string {
  return `With credentials of account ${parseArn(arn)?.accountId}`;
}

/** Whether an entry of the same type that is there gives what is to be written, and nothing else. */
function isKept(wanted: AccessEntry, found: AccessEntry): boolean {
  const sorted = (texts: readonly string[]) => JSON.stringify(texts.toSorted());
  const policiesOf = ({ policies }: AccessEntry) =>
    sorted(policies.map((policy) => policyText(policy, Number.POSITIVE_INFINITY)));
  return (
    entryTemplates(wanted).username === entryTemplates(found).username &&
    sorted(entryTemplates(wanted).groups) === sorted(entryTemplates(found).groups) &&
    policiesOf(wanted) === policiesOf(found)
  );
}

function differsFinding(name: string, found: AccessEntry, isFromFile: boolean): Finding {
  const { principalArn, policies } = found;
  const parts = [
    describeGrant(entryTemplates(found), 10),
    ...(policies.length > 0 ? [`policies ${listed(policies.map((policy) => policyText(policy)))}`] : []),
  ];
  const overrides = isFromFile ? ', which overrides aws-auth' : '';
  return {
    severity: isFromFile ? 'warning' : 'note',
    code: 'access-entry-differs',
    message: `cluster ${name} has an access entry of ${printable(principalArn)} already${overrides}; it gives something else than what is written here: ${parts.join(', ')}`,
  };
}

/** Formats that create and cannot adopt by themselves. */
const HELP_WHERE_THERE: Readonly<Partial<Record<EntryFormat | 'json', string>>> = {
  cloudformation: 'Import them into the stack as resources: creating them again fails.',
  eksctl: 'eksctl skips those that it has created itself and fails for the others: it updates none of them.',
};
