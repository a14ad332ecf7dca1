import { AUTHENTICATED, hasSession, isClusterAdmin, MASTERS } from '../aws-auth/groups.ts';
import type { GivenNames } from '../aws-auth/loaded.ts';
import type { KubernetesIdentity } from '../aws-auth/resolve-caller.ts';
import { hasVariable, sessionIn, TemplateNames, templateMatcher } from '../aws-auth/templates.ts';
import { isClusterAdminPolicy } from '../eks.ts';
import { groupBy } from '../group-by.ts';
import { memo, once } from '../memo.ts';
import { boundPolicy } from './access-policies.ts';
import { type KubernetesMinor, NEWEST } from './kubernetes-version.ts';
import {
  type AwsAuthState,
  accountOf,
  type Binding,
  type BoundRole,
  boundRoleText,
  manifestId,
  type RbacRole,
  type Subject,
} from './model.ts';

/** The group and username of callers without credentials. */
const UNAUTHENTICATED = 'system:unauthenticated';
const ANONYMOUS = 'system:anonymous';
/** Groups that anyone can be in. */
export const EVERYBODY: readonly string[] = [AUTHENTICATED, UNAUTHENTICATED];

/** Roles that every cluster grants to everyone: to see who they are and what the API serves. */
const OF_EVERYBODY: readonly string[] = [
  'system:basic-user',
  'system:discovery',
  'system:public-info-viewer',
];

/** A service account is a user, too: `system:serviceaccount:NAMESPACE:NAME`. */
export type SubjectKind = 'User' | 'Group';

/** The bindings and roles of a username or group. */
interface NameRights {
  /** The bindings that name it, or a name that its variables can become, even if their role doesn't exist. */
  readonly bindings: readonly Binding[];
  /** By the name in the binding. */
  readonly roles: ReadonlyMap<string, readonly BoundRole[]>;
}

/** The permissions of a username and groups; each binding once. */
export interface UserRights {
  /**
   * True with system:masters or a cluster admin access policy, which need no binding: the lists don't include what
   * the default one grants.
   */
  readonly isMaster: boolean;
  /** From the names as they are, and from access policies. */
  readonly own: readonly BoundRole[];
  /** Additional roles, from names that variables in the username or in a group can become. */
  readonly possible: () => readonly BoundRole[];
  /** Roles of each caller who may have more: a session has one name, in the username and in all groups. */
  readonly callers: () => readonly PossibleCaller[];
  /** Additional roles that every authenticated caller has. */
  readonly everybody: readonly BoundRole[];
}

/** A caller whose names depend on variables. */
export interface PossibleCaller {
  /** Null if the names don't follow from the session name alone. */
  readonly session: string | null;
  readonly roles: readonly BoundRole[];
}

/** The roles and bindings of a cluster. */
interface Rbac {
  readonly roles: readonly RbacRole[];
  readonly bindings: readonly Binding[];
  /** When the data on what every cluster has was read. */
  readonly dataDate?: string;
  /** The bindings that the cluster's Kubernetes version creates, as it creates them; none if unknown. */
  readonly defaultBindings?: readonly Binding[];
}

type NamedBy = readonly [Binding, Subject];

/**
 * Looks up a user's permissions in the roles and bindings of a cluster, like the API server (kubernetes,
 * plugin/pkg/auth/authorizer/rbac).
 */
export class Authorizer {
  /** False without RBAC manifests: then `rbac` is at most what every cluster grants. */
  readonly knowsBindings: boolean;
  readonly rbac: Rbac;
  readonly kubernetesVersion: KubernetesMinor;
  readonly awsAuth: AwsAuthState;
  /** The roles of every authenticated caller, except those that every cluster grants. */
  readonly everybody: readonly BoundRole[];
  /** The roles of callers without credentials, except those that every cluster grants. */
  readonly anybody: readonly BoundRole[];
  /** The bindings and roles of a username or group, with or without variables. */
  readonly ofName = bySubject((kind, name): NameRights => {
    const matching = this.namesOfTemplate(kind, name);
    if (!matching) return this.ofExactName(kind, name);
    const all = matching.map((one) => this.ofName(kind, one));
    return {
      bindings: all.flatMap(({ bindings }) => bindings),
      roles: new Map(all.flatMap(({ roles }) => [...roles])),
    };
  });

  /** The names of all groups or users in bindings. */
  readonly boundNames = memo((kind: SubjectKind): ReadonlySet<string> => new Set(this.named[kind].keys()));
  private readonly roles: ReadonlyMap<string, RbacRole>;
  /** The bindings that name a user or group, with the matching subject. */
  private readonly named = { User: new Map<string, NamedBy[]>(), Group: new Map<string, NamedBy[]>() };
  private readonly authenticated: readonly BoundRole[];
  private readonly templates = memo((kind: SubjectKind) => new TemplateNames([...this.boundNames(kind)]));

  /** @param rbac null if unknown; then, or if it is only what every cluster grants, see `knowsBindings` */
  constructor(
    rbac: Rbac | null,
    kubernetesVersion: KubernetesMinor = NEWEST,
    awsAuth: AwsAuthState = 'may count',
    knowsBindings = rbac !== null,
  ) {
    this.knowsBindings = knowsBindings;
    this.rbac = rbac ?? { roles: [], bindings: [] };
    this.kubernetesVersion = kubernetesVersion;
    this.awsAuth = awsAuth;
    this.roles = new Map(this.rbac.roles.map((role) => [manifestId(role), role]));
    for (const binding of this.rbac.bindings)
      for (const subject of binding.subjects) this.name(subject, binding);
    this.authenticated = unseen(this.rolesOf('Group', AUTHENTICATED));
    this.everybody = this.rolesOf('Group', AUTHENTICATED).filter((bound) => !isDefault(bound));
    this.anybody = this.rightsOf({ username: ANONYMOUS, groups: [UNAUTHENTICATED] }).own;
  }

  /** The same roles and bindings in a cluster about whose aws-auth more is known. */
  readonly withAwsAuth: (state: AwsAuthState) => Authorizer = memo((state) =>
    state === this.awsAuth
      ? this
      : new Authorizer(this.rbac, this.kubernetesVersion, state, this.knowsBindings),
  );

  /** The role that a binding refers to; undefined if it doesn't exist: the API server skips such a binding. */
  roleOf(binding: Binding): RbacRole | undefined {
    const { namespace, roleRef } = binding;
    return this.roles.get(manifestId({ ...roleRef, namespace: roleRef.kind === 'Role' ? namespace : null }));
  }

  /** True if a binding names a group or user, whatever its role is. */
  isBound(kind: SubjectKind, name: string): boolean {
    return this.named[kind].has(name);
  }

  /** True if bindings name users or groups that an entry renders for each person. */
  mayNamePeople(entries: readonly GivenNames[]): boolean {
    const isNamed = (kind: SubjectKind, template: string) =>
      hasSession(template) && this.ofName(kind, template).bindings.length > 0;
    return entries.some(
      ({ username, groups }) =>
        isNamed('User', username) || (groups ?? []).some((group) => isNamed('Group', group)),
    );
  }

  /** The users and groups that matching bindings name; service accounts by their usernames. */
  subjectsOf(isMeant: (binding: Binding) => boolean): (readonly [kind: SubjectKind, name: string])[] {
    return (['User', 'Group'] as const).flatMap((kind) => {
      const named = [...this.named[kind]].filter(([, all]) => all.some(([binding]) => isMeant(binding)));
      return named.map(([name]) => [kind, name] as const);
    });
  }

  /** The roles that bindings grant to exactly this username or group. */
  rolesOf(kind: SubjectKind, name: string): readonly BoundRole[] {
    return this.ofName(kind, name).roles.get(name) ?? NO_ROLES;
  }

  /**
   * A user's names that may grant permissions: thousands of users with different names share few of these. The rest make
   * no difference to `rightsOf`.
   */
  effective({ username, groups, policies = [] }: KubernetesIdentity): KubernetesIdentity {
    const counts = (kind: SubjectKind, name: string) =>
      name.startsWith('system:') ||
      (kind === 'Group' && hasVariable(name)) ||
      this.ofName(kind, name).roles.size > 0;
    return {
      username: counts('User', username) ? username : '',
      groups: groups.filter((group) => counts('Group', group)),
      policies,
    };
  }

  /**
   * Permissions that bindings grant a user, whose names may have variables. All commands use this.
   * @param further alternative usernames of the user
   */
  rightsOf(user: KubernetesIdentity, further: readonly string[] = []): UserRights {
    const named = this.namesWithRoles(user);
    // Every caller with credentials is in system:authenticated (k8s.io/apiserver, pkg/authentication/group).
    const isAuthenticated = ![user.username, ...user.groups].some(isUnauthenticated);
    const authenticated = isAuthenticated ? this.authenticated : NO_ROLES;
    // For the policy that makes its holder cluster admin, see `isMaster`.
    const policies = (user.policies ?? []).filter((policy) => !isClusterAdminPolicy(policy));
    const ofPolicies = policies.length === 0 ? NO_ROLES : policies.flatMap(boundPolicy);
    // Fast path for thousands of entries whose names are unbound.
    if (named.length === 0 && further.length === 0)
      return {
        isMaster: isClusterAdmin(user),
        own: ofPolicies,
        everybody: authenticated,
        possible: () => NO_ROLES,
        callers: () => [],
      };
    const exact = [...ofPolicies, ...named.flatMap(([name, { roles }]) => roles.get(name) ?? [])];
    const isOfEverybody = (bound: BoundRole) =>
      (bound.subject.kind === 'Group' && bound.subject.name === AUTHENTICATED) || isDefault(bound);
    const own = unseen(exact.filter((bound) => !isOfEverybody(bound)));
    const everybody = unseen([...exact, ...authenticated], own);
    // Lazy: many callers don't need it, and variables may become thousands of names.
    const possible = once(() => this.possibleNames(named, further));
    return {
      isMaster: isClusterAdmin(user),
      own,
      everybody,
      possible: () =>
        unseen(
          possible().flatMap(({ roles }) => roles),
          [...own, ...everybody],
        ),
      callers: () => this.callersOf({ named, further }),
    };
  }

  private possibleNames(named: readonly NamedRights[], further: readonly string[]): PossibleName[] {
    const others = further.map((name) => ({ template: '', name, roles: this.rolesOf('User', name) }));
    const ofTemplates = named.flatMap(([template, { roles }]) =>
      [...roles].flatMap(([name, bound]) => (name === template ? [] : { template, name, roles: bound })),
    );
    return [...ofTemplates, ...others];
  }

  /** Thousands of entries share few templates, which may become thousands of names. */
  private readonly callersOf = memo(
    ({
      named,
      further,
    }: {
      readonly named: readonly NamedRights[];
      readonly further: readonly string[];
    }): readonly PossibleCaller[] => possibleCallers(this.possibleNames(named, further)),
    ({ named, further }) => {
      const isTemplate = ([name, { roles }]: NamedRights) => [...roles.keys()].some((one) => one !== name);
      const templates = named.filter(isTemplate).map(([name, , kind]) => [kind, name]);
      return JSON.stringify([templates, further]);
    },
  );

  private name(subject: Subject, binding: Binding): void {
    const [kind, name] = userOrGroup(subject, binding);
    if (kind !== 'User' && kind !== 'Group') return;
    const known = this.named[kind].get(name);
    if (known) known.push([binding, subject]);
    else this.named[kind].set(name, [[binding, subject]]);
  }

  private namesWithRoles({ username, groups }: KubernetesIdentity): NamedRights[] {
    const named: NamedRights[] = [];
    const user = this.ofName('User', username);
    if (user.roles.size > 0) named.push([username, user, 'User']);
    for (const group of groups) {
      const rights = group === MASTERS ? undefined : this.ofName('Group', group);
      if (rights && rights.roles.size > 0) named.push([group, rights, 'Group']);
    }
    return named;
  }

  /** The bound names that a template can become; undefined if it is not a template. */
  private namesOfTemplate(kind: SubjectKind, name: string): string[] | undefined {
    if (!templateMatcher(name)) return undefined;
    const known = this.templates(kind);
    return known.matching(name)?.flatMap((index) => known.names[index] ?? []);
  }

  private ofExactName(kind: SubjectKind, name: string): NameRights {
    const pairs = this.named[kind].get(name);
    if (!pairs) return NO_RIGHTS;
    const roles = pairs.flatMap(([binding, subject]) => {
      const role = this.roleOf(binding);
      return role ? { role, binding, subject } : [];
    });
    return {
      bindings: pairs.map(([binding]) => binding),
      roles: new Map(roles.length > 0 ? [[name, roles]] : []),
    };
  }
}

/** Evaluates access policies where the cluster's roles and bindings are unknown. */
export function withoutRbac(kubernetesVersion: KubernetesMinor = NEWEST): Authorizer {
  return blank(kubernetesVersion);
}

const blank = memo((kubernetesVersion: KubernetesMinor) => new Authorizer(null, kubernetesVersion));

/** Caches the result of a function for each username and group: thousands of entries share few of them. */
export function bySubject<Value>(
  make: (kind: SubjectKind, name: string) => Value,
): (kind: SubjectKind, name: string) => Value {
  const known = memo((kind: SubjectKind) => memo((name: string) => make(kind, name)));
  return (kind, name) => known(kind)(name);
}

const NO_ROLES: readonly BoundRole[] = [];
/** A shared object: there may be thousands of unbound names. */
const NO_RIGHTS: NameRights = { bindings: [], roles: new Map() };

/** The roles whose bindings are not among others, each once. */
function unseen(roles: readonly BoundRole[], others: readonly BoundRole[] = []): BoundRole[] {
  const seen = new Set(others.map(({ binding }) => binding));
  return roles.filter(({ binding }) => !seen.has(binding) && seen.add(binding));
}

type NamedRights = readonly [name: string, rights: NameRights, kind: SubjectKind];

/** A name that a template becomes, and its roles. */
interface PossibleName {
  readonly template: string;
  readonly name: string;
  readonly roles: readonly BoundRole[];
}

/** One of the callers whose names have the same roles. */
export const distinctCallers = memo((callers: readonly PossibleCaller[]): readonly PossibleCaller[] => {
  const byRoles = groupBy(callers, ({ roles }) => {
    const byName = groupBy(roles, ({ subject }) => JSON.stringify(subject));
    return [...byName.values()]
      .map((all) => all.map(boundRoleText).sort().join('\n'))
      .sort()
      .join('\n\n');
  });
  return [...byRoles.values()].flatMap(([first]) => first ?? []);
});

/** Adds up the roles of names that one session has together. */
function possibleCallers(names: readonly PossibleName[]): PossibleCaller[] {
  const sessions = names.map((one) => ({ ...one, session: sessionIn(one.template, one.name) }));
  const rolesOf = (some: readonly PossibleName[]) => some.flatMap(({ roles }) => roles);
  const apart = sessions.filter(({ session }) => session === undefined);
  const bySession = groupBy(
    sessions.flatMap(({ session, ...one }) => (session ? { ...one, ...session } : [])),
    ({ rendered }) => rendered,
  );
  return [
    ...[...groupBy(apart, ({ name }) => name).values()].map((same) => ({
      session: null,
      roles: rolesOf(same),
    })),
    ...[...bySession].flatMap(([rendered, all]) => {
      const raws = new Set(all.flatMap(({ raw }) => raw ?? []));
      const named = raws.size > 0 ? [...raws] : [rendered];
      return named.map((session) => ({
        session,
        roles: rolesOf(all.filter(({ raw }) => raw === null || raw === session)),
      }));
    }),
  ];
}

/** True if a username or group is only that of callers without credentials. */
export function isUnauthenticated(name: string): boolean {
  return name === ANONYMOUS || name === UNAUTHENTICATED;
}

/** True if every cluster grants this role to everyone. */
export function isDefault({ role, subject }: BoundRole): boolean {
  const isEverybody = subject.kind === 'Group' && EVERYBODY.includes(subject.name);
  return isEverybody && OF_EVERYBODY.includes(role.name);
}

/**
 * The kind and name to look up a subject with: a service account is a user, unless no service account can have its
 * name.
 */
export function userOrGroup(
  { kind, name, namespace }: Subject,
  binding: Binding,
): readonly [Subject['kind'], string] {
  if (kind !== 'ServiceAccount') return [kind, name];
  const username = `system:serviceaccount:${namespace ?? binding.namespace ?? ''}:${name}`;
  return [accountOf(username) ? 'User' : kind, username];
}
