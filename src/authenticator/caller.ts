import { callerKey } from '../same-arn.ts';
import { listed, quoted } from '../text.ts';
import type { LoadedEntry } from './loaded.ts';

/** The maps in the order in which the authenticator asks them for a caller; the first that knows the ARN wins (its pkg/mapper/configmap, `Map`). */
const CALLER_ORDER = ['mapRoles', 'mapUsers'] as const;

/** The entries of both maps, as loaded. */
type BothMaps = Readonly<Record<(typeof CALLER_ORDER)[number], readonly LoadedEntry[]>>;

/** The entries of mapUsers that mapRoles overrides, each with the one that counts. `sso:` entries match nobody on EKS. */
export function overriddenUsers({ mapRoles, mapUsers }: BothMaps): Map<LoadedEntry, LoadedEntry> {
  if (mapUsers.length === 0) return new Map();
  const roles = new Map(
    mapRoles.flatMap((role) => (role.sso || role.shadowed ? [] : [[callerKey(role.arn), role] as const])),
  );
  return new Map(
    mapUsers.flatMap((user) => {
      const role = roles.get(callerKey(user.arn));
      return role ? [[user, role] as const] : [];
    }),
  );
}

/** The entries of both maps that no other one overrides, in the order in which they are asked. */
export function effectiveEntries(maps: BothMaps): LoadedEntry[] {
  const overridden = overriddenUsers(maps);
  return CALLER_ORDER.flatMap((key) => maps[key]).filter(
    (entry) => !entry.shadowed && !overridden.has(entry),
  );
}

/** `username "…", groups […]` */
export function describeGrant(
  { username, groups }: Pick<LoadedEntry, 'username' | 'groups'>,
  most = Number.POSITIVE_INFINITY,
): string {
  return `username ${quoted(username)}, groups [${listed((groups ?? []).map(quoted), most)}]`;
}

/** Whether two entries give the same; no groups and an empty list of them are one. */
export function grantSame(one: LoadedEntry, other: LoadedEntry): boolean {
  const [first, second] = [one.groups ?? [], other.groups ?? []];
  return (
    one.username === other.username &&
    first.length === second.length &&
    first.every((group, index) => group === second[index])
  );
}
