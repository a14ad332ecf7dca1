import { parseArn } from '../arn.ts';
import { Failure, type Finding, type Problem, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { compareStrings, listed } from '../text.ts';
import { type ClusterList, FleetMatcher, mayMatch, regionsText } from './fleet-match.ts';
import { type FleetCluster, knownClusters, labelled, unreadArn } from './known-clusters.ts';
import type { EksCluster, Inventory, UnreadCluster } from './model.ts';
import { type ClusterSelector, clusterArn, type Fleet, type FleetQuery, NOT_SELECTED } from './query.ts';
import { ReadTime } from './read-time.ts';
import { requireScope } from './scope/require-scope.ts';
import { scopeTest } from './scope/resolve-scope.ts';
import { skipHint } from './unreadable-accounts.ts';

const TAKE_AGAIN_WITH_REGIONS =
  'If there are any, take a new snapshot with `aws-auth-sso snapshot`, with the same --cluster and --cluster-region.';
const TAKE_AGAIN = 'Take a new snapshot with `aws-auth-sso snapshot`, with the same --cluster.';

/**
 * Selects clusters of a snapshot.
 * @param requireCluster finds one that is named, or throws; null if it couldn't be read
 * @throws Failure (exit 2) for a glob that matches nothing; 3 for what couldn't be read and may not be skipped
 */
export function fleetIn(
  inventory: Inventory,
  query: FleetQuery,
  requireCluster: (selector: ClusterSelector) => EksCluster | null,
  report: (findings: readonly Finding[]) => void,
): Fleet {
  const { selectors, regions, maySkip } = query;
  const isSearched = searchTest(inventory, query);
  const unread = (inventory.unreadClusters ?? []).filter((one) =>
    selectors.some((selector) =>
      'glob' in selector
        ? isSearched(one) && mayMatch(selector.glob, one)
        : isNamed(selector, one, inventory.partition),
    ),
  );
  const matcher = new FleetMatcher(listsOf(inventory, isSearched), unread, {
    where: [ReadTime.of(inventory).source, ...(regions.length > 0 ? [regionsText(regions)] : [])].join(', '),
    next: TAKE_AGAIN,
  });
  const found = selectors.flatMap((selector) => {
    if ('glob' in selector)
      return matcher.require(selector.glob).flatMap(({ list, name }) => list.byName.get(name) ?? []);
    return requireCluster(selector) ?? [];
  });
  const clusters = [...new Set(found)];
  const nameOf = new Map(inventory.accounts.map(({ id, name }) => [id, name]));
  const refused = unread.filter(({ accountId: id }) => !maySkip({ id, name: nameOf.get(id) ?? null }));
  if (refused.length > 0) throw new Failure(3, unreadProblems(refused, inventory));
  report(unreadProblems(unread, inventory).map(({ message }) => warning('cluster-unreadable', message)));
  if (selectors.some((selector) => 'glob' in selector)) report(absentRegions(inventory, regions));
  const selected = new Set([...clusters.map(({ arn }) => arn), ...unread.map(unreadArn)]);
  const others = clustersIn(inventory).filter(({ arn }) => !selected.has(arn));
  return {
    clusters: labelled(clusters, clustersIn(inventory)),
    unread,
    others: others.map(({ name, arn }) => ({ name, arn, why: NOT_SELECTED })),
    accounts: inventory.accounts,
  };
}

/** All clusters that a snapshot knows of, also those that couldn't be read. */
export function clustersIn({
  clusters = [],
  unreadClusters: unread = [],
}: Inventory): readonly FleetCluster[] {
  return knownClusters({ clusters, unread, others: [], accounts: [] });
}

/** The clusters of an account in a region. */
interface StoredList extends ClusterList {
  readonly byName: ReadonlyMap<string, EksCluster>;
}

/** Sorted by account and region. */
function listsOf({ clusters = [] }: Inventory, isSearched: (place: Place) => boolean): StoredList[] {
  const byPlace = groupBy(clusters, ({ arn }) => {
    const { accountId, region } = placeOf(arn);
    return `${accountId} ${region}`;
  });
  return [...byPlace.values()]
    .map((all) => {
      const byName = new Map(all.map((cluster) => [cluster.name, cluster]));
      return { ...placeOf(all[0]?.arn ?? ''), names: [...byName.keys()].sort(compareStrings), byName };
    })
    .filter(isSearched)
    .sort((one, other) =>
      compareStrings(`${one.accountId} ${one.region}`, `${other.accountId} ${other.region}`),
    );
}

type Place = Pick<UnreadCluster, 'accountId' | 'region'>;

function placeOf(arn: string): Place {
  const { accountId = '', region = '' } = parseArn(arn) ?? {};
  return { accountId, region };
}

/**
 * Tests if globs may select the clusters of an account in a region.
 * @throws Failure (exit 2) for a scope that doesn't resolve
 */
function searchTest(inventory: Inventory, { accounts, regions }: FleetQuery): (place: Place) => boolean {
  const rest = { permissionSets: 'none', organizationTree: false } as const;
  const scope = accounts.scope.length > 0 ? requireScope({ ...accounts, ...rest }, inventory) : null;
  const ids = scope && new Set(scope.map(({ id }) => id));
  const isLeft = scopeTest({ within: null, exclude: accounts.exclude }, inventory);
  return ({ accountId, region }) =>
    (ids?.has(accountId) ?? isLeft(accountId)) && (regions.length === 0 || regions.includes(region));
}

/** Warns about regions that the snapshot has nothing of: it may have been taken without them. */
function absentRegions(inventory: Inventory, regions: readonly string[]): Finding[] {
  const { clusters = [], unreadClusters = [] } = inventory;
  const present = new Set(
    [...clusters.map(({ arn }) => placeOf(arn)), ...unreadClusters].map(({ region }) => region),
  );
  const absent = regions.filter((region) => !present.has(region));
  if (absent.length === 0) return [];
  const message = `${ReadTime.of(inventory).source} has no clusters in ${regionsText(absent)}: it may have been taken without ${absent.length === 1 ? 'it' : 'them'}`;
  return [warning('region-absent', message, { help: TAKE_AGAIN_WITH_REGIONS })];
}

function isNamed({ name, place }: ClusterSelector, unread: UnreadCluster, partition: string): boolean {
  if (unread.name !== name) return false;
  return place === null || clusterArn(name, place) === clusterArn(name, { ...unread, partition });
}

/** Groups what couldn't be read by cause, one problem each. */
function unreadProblems(unread: readonly UnreadCluster[], inventory: Inventory): Problem[] {
  return [...groupBy(unread, ({ cause }) => cause)].map(([cause, all]) => {
    const names = all.map(({ name, accountId, region }) => `${name ?? 'any'} in ${accountId} ${region}`);
    const message = `${ReadTime.of(inventory).source} lacks clusters that couldn't be read (${cause}): ${listed(names)}`;
    return { message, help: `${TAKE_AGAIN} ${skipHint('them')}` };
  });
}
