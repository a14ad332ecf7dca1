import { obstacleIn } from '../../access-entries/proof.ts';
import type { AccessEntry } from '../../access-entry.ts';
import { parseArn } from '../../arn.ts';
import { type JudgedAccessEntry, mayLive } from '../../cluster/access-entry-state.ts';
import { type Finding, note, refusal, warning } from '../../errors.ts';
import type { EksCluster } from '../../inventory/model.ts';
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

/** Formats that create and cannot adopt by themselves. */
export const HELP_WHERE_THERE: Readonly<Partial<Record<EntryFormat | 'json', string>>> = {
  cloudformation: 'Import them into the stack as resources: creating them again fails.',
  eksctl: 'eksctl skips those that it has created itself and fails for the others: it updates none of them.',
};
