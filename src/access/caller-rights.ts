import { isNodeGroup, nearSystemGroup } from '../authenticator/groups.ts';
import type { KubernetesIdentity } from '../authenticator/resolve-caller.ts';
import type { Finding } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { type Authorizer, MASTERS } from '../rbac/authorizer.ts';
import { type BoundRole, boundRoleText, isForEverybody } from '../rbac/model.ts';
import { RISK_TEXTS, risksOf } from '../rbac/risks.ts';
import { compareStrings, nearNames, quoted, shellWord } from '../text.ts';

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
    .filter((bound) => !isForEverybody(bound) || !OF_EVERYBODY.includes(bound.role.name));
  const rows = identity.groups.includes(MASTERS) ? EVERYTHING : allowedRows(bindings);
  return { bindings, rows, notes: rightsNotes(identity, bindings, authorizer) };
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
          return { ...allowed, kind: 'resource', target, names: plainList(resourceNames) };
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

/** In order, each once; a star takes the place of all. */
function plainList(items: readonly string[]): readonly string[] {
  return items.includes('*') ? ['*'] : [...new Set(items)].sort(compareStrings);
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
  identity: KubernetesIdentity,
  bindings: readonly BoundRole[],
  authorizer: Authorizer,
): Finding[] {
  const own = bindings.filter((bound) => !isForEverybody(bound));
  const isMaster = identity.groups.includes(MASTERS);
  const risks = isMaster ? [] : risksOf(bindings, authorizer);
  return [...new Set(identity.groups.filter((group) => group !== MASTERS && !isNodeGroup(group)))]
    .flatMap((group) => groupNote(group, authorizer))
    .concat(
      identity.groups.length === 0 && own.length === 0 ? [unboundUser(identity.username)] : [],
      risks.map(({ risk, through }) => ({
        severity: 'warning',
        code: 'rbac-risk',
        message: `${RISK_TEXTS[risk]}, through ${boundRoleText(through)}`,
      })),
    );
}

function groupNote(group: string, authorizer: Authorizer): Finding[] {
  // Asked of it alone: a binding of several groups counts for each.
  const roles = authorizer.rolesOf({ username: '', groups: [group] });
  if (roles.some(({ subject }) => subject.kind === 'Group' && subject.name === group)) return [];
  if (authorizer.isBound('Group', group)) {
    const message = `the bindings of group ${quoted(group)} refer to roles that do not exist, so they give nothing`;
    return [
      { severity: 'warning', code: 'dangling-group', message, help: 'Create the role, or bind another one.' },
    ];
  }
  const system = nearSystemGroup(group);
  const near = system === undefined ? nearNames(group, authorizer.boundNames('Group')) : [system];
  const meant = near.length === 0 ? '' : `; did you mean ${near.map(quoted).join(' or ')}?`;
  const message = `no binding names the group ${quoted(group)}, so it gives nothing${meant}`;
  const [first] = near;
  const write =
    first === undefined ? [] : [`Write ${quoted(first)} in the groups of the entry, or bind this group:`];
  const help = [...write, ...bindCommands('group', group)].join('\n');
  return [{ severity: 'warning', code: 'unbound-group', message, help }];
}

function unboundUser(username: string): Finding {
  const message = `no binding names the user ${quoted(username)}, and the entry has no groups, so the caller may do nothing`;
  const help = ['Add groups to the entry, or bind the user:', ...bindCommands('user', username)].join('\n');
  return { severity: 'warning', code: 'unbound-user', message, help };
}

/** Commands for a start, with roles that every cluster has. */
function bindCommands(kind: 'group' | 'user', subject: string): string[] {
  const name =
    subject
      .toLowerCase()
      .replace(/[^a-z0-9.-]+/g, '-')
      .replace(/^[-.]+|[-.]+$/g, '') || kind;
  const option = `--${kind}=${shellWord(subject)}`;
  return [
    `kubectl create clusterrolebinding ${name}-view --clusterrole=view ${option}`,
    `kubectl create rolebinding ${name}-edit --clusterrole=edit ${option} -n NAMESPACE`,
  ];
}
