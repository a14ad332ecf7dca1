import { refusal } from '../errors.ts';
import { roleArnKey } from '../same-arn.ts';
import { compareStrings, listed } from '../text.ts';
import { instanceIdOf } from './instances.ts';
import type { Account, EksCluster, Inventory, Principal, UnreadCluster } from './model.ts';
import { compareTimes } from './provisioned-roles.ts';

/**
 * Merges inventories of disjoint accounts.
 * @throws Failure (exit 2) if two have read the same account, or their partitions differ
 */
export function mergeInventories(snapshots: readonly [Inventory, ...Inventory[]]): Inventory {
  const inventories = withDistinctPrincipals(snapshots);
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

/**
 * Adds the instance to the IDs of users and groups that several instances have: IDs are only unique within one, and
 * each would get the other's access.
 */
function withDistinctPrincipals<All extends readonly Inventory[]>(inventories: All): All;
function withDistinctPrincipals(inventories: readonly Inventory[]): readonly Inventory[] {
  const owners = new Map<string, Set<string>>();
  for (const { instance, principals } of inventories)
    for (const { id } of instance && principals ? principals : [])
      owners.set(id, new Set([...(owners.get(id) ?? []), instance?.arn ?? '']));
  const shared = new Set([...owners].flatMap(([id, arns]) => (arns.size > 1 ? id : [])));
  if (shared.size === 0) return inventories;
  return inventories.map((inventory) => {
    const { instance, assignments, principals } = inventory;
    const suffix = instanceIdOf(instance?.arn ?? '')?.slice(-8) ?? 'unknown';
    const own = (id: string) => (shared.has(id) ? `${id}-${suffix}` : id);
    return {
      ...inventory,
      assignments: assignments?.map((one) => ({ ...one, principalId: own(one.principalId) })) ?? null,
      principals:
        principals?.map((one) => ({
          ...one,
          id: own(one.id),
          members: one.members?.map(own) ?? null,
          ...(one.groups && { groups: one.groups.map(own) }),
        })) ?? null,
    };
  });
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
  const claims = new Map<string, Set<string>>();
  const overlap: string[] = [];
  for (const account of inventories.flatMap((inventory) => inventory.accounts)) {
    const known = merged.get(account.id);
    if (known?.rolesRead && account.rolesRead) overlap.push(account.id);
    if (!known?.rolesRead) merged.set(account.id, account);
    const { id, instance } = account;
    if (instance) claims.set(id, new Set([...(claims.get(id) ?? []), instance]));
  }
  if (overlap.length > 0) {
    throw refusal({
      message: `the snapshots overlap: several contain the roles of ${listed(overlap)}`,
      help: 'Use snapshots with disjoint accounts, or only the newest one.',
    });
  }
  // If two instances claim an account, neither is known to cover it.
  const isContested = ({ id }: Account) => (claims.get(id)?.size ?? 0) > 1;
  return [...merged.values()]
    .map((account) => (isContested(account) ? { ...account, instance: null } : account))
    .sort((one, other) => compareStrings(one.id, other.id));
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
