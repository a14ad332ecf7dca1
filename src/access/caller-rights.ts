import {
  groupsText,
  isNodeGroup,
  MASTERS,
  nearGroupHelp,
  nearSystemGroup,
  systemNameOf,
} from '../authenticator/groups.ts';
import type { CallerSource, KubernetesIdentity } from '../authenticator/resolve-caller.ts';
import { templateMatcher } from '../authenticator/templates.ts';
import type { Finding } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { type Authorizer, isDefault, type SubjectKind, type UserRights } from '../rbac/authorizer.ts';
import { versionText } from '../rbac/kubernetes-version.ts';
import { mailFindings } from '../rbac/mails.ts';
import { type BoundRole, boundRoleText } from '../rbac/model.ts';
import { knownResources } from '../rbac/resources.ts';
import { type FoundRisk, risksOf, risksText, throughText } from '../rbac/risks.ts';
import { hasRules, UnboundNames } from '../rbac/unbound.ts';
import type { Risk } from '../rbac/ways.ts';
import { compareStrings, listed, quoted } from '../text.ts';

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

/** What a caller may do in the cluster, and through what; without what every cluster gives to everybody. */
export interface CallerRights extends UserRights {
  /** Of what is certain: without what depends on the session. */
  readonly rows: readonly AllowedRow[];
  /** What makes the caller an administrator, at once or by one step more. */
  readonly risks: readonly Risk[];
  /** By which they are judged: `1.36` */
  readonly kubernetesVersion: string;
  readonly notes: readonly Finding[];
}

/** @param map where the caller was found */
export function callerRights(
  identity: KubernetesIdentity,
  map: CallerSource,
  authorizer: Authorizer,
): CallerRights {
  const all = authorizer.rightsOf(identity);
  const rights = { ...all, everybody: all.everybody.filter((bound) => !isDefault(bound)) };
  const rows = rights.isMaster ? EVERYTHING : allowedRows([...rights.own, ...rights.everybody]);
  const kubernetesVersion = versionText(authorizer.kubernetesVersion);
  const found = risksOf([...rights.own, ...rights.everybody], authorizer);
  const risks: readonly Risk[] = rights.isMaster
    ? ['cluster-admin']
    : [...new Set(found.map(({ risk }) => risk))];
  const notes = rightsNotes(identity, map, rights, found, authorizer);
  return { ...rights, rows, risks, kubernetesVersion, notes };
}

const EVERYTHING: readonly AllowedRow[] = [
  { namespaces: null, resources: ['*.*'], nonResourceURLs: [], resourceNames: [], verbs: ['*'] },
  { namespaces: null, resources: [], nonResourceURLs: ['*'], resourceNames: [], verbs: ['*'] },
];

/** One resource or path, with all verbs that any rule gives on it in one place. */
interface Allowed {
  readonly kind: 'resource' | 'path';
  readonly target: string;
  readonly names: readonly string[];
  readonly verbs: readonly string[];
}

/** Namespaces where the same is allowed; null: cluster-wide. */
interface Place {
  readonly namespaces: readonly string[] | null;
  readonly allowed: readonly Allowed[];
}

/** Some are bound in thousands of namespaces, to few roles: where the roles are the same, so are the rows. */
function allowedRows(bindings: readonly BoundRole[]): AllowedRow[] {
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
  const local = [...alike.values()].flatMap((same): Place[] => {
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

function joinedPlace(same: readonly Place[]): Place[] {
  const [first] = same;
  if (!first || first.allowed.length === 0) return [];
  const namespaces = same.flatMap((place) => place.namespaces ?? []).sort(compareStrings);
  return [{ namespaces, allowed: first.allowed }];
}

function comparePlaces(one: Place, other: Place): number {
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
function rowsOf({ namespaces, allowed }: Place): AllowedRow[] {
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

function rightsNotes(
  { username, groups, policies = [] }: KubernetesIdentity,
  map: CallerSource,
  rights: UserRights,
  found: readonly FoundRisk[],
  authorizer: Authorizer,
): Finding[] {
  const names = new UnboundNames(authorizer);
  const { isMaster, own, possible, everybody } = rights;
  const asked = [...new Set(groups)].filter(
    (group) => group !== MASTERS && !isNodeGroup(group) && systemNameOf('group', group) === undefined,
  );
  const hasNothing = groups.length + policies.length === 0 && ![...own, ...possible()].some(hasRules);
  const risks = isMaster ? [] : found;
  return [
    ...unboundGroups(asked, names),
    ...(hasNothing
      ? [unboundUser(username, map, everybody.length > 0, names)]
      : mailFindings([username], authorizer)),
    ...(isMaster ? [] : withoutEffect([...own, ...everybody])),
    ...(isMaster ? [] : dependentNotes(username, groups, authorizer)),
    ...[...groupBy(risks, (found) => throughText(found))].map(([through, same]): Finding => {
      const message = `${same.map(({ text }) => text).join(', ')}, through ${through}`;
      return { severity: 'warning', code: 'rbac-risk', message };
    }),
  ];
}

/** What the table has for a namespace, as kubectl has it, and the API server never asks for there. */
function withoutEffect(bindings: readonly BoundRole[]): Finding[] {
  const found = bindings.flatMap((bound) => {
    if (bound.binding.namespace === null) return [];
    const targets = allowedBy(bound).flatMap(({ target, verbs }) =>
      ELSEWHERE.has(target) && !isToBind(target, verbs) ? target : [],
    );
    return [...new Set(targets)].map((target) => ({ target, through: boundRoleText(bound) }));
  });
  if (found.length === 0) return [];
  const texts = [...groupBy(found, ({ through }) => through)].map(
    ([through, same]) => `${listed(same.map(({ target }) => target))} by ${through}`,
  );
  const message = `what a RoleBinding allows on resources without a namespace has no effect: ${listed(texts)}`;
  const help = 'Only a ClusterRoleBinding can allow it.';
  return [{ severity: 'note', code: 'rbac-not-namespaced', message, help }];
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

/** What the caller may do under a name that is not known here. */
function dependentNotes(username: string, groups: readonly string[], authorizer: Authorizer): Finding[] {
  const templates = [
    ['User', username],
    ...groups.map((group) => ['Group', group] as const),
  ] as const satisfies readonly (readonly [SubjectKind, string])[];
  return templates.flatMap(([kind, template]) => {
    if (!templateMatcher(template)) return [];
    const bound = [...authorizer.ofName(kind, template).roles];
    if (bound.length === 0) return [];
    const texts = bound.map(([name, roles]) => `${quoted(name)} (${rolesText(roles, authorizer)})`);
    const nouns = kind === 'User' ? 'users' : 'groups';
    const message = `what the caller may do depends on the session: of the ${nouns} that ${quoted(template)} can become, bindings name ${listed(texts)}`;
    const isRisk = bound.some(([, roles]) => risksOf(roles, authorizer).length > 0);
    return [{ severity: isRisk ? 'warning' : 'note', code: 'session-dependent', message } as const];
  });
}

/** `ClusterRole/edit in payments, ClusterRole/ops cluster-wide: cluster admin` */
function rolesText(roles: readonly BoundRole[], authorizer: Authorizer): string {
  const risks = risksText(roles, authorizer);
  const text = listed([...new Set(roles.map(boundRoleText))]);
  return risks === '' ? text : `${text}: ${risks}`;
}

/** In the words of the rules of `check`, where there is one: groups that lack a role for one reason are one finding. */
function unboundGroups(groups: readonly string[], names: UnboundNames): Finding[] {
  const unbound = groups.filter((group) => !names.hasRole('Group', group));
  const byCause = groupBy(unbound, (group) => names.text('Group', group).whatOf(''));
  return [...byCause.values()].map((same): Finding => {
    const [group = ''] = same;
    const { what, whatOf } = names.text('Group', group);
    const message =
      same.length === 1
        ? `${what}, so it gives nothing`
        : `${whatOf(`the ${groupsText(same)}`)}, so they give nothing`;
    const helps = groupBy(same, (one) => unboundHelp(one, names));
    const help =
      helps.size === 1
        ? unboundHelp(group, names)
        : [...helps].map(([text, those]) => `${listed(those.map(quoted))}: ${text}`).join('\n');
    return { severity: 'warning', code: 'unbound-group', message, help };
  });
}

function unboundHelp(group: string, names: UnboundNames): string {
  const near = nearSystemGroup(group);
  if (near === undefined) return names.text('Group', group).help;
  return `${nearGroupHelp(near)}${near === MASTERS ? '' : ' Write that in the groups of the entry.'}`;
}

function unboundUser(
  username: string,
  map: CallerSource,
  hasOfEverybody: boolean,
  names: UnboundNames,
): Finding {
  const { what, help } = names.text('User', username);
  const rest = hasOfEverybody ? 'the caller may do only what everybody may' : 'the caller may do nothing';
  const isAccount = map === 'mapAccounts';
  const groups = isAccount ? 'mapAccounts gives no groups' : 'the entry has no groups';
  const add = isAccount
    ? 'Add an entry for the caller, with a group that a binding names, to mapRoles or mapUsers, or:'
    : 'Add a group that a binding names to the entry, or:';
  return {
    severity: 'warning',
    code: 'unbound-user',
    message: `${groups}, and ${what}, so ${rest}`,
    help: `${add}\n${help}`,
  };
}
