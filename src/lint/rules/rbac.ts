import { overriddenUsers, templateMatcher } from '../../authenticator/caller.ts';
import {
  isClusterAdmin,
  isNodeGroup,
  isUnknownSystemGroup,
  nearSystemGroup,
} from '../../authenticator/groups.ts';
import { groupBy } from '../../group-by.ts';
import type { Authorizer } from '../../rbac/authorizer.ts';
import { type Binding, type BoundRole, bindingText, EVERYBODY } from '../../rbac/model.ts';
import { RISK_TEXTS, risksOf } from '../../rbac/risks.ts';
import { listed, nearNames, quoted, shellWord } from '../../text.ts';
import type { LintContext, ListEntry } from '../context.ts';
import { arnRange, groupRange, usernameRange } from '../locate.ts';
import { isDenied } from '../resolution.ts';
import type { Detection, Rule } from '../rule.ts';
import { looksJoined } from './names.ts';

type SubjectKind = 'Group' | 'User';

/** What is wrong with a name that no binding gives a role, and what to do. */
type UnboundText = Required<Pick<Detection, 'what' | 'help'>>;

/** What the bindings say of a username or group of an entry. */
interface NameRights {
  /** Those that name it, or what its variables can make of it; also where their role does not exist. */
  readonly bindings: readonly Binding[];
  /** By the name that the binding has. */
  readonly roles: ReadonlyMap<string, readonly BoundRole[]>;
}

/** What the bindings say of names; cached, since thousands of entries share few of them. */
export class RightsByName {
  readonly authorizer: Authorizer;
  private readonly rights = new Map<string, NameRights>();
  private readonly unboundTexts = new Map<string, UnboundText>();
  private readonly riskTexts = new Map<string, string>();
  private readonly known = new Map<string, readonly string[]>();
  private compared = 0;

  constructor(authorizer: Authorizer) {
    this.authorizer = authorizer;
  }

  of(kind: SubjectKind, name: string): NameRights {
    return cached(this.rights, `${kind} ${name}`, () => rightsOf(kind, name, this));
  }

  hasRole(kind: SubjectKind, name: string): boolean {
    return this.of(kind, name).roles.size > 0;
  }

  unboundText(kind: SubjectKind, name: string): UnboundText {
    return cached(this.unboundTexts, `${kind} ${name}`, () => unboundTextOf(kind, name, this));
  }

  /** Empty where there are no risks. */
  risksText(kind: SubjectKind, name: string): string {
    return cached(this.riskTexts, `${kind} ${name}`, () => risksTextOf(kind, name, this));
  }

  /** The groups or users that bindings name. */
  names(kind: SubjectKind): readonly string[] {
    return cached(this.known, kind, () => [...this.authorizer.boundNames(kind)]);
  }

  /** Names that may be meant, none that Kubernetes keeps to itself: with or without a prefix such as `oidc:`, in another case, misspelled. */
  near(name: string, known: readonly string[]): readonly string[] {
    if (name.length > MAX_NEAR || this.compared > MAX_COMPARED) return [];
    this.compared += known.length;
    const short = known.filter((one) => one.length <= MAX_NEAR && !one.startsWith('system:'));
    const prefixed = short.filter((one) => isPrefixed(one, name) || isPrefixed(name, one));
    return [...new Set([...prefixed, ...nearNames(name, short)])].slice(0, 3);
  }
}

/** Nobody writes longer names by hand, and to compare them takes long. */
const MAX_NEAR = 100;
/** Takes about half a second; a file with so many misspelled names needs no help for the last of them. */
const MAX_COMPARED = 500_000;

function isPrefixed(long: string, short: string): boolean {
  const at = long.length - short.length - 1;
  return (
    at > 0 && ':/-'.includes(long.charAt(at)) && long.slice(at + 1).toLowerCase() === short.toLowerCase()
  );
}

function cached<Value>(values: Map<string, Value>, key: string, make: () => Value): Value {
  const known = values.get(key);
  if (known !== undefined) return known;
  const made = make();
  values.set(key, made);
  return made;
}

function rightsOf(kind: SubjectKind, name: string, rights: RightsByName): NameRights {
  const { authorizer } = rights;
  const matches = templateMatcher(name);
  const names = matches ? rights.names(kind).filter(matches) : [name];
  const roles = names.flatMap((one) => {
    const user = kind === 'Group' ? { username: '', groups: [one] } : { username: one, groups: [] };
    const all = authorizer.rolesOf(user);
    const bound = all.filter(({ subject }) => subject.kind === kind && subject.name === one);
    return bound.length > 0 ? [[one, bound] as const] : [];
  });
  return { bindings: names.flatMap((one) => authorizer.bindingsOf(kind, one)), roles: new Map(roles) };
}

const RIGHTS = new WeakMap<Authorizer, RightsByName>();

function rightsIn({ options: { rbac } }: LintContext): RightsByName | undefined {
  if (!rbac) return undefined;
  const rights = RIGHTS.get(rbac) ?? new RightsByName(rbac);
  RIGHTS.set(rbac, rights);
  return rights;
}

/** The entries through which somebody may get in, once their ARN is right. */
function effectiveEntries(context: LintContext): ListEntry[] {
  const loaded = (key: 'mapRoles' | 'mapUsers') => context.list(key)?.loaded.entries ?? [];
  const overridden = overriddenUsers({ mapRoles: loaded('mapRoles'), mapUsers: loaded('mapUsers') });
  return context.entries.filter(
    ({ entry }) => !entry.sso && !entry.shadowed && !overridden.has(entry) && !isDenied(entry),
  );
}

/** The groups of an entry, each once, that mean nothing without a binding. */
function ownGroups({ entry: { groups } }: ListEntry): string[] {
  const isOwn = (group: string) =>
    group !== '' && !isNodeGroup(group) && (!group.startsWith('system:') || isUnknownSystemGroup(group));
  return [...new Set(groups ?? [])].filter(isOwn);
}

function rangeOfGroup(listEntry: ListEntry, group: string): Detection['range'] {
  return groupRange(listEntry, listEntry.entry.groups?.indexOf(group) ?? 0);
}

const NO_RIGHTS = 'whoever gets in through this entry has no rights';

const unboundGroup: Rule = {
  name: 'unbound-group',
  severity: 'warning',
  fix: 'none',
  summary:
    'No RoleBinding or ClusterRoleBinding names a group, or only to a role that does not exist (with --rbac)',
  consequence: 'it grants nothing',
  help: 'Correct the name, or bind the group with `kubectl create clusterrolebinding NAME --clusterrole=view --group=GROUP`, in one namespace with `kubectl create rolebinding NAME --clusterrole=edit --group=GROUP -n NAMESPACE`.',
  *detect(context) {
    const rights = rightsIn(context);
    if (!rights) return;
    for (const listEntry of effectiveEntries(context)) {
      const groups = ownGroups(listEntry).filter((group) => isUnbound(group, rights));
      const consequence =
        groups.length > 0 && !grantsAnything(listEntry, rights) ? { consequence: NO_RIGHTS } : {};
      for (const group of groups)
        yield {
          range: rangeOfGroup(listEntry, group),
          ...rights.unboundText('Group', group),
          ...consequence,
        };
    }
  },
};

/** Whether no binding gives a group a role, and no other rule says so. */
function isUnbound(group: string, rights: RightsByName): boolean {
  return !looksJoined(group) && !rights.hasRole('Group', group) && nearSystemGroup(group) === undefined;
}

function grantsAnything({ entry }: ListEntry, rights: RightsByName): boolean {
  const { username, groups } = entry;
  return (
    isClusterAdmin(entry) ||
    (groups ?? []).some((group) => isNodeGroup(group) || isOwnRole(group, rights)) ||
    rights.hasRole('User', username)
  );
}

/** Whether a group has a role that not everybody has. */
function isOwnRole(group: string, rights: RightsByName): boolean {
  return !EVERYBODY.includes(group) && rights.hasRole('Group', group);
}

function unboundTextOf(kind: SubjectKind, name: string, rights: RightsByName): UnboundText {
  const { bindings } = rights.of(kind, name);
  const subject = subjectText(kind, name);
  const [first] = bindings;
  if (!first) return { what: `no binding names ${subject}`, help: unboundHelp(kind, name, rights) };
  const roles = bindings.map((binding) => {
    const { kind: roleKind, name: role } = binding.roleRef;
    return `${roleKind}/${role} in ${bindingText(binding)}`;
  });
  return {
    what: `bindings give ${subject} only roles that do not exist (${listed(roles)})`,
    help: danglingHelp(first, rights),
  };
}

function subjectText(kind: SubjectKind, name: string): string {
  const noun = kind === 'Group' ? 'group' : 'user';
  return templateMatcher(name) ? `a ${noun} that ${quoted(name)} can become` : `the ${noun} ${quoted(name)}`;
}

function unboundHelp(kind: SubjectKind, name: string, rights: RightsByName): string {
  if (templateMatcher(name)) return 'Give the entry a group that a binding names, or bind its users by name.';
  const other = kind === 'Group' ? 'User' : 'Group';
  const [mistaken] = rights.authorizer.bindingsOf(other, name);
  if (mistaken) return `${bindingText(mistaken)} names it as kind: ${other}: write kind: ${kind} there.`;
  const near = rights.near(name, rights.names(kind));
  const meant =
    near.length > 0 ? `Did you mean ${near.map(quoted).join(' or ')}? If not, bind it: ` : 'Bind it: ';
  const option = shellWord(`--${kind.toLowerCase()}=${name}`);
  return `${meant}\`kubectl create clusterrolebinding ${bindingNameFor(name)} --clusterrole=view ${option}\`, or a rolebinding with -n NAMESPACE.`;
}

/** A name for a new binding: without what no name of one may have, or a shell would take for something else. */
function bindingNameFor(subject: string): string {
  const name = subject.replace(/[^\w.:-]+/g, '-').replace(/^-+/, '');
  return `${name.slice(0, 60) || 'people'}-view`;
}

/** `roleRef` cannot change. */
function danglingHelp({ kind, namespace, roleRef }: Binding, rights: RightsByName): string {
  const names = rights.authorizer.rbac.roles
    .filter((role) => role.kind === roleRef.kind && (role.namespace === null || role.namespace === namespace))
    .map(({ name }) => name);
  const near = rights.near(roleRef.name, names);
  const meant = near.length > 0 ? `Did you mean ${near.map(quoted).join(' or ')}? ` : '';
  return `${meant}Create the role, or delete the ${kind} and create it with another: a roleRef cannot change.`;
}

const unboundUser: Rule = {
  name: 'unbound-user',
  severity: 'warning',
  fix: 'none',
  summary: 'An entry has no groups, and no RoleBinding or ClusterRoleBinding names its user (with --rbac)',
  consequence: NO_RIGHTS,
  help: 'Add a group that a binding names, or bind the user with `kubectl create clusterrolebinding NAME --clusterrole=view --user=USER`.',
  *detect(context) {
    const rights = rightsIn(context);
    if (!rights) return;
    const isLost = lostGroups(context);
    for (const listEntry of effectiveEntries(context)) {
      const { username, groups } = listEntry.entry;
      const hasGroups = (groups ?? []).some((group) => group !== '' && !EVERYBODY.includes(group));
      if (
        hasGroups ||
        isLost(listEntry) ||
        username === '' ||
        username.startsWith('system:') ||
        rights.hasRole('User', username)
      )
        continue;
      const { what, help } = rights.unboundText('User', username);
      yield {
        range: usernameRange(listEntry),
        what: `the entry has no groups, and ${what}`,
        help,
      };
    }
  },
};

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

const adminByBinding: Rule = {
  name: 'admin-by-binding',
  severity: 'note',
  fix: 'none',
  summary:
    'A binding makes people of an entry administrators, at once or by one step more, without system:masters (with --rbac)',
  consequence: 'whoever gets in through this entry can take over the cluster',
  help: 'Remove the subject from the binding, unless that is meant.',
  *detect(context) {
    const rights = rightsIn(context);
    if (!rights) return;
    const entries = effectiveEntries(context).filter(({ entry }) => !isClusterAdmin(entry));
    const everybody = rights.risksText('Group', 'system:authenticated');
    const [first] = entries;
    if (everybody && first) yield { range: arnRange(first), what: `everybody ${adminText(everybody)}` };
    for (const listEntry of entries)
      for (const group of ownGroups(listEntry)) {
        const risks = rights.risksText('Group', group);
        const range = rangeOfGroup(listEntry, group);
        if (risks) yield { range, what: `${subjectText('Group', group)} ${adminText(risks)}` };
      }
    yield* adminUsers(entries, rights);
  },
};

/** Where variables make many users of a name, the first of the entries with it speaks for all. */
function* adminUsers(entries: readonly ListEntry[], rights: RightsByName): Generator<Detection> {
  for (const [username, sharing] of groupBy(entries, ({ entry }) => entry.username)) {
    const risks = rights.risksText('User', username);
    if (!risks) continue;
    const what = `${subjectText('User', username)} ${adminText(risks)}`;
    const [first, ...others] = sharing;
    if (!templateMatcher(username))
      yield* sharing.map((listEntry) => ({ range: usernameRange(listEntry), what }));
    else if (first)
      yield {
        range: usernameRange(first),
        what: others.length > 0 ? `${what}, in ${sharing.length} entries` : what,
        consequence: 'whoever that is can take over the cluster',
      };
  }
}

function adminText(risks: string): string {
  return `has the rights of an administrator (${risks})`;
}

/** `cluster admin by ClusterRoleBinding ops at rbac.yaml:12:1`; a name that variables were replaced in stands before it. */
function risksTextOf(kind: SubjectKind, name: string, rights: RightsByName): string {
  const texts = [...rights.of(kind, name).roles].flatMap(([one, roles]) => {
    const risks = risksOf(roles, rights.authorizer);
    if (risks.length === 0) return [];
    const all = risks.map(({ risk, through }) => `${RISK_TEXTS[risk]} by ${bindingText(through.binding)}`);
    return `${one === name ? '' : `${quoted(one)}: `}${all.join(', ')}`;
  });
  return listed(texts);
}

export const rbacRules: readonly Rule[] = [unboundGroup, unboundUser, adminByBinding];
