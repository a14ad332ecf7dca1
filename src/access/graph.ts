import type { Principal } from '../inventory/model.ts';
import { shortName, typeWord } from '../inventory/people/principal-text.ts';
import { listed } from '../text.ts';
import { type DirectMaster, masterWord } from './direct-master.ts';
import type { EntryAccess } from './entry-access.ts';
import type { Grant } from './grant.ts';

/** A node of the graph; `text` is not escaped. */
export interface GraphNode {
  readonly id: string;
  readonly text: string;
  readonly kind: 'people' | 'role' | 'group' | 'master' | 'nobody';
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** Pairs of node ids. */
  readonly edges: readonly (readonly [string, string])[];
}

/** Principals with the same access become one node when they are more than this. */
const MOST_ALIKE = 8;
/** A graph with more edges than this (Mermaid itself stops at 500) collapses whoever has the same access. */
const MOST_EDGES = 150;
const NAMES_IN_NODE = 3;

/** Principals, the permission sets that they come in by, and the Kubernetes groups that these get. */
export function accessGraph(
  grants: readonly Grant[],
  nobody: readonly EntryAccess[],
  masters: readonly DirectMaster[] = [],
): Graph {
  const graph = buildGraph(grants, nobody, masters, MOST_ALIKE);
  return graph.edges.length <= MOST_EDGES ? graph : buildGraph(grants, nobody, masters, 1);
}

function buildGraph(
  grants: readonly Grant[],
  nobody: readonly EntryAccess[],
  masters: readonly DirectMaster[],
  mostAlike: number,
): Graph {
  const builder = new GraphBuilder();
  for (const { principals, grants: targets } of bundlesOf(grants, mostAlike)) {
    const from = builder.people(principals);
    for (const { via, access } of targets) {
      const role = builder.role(access);
      if (via) builder.edge(from, builder.people([via]));
      builder.edge(via ? builder.people([via]) : from, role);
    }
  }
  for (const access of nobody) {
    const text = access.nobody === null ? 'not known' : 'nobody';
    builder.edge(builder.node('nobody', text), builder.role(access));
  }
  for (const master of masters) {
    const { name, accountId, entry } = master;
    const text = `${masterWord(master)} ${shortName(name)} @ ${accountId}`;
    builder.groups(builder.node('people', text, entry.arn), entry.groups ?? []);
  }
  return builder;
}

/** Principals that are drawn as one node, with what any of them comes in by. */
interface Bundle {
  readonly principals: Principal[];
  readonly grants: readonly Grant[];
}

/** Principals of one kind with the same access, together where they are many; a group that others come through stays alone. */
function bundlesOf(grants: readonly Grant[], mostAlike: number): Bundle[] {
  const byPrincipal = new Map<string, Grant[]>();
  for (const grant of grants) {
    const { id } = grant.principal;
    byPrincipal.set(id, [...(byPrincipal.get(id) ?? []), grant]);
  }
  const onTheWay = new Set(grants.flatMap(({ via }) => via?.id ?? []));
  const bundles = new Map<string, Bundle>();
  for (const [id, own] of byPrincipal) {
    const principal = own[0]?.principal;
    if (!principal) continue;
    const ways = own.map(({ via, access }) => `${via?.id ?? ''}>${access.entry.index}`);
    const key = [principal.type, onTheWay.has(id) ? id : '', ...ways].join(' ');
    const bundle = bundles.get(key) ?? { principals: [], grants: own };
    bundle.principals.push(principal);
    bundles.set(key, bundle);
  }
  return [...bundles.values()].flatMap((bundle) =>
    bundle.principals.length > mostAlike
      ? [bundle]
      : bundle.principals.map((principal) => ({ ...bundle, principals: [principal] })),
  );
}

function peopleText(principals: readonly Principal[]): string {
  const texts = principals.map(({ name, id }) => (name === null ? `${id} (deleted)` : shortName(name)));
  const word = typeWord(principals[0]?.type ?? 'USER');
  if (principals.length === 1) return `${word} ${texts[0]}`;
  return `${principals.length} ${word}s: ${listed(texts, NAMES_IN_NODE)}`;
}

/** Gives nodes their ids in the order in which they come, so that the same access is the same text. */
class GraphBuilder implements Graph {
  readonly nodes: GraphNode[] = [];
  readonly edges: (readonly [string, string])[] = [];
  private readonly ids = new Map<string, string>();
  private readonly seen = new Set<string>();

  node(kind: GraphNode['kind'], text: string, key = text): string {
    const known = this.ids.get(`${kind} ${key}`);
    if (known) return known;
    const id = `${kind}${this.nodes.filter((node) => node.kind === kind).length + 1}`;
    this.nodes.push({ id, text, kind });
    this.ids.set(`${kind} ${key}`, id);
    return id;
  }

  people(principals: readonly Principal[]): string {
    return this.node('people', peopleText(principals), principals.map(({ id }) => id).join(' '));
  }

  /** The node of an entry, with its edges to the Kubernetes groups. */
  role(access: EntryAccess): string {
    const { entry, accountId, accountName, permissionSet } = access;
    const id = this.node('role', `${permissionSet} @ ${accountName ?? accountId}`, String(entry.index));
    this.groups(id, entry.groups?.length ? entry.groups : ['no group']);
    return id;
  }

  /** The edges to Kubernetes groups. */
  groups(from: string, groups: readonly string[]): void {
    for (const group of groups)
      this.edge(from, this.node(group === 'system:masters' ? 'master' : 'group', shortName(group), group));
  }

  edge(from: string, to: string): void {
    const key = `${from} ${to}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.edges.push([from, to]);
  }
}
