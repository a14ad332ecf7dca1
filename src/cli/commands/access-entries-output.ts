import type { Tags } from '../../access-entry/tags.ts';
import { parseArn } from '../../arn.ts';
import { type ClusterChange, decided } from '../../change/change.ts';
import type { EksCluster } from '../../directory/model.ts';
import type { AccessEntry } from '../../eks.ts';
import { type Failure, type Finding, note, refusal, warning } from '../../errors.ts';
import type { Outcome } from '../shell.ts';

/** Formats, the default first. */
export const ENTRY_FORMATS = [
  'aws-cli',
  'cloudformation',
  'terraform',
  'terraform-module',
  'eksctl',
  'ack',
] as const;
export type EntryFormat = (typeof ENTRY_FORMATS)[number];

/** The cluster that access entries are written for. */
export interface EntryTarget {
  /** From `--cluster`; null without it. */
  readonly name: string | null;
  /** Null if unknown. */
  readonly arn: string | null;
  /** Null if it wasn't read. */
  readonly cluster: EksCluster | null;
  /** The outcome for each access entry of the cluster; empty if they are unknown. */
  readonly plan: readonly ClusterChange[];
  /** From `--region`. */
  readonly region: string | null;
  /** From the environment. */
  readonly defaultRegion: string | null;
  readonly isImport: boolean;
  readonly isLookup: boolean;
  readonly tags: Tags;
  /** True if the output may delete access entries. */
  readonly isPruning: boolean;
}

/** An output, with findings on it. */
type Rendered = Pick<Outcome, 'stdout'> & { readonly findings: readonly Finding[] };

/**
 * Renders access entries in a format; the findings are about the output.
 * @throws Failure (exit 2) if the format requires something unknown, or can't hold the entries
 */
export async function renderFormat(
  entries: readonly AccessEntry[],
  format: EntryFormat,
  target: EntryTarget,
): Promise<Rendered> {
  const { name, arn, tags } = target;
  const clusterArn = parseArn(arn ?? '');
  const region = arn === null ? target.region : (clusterArn?.region ?? null);
  const lookup = target.isLookup ? { clusterAccount: clusterArn?.accountId ?? null } : null;
  switch (format) {
    case 'aws-cli':
      return awsCliScript(entries, region, target);
    case 'cloudformation': {
      const { cloudFormationProblem, renderCloudFormation } = await import(
        '../../access-entry/cloudformation.ts'
      );
      const problem = cloudFormationProblem(entries);
      if (problem !== undefined)
        throw refusal({
          message: problem,
          help: 'Use -o terraform or aws-cli, or write a template for each account with --account.',
        });
      return { stdout: renderCloudFormation(entries, { cluster: name, tags }), findings: [] };
    }
    case 'terraform': {
      const { renderTerraform, terraformProblem } = await import('../../access-entry/terraform.ts');
      if (target.isImport && !target.cluster) throw entriesUnknown('--import', name);
      // Terraform would keep those that must be deleted first, and not re-create them.
      const imports = decided(target.plan, 'kept', 'updated')
        .filter((change) => change.outcome === 'kept' || !change.fields.includes('type'))
        .map(({ entry }) => entry.entry);
      const { taken, findings } = entriesFor(terraformProblem, entries);
      return {
        stdout: renderTerraform(taken, {
          cluster: name,
          imports: target.isImport ? imports : [],
          tags,
          lookup,
        }),
        findings,
      };
    }
    case 'terraform-module': {
      const { renderTerraformModule, terraformModuleProblem } = await import(
        '../../access-entry/terraform-module.ts'
      );
      const { taken, findings } = entriesFor(terraformModuleProblem, entries);
      return { stdout: renderTerraformModule(taken, tags, lookup), findings };
    }
    case 'eksctl':
      return eksctlFile(entries, required(name, format), region ?? target.defaultRegion, tags);
    case 'ack': {
      const { ackTagsProblem, renderAck } = await import('../../access-entry/ack.ts');
      requireTags(ackTagsProblem(tags));
      const place = { cluster: required(name, format), region: region ?? target.defaultRegion };
      // Names of mappings are printable, and those of an aws-auth passed `formatProblem`.
      return { stdout: renderAck(entries, { ...place, tags }), findings: [] };
    }
  }
}

async function awsCliScript(
  entries: readonly AccessEntry[],
  region: string | null,
  { name, arn, tags, ...target }: EntryTarget,
): Promise<Rendered> {
  const { renderAwsCli } = await import('../../access-entry/aws-cli.ts');
  const dead = target.plan.flatMap((change) => {
    if (change.outcome === 'added' || change.entry.state !== 'dead') return [];
    return { ...change.entry.entry, readTime: change.entry.readTime };
  });
  const removed = decided(target.plan, 'removed').flatMap(({ entry, reason }) =>
    reason === 're-created' ? [] : { judged: entry, reason },
  );
  const cluster = required(name, 'aws-cli');
  const stdout = renderAwsCli(entries, {
    cluster,
    arn,
    region,
    dead,
    tags,
    pruned: target.isPruning ? removed : null,
    isNew: target.cluster?.authenticationMode === 'CONFIG_MAP',
  });
  if (arn !== null) return { stdout, findings: [] };
  const message = `the account of cluster ${cluster} is unknown, so the script changes any cluster with that name`;
  const help = `Pass the cluster's ARN: --cluster arn:aws:eks:REGION:ACCOUNT:cluster/${cluster}.`;
  return { stdout, findings: [warning('cluster-not-pinned', message, { help })] };
}

async function eksctlFile(
  entries: readonly AccessEntry[],
  cluster: string,
  region: string | null,
  tags: Tags,
): Promise<Rendered> {
  if (region === null)
    throw refusal({
      message: "-o eksctl requires the cluster's region",
      help: "Pass the cluster's ARN (--cluster arn:aws:eks:REGION:ACCOUNT:cluster/NAME) or --region, or set AWS_REGION.",
    });
  const { eksctlProblem, eksctlTagsProblem, eksctlVersions, renderEksctl } = await import(
    '../../access-entry/eksctl.ts'
  );
  requireTags(eksctlTagsProblem(tags));
  const { taken, findings } = entriesFor(eksctlProblem, entries);
  const help = 'Check yours with `eksctl version`.';
  const versions = eksctlVersions(taken).map((message) => note('eksctl-version', message, { help }));
  return {
    stdout: renderEksctl(taken, { cluster, region, tags }),
    findings: [...findings, ...versions, ...(tags.size > 0 ? [EKSCTL_TAGS] : [])],
  };
}

/** @throws Failure (exit 2) if the format can't hold the tags */
function requireTags(problem: string | undefined): void {
  if (problem !== undefined)
    throw refusal({ message: problem, help: 'Remove some of them, or use another format.' });
}

const EKSCTL_TAGS = note(
  'eksctl-tags',
  'eksctl has no tags for access entries, so metadata.tags has them: CloudFormation passes them on',
  { help: 'In a file for `eksctl create cluster`, they tag everything that it creates.' },
);

/**
 * Renders the script that undoes the one for the same options.
 * @throws Failure (exit 2) if the cluster's entries are unknown
 */
export async function undoScript(
  name: string | null,
  arn: string | null,
  cluster: EksCluster | null,
  plan: readonly ClusterChange[],
): Promise<Rendered> {
  const { renderUndo, undoFindings, undoOf } = await import('../../change/undo.ts');
  if (!cluster) throw entriesUnknown('--rollback', name);
  const undo = undoOf(plan, cluster);
  const region = parseArn(cluster.arn)?.region ?? null;
  return {
    stdout: renderUndo(undo, { cluster: cluster.name, arn, region }),
    findings: undoFindings(undo, cluster),
  };
}

/** @throws Failure (exit 2) without a name */
export function required(cluster: string | null, format: EntryFormat): string {
  if (cluster !== null) return cluster;
  throw refusal({
    message: `-o ${format} requires --cluster`,
    help: `Pass the cluster's name or ARN: --cluster NAME. ${FORMATS_WITHOUT_CLUSTER}`,
  });
}

const FORMATS_WITHOUT_CLUSTER =
  "-o cloudformation, terraform, terraform-module and json work without it, for example for a cluster that doesn't exist yet.";

/** The failure of an option that requires the cluster's access entries, without them. */
export function entriesUnknown(option: string, name: string | null): Failure {
  return refusal({
    message: `${option} requires the access entries of cluster ${name}, which are unknown`,
    help: `Read them from EKS, or from a snapshot that \`aws-auth-sso snapshot --cluster\` wrote (--inventory), or remove ${option}.`,
  });
}

/** Returns a function that tells why the format can't hold an access entry; undefined if it can. */
export async function formatProblem(
  format: EntryFormat | 'json',
): Promise<(entry: AccessEntry) => string | undefined> {
  switch (format) {
    case 'terraform':
      return (await import('../../access-entry/terraform.ts')).terraformProblem;
    case 'terraform-module':
      return (await import('../../access-entry/terraform-module.ts')).terraformModuleProblem;
    case 'eksctl':
      return (await import('../../access-entry/eksctl.ts')).eksctlProblem;
    case 'ack':
      return (await import('../../access-entry/ack.ts')).ackProblem;
    default:
      return () => undefined;
  }
}

/** Next step for an access entry that a format can't hold. */
export const ANOTHER_FORMAT = 'Use another format, such as -o aws-cli.';

/** The entries that a format can hold, with a warning for each other one. */
function entriesFor(
  problemOf: (entry: AccessEntry) => string | undefined,
  entries: readonly AccessEntry[],
): { readonly taken: readonly AccessEntry[]; readonly findings: readonly Finding[] } {
  const taken = entries.filter((entry) => problemOf(entry) === undefined);
  const findings = entries.flatMap((entry): Finding[] => {
    const problem = problemOf(entry);
    if (problem === undefined) return [];
    const message = `skipping ${entry.principalArn}: ${problem}`;
    return [warning('entry-left-out', message, { help: ANOTHER_FORMAT })];
  });
  return { taken, findings };
}

/** Next step for access entries that exist already, in formats that can create but not adopt them. */
export const HELP_WHERE_THERE: Readonly<Partial<Record<EntryFormat | 'json', string>>> = {
  cloudformation: 'Import them into the stack as resources: creating them again fails.',
  'terraform-module': `Import each first, because creating it again fails:
terraform import 'module.eks.aws_eks_access_entry.this["KEY"]' CLUSTER:PRINCIPAL_ARN
terraform import 'module.eks.aws_eks_access_policy_association.this["KEY_POLICY"]' 'CLUSTER#PRINCIPAL_ARN#POLICY_ARN'`,
  eksctl: 'eksctl skips the ones that it created itself and fails for the others. It updates none of them.',
  ack: 'ACK adopts them: it sets their groups, and removes access policies and tags that this output lacks.',
};
