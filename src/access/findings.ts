import { isNodeEntry } from '../authenticator/groups.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { Finding } from '../errors.ts';
import { principalText } from '../inventory/model.ts';

import { parseProvisionedRoleArn } from '../role-name.ts';
import { listed } from '../text.ts';
import { type EntryAccess, type Grant, isClusterAdmin, type NobodyReason } from './entry-access.ts';

/** Why an entry reaches nobody, as the rest of a sentence. */
export const NOBODY_REASONS: Readonly<Record<NobodyReason, string>> = {
  'path-in-arn': 'the path was left in the ARN, which never matches',
  'role-gone': 'there is no such role any more',
  'role-superseded': 'a newer role of the permission set took its place',
  unassigned: 'nobody is assigned the permission set there',
  'all-deleted': 'all who are assigned were deleted',
  'groups-empty': 'the groups that are assigned have no members',
};

type PlaceOf = (entry: LoadedEntry) => string;

/** Warns of entries that reach nobody; one finding for each reason. */
export function nobodyFindings(access: readonly EntryAccess[], placeOf: PlaceOf): Finding[] {
  return Object.entries(NOBODY_REASONS).flatMap(([reason, text]): Finding[] => {
    const concerned = access.filter(({ nobody }) => nobody === reason);
    if (concerned.length === 0) return [];
    const entries = concerned.map((one) => `${one.entry.arn} (${placeOf(one.entry)})${successorText(one)}`);
    const count = countText(concerned.length, 'entry reaches', 'entries reach');
    const message = `${count} nobody, for ${text}: ${listed(entries)}`;
    return [{ severity: 'warning', code: `nobody-${reason}`, message }];
  });
}

/** Warns of entries of which nobody can say who comes in by them. */
export function unknownFindings(access: readonly EntryAccess[], placeOf: PlaceOf): Finding[] {
  const unknown = access.filter(({ principals }) => principals === null);
  if (unknown.length === 0) return [];
  const arns = listed(unknown.map(({ entry }) => `${entry.arn} (${placeOf(entry)})`));
  const message = `who comes in by ${countText(unknown.length, 'entry', 'entries')} is not known: ${arns}`;
  return [{ severity: 'warning', code: 'access-unknown', message }];
}

function successorText({ successor }: EntryAccess): string {
  return successor ? `, now ${successor.roleArn}` : '';
}

/** Warns of people who are administrators of the whole cluster. */
export function clusterAdminFindings(grants: readonly Grant[]): Finding[] {
  const masters = grants.filter(({ access, principal }) => isClusterAdmin(access) && principal.name !== null);
  if (masters.length === 0) return [];
  const texts = masters.map(({ principal, via, access: { permissionSet, accountId } }) => {
    const way = via ? `through ${principalText(via)}, ` : '';
    return `${principalText(principal)} (${way}${permissionSet} in ${accountId})`;
  });
  const message = `administrators of the whole cluster (system:masters): ${listed([...new Set(texts)])}`;
  return [{ severity: 'warning', code: 'system-masters', message }];
}

/** What else lets somebody in, of which Identity Center knows nothing. */
export function otherEntries(
  roles: readonly LoadedEntry[],
  users: readonly LoadedEntry[],
  accounts: readonly string[],
  shown: ReadonlySet<LoadedEntry>,
): Finding[] {
  const others = roles.filter(
    (entry) => !entry.shadowed && !entry.sso && !parseProvisionedRoleArn(entry.arn) && !shown.has(entry),
  );
  const nodes = others.filter(isNodeEntry).length;
  const userEntries = users.filter((entry) => !entry.shadowed && !shown.has(entry));
  const masters = [...others, ...userEntries].filter(({ groups }) =>
    groups?.includes('system:masters'),
  ).length;
  const counts = [
    [nodes, 'node role', 'node roles'],
    [others.length - nodes, 'other IAM role', 'other IAM roles'],
    [userEntries.length, 'IAM user', 'IAM users'],
    [accounts.length, 'whole account', 'whole accounts'],
  ] as const;
  const texts = counts.flatMap(([count, one, many]) => (count === 0 ? [] : countText(count, one, many)));
  if (texts.length === 0) return [];
  const ofMasters =
    masters === 0 ? '' : `; ${masters} of them ${masters === 1 ? 'has' : 'have'} system:masters`;
  const message = `not shown, for Identity Center knows nothing of them: ${texts.join(', ')}${ofMasters}`;
  return [{ severity: 'note', code: 'other-entries', message }];
}

function countText(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
