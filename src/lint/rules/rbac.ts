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
import type { LoadedEntry } from '../../authenticator/loaded.ts';
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
import type { LintContext } from '../context.ts';
import {
  atArn,
  atGroup,
  atUsername,
  type Detection,
  type PlacedDetection,
  type Rule,
  rule,
  WHOLE_FILE,
} from '../rule.ts';
import { looksJoined } from './names.ts';

/** An entry with the names that it gives, as far as the entry itself tells. */
interface NamedEntry extends KubernetesIdentity {
  readonly entry: LoadedEntry;
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

function lookupOf({ rbac }: LintContext): Lookup | undefined {
  return rbac && lookupIn(rbac);
}

/** The entries through which somebody may get in, once their ARN is right. */
const namedEntries = memo((context: LintContext): readonly NamedEntry[] => {
  const byAccessEntry = context.overriddenByAccessEntry;
  return context.admitting.flatMap((entry) => {
    const identity = byAccessEntry.has(entry) ? null : identityOfEntry(entry);
    return identity ? { entry, ...identity } : [];
  });
});

/** The access entries through which somebody may get in. */
function livingEntries(context: LintContext): ExistingAccessEntry[] {
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

/** Whether what a cluster gives to everybody is said of its access entries, since there is no aws-auth that counts. */
function isSaidOfCluster({ awsAuth, isFileIgnored, eks }: LintContext): boolean {
  return eks !== undefined && (awsAuth === null || isFileIgnored);
}

/** What is left to people of an entry that gives them nothing itself. */
function noRights({ everybody }: Pick<UserRights, 'everybody'>): string {
  return everybody.every(isDefault)
    ? 'whoever gets in through this entry has no rights'
    : 'whoever gets in through this entry has only the rights of everybody';
}

const unboundGroup = rule({
  name: 'unbound-group',
  severity: 'warning',
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
      const consequence = grantsAnything(named, rights, lookup) ? undefined : noRights(rights);
      for (const group of groups) {
        const { what, help } = lookup.unbound.text('Group', group);
        yield atGroup(named.entry, named.groups.indexOf(group), what, { consequence, help });
      }
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
});

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

const unboundUser = rule({
  name: 'unbound-user',
  severity: 'warning',
  summary:
    'An entry has no groups, and no RoleBinding or ClusterRoleBinding names its user, or one names it with the @ of an e-mail address (with --rbac)',
  consequence: 'whoever gets in through this entry has no rights',
  help: 'Add a group that a binding names, or bind the user with `kubectl create clusterrolebinding NAME --clusterrole=view --user=USER`.',
  *detect(context) {
    const lookup = lookupOf(context);
    if (!lookup) return;
    const isLost = context.lostIn('groups');
    const entries = namedEntries(context);
    const said = new Set<string>();
    for (const named of entries) {
      const { username, entry } = named;
      const groups = named.groups.filter((group) => group !== '' && !EVERYBODY.includes(group));
      if (groups.length > 0 || isLost(entry) || username === '' || username.startsWith('system:')) continue;
      const rights = lookup.authorizer.rightsOf(named);
      if (grantsAnything(named, rights, lookup)) continue;
      said.add(username);
      const { what, help } = lookup.unbound.text('User', username);
      yield atUsername(entry, `the entry has no groups, and ${what}`, {
        consequence: noRights(rights),
        help,
      });
    }
    yield* unreplacedUsers(
      entries.filter(({ username }) => !said.has(username)),
      lookup,
    );
  },
});

/** Users of bindings that nobody is, at the first of the entries whose username they are meant for. */
function* unreplacedUsers(
  entries: readonly NamedEntry[],
  { authorizer }: Lookup,
): Generator<PlacedDetection> {
  for (const [username, [first]] of groupBy(entries, (named) => named.username)) {
    if (!first || !templateMatcher(username)) continue;
    for (const { what, help } of unreplacedMails(username, authorizer))
      yield atUsername(first.entry, what, { consequence: 'the binding gives them nothing', help });
  }
}

const anonymousAdmin = rule({
  name: 'anonymous-admin',
  severity: 'warning',
  summary:
    'A binding gives the rights of an administrator to whoever calls without credentials (with --rbac)',
  consequence: 'whoever reaches the API server can take over the cluster',
  help: 'Remove system:unauthenticated and system:anonymous from the subjects of the binding: a cluster needs them in that of system:public-info-viewer alone.',
  // Who needs no credentials needs no aws-auth either.
  isAboutMode: true,
  *detect(context) {
    const what = isSaidOfCluster(context) ? '' : anybodyText(context);
    const [first] = context.entries;
    if (what === '') return;
    if (first) yield atArn(first, what);
    else if (context.awsAuth) yield { range: WHOLE_FILE, what };
  },
  *detectInCluster(context) {
    const what = isSaidOfCluster(context) ? anybodyText(context) : '';
    if (what !== '') yield { what };
  },
});

/** Empty where it takes credentials to be an administrator. */
function anybodyText({ rbac }: LintContext): string {
  const risks = rbac ? textOf(risksOf(rbac.anybody, rbac)) : '';
  return risks === '' ? '' : `anybody, without credentials, ${adminText(risks)}`;
}

const adminByBinding = rule({
  name: 'admin-by-binding',
  severity: 'note',
  summary:
    'A binding makes people of an entry administrators, at once or by one step more, without system:masters (with --rbac)',
  consequence: 'whoever gets in through this entry can take over the cluster',
  help: 'Remove the subject from the binding, unless that is meant.',
  *detect(context) {
    const lookup = lookupOf(context);
    if (!lookup) return;
    const people = namedEntries(context).filter(({ entry }) => !isClusterAdmin(entry));
    const [first] = people;
    const everybody = lookup.everybody();
    if (everybody !== '' && first) yield atArn(first.entry, everybody);
    for (const named of people)
      for (const group of new Set(named.groups)) {
        // Of everybody there is a word already, and of these nobody needs one.
        if (group === MASTERS || group === AUTHENTICATED || systemNameOf('group', group) !== undefined)
          continue;
        const what = lookup.adminText('Group', group);
        if (what !== '') yield atGroup(named.entry, named.groups.indexOf(group), what);
      }
    yield* adminUsers(people, lookup);
    for (const named of people) {
      const together = lookup.together(named);
      const what = `the user and groups of this entry together have the rights of an administrator (${together})`;
      if (together !== '') yield atArn(named.entry, what);
    }
  },
  *detectInCluster(context) {
    const lookup = lookupOf(context);
    if (!lookup) return;
    const everybody = isSaidOfCluster(context) ? lookup.everybody() : '';
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
});

/** Of a username that is, or becomes, one that Kubernetes or EKS keep to themselves: it is the entry that is wrong, not the binding. */
function ownUsername(username: string): Pick<Detection, 'help'> {
  if (administratorBy({ username, groups: [] }) === null) return {};
  return {
    help: 'Kubernetes and EKS bind users of this prefix themselves, so leave the binding: write a username of your own in the entry, such as "sso:{{SessionName}}".',
  };
}

/** Where variables make many users of a name, the first of the entries with it speaks for all. */
function* adminUsers(entries: readonly NamedEntry[], lookup: Lookup): Generator<PlacedDetection> {
  for (const [username, sharing] of groupBy(entries, (named) => named.username)) {
    const what = lookup.adminText('User', username);
    if (what === '') continue;
    const [first, ...others] = sharing;
    const help = ownUsername(username);
    if (!templateMatcher(username)) yield* sharing.map(({ entry }) => atUsername(entry, what, help));
    else if (first)
      yield atUsername(first.entry, others.length > 0 ? `${what}, in ${sharing.length} entries` : what, {
        ...help,
        consequence: 'whoever that is can take over the cluster',
      });
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
