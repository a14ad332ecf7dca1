import type { Inventory } from '../../directory/model.ts';
import type { InventorySource } from '../../directory/query.ts';
import { rolesBeside } from './inventory.ts';

/**
 * The inventory that pruning can rely on. From AWS: without assignments, because only those that the mappings need were
 * read, and with the admin roles that Identity Center didn't create. Snapshots stay as they are.
 * @param admins ARNs, without paths, of the entries that make cluster admins
 */
export async function forPruning(
  inventory: Inventory,
  admins: readonly string[],
  source: InventorySource,
): Promise<Inventory> {
  if (!source.isLive) return inventory;
  const others = rolesBeside(admins, inventory);
  const accounts = inventory.accounts.map((account) => ({ ...account, assignmentsRead: false }));
  const read = others.length === 0 ? [] : await source.otherRoles(others);
  return {
    ...inventory,
    accounts,
    assignments: null,
    otherRoles: [...(inventory.otherRoles ?? []), ...read],
  };
}
