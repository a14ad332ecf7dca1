import { DEFAULT_USERNAME } from '../entry.ts';
import type { Desired } from './resolve.ts';
import { nameMatcher } from './selector.ts';

/** What the mappings that may want a role would make of its entry, at most. */
export interface PossibleGrant {
  readonly usernames: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

/**
 * Tells which mappings may want the role of a permission set in an account although it is not known which roles there are: the account
 * was not read, the mapping was not resolved, or the inventory is too old. Null where none may.
 */
export function mayWant(
  { scoped, inventory, unresolved }: Pick<Desired, 'scoped' | 'inventory' | 'unresolved'>,
  isRecent: boolean,
): (accountId: string, permissionSet: string) => PossibleGrant | null {
  const read = new Set(inventory.accounts.filter(({ rolesRead }) => rolesRead).map(({ id }) => id));
  const mappings = scoped.mappings.map(({ mapping, accounts }) => {
    const { selector } = mapping;
    const open = unresolved.filter((one) => one.mapping === mapping).map(({ accountId }) => accountId);
    const isUnknownSet =
      selector.kind === 'arn' && !inventory.permissionSets?.some(({ arn }) => arn === selector.arn);
    return {
      mapping,
      accounts: new Set(accounts.map(({ id }) => id)),
      isOpenIn: (id: string) => !isRecent || !read.has(id) || open.includes(null) || open.includes(id),
      matches: isUnknownSet ? () => true : nameMatcher(selector, inventory.permissionSets),
    };
  });
  return (accountId, permissionSet) => {
    const possible = mappings.filter(
      ({ accounts, isOpenIn, matches }) =>
        accounts.has(accountId) && isOpenIn(accountId) && matches(permissionSet),
    );
    if (possible.length === 0) return null;
    const stated = possible.flatMap(({ mapping }) => mapping.username ?? []);
    return {
      usernames: new Set([DEFAULT_USERNAME, ...stated]),
      groups: new Set(possible.flatMap(({ mapping }) => mapping.groups)),
    };
  };
}
