import { entryTemplates, isClusterAdminPolicy } from '../../access-entry.ts';
import {
  AUTHENTICATED,
  administratorBy,
  isClusterAdmin,
  isNodeGroup,
  isUnknownSystemGroup,
  MASTERS,
  nearSystemGroup,
  systemNameOf,
} from '../../authenticator/groups.ts';
import { identityOfEntry, type KubernetesIdentity } from '../../authenticator/resolve-caller.ts';
import { templateMatcher } from '../../authenticator/templates.ts';
import { mayLive } from '../../cluster/access-entry-state.ts';
import { groupBy } from '../../group-by.ts';
import type { ExistingAccessEntry } from '../../inventory/model.ts';
import {
  type Authorizer,
  EVERYBODY,
  isDefault,
  type SubjectKind,
  type UserRights,
} from '../../rbac/authorizer.ts';
import { type BoundRole, bindingText } from '../../rbac/model.ts';
import { type FoundRisk, risksOf, risksTogether, throughText } from '../../rbac/risks.ts';
import {
  hasRules,
  mailHelp,
  mailText,
  subjectText,
  UnboundNames,
  unreplacedMails,
} from '../../rbac/unbound.ts';
import { listed, printable, quoted } from '../../text.ts';
import type { ClusterContext, LintContext, ListEntry } from '../context.ts';
import type { Detection, Rule } from '../rule.ts';
import { arnRange, groupRange, usernameRange } from '../rule.ts';
import { looksJoined } from './names.ts';

/** An entry with the names that it gives, as far as the entry itself tells. */
interface NamedEntry extends KubernetesIdentity {
  readonly listEntry: ListEntry;
}

/** What the rules look up; of one ConfigMap after the other. */
interface Lookup {
  readonly authorizer: Authorizer;
  readonly unbound: UnboundNames;
  readonly riskTexts: Map<string, string>;
  readonly possible: Map<string, readonly BoundRole[]>;
  readonly togetherTexts: Map<string, string>;
}

const LOOKUPS = new WeakMap<Authorizer, Lookup>();

function lookupIn({ options: { rbac } }: Pick<LintContext, 'options'>): Lookup | undefined {
  if (!rbac) return undefined;
  const lookup = LOOKUPS.get(rbac) ?? {
    authorizer: rbac,
    unbound: new UnboundNames(rbac),
    riskTexts: new Map(),
    possible: new Map(),
    togetherTexts: new Map(),
  };
  LOOKUPS.set(rbac, lookup);
  return lookup;
}

const NAMED = new WeakMap<LintContext, readonly NamedEntry[]>();

/** The entries through which somebody may get in, once their ARN is right. */
function namedEntries(context: LintContext): readonly NamedEntry[] {
  const known = NAMED.get(context) ?? findNamedEntries(context);
  NAMED.set(context, known);
  return known;
}

function findNamedEntries(context: LintContext): NamedEntry[] {
  const byAccessEntry = context.overridden;
  return context.effective.flatMap((listEntry) => {
    if (byAccessEntry.has(listEntry)) return [];
    const identity = identityOfEntry(listEntry.entry);
    return identity ? { listEntry, ...identity } : [];
  });
}

/** The access entries through which somebody may get in. */
function livingEntries(context: ClusterContext): ExistingAccessEntry[] {
  return context.judged.filter(mayLive).map(({ entry }) => entry);
}

/** The groups of an entry, each once, that mean nothing without a binding. */
function ownGroups({ groups }: Pick<NamedEntry, 'groups'>): string[] {
  const isOwn = (group: string) =>
    group !== '' &&
    !isNodeGroup(group) &&
    systemNameOf('group', group) === undefined &&
    (!group.startsWith('system:') || isUnknownSystemGroup(group));
  return [...new Set(groups)].filter(isOwn);
}

function rangeOfGroup({ listEntry, groups }: NamedEntry, group: string): Detection['range'] {
  return groupRange(listEntry, groups.indexOf(group));
}

/** What is left to people of an entry that gives them nothing itself. */
function noRights({ everybody }: Pick<UserRights, 'everybody'>): string {
  return everybody.every(isDefault)
    ? 'whoever gets in through this entry has no rights'
    : 'whoever gets in through this entry has only the rights of everybody';
}

const unboundGroup: Rule = {
  name: 'unbound-group',
  severity: 'warning',
  fix: 'none',
  summary:
    'No RoleBinding or ClusterRoleBinding names a group, or only to a role that does not exist or has no rules (with --rbac)',
  consequence: 'it grants nothing',
  help: 'Correct the name, or bind the group with `kubectl create clusterrolebinding NAME --clusterrole=view --group=GROUP`, in one namespace with `kubectl create rolebinding NAME --clusterrole=view --group=GROUP -n NAMESPACE`.',
  *detect(context) {
    const lookup = lookupIn(context);
    if (!lookup) return;
    for (const named of namedEntries(context)) {
      const groups = ownGroups(named).filter((group) => isUnbound(group, lookup));
      if (groups.length === 0) continue;
      const rights = lookup.authorizer.rightsOf(named);
      const consequence = grantsAnything(named, rights, lookup) ? {} : { consequence: noRights(rights) };
      for (const group of groups)
        yield {
          range: rangeOfGroup(named, group),
          ...lookup.unbound.text('Group', group),
          ...consequence,
        };
    }
  },
  *detectInCluster(context) {
    const lookup = lookupIn(context);
    if (!lookup) return;
    for (const { principalArn, type, kubernetesGroups: groups } of livingEntries(context)) {
      if (type !== 'STANDARD') continue;
      for (const group of ownGroups({ groups }).filter((one) => isUnbound(one, lookup))) {
        const { what, help } = lookup.unbound.text('Group', group);
        yield { what: `access entry ${printable(principalArn)}: ${what}`, help };
      }
    }
  },
};

/** Whether no binding gives a group a role, and no other rule says so. */
function isUnbound(group: string, { unbound }: Lookup): boolean {
  return !looksJoined(group) && !unbound.hasRole('Group', group) && nearSystemGroup(group) === undefined;
}

function grantsAnything(
  { username, groups }: NamedEntry,
  { isMaster, own, everybody }: UserRights,
  lookup: Lookup,
): boolean {
  if (isMaster || groups.some(isNodeGroup) || own.some(hasRules)) return true;
  const ofEverybody = new Set(everybody.map(({ binding }) => binding));
  const becomes = (kind: SubjectKind, name: string) =>
    possibleRoles(kind, name, lookup).some(({ binding }) => !ofEverybody.has(binding));
  return becomes('User', username) || groups.some((group) => group !== MASTERS && becomes('Group', group));
}

/** The roles with rules of what variables in a name can become: those of thousands of names, so looked for once. */
function possibleRoles(
  kind: SubjectKind,
  name: string,
  { authorizer, possible }: Lookup,
): readonly BoundRole[] {
  const { roles: byName } = authorizer.ofName(kind, name);
  // Nothing to remember of thousands of names that no binding has.
  if (byName.size === 0) return [];
  const known = possible.get(`${kind} ${name}`);
  if (known) return known;
  const found = [...byName].flatMap(([one, roles]) => (one === name ? [] : roles.filter(hasRules)));
  possible.set(`${kind} ${name}`, found);
  return found;
}

const unboundUser: Rule = {
  name: 'unbound-user',
  severity: 'warning',
  fix: 'none',
  summary:
    'An entry has no groups, and no RoleBinding or ClusterRoleBinding names its user, or one names it with the @ of an e-mail address (with --rbac)',
  consequence: 'whoever gets in through this entry has no rights',
  help: 'Add a group that a binding names, or bind the user with `kubectl create clusterrolebinding NAME --clusterrole=view --user=USER`.',
  *detect(context) {
    const lookup = lookupIn(context);
    if (!lookup) return;
    const isLost = lostGroups(context);
    const entries = namedEntries(context);
    const said = new Set<string>();
    for (const named of entries) {
      const { username, listEntry } = named;
      const groups = named.groups.filter((group) => group !== '' && !EVERYBODY.includes(group));
      if (groups.length > 0 || isLost(listEntry) || username === '' || username.startsWith('system:'))
        continue;
      const rights = lookup.authorizer.rightsOf(named);
      if (grantsAnything(named, rights, lookup)) continue;
      said.add(username);
      const { what, help } = lookup.unbound.text('User', username);
      yield {
        range: usernameRange(listEntry),
        what: `the entry has no groups, and ${what}`,
        consequence: noRights(rights),
        help,
      };
    }
    yield* unreplacedUsers(
      entries.filter(({ username }) => !said.has(username)),
      lookup,
    );
  },
};

/** Users of bindings that nobody is, at the first of the entries whose username they are meant for. */
function* unreplacedUsers(entries: readonly NamedEntry[], { authorizer }: Lookup): Generator<Detection> {
  for (const [username, [first]] of groupBy(entries, (named) => named.username)) {
    if (!first || !templateMatcher(username)) continue;
    for (const mail of unreplacedMails(username, authorizer))
      yield {
        range: usernameRange(first.listEntry),
        what: mailText(mail),
        consequence: 'the binding gives them nothing',
        help: mailHelp(mail, authorizer),
      };
  }
}

/** Whether an entry has lost a group, which another rule reports. */
function lostGroups({ lists }: LintContext): (listEntry: ListEntry) => boolean {
  const lost = new Map(
    lists.map(({ key, loaded }) => [
      key,
      new Set(loaded.errors.filter(({ field }) => field === 'groups').map(({ index }) => index)),
    ]),
  );
  return ({ list, entry }) => lost.get(list.key)?.has(entry.index) ?? false;
}

export const anonymousAdmin: Rule = {
  name: 'anonymous-admin',
  severity: 'warning',
  fix: 'none',
  summary:
    'A binding gives the rights of an administrator to whoever calls without credentials (with --rbac)',
  consequence: 'whoever reaches the API server can take over the cluster',
  help: 'Remove system:unauthenticated and system:anonymous from the subjects of the binding: a cluster needs them in that of system:public-info-viewer alone.',
  *detect(context) {
    const what = anybodyText(context);
    if (what === '') return;
    const [first] = context.entries;
    const range = first ? arnRange(first) : { map: null, start: 0, end: 0, index: null };
    yield { range, what };
  },
  *detectInCluster({ file, isFileIgnored, options }) {
    const what = file && !isFileIgnored ? '' : anybodyText({ options });
    if (what !== '') yield { what };
  },
};

/** Empty where it takes credentials to be an administrator. */
function anybodyText(context: Pick<LintContext, 'options'>): string {
  const authorizer = lookupIn(context)?.authorizer;
  const risks = authorizer ? roleRisksText(authorizer.anybody, authorizer) : '';
  return risks === '' ? '' : `anybody, without credentials, ${adminText(risks)}`;
}

const adminByBinding: Rule = {
  name: 'admin-by-binding',
  severity: 'note',
  fix: 'none',
  summary:
    'A binding makes people of an entry administrators, at once or by one step more, without system:masters (with --rbac)',
  consequence: 'whoever gets in through this entry can take over the cluster',
  help: 'Remove the subject from the binding, unless that is meant.',
  *detect(context) {
    const lookup = lookupIn(context);
    if (!lookup) return;
    const people = namedEntries(context).filter(({ listEntry: { entry } }) => !isClusterAdmin(entry));
    const [first] = people;
    const everybody = first ? roleRisksText(lookup.authorizer.everybody, lookup.authorizer) : '';
    if (first && everybody)
      yield { range: arnRange(first.listEntry), what: `everybody ${adminText(everybody)}` };
    for (const named of people)
      for (const group of new Set(named.groups)) {
        // Of everybody there is a word already, and of these nobody needs one.
        if (group === MASTERS || group === AUTHENTICATED || systemNameOf('group', group) !== undefined)
          continue;
        const risks = risksText('Group', group, lookup);
        const range = rangeOfGroup(named, group);
        if (risks) yield { range, what: `${subjectText('Group', group)} ${adminText(risks)}` };
      }
    yield* adminUsers(people, lookup);
    for (const named of people) {
      const together = togetherText(named, lookup);
      if (together !== '')
        yield {
          range: arnRange(named.listEntry),
          what: `the user and groups of this entry together have the rights of an administrator (${together})`,
        };
    }
  },
  *detectInCluster(context) {
    const lookup = lookupIn(context);
    if (!lookup) return;
    const everybody =
      context.file && !context.isFileIgnored
        ? ''
        : roleRisksText(lookup.authorizer.everybody, lookup.authorizer);
    if (everybody !== '') yield { what: `everybody ${adminText(everybody)}` };
    for (const entry of livingEntries(context)) {
      if (entry.type !== 'STANDARD' || entry.policies.some(isClusterAdminPolicy)) continue;
      const { username, groups } = entryTemplates(entry);
      const subjects: [SubjectKind, string][] = [
        ['User', username],
        ...[...new Set(groups)].map((group): [SubjectKind, string] => ['Group', group]),
      ];
      for (const [kind, name] of subjects) {
        const risks = name === AUTHENTICATED ? '' : risksText(kind, name, lookup);
        const who = `access entry ${printable(entry.principalArn)}: ${subjectText(kind, name)}`;
        const help = kind === 'User' && isOfSystem(name) ? { help: OWN_USERNAME } : {};
        if (risks !== '') yield { what: `${who} ${adminText(risks)}`, ...help };
      }
      const together = togetherText({ username, groups }, lookup);
      const names = `access entry ${printable(entry.principalArn)}: its user and groups together`;
      if (together !== '') yield { what: `${names} have the rights of an administrator (${together})` };
    }
  },
};

const OWN_USERNAME =
  'Kubernetes and EKS bind users of this prefix themselves, so leave the binding: write a username of your own in the entry, such as "sso:{{SessionName}}".';

/** Whether a username is, or becomes, one that Kubernetes or EKS keep to themselves. */
function isOfSystem(username: string): boolean {
  return administratorBy({ username, groups: [] }) !== null;
}

/** Where variables make many users of a name, the first of the entries with it speaks for all. */
function* adminUsers(entries: readonly NamedEntry[], lookup: Lookup): Generator<Detection> {
  for (const [username, sharing] of groupBy(entries, (named) => named.username)) {
    const risks = risksText('User', username, lookup);
    if (!risks) continue;
    const what = `${subjectText('User', username)} ${adminText(risks)}`;
    const [first, ...others] = sharing;
    // The control plane needs its binding: it is the entry that is wrong.
    const help = isOfSystem(username) ? { help: OWN_USERNAME } : {};
    if (!templateMatcher(username))
      yield* sharing.map(({ listEntry }) => ({ range: usernameRange(listEntry), what, ...help }));
    else if (first)
      yield {
        ...help,
        range: usernameRange(first.listEntry),
        what: others.length > 0 ? `${what}, in ${sharing.length} entries` : what,
        consequence: 'whoever that is can take over the cluster',
      };
  }
}

function adminText(risks: string): string {
  return `has the rights of an administrator (${risks})`;
}

/** `cluster admin by ClusterRoleBinding ops at rbac.yaml:12:1`; a name that variables were replaced in stands before it. Empty without risks. */
function risksText(kind: SubjectKind, name: string, { authorizer, riskTexts }: Lookup): string {
  const known = riskTexts.get(`${kind} ${name}`);
  if (known !== undefined) return known;
  const texts = [...authorizer.ofName(kind, name).roles].flatMap(([one, roles]) => {
    const text = roleRisksText(roles, authorizer);
    return text === '' ? [] : `${one === name ? '' : `${quoted(one)}: `}${text}`;
  });
  const text = listed(texts);
  riskTexts.set(`${kind} ${name}`, text);
  return text;
}

/**
 * What a user and groups are administrators by, though none of the names alone is; empty where there is nothing. Found once for all entries
 * whose names give the same.
 */
function togetherText(user: KubernetesIdentity, lookup: Lookup): string {
  const { authorizer, togetherTexts } = lookup;
  const counts = (kind: SubjectKind, name: string) =>
    name.startsWith('system:') || authorizer.ofName(kind, name).roles.size > 0;
  const username = counts('User', user.username) ? user.username : '';
  const groups = user.groups.filter((group) => counts('Group', group));
  const key = JSON.stringify([username, ...groups]);
  const text = togetherTexts.get(key) ?? findTogetherText({ username, groups }, lookup);
  togetherTexts.set(key, text);
  return text;
}

/** What a session may become besides is another person's for each name. */
function findTogetherText(user: KubernetesIdentity, { authorizer }: Lookup): string {
  const { own, everybody } = authorizer.rightsOf(user);
  const all = distinctRoles([...own, ...everybody]);
  const alone = new Set(all.flatMap((bound) => risksOf([bound], authorizer).map(({ text }) => text)));
  return textOf(risksTogether(all, authorizer).filter(({ text }) => !alone.has(text)));
}

/** The first of those with one role in one namespace: what they allow is the same. */
function distinctRoles(roles: readonly BoundRole[]): BoundRole[] {
  const seen = new Map<BoundRole['role'], Set<string | null>>();
  return roles.filter(({ role, binding: { namespace } }) => {
    const namespaces = seen.get(role) ?? new Set();
    if (namespaces.has(namespace)) return false;
    seen.set(role, namespaces.add(namespace));
    return true;
  });
}

function roleRisksText(roles: readonly BoundRole[], authorizer: Authorizer): string {
  return textOf(risksOf(roles, authorizer));
}

function textOf(risks: readonly FoundRisk[]): string {
  return risks
    .map((found) => `${found.text} by ${throughText(found, ({ binding }) => bindingText(binding))}`)
    .join(', ');
}

export const rbacRules: readonly Rule[] = [unboundGroup, unboundUser, anonymousAdmin, adminByBinding];
