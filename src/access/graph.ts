import { isClusterAdminPolicy, policyText, wholePolicyText } from '../access-entry.ts';
import { canBecome, MASTERS } from '../authenticator/groups.ts';
import { type Entry, policiesOf } from '../cluster/entry.ts';
import { groupBy } from '../group-by.ts';
import {
  type Principal,
  principalTypeText,
  shortName,
  type UnreadCluster,
  unreadText,
} from '../inventory/model.ts';
import { memo } from '../memo.ts';
import {
  type Binding,
  type BoundRole,
  boundRoleText,
  isPolicy,
  placesText,
  roleText,
} from '../rbac/model.ts';
import { questionText } from '../rbac/request.ts';
import { listed } from '../text.ts';
import type { ClusterAccess } from './cluster-access.ts';
import type { ClusterRights } from './cluster-rights.ts';
import { NOBODY_REASONS } from './nobody-reasons.ts';
import { principalKindText } from './way-text.ts';
import { isPerson, type Way } from './who-gets-in.ts';

export type NodeKind =
  | 'people'
  | 'iam'
  | 'role'
  | 'group'
  | 'admin'
  | 'policy'
  | 'adminPolicy'
  | 'nobody'
  | 'unread'
  | 'binding'
  | 'adminBinding';

/** A node of the graph; `text` is not escaped. */
export interface GraphNode {
  readonly id: string;
  readonly text: string;
  readonly kind: NodeKind;
  /** Index of its cluster; null with a single cluster, and for principals with access to several. */
  readonly cluster: number | null;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** Pairs of node ids. */
  readonly edges: readonly (readonly [string, string])[];
  /** The names of the clusters; empty for a single one. */
  readonly clusters: readonly string[];
  /** Title parts: the name of the only cluster, and the Kubernetes version if it matters. */
  readonly subject: readonly string[];
}

/** More principals than this with the same access become one node. */
const MAX_ALIKE = 8;
/** A graph with more edges than this collapses all principals with the same access; Mermaid stops at 500. */
const MAX_EDGES = 150;
const MAX_NAMES = 3;

/**
 * Principals, the permission sets that grant them access, and their Kubernetes groups; also IAM roles, users and
 * accounts.
 */
export function accessGraph(
  clusters: readonly ClusterAccess[],
  unread: readonly UnreadCluster[] = [],
): Graph {
  const graph = buildGraph(clusters, unread, MAX_ALIKE);
  return graph.edges.length <= MAX_EDGES ? graph : buildGraph(clusters, unread, 1);
}

function buildGraph(
  clusters: readonly ClusterAccess[],
  unread: readonly UnreadCluster[],
  maxAlike: number,
): Graph {
  const builder = new GraphBuilder(clusters);
  const placed = clusters.flatMap(({ ways }, cluster) => ways.map((way) => ({ way, cluster })));
  const people = placed.filter(({ way }) => isPerson(way.principal));
  for (const { principals, ways } of bundlesOf(people, builder, maxAlike)) {
    const from = builder.people(principals);
    for (const { way, cluster } of ways) {
      const role = builder.role(way, cluster);
      const last = way.via ? builder.people([way.via]) : from;
      if (way.via) builder.edge(from, last);
      builder.edge(last, role);
      builder.ownRights(from, way, cluster);
    }
  }
  for (const { way, cluster } of placed) {
    if (way.principal) continue;
    const text = way.nobody === null ? 'unknown' : `nobody: ${NOBODY_REASONS[way.nobody]}`;
    const role = builder.role(way, cluster);
    builder.edge(builder.node('nobody', text), role);
    builder.ownRights(role, way, cluster);
  }
  for (const [cluster, { ways }] of clusters.entries())
    addOthers(
      ways.filter(({ principal }) => principal && !isPerson(principal)),
      cluster,
      builder,
      maxAlike,
    );
  builder.addEverybody();
  for (const one of unread) builder.node('unread', unreadNodeText(one));
  return builder;
}

/** Adds other principals: many of one kind with the same groups become one node, and a cluster's nodes always do. */
function addOthers(others: readonly Way[], cluster: number, builder: GraphBuilder, maxAlike: number): void {
  const keyOf = (way: Way) => {
    const { principal, entry, isNode, nobody, hasAccountAccess } = way;
    const { source, groups } = entry;
    const roles = builder.ownRoles(way, cluster).map(boundRoleText);
    return JSON.stringify([
      principal?.type,
      source,
      groups,
      policiesOf(entry),
      isNode,
      nobody,
      hasAccountAccess,
      roles,
    ]);
  };
  for (const alike of groupBy(others, keyOf).values()) {
    const isTogether = alike.length > maxAlike || alike[0]?.isNode;
    for (const bundle of isTogether ? [alike] : alike.map((one) => [one])) {
      const [first] = bundle;
      if (!first) continue;
      const { nobody, entry } = first;
      const key = [nobody, ...bundle.map((one) => one.entry.id)].join(' ');
      const from = builder.node('iam', othersText(bundle, first), key);
      if (nobody) builder.edge(builder.node('nobody', `nobody: ${NOBODY_REASONS[nobody]}`), from);
      else builder.granted(from, entry, cluster);
      builder.ownRights(from, first, cluster);
    }
  }
}

function othersText(
  bundle: readonly Way[],
  { principal, accountId, accountName, entry, isNode, hasAccountAccess }: Way,
): string {
  if (!principal) return '';
  const word = `${isNode ? 'node ' : ''}${principalKindText(principal)}${bundle.length === 1 ? '' : 's'}`;
  const account = accountName ?? (accountId === principal.id ? '' : accountId);
  const isOne = bundle.every((one) => one.accountId === accountId);
  const people = hasAccountAccess ? ' (people not read)' : '';
  const where = (isOne && account !== '' ? ` @ ${shortName(account)}` : '') + sourceText(entry) + people;
  const names = bundle.map((one) => shortName(one.principal?.name ?? ''));
  if (bundle.length === 1) return `${word} ${names[0]}${where}`;
  return `${bundle.length} ${word}: ${listed(names, MAX_NAMES)}${where}`;
}

/** Marks access entries, to distinguish them from entries of aws-auth. */
function sourceText({ source }: Entry): string {
  return source === 'access-entry' ? ' (access entry)' : '';
}

/** A route into the cluster with this index. */
interface PlacedWay {
  readonly way: Way;
  readonly cluster: number;
}

/** Principals drawn as one node, with the entries that grant each of them access. */
interface Bundle {
  readonly principals: Principal[];
  readonly ways: readonly PlacedWay[];
}

/** Bundles many principals of one kind with the same access; a group through which users are shown stays separate. */
function bundlesOf(people: readonly PlacedWay[], builder: GraphBuilder, maxAlike: number): Bundle[] {
  const byPrincipal = groupBy(people, ({ way }) => way.principal?.id ?? '');
  const throughGroups = new Set(people.flatMap(({ way }) => way.via?.id ?? []));
  const bundles = new Map<string, Bundle>();
  for (const [id, own] of byPrincipal) {
    const principal = own[0]?.way.principal ?? null;
    if (!isPerson(principal)) continue;
    const keys = own.map(({ way, cluster }) => {
      const roles = builder.ownRoles(way, cluster).map(boundRoleText);
      return `${way.via?.id ?? ''}>${builder.keyOf(way.entry)}${roles.join()}`;
    });
    const key = [principal.type, throughGroups.has(id) ? id : '', ...keys].join(' ');
    const bundle = bundles.get(key) ?? { principals: [], ways: own };
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

/** Numbers nodes in the order they are added, so the same access always renders as the same text. */
class GraphBuilder implements Graph {
  readonly nodes: GraphNode[] = [];
  readonly edges: (readonly [string, string])[] = [];
  readonly clusters: readonly string[];
  readonly subject: readonly string[];
  private readonly rights: readonly (ClusterRights | null)[];
  private readonly ids = new Map<string, string>();
  private readonly counts = new Map<NodeKind, number>();
  private readonly seen = new Set<string>();
  private entryCount = 0;

  constructor(clusters: readonly ClusterAccess[]) {
    this.clusters = clusters.length > 1 ? clusters.map(clusterLabel) : [];
    this.rights = clusters.map(({ rights }) => rights);
    const [only] = clusters.length === 1 ? clusters : [];
    const versions = clusters.flatMap(({ rights }) =>
      rights?.knowsBindings ? rights.kubernetesVersion : [],
    );
    this.subject = [
      ...(only?.cluster.name ? [clusterLabel(only)] : []),
      ...[...new Set(versions)].map((version) => `Kubernetes ${version}`),
    ];
  }

  /** A unique key for an entry. */
  readonly keyOf = memo((_entry: Entry) => {
    this.entryCount += 1;
    return String(this.entryCount);
  });

  /**
   * Adds a principal's roles that no drawn group has, and routes to cluster admin that take several roles, which may be
   * drawn at several groups.
   */
  ownRights(from: string, way: Way, cluster: number): void {
    this.bindings(from, this.ownRoles(way, cluster), cluster);
    const rights = this.rights[cluster];
    if (!rights || rights.asked.length > 0) return;
    for (const { text, through, isTogether } of rights.of(way).risks)
      if (isTogether) this.binding(from, 'adminBinding', `${text}: ${through}`, cluster);
  }

  /** The roles of a principal, or of an entry whose people are unknown, that no drawn group has. */
  ownRoles(way: Way, cluster: number): readonly BoundRole[] {
    const rights = this.rights[cluster];
    if (!rights) return [];
    const drawn = this.drawnBindings({ groups: way.entry.groups, rights });
    return rights.of(way).roles.filter((bound) => !isPolicy(bound) && !drawn.has(bound.binding));
  }

  /** The bindings of an entry's groups, computed once because many people share an entry. */
  private readonly drawnBindings = memo(
    ({ groups, rights }: { readonly groups: readonly string[]; readonly rights: ClusterRights }) =>
      new Set<Binding>(groups.flatMap((group) => rights.ofGroup(group)).map(({ binding }) => binding)),
    ({ groups }) => groups,
  );

  /** Adds the permissions of everyone, with and without credentials. */
  addEverybody(): void {
    for (const [cluster, rights] of this.rights.entries()) {
      const { anybody, everybody } = rights ?? { anybody: null, everybody: null };
      if (anybody?.roles.length)
        this.bindings(
          this.node('people', 'anyone, without credentials', undefined, cluster),
          anybody.roles,
          cluster,
        );
      if (everybody?.roles.length)
        this.bindings(
          this.node('people', 'everyone with access', undefined, cluster),
          everybody.roles,
          cluster,
        );
    }
  }

  /** @param cluster null if the node doesn't belong to a single cluster */
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
  role({ entry, accountId, accountName, permissionSet }: Way, cluster: number): string {
    const text = `${permissionSet} @ ${accountName ?? accountId}${sourceText(entry)}`;
    const id = this.node('role', text, this.keyOf(entry), cluster);
    this.granted(id, entry, cluster);
    return id;
  }

  /** The edges to an entry's groups and policies. */
  granted(from: string, entry: Entry, cluster: number): void {
    const [groups, policies] = [entry.groups, policiesOf(entry)];
    this.groups(from, groups.length + policies.length > 0 ? groups : ['no group'], cluster);
    for (const policy of policies) {
      const isAdmin = isClusterAdminPolicy(policy) || this.rights[cluster]?.isRisky(policy);
      const kind = isAdmin ? 'adminPolicy' : 'policy';
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

  /** The edges to roles, one for each role with the namespaces where it is bound; many become one. */
  bindings(from: string, roles: readonly BoundRole[], cluster: number): void {
    const byRole = [...groupBy(roles, ({ role }) => roleText(role))];
    const risky = this.rights[cluster]?.risky(roles) ?? new Set();
    const admins = byRole.filter(([, bound]) => bound.some((one) => risky.has(one)));
    const others = byRole.filter(([, bound]) => !bound.some((one) => risky.has(one)));
    const textOf = (name: string, bound: readonly BoundRole[]) =>
      `${name} ${placesText(bound)}${this.answerText(bound, cluster)}`;
    for (const [name, bound] of admins) this.binding(from, 'adminBinding', textOf(name, bound), cluster);
    if (others.length <= MAX_ALIKE)
      for (const [name, bound] of others) this.binding(from, 'binding', textOf(name, bound), cluster);
    else {
      const names = others.map(([name]) => name);
      this.binding(from, 'binding', `${names.length} roles: ${listed(names, MAX_NAMES)}`, cluster);
    }
  }

  /** `: get,list secrets`, if the question has several parts. */
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

/** `cluster prod @ dev eu-west-1: unreadable: eks:DescribeCluster is denied` */
function unreadNodeText(unread: UnreadCluster): string {
  const { name, region, accountId, accountName } = unread;
  const account = accountName === null ? accountId : `${shortName(accountName)} (${accountId})`;
  return name === null
    ? `account ${account}: ${unreadText(unread)}`
    : `cluster ${name} @ ${account} ${region}: ${unreadText(unread)}`;
}

function clusterLabel({ cluster: { name, file }, isUnpaired }: ClusterAccess): string {
  return `${name ?? file}${isUnpaired ? ' (mode and access entries unknown)' : ''}`;
}
