import { groupBy } from '../group-by.ts';
import { compareStrings } from '../text.ts';
import type { BoundRole } from './model.ts';
import { knownResources } from './resources.ts';

/** A row of the table, as in `kubectl auth can-i --list`: what rules allow in some places. */
export interface AllowedRow {
  /** The namespaces where the same is allowed; null: all of them and cluster-scoped resources. */
  readonly namespaces: readonly string[] | null;
  /** `pods`, `deployments.apps/scale`, `*.*` */
  readonly resources: readonly string[];
  readonly nonResourceURLs: readonly string[];
  /** Empty: all. */
  readonly resourceNames: readonly string[];
  readonly verbs: readonly string[];
}

/** One resource or path, with all verbs that any rule allows on it in one place. */
interface Allowed {
  readonly kind: 'resource' | 'path';
  readonly target: string;
  readonly names: readonly string[];
  readonly verbs: readonly string[];
}

/**
 * The rows that bindings allow. Users may be bound to few roles in thousands of namespaces: where the roles are the
 * same, so are the rows.
 */
export function allowedRows(bindings: readonly BoundRole[]): AllowedRow[] {
  const byPlace = groupBy(bindings, ({ binding: { namespace } }) => namespace);
  const everywhere = allowedIn(byPlace.get(null) ?? []);
  const byNamespace = [...byPlace].flatMap(([namespace, bound]) =>
    namespace === null ? [] : [[namespace, bound] as const],
  );
  const ids = new Map<BoundRole['role']['rules'], number>();
  const idOf = ({ role: { rules } }: BoundRole) => ids.get(rules) ?? ids.set(rules, ids.size).size - 1;
  const alike = groupBy(byNamespace, ([, bound]) =>
    [...new Set(bound.map(idOf))].sort((one, other) => one - other).join(),
  );
  const local = [...alike.values()].map((same) => {
    const [, bound = []] = same[0] ?? [];
    const namespaces = same.map(([namespace]) => namespace);
    return { namespaces, allowed: withoutCovered(allowedIn(bound), everywhere) };
  });
  // Different roles may allow the same.
  const places = [...groupBy(local, ({ allowed }) => JSON.stringify(allowed)).values()]
    .map((same) => ({
      namespaces: same.flatMap((place) => place.namespaces).sort(compareStrings),
      allowed: same[0]?.allowed ?? [],
    }))
    .sort((one, other) => compareStrings(one.namespaces[0] ?? '', other.namespaces[0] ?? ''));
  return [{ namespaces: null, allowed: withoutCovered(everywhere, []) }, ...places].flatMap(
    ({ namespaces, allowed }) => {
      const rows = groupBy(allowed, ({ kind, names, verbs }) => JSON.stringify([kind, names, verbs]));
      return [...rows.values()].flatMap((same) => rowOf(namespaces, same)).sort(compareRows);
    },
  );
}

/** Everything that roles allow in one place, in an order independent of theirs. */
function allowedIn(bindings: readonly BoundRole[]): Allowed[] {
  // Several bindings may grant the same role.
  const distinct = [...new Map(bindings.map((bound) => [bound.role.rules, bound])).values()];
  const all = groupBy(distinct.flatMap(allowedBy), ({ kind, target, names }) =>
    JSON.stringify([kind, target, names]),
  );
  return [...all]
    .sort(([one], [other]) => compareStrings(one, other))
    .flatMap(([, same]): Allowed[] => {
      const [first] = same;
      const verbs = same.flatMap((one) => one.verbs);
      // A star replaces all verbs.
      return first ? [{ ...first, verbs: verbs.includes('*') ? ['*'] : inOrder(verbs) }] : [];
    });
}

function allowedBy({ role, binding: { namespace } }: BoundRole): Allowed[] {
  return role.rules.flatMap(({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }) => {
    const paths = namespace === null ? nonResourceURLs : [];
    return [
      ...resources.flatMap((resource) =>
        apiGroups.flatMap((group): Allowed[] => {
          const target = resourceText(resource, group);
          const effective = effectiveVerbs(verbs, resource, resourceNames);
          const names = inOrder(resourceNames);
          return effective.length === 0 ? [] : [{ verbs: effective, kind: 'resource', target, names }];
        }),
      ),
      ...paths.map((target): Allowed => ({ verbs, kind: 'path', target, names: [] })),
    ];
  });
}

/**
 * Drops verbs that never match a resource name: a new object has no name when the request is authorized, unless it is
 * created by an update or a server-side apply; nor does a deletecollection request.
 */
function effectiveVerbs(
  verbs: readonly string[],
  resource: string,
  names: readonly string[],
): readonly string[] {
  // `*` includes subresources, whose requests have a name.
  const isAlways = names.length === 0 || names.includes('') || resource === '*' || resource.includes('/');
  if (isAlways) return verbs;
  const canApply = verbs.some((verb) => verb === 'update' || verb === 'patch');
  return verbs.filter((verb) => verb !== 'deletecollection' && (verb !== 'create' || canApply));
}

/** In kubectl's notation: `deployments.apps/scale`. */
function resourceText(resource: string, group: string): string {
  const [name = '', ...subresource] = resource.split('/');
  return [group === '' ? name : `${name}.${group}`, ...subresource].join('/');
}

/** Sorted and distinct. A star among names is just a name. */
function inOrder(items: readonly string[]): readonly string[] {
  return [...new Set(items)].sort(compareStrings);
}

/** Drops what another row covers: for all namespaces, all names, or every resource. */
function withoutCovered(own: readonly Allowed[], everywhere: readonly Allowed[]): Allowed[] {
  const byTarget = groupBy([...everywhere, ...own], ({ kind, target }) => `${kind} ${target}`);
  return own.filter((one) => {
    const every = one.kind === 'resource' ? '*.*' : '*';
    return [one.target, every].every(
      (target) => !byTarget.get(`${one.kind} ${target}`)?.some((other) => covers(other, one)),
    );
  });
}

function covers(other: Allowed, one: Allowed): boolean {
  return (
    other !== one &&
    (other.names.length === 0 || other.names.join('\n') === one.names.join('\n')) &&
    (other.verbs[0] === '*' || one.verbs.every((verb) => other.verbs.includes(verb)))
  );
}

function rowOf(namespaces: AllowedRow['namespaces'], same: readonly Allowed[]): AllowedRow[] {
  const [first] = same;
  if (!first) return [];
  const targets = same.map(({ target }) => target).sort(compareStrings);
  const { kind, names, verbs } = first;
  const isPath = kind === 'path';
  const [resources, nonResourceURLs] = isPath ? [[], targets] : [targets, []];
  return [{ namespaces, resources, nonResourceURLs, resourceNames: names, verbs }];
}

/** Resources before paths. */
function compareRows(one: AllowedRow, other: AllowedRow): number {
  return (
    Number(one.resources.length === 0) - Number(other.resources.length === 0) ||
    compareStrings(firstOf(one), firstOf(other)) ||
    compareStrings(one.verbs.join(), other.verbs.join())
  );
}

function firstOf({ resources, nonResourceURLs }: AllowedRow): string {
  return resources[0] ?? nonResourceURLs[0] ?? '';
}

/**
 * Cluster-scoped resources that a binding in a namespace has no effect on: the API server never checks for them
 * there.
 */
export function targetsWithoutEffect(bound: BoundRole): string[] {
  if (bound.binding.namespace === null) return [];
  const targets = allowedBy(bound).flatMap(({ target, verbs }) => {
    // The permission to bind ClusterRoles is the one that the API server does check in the namespace of the binding.
    const mayBind = verbs.some((verb) => verb === 'bind' || verb === '*');
    const isToBind = target === 'clusterroles.rbac.authorization.k8s.io' && mayBind;
    return ELSEWHERE.has(target) && !isToBind ? target : [];
  });
  return [...new Set(targets)];
}

/** Cluster-scoped Kubernetes resources, except namespaces: a namespace counts as being in itself. */
const ELSEWHERE: ReadonlySet<string> = new Set(
  knownResources
    .filter(({ isNamespaced, name }) => !isNamespaced && name !== 'namespaces')
    .flatMap(({ apiGroup, name, subresources }) =>
      [name, ...subresources.map((one) => `${name}/${one}`)].map((path) => resourceText(path, apiGroup)),
    ),
);
