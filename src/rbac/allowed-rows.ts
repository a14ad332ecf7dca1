import { groupBy } from '../group-by.ts';
import { compareStrings } from '../text.ts';
import type { BoundRole } from './model.ts';
import { knownResources } from './resources.ts';

/** What rules allow in some places: a row of the table, as `kubectl auth can-i --list` has them. */
export interface AllowedRow {
  /** Those where the same is allowed; null: in all, and of what has none. */
  readonly namespaces: readonly string[] | null;
  /** `pods`, `deployments.apps/scale`, `*.*` */
  readonly resources: readonly string[];
  readonly nonResourceURLs: readonly string[];
  /** Empty: all. */
  readonly resourceNames: readonly string[];
  readonly verbs: readonly string[];
}

/** One resource or path, with all verbs that any rule gives on it in one place. */
interface Allowed {
  readonly kind: 'resource' | 'path';
  readonly target: string;
  readonly names: readonly string[];
  readonly verbs: readonly string[];
}

/** Namespaces where the same is allowed; null: cluster-wide. */
interface AllowedInPlace {
  readonly namespaces: readonly string[] | null;
  readonly allowed: readonly Allowed[];
}

/** Some are bound in thousands of namespaces, to few roles: where the roles are the same, so are the rows. */
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
  const local = [...alike.values()].flatMap((same): AllowedInPlace[] => {
    const [, bound = []] = same[0] ?? [];
    const namespaces = same.map(([namespace]) => namespace);
    return [{ namespaces, allowed: withoutCovered(allowedIn(bound), everywhere) }];
  });
  // Other roles may come to the same.
  const places = [...groupBy(local, ({ allowed }) => JSON.stringify(allowed)).values()].flatMap(joinedPlace);
  return [
    { namespaces: null, allowed: withoutCovered(everywhere, []) },
    ...places.sort(comparePlaces),
  ].flatMap(rowsOf);
}

function joinedPlace(same: readonly AllowedInPlace[]): AllowedInPlace[] {
  const [first] = same;
  if (!first || first.allowed.length === 0) return [];
  const namespaces = same.flatMap((place) => place.namespaces ?? []).sort(compareStrings);
  return [{ namespaces, allowed: first.allowed }];
}

function comparePlaces(one: AllowedInPlace, other: AllowedInPlace): number {
  return compareStrings(one.namespaces?.[0] ?? '', other.namespaces?.[0] ?? '');
}

/** What roles allow in one place, in an order that does not depend on theirs. */
function allowedIn(bindings: readonly BoundRole[]): Allowed[] {
  // Roles that take in each other share their rules.
  const distinct = [...new Map(bindings.map((bound) => [bound.role.rules, bound])).values()];
  const all = groupBy(distinct.flatMap(allowedBy), ({ kind, target, names }) =>
    JSON.stringify([kind, target, names]),
  );
  return [...all]
    .sort(([one], [other]) => compareStrings(one, other))
    .flatMap(([, same]): Allowed[] => {
      const [first] = same;
      return first ? [{ ...first, verbs: plainList(same.flatMap(({ verbs }) => verbs)) }] : [];
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
 * Without what no request can be by its name: a new object has none when the request is authorized, unless it is made by an update or a
 * server-side apply; nor does a request to delete all of them.
 */
function effectiveVerbs(
  verbs: readonly string[],
  resource: string,
  names: readonly string[],
): readonly string[] {
  // `*` has subresources, too, and a request for one of these has a name.
  const isAlways = names.length === 0 || names.includes('') || resource === '*' || resource.includes('/');
  if (isAlways) return verbs;
  const canApply = verbs.some((verb) => verb === 'update' || verb === 'patch');
  return verbs.filter((verb) => verb !== 'deletecollection' && (verb !== 'create' || canApply));
}

/** As kubectl writes it: `deployments.apps/scale`. */
function resourceText(resource: string, group: string): string {
  const [name = '', ...subresource] = resource.split('/');
  return [group === '' ? name : `${name}.${group}`, ...subresource].join('/');
}

/** Of verbs: a star takes the place of all. */
function plainList(items: readonly string[]): readonly string[] {
  return items.includes('*') ? ['*'] : inOrder(items);
}

/** Each once. A star among names is a name. */
function inOrder(items: readonly string[]): readonly string[] {
  return [...new Set(items)].sort(compareStrings);
}

/** Without what another row says as well: of all namespaces, of all names, or of every resource. */
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

/** Resources before paths. */
function rowsOf({ namespaces, allowed }: AllowedInPlace): AllowedRow[] {
  const rows = groupBy(allowed, ({ kind, names, verbs }) => JSON.stringify([kind, names, verbs]));
  return [...rows.values()].flatMap((same) => rowOf(namespaces, same)).sort(compareRows);
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

/** What a binding in a namespace allows on resources that are in none: the API server never asks for it there. */
export function targetsWithoutEffect(bound: BoundRole): string[] {
  if (bound.binding.namespace === null) return [];
  const targets = allowedBy(bound).flatMap(({ target, verbs }) =>
    ELSEWHERE.has(target) && !isToBind(target, verbs) ? target : [],
  );
  return [...new Set(targets)];
}

/** Whoever binds a ClusterRole in a namespace is asked for the right there. */
function isToBind(target: string, verbs: readonly string[]): boolean {
  return (
    target === 'clusterroles.rbac.authorization.k8s.io' &&
    verbs.some((verb) => verb === 'bind' || verb === '*')
  );
}

/** Resources of Kubernetes that are in no namespace; a namespace itself counts as in the one that it is. */
const ELSEWHERE: ReadonlySet<string> = new Set(
  knownResources
    .filter(({ isNamespaced, name }) => !isNamespaced && name !== 'namespaces')
    .flatMap(({ apiGroup, name, subresources }) =>
      [name, ...subresources.map((one) => `${name}/${one}`)].map((path) => resourceText(path, apiGroup)),
    ),
);
