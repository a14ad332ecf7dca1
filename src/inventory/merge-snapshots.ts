import { refusal } from '../errors.ts';
import { roleArnKey } from '../same-arn.ts';
import { compareStrings, listed } from '../text.ts';
import type { Account, EksCluster, Inventory, Principal, UnreadCluster } from './model.ts';
import { compareTimes } from './provisioned-roles.ts';

/**
 * Merges inventories of disjoint accounts.
 * @throws Failure (exit 2) if two have read the same account, or their partitions differ
 */
export function mergeInventories(inventories: readonly [Inventory, ...Inventory[]]): Inventory {
  const [first, ...others] = inventories;
  if (others.length === 0) return first;
  const partitions = [...new Set(inventories.map(({ partition }) => partition))];
  if (partitions.length > 1)
    throw refusal({
      message: `the snapshots are from different partitions: ${partitions.join(', ')}`,
      help: 'Use snapshots from one partition, and run once per partition.',
    });
  const emptyUnits = mergeBy(
    inventories.map((inventory) => inventory.emptyUnits ?? null),
    ({ id }) => id,
  );
  const instances = new Set(inventories.map(({ instance }) => instance?.arn));
  return {
    // Unknown fields are taken from the first inventory.
    ...Object.assign({}, ...[...inventories].reverse()),
    capturedAt: oldestFirst(inventories)[0]?.capturedAt ?? first.capturedAt,
    partition: first.partition,
    callerAccountId: null,
    instance: instances.size === 1 ? first.instance : null,
    accounts: mergeAccounts(inventories),
    ...(emptyUnits && { emptyUnits }),
    permissionSets: mergeBy(
      inventories.map((inventory) => inventory.permissionSets),
      (set) => set.arn,
    ),
    roles: inventories.flatMap((inventory) => inventory.roles),
    assignments: mergeBy(
      inventories.map((inventory) => inventory.assignments),
      (assignment) => JSON.stringify(assignment),
    ),
    principals: mergePrincipals(inventories),
    ...mergeLatest(inventories),
  };
}

/** Prefers a copy of a group with known members. */
function mergePrincipals(inventories: readonly Inventory[]): Principal[] | null {
  const listsWith = (known: boolean) =>
    inventories.map(
      ({ principals }) => principals?.filter(({ members }) => (members !== null) === known) ?? null,
    );
  return mergeBy([...listsWith(false), ...listsWith(true)], ({ id }) => id);
}

/** Keeps the latest copy of each cluster, and of each role that Identity Center did not create. */
function mergeLatest(
  inventories: readonly Inventory[],
): Pick<Inventory, 'clusters' | 'unreadClusters' | 'otherRoles'> {
  const all = oldestFirst(inventories);
  const clusters = mergeBy(
    all.map((inventory) => inventory.clusters ?? null),
    ({ arn }) => arn,
  );
  const otherRoles = mergeBy(
    all.map((inventory) => inventory.otherRoles ?? null),
    ({ arn }) => roleArnKey(arn),
  );
  return {
    ...(clusters && { clusters }),
    ...unreadClusters(inventories, clusters ?? []),
    ...(otherRoles && { otherRoles }),
  };
}

/** Clusters that couldn't be read for any of the inventories; one that another inventory has is known. */
function unreadClusters(
  inventories: readonly Inventory[],
  clusters: readonly EksCluster[],
): Pick<Inventory, 'unreadClusters'> {
  const unread = mergeBy(
    inventories.map((inventory) => inventory.unreadClusters ?? null),
    ({ accountId, region, name }) => JSON.stringify([accountId, region, name]),
  );
  const known = new Set(clusters.map(({ arn }) => arn));
  const isKnown = ({ accountId, region, name }: UnreadCluster) =>
    name !== null && [...known].some((arn) => arn.endsWith(`:eks:${region}:${accountId}:cluster/${name}`));
  return unread ? { unreadClusters: unread.filter((one) => !isKnown(one)) } : {};
}

function oldestFirst(inventories: readonly Inventory[]): Inventory[] {
  return inventories.toSorted((one, other) => compareTimes(one.capturedAt, other.capturedAt));
}

/** An account that only one of the inventories has read is no overlap: that copy is used. */
function mergeAccounts(inventories: readonly Inventory[]): Account[] {
  const merged = new Map<string, Account>();
  const overlap: string[] = [];
  for (const account of inventories.flatMap((inventory) => inventory.accounts)) {
    const known = merged.get(account.id);
    if (known?.rolesRead && account.rolesRead) overlap.push(account.id);
    if (!known?.rolesRead) merged.set(account.id, account);
  }
  if (overlap.length > 0) {
    throw refusal({
      message: `the snapshots overlap: several contain the roles of ${listed(overlap)}`,
      help: 'Use snapshots with disjoint accounts, or only the newest one.',
    });
  }
  return [...merged.values()].sort((one, other) => compareStrings(one.id, other.id));
}

/** Keeps the last item for each key. Null if no list is known. */
function mergeBy<Item>(
  lists: readonly (readonly Item[] | null)[],
  keyOf: (item: Item) => string,
): Item[] | null {
  const known = lists.filter((list) => list !== null);
  if (known.length === 0) return null;
  return [...new Map(known.flat().map((item) => [keyOf(item), item])).values()];
}
