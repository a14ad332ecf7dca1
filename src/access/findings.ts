import { CLUSTER_ADMIN_POLICY } from '../access-policy-names.ts';
import { isByMasters, MASTERS, possibleAdminBy } from '../authenticator/groups.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { GrantingEntry } from '../cluster/entry.ts';
import { type Finding, type Location, locatedList, note, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { type Principal, principalText } from '../inventory/model.ts';
import { ReadTime } from '../inventory/read-time.ts';
import { boundRoleText } from '../rbac/model.ts';
import { questionText } from '../rbac/request.ts';
import { listed, printable, shellWord } from '../text.ts';
import {
  certainNames,
  hasKnownSource,
  nobodyCanFindings,
  type Place,
  returnedSecrets,
  unknownAnswers,
  unknownBindings,
  unknownPermissions,
  unpublished,
} from './answer-findings.ts';
import {
  type AccessQuestion,
  allowedAccess,
  type ClusterAccess,
  hasRight,
  waysIn,
} from './cluster-access.ts';
import type { Rights } from './cluster-rights.ts';
import { clusterArgument } from './named-caller.ts';
import {
  FROM_AWS,
  grantedTo,
  isPerson,
  NOBODY_REASONS,
  type Way,
  type WayPrincipal,
  wayText,
} from './way.ts';

/** Who has access to several clusters, with findings. */
interface Answer {
  readonly shown: readonly ClusterAccess[];
  readonly findings: readonly Finding[];
}

/**
 * @param question with the permissions in words, the named people, and the namespace
 * @param severalClusters true if findings must name the cluster
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
    ...(isAboutRights
      ? [...unknownBindings(shown), ...nobodyCanFindings(shown, asked, namespace)]
      : [...nothingFindings(shown, named), ...unknownPermissions(shown)]),
  ];
  return { shown, findings };
}

/**
 * Findings on who has access to a cluster.
 * @param asked the permissions in question, in words
 * @param severalClusters true if findings must name the cluster
 */
function accessFindings(
  access: ClusterAccess,
  question: Pick<AccessQuestion, 'isAboutPeople' | 'isAboutRights'>,
  asked: readonly string[],
  severalClusters: boolean,
): Finding[] {
  const { isAboutPeople, isAboutRights } = question;
  const { cluster } = access;
  const place = severalClusters ? { location: { file: cluster.name ?? cluster.file } } : {};
  const anybody = anybodyTexts(access).map((text) =>
    warning('anybody', `anyone who can reach the API server, without credentials: ${text}`, place),
  );
  // Permissions of every authenticated caller that only a few should have.
  const everybody = textsByRole(access.rights?.everybody.risks ?? []).map((text) =>
    warning('everybody', `everyone with access: ${text}`, place),
  );
  if (isAboutRights)
    return [
      ...anybody,
      ...unknownAnswers(access, place),
      ...accountAccess(access, question),
      ...certainNames(access, asked, place),
      ...returnedSecrets(access, place),
      ...unpublished(access, place),
      ...possibleAdmins(access, place),
      ...everybody,
    ];
  const outOfScope = note('no-entries', `${cluster.file} has no entries for accounts in the scope`);
  return [
    ...anybody,
    ...unknownFindings(access),
    ...accountAccess(access, question),
    ...(access.isOutOfScope ? [outOfScope] : []),
    ...hiddenFindings(access, severalClusters),
    ...(isAboutPeople ? [] : nobodyFindings(access)),
    ...adminFindings(access, place),
    ...everybody,
  ];
}

/** Warns about principals that lack a permission in question, but can become cluster admin and then have it. */
function possibleAdmins(access: ClusterAccess, place: Place): Finding[] {
  const { rights } = access;
  if (!rights) return [];
  const all = [...waysIn(access), ...access.subjects];
  const keyOf = ({ principal, accountId, permissionSet }: Way<GrantingEntry>) =>
    principal ? `${principal.type} ${principal.id}` : `${permissionSet} ${accountId}`;
  const allowed = new Set(all.filter((way) => hasRight(way, rights)).map(keyOf));
  // Its members count instead.
  const listedGroups = new Set(all.flatMap(({ via }) => via?.id ?? []));
  const found = all.filter(
    (way) =>
      !allowed.has(keyOf(way)) &&
      !(way.principal?.type === 'GROUP' && listedGroups.has(way.principal.id)) &&
      rights.of(way).risks.length > 0,
  );
  const count = new Set(found.map(keyOf)).size;
  if (count === 0) return [];
  const texts = listed([...new Set(found.map(wayText))], 3);
  const message = `${count} more can become cluster ${count === 1 ? 'admin' : 'admins'}, and then allow themselves this: ${texts}`;
  const help = 'The same command without --can lists them all, and says how.';
  return [warning('can-become-admin', message, { help, ...place })];
}

/** Warns about entries whose people are unknown. */
function unknownFindings({ unknown, cluster }: ClusterAccess): Finding[] {
  const items = unknown.map((way) => itemOf(way, cluster));
  return entriesFindings('access-unknown', "can't tell who has access", items);
}

/** Warns about roles that unknown people may have: even the people that the question names. */
function accountAccess(
  access: ClusterAccess,
  { isAboutPeople, isAboutRights }: Pick<AccessQuestion, 'isAboutPeople' | 'isAboutRights'>,
): Finding[] {
  const { ways, hidden, cluster } = access;
  const asked = isAboutPeople ? { ...access, ways: [...ways, ...hidden] } : access;
  const shown = isAboutRights ? allowedAccess(asked) : asked;
  return accountAccessFindings(
    shown.ways.filter((way) => way.hasAccountAccess).map((way) => itemOf(way, cluster)),
  );
}

/** Warns about the entries of roles that unknown people may have. */
export function accountAccessFindings(items: readonly Item[]): Finding[] {
  const message = "people may have these roles through account access manager, whose assignments aren't read";
  const help = "Account access manager's console lists them.";
  return entriesFindings('account-access', message, items, { inFile: help, inCluster: help });
}

/**
 * Warns about entries that grant no access, one finding for each reason; outside Identity Center, only about access
 * entries.
 */
function nobodyFindings({ ways, cluster }: ClusterAccess): Finding[] {
  const { eks } = cluster;
  const isToTell = ({ principal, entry }: Way) =>
    !principal || isPerson(principal) || (eks !== null && entry.source === 'access-entry');
  const byEntry = new Map(ways.filter(isToTell).map((way) => [way.entry, way]));
  const lost = groupBy(byEntry.values(), ({ nobody }) => nobody);
  return Object.entries(NOBODY_REASONS).flatMap(([reason, text]) => {
    const items = [...lost].flatMap(([nobody, all]) => (nobody === reason ? all : []));
    const readTime = FROM_AWS.has(reason) ? ReadTime.earliest(...items.map(ReadTime.of)) : ReadTime.NOW;
    const command = `aws-auth-sso check ${eks?.authenticationMode === 'API' ? '' : 'FILE '}--cluster`;
    return entriesFindings(
      `nobody-${reason}`,
      `${readTime.dated(text)}, so nobody has access`,
      items.map((way) => itemOf(way, cluster)),
      {
        ...(reason === 'role-gone' && { inFile: ROLE_NEEDED }),
        ...(eks &&
          OF_ROLES.includes(reason) && {
            inCluster: readTime.advice(
              `\`${command} ${clusterArgument(eks)}\` prints the commands to replace these access entries.`,
            ),
          }),
      },
    );
  });
}

/** An entry of aws-auth grants access to any role with that name. */
const ROLE_NEEDED = '`aws-auth-sso explain` shows what a caller with such a role would have.';

/** Reasons to replace an access entry. */
const OF_ROLES: readonly string[] = ['dead-access-entry', 'role-gone', 'role-superseded'];

/** An entry in a list. */
interface Item {
  readonly text: string;
  readonly location: Location;
}

function itemOf({ entry, successor }: Way, cluster: Cluster): Item {
  const location = cluster.locationOf(entry);
  if (!successor) return { text: entry.id, location };
  // Access entries need the path.
  const now = entry.source === 'access-entry' ? successor.pathArn : successor.roleArn;
  return { text: `${entry.id} (its permission set has ${now})`, location };
}

/** One finding for aws-auth and one for access entries, each with its help. */
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

/** Warns about cluster admins and principals that can become one, for each route; people from Identity Center first. */
function adminFindings(access: ClusterAccess, place: Place): Finding[] {
  const found = [...waysIn(access), ...access.subjects].flatMap((way) => {
    const admin = adminBy(access, way);
    const own =
      admin === null
        ? riskTexts(access.rights?.of(way).risks ?? []).map(
            ({ texts, through }) => `${texts} through ${through}`,
          )
        : [admin];
    return own.map((by) => ({ by, isAdmin: admin !== null, text: wayText(way) }));
  });
  return [...groupBy(found, ({ by }) => by)].map(([by, those]) => {
    const texts = listed([...new Set(those.map(({ text }) => text))]);
    const isAdmin = those.some((one) => one.isAdmin);
    const code = isByMasters(by) ? 'system-masters' : isAdmin ? 'cluster-admin' : 'rbac-risk';
    const what = isAdmin ? 'cluster admins' : 'can become cluster admins';
    return warning(code, `${what} (${printable(by)}): ${texts}`, place);
  });
}

/** The group, policy or role that grants cluster admin; null if none does. */
function adminBy({ rights }: ClusterAccess, way: Way<GrantingEntry>): string | null {
  const risks = () => rights?.of(way).risks.find(({ risk }) => risk === 'cluster-admin')?.through;
  return possibleAdminBy(grantedTo(way)) ?? risks() ?? null;
}

/** `may bind roles, reads all secrets (ClusterRole/edit cluster-wide)`, one text for each role with risks. */
function textsByRole(risks: Rights['risks']): string[] {
  return riskTexts(risks).map(({ texts, through }) => `${texts} (${printable(through)})`);
}

/** The risks of each role, or of several together. */
function riskTexts(risks: Rights['risks']): { readonly texts: string; readonly through: string }[] {
  return [...groupBy(risks, ({ through }) => through)].map(([through, same]) => {
    return { texts: same.map(({ text }) => text).join(', '), through };
  });
}

/** Permissions without credentials: always the risky ones, and with a question the ones it asks for. */
function anybodyTexts({ rights }: ClusterAccess): string[] {
  const answers = (rights?.anybody.roles ?? []).flatMap((bound) => {
    const can = rights?.answersOf(bound) ?? [];
    return can.length === 0 ? [] : `can ${printable(questionText(can))} (${printable(boundRoleText(bound))})`;
  });
  return [...textsByRole(rights?.anybody.risks ?? []), ...new Set(answers)];
}

/** Notes on the files through which the named people have no access. */
function nothingFindings(
  shown: readonly ClusterAccess[],
  named: readonly Pick<Principal, 'type' | 'name'>[],
): Finding[] {
  const closed = shown
    .filter((access) => access.ways.length === 0 && hasKnownSource(access))
    .map(({ cluster }) => cluster.sourceText);
  if (named.length === 0 || closed.length === 0) return [];
  const who = named.map((one) => principalText({ ...one, id: '' })).join(' and ');
  const message = `${who} ${named.length === 1 ? 'has' : 'have'} no access through ${listed(closed)}`;
  const [user] = named.filter(({ type }) => type === 'USER');
  const help =
    user &&
    `\`aws-auth-sso explain --user ${shellWord(user.name ?? '')}\` shows why, with the same FILE or --cluster.`;
  return [note('no-access', message, { help: help ?? undefined })];
}

/** Counts other entries that grant access but are hidden because the question names people or accounts. */
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
  const isOne = counts.reduce((sum, [count]) => sum + count, 0) === 1;
  const subjectOf = (count: number) => (isOne ? 'which' : `${count} of them`);
  const admins = ownWays.flatMap((way) => {
    const count = ways.filter((one) => one === way).length;
    return count === 0 ? [] : `${subjectOf(count)} ${count === 1 ? 'has' : 'have'} ${way}`;
  });
  if (bound > 0)
    admins.push(
      `${subjectOf(bound)} ${bound === 1 ? 'is cluster admin' : 'are cluster admins'} through a binding`,
    );
  const message = `other entries, not shown: ${[texts.join(', '), ...admins].join(isOne ? ', ' : '; ')}`;
  return [note('other-entries', message, severalClusters ? { location: { file: cluster.file } } : {})];
}
