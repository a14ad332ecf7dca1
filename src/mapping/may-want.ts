import { DEFAULT_USERNAME } from '../entry.ts';
import { Assignees } from '../inventory/people/assignees.ts';
import { isAssigned, principalSelectorsOf } from './principals.ts';
import type { Desired } from './resolve.ts';
import { nameMatcher } from './selector.ts';

/** What the mappings that may want a role would make of its entry, at most. */
export interface PossibleGrant {
  readonly usernames: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

/**
 * Tells which mappings may want the role of a permission set in an account although it is not known which roles there are: the account
 * was not read, the mapping was not resolved, or the inventory is too old. Null where none may. An ARN of no known set, and a principal of whom it is
 * not known what they are assigned, could be of any role: they speak for none.
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
