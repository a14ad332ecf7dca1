import { groupBy } from '../group-by.ts';
import {
  type Binding,
  type BoundRole,
  EVERYBODY,
  type KubernetesUser,
  type PolicyRule,
  type Rbac,
  type RbacRole,
  type Subject,
} from './model.ts';

/** A request for a resource. */
export interface ResourceRequest {
  readonly verb: string;
  /** Empty: the core group. */
  readonly apiGroup: string;
  readonly resource: string;
  /** Null: the resource itself. */
  readonly subresource: string | null;
  /** Null: of all names, as `list` or `create` are. */
  readonly name: string | null;
  /** Null: in all namespaces at once, or of a resource that has none. */
  readonly namespace: string | null;
}

/** A request for a path such as `/metrics`. */
interface PathRequest {
  readonly verb: string;
  readonly path: string;
}

export type AccessRequest = ResourceRequest | PathRequest;

/** This group may do anything, without any binding (k8s.io/apiserver, pkg/authorization/authorizerfactory). */
export const MASTERS = 'system:masters';

/** Which requests of a user the API server allows by its roles and bindings (kubernetes, plugin/pkg/auth/authorizer/rbac). */
export class Authorizer {
  readonly rbac: Rbac;
  private readonly roles: ReadonlyMap<string, RbacRole>;
  /** The bindings that name a user or group, with the subject that does. */
  private readonly bySubject: ReadonlyMap<string, readonly (readonly [Binding, Subject])[]>;

  constructor(rbac: Rbac) {
    this.rbac = rbac;
    this.roles = new Map(rbac.roles.map((role) => [roleId(role.kind, role.name, role.namespace), role]));
    const pairs = rbac.bindings.flatMap((binding) =>
      binding.subjects.map((subject) => [binding, subject] as const),
    );
    this.bySubject = groupBy(pairs, ([binding, subject]) => subjectId(subject, binding));
  }

  /** The role that a binding refers to; undefined where there is none: the API server passes over such a binding. */
  roleOf({ kind, namespace, roleRef }: Binding): RbacRole | undefined {
    if (kind === 'ClusterRoleBinding' && roleRef.kind === 'Role') return undefined;
    return this.roles.get(roleId(roleRef.kind, roleRef.name, roleRef.kind === 'Role' ? namespace : null));
  }

  /** Whether a binding names a group or a user, whatever its role is. */
  isBound(kind: 'Group' | 'User', name: string): boolean {
    return this.bySubject.has(`${kind} ${name}`);
  }

  /** The bindings that name a group or a user, those whose role does not exist included. */
  bindingsOf(kind: 'Group' | 'User', name: string): Binding[] {
    return (this.bySubject.get(`${kind} ${name}`) ?? []).map(([binding]) => binding);
  }

  /** The names of all groups or users in bindings. */
  boundNames(kind: 'Group' | 'User'): ReadonlySet<string> {
    return new Set(
      this.rbac.bindings.flatMap(({ subjects }) =>
        subjects.flatMap((subject) => (subject.kind === kind ? subject.name : [])),
      ),
    );
  }

  /** The roles of a user, those of everybody included; once for each binding. */
  rolesOf(user: KubernetesUser): BoundRole[] {
    const found = new Map<Binding, BoundRole>();
    for (const id of subjectIds(user)) {
      for (const [binding, subject] of this.bySubject.get(id) ?? []) {
        const role = this.roleOf(binding);
        if (role && !found.has(binding)) found.set(binding, { role, binding, subject });
      }
    }
    return [...found.values()];
  }

  /** The roles, among those of a user, that allow a request; none where the user may not, or is in system:masters. */
  rolesAllowing(roles: readonly BoundRole[], request: AccessRequest): BoundRole[] {
    return roles.filter(
      ({ role, binding }) =>
        reaches(binding, request) && role.rules.some((rule) => ruleAllows(rule, request)),
    );
  }

  /** As `rolesAllowing`, in whatever namespace the binding is: the namespace of the request does not count. */
  rolesAllowingSomewhere(roles: readonly BoundRole[], request: AccessRequest): BoundRole[] {
    return roles.filter((bound) => {
      const { namespace } = bound.binding;
      const here =
        'resource' in request ? { ...request, namespace: namespace ?? request.namespace } : request;
      return this.rolesAllowing([bound], here).length > 0;
    });
  }

  /** Whether the API server allows a user a request. */
  allows(user: KubernetesUser, request: AccessRequest): boolean {
    return user.groups.includes(MASTERS) || this.rolesAllowing(this.rolesOf(user), request).length > 0;
  }
}

/** The bindings of a namespace count for requests in it alone. */
function reaches({ namespace }: Binding, request: AccessRequest): boolean {
  return namespace === null || ('resource' in request && namespace === request.namespace);
}

/** Whether a rule allows a request (kubernetes, plugin/pkg/auth/authorizer/rbac and pkg/apis/rbac/v1/evaluation_helpers.go). */
export function ruleAllows(rule: PolicyRule, request: AccessRequest): boolean {
  if (!takes(rule.verbs, request.verb)) return false;
  if ('path' in request) return rule.nonResourceURLs.some((url) => coversPath(url, request.path));
  const { apiGroup, resource, subresource, name } = request;
  const isNamed = rule.resourceNames.length === 0 || (name !== null && rule.resourceNames.includes(name));
  return (
    isNamed &&
    takes(rule.apiGroups, apiGroup) &&
    rule.resources.some((pattern) => coversResource(pattern, resource, subresource))
  );
}

function takes(allowed: readonly string[], wanted: string): boolean {
  return allowed.includes('*') || allowed.includes(wanted);
}

function coversResource(pattern: string, resource: string, subresource: string | null): boolean {
  if (pattern === '*') return true;
  if (subresource === null) return pattern === resource;
  return pattern === `${resource}/${subresource}` || pattern === `*/${subresource}`;
}

function coversPath(url: string, path: string): boolean {
  return url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)));
}

/**
 * The groups of a user as requests have them: an authenticated one is in system:authenticated, too, unless it says otherwise
 * itself (k8s.io/apiserver, pkg/authentication/group).
 */
export function groupsOf({ username, groups }: KubernetesUser): readonly string[] {
  const isKnown = username === 'system:anonymous' || groups.some((group) => EVERYBODY.includes(group));
  return isKnown ? groups : [...groups, 'system:authenticated'];
}

function subjectIds(user: KubernetesUser): string[] {
  const { username } = user;
  const ids = [`User ${username}`, ...groupsOf(user).map((group) => `Group ${group}`)];
  return /^system:serviceaccount:[^:]+:[^:]+$/.test(username) ? [...ids, `ServiceAccount ${username}`] : ids;
}

function subjectId({ kind, name, namespace }: Subject, binding: Binding): string {
  if (kind !== 'ServiceAccount') return `${kind} ${name}`;
  return `${kind} system:serviceaccount:${namespace ?? binding.namespace ?? ''}:${name}`;
}

function roleId(kind: RbacRole['kind'], name: string, namespace: string | null): string {
  return `${kind} ${namespace ?? ''} ${name}`;
}
