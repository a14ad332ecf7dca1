import type { Cluster } from '../access-entry/cluster.ts';
import { formatArn, parseArn } from '../arn.ts';
import type { Caller } from '../aws-auth/resolve-caller.ts';
import { Assignees } from '../directory/assignees.ts';
import { type Account, accountText, type Inventory, type Principal, type Role } from '../directory/model.ts';
import { RoleFacts } from '../directory/role-facts.ts';
import { type Finding, note } from '../errors.ts';
import { listed, quoted } from '../text.ts';
import { accountAccessFindings } from '../who/findings.ts';

/** A permission set that is assigned to a user in an account, and its role there. */
export interface UserRole {
  readonly account: Account;
  readonly permissionSet: string;
  readonly role: Role;
  /** The user, if assigned directly, and the user's groups that are assigned; groups first. */
  readonly via: readonly Principal[];
}

/** The answer for a user, in the accounts that were asked for. */
export interface UserRoles {
  readonly accounts: readonly Account[];
  /** Accounts whose roles or assignments couldn't be read, so the user may have more roles. */
  readonly unread: readonly Account[];
  readonly roles: readonly UserRole[];
  readonly findings: readonly Finding[];
}

/**
 * The roles of a user, by account in the inventory's order, then by permission set.
 * @param users the user; several if snapshots of several identity stores have one with that name
 * @param accountIds the accounts to look in
 */
export function rolesOfUser(
  users: readonly Principal[],
  accountIds: ReadonlySet<string>,
  inventory: Inventory,
): UserRoles {
  const assignees = Assignees.of(inventory);
  const facts = RoleFacts.of(inventory);
  const userIds = new Set(users.map(({ id }) => id));
  const groupIds = new Set(users.flatMap(({ id }) => [...assignees.groupsOf(id)]));
  const isOwn = ({ type, id, name }: Principal) =>
    name !== null && (type === 'USER' ? userIds : groupIds).has(id);
  const isRead = ({ id, rolesRead }: Account) => rolesRead && assignees.hasAssignments(id);
  const accounts = inventory.accounts.filter(({ id }) => accountIds.has(id));
  const assigned = accounts.filter(isRead).flatMap((account) =>
    assignees.setsIn(account.id).flatMap((permissionSet) => {
      const via = assignees.of(account.id, permissionSet).filter(isOwn);
      return via.length === 0 ? [] : { account, permissionSet, via };
    }),
  );
  const found = assigned.map((one) => {
    return { ...one, role: facts.newestIn(one.account.id, one.permissionSet) };
  });
  const missing = found.filter(({ role }) => !role);
  const texts = missing.map(
    ({ account, permissionSet }) => `${quoted(permissionSet)} in ${accountText(account)}`,
  );
  const message = `no role found for assigned permission sets: ${listed(texts)}`;
  return {
    accounts: accounts.filter(isRead),
    unread: accounts.filter((account) => !isRead(account)),
    roles: found.flatMap(({ role, ...one }) => (role ? { ...one, role } : [])),
    findings: missing.length === 0 ? [] : [note('no-role', message)],
  };
}

/** Warns about entries whose roles the user may have, too, without a permission set. */
export function otherRolesOfUser(cluster: Cluster, inventory: Inventory): Finding[] {
  const facts = RoleFacts.of(inventory);
  const entries = cluster.entries.filter(({ arn }) => facts.about(arn).hasAccountAccess);
  return accountAccessFindings(entries.map((one) => ({ text: one.id, location: cluster.locationOf(one) })));
}

/** How Identity Center calls as a user with a role: the session has the user's name. */
export function callerOf({ roleArn, accountId }: Role, userName: string): Caller {
  const { partition = '' } = parseArn(roleArn) ?? {};
  const roleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  const resource = `assumed-role/${roleName}/${userName}`;
  const arn = formatArn({ partition, service: 'sts', region: '', accountId, resource });
  return { kind: 'role', arn, canonicalArn: roleArn, accountId, sessionName: userName };
}
