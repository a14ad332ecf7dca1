import type { Cluster } from '../access-entry/cluster.ts';
import { type GrantingEntry, policiesOf } from '../access-entry/entry.ts';
import { CLUSTER_ADMIN_POLICY, hasPublishedRules } from '../access-policy.ts';
import { groupsText, isByMasters, MASTERS, possibleAdminBy } from '../aws-auth/groups.ts';
import { type Inventory, type Principal, principalText } from '../directory/model.ts';
import { ReadTime } from '../directory/read-time.ts';
import { policyName, policyText, unknownRules } from '../eks.ts';
import { type Finding, type Location, locatedList, note, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { addRbac, boundRoleText } from '../rbac/model.ts';
import { questionText } from '../rbac/request.ts';
import { adminsFinding } from '../rbac/risks.ts';
import { listed, printable, quoted, shellWord } from '../text.ts';
import { type AskedCluster, unknownGroups } from './asked-cluster.ts';
import {
  type AccessQuestion,
  allowedAccess,
  type ClusterAccess,
  hasRight,
  openPolicies,
  openReason,
  waysIn,
} from './cluster-access.ts';
import type { Rights } from './cluster-rights.ts';
import { unlistedFindings } from './unlisted-findings.ts';
import {
  FROM_AWS,
  grantedTo,
  isPerson,
  NOBODY_REASONS,
  type Way,
  type WayPrincipal,
  waysTexts,
  wayText,
} from './way.ts';

/** The cluster that a finding is about, if there are several. */
type Place = Pick<Finding, 'location'>;

/**
 * Limits who has access to what was asked, and says what rows alone don't.
 * @param question with the permissions in words, the named people, and the namespace
 * @param inventory null if AWS wasn't read
 * @param severalClusters true if findings must name the cluster
 */
export function answer(
  all: readonly ClusterAccess[],
  asked: readonly AskedCluster[],
  question: Pick<AccessQuestion, 'isAboutPeople' | 'isAboutRights' | 'kubernetesGroups'> & {
    readonly asked: readonly string[];
    readonly named: readonly Pick<Principal, 'type' | 'name'>[];
    readonly namespace: string | undefined;
  },
  inventory: Inventory | null,
  severalClusters: boolean,
): { readonly shown: readonly ClusterAccess[]; readonly findings: readonly Finding[] } {
  const { named, namespace, isAboutPeople, isAboutRights } = question;
  const shown = isAboutRights ? all.map(allowedAccess) : all;
  const subjectGroups = all.flatMap(({ subjects }) => subjects.flatMap(({ entry }) => entry.groups));
  const findings = [
    ...unknownGroups(asked, subjectGroups, question.kubernetesGroups ?? []),
    ...all.flatMap((access) => accessFindings(access, question, severalClusters)),
    ...(isAboutRights
      ? [...unknownBindings(shown), ...nobodyCan(shown, question.asked, namespace)]
      : [...withoutAccess(shown, named), ...unknownPermissions(shown, isAboutPeople)]),
    ...(isAboutPeople ? [] : unlistedFindings(all, inventory, severalClusters)),
  ];
  return { shown, findings };
}

function accessFindings(
  access: ClusterAccess,
  question: Pick<AccessQuestion, 'isAboutPeople' | 'isAboutRights'> & { readonly asked: readonly string[] },
  severalClusters: boolean,
): Finding[] {
  const { cluster, rights, unknown } = access;
  const place = severalClusters ? { location: { file: cluster.name ?? cluster.file } } : {};
  // Permissions without credentials: always the risky ones, and with a question the ones it asks for.
  const answers = (rights?.anybody.roles ?? []).flatMap((bound) => {
    const can = rights?.answersOf(bound) ?? [];
    return can.length === 0 ? [] : `can ${printable(questionText(can))} (${printable(boundRoleText(bound))})`;
  });
  const anybody = [...textsByRole(rights?.anybody.risks ?? []), ...new Set(answers)].map((text) =>
    warning('anybody', `anyone who can reach the API server, without credentials: ${text}`, place),
  );
  // Permissions of every authenticated caller that only a few should have.
  const everybody = textsByRole(rights?.everybody.risks ?? []).map((text) =>
    warning('everybody', `everyone with access: ${text}`, place),
  );
  if (question.isAboutRights)
    return [
      ...anybody,
      ...unknownAnswers(access, place),
      ...accountAccess(access, question),
      ...certainNames(access, question.asked, place),
      ...returnedSecrets(access, place),
      ...unpublished(access, place),
      ...possibleAdmins(access, place),
      ...everybody,
    ];
  const unknownItems = unknown.map((way) => itemOf(way, cluster));
  return [
    ...anybody,
    ...entriesFindings('access-unknown', "can't tell who has access", unknownItems),
    ...accountAccess(access, question),
    ...(access.isOutOfScope
      ? [note('no-entries', `${cluster.file} has no entries for accounts in the scope`)]
      : []),
    ...hiddenEntries(access, severalClusters),
    ...(question.isAboutPeople ? [] : withoutPeople(access)),
    ...admins(access, place),
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
  const texts = listed([...new Set(found.map(wayText))], MOST_SHOWN);
  const message = `${count} more can become cluster ${count === 1 ? 'admin' : 'admins'}, and then allow themselves this: ${texts}`;
  const help = 'The same command without --can lists them all, and says how.';
  return [warning('can-become-admin', message, { help, ...place })];
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
  return entriesFindings('account-access', message, items, help);
}

/**
 * Warns about entries that grant no access, one finding for each reason; outside Identity Center, only about access
 * entries.
 */
function withoutPeople({ ways, cluster }: ClusterAccess): Finding[] {
  const { eks } = cluster;
  const isToTell = ({ principal, entry }: Way) =>
    !principal || isPerson(principal) || (eks !== null && entry.source === 'access-entry');
  const byEntry = new Map(ways.filter(isToTell).map((way) => [way.entry, way]));
  const lost = groupBy(byEntry.values(), ({ nobody }) => nobody);
  return Object.entries(NOBODY_REASONS).flatMap(([reason, text]) => {
    const items = [...lost].flatMap(([nobody, all]) => (nobody === reason ? all : []));
    if (items.length === 0) return [];
    const readTime = FROM_AWS.has(reason) ? ReadTime.earliest(...items.map(ReadTime.of)) : ReadTime.NOW;
    // An entry of aws-auth grants access to any role with that name.
    const needed =
      '`aws-auth-sso check` shows how to fix it, with the same FILE and --aws or --inventory. `aws-auth-sso explain` shows what a caller with such a role would have.';
    const command = `aws-auth-sso check ${eks?.authenticationMode === 'API' ? '' : 'FILE '}--cluster ${eks && shellWord(eks.arn)}`;
    return entriesFindings(
      `nobody-${reason}`,
      `${readTime.dated(text)}, so nobody has access`,
      items.map((way) => itemOf(way, cluster)),
      reason === 'role-gone' ? needed : undefined,
      OF_ROLES.includes(reason)
        ? readTime.advice(`\`${command}\` prints the commands to replace these access entries.`)
        : undefined,
    );
  });
}

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
  helpInFile?: string,
  helpInCluster = helpInFile,
): Finding[] {
  return [true, false].flatMap((isFile): Finding[] => {
    const located = locatedList(items.filter(({ location }) => (location.isFile ?? true) === isFile));
    if (!located) return [];
    const { list, location } = located;
    return [warning(code, `${message}: ${list}`, { location, help: isFile ? helpInFile : helpInCluster })];
  });
}

/** Warns about cluster admins and principals that can become one, for each route; people from Identity Center first. */
function admins(access: ClusterAccess, place: Place): Finding[] {
  const found = [...waysIn(access), ...access.subjects].flatMap((way) => {
    const admin = adminBy(access, way);
    const risks = admin === null ? riskTexts(access.rights?.of(way).risks ?? []) : [];
    const own = admin === null ? risks.map(({ texts, through }) => `${texts} through ${through}`) : [admin];
    return own.map((by) => ({ by, isAdmin: admin !== null, way }));
  });
  return [...groupBy(found, ({ by }) => by)].map(([by, those]) => {
    const isAdmin = those.some((one) => one.isAdmin);
    const code = isByMasters(by) ? 'system-masters' : isAdmin ? 'cluster-admin' : 'rbac-risk';
    const texts = waysTexts(those.map(({ way }) => way));
    return adminsFinding(by, code, texts, place);
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

/** Notes on the files through which the named people have no access. */
function withoutAccess(
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
function hiddenEntries(access: ClusterAccess, severalClusters: boolean): Finding[] {
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

/** Number of rows that a warning names; each row also has its own note. */
const MOST_SHOWN = 3;

/** Warns about principals without an answer, because the rules of their access policies are unknown. */
function unpublished(access: ClusterAccess, place: Place): Finding[] {
  const open = waysIn(access).flatMap((way) => {
    const policies = openPolicies(way, access.rights);
    return policies.length === 0 ? [] : { way, policies };
  });
  if (open.length === 0) return [];
  const texts = open.map(
    ({ way, policies }) =>
      `${wayText(way)} through ${policies.map((policy) => policyText(policy)).join(', ')}`,
  );
  const message = `${unknownRules(open.flatMap(({ policies }) => policies))}, and they might also allow it: ${listed([...new Set(texts)], MOST_SHOWN)}`;
  const help = 'To check, run as one of them: kubectl auth can-i VERB RESOURCE';
  return [warning('access-policies', message, { help, ...place })];
}

/** One warning for all clusters whose bindings are unknown, with the groups that might be bound. */
function unknownBindings(shown: readonly ClusterAccess[]): Finding[] {
  const blind = shown.filter(({ rights }) => !rights?.knowsBindings);
  if (blind.length === 0) return [];
  const open = blind.flatMap((access) =>
    access.ways.filter((way) => openReason(way, access.rights) === 'bindings-unknown'),
  );
  const groups = [...new Set(open.flatMap(({ entry }) => entry.groups))];
  const to = [...(groups.length === 0 ? [] : [groupsText(groups)]), 'users by name, or to everyone'].join(
    ', to ',
  );
  const clusters = listed(blind.map(({ cluster }) => cluster.name ?? cluster.file));
  const message = `bindings of ${clusters} weren't read: they might also allow it to ${to}`;
  return [warning('bindings-unknown', message, { help: addRbac(shown.length > 1) })];
}

/**
 * Without a question, one note each on unknown bindings and policies whose rules are unknown: nobody should take the
 * cluster admins of aws-auth, or the permissions of access policies, for all there are.
 */
function unknownPermissions(shown: readonly ClusterAccess[], isAboutPeople: boolean): Finding[] {
  const entriesOf = (access: ClusterAccess) =>
    waysIn(access).flatMap(({ entry, isNode }) => (isNode ? [] : entry));
  const unread = shown.filter(({ rights }) => !rights?.knowsBindings);
  const blind = unread.flatMap(entriesOf);
  const bindable = [...new Set(blind.flatMap((entry) => entry.groups))].filter((group) => group !== MASTERS);
  const open = [
    ...(blind.length === 0 || isAboutPeople ? [] : ['they might make others cluster admin']),
    ...(bindable.length === 0 ? [] : [`what they grant to ${groupsText(bindable)} is unknown`]),
  ];
  const isPart = unread.length < shown.length;
  const of = isPart ? ` of ${listed(unread.map(({ cluster }) => cluster.name ?? cluster.file))}` : '';
  const policies = shown.flatMap(entriesOf).flatMap(policiesOf);
  const unpublished = policies.filter((policy) => !hasPublishedRules(policyName(policy)));
  const texts = [...new Set(unpublished.map((policy) => policyText(policy)))];
  return [
    ...(open.length === 0
      ? []
      : [
          note('bindings-unknown', `bindings${of} weren't read: ${open.join(', and ')}`, {
            help: addRbac(shown.length > 1),
          }),
        ]),
    ...(texts.length === 0
      ? []
      : [
          note(
            'access-policies',
            `${unknownRules(unpublished)}, so what they allow is unknown: ${listed(texts)}`,
          ),
        ]),
  ];
}

/** Warns about entries that may grant the permissions in question to unknown people. */
function unknownAnswers(access: ClusterAccess, place: Place): Finding[] {
  const ways = allowedAccess(access).ways.filter(({ status }) => status === 'unknown');
  const unknown = [...new Set(ways.map(wayText))];
  if (unknown.length === 0) return [];
  const message = `can't tell who these are: ${listed(unknown, MOST_SHOWN)}`;
  return [warning('access-unknown', message, place)];
}

/** Notes on principals that have the permissions only for objects with certain names. */
function certainNames(access: ClusterAccess, asked: readonly string[], place: Place): Finding[] {
  const { rights } = access;
  if (!rights) return [];
  const isOne = asked.length === 1;
  const texts = waysIn(access).flatMap((way) =>
    rights.of(way).forNames.map(({ text, names, through }) => {
      const what = isOne ? 'for' : `can ${printable(text)}`;
      return `${wayText(way)} ${what} ${listed(names.map(quoted))} through ${printable(through)}`;
    }),
  );
  if (texts.length === 0) return [];
  return [
    note('certain-names', `only for objects with certain names: ${listed([...new Set(texts)])}`, place),
  ];
}

/** Notes on principals that can't read secrets, as asked, but make requests whose response contains them. */
function returnedSecrets(access: ClusterAccess, place: Place): Finding[] {
  const { rights } = access;
  if (!rights) return [];
  const texts = waysIn(access).flatMap((way) =>
    rights.of(way).returning.map(([verbs, through]) => {
      return `${wayText(way)} can ${listed(verbs)} secrets through ${printable(through)}`;
    }),
  );
  if (texts.length === 0) return [];
  const message = `requests to patch or delete secrets return them, even in a dry run: ${listed([...new Set(texts)])}`;
  return [note('returned-secrets', message, place)];
}

/** Notes on the files through which nobody has the permissions in question. */
function nobodyCan(
  shown: readonly ClusterAccess[],
  asked: readonly string[],
  namespace: string | undefined,
): Finding[] {
  // With unknown bindings or access entries, there may be someone.
  const closed = shown.filter(
    (one) =>
      !one.isUnpaired &&
      hasKnownSource(one) &&
      one.ways.length + one.subjects.length + one.unknown.length === 0,
  );
  const what = `${printable(questionText(asked))}${namespace === undefined ? '' : ` in namespace ${quoted(namespace)}`}`;
  return [true, false].flatMap((knowsBindings): Finding[] => {
    const those = closed.filter(({ rights }) => (rights?.knowsBindings ?? false) === knowsBindings);
    if (those.length === 0) return [];
    const files = listed(those.map(({ cluster }) => cluster.sourceText));
    const message = knowsBindings
      ? `no matching principal can ${what} through ${files}`
      : `no access policy lets a matching principal ${what} through ${files}`;
    return [note('nobody-can', message)];
  });
}

/** False if only aws-auth grants access to a cluster, and it wasn't given: then nobody is known to have no access. */
function hasKnownSource({ cluster }: ClusterAccess): boolean {
  return !cluster.lacksAwsAuth || cluster.eks?.authenticationMode !== 'CONFIG_MAP';
}
