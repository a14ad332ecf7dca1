import { parseArn } from '../arn.ts';
import { Failure, type Finding, note, type Problem, refusal, unavailable, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { roleArnKey } from '../same-arn.ts';
import { compareStrings, listed, nearNames, quoted } from '../text.ts';
import { FleetMatcher, mayMatch, nounText } from './fleet-matcher.ts';
import { type FleetCluster, knownClusters, knownClusterText, labelled, unreadArn } from './known-clusters.ts';
import { mergeInventories } from './merge-snapshots.ts';
import {
  type AccountName,
  accountText,
  type EksCluster,
  type Inventory,
  type UnreadCluster,
  unlistedAccount,
} from './model.ts';
import {
  ClusterNotFound,
  type ClusterSelector,
  clusterArn,
  type Fleet,
  type FleetQuery,
  type InventorySource,
  NOT_SELECTED,
  type PeopleQuery,
} from './query.ts';
import { ReadTime } from './read-time.ts';
import { requireScope, type ScopeAccount, scopeTest } from './scope.ts';
import { parseSnapshot } from './snapshot.ts';
import { type AccountFailure, managementNote, requireReadable, skipHint } from './unreadable-accounts.ts';

/**
 * Reads snapshots as one source of inventories.
 * @param options.read reads a file's text
 * @param options.maxAge milliseconds after which a snapshot is too old to conclude what exists now
 * @param options.maySkip true for accounts to skip if the snapshots don't have their roles
 * @throws Failure (exit 2) if a snapshot is wrong, or they don't belong together
 */
export async function openSnapshots(
  [first, ...others]: readonly [string, ...string[]],
  options: {
    readonly read: (file: string) => Promise<string>;
    readonly maxAge: number;
    readonly maySkip: (account: AccountName) => boolean;
    readonly report: (findings: readonly Finding[]) => void;
  },
): Promise<InventorySource> {
  const open = async (file: string) => parseSnapshot(await options.read(file), file);
  const opened = [await open(first), ...(await Promise.all(others.map(open)))] as const;
  const isExample = opened.every(({ example }) => example);
  if (isExample)
    options.report([note('example-snapshot', 'this snapshot is an example, so it never counts as old')]);
  const timed = (inventory: Inventory) =>
    withReadTime(inventory, isExample ? Number.POSITIVE_INFINITY : options.maxAge);
  const [one, ...more] = opened;
  const all = [timed(one), ...more.map(timed)] as const;
  const readTime = ReadTime.earliest(...all.map(ReadTime.of));
  return snapshotSource({ ...mergeInventories(all), readTime }, options.maySkip, options.report);
}

/** An inventory source that answers queries from snapshots. */
export function snapshotSource(
  inventory: Inventory,
  maySkip: (account: AccountName) => boolean,
  report: (findings: readonly Finding[]) => void,
): InventorySource {
  const known = { ...inventory, isSnapshot: true };
  return {
    isLive: false,
    partition: inventory.partition,
    read: async (query) => {
      const scope = requireScope(query, known);
      const { failures, management } = unreadAccounts(scope, inventory, maySkip);
      report(requireReadable(failures, maySkip));
      report(management);
      if (query.people) report(checkPeople(inventory, query.people, new Set(scope.map(({ id }) => id))));
      return inventory;
    },
    people: async (_, query) => {
      const { roleArns } = query;
      const roles = inventory.roles.filter(({ roleArn }) => roleArns?.has(roleArn) ?? true);
      const ids = new Set(roles.map(({ accountId }) => accountId));
      report(checkPeople(inventory, query, ids));
      return inventory;
    },
    knownSets: async () => {
      const { permissionSets: sets, instance } = inventory;
      if (sets) return { kind: 'known', sets, instance };
      return { kind: 'unknown', reason: 'the snapshot has no permission sets' };
    },
    withCoverage: async (read) => read,
    clusters: async (selectors) => {
      const clusters = selectors.map((selector) => {
        const found = namedCluster(selector, inventory);
        if (found.cluster) return found.cluster;
        throw unavailable({
          message: `${ReadTime.of(inventory).source} lacks cluster ${knownClusterText(found)}`,
          help: `Take a new snapshot with \`aws-auth-sso snapshot --cluster ${found.arn}\`.`,
        });
      });
      return labelled(clusters, clustersIn(inventory));
    },
    fleet: async (query) =>
      fleetIn(known, query, (selector) => namedCluster(selector, inventory).cluster, report),
    otherRoles: async (roleArns) => {
      const asked = new Set(roleArns.map(roleArnKey));
      return (inventory.otherRoles ?? []).filter(({ arn }) => asked.has(roleArnKey(arn)));
    },
    close: () => {},
  };
}

/**
 * The cluster with a name or ARN, also one that couldn't be read.
 * @throws Failure (exit 2) if the snapshots don't contain the cluster, or know several with that name
 */
function namedCluster(selector: ClusterSelector, inventory: Inventory): FleetCluster {
  const { name, place } = selector;
  const arn = place && clusterArn(name, place);
  const [found, ...others] = clustersIn(inventory).filter((one) =>
    arn === null ? one.name === name : one.arn === arn,
  );
  if (!found) throw missing(selector, inventory);
  if (others.length === 0) return found;
  const message = ReadTime.of(inventory).dated(`the snapshots have several clusters named ${quoted(name)}`);
  const arns = [found, ...others].map(knownClusterText);
  throw refusal({ message, help: `Select one by its ARN: ${listed(arns)}` });
}

function missing({ name, place }: ClusterSelector, inventory: Inventory): ClusterNotFound {
  const { clusters = [] } = inventory;
  const named = clusters.filter((cluster) => cluster.name === name);
  const arn = place && clusterArn(name, place);
  const shown = quoted(arn ?? name);
  const names = clusters.map((cluster) => cluster.name);
  const near = named.length > 0 ? named.map((cluster) => cluster.arn) : nearNames(name, names);
  const hint = near.length > 0 ? `It has ${listed(near)}. ` : '';
  const help = `${hint}Take a new snapshot with \`aws-auth-sso snapshot --cluster ${arn ?? name}\`.`;
  return new ClusterNotFound([{ message: `${ReadTime.of(inventory).source} has no cluster ${shown}`, help }]);
}

const NOT_REQUESTED = "its roles weren't requested";

/**
 * Accounts whose roles the snapshots don't contain. The management account is separate: it is no failure if a live run
 * would skip it too.
 */
function unreadAccounts(
  scope: readonly ScopeAccount[],
  { accounts }: Inventory,
  maySkip: (account: AccountName) => boolean,
): { readonly failures: readonly AccountFailure[]; readonly management: readonly Finding[] } {
  const known = new Map(accounts.map((account) => [account.id, account]));
  const stated = scope.map(({ id, exact }) => ({ exact, account: known.get(id) ?? unlistedAccount(id) }));
  const unread = stated.filter(({ account }) => !account.rolesRead);
  const isManagement = ({ exact, account }: (typeof stated)[number]) =>
    account.isManagement === true && !exact && !maySkip(account) && unread.length < stated.length;
  const failures = unread
    .filter((one) => !isManagement(one))
    .map(({ account }) => {
      const detail =
        account.unreadable ?? (known.has(account.id) ? NOT_REQUESTED : "it isn't in the snapshot");
      const help = 'Take a snapshot that includes them, or exclude them with --exclude-account.';
      return { account, cause: 'not read when the snapshot was taken', detail, help };
    });
  const management = unread
    .filter(isManagement)
    .map(({ account }) => managementNote(account, account.unreadable ?? NOT_REQUESTED));
  return { failures, management };
}

const TAKE_WITH_PRINCIPALS =
  'Take a new snapshot with `aws-auth-sso snapshot --principals`, which includes users and groups.';

/**
 * Checks that snapshots can answer a query about people in some accounts; returns a warning if they can only answer it
 * in part.
 * @throws Failure (exit 2) if they can't answer it
 */
function checkPeople(inventory: Inventory, query: PeopleQuery, accountIds: ReadonlySet<string>): Finding[] {
  const { accounts, assignments, principals } = inventory;
  const { source } = ReadTime.of(inventory);
  if (assignments === null || principals === null) throw incomplete(`${source} has no assignments`);
  const concerned = accounts.filter(({ id, rolesRead }) => rolesRead && accountIds.has(id));
  const unread = concerned.filter(({ assignmentsRead }) => !assignmentsRead);
  const where = listed(unread.map(accountText));
  if (unread.length > 0 && unread.length === concerned.length)
    throw incomplete(`${source} has no assignments for ${where}`);
  const needsMembers = query.members || query.named.some(({ type }) => type === 'USER');
  if (needsMembers && principals.some(({ type, members }) => type === 'GROUP' && members === null))
    throw incomplete(`${source} has no group members`);
  if (unread.length === 0) return [];
  return [warning('assignments-unknown', `${source} has no assignments for ${where}`)];
}

function incomplete(message: string): Failure {
  return refusal({ message, help: TAKE_WITH_PRINCIPALS });
}

const TAKE_AGAIN_WITH_REGIONS =
  'If there are any, take a new snapshot with `aws-auth-sso snapshot`, with the same --cluster and --cluster-region.';
const TAKE_AGAIN = 'Take a new snapshot with `aws-auth-sso snapshot`, with the same --cluster.';

/**
 * Selects clusters of a snapshot.
 * @param requireCluster finds one that is named, or throws; null if it couldn't be read
 * @throws Failure (exit 2) for a glob that matches nothing; 3 for what couldn't be read and may not be skipped
 */
function fleetIn(
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
        : one.name === selector.name &&
          (selector.place === null ||
            clusterArn(selector.name, { ...one, partition: inventory.partition }) ===
              clusterArn(selector.name, selector.place)),
    ),
  );
  const matcher = new FleetMatcher(listsOf(inventory, isSearched), unread, {
    where: [ReadTime.of(inventory).source, ...(regions.length > 0 ? [nounText('region', regions)] : [])].join(
      ', ',
    ),
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
function clustersIn({ clusters = [], unreadClusters: unread = [] }: Inventory): readonly FleetCluster[] {
  return knownClusters({ clusters, unread, others: [], accounts: [] });
}

/** The clusters of each account and region, also by name; sorted by account and region. */
function listsOf({ clusters = [] }: Inventory, isSearched: (place: Place) => boolean) {
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
  const message = `${ReadTime.of(inventory).source} has no clusters in ${nounText('region', absent)}: it may have been taken without ${absent.length === 1 ? 'it' : 'them'}`;
  return [warning('region-absent', message, { help: TAKE_AGAIN_WITH_REGIONS })];
}

/** Groups what couldn't be read by cause, one problem each. */
function unreadProblems(unread: readonly UnreadCluster[], inventory: Inventory): Problem[] {
  return [...groupBy(unread, ({ cause }) => cause)].map(([cause, all]) => {
    const names = all.map(({ name, accountId, region }) => `${name ?? 'any'} in ${accountId} ${region}`);
    const message = `${ReadTime.of(inventory).source} lacks clusters that couldn't be read (${cause}): ${listed(names)}`;
    return { message, help: `${TAKE_AGAIN} ${skipHint('them')}` };
  });
}

/**
 * A snapshot's inventory, with its time on everything that keeps it when snapshots are merged.
 * @param maxAge milliseconds
 */
export function withReadTime(inventory: Inventory, maxAge: number): Inventory {
  const { capturedAt, accounts, clusters, otherRoles } = inventory;
  const readTime = ReadTime.ofSnapshot(capturedAt, maxAge);
  const timed = <Item>(items: readonly Item[]) => items.map((item) => ({ ...item, readTime }));
  return {
    ...inventory,
    readTime,
    accounts: timed(accounts),
    ...(clusters && { clusters: timed(clusters) }),
    ...(otherRoles && { otherRoles: timed(otherRoles) }),
  };
}
