import { DEFAULT_USERNAME } from '../entry.ts';
import { Assignees } from '../inventory/people/assignees.ts';
import { isAssigned, principalSelectorsOf } from './principals.ts';
import type { Desired } from './resolve.ts';
import { nameMatcher } from './selector.ts';

/** The most that the mappings that may want a role would put into its entry. */
export interface PossibleGrant {
  readonly usernames: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

/**
 * Finds the mappings that may want the role of a permission set in an account when the roles are not reliably known:
 * the account was not read, the mapping was not resolved, or the inventory is too old. Null if no mapping may want
 * it. An ARN of an unknown set, or a principal with unknown assignments, could match any role, so it matches none.
 */
export function mayWant(
  { scoped, inventory, unresolved }: Pick<Desired, 'scoped' | 'inventory' | 'unresolved'>,
  isRecent: boolean,
): (accountId: string, permissionSet: string) => PossibleGrant | null {
  const assignees = Assignees.of(inventory);
  const read = new Set(inventory.accounts.filter(({ rolesRead }) => rolesRead).map(({ id }) => id));
  const mappings = scoped.mappings.map(({ mapping, accounts }) => {
    const { selector } = mapping;
    const open = unresolved.find((one) => one.mapping === mapping);
    const isUnresolvedIn = (id: string) => open?.exact.length === 0 || open?.exact.includes(id);
    return {
      mapping,
      accounts: new Set(accounts.map(({ id }) => id)),
      isOpenIn: (id: string) => !isRecent || !read.has(id) || isUnresolvedIn(id),
      matchesName: nameMatcher(selector, inventory.permissionSets),
      principals: principalSelectorsOf(mapping),
    };
  });
  return (accountId, permissionSet) => {
    const possible = mappings.filter(
      ({ accounts, isOpenIn, matchesName, principals }) =>
        accounts.has(accountId) &&
        isOpenIn(accountId) &&
        matchesName(permissionSet) &&
        principals.every((one) => isAssigned(one, accountId, permissionSet, assignees)),
    );
    if (possible.length === 0) return null;
    const stated = possible.flatMap(({ mapping }) => mapping.username ?? []);
    return {
      usernames: new Set([DEFAULT_USERNAME, ...stated]),
      groups: new Set(possible.flatMap(({ mapping }) => mapping.groups)),
    };
  };
}
