import { isClusterAdmin, MASTERS } from '../authenticator/groups.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { AwsAuthDocument } from '../configmap/document.ts';
import { type Finding, type Location, locatedList } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { principalText, shortName } from '../inventory/model.ts';

import { listed, printable, quoted } from '../text.ts';
import {
  type ClusterAccess,
  isUnknown,
  type OtherAccess,
  type OtherEntry,
  type OtherType,
  otherTypeText,
} from './cluster-access.ts';
import type { EntryAccess, Grant, NobodyReason } from './entry-access.ts';

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

/** Warns of entries of mapUsers that have no effect. */
export function overriddenFindings(
  { file, mapRoles, mapUsers }: AwsAuthDocument,
  overridden: ReadonlyMap<LoadedEntry, LoadedEntry>,
): Finding[] {
  if (overridden.size === 0) return [];
  const texts = [...overridden].map(([user, role]) => {
    const [one, other] = [
      mapUsers?.locationOf(user.node.contentStart).line,
      mapRoles?.locationOf(role.node.contentStart).line,
    ];
    return `${user.arn} (mapUsers line ${one}, overridden by mapRoles line ${other})`;
  });
  const message = `mapRoles overrides mapUsers, so these entries have no effect: ${listed(texts)}`;
  return [{ severity: 'warning', code: 'overridden-user', message, location: { file } }];
}

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
  return entriesFinding(
    'access-unknown',
    'it is not known who gets in',
    access.filter(isUnknown),
    locationOf,
  );
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

/** Warns of those who are administrators of a whole cluster, by each way; people of Identity Center first. */
export function clusterAdminFindings(shown: ClusterAccess, severalClusters: boolean): Finding[] {
  const { grants, nobody, others } = shown;
  const ways = [
    ...grants.flatMap((one) => {
      const way = one.principal.name === null ? null : adminWay(shown, one, one.access.entry);
      return way === null ? [] : { way, text: grantText(one) };
    }),
    ...nobody.filter(isUnknown).flatMap((one) => {
      const way = adminWay(shown, one, one.entry);
      return way === null ? [] : { way, text: unknownText(one) };
    }),
    ...others.flatMap((one) => {
      const way = one.nobody ? null : adminWay(shown, one, one);
      return way === null ? [] : { way, text: otherText(one) };
    }),
  ];
  return [...groupBy(ways, ({ way }) => way)].map(([way, those]): Finding => {
    const texts = listed([...new Set(those.map(({ text }) => text))]);
    const code = way === MASTERS ? 'system-masters' : 'cluster-admin';
    const message = `cluster administrators (${printable(way)}): ${texts}`;
    return { severity: 'warning', code, message, ...placeOf(shown, severalClusters) };
  });
}

/** What makes somebody an administrator; null for who is none. */
function adminWay(
  { rights }: ClusterAccess,
  one: Grant | EntryAccess | OtherEntry,
  entry: Parameters<typeof isClusterAdmin>[0],
): string | null {
  if (isClusterAdmin(entry)) return MASTERS;
  return rights?.of(one).risks.find(({ risk }) => risk === 'cluster-admin')?.through ?? null;
}

/** Warns of what every authenticated caller may do that only few should. */
export function everybodyFindings(shown: ClusterAccess, severalClusters: boolean): Finding[] {
  return (shown.rights?.everybody.risks ?? []).map(({ text, through }): Finding => {
    const message = `everybody who gets in: ${text} (${printable(through)})`;
    return { severity: 'warning', code: 'everybody', message, ...placeOf(shown, severalClusters) };
  });
}

/**
 * Warns of what may be done without credentials that only few should.
 * @param can what is asked; undefined where nothing is
 */
export function anybodyFindings(
  shown: ClusterAccess,
  severalClusters: boolean,
  can: string | undefined,
): Finding[] {
  const { risks = [], bindings = [] } = shown.rights?.anybody ?? {};
  const texts = [
    ...risks.map(({ text, through }) => `${text} (${printable(through)})`),
    ...(can === undefined ? [] : bindings.map((through) => `can ${printable(can)} (${printable(through)})`)),
  ];
  return texts.map((text): Finding => {
    const message = `anybody who reaches the API server, without credentials: ${text}`;
    return { severity: 'warning', code: 'anybody', message, ...placeOf(shown, severalClusters) };
  });
}

/** Names those who are allowed what was asked only for objects of certain names. */
export function certainNamesFindings(shown: ClusterAccess, severalClusters: boolean): Finding[] {
  const { grants, nobody, others, rights } = shown;
  if (!rights) return [];
  const people = grants.filter(({ principal }) => principal.name !== null);
  const texts = [...people, ...nobody.filter(isUnknown), ...others].flatMap((one) =>
    rights.of(one).forNames.map(({ names, through }) => {
      const who = 'via' in one ? grantText(one) : 'entry' in one ? unknownText(one) : otherText(one);
      return `${who}: ${listed(names.map(quoted))} by ${printable(through)}`;
    }),
  );
  if (texts.length === 0) return [];
  const message = `only for objects of certain names: ${listed([...new Set(texts)])}`;
  return [{ severity: 'note', code: 'certain-names', message, ...placeOf(shown, severalClusters) }];
}

/** The cluster, where there are several. */
function placeOf({ cluster }: ClusterAccess, severalClusters: boolean): Pick<Finding, 'location'> {
  return severalClusters ? { location: { file: cluster.name ?? cluster.file } } : {};
}

function grantText({ principal, via, access: { permissionSet, accountId } }: Grant): string {
  const through = via ? `through ${principalText(via)}, ` : '';
  return `${principalText(principal)} (${through}${permissionSet} in ${accountId})`;
}

function unknownText({ permissionSet, accountId }: EntryAccess): string {
  return `whoever gets in through ${permissionSet} in ${accountId}`;
}

function otherText(one: OtherAccess): string {
  return `${otherTypeText(one)} ${quoted(shortName(one.name))} (in ${printable(one.accountId)})`;
}

/** Counts what else lets somebody in and is not shown, because certain people or accounts were asked for. */
export function hiddenFindings(shown: ClusterAccess, severalClusters: boolean): Finding[] {
  const { cluster, hidden: all } = shown;
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
  const ways = hidden.flatMap((one) => adminWay(shown, one, one) ?? []);
  const masters = ways.filter((way) => way === MASTERS).length;
  const bound = ways.length - masters;
  const admins = [
    ...(masters === 0 ? [] : [`${masters} of them ${masters === 1 ? 'has' : 'have'} ${MASTERS}`]),
    ...(bound === 0
      ? []
      : [`${bound} of them ${bound === 1 ? 'is cluster admin' : 'are cluster admins'} by a binding`]),
  ];
  const message = `other entries, not shown: ${[texts.join(', '), ...admins].join('; ')}`;
  const location = severalClusters ? { location: { file: cluster.file } } : {};
  return [{ severity: 'note', code: 'other-entries', message, ...location }];
}
