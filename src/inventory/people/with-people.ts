import type { Inventory, PermissionSet } from '../model.ts';
import type { PeopleAnswer } from './people-reading.ts';

/** The inventory with who is assigned what. */
export function withPeople(inventory: Inventory, answer: PeopleAnswer): Inventory {
  const { assignments, principals, untold } = answer;
  return {
    ...inventory,
    instance: answer.instance ?? inventory.instance,
    accounts: inventory.accounts.map((account) => ({
      ...account,
      assignmentsRead: account.rolesRead && !untold.has(account.id),
    })),
    permissionSets: uniteSets(inventory.permissionSets ?? [], answer.permissionSets),
    assignments,
    principals,
  };
}

function uniteSets(one: readonly PermissionSet[], other: readonly PermissionSet[]): PermissionSet[] {
  return [...new Map([...one, ...other].map((set) => [set.arn, set])).values()];
}
