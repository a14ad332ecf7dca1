import { isClusterAdmin } from '../authenticator/groups.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import { type Finding, type Location, locatedList } from '../errors.ts';
import { principalText, shortName } from '../inventory/model.ts';
import { listed, printable, quoted } from '../text.ts';
import { type ClusterAccess, type OtherAccess, type OtherType, otherTypeText } from './cluster-access.ts';
import type { EntryAccess, NobodyReason } from './entry-access.ts';

/** Why nobody gets in through an entry, as a clause. */
export const NOBODY_REASONS: Readonly<Record<NobodyReason, string>> = {
  'path-in-arn': 'the ARN has a path and never matches',
  'role-gone': 'the role no longer exists',
  'role-superseded': 'a newer role of the permission set replaced it',
  unassigned: 'the permission set is assigned to nobody there',
  'all-deleted': 'everyone assigned was deleted',
  'groups-empty': 'the assigned groups have no members',
  shadowed: 'a later entry with the same ARN overrides it',
  'overridden-user': 'mapRoles overrides it',
  'sso-inert': 'sso: entries match nobody on EKS',
  'invalid-arn': 'the ARN never matches; check says why',
  'invalid-account': 'not an account id',
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

/** Warns of those who are administrators of a whole cluster: people of Identity Center first. */
export function clusterAdminFindings(
  { cluster, grants, others }: ClusterAccess,
  severalClusters: boolean,
): Finding[] {
  const people = grants.filter(
    ({ access, principal }) => isClusterAdmin(access.entry) && principal.name !== null,
  );
  const texts = [
    ...people.map(({ principal, via, access: { permissionSet, accountId } }) => {
      const through = via ? `through ${principalText(via)}, ` : '';
      return `${principalText(principal)} (${through}${permissionSet} in ${accountId})`;
    }),
    ...others.filter((one) => isClusterAdmin(one) && !one.nobody).map(otherText),
  ];
  if (texts.length === 0) return [];
  const message = `cluster administrators (system:masters): ${listed([...new Set(texts)])}`;
  const location = severalClusters ? { location: { file: cluster.name ?? cluster.file } } : {};
  return [{ severity: 'warning', code: 'system-masters', message, ...location }];
}

function otherText(one: OtherAccess): string {
  return `${otherTypeText(one)} ${quoted(shortName(one.name))} (in ${printable(one.accountId)})`;
}

/** Counts what else lets somebody in and is not shown, because certain people or accounts were asked for. */
export function hiddenFindings({ cluster, hidden: all }: ClusterAccess, severalClusters: boolean): Finding[] {
  const hidden = all.filter(({ nobody }) => !nobody);
  const countOf = (type: OtherType) => hidden.filter((one) => one.type === type && !one.isNode).length;
  const counts = [
    [hidden.filter(({ isNode }) => isNode).length, 'node role', 'node roles'],
    [countOf('IAM_ROLE'), 'other IAM role', 'other IAM roles'],
    [countOf('IAM_USER'), 'IAM user', 'IAM users'],
    [countOf('ACCOUNT'), 'whole account', 'whole accounts'],
  ] as const;
  const texts = counts.flatMap(([count, one, many]) =>
    count === 0 ? [] : `${count} ${count === 1 ? one : many}`,
  );
  if (texts.length === 0) return [];
  const admins = hidden.filter(isClusterAdmin).length;
  const ofAdmins = admins === 0 ? '' : `; ${admins} of them ${admins === 1 ? 'has' : 'have'} system:masters`;
  const message = `other entries, not shown: ${texts.join(', ')}${ofAdmins}`;
  const location = severalClusters ? { location: { file: cluster.file } } : {};
  return [{ severity: 'note', code: 'other-entries', message, ...location }];
}
