import { entryTemplates, isClusterAdminPolicy } from '../../access-entry.ts';
import {
  AUTHENTICATED,
  administratorBy,
  isClusterAdmin,
  isNodeGroup,
  isUnknownSystemGroup,
  MASTERS,
  nearSystemGroup,
  reservedNameOf,
} from '../../authenticator/groups.ts';
import type { LoadedEntry } from '../../authenticator/loaded.ts';
import { identityOfEntry, type KubernetesIdentity } from '../../authenticator/resolve-caller.ts';
import { templateMatcher } from '../../authenticator/templates.ts';
import { groupBy } from '../../group-by.ts';
import { memo, once } from '../../memo.ts';
import { type Authorizer, bySubject, EVERYBODY, isDefault, type UserRights } from '../../rbac/authorizer.ts';
import type { BoundRole } from '../../rbac/model.ts';
import { risksOf } from '../../rbac/risks.ts';
import { hasRules, subjectText, UnboundNames, unreplacedMails } from '../../rbac/unbound.ts';
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
import { adminText, CAN_TAKE_OVER, combinedRisks, haveAdminText, risksThrough } from './admin-risks.ts';
import { looksJoined } from './names.ts';

/** An entry with the identity that it assigns. */
interface NamedEntry extends KubernetesIdentity {
  readonly entry: LoadedEntry;
}

/** Memoized lookups shared by the rules. */
const lookupIn = memo((authorizer: Authorizer) => ({
  authorizer,
  unbound: new UnboundNames(authorizer),
  everybody: once(() => {
    const risks = risksThrough(risksOf(authorizer.everybody, authorizer));
    return risks === '' ? '' : `everyone ${adminText(risks)}`;
  }),
  /**
   * `the group "ops" has admin-equivalent permissions (cluster admin through ClusterRoleBinding ops)`; empty without
   * risks.
   */
  adminText: bySubject((kind, name) => {
    // If variables were replaced, the resulting name precedes its risks.
    const texts = [...authorizer.ofName(kind, name).roles].flatMap(([one, roles]) => {
      const text = risksThrough(risksOf(roles, authorizer));
      return text === '' ? [] : `${one === name ? '' : `as ${quoted(one)}, `}${text}`;
    });
    return texts.length === 0 ? '' : `${subjectText(kind, name)} ${adminText(listed(texts))}`;
  }),
  /** Roles with rules that are bound to the names that variables can produce. */
  possible: bySubject((kind, name) =>
    [...authorizer.ofName(kind, name).roles].flatMap(([one, roles]) =>
      one === name ? [] : roles.filter(hasRules),
    ),
  ),
  /** Computed once per set of names that matter. */
  together: memo(
    (user: KubernetesIdentity) => risksThrough(combinedRisks(user, authorizer)),
    (user) => JSON.stringify(authorizer.effective(user)),
  ),
}));
type Lookup = ReturnType<typeof lookupIn>;

function lookupOf({ rbac }: LintContext): Lookup | undefined {
  return rbac && lookupIn(rbac);
}

/** Entries that grant access once their ARN is right. */
const namedEntries = memo((context: LintContext): readonly NamedEntry[] => {
  const byAccessEntry = context.overriddenByAccessEntry;
  return context.admitting.flatMap((entry) => {
    const identity = byAccessEntry.has(entry) ? null : identityOfEntry(entry);
    return identity ? { entry, ...identity } : [];
  });
});

/** An entry's distinct groups that grant no permissions without a binding. */
function ownGroups({ groups }: Pick<NamedEntry, 'groups'>): string[] {
  const isOwn = (group: string) =>
    group !== '' &&
    !isNodeGroup(group) &&
    reservedNameOf('group', group) === undefined &&
    (!group.startsWith('system:') || isUnknownSystemGroup(group));
  return [...new Set(groups)].filter(isOwn);
}

/** True if permissions of everyone are reported for the cluster, because no aws-auth applies to it. */
function isReportedForCluster({ awsAuth, isFileIgnored, eks }: LintContext): boolean {
  return eks !== undefined && (awsAuth === null || isFileIgnored);
}

/** The consequence of an entry that grants no permissions itself. */
function noPermissions({ everybody }: Pick<UserRights, 'everybody'>): string {
  return everybody.every(isDefault)
    ? NO_PERMISSIONS
    : 'anyone who uses this entry has only the permissions granted to everyone';
}

const NO_PERMISSIONS = 'anyone who uses this entry has no permissions';

const unboundGroup = rule({
  name: 'unbound-group',
  severity: 'note',
  summary:
    'No RoleBinding or ClusterRoleBinding grants a group permissions. None names it, or its roles are missing or have no rules. Needs --rbac.',
  consequence: 'it grants no permissions',
  help: 'Correct the name, or bind the group with `kubectl create clusterrolebinding NAME --clusterrole=view --group=GROUP`. For one namespace, use `kubectl create rolebinding NAME --clusterrole=view --group=GROUP -n NAMESPACE`.',
  *detect(context) {
    const lookup = lookupOf(context);
    if (!lookup) return;
    for (const named of namedEntries(context)) {
      const groups = ownGroups(named).filter((group) => isUnbound(group, lookup));
      if (groups.length === 0) continue;
      const rights = lookup.authorizer.rightsOf(named);
      const consequence = grantsAnything(named, rights, lookup) ? undefined : noPermissions(rights);
      for (const group of groups) {
        const { what, help } = lookup.unbound.text('Group', group);
        yield atGroup(named.entry, named.groups.indexOf(group), what, { consequence, help });
      }
    }
  },
  *detectInCluster(context) {
    const lookup = lookupOf(context);
    if (!lookup) return;
    for (const { principalArn, type, kubernetesGroups: groups } of context.livingEntries) {
      if (type !== 'STANDARD') continue;
      for (const group of ownGroups({ groups }).filter((one) => isUnbound(one, lookup))) {
        const { what, help } = lookup.unbound.text('Group', group);
        yield { what: `access entry ${printable(principalArn)}: ${what}`, help };
      }
    }
  },
});

/** True if no binding grants a group a role, and no other rule reports the group. */
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
  severity: 'note',
  summary:
    'An entry has no groups, and no binding names its user. Also reported if a RoleBinding or ClusterRoleBinding names the user with the @ of an e-mail address. Needs --rbac.',
  consequence: NO_PERMISSIONS,
  help: 'Add a group that a binding names, or bind the user with `kubectl create clusterrolebinding NAME --clusterrole=view --user=USER`.',
  *detect(context) {
    const lookup = lookupOf(context);
    if (!lookup) return;
    const isLost = context.lostIn('groups');
    const entries = namedEntries(context);
    const reported = new Set<string>();
    for (const named of entries) {
      const { username, entry } = named;
      const groups = named.groups.filter((group) => group !== '' && !EVERYBODY.includes(group));
      if (groups.length > 0 || isLost(entry) || username === '' || username.startsWith('system:')) continue;
      const rights = lookup.authorizer.rightsOf(named);
      if (grantsAnything(named, rights, lookup)) continue;
      reported.add(username);
      const { what, help } = lookup.unbound.text('User', username);
      yield atUsername(entry, `the entry has no groups, and ${what}`, {
        consequence: noPermissions(rights),
        help,
      });
    }
    yield* unreplacedUsers(
      entries.filter(({ username }) => !reported.has(username)),
      lookup,
    );
  },
});

/** Binding subjects that no session matches, reported at the first entry with the intended username. */
function* unreplacedUsers(
  entries: readonly NamedEntry[],
  { authorizer }: Lookup,
): Generator<PlacedDetection> {
  for (const [username, [first]] of groupBy(entries, (named) => named.username)) {
    if (!first || !templateMatcher(username)) continue;
    for (const { what, help } of unreplacedMails(username, authorizer))
      yield atUsername(first.entry, what, {
        consequence: 'the binding grants that person no permissions',
        help,
      });
  }
}

const anonymousAdmin = rule({
  name: 'anonymous-admin',
  severity: 'warning',
  summary: 'A binding grants admin-equivalent permissions to callers without credentials. Needs --rbac.',
  consequence: 'anyone who can reach the API server can take over the cluster',
  help: 'Remove system:unauthenticated and system:anonymous from the subjects of the binding. A cluster needs them only in the binding system:public-info-viewer.',
  // Callers without credentials don't depend on aws-auth.
  isAboutMode: true,
  *detect(context) {
    const what = isReportedForCluster(context) ? '' : anybodyText(context);
    const [first] = context.entries;
    if (what === '') return;
    if (first) yield atArn(first, what);
    else if (context.awsAuth) yield { range: WHOLE_FILE, what };
  },
  *detectInCluster(context) {
    const what = isReportedForCluster(context) ? anybodyText(context) : '';
    if (what !== '') yield { what };
  },
});

/** Empty if callers need credentials to become cluster admin. */
function anybodyText({ rbac }: LintContext): string {
  const risks = rbac ? risksThrough(risksOf(rbac.anybody, rbac)) : '';
  return risks === '' ? '' : `anyone without credentials ${adminText(risks)}`;
}

const adminByBinding = rule({
  name: 'admin-by-binding',
  severity: 'warning',
  summary:
    "A binding makes an entry's callers cluster admin without system:masters. It grants cluster admin directly, or permissions that are one step away from it. Needs --rbac.",
  consequence: CAN_TAKE_OVER,
  help: 'Remove the subject from the binding, unless intentional.',
  *detect(context) {
    const lookup = lookupOf(context);
    if (!lookup) return;
    const people = namedEntries(context).filter(({ entry }) => !isClusterAdmin(entry));
    const [first] = people;
    const everybody = lookup.everybody();
    if (everybody !== '' && first) yield atArn(first.entry, everybody);
    for (const named of people)
      for (const group of new Set(named.groups)) {
        // Reported once for everyone above; the other two are cluster admin by definition or have their own rule.
        if (group === MASTERS || group === AUTHENTICATED || reservedNameOf('group', group) !== undefined)
          continue;
        const what = lookup.adminText('Group', group);
        if (what !== '') yield atGroup(named.entry, named.groups.indexOf(group), what);
      }
    yield* adminUsers(people, lookup);
    for (const named of people) {
      const together = lookup.together(named);
      const what = `the user and groups of this entry together ${haveAdminText(together)}`;
      if (together !== '') yield atArn(named.entry, what);
    }
  },
  *detectInCluster(context) {
    const lookup = lookupOf(context);
    if (!lookup) return;
    const everybody = isReportedForCluster(context) ? lookup.everybody() : '';
    if (everybody !== '') yield { what: everybody };
    for (const entry of context.livingEntries) {
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
          what: `${entryText}: its user and groups together ${haveAdminText(together)}`,
        };
    }
  },
});

/** Help for a username that is, or can become, reserved by Kubernetes or EKS: the entry is wrong, not the binding. */
function ownUsername(username: string): Pick<Detection, 'help'> {
  if (administratorBy({ username, groups: [] }) === null) return {};
  return {
    help: 'Keep the binding: Kubernetes and EKS manage bindings for users with this prefix. Write another username in the entry, such as "sso:{{SessionName}}".',
  };
}

/** A username with variables is reported once, at the first entry that has it. */
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
        consequence: 'that user can take over the cluster',
      });
  }
}

export const rbacRules: readonly Rule[] = [unboundGroup, unboundUser, anonymousAdmin, adminByBinding];
