import { isNodeGroup, nearSystemGroup } from '../authenticator/groups.ts';
import type { KubernetesIdentity } from '../authenticator/resolve-caller.ts';
import type { Finding } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { RightsByName } from '../lint/rules/rbac.ts';
import { type Authorizer, MASTERS } from '../rbac/authorizer.ts';
import { type BoundRole, boundRoleText, isForEverybody } from '../rbac/model.ts';
import { RISK_TEXTS, risksOf } from '../rbac/risks.ts';
import { compareStrings, quoted } from '../text.ts';

/** What rules allow in one place: a row of the table, as `kubectl auth can-i --list` has them. */
export interface AllowedRow {
  /** Null: in all, and of what has none. */
  readonly namespace: string | null;
  /** `pods`, `deployments.apps/scale`, `*.*` */
  readonly resources: readonly string[];
  readonly nonResourceURLs: readonly string[];
  /** Empty: all. */
  readonly resourceNames: readonly string[];
  readonly verbs: readonly string[];
}

/** What a caller may do in the cluster, and through what. */
export interface CallerRights {
  /** In system:masters, whom no binding gives more. */
  readonly isMaster: boolean;
  /** Without those that every cluster gives to everybody. */
  readonly bindings: readonly BoundRole[];
  readonly rows: readonly AllowedRow[];
  readonly notes: readonly Finding[];
}

/** What everybody may do in every cluster: ask who they are, and what the API serves. */
const OF_EVERYBODY: readonly string[] = [
  'system:basic-user',
  'system:discovery',
  'system:public-info-viewer',
];

export function callerRights(identity: KubernetesIdentity, authorizer: Authorizer): CallerRights {
  const bindings = authorizer
    .rolesOf(identity)
    .filter((bound) => bound.subject.name !== MASTERS)
    .filter((bound) => !isForEverybody(bound) || !OF_EVERYBODY.includes(bound.role.name));
  const isMaster = identity.groups.includes(MASTERS);
  const rows = isMaster ? EVERYTHING : allowedRows(bindings);
  return { isMaster, bindings, rows, notes: rightsNotes(identity, bindings, authorizer) };
}

const EVERYTHING: readonly AllowedRow[] = [
  { namespace: null, resources: ['*.*'], nonResourceURLs: [], resourceNames: [], verbs: ['*'] },
  { namespace: null, resources: [], nonResourceURLs: ['*'], resourceNames: [], verbs: ['*'] },
];

/** One resource or path, with all verbs that any rule gives on it there. */
interface Allowed {
  readonly namespace: string | null;
  readonly kind: 'resource' | 'path';
  readonly target: string;
  readonly names: readonly string[];
  readonly verbs: readonly string[];
}

function allowedRows(bindings: readonly BoundRole[]): AllowedRow[] {
  const single = [...groupBy(bindings.flatMap(allowedBy), placeKey).values()].flatMap((same): Allowed[] => {
    const [first] = same;
    return first ? [{ ...first, verbs: plainList(same.flatMap(({ verbs }) => verbs)) }] : [];
  });
  const byTarget = groupBy(single, targetKey);
  const needed = single.filter((one) => !isCovered(one, byTarget));
  const rows = [...groupBy(needed, rowKey).values()].flatMap(rowOf);
  return rows.sort(compareRows);
}

function allowedBy({ role, binding: { namespace } }: BoundRole): Allowed[] {
  return role.rules.flatMap(({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }) => {
    const paths = namespace === null ? nonResourceURLs : [];
    const allowed = { namespace, verbs };
    return [
      ...resources.flatMap((resource) =>
        apiGroups.map((group): Allowed => {
          const target = resourceText(resource, group);
          return { ...allowed, kind: 'resource', target, names: inOrder(resourceNames) };
        }),
      ),
      ...paths.map((target): Allowed => ({ ...allowed, kind: 'path', target, names: [] })),
    ];
  });
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

function targetKey({ kind, target }: Pick<Allowed, 'kind' | 'target'>): string {
  return `${kind} ${target}`;
}

function placeKey(allowed: Allowed): string {
  return JSON.stringify([allowed.namespace, targetKey(allowed), allowed.names]);
}

function rowKey({ namespace, kind, names, verbs }: Allowed): string {
  return JSON.stringify([namespace, kind, names, verbs]);
}

/** Whether another row says as much: of all namespaces, all names, or every resource. */
function isCovered(one: Allowed, byTarget: ReadonlyMap<string, readonly Allowed[]>): boolean {
  const every = one.kind === 'resource' ? '*.*' : '*';
  const same = [one.target, every].flatMap(
    (target) => byTarget.get(targetKey({ kind: one.kind, target })) ?? [],
  );
  return same.some(
    (other) =>
      other !== one &&
      (other.namespace === null || other.namespace === one.namespace) &&
      (other.names.length === 0 || other.names.join('\n') === one.names.join('\n')) &&
      (other.verbs[0] === '*' || one.verbs.every((verb) => other.verbs.includes(verb))),
  );
}

function rowOf(same: readonly Allowed[]): AllowedRow[] {
  const [first] = same;
  if (!first) return [];
  const targets = same.map(({ target }) => target).sort(compareStrings);
  const { namespace, kind, names, verbs } = first;
  const isPath = kind === 'path';
  return [
    {
      namespace,
      resources: isPath ? [] : targets,
      nonResourceURLs: isPath ? targets : [],
      resourceNames: names,
      verbs,
    },
  ];
}

/** Cluster-wide first; resources before paths. */
function compareRows(one: AllowedRow, other: AllowedRow): number {
  return (
    Number(one.namespace !== null) - Number(other.namespace !== null) ||
    compareStrings(one.namespace ?? '', other.namespace ?? '') ||
    Number(one.resources.length === 0) - Number(other.resources.length === 0) ||
    compareStrings(firstOf(one), firstOf(other)) ||
    compareStrings(one.verbs.join(), other.verbs.join())
  );
}

function firstOf({ resources, nonResourceURLs }: AllowedRow): string {
  return resources[0] ?? nonResourceURLs[0] ?? '';
}

function rightsNotes(
  { username, groups }: KubernetesIdentity,
  bindings: readonly BoundRole[],
  authorizer: Authorizer,
): Finding[] {
  const rights = new RightsByName(authorizer);
  const asked = new Set(groups.filter((group) => group !== MASTERS && !isNodeGroup(group)));
  const own = bindings.filter((bound) => !isForEverybody(bound));
  const risks = groups.includes(MASTERS) ? [] : risksOf(bindings, authorizer);
  return [
    ...[...asked].flatMap((group) => unboundGroup(group, rights)),
    ...(groups.length === 0 && own.length === 0 ? [unboundUser(username, rights)] : []),
    ...risks.map(({ risk, through }): Finding => {
      const message = `${RISK_TEXTS[risk]}, through ${boundRoleText(through)}`;
      return { severity: 'warning', code: 'rbac-risk', message };
    }),
  ];
}

/** In the words of the rules of `check`, where there is one. */
function unboundGroup(group: string, rights: RightsByName): Finding[] {
  if (rights.hasRole('Group', group)) return [];
  const { what, help } = rights.unboundText('Group', group);
  const near = nearSystemGroup(group);
  return [
    {
      severity: 'warning',
      code: 'unbound-group',
      message: `${what}, so it gives nothing`,
      help:
        near === undefined ? help : `Did you mean ${quoted(near)}? Write that in the groups of the entry.`,
    },
  ];
}

function unboundUser(username: string, rights: RightsByName): Finding {
  const { what, help } = rights.unboundText('User', username);
  return {
    severity: 'warning',
    code: 'unbound-user',
    message: `the entry has no groups, and ${what}, so the caller may do nothing`,
    help: `Add a group that a binding names to the entry, or:\n${help}`,
  };
}
