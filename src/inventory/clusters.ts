import type { EntryProgress } from '../aws/eks.ts';
import { Failure, type Finding, note, type Problem, refusal } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { memoAsync } from '../memo.ts';
import { listed, printable, quoted } from '../text.ts';
import type { Connection } from './connection.ts';
import type { EksCluster } from './model.ts';
import { ClusterNotFound, type ClusterPlace, type ClusterSelector, clusterArn } from './query.ts';
import { unlistedAccount } from './scope/resolve-scope.ts';
import type { AccountFailure } from './unreadable-accounts.ts';

/** The result for one cluster: read, missing or unreadable. */
type Outcome =
  | { readonly kind: 'read'; readonly cluster: EksCluster }
  | { readonly kind: 'missing'; readonly problem: Problem }
  | Unreadable;

type Unreadable = AccountFailure & { readonly kind: 'unreadable'; readonly name: string };

/**
 * Reads clusters with their access entries from EKS concurrently, repeated names once.
 * @throws Failure 2 for clusters that don't exist or are in another partition; 3 for all that can't be read
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
  const contradiction = unreadable.find(({ error }) => error?.isContradiction)?.error;
  if (unreadable.length > 0)
    throw new Failure(3, [...unreadableProblems(unreadable), ...missing], contradiction);
  if (missing.length > 0) throw new ClusterNotFound(missing);
  return all.flatMap((outcome) => (outcome.kind === 'read' ? outcome.cluster : []));
}

/** Counts the access entries of all clusters. */
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
    message: `cluster ${clusterArn(name, place)} is in partition ${place.partition}, but the credentials are for ${primary.partition}`,
    help: 'Use a profile in its partition (--profile), and run once per partition.',
  });
}

/** @throws AwsFailure if the caller's own credentials fail, which isn't about this cluster */
async function outcomeOf(
  connection: Connection,
  name: string,
  place: ClusterPlace,
  counter: ReturnType<typeof entryCounter>,
): Promise<Outcome> {
  const account = unlistedAccount(place.accountId);
  const onDeleted = (arns: readonly string[]) => {
    if (arns.length > 0) connection.report([deletedEntries(name, arns)]);
  };
  const attempt = await connection.attempt(account, async () => {
    const eks = await connection.eksOf({ account, region: place.region });
    return eks.cluster(name, { ...counter, onDeleted });
  });
  if ('failure' in attempt) return { kind: 'unreadable', name, ...attempt.failure };
  const { value: found } = attempt;
  return found
    ? { kind: 'read', cluster: { name, ...found } }
    : { kind: 'missing', problem: missingProblem(name, place) };
}

function deletedEntries(cluster: string, principalArns: readonly string[]): Finding {
  const what = principalArns.length === 1 ? '1 access entry' : `${principalArns.length} access entries`;
  const names = listed(principalArns.map(printable));
  const message = `skipped ${what} deleted from cluster ${printable(cluster)} during this run: ${names}`;
  return note('access-entry-deleted', message);
}

function missingProblem(name: string, place: ClusterPlace): Problem {
  return {
    message: `no EKS cluster ${quoted(name)} in account ${place.accountId}, region ${place.region}`,
    help: `Set another region with --region or another account with --profile, or use the cluster's ARN: ${clusterArn(name, { ...place, region: 'REGION', accountId: 'ACCOUNT' })}.`,
  };
}

/** Groups failures by cause, one problem each. */
function unreadableProblems(failures: readonly Unreadable[]): Problem[] {
  const byCause = groupBy(failures, ({ cause, help }) => `${cause}\n${help}`);
  return [...byCause.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    const names = listed([first, ...others].map(({ name }) => name));
    const [what, error] =
      others.length === 0 ? ['cluster', ''] : [`${others.length + 1} clusters`, 'first error: '];
    const message = `${what} ${names} can't be read (${first.cause}): ${error}${first.detail}`;
    return { message, help: first.help };
  });
}
