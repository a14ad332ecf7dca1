import type { EntryProgress } from '../aws/eks.ts';
import { Failure, note, type Problem, refusal, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { memoAsync } from '../memo.ts';
import { listed, printable, quoted } from '../text.ts';
import type { Connection } from './connection.ts';
import { FleetMatcher } from './fleet-matcher.ts';
import { clusterLabels, labelled } from './known-clusters.ts';
import { listClusters } from './list-clusters.ts';
import { type Account, type AccountName, type EksCluster, type SignIns, unlistedAccount } from './model.ts';
import {
  ClusterNotFound,
  type ClusterPlace,
  type ClusterSelector,
  clusterArn,
  type Fleet,
  type FleetQuery,
  NOT_SELECTED,
} from './query.ts';
import { type AccountFailure, skipHint } from './unreadable-accounts.ts';

/** A cluster to read. */
interface ClusterTarget {
  readonly name: string;
  readonly place: ClusterPlace;
  readonly account: Account;
  /** True if EKS listed it. */
  readonly isListed: boolean;
}

/**
 * Lists the clusters of the accounts in scope if the query has globs, then reads the selected ones.
 * @throws Failure (exit 2) for a glob that matches no cluster, or a region of another partition; 3 for what can't be read
 */
export async function findFleet(connection: Connection, query: FleetQuery): Promise<Fleet> {
  const { selectors, signIns = false } = query;
  const areListed = selectors.some((selector) => 'glob' in selector);
  const { lists, unread, accounts, where } = areListed
    ? await listClusters(connection, query)
    : NOTHING_LISTED;
  const matcher = new FleetMatcher(lists, unread, { where, next: SEARCH_ELSEWHERE });
  const { partition } = connection.primary;
  const targets = selectors.flatMap((selector): ClusterTarget[] => {
    if (!('glob' in selector)) return [targetOf(connection, selector)];
    return matcher.require(selector.glob).map(({ list, name }) => {
      const { account, accountId, region } = list;
      return { name, place: { partition, region, accountId }, account, isListed: true };
    });
  });
  const byArn = new Map(targets.map((target) => [clusterArn(target.name, target.place), target]));
  const distinct = [...byArn.values()];
  if (areListed) {
    const { length } = distinct.filter(({ isListed }) => isListed);
    const found = `found ${length} matching ${length === 1 ? 'cluster' : 'clusters'} in ${where}`;
    const calls = `reading each takes ${signIns ? 4 : 2} calls to AWS, plus up to 2 per access entry`;
    connection.report([note('clusters-found', length === 0 ? found : `${found}; ${calls}`)]);
  }
  const others = lists.flatMap(({ accountId, region, names }) =>
    names.flatMap((name) => {
      const arn = clusterArn(name, { partition, region, accountId });
      return byArn.has(arn) ? [] : { name, arn, why: NOT_SELECTED };
    }),
  );
  const read = await readTargets(connection, distinct, query, others);
  return {
    clusters: read.clusters,
    unread: [...unread, ...read.unread],
    others: [...read.others, ...others],
    accounts,
  };
}

const NOTHING_LISTED: Awaited<ReturnType<typeof listClusters>> = {
  lists: [],
  unread: [],
  accounts: [],
  where: '',
};

const SEARCH_ELSEWHERE =
  'Search other accounts with --account, --ou or --all-accounts, and other regions with --cluster-region.';

/**
 * Reads clusters that are named, repeated ones once.
 * @throws Failure like `readTargets`; 3 for all that can't be read
 */
export async function readClusters(
  connection: Connection,
  selectors: readonly ClusterSelector[],
): Promise<readonly EksCluster[]> {
  const targets = selectors.map((selector) => targetOf(connection, selector));
  return (await readTargets(connection, targets, { maySkip: null })).clusters;
}

/** The result for one cluster: read, deleted after it was listed, missing or unreadable. */
type Outcome =
  | { readonly kind: 'read'; readonly cluster: EksCluster }
  | { readonly kind: 'deleted'; readonly name: string; readonly arn: string }
  | { readonly kind: 'missing'; readonly problem: Problem }
  | Unreadable;

type Unreadable = AccountFailure & { readonly kind: 'unreadable'; readonly target: ClusterTarget };

/**
 * A cluster that is named, which is in the caller's account and region if nothing else says so.
 * @throws Failure (exit 2) for one in another partition, or by name without a region
 */
function targetOf(connection: Connection, selector: ClusterSelector): ClusterTarget {
  requirePartition(selector, connection);
  const { partition, region, isRegionSet, accountId } = connection.primary;
  const { name, place = null } = selector;
  if (place === null && !isRegionSet) {
    const arn = clusterArn(name, { partition, region: 'REGION', accountId });
    throw refusal({
      message: `no region is set, so cluster ${quoted(name)} can't be found`,
      help: `Set --region, AWS_REGION or the profile's \`region\`, or use the cluster's ARN: ${arn}.`,
    });
  }
  const own = place ?? { partition, region, accountId };
  return { name, place: own, account: unlistedAccount(own.accountId), isListed: false };
}

/**
 * Reads clusters with their access entries from EKS concurrently, repeated ones once.
 * @param options.maySkip true for accounts whose clusters to skip if they can't be read, with a warning; null for none
 * @param others known clusters that aren't read: messages must distinguish clusters of one name
 * @throws Failure 2 for clusters that don't exist; 3 for all that can't be read or skipped
 */
async function readTargets(
  connection: Connection,
  targets: readonly ClusterTarget[],
  {
    maySkip,
    signIns = false,
  }: Pick<FleetQuery, 'signIns'> & { readonly maySkip: ((account: AccountName) => boolean) | null },
  others: Fleet['others'] = [],
): Promise<Fleet> {
  const known = [...targets.map(({ name, place }) => ({ name, arn: clusterArn(name, place) })), ...others];
  const labelOf = clusterLabels(known);
  const total = targets.length;
  let done = 0;
  const counter = entryCounter(connection);
  const read = memoAsync(
    (target: ClusterTarget) => outcomeOf(connection, target, { labelOf, signIns }, counter),
    ({ name, place }) => clusterArn(name, place),
  );
  connection.progress.update({ clusters: { done, total } });
  const all = await Promise.all(
    targets.map(async (target) => {
      const outcome = await read(target);
      done += 1;
      connection.progress.update({ clusters: { done, total } });
      return outcome;
    }),
  );
  const once = [...new Set(all)];
  const missing = once.flatMap((outcome) => (outcome.kind === 'missing' ? outcome.problem : []));
  const unreadable = once.filter((outcome) => outcome.kind === 'unreadable');
  const isSkipped = ({ account, error }: Unreadable) =>
    !error?.isContradiction && (maySkip?.(account) ?? false);
  const refused = unreadable.filter((one) => !isSkipped(one));
  if (refused.length > 0)
    throw new Failure(
      3,
      [...unreadableProblems(refused, labelOf, maySkip !== null), ...missing],
      refused.find(({ error }) => error?.isContradiction)?.error,
    );
  if (missing.length > 0) throw new ClusterNotFound(missing);
  connection.report(
    groupedByCause(unreadable).map((group) => {
      const what = group.length === 1 ? 'cluster' : `${group.length} clusters`;
      const message = `skipped ${what} ${namesText(group, labelOf)} (${group[0].cause})`;
      return warning('cluster-unreadable', message);
    }),
  );
  const clusters = all.flatMap((outcome) => (outcome.kind === 'read' ? outcome.cluster : []));
  return {
    clusters: labelled(clusters, known),
    unread: unreadable.map(({ target: { name, place, account }, cause, detail }) => {
      const { accountId, region } = place;
      return { accountId, accountName: account.name, region, name, cause, detail };
    }),
    others: once.flatMap((outcome) =>
      outcome.kind === 'deleted' ? { ...outcome, why: 'was deleted during this run' } : [],
    ),
    accounts: [],
  };
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
  target: ClusterTarget,
  { labelOf, signIns: withSignIns }: { readonly labelOf: LabelOf; readonly signIns: boolean },
  counter: ReturnType<typeof entryCounter>,
): Promise<Outcome> {
  const { name, place, account, isListed } = target;
  const arn = clusterArn(name, place);
  const onDeleted = (arns: readonly string[]) => {
    if (arns.length === 0) return;
    const what = arns.length === 1 ? '1 access entry' : `${arns.length} access entries`;
    const cluster = printable(labelOf({ name, arn }));
    const message = `skipped ${what} deleted from cluster ${cluster} during this run: ${listed(arns.map(printable))}`;
    connection.report([note('access-entry-deleted', message)]);
  };
  const attempt = await connection.attempt(account, async () => {
    const eks = await connection.eksOf({ account, region: place.region });
    const found = await eks.cluster(name, { ...counter, onDeleted });
    if (!found && isListed) await eks.requireDeleted(name);
    return found;
  });
  if ('failure' in attempt) return { kind: 'unreadable', target, ...attempt.failure };
  const { value: found } = attempt;
  if (found) {
    if (!withSignIns) return { kind: 'read', cluster: { name, ...found } };
    const signIns = await signInsOf(connection, target);
    if ('account' in signIns) return { kind: 'unreadable', target, ...signIns };
    return { kind: 'read', cluster: { name, ...found, signIns } };
  }
  if (!isListed) {
    const { accountId, region } = place;
    const problem = {
      message: `no EKS cluster ${quoted(name)} in account ${accountId}, region ${region}`,
      help: `A name is looked up in the account and region of your credentials; --account doesn't change that. For another, set --profile or --region, or use the cluster's ARN: ${clusterArn(name, { ...place, region: 'REGION', accountId: 'ACCOUNT' })}.`,
    };
    return { kind: 'missing', problem };
  }
  const message = `skipped cluster ${arn}, which was deleted during this run`;
  connection.report([note('cluster-deleted', message)]);
  return { kind: 'deleted', name, arn };
}

/** Reads what is optional: only a contradiction is a failure. */
async function signInsOf(
  connection: Connection,
  { name, place: { region }, account }: ClusterTarget,
): Promise<SignIns | AccountFailure> {
  const eks = () => connection.eksOf({ account, region });
  const [providers, capabilities] = await Promise.all([
    connection.attempt(account, async () => (await eks()).oidcProviders(name)),
    connection.attempt(account, async () => (await eks()).capabilities(name)),
  ]);
  const failures = [providers, capabilities].flatMap((one) => ('failure' in one ? one.failure : []));
  const contradiction = failures.find(({ error }) => error?.isContradiction);
  if (contradiction) return contradiction;
  return {
    oidcProviders: 'value' in providers ? providers.value : [],
    capabilities: 'value' in capabilities ? capabilities.value : [],
    unread: failures.map(({ cause }) => cause),
  };
}

/**
 * Groups failures by cause, one problem each.
 * @param mayBeSkipped true if an option skips them
 */
function unreadableProblems(
  failures: readonly Unreadable[],
  labelOf: LabelOf,
  mayBeSkipped: boolean,
): Problem[] {
  return groupedByCause(failures).map(([first, ...others]) => {
    const [what, error, them] =
      others.length === 0
        ? ['cluster', '', 'it']
        : [`${others.length + 1} clusters`, 'first error: ', 'them'];
    const message = `${what} ${namesText([first, ...others], labelOf)} can't be read (${first.cause}): ${error}${first.detail}`;
    const isHinted = mayBeSkipped && !first.error?.isContradiction;
    return { message, help: isHinted ? `${first.help} ${skipHint(them)}` : first.help };
  });
}

type Group = readonly [Unreadable, ...Unreadable[]];

function groupedByCause(failures: readonly Unreadable[]): Group[] {
  const byCause = groupBy(failures, ({ cause, help }) => `${cause}\n${help}`);
  return [...byCause.values()].flatMap(([first, ...others]): Group[] => (first ? [[first, ...others]] : []));
}

type LabelOf = ReturnType<typeof clusterLabels>;

function namesText(group: Group, labelOf: LabelOf): string {
  return listed(group.map(({ target: { name, place } }) => labelOf({ name, arn: clusterArn(name, place) })));
}
