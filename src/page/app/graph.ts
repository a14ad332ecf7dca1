import { compareStrings, listed } from '../../text.ts';
import type { PageRows } from '../decode.ts';
import { buildGraph, type FacetValues } from './graph-build.ts';
import { type Bundled, bundle } from './graph-bundle.ts';
import { adminNodes, LAYERS, type Layer, type Node, rankOf, type State } from './graph-model.ts';
import type { View } from './view.ts';

/** A box of the graph. */
export interface GraphNode {
  /** Unique, and the same as long as it stands for the same things. */
  readonly id: string;
  readonly layer: Layer;
  /** Not escaped. */
  readonly title: string;
  readonly detail: string;
  /** The names of all that it stands for. */
  readonly names: readonly string[];
  readonly state: State;
  /** True if it leads to cluster admin. */
  readonly isAdmin: boolean;
  /** Filters that keep its rows; empty if they would be too long. */
  readonly filters: View['filters'];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly state: State;
  readonly isAdmin: boolean;
}

export interface Graph {
  /** From left to right. */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** What is bundled, in sentences; empty if nothing is. */
  readonly notes: readonly string[];
}

/** The words for a column: its heading, and what its things are. */
export const LAYER_TEXTS: Readonly<Record<Layer, { readonly heading: string; readonly hint: string }>> = {
  person: { heading: 'Who', hint: 'a user, or an IAM identity' },
  via: { heading: 'Group', hint: 'assigned in Identity Center' },
  set: { heading: 'Permission set', hint: 'what is assigned' },
  account: { heading: 'Account and role', hint: 'the IAM role to sign in with' },
  entry: { heading: 'Entry', hint: 'turns the role into a username' },
  group: { heading: 'Kubernetes group or policy', hint: 'a group counts through its roles' },
  role: { heading: 'Kubernetes role', hint: 'permissions, and where they apply' },
};

/** The graph of the selected rows, with few enough nodes to be read. */
export function graphOf(rows: PageRows, selected: Iterable<number>, values: FacetValues): Graph {
  const built = buildGraph(rows, selected, values);
  const bundled = bundle(built);
  const admins = adminNodes(bundled.nodes);
  const inOrder = [...bundled.nodes].sort((one, other) => rankOf(one) - rankOf(other));
  const ids = idsOf(inOrder);
  const idOf = (node: Node) => ids.get(node) ?? '';
  const filters = filtersOf(inOrder);
  return {
    nodes: inOrder.map((node) => ({
      id: idOf(node),
      layer: node.layer,
      ...textsOf(node),
      state: node.state,
      isAdmin: admins.has(node),
      filters: filters.get(node) ?? {},
    })),
    edges: inOrder.flatMap((node) =>
      [...node.to].map(([to, state]) => ({
        from: idOf(node),
        to: idOf(to),
        state,
        isAdmin: admins.has(to),
      })),
    ),
    notes: notesOn(built, bundled),
  };
}

function idsOf(nodes: readonly Node[]): ReadonlyMap<Node, string> {
  const counts = new Map<string, number>();
  const ids = new Map<Node, string>();
  for (const node of nodes) {
    const name = `${node.layer} ${node.items[0]?.key}`;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    ids.set(node, `${name} ${count}`);
  }
  return ids;
}

const MOST_NAMES = 3;

function textsOf({ kind, layer, items }: Node): Pick<GraphNode, 'title' | 'detail' | 'names'> {
  const [first] = items;
  if (!first) return { title: '', detail: '', names: [] };
  if (items.length === 1) return { title: first.title, detail: first.detail, names: [first.title] };
  const names = items.map(({ title }) => title).sort(compareStrings);
  const title = `${formatCount(items.length)} ${plural(kind || LAYER_NOUNS[layer])}`;
  return { title, detail: listed([...new Set(names)], MOST_NAMES), names };
}

const LAYER_NOUNS: Readonly<Record<Layer, string>> = {
  person: 'principal',
  via: 'group',
  set: 'permission set',
  account: 'account',
  entry: 'entry',
  group: 'group or policy',
  role: 'role',
};

/** `37 users`, `2 entries`, `3 groups or policies` */
function plural(noun: string): string {
  return noun
    .split(' or ')
    .map((word) =>
      word.endsWith('y') ? `${word.slice(0, -1)}ies` : word.endsWith('people') ? word : `${word}s`,
    )
    .join(' or ');
}

function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** More values would make addresses too long to send. */
const MOST_VALUES = 50;

/** For a node of too many things, the filters of what it leads to stand in. */
function filtersOf(nodes: readonly Node[]): ReadonlyMap<Node, View['filters']> {
  const found = new Map<Node, View['filters']>();
  for (const node of [...nodes].reverse()) {
    const own = united(node.items.map(({ filters }) => filters));
    found.set(node, own ?? united([...node.to.keys()].map((next) => found.get(next) ?? {})) ?? {});
  }
  return found;
}

/** Null if there are too many values, or things without any. */
function united(all: readonly View['filters'][]): View['filters'] | null {
  const values = new Map<string, Set<string>>();
  for (const filters of all) {
    if (all.length > 1 && Object.keys(filters).length === 0) return null;
    for (const [key, list] of Object.entries(filters)) {
      const set = values.get(key) ?? new Set();
      for (const one of list) set.add(one);
      values.set(key, set);
      if (set.size > MOST_VALUES) return null;
    }
  }
  return Object.fromEntries([...values].map(([key, set]) => [key, [...set]]));
}

function notesOn(built: readonly Node[], { nodes, bundling }: Bundled): string[] {
  if (bundling === 'none') return [];
  const sentences = LAYERS.flatMap((layer) => {
    const own = nodes.filter((node) => node.layer === layer);
    const count = new Set(
      built.filter((node) => node.layer === layer).flatMap(({ items }) => items.map(({ key }) => key)),
    ).size;
    if (own.every(({ items }) => items.length === 1)) return [];
    return `${formatCount(count)} ${plural(layer === 'person' ? 'principal' : LAYER_NOUNS[layer])} as ${own.length}`;
  });
  return sentences.length === 0 ? [] : [`Showing ${listed(sentences)}: ${REASONS[bundling]}`, SEE_EACH];
}

const SEE_EACH = 'Filter to see each.';

const REASONS = {
  none: '',
  alike: 'each box has the same access.',
  similar: 'each box has the same kind of access, in different accounts.',
  cut: 'too many differ, so the last box of a column has what is left of it.',
} as const;
