import { type AccessPolicy, isClusterAdminPolicy, policyText, wholePolicyText } from '../access-entry.ts';
import { canBecome, MASTERS } from '../authenticator/groups.ts';
import { groupBy } from '../group-by.ts';
import { type Principal, principalTypeText, shortName } from '../inventory/model.ts';
import { type Binding, type BoundRole, boundRoleText } from '../rbac/model.ts';
import { questionText } from '../rbac/request.ts';
import { listed } from '../text.ts';
import { type Cluster, type ClusterAccess, type OtherAccess, otherTypeText } from './cluster-access.ts';
import type { ClusterRights } from './cluster-rights.ts';
import type { EntryAccess, Grant } from './entry-access.ts';
import { NOBODY_REASONS } from './findings.ts';

export type NodeKind =
  | 'people'
  | 'iam'
  | 'role'
  | 'group'
  | 'admin'
  | 'policy'
  | 'adminPolicy'
  | 'nobody'
  | 'binding'
  | 'adminBinding';

/** A node of the graph; `text` is not escaped. */
export interface GraphNode {
  readonly id: string;
  readonly text: string;
  readonly kind: NodeKind;
  /** The cluster that it belongs to, by its position; null where there is but one, and for whoever gets into several. */
  readonly cluster: number | null;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** Pairs of node ids. */
  readonly edges: readonly (readonly [string, string])[];
  /** The names of the clusters; empty where there is but one. */
  readonly clusters: readonly string[];
  /** What all of it is about: the name of the only cluster, and the version of Kubernetes where that counts. */
  readonly subject: readonly string[];
}

/** More principals than this with the same access become one node. */
const MAX_ALIKE = 8;
/** A graph with more edges than this (Mermaid itself stops at 500) collapses all who have the same access. */
const MAX_EDGES = 150;
const MAX_NAMES = 3;

/** Principals, the permission sets that let them in, and the Kubernetes groups that these get; IAM roles, users and accounts too. */
export function accessGraph(clusters: readonly ClusterAccess[]): Graph {
  const graph = buildGraph(clusters, MAX_ALIKE);
  return graph.edges.length <= MAX_EDGES ? graph : buildGraph(clusters, 1);
}

function buildGraph(clusters: readonly ClusterAccess[], maxAlike: number): Graph {
  const builder = new GraphBuilder(clusters);
  const grants = clusters.flatMap((one) => one.grants);
  for (const { principals, grants: targets } of bundlesOf(grants, builder, maxAlike)) {
    const from = builder.people(principals);
    for (const grant of targets) {
      const { via, access } = grant;
      const role = builder.role(access);
      const last = via ? builder.people([via]) : from;
      if (via) builder.edge(from, last);
      builder.edge(last, role);
      builder.bindings(from, builder.ownRoles(grant, builder.clusterOf(access)), builder.clusterOf(access));
      builder.together(from, grant, builder.clusterOf(access));
    }
  }
  for (const access of clusters.flatMap(({ nobody }) => nobody)) {
    const text = access.nobody === null ? 'not known' : `nobody: ${NOBODY_REASONS[access.nobody]}`;
    const role = builder.role(access);
    builder.edge(builder.node('nobody', text), role);
    builder.bindings(role, builder.ownRoles(access, builder.clusterOf(access)), builder.clusterOf(access));
    builder.together(role, access, builder.clusterOf(access));
  }
  for (const [index, { others }] of clusters.entries()) addOthers(others, index, builder, maxAlike);
  builder.addEverybody();
  return builder;
}

/** Those of one kind with the same groups become one node where they are many, and nodes of a cluster always. */
function addOthers(
  others: readonly OtherAccess[],
  cluster: number,
  builder: GraphBuilder,
  maxAlike: number,
): void {
  const keyOf = (one: OtherAccess) => {
    const { type, groups, policies, isNode, nobody } = one;
    return JSON.stringify([
      type,
      groups,
      policies,
      isNode,
      nobody,
      builder.ownRoles(one, cluster).map(boundRoleText),
    ]);
  };
  for (const alike of groupBy(others, keyOf).values()) {
    const isTogether = alike.length > maxAlike || alike[0]?.isNode;
    for (const bundle of isTogether ? [alike] : alike.map((one) => [one])) {
      const [first] = bundle;
      if (!first) continue;
      const from = builder.node(
        'iam',
        othersText(bundle, first),
        [first.nobody, ...bundle.map(({ id }) => id)].join(' '),
      );
      if (first.nobody) builder.edge(builder.node('nobody', `nobody: ${NOBODY_REASONS[first.nobody]}`), from);
      else builder.granted(from, first.groups, first.policies ?? [], cluster);
      builder.bindings(from, builder.ownRoles(first, cluster), cluster);
      if (!first.nobody) builder.together(from, first, cluster);
    }
  }
}

function othersText(bundle: readonly OtherAccess[], first: OtherAccess): string {
  const word = `${otherTypeText(first)}${bundle.length === 1 ? '' : 's'}${first.isNode ? ' of nodes' : ''}`;
  const account = first.accountName ?? (first.accountId === first.id ? '' : first.accountId);
  const isOne = bundle.every(({ accountId }) => accountId === first.accountId);
  const where = (isOne && account !== '' ? ` @ ${shortName(account)}` : '') + sourceText(first.policies);
  if (bundle.length === 1) return `${word} ${shortName(first.name)}${where}`;
  return `${bundle.length} ${word}: ${listed(
    bundle.map(({ name }) => shortName(name)),
    MAX_NAMES,
  )}${where}`;
}

/** Tells access entries, which may have policies, from entries of aws-auth. */
function sourceText(policies: readonly AccessPolicy[] | undefined): string {
  return policies ? ' (access entry)' : '';
}

/** Principals that are drawn as one node, with what lets each of them in. */
interface Bundle {
  readonly principals: Principal[];
  readonly grants: readonly Grant[];
}

/** Principals of one kind with the same access, together where they are many; a group that others get in through stays alone. */
function bundlesOf(grants: readonly Grant[], builder: GraphBuilder, maxAlike: number): Bundle[] {
  const byPrincipal = groupBy(grants, ({ principal }) => principal.id);
  const throughGroups = new Set(grants.flatMap(({ via }) => via?.id ?? []));
  const bundles = new Map<string, Bundle>();
  for (const [id, own] of byPrincipal) {
    const principal = own[0]?.principal;
    if (!principal) continue;
    const ways = own.map((grant) => {
      const roles = builder.ownRoles(grant, builder.clusterOf(grant.access)).map(boundRoleText);
      return `${grant.via?.id ?? ''}>${builder.keyOf(grant.access)}${roles.join()}`;
    });
    const key = [principal.type, throughGroups.has(id) ? id : '', ...ways].join(' ');
    const bundle = bundles.get(key) ?? { principals: [], grants: own };
    bundle.principals.push(principal);
    bundles.set(key, bundle);
  }
  return [...bundles.values()].flatMap((bundle) =>
    bundle.principals.length > maxAlike
      ? [bundle]
      : bundle.principals.map((principal) => ({ ...bundle, principals: [principal] })),
  );
}

function peopleText(principals: readonly Principal[]): string {
  const texts = principals.map(({ name, id }) => (name === null ? `${id} (deleted)` : shortName(name)));
  const word = principalTypeText(principals[0]?.type ?? 'USER');
  if (principals.length === 1) return `${word} ${texts[0]}`;
  return `${principals.length} ${word}s: ${listed(texts, MAX_NAMES)}`;
}

/** Gives nodes their ids in the order in which they come, so that the same access is the same text. */
class GraphBuilder implements Graph {
  readonly nodes: GraphNode[] = [];
  readonly edges: (readonly [string, string])[] = [];
  readonly clusters: readonly string[];
  readonly subject: readonly string[];
  private readonly places: ReadonlyMap<EntryAccess, { readonly key: string; readonly cluster: number }>;
  private readonly rights: readonly (ClusterRights | null)[];
  /** The bindings of the groups of an entry: many people have one. */
  private readonly drawn = new Map<readonly string[], ReadonlySet<Binding>>();
  private readonly ids = new Map<string, string>();
  private readonly counts = new Map<NodeKind, number>();
  private readonly seen = new Set<string>();

  constructor(clusters: readonly ClusterAccess[]) {
    this.clusters = clusters.length > 1 ? clusters.map(({ cluster }) => clusterLabel(cluster)) : [];
    this.rights = clusters.map(({ rights }) => rights);
    const [only] = clusters.length === 1 ? clusters : [];
    const versions = clusters.flatMap(({ rights }) => rights?.kubernetesVersion ?? []);
    this.subject = [
      ...(only?.cluster.name ? [clusterLabel(only.cluster)] : []),
      ...[...new Set(versions)].map((version) => `Kubernetes ${version}`),
    ];
    this.places = new Map(
      clusters.flatMap(({ access }, cluster) =>
        access.map((one, index) => [one, { key: `${cluster}.${index}`, cluster }] as const),
      ),
    );
  }

  /** What tells an entry from all others. */
  keyOf(access: EntryAccess): string {
    return this.places.get(access)?.key ?? '';
  }

  clusterOf(access: EntryAccess): number {
    return this.places.get(access)?.cluster ?? 0;
  }

  /** What several roles together make an administrator of, though none of them does alone: they may be drawn at several groups. */
  together(from: string, one: Grant | EntryAccess | OtherAccess, cluster: number): void {
    const rights = this.rights[cluster];
    if (!rights || rights.asked.length > 0) return;
    for (const { text, through, isTogether } of rights.of(one).risks)
      if (isTogether) this.binding(from, 'adminBinding', `${text}: ${through}`, cluster);
  }

  /** The roles of somebody, or of an entry whose people are not known, that none of the groups drawn has. */
  ownRoles(one: Grant | EntryAccess | OtherAccess, cluster: number): readonly BoundRole[] {
    const rights = this.rights[cluster];
    if (!rights) return [];
    const { groups } = 'via' in one ? one.access.entry : 'entry' in one ? one.entry : one;
    const drawn = this.drawnBindings(groups ?? [], rights);
    return rights.of(one).roles.filter(({ binding }) => !drawn.has(binding));
  }

  private drawnBindings(groups: readonly string[], rights: ClusterRights): ReadonlySet<Binding> {
    const known = this.drawn.get(groups);
    if (known) return known;
    const bindings = new Set(groups.flatMap((group) => rights.ofGroup(group)).map(({ binding }) => binding));
    this.drawn.set(groups, bindings);
    return bindings;
  }

  /** What is given to whoever comes. */
  addEverybody(): void {
    for (const [cluster, rights] of this.rights.entries()) {
      const { anybody, everybody } = rights ?? { anybody: null, everybody: null };
      if (anybody?.roles.length)
        this.bindings(
          this.node('people', 'anybody, without credentials', undefined, cluster),
          anybody.roles,
          cluster,
        );
      if (everybody?.roles.length)
        this.bindings(
          this.node('people', 'everybody who gets in', undefined, cluster),
          everybody.roles,
          cluster,
        );
    }
  }

  /** @param cluster missing: of no one cluster */
  node(kind: NodeKind, text: string, key = text, cluster: number | null = null): string {
    const place = this.clusters.length > 0 ? cluster : null;
    const known = this.ids.get(`${kind} ${place} ${key}`);
    if (known) return known;
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    const id = `${kind}${count}`;
    this.nodes.push({ id, text, kind, cluster: place });
    this.ids.set(`${kind} ${place} ${key}`, id);
    return id;
  }

  people(principals: readonly Principal[]): string {
    return this.node('people', peopleText(principals), principals.map(({ id }) => id).join(' '));
  }

  /** The node of an entry, with its edges to the Kubernetes groups. */
  role(access: EntryAccess): string {
    const { entry, accountId, accountName, permissionSet } = access;
    const { key = '', cluster = 0 } = this.places.get(access) ?? {};
    const policies = 'accessEntry' in entry ? entry.policies : undefined;
    const text = `${permissionSet} @ ${accountName ?? accountId}${sourceText(policies)}`;
    const id = this.node('role', text, key, cluster);
    this.granted(id, entry.groups ?? [], policies ?? [], cluster);
    return id;
  }

  /** The edges to what an entry gives. */
  granted(from: string, groups: readonly string[], policies: readonly AccessPolicy[], cluster: number): void {
    this.groups(from, groups.length + policies.length > 0 ? groups : ['no group'], cluster);
    for (const policy of policies) {
      const kind = isClusterAdminPolicy(policy) ? 'adminPolicy' : 'policy';
      const key = wholePolicyText(policy);
      this.edge(from, this.node(kind, policyText(policy), key, cluster));
    }
  }

  /** The edges to Kubernetes groups. */
  private groups(from: string, groups: readonly string[], cluster: number): void {
    for (const group of groups) {
      const kind = canBecome(group, MASTERS) ? 'admin' : 'group';
      const to = this.node(kind, shortName(group), group, cluster);
      this.edge(from, to);
      this.bindings(to, this.rights[cluster]?.ofGroup(group) ?? [], cluster);
    }
  }

  /** The edges to roles, one for each with the namespaces where it is bound; many become one. */
  bindings(from: string, roles: readonly BoundRole[], cluster: number): void {
    const byRole = [...groupBy(roles, ({ role }) => `${role.kind}/${role.name}`)];
    const risky = this.rights[cluster]?.risky(roles) ?? new Set();
    const admins = byRole.filter(([, bound]) => bound.some((one) => risky.has(one)));
    const others = byRole.filter(([, bound]) => !bound.some((one) => risky.has(one)));
    const textOf = (name: string, bound: readonly BoundRole[]) =>
      placesText(name, bound) + this.answerText(bound, cluster);
    for (const [name, bound] of admins) this.binding(from, 'adminBinding', textOf(name, bound), cluster);
    if (others.length <= MAX_ALIKE)
      for (const [name, bound] of others) this.binding(from, 'binding', textOf(name, bound), cluster);
    else {
      const names = others.map(([name]) => name);
      this.binding(from, 'binding', `${names.length} roles: ${listed(names, MAX_NAMES)}`, cluster);
    }
  }

  /** `: get,list secrets`, where several things were asked. */
  private answerText(bound: readonly BoundRole[], cluster: number): string {
    const rights = this.rights[cluster];
    if (!rights || rights.asked.length < 2) return '';
    const can = new Set(bound.flatMap((one) => rights.answersOf(one)));
    return `: ${questionText(rights.asked.filter((one) => can.has(one)))}`;
  }

  private binding(from: string, kind: NodeKind, text: string, cluster: number): void {
    this.edge(from, this.node(kind, text, text, cluster));
  }

  edge(from: string, to: string): void {
    const key = `${from} ${to}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.edges.push([from, to]);
  }
}

function clusterLabel({ name, file, isUnpaired }: Cluster): string {
  return `${name ?? file}${isUnpaired ? ' (mode and access entries not known)' : ''}`;
}

/** `ClusterRole/edit in payments, shop`, with `cluster-wide` alone where the role is bound so. */
function placesText(name: string, bound: readonly BoundRole[]): string {
  const namespaces = bound.map(({ binding }) => binding.namespace);
  const stated = [...new Set(namespaces.filter((namespace) => namespace !== null))];
  return namespaces.includes(null) ? `${name} cluster-wide` : `${name} in ${listed(stated, MAX_NAMES)}`;
}
