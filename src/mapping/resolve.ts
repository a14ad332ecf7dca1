import type { DesiredEntry } from '../entry.ts';
import type { Finding } from '../errors.ts';
import type { Inventory, Role } from '../inventory/model.ts';
import type { ScopeAccount } from '../inventory/scope.ts';
import { nodeEntries, roleEntries } from './desired-entries.ts';
import type { Mapping } from './mapping.ts';
import { newestRoles, type RolesByAccount } from './newest-roles.ts';
import { nameMatcher } from './permission-set-selector.ts';

/** A mapping with the accounts that it looks at. */
export interface ScopedMapping {
  readonly mapping: Mapping;
  readonly accounts: readonly ScopeAccount[];
}

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
 * @throws Failure (exit 2) where two mappings state different usernames for one role
 */
export function resolve(
  scoped: readonly ScopedMapping[],
  nodeRoles: readonly string[],
  accountOrder: readonly string[],
  inventory: Inventory,
): Resolution {
  const newest = newestRoles(inventory);
  const walk = new Walk(inventory, newest.byAccount);
  const unresolved = scoped.flatMap((mapping) => walk.reach(mapping));
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
  private readonly roles: RolesByAccount;
  private readonly readAccounts: ReadonlySet<string>;
  private readonly nameOfArn: ReadonlyMap<string, string>;

  constructor(inventory: Inventory, roles: RolesByAccount) {
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
    const matches = nameMatcher(mapping.selector, this.nameOfArn);
    const read = accounts.filter(({ id }) => this.readAccounts.has(id));
    const missed = read.filter(({ id }) => this.reachIn(id, matches, mapping) === 0);
    const wanted = mapping.selector.kind === 'glob' ? [] : missed.filter(({ exact }) => exact);
    if (wanted.length > 0) return wanted.map(({ id }) => ({ mapping, accountId: id }));
    return missed.length === accounts.length ? [{ mapping, accountId: null }] : [];
  }

  private reachIn(accountId: string, matches: (name: string) => boolean, mapping: Mapping): number {
    const matching = (this.roles.get(accountId) ?? []).filter((role) => matches(role.permissionSet));
    for (const role of matching) {
      const known = this.reached.get(role.roleArn);
      if (known) known.mappings.push(mapping);
      else this.reached.set(role.roleArn, { role, mappings: [mapping] });
    }
    return matching.length;
  }
}
