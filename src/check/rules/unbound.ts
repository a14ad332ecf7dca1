import {
  isNodeGroup,
  isUnknownSystemGroup,
  MASTERS,
  nearSystemGroup,
  reservedNameOf,
} from '../../aws-auth/groups.ts';
import { templateMatcher } from '../../aws-auth/templates.ts';
import { groupBy } from '../../group-by.ts';
import { bindProblem } from '../../mapping/problems.ts';
import { memo } from '../../memo.ts';
import { type Authorizer, bySubject, EVERYBODY, isDefault, type UserRights } from '../../rbac/authorizer.ts';
import type { BoundRole } from '../../rbac/model.ts';
import { hasRules, UnboundNames, unreplacedMails } from '../../rbac/unbound.ts';
import { fileArgument, printable } from '../../text.ts';
import type { CheckContext, NamedEntry } from '../context.ts';
import { atGroup, atUsername, type PlacedDetection, type Rule, rule } from '../rule.ts';
import { looksJoined } from './names.ts';

/** Memoized lookups shared by the rules. */
const lookupIn = memo((authorizer: Authorizer) => ({
  authorizer,
  unbound: new UnboundNames(authorizer),
  /** Roles with rules that are bound to the names that variables can produce. */
  possible: bySubject((kind, name) =>
    [...authorizer.ofName(kind, name).roles].flatMap(([one, roles]) =>
      one === name ? [] : roles.filter(hasRules),
    ),
  ),
}));
type Lookup = ReturnType<typeof lookupIn>;

/** An entry's distinct groups that grant no permissions without a binding. */
function ownGroups({ groups }: Pick<NamedEntry, 'groups'>): string[] {
  const isOwn = (group: string) =>
    group !== '' &&
    !isNodeGroup(group) &&
    reservedNameOf('group', group) === undefined &&
    (!group.startsWith('system:') || isUnknownSystemGroup(group));
  return [...new Set(groups)].filter(isOwn);
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
  help: 'Correct the name, or bind the group with `kubectl create clusterrolebinding NAME --clusterrole=view --group=GROUP`. For one namespace, use `kubectl create rolebinding NAME --clusterrole=view --group=GROUP -n NAMESPACE`. Or add `bind` to its mapping in a config, and apply the output of `aws-auth-sso bindings`.',
  *detect(context) {
    const lookup = context.rbac && lookupIn(context.rbac);
    if (!lookup) return;
    for (const named of context.namedEntries) {
      const groups = ownGroups(named).filter((group) => isUnbound(group, lookup));
      if (groups.length === 0) continue;
      const rights = lookup.authorizer.rightsOf(named);
      const consequence = grantsAnything(named, rights, lookup) ? undefined : noPermissions(rights);
      for (const group of groups) {
        const { what, help } = unboundText(group, lookup, context);
        yield atGroup(named.entry, named.groups.indexOf(group), what, { consequence, help });
      }
    }
  },
  *detectInCluster(context) {
    const lookup = context.rbac && lookupIn(context.rbac);
    if (!lookup) return;
    for (const { principalArn, type, kubernetesGroups: groups } of context.livingEntries) {
      if (type !== 'STANDARD') continue;
      for (const group of ownGroups({ groups }).filter((one) => isUnbound(one, lookup))) {
        const { what, help } = unboundText(group, lookup, context);
        yield { what: `access entry ${printable(principalArn)}: ${what}`, help };
      }
    }
  },
});

/** The problem, and the next step: with a config that maps the group, by its `bind`. */
function unboundText(group: string, { unbound, authorizer }: Lookup, { options }: CheckContext) {
  const { what, help } = unbound.text('Group', group);
  // Another binding helps no group whose roles are missing or have no rules.
  if (authorizer.isBound('Group', group)) return { what, help };
  const own = options.mappings?.filter(({ groups }) => groups.includes(group)) ?? [];
  const bound = own.find(({ bind }) => bind.length > 0);
  const bindable = own.find(({ groups }) => groups.every((one) => bindProblem(one) === undefined));
  const { location, text } = (bound ?? bindable)?.origin ?? {};
  if (!location) return { what, help };
  const apply = `aws-auth-sso bindings -c ${fileArgument(location.file)} | kubectl apply -f -`;
  if (bound) return { what, help: `The config binds it (${text}). Apply its bindings: ${apply}` };
  const add = `Or add a role to its mapping (${text}), such as \`bind: [{role: view}]\`, then: ${apply}`;
  return { what, help: `${help}\n${add}` };
}

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
    const lookup = context.rbac && lookupIn(context.rbac);
    if (!lookup) return;
    const isLost = context.lostIn('groups');
    const entries = context.namedEntries;
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

export const unboundRules: readonly Rule[] = [unboundGroup, unboundUser];
