import { isClusterAdmin, isNodeEntry } from '../authenticator/groups.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import { type Finding, type Location, locatedList } from '../errors.ts';
import { principalText } from '../inventory/model.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { listed } from '../text.ts';
import type { EntryAccess, Grant, NobodyReason } from './entry-access.ts';

/** Why nobody gets in through an entry, as a clause. */
export const NOBODY_REASONS: Readonly<Record<NobodyReason, string>> = {
  'path-in-arn': 'the ARN has a path and never matches',
  'role-gone': 'the role no longer exists',
  'role-superseded': 'a newer role of the permission set replaced it',
  unassigned: 'the permission set is assigned to nobody there',
  'all-deleted': 'everyone assigned was deleted',
  'groups-empty': 'the assigned groups have no members',
};

type LocationOf = (entry: LoadedEntry) => Location;

/** Warns of entries that let nobody in; one finding for each reason. */
export function nobodyFindings(access: readonly EntryAccess[], locationOf: LocationOf): Finding[] {
  return Object.entries(NOBODY_REASONS).flatMap(([reason, text]) =>
    entriesFinding(
      `nobody-${reason}`,
      `${text}, so nobody gets in`,
      access.filter(({ nobody }) => nobody === reason),
      locationOf,
    ),
  );
}

/** Warns of entries of which it is not known who gets in. */
export function unknownFindings(access: readonly EntryAccess[], locationOf: LocationOf): Finding[] {
  const unknown = access.filter(({ principals }) => principals === null);
  return entriesFinding('access-unknown', 'it is not known who gets in', unknown, locationOf);
}

function entriesFinding(
  code: string,
  message: string,
  access: readonly EntryAccess[],
  locationOf: LocationOf,
): Finding[] {
  const items = access.map(({ entry, successor }) => {
    return {
      text: successor ? `${entry.arn} (now ${successor.roleArn})` : entry.arn,
      location: locationOf(entry),
    };
  });
  const located = locatedList(items);
  if (!located) return [];
  const { list, location } = located;
  return [{ severity: 'warning', code, message: `${message}: ${list}`, location }];
}

/** Warns of people who are administrators of the whole cluster. */
export function clusterAdminFindings(grants: readonly Grant[]): Finding[] {
  const admins = grants.filter(
    ({ access, principal }) => isClusterAdmin(access.entry) && principal.name !== null,
  );
  if (admins.length === 0) return [];
  const texts = admins.map(({ principal, via, access: { permissionSet, accountId } }) => {
    const through = via ? `through ${principalText(via)}, ` : '';
    return `${principalText(principal)} (${through}${permissionSet} in ${accountId})`;
  });
  const message = `cluster administrators (system:masters): ${listed([...new Set(texts)])}`;
  return [{ severity: 'warning', code: 'system-masters', message }];
}

/** Counts what else lets somebody in, of which Identity Center knows nothing. */
export function otherEntries(
  roles: readonly LoadedEntry[],
  users: readonly LoadedEntry[],
  accounts: readonly string[],
  shown: ReadonlySet<LoadedEntry>,
): Finding[] {
  const isHidden = (entry: LoadedEntry) => !entry.shadowed && !shown.has(entry);
  const others = roles.filter(
    (entry) => isHidden(entry) && !entry.sso && !parseProvisionedRoleArn(entry.arn),
  );
  const userEntries = users.filter(isHidden);
  const nodes = others.filter(isNodeEntry).length;
  const counts = [
    [nodes, 'node role', 'node roles'],
    [others.length - nodes, 'other IAM role', 'other IAM roles'],
    [userEntries.length, 'IAM user', 'IAM users'],
    [accounts.length, 'whole account', 'whole accounts'],
  ] as const;
  const texts = counts.flatMap(([count, one, many]) =>
    count === 0 ? [] : `${count} ${count === 1 ? one : many}`,
  );
  if (texts.length === 0) return [];
  const admins = [...others, ...userEntries].filter(isClusterAdmin).length;
  const ofAdmins = admins === 0 ? '' : `; ${admins} of them ${admins === 1 ? 'has' : 'have'} system:masters`;
  const message = `not managed by Identity Center: ${texts.join(', ')}${ofAdmins}`;
  return [{ severity: 'note', code: 'other-entries', message }];
}
