import { formatArn, isAccountId, parseArn, stripPath } from '../arn.ts';
import { AwsFailure } from '../aws/failure.ts';
import { PromiseCache } from '../aws/service-api.ts';
import { Failure, type Finding, type Problem, refusal } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { listed, quoted } from '../text.ts';
import type { Connection } from './connection.ts';
import type { EksCluster } from './model.ts';
import { type ClusterSelector, clusterArn } from './query.ts';
import { unlistedAccount } from './scope/resolve-scope.ts';
import { type AccountFailure, roleLookupNotes } from './unreadable-accounts.ts';

/** Where a cluster is. */
type Place = NonNullable<ClusterSelector['place']>;

/** What came of one cluster: it was read, or there is none, or it could not be read. */
type Outcome =
  | { readonly kind: 'read'; readonly cluster: EksCluster }
  | { readonly kind: 'missing'; readonly problem: Problem }
  | ({ readonly kind: 'unreadable'; readonly name: string } & ClusterFailure);

type ClusterFailure = Pick<AccountFailure, 'cause' | 'detail' | 'help'>;

/**
 * Reads clusters with their access entries from EKS, side by side; one that is named twice once.
 * @throws Failure 2 for clusters that do not exist, or are in another partition; 3 for those that cannot be read: all of them at once
 */
export async function readClusters(
  connection: Connection,
  selectors: readonly ClusterSelector[],
): Promise<EksCluster[]> {
  const { partition, region, accountId } = connection.primary;
  for (const selector of selectors) requirePartition(selector, connection);
  const outcomes = new PromiseCache<Outcome>();
  const total = selectors.length;
  let done = 0;
  const read = ({ name, place }: ClusterSelector) => {
    const where = place ?? { partition, region, accountId };
    const key = `${where.accountId} ${where.region} ${name}`;
    return outcomes.get(key, () => outcomeOf(connection, name, where));
  };
  connection.progress.update({ clusters: { done, total } });
  const all = await Promise.all(
    selectors.map(async (selector) => {
      const outcome = await read(selector);
      done += 1;
      connection.progress.update({ clusters: { done, total } });
      return outcome;
    }),
  );
  const once = [...new Set(all)];
  const missing = once.flatMap((outcome) => (outcome.kind === 'missing' ? outcome.problem : []));
  const unreadable = once.filter((outcome) => outcome.kind === 'unreadable');
  if (unreadable.length > 0) throw new Failure(3, [...unreadableProblems(unreadable), ...missing]);
  if (missing.length > 0) throw new Failure(2, missing);
  return all.flatMap((outcome) => (outcome.kind === 'read' ? outcome.cluster : []));
}

function requirePartition({ name, place }: ClusterSelector, { primary }: Connection): void {
  if (place === null || place.partition === primary.partition) return;
  throw refusal({
    message: `cluster ${clusterArn(name, place)} is in partition ${place.partition}, but the credentials are in ${primary.partition}`,
    help: 'Use a profile of its partition (--profile), and run once for each partition.',
  });
}

/** @throws AwsFailure for a failure of the caller's own credentials, which is none of this cluster */
async function outcomeOf(connection: Connection, name: string, place: Place): Promise<Outcome> {
  const account = unlistedAccount(place.accountId);
  const problem = connection.problemOf(account);
  if (problem) return { kind: 'unreadable', name, ...problem };
  try {
    const eks = await connection.eksOf(account, place.region);
    const found = await eks.cluster(name);
    if (!found) return { kind: 'missing', problem: missingProblem(name, place) };
    return { kind: 'read', cluster: { name, ...found } };
  } catch (error) {
    if (!(error instanceof AwsFailure) || connection.isOfCaller(error, account.id)) throw error;
    return { kind: 'unreadable', name, cause: error.summary, detail: error.detail, help: error.help };
  }
}

function missingProblem(name: string, place: Place): Problem {
  return {
    message: `no EKS cluster ${quoted(name)} in account ${place.accountId}, region ${place.region}`,
    help: `Name another region with --region or another account with --profile, or give the ARN of the cluster: ${clusterArn(name, { ...place, region: 'REGION', accountId: 'ACCOUNT' })}.`,
  };
}

/** One problem for each cause. */
function unreadableProblems(failures: readonly (ClusterFailure & { readonly name: string })[]): Problem[] {
  const byCause = groupBy(failures, ({ cause, help }) => `${cause}\n${help}`);
  return [...byCause.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    const names = listed([first, ...others].map(({ name }) => name));
    const [what, error] =
      others.length === 0 ? ['cluster', ''] : [`${others.length + 1} clusters`, 'first error: '];
    const message = `${what} ${names} cannot be read (${first.cause}): ${error}${first.detail}`;
    return { message, help: first.help };
  });
}

/** A role of which only the ARN without its path is known. */
interface NamedRole {
  /** Without the path, in lower case. */
  readonly key: string;
  readonly accountId: string;
  readonly name: string;
}

/**
 * Asks IAM for the paths of roles, in the accounts that can be read; ARNs that name no role of the partition are left out.
 * @returns by ARN without path in lower case: the ARN with the path, null for a role that is not there
 * @throws AwsFailure where AWS cannot be reached at all
 */
export async function readRolePaths(
  connection: Connection,
  roleArns: readonly string[],
): Promise<{ readonly paths: ReadonlyMap<string, string | null>; readonly findings: readonly Finding[] }> {
  const roles = roleArns.flatMap((arn) => namedRole(arn, connection.primary.partition) ?? []);
  // IAM need not find a name that is written in another case, and aws-auth may hold it in several.
  const distinct = new Map(roles.map((role) => [`${role.accountId} ${role.name}`, role]));
  const byAccount = groupBy(distinct.values(), (role) => role.accountId);
  const paths = new Map<string, string | null>();
  const read = [...byAccount].map(([id, ofAccount]) => readPaths(connection, id, ofAccount, paths));
  const failures = (await Promise.all(read)).filter((failure) => failure !== undefined);
  return { paths, findings: roleLookupNotes(failures) };
}

function namedRole(text: string, partition: string): NamedRole | undefined {
  const arn = parseArn(text);
  if (!arn || arn.partition !== partition || arn.service !== 'iam' || !isAccountId(arn.accountId))
    return undefined;
  const stripped = stripPath(arn);
  const name = /^role\/([\w+=,.@-]+)$/.exec(stripped.resource)?.[1];
  if (name === undefined) return undefined;
  return { key: formatArn(stripped).toLowerCase(), accountId: arn.accountId, name };
}

/** Adds the paths of an account's roles; the failure that keeps it from some of them. */
async function readPaths(
  connection: Connection,
  accountId: string,
  roles: readonly NamedRole[],
  paths: Map<string, string | null>,
): Promise<AccountFailure | undefined> {
  const account = unlistedAccount(accountId);
  const problem = connection.problemOf(account);
  if (problem) return problem;
  try {
    await Promise.all(
      roles.map(async ({ key, name }) => {
        const pathArn = await connection.rolePathArn(account, name);
        const found = parseArn(pathArn ?? '');
        const isSame = found && formatArn(stripPath(found)).toLowerCase() === key;
        if (isSame && pathArn !== undefined) paths.set(key, pathArn);
        else if (!paths.has(key)) paths.set(key, null);
      }),
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof AwsFailure)) throw error;
    if (error.isOfNetwork || connection.isOfCaller(error, accountId)) throw error;
    const { summary: cause, detail, help } = error;
    return { account, cause, detail, help };
  }
}
