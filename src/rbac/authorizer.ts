import { AUTHENTICATED, isClusterAdmin, MASTERS } from '../authenticator/groups.ts';
import type { KubernetesIdentity } from '../authenticator/resolve-caller.ts';
import { TemplateNames, templateMatcher } from '../authenticator/templates.ts';
import { memo } from '../memo.ts';
import { type KubernetesMinor, NEWEST } from './kubernetes-version.ts';
import {
  type Binding,
  type BoundRole,
  bindsRoleEverywhere,
  manifestId,
  type RbacRole,
  type Subject,
} from './model.ts';

/** Whoever calls without credentials is in it, by this name. */
const UNAUTHENTICATED = 'system:unauthenticated';
const ANONYMOUS = 'system:anonymous';
/** Groups that say nothing of who is in them. */
export const EVERYBODY: readonly string[] = [AUTHENTICATED, UNAUTHENTICATED];

/** Roles that every cluster gives to everybody: to ask who they are, and what the API serves. */
const OF_EVERYBODY: readonly string[] = [
  'system:basic-user',
  'system:discovery',
  'system:public-info-viewer',
];

/** A service account is a user, too: `system:serviceaccount:NAMESPACE:NAME`. */
export type SubjectKind = 'User' | 'Group';

/** What bindings say of a username or group. */
interface NameRights {
  /** Those that name it, or what its variables can become; also where their role does not exist. */
  readonly bindings: readonly Binding[];
  /** By the name that the binding has. */
  readonly roles: ReadonlyMap<string, readonly BoundRole[]>;
}

/** What a username and groups give; each binding once. */
export interface UserRights {
  /** By system:masters, or by an access policy, which need no binding: what the default one gives is in none of the lists. */
  readonly isMaster: boolean;
  /** By the names as they are. */
  readonly own: readonly BoundRole[];
  /** Besides: by names that variables in the username or in a group can become. */
  readonly possible: () => readonly BoundRole[];
  /** Besides their own: what all have who get in. */
  readonly everybody: readonly BoundRole[];
}

/** The roles and bindings of a cluster. */
interface Rbac {
  readonly roles: readonly RbacRole[];
  readonly bindings: readonly Binding[];
}

type NamedBy = readonly [Binding, Subject];

/** What a user has by the roles and bindings of a cluster, as the API server finds it (kubernetes, plugin/pkg/auth/authorizer/rbac). */
export class Authorizer {
  readonly rbac: Rbac;
  readonly kubernetesVersion: KubernetesMinor;
  /** What all have who get in; without what every cluster gives them. */
  readonly everybody: readonly BoundRole[];
  /** What whoever reaches the API server has, without credentials; without what every cluster gives them. */
  readonly anybody: readonly BoundRole[];
  /** What bindings say of a username or group, with variables or without. */
  readonly ofName = bySubject((kind, name): NameRights => {
    const matching = this.namesOfTemplate(kind, name);
    return matching ? joined(matching.map((one) => this.ofName(kind, one))) : this.ofExactName(kind, name);
  });

  /** The names of all groups or users in bindings. */
  readonly boundNames = memo((kind: SubjectKind): ReadonlySet<string> => new Set(this.named[kind].keys()));
  private readonly roles: ReadonlyMap<string, RbacRole>;
  /** The bindings that name a user or group, with the subject that does. */
  private readonly named = { User: new Map<string, NamedBy[]>(), Group: new Map<string, NamedBy[]>() };
  private readonly authenticated: readonly BoundRole[];
  private readonly templates = memo((kind: SubjectKind) => new TemplateNames([...this.boundNames(kind)]));

  constructor(rbac: Rbac, kubernetesVersion: KubernetesMinor = NEWEST) {
    this.rbac = rbac;
    this.kubernetesVersion = kubernetesVersion;
    this.roles = new Map(rbac.roles.map((role) => [manifestId(role), role]));
    for (const binding of rbac.bindings) for (const subject of binding.subjects) this.name(subject, binding);
    this.authenticated = unseen(this.rolesOf('Group', AUTHENTICATED));
    this.everybody = this.rolesOf('Group', AUTHENTICATED).filter((bound) => !isDefault(bound));
    this.anybody = this.rightsOf({ username: ANONYMOUS, groups: [UNAUTHENTICATED] }).own;
  }

  /** The role that a binding refers to; undefined where there is none: the API server passes over such a binding. */
  roleOf(binding: Binding): RbacRole | undefined {
    if (bindsRoleEverywhere(binding)) return undefined;
    const { namespace, roleRef } = binding;
    return this.roles.get(manifestId({ ...roleRef, namespace: roleRef.kind === 'Role' ? namespace : null }));
  }

  /** Whether a binding names a group or a user, whatever its role is. */
  isBound(kind: SubjectKind, name: string): boolean {
    return this.named[kind].has(name);
  }

  /** The users and groups that such bindings name; service accounts by their usernames. */
  subjectsOf(isMeant: (binding: Binding) => boolean): (readonly [kind: SubjectKind, name: string])[] {
    return (['User', 'Group'] as const).flatMap((kind) => {
      const named = [...this.named[kind]].filter(([, all]) => all.some(([binding]) => isMeant(binding)));
      return named.map(([name]) => [kind, name] as const);
    });
  }

  /** The roles that bindings give to a username or group, by the name as it is. */
  rolesOf(kind: SubjectKind, name: string): readonly BoundRole[] {
    return this.ofName(kind, name).roles.get(name) ?? NO_ROLES;
  }

  /**
   * What bindings give a user, whose names may have variables. Every command asks here.
   * @param further usernames that the user may have instead
   */
  rightsOf(user: KubernetesIdentity, further: readonly string[] = []): UserRights {
    const named = this.namesWithRoles(user);
    const authenticated = isAuthenticated(user) ? this.authenticated : NO_ROLES;
    // Of thousands of entries with names that no binding has.
    if (named.length === 0 && further.length === 0)
      return {
        isMaster: isClusterAdmin(user),
        own: NO_ROLES,
        everybody: authenticated,
        possible: () => NO_ROLES,
      };
    const exact = named.flatMap(([name, { roles }]) => roles.get(name) ?? []);
    const own = unseen(exact.filter((bound) => !isOfEverybody(bound)));
    const everybody = unseen([...exact, ...authenticated], own);
    return {
      isMaster: isClusterAdmin(user),
      own,
      everybody,
      // Many ask for no more, and variables may become thousands of names.
      possible: () => {
        const other = named.flatMap(([name, { roles }]) =>
          [...roles].flatMap(([one, bound]) => (one === name ? [] : bound)),
        );
        const others = further.flatMap((one) => this.rolesOf('User', one));
        return unseen([...other, ...others], [...own, ...everybody]);
      },
    };
  }

  private name(subject: Subject, binding: Binding): void {
    const [kind, name] = userOrGroup(subject, binding);
    if (kind === 'ServiceAccount') return;
    const known = this.named[kind].get(name);
    if (known) known.push([binding, subject]);
    else this.named[kind].set(name, [[binding, subject]]);
  }

  private namesWithRoles({ username, groups }: KubernetesIdentity): (readonly [string, NameRights])[] {
    const named: (readonly [string, NameRights])[] = [];
    const user = this.ofName('User', username);
    if (user.roles.size > 0) named.push([username, user]);
    for (const group of groups) {
      const rights = group === MASTERS ? undefined : this.ofName('Group', group);
      if (rights && rights.roles.size > 0) named.push([group, rights]);
    }
    return named;
  }

  /** The bound names that a template can become; undefined where it is none. */
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

/** Remembers what a function makes of each username and group: thousands of entries share few of them. */
export function bySubject<Value>(
  make: (kind: SubjectKind, name: string) => Value,
): (kind: SubjectKind, name: string) => Value {
  const known = memo((kind: SubjectKind) => memo((name: string) => make(kind, name)));
  return (kind, name) => known(kind)(name);
}

const NO_ROLES: readonly BoundRole[] = [];
/** One for all: there may be thousands of names that no binding has. */
const NO_RIGHTS: NameRights = { bindings: [], roles: new Map() };

/** Those of bindings that are not among others, each once. */
function unseen(roles: readonly BoundRole[], others: readonly BoundRole[] = []): BoundRole[] {
  const seen = new Set(others.map(({ binding }) => binding));
  return roles.filter(({ binding }) => !seen.has(binding) && seen.add(binding));
}

function joined(all: readonly NameRights[]): NameRights {
  return {
    bindings: all.flatMap(({ bindings }) => bindings),
    roles: new Map(all.flatMap(({ roles }) => [...roles])),
  };
}

/**
 * Whether a user is in system:authenticated, as whoever gets in is who does not say otherwise (k8s.io/apiserver,
 * pkg/authentication/group).
 */
function isAuthenticated({ username, groups }: KubernetesIdentity): boolean {
  return username !== ANONYMOUS && !groups.includes(UNAUTHENTICATED);
}

/** Whether every cluster gives a role to everybody. */
export function isDefault({ role, subject }: BoundRole): boolean {
  const isEverybody = subject.kind === 'Group' && EVERYBODY.includes(subject.name);
  return isEverybody && OF_EVERYBODY.includes(role.name);
}

/** Whether everybody who gets in has a role. */
function isOfEverybody(bound: BoundRole): boolean {
  const { kind, name } = bound.subject;
  return (kind === 'Group' && name === AUTHENTICATED) || isDefault(bound);
}

const SERVICE_ACCOUNT = /^system:serviceaccount:[^:]+:[^:]+$/;

/** As what a subject is looked up: a service account as a user, unless none can have its name. */
function userOrGroup(
  { kind, name, namespace }: Subject,
  binding: Binding,
): readonly [Subject['kind'], string] {
  if (kind !== 'ServiceAccount') return [kind, name];
  const username = `system:serviceaccount:${namespace ?? binding.namespace ?? ''}:${name}`;
  return [SERVICE_ACCOUNT.test(username) ? 'User' : kind, username];
}
