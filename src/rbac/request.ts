import { groupBy } from '../group-by.ts';
import { appliesIn, type Binding, type BoundRole, type PolicyRule } from './model.ts';

/** A request for a resource. */
export interface ResourceRequest {
  readonly verb: string;
  /** Empty: the core group. */
  readonly apiGroup: string;
  readonly resource: string;
  /** Null: the resource itself. */
  readonly subresource: string | null;
  /** Null: for all names, such as `list` or `create`. */
  readonly name: string | null;
  /** Null: in all namespaces at once, or for a cluster-scoped resource. */
  readonly namespace: string | null;
}

/** A request for a resource, or for a path such as `/metrics`. */
export type AccessRequest = ResourceRequest | { readonly verb: string; readonly path: string };

/**
 * The user's roles that allow a request.
 * @param isAnywhere true to accept any namespace that a binding is in
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

/**
 * The roles that would allow a request for specific objects, with their names; none if the request names an object,
 * or if its verb has no name.
 */
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

/** Verbs that read an object: `list` and `watch` return all of it, too. */
export const READ: readonly string[] = ['get', 'list', 'watch'];
/**
 * Verbs whose response contains the object, even with `?dryRun=All`. The response to an update contains only what the
 * request did.
 */
export const RETURNING: readonly string[] = ['patch', 'delete', 'deletecollection'];

/** For a request to read secrets, the verbs that return them and that a role allows where it is bound. */
export function verbsReturning(bound: BoundRole, request: AccessRequest, isAnywhere: boolean): string[] {
  if ('path' in request || !READ.includes(request.verb)) return [];
  const { apiGroup, resource, subresource } = request;
  if (apiGroup !== '' || resource !== 'secrets' || subresource !== null) return [];
  return RETURNING.filter((verb) => rolesAllowing([bound], { ...request, verb }, isAnywhere).length > 0);
}

/** Bindings in a namespace only apply to requests in it. */
export function reaches(binding: Binding, request: AccessRequest, isAnywhere: boolean): boolean {
  if (binding.namespace === null) return true;
  if ('path' in request) return false;
  return isAnywhere || (request.namespace !== null && appliesIn(binding, request.namespace));
}

/** The verb and subresource of a request. */
type Action = Pick<ResourceRequest, 'verb' | 'subresource'>;

/** True if a request names no object: it is for all of them, or for one that doesn't exist yet. */
export function isNameless(action: Action): boolean {
  const { verb, subresource } = action;
  return isUnnamed(action) || (subresource === null && ['list', 'watch'].includes(verb));
}

/**
 * True if the name is unknown when a request is authorized. In contrast, a list or a watch can select one object by
 * name.
 */
export function isUnnamed({ verb, subresource }: Action): boolean {
  return subresource === null && ['create', 'deletecollection'].includes(verb);
}

/**
 * True if a rule allows a request (kubernetes, plugin/pkg/auth/authorizer/rbac and
 * pkg/apis/rbac/v1/evaluation_helpers.go).
 * @param anyName true to also accept rules for specific object names
 */
export function ruleAllows(rule: PolicyRule, request: AccessRequest, anyName = false): boolean {
  if (!takes(rule.verbs, request.verb)) return false;
  if ('path' in request) return rule.nonResourceURLs.some((url) => coversPath(url, request.path));
  const { apiGroup, resource, subresource, name } = request;
  // A request without an object has an empty name, and a rule may list that as a name.
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

/** Any number of asterisks at the end match (`strings.TrimRight` in evaluation_helpers.go). */
function coversPath(url: string, path: string): boolean {
  let end = url.length;
  while (url[end - 1] === '*') end -= 1;
  return url === path || (end < url.length && path.startsWith(url.slice(0, end)));
}

/** Short form of a question: `get,list secrets or create pods`. */
export function questionText(texts: readonly string[]): string {
  const byTarget = groupBy(texts, (text) => text.slice(text.indexOf(' ')));
  const joined = [...byTarget].map(
    ([target, same]) => `${same.map((text) => text.slice(0, text.indexOf(' '))).join(',')}${target}`,
  );
  return joined.length < 2 ? joined.join('') : `${joined.slice(0, -1).join(', ')} or ${joined.at(-1)}`;
}
