import { groupBy } from '../group-by.ts';
import type { Binding, BoundRole, PolicyRule } from './model.ts';

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

/** The latter for a path such as `/metrics`. */
export type AccessRequest = ResourceRequest | { readonly verb: string; readonly path: string };

/**
 * The roles, among those of a user, that allow a request.
 * @param isAnywhere whether it is asked in whatever namespace the binding is
 */
export function rolesAllowing(
  roles: readonly BoundRole[],
  request: AccessRequest,
  isAnywhere = false,
): BoundRole[] {
  return roles.filter(
    ({ role, binding }) =>
      reaches(binding, request, isAnywhere) && role.rules.some((rule) => ruleAllows(rule, request)),
  );
}

/** The roles that would allow a request, were it about one object, with the names; none where it names one, or the verb takes no name. */
export function rolesForNames(
  roles: readonly BoundRole[],
  request: AccessRequest,
  isAnywhere: boolean,
): { readonly bound: BoundRole; readonly names: readonly string[] }[] {
  if ('path' in request || request.name !== null || isUnnamed(request)) return [];
  return roles.flatMap((bound) => {
    if (!reaches(bound.binding, request, isAnywhere)) return [];
    const names = bound.role.rules.flatMap((rule) =>
      ruleAllows(rule, request, true) ? rule.resourceNames.filter((name) => name !== '') : [],
    );
    return names.length > 0 ? [{ bound, names: [...new Set(names)] }] : [];
  });
}

/** The bindings of a namespace count for requests in it alone. */
function reaches({ namespace }: Binding, request: AccessRequest, isAnywhere: boolean): boolean {
  if (namespace === null) return true;
  return 'resource' in request && (isAnywhere || namespace === request.namespace);
}

/** The verb and what it is about. */
type Action = Pick<ResourceRequest, 'verb' | 'subresource'>;

/** Whether a request is about no object by its name: of all of them, or of one that is not there yet. */
export function isNameless(action: Action): boolean {
  const { verb, subresource } = action;
  return isUnnamed(action) || (subresource === null && ['list', 'watch'].includes(verb));
}

/** Whether no name is known when a request is authorized; a list or a watch can select one object by its name. */
export function isUnnamed({ verb, subresource }: Action): boolean {
  return subresource === null && ['create', 'deletecollection'].includes(verb);
}

/**
 * Whether a rule allows a request (kubernetes, plugin/pkg/auth/authorizer/rbac and pkg/apis/rbac/v1/evaluation_helpers.go).
 * @param anyName whether it is enough that it would for objects of certain names
 */
export function ruleAllows(rule: PolicyRule, request: AccessRequest, anyName = false): boolean {
  if (!takes(rule.verbs, request.verb)) return false;
  if ('path' in request) return rule.nonResourceURLs.some((url) => coversPath(url, request.path));
  const { apiGroup, resource, subresource, name } = request;
  // A request about no object has an empty name, and a rule may have that among its names.
  const isNamed = anyName || rule.resourceNames.length === 0 || rule.resourceNames.includes(name ?? '');
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

/** However many asterisks are at the end (`strings.TrimRight` in evaluation_helpers.go). */
function coversPath(url: string, path: string): boolean {
  let end = url.length;
  while (url[end - 1] === '*') end -= 1;
  return url === path || (end < url.length && path.startsWith(url.slice(0, end)));
}

/** What is asked, in few words: `get,list secrets or create pods`. */
export function questionText(texts: readonly string[]): string {
  const byTarget = groupBy(texts, (text) => text.slice(text.indexOf(' ')));
  const joined = [...byTarget].map(
    ([target, same]) => `${same.map((text) => text.slice(0, text.indexOf(' '))).join(',')}${target}`,
  );
  return joined.length < 2 ? joined.join('') : `${joined.slice(0, -1).join(', ')} or ${joined.at(-1)}`;
}
