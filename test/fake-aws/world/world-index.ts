import { groupBy } from '../../../src/group-by.ts';
import { pairKey } from './pair.ts';
import type { World, WorldAccount, WorldAssignment } from './world.ts';

/** Indexes of the world for the operations, so that the cost of an answer depends only on its size. */
export type WorldIndex = ReturnType<typeof indexWorld>;

export function indexWorld(world: World) {
  const users = world.users.filter((user) => !user.deleted);
  const groups = world.groups.filter((group) => !group.deleted);
  return {
    accounts: keyed(world.accounts, (account) => account.id),
    accountsByParent: groupBy(world.accounts, (account) => account.parentId),
    units: keyed(world.units, (unit) => unit.id),
    unitsByParent: groupBy(world.units, (unit) => unit.parentId),
    permissionSets: keyed(world.permissionSets, (set) => set.arn),
    rolesByAccount: groupBy(world.roles, (role) => role.accountId),
    provisionedByAccount: groupBy(world.provisioned, (pair) => pair.accountId),
    provisionedBySet: groupBy(world.provisioned, (pair) => pair.permissionSetArn),
    assignmentsByPair: groupBy(world.assignments, pairKey),
    assignmentsByPrincipal: groupBy(world.assignments, principalKey),
    users,
    usersById: keyed(users, (user) => user.id),
    usersByName: keyed(users, (user) => user.userName),
    groups,
    groupsById: keyed(groups, (group) => group.id),
    groupsByName: keyed(groups, (group) => group.displayName),
    membershipsByGroup: groupBy(world.memberships, (membership) => membership.groupId),
    membershipsByUser: groupBy(world.memberships, (membership) => membership.userId),
  };
}

export function principalKey(principal: Pick<WorldAssignment, 'principalType' | 'principalId'>): string {
  return `${principal.principalType} ${principal.principalId}`;
}

/** `o-…/r-…/ou-…/123456789012/`: an account's or unit's path in Organizations. */
export function organizationPath(world: World, index: WorldIndex, parentId: string, last: string): string {
  const above: string[] = [];
  for (let unit = index.units.get(parentId); unit; unit = index.units.get(unit.parentId))
    above.unshift(unit.id);
  const { id = '', rootId = '' } = world.organization ?? {};
  return [id, rootId, ...above, last, ''].join('/');
}

/** True if an account accepts calls: a suspended or closed one refuses all. */
export function isOpen(account: WorldAccount | undefined): boolean {
  return account?.state === 'ACTIVE';
}

function keyed<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [key(item), item]));
}
