import { CLUSTER_ADMIN_POLICY, policyText } from '../access-entry.ts';
import { isByMasters, MASTERS, possibleAdminBy } from '../authenticator/groups.ts';
import { type Finding, type Location, locatedList } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { clusterLocation, type Principal, principalText, type Role, shortName } from '../inventory/model.ts';
import { boundRoleText } from '../rbac/model.ts';
import { questionText } from '../rbac/request.ts';
import { listed, printable, quoted } from '../text.ts';
import {
  allowedAccess,
  type Cluster,
  type ClusterAccess,
  isUnknown,
  type OtherAccess,
  type OtherEntry,
  type OtherType,
  openPolicies,
  otherTypeText,
} from './cluster-access.ts';
import type { Rights } from './cluster-rights.ts';
import {
  type EntryAccess,
  type Grant,
  type MappedEntry,
  type NobodyReason,
  sourceText,
  writtenArn,
} from './entry-access.ts';
import { grantedTo } from './identity-of.ts';
import { clusterArgument, fileArgument } from './named-caller.ts';

/** Why nobody gets in through an entry, as a clause. */
export const NOBODY_REASONS: Readonly<Record<NobodyReason, string>> = {
  'config-map-ignored': 'the cluster is in mode API and ignores aws-auth',
  'overridden-by-access-entry': 'an access entry overrides it',
  'dead-access-entry': 'the access entry is of an earlier role of that name',
  'path-in-arn': 'the ARN has a path and never matches',
  'role-gone': 'the role no longer exists',
  'role-superseded': 'a newer role of the permission set replaced it',
  unassigned: 'the permission set is assigned to nobody there',
  'all-deleted': 'everyone assigned was deleted',
  'groups-empty': 'the assigned groups have no members',
  shadowed: 'a later entry with the same ARN overrides it',
  'overridden-user': 'mapRoles overrides it',
  'sso-inert': 'sso: entries match nobody on EKS',
  'for-instances': 'it is for EC2 instances, and whoever has the ARN is none',
  'invalid-arn': 'the ARN never matches; check says why',
  'invalid-account': 'not an account id',
};

/**
 * Says how access entries and the authentication mode of a cluster bear on its aws-auth.
 * @param isGiven whether there is an aws-auth
 */
export function modeFindings({ eks, file, ignored, others }: Cluster, isGiven: boolean): Finding[] {
  if (!eks) return [];
  const { file: cluster } = clusterLocation(eks);
  if (!isGiven && eks.authenticationMode !== 'API') {
    const message = `${cluster} is in mode ${eks.authenticationMode}, and who gets in through its aws-auth is not shown`;
    const help = 'Give its aws-auth ConfigMap as FILE, too.';
    return [{ severity: 'warning', code: 'config-map-missing', message, help }];
  }
  if (eks.authenticationMode === 'CONFIG_MAP') {
    const message = `${cluster} is in mode CONFIG_MAP: it has no access entries, and aws-auth alone counts`;
    return [{ severity: 'note', code: 'config-map-mode', message }];
  }
  if (eks.authenticationMode === 'API') {
    if (ignored.length === 0 && !others.some(({ type }) => type === 'ACCOUNT')) return [];
    const message = `${cluster} is in mode API and ignores aws-auth: none of the entries in ${file} lets anybody in`;
    const help = `Create access entries for those who are to get in: aws-auth-sso access-entries --from ${fileArgument(file)} --cluster ${clusterArgument(eks)}`;
    return [{ severity: 'warning', code: 'config-map-ignored', message, help, location: { file } }];
  }
  const located = locatedList(ignored.map(({ entry, location }) => ({ text: entry.arn, location })));
  if (!located) return [];
  const { list, location } = located;
  const message = `access entries of ${cluster} override these entries of aws-auth: ${list}`;
  return [{ severity: 'warning', code: 'overridden-by-access-entry', message, location }];
}

/** Rows of an answer say themselves what is not known of them: a warning below names the first. */
const MOST_UNKNOWN = 3;

/** Says of whom a question is not answered, since EKS evaluates their access policies itself. */
export function unevaluatedFindings(shown: ClusterAccess, severalClusters: boolean): Finding[] {
  const { grants, nobody, others, rights } = shown;
  const texts = [...grants, ...nobody.filter(isUnknown), ...others].flatMap((one) => {
    const policies = openPolicies(one, rights);
    return policies.length === 0
      ? []
      : `${whoText(one)}: ${policies.map((policy) => policyText(policy)).join(', ')}`;
  });
  if (texts.length === 0) return [];
  const message = `EKS evaluates access policies itself, and they may allow it too: ${listed([...new Set(texts)], MOST_UNKNOWN)}`;
  const help = 'Ask the cluster: kubectl auth can-i VERB RESOURCE, as one of them.';
  return [
    { severity: 'warning', code: 'access-policies', message, help, ...placeOf(shown, severalClusters) },
  ];
}

function whoText(one: Grant | EntryAccess | OtherAccess): string {
  return 'via' in one ? grantText(one) : 'entry' in one ? unknownText(one) : otherText(one);
}

type LocationOf = (entry: MappedEntry) => Location;

/** Warns of entries that let nobody in; one finding for each reason. Of what is not of Identity Center, only of access entries. */
export function nobodyFindings({ access, others, cluster }: ClusterAccess): Finding[] {
  const { locationOf, eks } = cluster;
  const lost = eks ? others.filter(({ policies }) => policies !== undefined) : [];
  return Object.entries(NOBODY_REASONS).flatMap(([reason, text]) => {
    const own = access.filter(({ nobody }) => nobody === reason).map((one) => itemOf(one, locationOf));
    const ofOthers = lost.flatMap(({ id, nobody }) =>
      nobody === reason && eks ? { text: id, location: clusterLocation(eks) } : [],
    );
    const message = `${text}, so nobody gets in`;
    return entriesFindings(`nobody-${reason}`, message, [...own, ...ofOthers], {
      ...(reason === 'role-gone' && { inFile: ROLE_NEEDED }),
      ...(eks &&
        OF_ROLES.includes(reason) && {
          inCluster: `\`aws-auth-sso check ${eks.authenticationMode === 'API' ? '' : 'FILE '}--cluster ${clusterArgument(eks)}\` prints the commands that replace access entries.`,
        }),
    });
  });
}

/** An entry of aws-auth is of whatever role has the name. */
const ROLE_NEEDED =
  '`aws-auth-sso explain` says of whoever calls as such a role that they get in, if the role still exists.';

/** Reasons for which access entries have to be replaced. */
const OF_ROLES: readonly string[] = ['dead-access-entry', 'role-gone', 'role-superseded'];

/** As `unknownFindings`, of the rows of an answer. */
export function unknownAnswerFindings(shown: ClusterAccess, severalClusters: boolean): Finding[] {
  const unknown = [...new Set(allowedAccess(shown).nobody.map(unknownText))];
  if (unknown.length === 0) return [];
  const message = `it is not known who these are: ${listed(unknown, MOST_UNKNOWN)}`;
  return [{ severity: 'warning', code: 'access-unknown', message, ...placeOf(shown, severalClusters) }];
}

/** Warns of entries of which it is not known who gets in. */
export function unknownFindings(access: readonly EntryAccess[], locationOf: LocationOf): Finding[] {
  const items = access.filter(isUnknown).map((one) => itemOf(one, locationOf));
  return entriesFindings('access-unknown', 'it is not known who gets in', items);
}

/** An entry in a list of them. */
interface Item {
  readonly text: string;
  readonly location: Location;
}

function itemOf({ entry, successor }: EntryAccess, locationOf: LocationOf): Item {
  const text = successor ? `${writtenArn(entry)} (now ${successorOf(entry, successor)})` : writtenArn(entry);
  return { text, location: locationOf(entry) };
}

/** One for those of aws-auth, and one for access entries, each with its help. */
function entriesFindings(
  code: string,
  message: string,
  items: readonly Item[],
  helps: { readonly inFile?: string; readonly inCluster?: string } = {},
): Finding[] {
  return [true, false].flatMap((isFile): Finding[] => {
    const located = locatedList(items.filter(({ location }) => (location.isFile ?? true) === isFile));
    if (!located) return [];
    const { list, location } = located;
    const help = isFile ? helps.inFile : helps.inCluster;
    const finding = { severity: 'warning', code, message: `${message}: ${list}`, location } as const;
    return [{ ...finding, ...(help !== undefined && { help }) }];
  });
}

/** With the path where access entries need it. */
function successorOf(entry: MappedEntry, { roleArn, pathArn }: Role): string {
  return 'accessEntry' in entry ? pathArn : roleArn;
}

/** Warns of those who are administrators of a whole cluster, or can make themselves so, by each way; people of Identity Center first. */
export function clusterAdminFindings(shown: ClusterAccess, severalClusters: boolean): Finding[] {
  const { grants, nobody, others } = shown;
  const who = [
    ...grants
      .filter(({ principal }) => principal.name !== null)
      .map((one) => ({ one, text: grantText(one) })),
    ...nobody.filter(isUnknown).map((one) => ({ one, text: unknownText(one) })),
    ...others.filter((one) => !one.nobody).map((one) => ({ one, text: otherText(one) })),
  ];
  const ways = who.flatMap(({ one, text }) => {
    const way = adminWay(shown, one);
    const own = way === null ? otherWays(shown, one) : [way];
    return own.map((each) => ({ way: each, isAdmin: way !== null, text }));
  });
  return [...groupBy(ways, ({ way }) => way)].map(([way, those]): Finding => {
    const texts = listed([...new Set(those.map(({ text }) => text))]);
    const isAdmin = those.some((one) => one.isAdmin);
    const code = isByMasters(way) ? 'system-masters' : isAdmin ? 'cluster-admin' : 'rbac-risk';
    const what = isAdmin ? 'cluster administrators' : 'can become cluster administrators';
    const message = `${what} (${printable(way)}): ${texts}`;
    return { severity: 'warning', code, message, ...placeOf(shown, severalClusters) };
  });
}

/** What makes somebody an administrator; null for who is none. */
function adminWay({ rights }: ClusterAccess, one: Grant | EntryAccess | OtherEntry): string | null {
  const way = possibleAdminBy(grantedTo(one));
  if (way !== null) return way;
  return rights?.of(one).risks.find(({ risk }) => risk === 'cluster-admin')?.through ?? null;
}

/** With what somebody can become an administrator: `may bind roles: ClusterRole/ops cluster-wide` */
function otherWays({ rights }: ClusterAccess, one: Grant | EntryAccess | OtherEntry): string[] {
  return textsByThrough(rights?.of(one).risks ?? []).map(({ texts, through }) => `${texts}: ${through}`);
}

/** Warns of what every authenticated caller may do that only few should. */
export function everybodyFindings(shown: ClusterAccess, severalClusters: boolean): Finding[] {
  return byThrough(shown.rights?.everybody.risks ?? []).map((text): Finding => {
    const message = `everybody who gets in: ${text}`;
    return { severity: 'warning', code: 'everybody', message, ...placeOf(shown, severalClusters) };
  });
}

/** `may bind roles, reads all secrets (ClusterRole/edit cluster-wide)`: one text for each role that gives risks. */
function byThrough(risks: Rights['risks']): string[] {
  return textsByThrough(risks).map(({ texts, through }) => `${texts} (${printable(through)})`);
}

/** What each role, or several together, make of somebody. */
function textsByThrough(risks: Rights['risks']): { readonly texts: string; readonly through: string }[] {
  return [...groupBy(risks, ({ through }) => through)].map(([through, same]) => {
    return { texts: same.map(({ text }) => text).join(', '), through };
  });
}

/** Warns of what may be done without credentials: of a question, that, and always what only few should. */
export function anybodyFindings({ rights, cluster }: ClusterAccess, severalClusters: boolean): Finding[] {
  const answers = (rights?.anybody.roles ?? []).flatMap((bound) => {
    const can = rights?.answersOf(bound) ?? [];
    return can.length === 0 ? [] : `can ${printable(questionText(can))} (${printable(boundRoleText(bound))})`;
  });
  const texts = [...byThrough(rights?.anybody.risks ?? []), ...new Set(answers)];
  return texts.map((text): Finding => {
    const message = `anybody who reaches the API server, without credentials: ${text}`;
    return { severity: 'warning', code: 'anybody', message, ...placeOf({ cluster }, severalClusters) };
  });
}

/** Names those who are allowed what was asked only for objects of certain names. */
export function certainNamesFindings(
  shown: ClusterAccess,
  asked: readonly string[],
  severalClusters: boolean,
): Finding[] {
  const { grants, nobody, others, rights } = shown;
  if (!rights) return [];
  const isOne = asked.length === 1;
  const people = grants.filter(({ principal }) => principal.name !== null);
  const texts = [...people, ...nobody.filter(isUnknown), ...others].flatMap((one) =>
    rights.of(one).forNames.map(({ text, names, through }) => {
      const what = isOne ? '' : `${printable(text)} `;
      return `${whoText(one)}: ${what}${listed(names.map(quoted))} by ${printable(through)}`;
    }),
  );
  if (texts.length === 0) return [];
  const message = `only for objects of certain names: ${listed([...new Set(texts)])}`;
  return [{ severity: 'note', code: 'certain-names', message, ...placeOf(shown, severalClusters) }];
}

/** The cluster, where there are several. */
function placeOf(
  { cluster }: Pick<ClusterAccess, 'cluster'>,
  severalClusters: boolean,
): Pick<Finding, 'location'> {
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

/** Says where nobody is allowed what was asked. */
export function nobodyCanFindings(
  shown: readonly ClusterAccess[],
  asked: readonly string[],
  namespace: string | undefined,
): Finding[] {
  const isClosed = ({ access, grants, others }: ClusterAccess) =>
    grants.length + others.length === 0 && !access.some(isUnknown);
  // Where the bindings are not known, or access entries may let people in, nobody knows.
  const isKnown = ({ rights, cluster }: ClusterAccess) => rights !== null && !cluster.isUnpaired;
  const closed = shown.filter((one) => isKnown(one) && isClosed(one));
  if (closed.length === 0) return [];
  const where = namespace === undefined ? '' : ` in namespace ${quoted(namespace)}`;
  const files = listed(closed.map(({ cluster }) => sourceText(cluster)));
  const message = `nobody of those asked for can ${printable(questionText(asked))}${where} through ${files}`;
  return [{ severity: 'note', code: 'nobody-can', message }];
}

/** Names the files through which those who were asked for get nothing. */
export function nothingFindings(
  shown: readonly ClusterAccess[],
  named: readonly Pick<Principal, 'type' | 'name'>[],
): Finding[] {
  const closed = shown.filter(({ grants }) => grants.length === 0).map(({ cluster }) => sourceText(cluster));
  if (named.length === 0 || closed.length === 0) return [];
  const who = named.map((one) => principalText({ ...one, id: '' })).join(' and ');
  const message = `${who} ${named.length === 1 ? 'gets' : 'get'} nothing through ${listed(closed)}`;
  return [{ severity: 'note', code: 'no-access', message }];
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
  const ways = hidden.flatMap((one) => adminWay(shown, one) ?? []);
  const ownWays = [...new Set([MASTERS, CLUSTER_ADMIN_POLICY, ...ways.filter((way) => isByMasters(way))])];
  const bound = ways.filter((way) => !ownWays.includes(way)).length;
  const admins = [
    ...ownWays.flatMap((way) => {
      const count = ways.filter((one) => one === way).length;
      return count === 0 ? [] : `${count} of them ${count === 1 ? 'has' : 'have'} ${way}`;
    }),
    ...(bound === 0
      ? []
      : [`${bound} of them ${bound === 1 ? 'is cluster admin' : 'are cluster admins'} by a binding`]),
  ];
  const message = `other entries, not shown: ${[texts.join(', '), ...admins].join('; ')}`;
  const location = severalClusters ? { location: { file: cluster.file } } : {};
  return [{ severity: 'note', code: 'other-entries', message, ...location }];
}
