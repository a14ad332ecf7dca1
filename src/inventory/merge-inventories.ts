import { refusal } from '../errors.ts';
import { compareStrings, listed } from '../text.ts';
import type { Account, Inventory, Principal } from './model.ts';

/**
 * One inventory from several of disjoint accounts.
 * @throws Failure (exit 2) where two have read the same account, or they are of different partitions
 */
export function mergeInventories(inventories: readonly [Inventory, ...Inventory[]]): Inventory {
  const [first, ...others] = inventories;
  if (others.length === 0) return first;
  const partitions = [...new Set(inventories.map(({ partition }) => partition))];
  if (partitions.length > 1)
    throw refusal({ message: `the snapshots are from different partitions: ${partitions.join(', ')}` });
  const instances = new Set(inventories.map(({ instance }) => instance?.arn));
  return {
    // What this program does not know of is the first one's.
    ...Object.assign({}, ...[...inventories].reverse()),
    capturedAt: inventories.map(({ capturedAt }) => capturedAt).sort()[0] ?? first.capturedAt,
    partition: first.partition,
    callerAccountId: null,
    instance: instances.size === 1 ? first.instance : null,
    accounts: uniteAccounts(inventories),
    permissionSets: uniteBy(
      inventories.map((inventory) => inventory.permissionSets),
      (set) => set.arn,
    ),
    roles: inventories.flatMap((inventory) => inventory.roles),
    assignments: uniteBy(
      inventories.map((inventory) => inventory.assignments),
      (assignment) => JSON.stringify(assignment),
    ),
    principals: unitePrincipals(inventories),
  };
}

/** Of a group, the one whose members are known counts. */
function unitePrincipals(inventories: readonly Inventory[]): Principal[] | null {
  const all = uniteBy(
    inventories.map(({ principals }) => principals),
    ({ id, members }) => `${id} ${members === null}`,
  );
  return (
    all &&
    uniteBy(
      [all.filter(({ members }) => members === null), all.filter(({ members }) => members !== null)],
      ({ id }) => id,
    )
  );
}

/** An account that one only knows and the other has read is no overlap: the one that read it counts. */
function uniteAccounts(inventories: readonly Inventory[]): Account[] {
  const united = new Map<string, Account>();
  const overlap: string[] = [];
  for (const account of inventories.flatMap((inventory) => inventory.accounts)) {
    const known = united.get(account.id);
    if (known?.rolesRead && account.rolesRead) overlap.push(account.id);
    if (!known?.rolesRead) united.set(account.id, account);
  }
  if (overlap.length > 0) {
    throw refusal({
      message: `the snapshots overlap: several contain the roles of ${listed(overlap)}`,
      help: 'Use snapshots of disjoint accounts, or only the newest of them.',
    });
  }
  return [...united.values()].sort((one, other) => compareStrings(one.id, other.id));
}

function uniteBy<Item>(
  lists: readonly (readonly Item[] | null)[],
  keyOf: (item: Item) => string,
): Item[] | null {
  const known = lists.filter((list) => list !== null);
  if (known.length === 0) return null;
  return [...new Map(known.flat().map((item) => [keyOf(item), item])).values()];
}
