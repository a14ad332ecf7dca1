import { arnKind, parseArn } from '../arn.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { Inventory, Principal, Role } from '../inventory/model.ts';
import { rolesBySet } from '../inventory/newest-role.ts';
import type { Assignees } from '../inventory/people/assignees.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn, roleKey, setKey } from '../role-name.ts';

/** Why an entry lets nobody in. */
export type NobodyReason =
  | 'path-in-arn'
  | 'role-gone'
  | 'role-superseded'
  | 'unassigned'
  | 'all-deleted'
  | 'groups-empty';

/** An entry of a provisioned role, and who comes in by it. */
export interface EntryAccess {
  readonly entry: LoadedEntry;
  readonly accountId: string;
  readonly accountName: string | null;
  readonly permissionSet: string;
  /** Those who are assigned the permission set, the deleted among them; null where that is not known. */
  readonly principals: readonly Principal[] | null;
  /** Why nobody gets in; null where somebody may. */
  readonly nobody: NobodyReason | null;
  /** The role that took the place of one that is gone. */
  readonly successor: Role | null;
}

/** The provisioned roles of an account, by ARN and by permission set. */
interface RoleIndex {
  readonly byArn: ReadonlyMap<string, Role>;
  readonly bySet: ReadonlyMap<string, readonly Role[]>;
}

/** Says of each entry that the authenticator keeps, and that is of a provisioned role, who comes in by it. */
export function entryAccess(
  entries: readonly LoadedEntry[],
  inventory: Inventory,
  assignees: Assignees,
): EntryAccess[] {
  const roles = indexRoles(inventory.roles);
  const accounts = new Map(inventory.accounts.map((account) => [account.id, account]));
  return entries.flatMap((entry) => {
    const arn = entry.shadowed ? undefined : parseProvisionedRoleArn(entry.arn);
    if (!arn) return [];
    const account = accounts.get(arn.accountId);
    const role = roles.byArn.get(roleKey(arn));
    const found = { entry, accountId: arn.accountId, accountName: account?.name ?? null };
    const base = { ...found, permissionSet: role?.permissionSet ?? arn.permissionSet, successor: null };
    const dead = account?.rolesRead ? deadReason(arn, role, roles) : null;
    if (entry.arn.toLowerCase() !== arn.roleArn.toLowerCase())
      return { ...base, principals: [], nobody: 'path-in-arn' as const };
    if (dead) return { ...base, principals: [], ...dead };
    if (!role || !assignees.hasAssignments(arn.accountId)) return { ...base, principals: null, nobody: null };
    const principals = assignees.of(role.accountId, role.permissionSet);
    return { ...base, principals, nobody: reasonFor(principals) };
  });
}

/** Entries without a role to speak of, such as those of nodes and IAM users, are for others to look at. */
export function liveRoleArns(access: readonly EntryAccess[], inventory: Inventory): Set<string> {
  const wanted = new Set(
    access.filter(({ nobody }) => nobody === null).map(({ entry }) => entry.arn.toLowerCase()),
  );
  return new Set(
    inventory.roles.map(({ roleArn }) => roleArn).filter((arn) => wanted.has(arn.toLowerCase())),
  );
}

function indexRoles(roles: readonly Role[]): RoleIndex {
  return { byArn: new Map(roles.map((role) => [roleKey(role), role])), bySet: rolesBySet(roles) };
}

function deadReason(arn: ProvisionedRoleArn, role: Role | undefined, { bySet }: RoleIndex) {
  const successor = bySet.get(setKey(arn))?.[0] ?? null;
  if (!role) return { nobody: 'role-gone' as const, successor };
  return successor && successor !== role ? { nobody: 'role-superseded' as const, successor } : null;
}

function reasonFor(principals: readonly Principal[]): NobodyReason | null {
  if (principals.length === 0) return 'unassigned';
  const live = principals.filter(({ name }) => name !== null);
  if (live.length === 0) return 'all-deleted';
  return live.every(({ type, members }) => type === 'GROUP' && members?.length === 0) ? 'groups-empty' : null;
}

/** Somebody who comes in by an entry. */
export interface Grant {
  readonly principal: Principal;
  /** The group that a user comes through; null for whoever is assigned in person. */
  readonly via: Principal | null;
  readonly access: EntryAccess;
}

/** Whose grants are wanted. */
export interface GrantFilter {
  /** Ids of users, with whatever they reach through groups. */
  readonly users: ReadonlySet<string> | null;
  /** Ids of groups. */
  readonly groups: ReadonlySet<string> | null;
  /** Whether the members of groups are listed behind them. */
  readonly expand: boolean;
}

/** Who comes in by the entries: in their order, groups before users. */
export function grantsOf(
  access: readonly EntryAccess[],
  assignees: Assignees,
  { users, groups, expand }: GrantFilter,
): Grant[] {
  const everybody = access.flatMap((one) =>
    (one.principals ?? []).flatMap((principal) => [
      { principal, via: null, access: one },
      ...(principal.type === 'GROUP' ? throughGroup(principal, one, assignees, users, expand) : []),
    ]),
  );
  if (users === null && groups === null) return everybody;
  return everybody.filter(
    ({ principal, via }) =>
      users?.has(principal.id) || groups?.has(principal.id) || (via && groups?.has(via.id)),
  );
}

/** The members that are wanted; those of a deleted group do not come in. */
function throughGroup(
  group: Principal,
  access: EntryAccess,
  assignees: Assignees,
  users: ReadonlySet<string> | null,
  expand: boolean,
): Grant[] {
  if (group.name === null) return [];
  const members = new Map<string, Principal>();
  if (expand) for (const member of assignees.membersOf(group) ?? []) members.set(member.id, member);
  for (const id of users ?? []) {
    const user = assignees.principal(id);
    if (user && assignees.groupsOf(id).has(group.id)) members.set(id, user);
  }
  return [...members.values()].map((principal) => ({ principal, via: group, access }));
}

/** Whether somebody who comes in by an entry is an administrator of the whole cluster. */
export function isClusterAdmin({ entry }: EntryAccess): boolean {
  return (entry.groups ?? []).includes('system:masters');
}

/** An IAM role or user, none of Identity Center's, that an entry of its own makes administrator of the whole cluster. */
export interface DirectAdmin {
  readonly type: 'IAM_ROLE' | 'IAM_USER';
  readonly name: string;
  readonly accountId: string;
  readonly entry: LoadedEntry;
}

/** Those among the entries that count: roles first, each in the order of its map. */
export function directAdmins(
  roles: readonly LoadedEntry[],
  users: readonly LoadedEntry[],
): readonly DirectAdmin[] {
  return [...roles, ...users].flatMap((entry): DirectAdmin[] => {
    const arn = parseArn(entry.arn);
    const kind = arn && arnKind(arn);
    if (entry.shadowed || !entry.groups?.includes('system:masters')) return [];
    if (!arn || (kind !== 'role' && kind !== 'user') || parseProvisionedRoleArn(entry.arn)) return [];
    const name = arn.resource.slice(arn.resource.lastIndexOf('/') + 1);
    // A path that was left in a role's ARN never matches; users keep theirs.
    if (kind === 'role' && arn.resource !== `role/${name}`) return [];
    return [{ type: kind === 'role' ? 'IAM_ROLE' : 'IAM_USER', name, accountId: arn.accountId, entry }];
  });
}

export function adminTypeWord({ type }: DirectAdmin): string {
  return type === 'IAM_ROLE' ? 'IAM role' : 'IAM user';
}
