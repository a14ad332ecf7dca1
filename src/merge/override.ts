import { callerKey, overriddenUsers } from '../authenticator/caller-order.ts';
import type { LoadedEntry, LoadedMaps } from '../authenticator/loaded.ts';
import { quoted } from '../text.ts';

/** An entry of mapUsers that counts for nothing in a result, for mapRoles has one for the same ARN. */
export interface Override {
  readonly user: LoadedEntry;
  /** The entry of mapRoles that counts. */
  readonly role: LoadedEntry;
  /** The entry of mapUsers counted before, and with it what it gives. */
  readonly isNew: boolean;
}

/** What mapRoles overrides after a merge that leaves mapUsers alone. */
export function overridesAfter(before: LoadedMaps, after: LoadedMaps): Override[] {
  const overridden = overriddenUsers(entriesOf(after));
  const known = new Set([...overriddenUsers(entriesOf(before)).keys()].map(({ arn }) => callerKey(arn)));
  return [...overridden]
    .filter(([user]) => !user.shadowed)
    .map(([user, role]) => ({ user, role, isNew: !known.has(callerKey(user.arn)) }));
}

/** `username "a", groups ["b"]` */
export function namesText({ username, groups }: Pick<LoadedEntry, 'username' | 'groups'>): string {
  return `username ${quoted(username)}, groups [${(groups ?? []).map(quoted).join(', ')}]`;
}

function entriesOf({ mapRoles, mapUsers }: LoadedMaps) {
  return { mapRoles: mapRoles.entries, mapUsers: mapUsers.entries };
}
