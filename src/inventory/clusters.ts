import type { EntryProgress } from '../aws/eks.ts';
import { AwsFailure } from '../aws/failure.ts';
import type { ListedRole } from '../aws/iam.ts';
import { Failure, type Finding, type Problem, refusal } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { memoAsync } from '../memo.ts';
import { parseRoleArn } from '../role-name.ts';
import { callerKey, roleArnKey } from '../same-arn.ts';
import { listed, printable, quoted } from '../text.ts';
import type { Connection } from './connection.ts';
import type { EksCluster, OtherRole, Role } from './model.ts';
import { detachedString } from './provisioned-roles.ts';
import { ClusterNotFound, type ClusterSelector, clusterArn } from './query.ts';
import { unlistedAccount } from './scope/resolve-scope.ts';
import { type AccountFailure, type RoleLookupFailure, roleLookupNotes } from './unreadable-accounts.ts';

/** Where a cluster is. */
type Place = NonNullable<ClusterSelector['place']>;

/** What came of one cluster: it was read, or there is none, or it could not be read. */
type Outcome =
  | { readonly kind: 'read'; readonly cluster: EksCluster }
  | { readonly kind: 'missing'; readonly problem: Problem }
  | ({ readonly kind: 'unreadable'; readonly name: string } & ClusterFailure);

type ClusterFailure = Pick<AccountFailure, 'cause' | 'detail' | 'help'> & { readonly failure?: AwsFailure };

/**
 * Reads clusters with their access entries from EKS, side by side; one that is named twice once.
 * @throws Failure 2 for clusters that do not exist, or are in another partition; 3 for those that cannot be read: all of them at once
 */
export async function readClusters(
  connection: Connection,
  selectors: readonly ClusterSelector[],
): Promise<EksCluster[]> {
  const { partition, region, accountId } = connection.primary;
  const own = { partition, region, accountId };
  for (const selector of selectors) requirePartition(selector, connection);
  const total = selectors.length;
  let done = 0;
  const counter = entryCounter(connection);
  const read = memoAsync(
    ({ name, place }: ClusterSelector) => outcomeOf(connection, name, place ?? own, counter),
    ({ name, place }) => clusterArn(name, place ?? own),
  );
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
  const contradiction = unreadable.find(({ failure }) => failure?.isContradiction)?.failure;
  if (unreadable.length > 0)
    throw new Failure(3, [...unreadableProblems(unreadable), ...missing], contradiction);
  if (missing.length > 0) throw new ClusterNotFound(missing);
  return all.flatMap((outcome) => (outcome.kind === 'read' ? outcome.cluster : []));
}

/** Counts the access entries of all clusters together. */
function entryCounter({ progress }: Connection): Pick<EntryProgress, 'onListed' | 'onRead'> {
  let [done, total] = [0, 0];
  const update = () => progress.update({ accessEntries: { done, total } });
  return {
    onListed: (count) => {
      total += count;
      update();
    },
    onRead: () => {
      done += 1;
      update();
    },
  };
}

function requirePartition({ name, place }: ClusterSelector, { primary }: Connection): void {
  if (place === null || place.partition === primary.partition) return;
  throw refusal({
    message: `cluster ${clusterArn(name, place)} is in partition ${place.partition}, but the credentials are in ${primary.partition}`,
    help: 'Use a profile of its partition (--profile), and run once for each partition.',
  });
}

/** @throws AwsFailure for a failure of the caller's own credentials, which is none of this cluster */
async function outcomeOf(
  connection: Connection,
  name: string,
  place: Place,
  counter: ReturnType<typeof entryCounter>,
): Promise<Outcome> {
  const account = unlistedAccount(place.accountId);
  const problem = connection.problemOf(account);
  if (problem) return { kind: 'unreadable', name, ...problem };
  try {
    const eks = await connection.eksOf({ account, region: place.region });
    const onDeleted = (arns: readonly string[]) => {
      if (arns.length > 0) connection.options.onFinding?.(deletedEntries(name, arns));
    };
    const found = await eks.cluster(name, { ...counter, onDeleted });
    if (!found) return { kind: 'missing', problem: missingProblem(name, place) };
    return { kind: 'read', cluster: { name, ...found } };
  } catch (error) {
    if (!(error instanceof AwsFailure) || connection.isOfCaller(error, account.id)) throw error;
    const { summary: cause, detail, help } = error;
    return { kind: 'unreadable', name, cause, detail, help, failure: error };
  }
}

function deletedEntries(cluster: string, principalArns: readonly string[]): Finding {
  const what =
    principalArns.length === 1 ? 'an access entry was' : `${principalArns.length} access entries were`;
  const names = listed(principalArns.map(printable));
  return {
    severity: 'note',
    code: 'access-entry-deleted',
    message: `${what} deleted from cluster ${printable(cluster)} during this run, and left out: ${names}`,
  };
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

/**
 * Looks roles up in the lists that IAM has of the accounts that can be read; ARNs that name no role of the partition are left out. A list has
 * every role, so that one that is missing is gone: asked by name, IAM might not find one that is written in another case.
 * @throws AwsFailure where AWS cannot be reached at all
 */
export async function readOtherRoles(
  connection: Connection,
  roleArns: readonly string[],
): Promise<{ readonly roles: readonly OtherRole[]; readonly findings: readonly Finding[] }> {
  const named = roleArns.flatMap((arn) => parseRoleArn(arn) ?? []);
  const ofPartition = named.filter(({ partition }) => partition === connection.primary.partition);
  const distinct = new Map(ofPartition.map((role) => [callerKey(role.roleArn), role]));
  const byAccount = groupBy(distinct.values(), (role) => role.accountId);
  const answers = await Promise.all([...byAccount].map(([id, roles]) => rolesOf(connection, id, roles)));
  return {
    roles: answers.flatMap(({ roles }) => roles),
    findings: roleLookupNotes(answers.flatMap(({ failure }) => failure ?? [])),
  };
}

/** Those of the roles that an account has or lacks; none, and the failure, where it cannot be read. */
async function rolesOf(
  connection: Connection,
  accountId: string,
  named: readonly Pick<Role, 'roleArn'>[],
): Promise<{ readonly roles: readonly OtherRole[]; readonly failure?: RoleLookupFailure }> {
  const account = unlistedAccount(accountId);
  const problem = connection.problemOf(account);
  const roleCount = named.length;
  if (problem) return { roles: [], failure: { ...problem, roleCount } };
  try {
    const roles = await connection.listRoles(account);
    const byKey = new Map(roles.map((role) => [roleArnKey(role.arn), role]));
    return { roles: named.map((one) => otherRole(one.roleArn, byKey.get(callerKey(one.roleArn)))) };
  } catch (error) {
    if (!(error instanceof AwsFailure)) throw error;
    const isFatal = error.isOfNetwork || error.isContradiction;
    if (isFatal || connection.isOfCaller(error, accountId)) throw error;
    const { summary: cause, detail, help } = error;
    return { roles: [], failure: { account, cause, detail, help, roleCount } };
  }
}

function otherRole(arn: string, role: ListedRole | undefined): OtherRole {
  return { arn, role: role ? { pathArn: detachedString(role.arn), createdAt: role.createdAt } : null };
}
