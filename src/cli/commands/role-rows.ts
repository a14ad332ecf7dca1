import type { Inventory, Principal, Role } from '../../inventory/model.ts';
import { Assignees } from '../../inventory/people/assignees.ts';
import { newestRoles } from '../../mapping/resolve.ts';

import { compareStrings } from '../../text.ts';

/** A role as `-o json` shows it. */
export interface RoleRow {
  readonly accountId: string;
  readonly accountName: string | null;
  readonly permissionSet: string;
  readonly permissionSetArn: string | null;
  readonly roleArn: string;
  readonly pathArn: string;
  readonly createdAt: string;
  /** Null where nobody asked, or nobody can say. */
  readonly principals: readonly RolePrincipal[] | null;
}

export type RolePrincipal = Pick<Principal, 'type' | 'id' | 'name'>;

/**
 * The roles of the accounts, in the order of these.
 * @param withPrincipals whether the inventory holds, and the rows are to hold, who is assigned
 */
export function roleRows(
  inventory: Inventory,
  accountIds: readonly string[],
  withPrincipals: boolean,
): RoleRow[] {
  const names = new Map(inventory.accounts.map(({ id, name }) => [id, name]));
  const rank = new Map(accountIds.map((id, index) => [id, index]));
  const people = withPrincipals ? peopleIn(inventory) : () => ({ permissionSetArn: null, principals: null });
  return inventory.roles
    .filter(({ accountId }) => rank.has(accountId))
    .sort((one, other) => rankOf(rank, one) - rankOf(rank, other) || byName(one, other))
    .map((role) => {
      const { accountId, permissionSet, roleArn, pathArn, createdAt } = role;
      const { permissionSetArn, principals } = people(role);
      const accountName = names.get(accountId) ?? null;
      return {
        accountId,
        accountName,
        permissionSet,
        permissionSetArn,
        roleArn,
        pathArn,
        createdAt,
        principals,
      };
    });
}

/** Whether it is known that nobody comes in by a role; who was deleted does not. */
export function isUnassigned({ principals }: RoleRow): boolean {
  return principals?.every(({ name }) => name === null) ?? false;
}

type RolePeople = Pick<RoleRow, 'permissionSetArn' | 'principals'>;

/** Of two roles of one permission set in an account, nobody comes in by the older one. */
function peopleIn(inventory: Inventory): (role: Role) => RolePeople {
  const assignees = new Assignees(inventory);
  const arns = new Map(inventory.permissionSets?.map(({ arn, name }) => [name, arn]));
  const newest = new Set([...newestRoles(inventory).byAccount.values()].flat());
  return (role) => {
    const { accountId, permissionSet } = role;
    const assigned = newest.has(role) ? assignees.of(accountId, permissionSet) : [];
    const principals = assigned.map(({ type, id, name }) => ({ type, id, name }));
    return {
      permissionSetArn: arns.get(permissionSet) ?? null,
      principals: assignees.hasAssignments(accountId) ? principals : null,
    };
  };
}

function rankOf(rank: ReadonlyMap<string, number>, role: Role): number {
  return rank.get(role.accountId) ?? 0;
}

function byName(one: Role, other: Role): number {
  return compareStrings(one.permissionSet, other.permissionSet) || compareStrings(one.roleArn, other.roleArn);
}
