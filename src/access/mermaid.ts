import { groupBy } from '../group-by.ts';
import { type Principal, principalTypeText, shortName } from '../inventory/model.ts';
import { listed, printable } from '../text.ts';
import { adminTypeText, type DirectAdmin, type EntryAccess, type Grant } from './entry-access.ts';

/** A node of the graph; `text` is not escaped. */
interface GraphNode {
  readonly id: string;
  readonly text: string;
  readonly kind: 'people' | 'role' | 'group' | 'admin' | 'nobody';
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** Pairs of node ids. */
  readonly edges: readonly (readonly [string, string])[];
}

/** More principals than this with the same access become one node. */
const MAX_ALIKE = 8;
/** A graph with more edges than this (Mermaid itself stops at 500) collapses all who have the same access. */
const MAX_EDGES = 150;
const MAX_NAMES = 3;

/** Principals, the permission sets that let them in, and the Kubernetes groups that these get. */
export function accessGraph(
  grants: readonly Grant[],
  nobody: readonly EntryAccess[],
  admins: readonly DirectAdmin[] = [],
): Graph {
  const graph = buildGraph(grants, nobody, admins, MAX_ALIKE);
  return graph.edges.length <= MAX_EDGES ? graph : buildGraph(grants, nobody, admins, 1);
}

function buildGraph(
  grants: readonly Grant[],
  nobody: readonly EntryAccess[],
  admins: readonly DirectAdmin[],
  maxAlike: number,
): Graph {
  const builder = new GraphBuilder();
  for (const { principals, grants: targets } of bundlesOf(grants, maxAlike)) {
    const from = builder.people(principals);
    for (const { via, access } of targets) {
      const role = builder.role(access);
      const last = via ? builder.people([via]) : from;
      if (via) builder.edge(from, last);
      builder.edge(last, role);
    }
  }
  for (const access of nobody) {
    const text = access.nobody === null ? 'not known' : 'nobody';
    builder.edge(builder.node('nobody', text), builder.role(access));
  }
  for (const admin of admins) {
    const { name, accountId, entry } = admin;
    const text = `${adminTypeText(admin)} ${shortName(name)} @ ${accountId}`;
    builder.groups(builder.node('people', text, entry.arn), entry.groups ?? []);
  }
  return builder;
}

/** Principals that are drawn as one node, with what lets each of them in. */
interface Bundle {
  readonly principals: Principal[];
  readonly grants: readonly Grant[];
}

/** Principals of one kind with the same access, together where they are many; a group that others get in through stays alone. */
function bundlesOf(grants: readonly Grant[], maxAlike: number): Bundle[] {
  const byPrincipal = groupBy(grants, ({ principal }) => principal.id);
  const throughGroups = new Set(grants.flatMap(({ via }) => via?.id ?? []));
  const bundles = new Map<string, Bundle>();
  for (const [id, own] of byPrincipal) {
    const principal = own[0]?.principal;
    if (!principal) continue;
    const ways = own.map(({ via, access }) => `${via?.id ?? ''}>${access.entry.index}`);
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
  private readonly ids = new Map<string, string>();
  private readonly counts = new Map<GraphNode['kind'], number>();
  private readonly seen = new Set<string>();

  node(kind: GraphNode['kind'], text: string, key = text): string {
    const known = this.ids.get(`${kind} ${key}`);
    if (known) return known;
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    const id = `${kind}${count}`;
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
      this.edge(from, this.node(group === 'system:masters' ? 'admin' : 'group', shortName(group), group));
  }

  edge(from: string, to: string): void {
    const key = `${from} ${to}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.edges.push([from, to]);
  }
}

/** People in rounded boxes, permission sets in square ones, Kubernetes groups in hexagons; what matters most in colour. */
const SHAPES = {
  people: ['(', ')'],
  nobody: ['(', ')'],
  role: ['[', ']'],
  group: ['{{', '}}'],
  admin: ['{{', '}}'],
} as const satisfies Readonly<Record<GraphNode['kind'], readonly [string, string]>>;

const CLASSES = {
  admin: 'fill:#b42318,stroke:#7a1a11,color:#ffffff',
  nobody: 'fill:#eeeeee,stroke:#888888,color:#555555,stroke-dasharray:4 4',
} as const;

/** The graph as a Mermaid flowchart, which GitHub and GitLab draw in a `mermaid` block. */
export function renderMermaid({ nodes, edges }: Graph): string {
  const lines = [
    'flowchart LR',
    ...nodes.map(({ id, text, kind }) => {
      const [open, close] = SHAPES[kind];
      return `${id}${open}${mermaidLabel(text)}${close}`;
    }),
    ...edges.map(([from, to]) => `${from} ${from.startsWith('nobody') ? '-.->' : '-->'} ${to}`),
    ...Object.entries(CLASSES).flatMap(([kind, style]) => {
      const ids = nodes.filter((node) => node.kind === kind).map(({ id }) => id);
      return ids.length === 0 ? [] : [`classDef ${kind} ${style}`, `class ${ids.join(',')} ${kind}`];
    }),
  ];
  return lines.map((line, index) => `${index === 0 ? '' : '  '}${line}\n`).join('');
}

// Left as they are, for those who read the source: a full stop, colon or hyphen in a word, an `@` between words, a comma, a space.
const HARMLESS =
  /[\p{L}\p{N}]|(?<=[\p{L}\p{N}])(?:(?<!\bwww)[.:](?=[\p{L}\p{N}])|:(?= )|-)|(?<= )@(?= )|(?<=\S)[ ,]/u;
const EACH = new RegExp(`(${HARMLESS.source})|.`, 'gsu');
/** An icon to Mermaid, whatever else is written as an entity code. */
const ICON = /(?<=fa[bklrs]?:)(?=fa-)/g;

/**
 * Text as the label of a node. What means something to Mermaid, to the Markdown in its labels (of an e-mail address, Mermaid 11.4
 * makes "Unsupported markdown") or to the page around it is written as an entity code.
 */
export function mermaidLabel(text: string): string {
  const encoded = printable(text).replace(
    EACH,
    (character, harmless: string | undefined) => harmless ?? `#${character.codePointAt(0)};`,
  );
  return `"${encoded.replace(ICON, '#8203;')}"`;
}
