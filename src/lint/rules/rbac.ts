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
import { memo, once } from '../../memo.ts';
import {
  type Authorizer,
  bySubject,
  EVERYBODY,
  isDefault,
  type SubjectKind,
  type UserRights,
} from '../../rbac/authorizer.ts';
import { unreplacedMails } from '../../rbac/mails.ts';
import { type BoundRole, bindingText, boundRoleText } from '../../rbac/model.ts';
import { type FoundRisk, risksOf, risksTogether, throughText } from '../../rbac/risks.ts';
import { hasRules, subjectText, UnboundNames } from '../../rbac/unbound.ts';
import { listed, printable, quoted } from '../../text.ts';
import type { ClusterContext, LintContext, ListEntry } from '../context.ts';
import type { Detection, Rule } from '../rule.ts';
import { arnRange, groupRange, usernameRange } from '../rule.ts';
import { looksJoined } from './names.ts';

/** An entry with the names that it gives, as far as the entry itself tells. */
interface NamedEntry extends KubernetesIdentity {
  readonly listEntry: ListEntry;
}

/** What the rules look up, each once. */
const lookupIn = memo((authorizer: Authorizer) => ({
  authorizer,
  unbound: new UnboundNames(authorizer),
  everybody: once(() => {
    const risks = textOf(risksOf(authorizer.everybody, authorizer));
    return risks === '' ? '' : `everybody ${adminText(risks)}`;
  }),
  /** `the group "ops" has the rights of an administrator (cluster admin by ClusterRoleBinding ops)`; empty without risks. */
  adminText: bySubject((kind, name) => {
    // A name that variables were replaced in stands before its risks.
    const texts = [...authorizer.ofName(kind, name).roles].flatMap(([one, roles]) => {
      const text = textOf(risksOf(roles, authorizer));
      return text === '' ? [] : `${one === name ? '' : `${quoted(one)}: `}${text}`;
    });
    return texts.length === 0 ? '' : `${subjectText(kind, name)} ${adminText(listed(texts))}`;
  }),
  /** The roles with rules of what variables in a name can become. */
  possible: bySubject((kind, name) =>
    [...authorizer.ofName(kind, name).roles].flatMap(([one, roles]) =>
      one === name ? [] : roles.filter(hasRules),
    ),
  ),
  /** Once for all entries whose names give the same. */
  together: memo(
    (user: KubernetesIdentity) => togetherText(user, authorizer),
    ({ username, groups }) => {
      const counts = (kind: SubjectKind, name: string) =>
        name.startsWith('system:') || authorizer.ofName(kind, name).roles.size > 0;
      return JSON.stringify([
        counts('User', username) ? username : '',
        ...groups.filter((group) => counts('Group', group)),
      ]);
    },
  ),
}));
type Lookup = ReturnType<typeof lookupIn>;

function lookupOf({ options: { rbac } }: Pick<LintContext, 'options'>): Lookup | undefined {
  return rbac && lookupIn(rbac);
}

/** The entries through which somebody may get in, once their ARN is right. */
const namedEntries = memo((context: LintContext): readonly NamedEntry[] => {
  const byAccessEntry = context.overridden;
  return context.effective.flatMap((listEntry) => {
    if (byAccessEntry.has(listEntry)) return [];
    const identity = identityOfEntry(listEntry.entry);
    return identity ? { listEntry, ...identity } : [];
  });
});

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
    const lookup = lookupOf(context);
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
    const lookup = lookupOf(context);
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
  { possible }: Lookup,
): boolean {
  if (isMaster || groups.some(isNodeGroup) || own.some(hasRules)) return true;
  const ofEverybody = new Set(everybody.map(({ binding }) => binding));
  const becomes = (roles: readonly BoundRole[]) => roles.some(({ binding }) => !ofEverybody.has(binding));
  return (
    becomes(possible('User', username)) ||
    groups.some((group) => group !== MASTERS && becomes(possible('Group', group)))
  );
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
    const lookup = lookupOf(context);
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
        what: mail.what,
        consequence: 'the binding gives them nothing',
        help: mail.help,
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
function anybodyText({ options: { rbac } }: Pick<LintContext, 'options'>): string {
  const risks = rbac ? textOf(risksOf(rbac.anybody, rbac)) : '';
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
    const lookup = lookupOf(context);
    if (!lookup) return;
    const people = namedEntries(context).filter(({ listEntry: { entry } }) => !isClusterAdmin(entry));
    const [first] = people;
    if (first && lookup.everybody() !== '')
      yield { range: arnRange(first.listEntry), what: lookup.everybody() };
    for (const named of people)
      for (const group of new Set(named.groups)) {
        // Of everybody there is a word already, and of these nobody needs one.
        if (group === MASTERS || group === AUTHENTICATED || systemNameOf('group', group) !== undefined)
          continue;
        const what = lookup.adminText('Group', group);
        if (what !== '') yield { range: rangeOfGroup(named, group), what };
      }
    yield* adminUsers(people, lookup);
    for (const named of people) {
      const together = lookup.together(named);
      if (together !== '')
        yield {
          range: arnRange(named.listEntry),
          what: `the user and groups of this entry together have the rights of an administrator (${together})`,
        };
    }
  },
  *detectInCluster(context) {
    const lookup = lookupOf(context);
    if (!lookup) return;
    const everybody = context.file && !context.isFileIgnored ? '' : lookup.everybody();
    if (everybody !== '') yield { what: everybody };
    for (const entry of livingEntries(context)) {
      if (entry.type !== 'STANDARD' || entry.policies.some(isClusterAdminPolicy)) continue;
      const { username, groups } = entryTemplates(entry);
      const entryText = `access entry ${printable(entry.principalArn)}`;
      const user = lookup.adminText('User', username);
      if (user !== '') yield { what: `${entryText}: ${user}`, ...ownUsername(username) };
      for (const group of new Set(groups)) {
        const what = group === AUTHENTICATED ? '' : lookup.adminText('Group', group);
        if (what !== '') yield { what: `${entryText}: ${what}` };
      }
      const together = lookup.together({ username, groups });
      if (together !== '')
        yield {
          what: `${entryText}: its user and groups together have the rights of an administrator (${together})`,
        };
    }
  },
};

/** Of a username that is, or becomes, one that Kubernetes or EKS keep to themselves: it is the entry that is wrong, not the binding. */
function ownUsername(username: string): Pick<Detection, 'help'> {
  if (administratorBy({ username, groups: [] }) === null) return {};
  return {
    help: 'Kubernetes and EKS bind users of this prefix themselves, so leave the binding: write a username of your own in the entry, such as "sso:{{SessionName}}".',
  };
}

/** Where variables make many users of a name, the first of the entries with it speaks for all. */
function* adminUsers(entries: readonly NamedEntry[], lookup: Lookup): Generator<Detection> {
  for (const [username, sharing] of groupBy(entries, (named) => named.username)) {
    const what = lookup.adminText('User', username);
    if (what === '') continue;
    const [first, ...others] = sharing;
    const help = ownUsername(username);
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

/** What a user and groups are administrators by, though none of the names alone is; empty where there is nothing. */
function togetherText({ username, groups }: KubernetesIdentity, authorizer: Authorizer): string {
  // What a session may become besides is another person's for each name.
  const { own, everybody } = authorizer.rightsOf({ username, groups });
  // What one role allows in one namespace is the same by whichever binding.
  const byRole = groupBy([...own, ...everybody], boundRoleText);
  const all = [...byRole.values()].flatMap(([first]) => first ?? []);
  const alone = all.flatMap((bound) => risksOf([bound], authorizer));
  return textOf(risksTogether(all, alone, authorizer));
}

function textOf(risks: readonly FoundRisk[]): string {
  return risks
    .map((found) => `${found.text} by ${throughText(found, ({ binding }) => bindingText(binding))}`)
    .join(', ');
}

export const rbacRules: readonly Rule[] = [unboundGroup, unboundUser, anonymousAdmin, adminByBinding];
