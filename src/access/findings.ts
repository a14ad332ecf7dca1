import { CLUSTER_ADMIN_POLICY, policyText } from '../access-entry.ts';
import { isByMasters, MASTERS, possibleAdminBy } from '../authenticator/groups.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { type Finding, type Location, locatedList, note, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { type Principal, principalText, shortName } from '../inventory/model.ts';
import { boundRoleText } from '../rbac/model.ts';
import { questionText } from '../rbac/request.ts';
import { listed, printable, quoted } from '../text.ts';
import {
  type AccessQuestion,
  allowedAccess,
  type ClusterAccess,
  openPolicies,
  waysIn,
} from './cluster-access.ts';
import type { Rights } from './cluster-rights.ts';
import { clusterArgument } from './named-caller.ts';
import { grantedTo, isPerson, type NobodyReason, type Way, type WayPrincipal } from './who-gets-in.ts';

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

/** Who gets into several clusters, and what there is to know of it. */
interface Answer {
  readonly shown: readonly ClusterAccess[];
  readonly findings: readonly Finding[];
}

/**
 * @param question with what is asked of rights, in words, and the people and the namespace that are named
 * @param severalClusters whether findings have to name the cluster
 */
export function answer(
  all: readonly ClusterAccess[],
  question: Pick<AccessQuestion, 'isAboutPeople' | 'isAboutRights'> & {
    readonly asked: readonly string[];
    readonly named: readonly Pick<Principal, 'type' | 'name'>[];
    readonly namespace: string | undefined;
  },
  severalClusters: boolean,
): Answer {
  const { asked, named, namespace, isAboutRights } = question;
  const shown = isAboutRights ? all.map(allowedAccess) : all;
  const findings = [
    ...all.flatMap((access) => accessFindings(access, question, asked, severalClusters)),
    ...(isAboutRights ? nobodyCanFindings(shown, asked, namespace) : nothingFindings(shown, named)),
  ];
  return { shown, findings };
}

/**
 * What there is to know of who gets into a cluster.
 * @param asked what of rights, in words
 * @param severalClusters whether findings have to name the cluster
 */
function accessFindings(
  access: ClusterAccess,
  { isAboutPeople, isAboutRights }: Pick<AccessQuestion, 'isAboutPeople' | 'isAboutRights'>,
  asked: readonly string[],
  severalClusters: boolean,
): Finding[] {
  const { cluster } = access;
  const place = severalClusters ? { location: { file: cluster.name ?? cluster.file } } : {};
  const anybody = anybodyTexts(access).map((text) =>
    warning('anybody', `anybody who reaches the API server, without credentials: ${text}`, place),
  );
  if (isAboutRights)
    return [
      ...anybody,
      ...unknownAnswers(access, place),
      ...certainNames(access, asked, place),
      ...unevaluated(access, place),
    ];
  const outOfScope = note('no-entries', `${cluster.file} has no entry of an account in the scope`);
  return [
    ...anybody,
    ...unknownFindings(access),
    ...(access.isOutOfScope ? [outOfScope] : []),
    ...hiddenFindings(access, severalClusters),
    ...(isAboutPeople ? [] : nobodyFindings(access)),
    ...adminFindings(access, place),
    // What every authenticated caller may do that only few should.
    ...textsByRole(access.rights?.everybody.risks ?? []).map((text) =>
      warning('everybody', `everybody who gets in: ${text}`, place),
    ),
  ];
}

type Place = Pick<Finding, 'location'>;

/** Rows of an answer say themselves what is not known of them: a warning below names the first. */
const MOST_UNKNOWN = 3;

/** Says of whom a question is not answered, since EKS evaluates their access policies itself. */
function unevaluated(access: ClusterAccess, place: Place): Finding[] {
  const texts = waysIn(access).flatMap((way) => {
    const policies = openPolicies(way, access.rights);
    return policies.length === 0
      ? []
      : `${wayText(way)}: ${policies.map((policy) => policyText(policy)).join(', ')}`;
  });
  if (texts.length === 0) return [];
  const message = `EKS evaluates access policies itself, and they may allow it too: ${listed([...new Set(texts)], MOST_UNKNOWN)}`;
  const help = 'Ask the cluster: kubectl auth can-i VERB RESOURCE, as one of them.';
  return [warning('access-policies', message, { help, ...place })];
}

/** Names the entries that may allow what was asked, and of which it is not known who gets in. */
function unknownAnswers(access: ClusterAccess, place: Place): Finding[] {
  const ways = allowedAccess(access).ways.filter(({ status }) => status === 'unknown');
  const unknown = [...new Set(ways.map(wayText))];
  if (unknown.length === 0) return [];
  const message = `it is not known who these are: ${listed(unknown, MOST_UNKNOWN)}`;
  return [warning('access-unknown', message, place)];
}

/** Names those who are allowed what was asked only for objects of certain names. */
function certainNames(access: ClusterAccess, asked: readonly string[], place: Place): Finding[] {
  const { rights } = access;
  if (!rights) return [];
  const isOne = asked.length === 1;
  const texts = waysIn(access).flatMap((way) =>
    rights.of(way).forNames.map(({ text, names, through }) => {
      const what = isOne ? '' : `${printable(text)} `;
      return `${wayText(way)}: ${what}${listed(names.map(quoted))} by ${printable(through)}`;
    }),
  );
  if (texts.length === 0) return [];
  return [note('certain-names', `only for objects of certain names: ${listed([...new Set(texts)])}`, place)];
}

/** Warns of entries of which it is not known who gets in. */
function unknownFindings({ unknown, cluster }: ClusterAccess): Finding[] {
  const items = unknown.map((way) => itemOf(way, cluster));
  return entriesFindings('access-unknown', 'it is not known who gets in', items);
}

/** Warns of entries that let nobody in; one finding for each reason. Of what is not of Identity Center, only of access entries. */
function nobodyFindings({ ways, cluster }: ClusterAccess): Finding[] {
  const { eks } = cluster;
  const isToTell = ({ principal, entry }: Way) =>
    !principal || isPerson(principal) || (eks !== null && entry.source === 'access-entry');
  const byEntry = new Map(ways.filter(isToTell).map((way) => [way.entry, way]));
  const lost = groupBy(byEntry.values(), ({ nobody }) => nobody);
  return Object.entries(NOBODY_REASONS).flatMap(([reason, text]) => {
    const items = [...lost].flatMap(([nobody, all]) => (nobody === reason ? all : []));
    const command = `aws-auth-sso check ${eks?.authenticationMode === 'API' ? '' : 'FILE '}--cluster`;
    return entriesFindings(
      `nobody-${reason}`,
      `${text}, so nobody gets in`,
      items.map((way) => itemOf(way, cluster)),
      {
        ...(reason === 'role-gone' && { inFile: ROLE_NEEDED }),
        ...(eks &&
          OF_ROLES.includes(reason) && {
            inCluster: `\`${command} ${clusterArgument(eks)}\` prints the commands that replace access entries.`,
          }),
      },
    );
  });
}

/** An entry of aws-auth is of whatever role has the name. */
const ROLE_NEEDED =
  '`aws-auth-sso explain` says of whoever calls as such a role that they get in, if the role still exists.';

/** Reasons for which access entries have to be replaced. */
const OF_ROLES: readonly string[] = ['dead-access-entry', 'role-gone', 'role-superseded'];

/** An entry in a list of them. */
interface Item {
  readonly text: string;
  readonly location: Location;
}

function itemOf({ entry, successor }: Way, cluster: Cluster): Item {
  const location = cluster.locationOf(entry);
  if (!successor) return { text: entry.id, location };
  // Access entries need the path.
  const now = entry.source === 'access-entry' ? successor.pathArn : successor.roleArn;
  return { text: `${entry.id} (now ${now})`, location };
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
    return [warning(code, `${message}: ${list}`, { location, help })];
  });
}

/** Warns of those who are administrators of a whole cluster, or can make themselves so, by each way; people of Identity Center first. */
function adminFindings(access: ClusterAccess, place: Place): Finding[] {
  const found = waysIn(access).flatMap((way) => {
    const admin = adminBy(access, way);
    const own =
      admin === null
        ? riskTexts(access.rights?.of(way).risks ?? []).map(({ texts, through }) => `${texts}: ${through}`)
        : [admin];
    return own.map((by) => ({ by, isAdmin: admin !== null, text: wayText(way) }));
  });
  return [...groupBy(found, ({ by }) => by)].map(([by, those]) => {
    const texts = listed([...new Set(those.map(({ text }) => text))]);
    const isAdmin = those.some((one) => one.isAdmin);
    const code = isByMasters(by) ? 'system-masters' : isAdmin ? 'cluster-admin' : 'rbac-risk';
    const what = isAdmin ? 'cluster administrators' : 'can become cluster administrators';
    return warning(code, `${what} (${printable(by)}): ${texts}`, place);
  });
}

/** What makes somebody an administrator; null for who is none. */
function adminBy({ rights }: ClusterAccess, way: Way): string | null {
  const risks = () => rights?.of(way).risks.find(({ risk }) => risk === 'cluster-admin')?.through;
  return possibleAdminBy(grantedTo(way)) ?? risks() ?? null;
}

/** `may bind roles, reads all secrets (ClusterRole/edit cluster-wide)`: one text for each role that gives risks. */
function textsByRole(risks: Rights['risks']): string[] {
  return riskTexts(risks).map(({ texts, through }) => `${texts} (${printable(through)})`);
}

/** What each role, or several together, make of somebody. */
function riskTexts(risks: Rights['risks']): { readonly texts: string; readonly through: string }[] {
  return [...groupBy(risks, ({ through }) => through)].map(([through, same]) => {
    return { texts: same.map(({ text }) => text).join(', '), through };
  });
}

/** What may be done without credentials: of a question, that, and always what only few should. */
function anybodyTexts({ rights }: ClusterAccess): string[] {
  const answers = (rights?.anybody.roles ?? []).flatMap((bound) => {
    const can = rights?.answersOf(bound) ?? [];
    return can.length === 0 ? [] : `can ${printable(questionText(can))} (${printable(boundRoleText(bound))})`;
  });
  return [...textsByRole(rights?.anybody.risks ?? []), ...new Set(answers)];
}

/** Who gets in: `group "Platform" (Admin in 111122223333)`, `IAM role "ci" (in 111122223333)` */
function wayText({ principal, via, permissionSet, accountId }: Way): string {
  const place = `${permissionSet} in ${accountId}`;
  if (!principal) return `whoever gets in through ${place}`;
  if (!isPerson(principal))
    return `${principalKindText(principal)} ${quoted(shortName(principal.name))} (in ${printable(accountId)})`;
  const through = via ? `through ${principalText(via)}, ` : '';
  return `${principalText(principal)} (${through}${place})`;
}

const KINDS = {
  GROUP: 'group',
  USER: 'user',
  IAM_ROLE: 'IAM role',
  IAM_USER: 'IAM user',
  ACCOUNT: 'account',
} as const;

/** `group`, `user`, `IAM role`, `IAM user` or `account` */
export function principalKindText({ type }: Pick<WayPrincipal, 'type'>): string {
  return KINDS[type];
}

/** Says where nobody is allowed what was asked. */
function nobodyCanFindings(
  shown: readonly ClusterAccess[],
  asked: readonly string[],
  namespace: string | undefined,
): Finding[] {
  // Where the bindings are not known, or access entries may let people in, nobody knows.
  const isKnown = ({ rights, isUnpaired }: ClusterAccess) => rights !== null && !isUnpaired;
  const closed = shown.filter((one) => isKnown(one) && one.ways.length + one.unknown.length === 0);
  if (closed.length === 0) return [];
  const where = namespace === undefined ? '' : ` in namespace ${quoted(namespace)}`;
  const files = listed(closed.map(({ cluster }) => cluster.sourceText));
  const message = `nobody of those asked for can ${printable(questionText(asked))}${where} through ${files}`;
  return [note('nobody-can', message)];
}

/** Names the files through which those who were asked for get nothing. */
function nothingFindings(
  shown: readonly ClusterAccess[],
  named: readonly Pick<Principal, 'type' | 'name'>[],
): Finding[] {
  const closed = shown.filter(({ ways }) => ways.length === 0).map(({ cluster }) => cluster.sourceText);
  if (named.length === 0 || closed.length === 0) return [];
  const who = named.map((one) => principalText({ ...one, id: '' })).join(' and ');
  const message = `${who} ${named.length === 1 ? 'gets' : 'get'} nothing through ${listed(closed)}`;
  return [note('no-access', message)];
}

/** Counts what else lets somebody in and is not shown, because certain people or accounts were asked for. */
function hiddenFindings(access: ClusterAccess, severalClusters: boolean): Finding[] {
  const { cluster } = access;
  const hidden = access.hidden.filter(({ nobody }) => !nobody);
  const countOf = (type: WayPrincipal['type']) =>
    hidden.filter((one) => one.principal?.type === type && !one.isNode).length;
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
  const ways = hidden.flatMap((way) => adminBy(access, way) ?? []);
  const ownWays = [...new Set([MASTERS, CLUSTER_ADMIN_POLICY, ...ways.filter((way) => isByMasters(way))])];
  const bound = ways.filter((way) => !ownWays.includes(way)).length;
  const admins = ownWays.flatMap((way) => {
    const count = ways.filter((one) => one === way).length;
    return count === 0 ? [] : `${count} of them ${count === 1 ? 'has' : 'have'} ${way}`;
  });
  if (bound > 0)
    admins.push(`${bound} of them ${bound === 1 ? 'is cluster admin' : 'are cluster admins'} by a binding`);
  const message = `other entries, not shown: ${[texts.join(', '), ...admins].join('; ')}`;
  return [note('other-entries', message, severalClusters ? { location: { file: cluster.file } } : {})];
}
