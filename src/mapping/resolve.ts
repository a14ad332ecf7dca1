import type { DesiredEntry } from '../entry.ts';
import type { Finding } from '../errors.ts';
import type { Inventory, Role } from '../inventory/model.ts';

import { Assignees } from '../inventory/people/assignees.ts';
import { rolesBySet } from '../inventory/provisioned-roles.ts';
import { quoted } from '../text.ts';
import { nodeEntries, roleEntries } from './entries.ts';
import type { Mapping } from './mapping.ts';
import {
  checkSharing,
  isAssigned,
  NO_SHARING,
  principalSelectorsOf,
  type ReachedByMapping,
  type SharingPolicy,
} from './principals.ts';
import type { ScopedMapping } from './request.ts';
import { nameMatcher } from './selector.ts';

/** A mapping that led to no role: in one account, or (null) in none of its accounts. */
export interface Unresolved {
  readonly mapping: Mapping;
  readonly accountId: string | null;
}

export interface Resolution {
  readonly entries: readonly DesiredEntry[];
  readonly findings: readonly Finding[];
  readonly unresolved: readonly Unresolved[];
}

/**
 * Mappings and inventory to desired entries: nodes first, then people, in the order of the accounts.
 * @throws Failure (exit 2) where two mappings state different usernames for one role, or one that names a group or user leads to more
 *   than that
 */
export function resolve(
  scoped: readonly ScopedMapping[],
  nodeRoles: readonly string[],
  accountOrder: readonly string[],
  inventory: Inventory,
  locks: SharingPolicy = NO_SHARING,
): Resolution {
  const newest = newestRoles(inventory);
  const walk = new Walk(inventory, newest.byAccount);
  const unresolved = scoped.flatMap((mapping) => walk.reach(mapping));
  checkSharing(walk.reachedByMapping, locks, inventory.accounts, walk.assignees);
  const people = roleEntries([...walk.reached.values()], accountOrder, inventory.accounts);
  return {
    entries: [...nodeEntries(nodeRoles), ...people],
    findings: newest.preferred
      .filter(({ role }) => walk.reached.has(role.roleArn))
      .map(({ finding }) => finding),
    unresolved,
  };
}

/** Goes through the mappings and gathers the roles that they reach. */
class Walk {
  /** By role ARN. */
  readonly reached = new Map<string, { role: Role; mappings: Mapping[] }>();
  readonly reachedByMapping: ReachedByMapping[] = [];
  readonly assignees: Assignees;
  private readonly roles: RolesByAccount;
  private readonly readAccounts: ReadonlySet<string>;
  private readonly nameOfArn: ReadonlyMap<string, string>;

  constructor(inventory: Inventory, roles: RolesByAccount) {
    this.assignees = new Assignees(inventory);
    this.roles = roles;
    this.readAccounts = new Set(
      inventory.accounts.filter((account) => account.rolesRead).map(({ id }) => id),
    );
    this.nameOfArn = new Map((inventory.permissionSets ?? []).map((set) => [set.arn, set.name]));
  }

  /**
   * An exact selector must lead to a role in each account that was named exactly; whatever else is asked must lead to one somewhere.
   * What an unread account would say is not known, and nothing is concluded from it.
   */
  reach({ mapping, accounts }: ScopedMapping): Unresolved[] {
    const matches = this.matcherOf(mapping);
    const read = accounts.filter(({ id }) => this.readAccounts.has(id));
    const untold = read.filter(({ id }) => !this.hasAssignments(id, mapping));
    const roles = new Map(read.map(({ id }) => [id, (this.roles.get(id) ?? []).filter(matches)]));
    this.keep(mapping, [...roles.values()].flat());
    const missed = read.filter(({ id }) => roles.get(id)?.length === 0);
    const wanted =
      mapping.selector.kind === 'glob' ? untold : missed.filter((one) => one.exact || untold.includes(one));
    if (wanted.length > 0) return wanted.map(({ id }) => ({ mapping, accountId: id }));
    return missed.length === accounts.length ? [{ mapping, accountId: null }] : [];
  }

  private matcherOf(mapping: Mapping): (role: Role) => boolean {
    const matches = nameMatcher(mapping.selector, this.nameOfArn);
    const principals = principalSelectorsOf(mapping);
    return ({ accountId, permissionSet }) =>
      matches(permissionSet) &&
      principals.every((one) => isAssigned(one, accountId, permissionSet, this.assignees));
  }

  private hasAssignments(accountId: string, mapping: Mapping): boolean {
    return principalSelectorsOf(mapping).length === 0 || this.assignees.hasAssignments(accountId);
  }

  private keep(mapping: Mapping, roles: readonly Role[]): void {
    this.reachedByMapping.push({ mapping, roles });
    for (const role of roles) {
      const known = this.reached.get(role.roleArn);
      if (known) known.mappings.push(mapping);
      else this.reached.set(role.roleArn, { role, mappings: [mapping] });
    }
  }
}

export type RolesByAccount = ReadonlyMap<string, readonly Role[]>;

export interface NewestRoles {
  readonly byAccount: RolesByAccount;
  /** For each role that was preferred over others: a warning that names them all. */
  readonly preferred: readonly { readonly role: Role; readonly finding: Finding }[];
}

/** One role for each permission set and account: where there are several, the newest. */
export function newestRoles(inventory: Inventory): NewestRoles {
  const preferred: { role: Role; finding: Finding }[] = [];
  const byAccount = new Map<string, Role[]>();
  for (const candidates of rolesBySet(inventory.roles).values()) {
    const [newest, ...older] = candidates;
    if (!newest) continue;
    if (older.length > 0) preferred.push({ role: newest, finding: severalRoles(newest, older) });
    const roles = byAccount.get(newest.accountId);
    if (roles) roles.push(newest);
    else byAccount.set(newest.accountId, [newest]);
  }
  return { byAccount, preferred };
}

function severalRoles(newest: Role, older: readonly Role[]): Finding {
  const others = older.map((role) => `${role.roleArn} (${role.createdAt})`).join(', ');
  return {
    severity: 'warning',
    code: 'several-roles-of-one-set',
    message: `permission set ${quoted(newest.permissionSet)} has several roles in account ${newest.accountId}: the newest is used, ${newest.roleArn} (${newest.createdAt}); not used: ${others}`,
  };
}
