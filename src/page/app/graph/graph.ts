import { compareStrings, listed } from '../../../text.ts';
import type { PageRows } from '../../decode.ts';
import type { View } from '../view.ts';
import { buildGraph, type FacetValues } from './build.ts';
import { type Bundled, bundle } from './bundle.ts';
import { adminNodes, LAYERS, type Layer, leadsOn, type Node, rankOf, type State } from './model.ts';

/** A box of the graph. */
export interface GraphNode {
  /** Unique, and the same as long as it represents the same things. */
  readonly id: string;
  readonly layer: Layer;
  /** Not escaped. */
  readonly title: string;
  readonly detail: string;
  /** The names of everything that it represents. */
  readonly names: readonly string[];
  /** True if the heading of its column says what its detail does. */
  readonly isBrief: boolean;
  readonly state: State;
  readonly change: 'new' | 'changed' | null;
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
  /** Sentences about what is bundled; empty if nothing is. */
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

/** Details that the heading of a column says already. */
const USUAL: Partial<Readonly<Record<Layer, string>>> = { person: 'user', via: 'Identity Center group' };

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
      isBrief: node.items.length === 1 && node.items[0]?.detail === USUAL[node.layer],
      state: node.state,
      // People whose access is gone have that state.
      change: node.change === 'gone' ? null : (node.change ?? null),
      isAdmin: admins.has(node),
      filters: filters.get(node) ?? {},
    })),
    edges: inOrder.flatMap((node) =>
      [...node.to].map(([to, state]) => ({
        from: idOf(node),
        to: idOf(to),
        state,
        isAdmin: leadsOn(state) && admins.has(to),
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
  person: 'user or IAM identity',
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

/** For a node of too many things, the filters of the nodes beside it stand in. */
function filtersOf(nodes: readonly Node[]): ReadonlyMap<Node, View['filters']> {
  const found = new Map<Node, View['filters']>();
  const ofBoth = (some: Iterable<Node>) => united([...some].map((node) => found.get(node) ?? {}));
  for (const node of [...nodes].reverse())
    found.set(node, united(node.items.map(({ filters }) => filters)) ?? ofBoth(node.to.keys()) ?? {});
  for (const node of nodes)
    if (Object.keys(found.get(node) ?? {}).length === 0)
      found.set(node, ofBoth(nodes.filter(({ to }) => to.has(node))) ?? {});
  return found;
}

/** Null if there are too many values, or things without any, or with values of different facets. */
function united(all: readonly View['filters'][]): View['filters'] | null {
  const [first = {}] = all;
  const keys = Object.keys(first) as (keyof View['filters'])[];
  if (all.some((filters) => Object.keys(filters).join() !== keys.join())) return null;
  const found = keys.map((key) => [key, [...new Set(all.flatMap((filters) => filters[key] ?? []))]] as const);
  return found.some(([, values]) => values.length > MOST_VALUES) ? null : Object.fromEntries(found);
}

function notesOn(built: readonly Node[], { nodes, bundling }: Bundled): string[] {
  if (bundling === 'none') return [];
  const [first, ...others] = LAYERS.flatMap((layer) => {
    const own = nodes.filter((node) => node.layer === layer);
    if (own.every(({ items }) => items.length === 1)) return [];
    const count = new Set(
      built.filter((node) => node.layer === layer).flatMap(({ items }) => items.map(({ key }) => key)),
    ).size;
    return { count, noun: plural(layer === 'person' ? personNoun(built) : LAYER_NOUNS[layer]), own };
  });
  if (!first) return [];
  const also = others.map(({ noun }) => noun);
  const sentences = [
    `Showing ${formatCount(first.count)} ${first.noun} as ${first.own.length} ${REASONS[bundling]}.`,
    ...(also.length > 0 ? [`Some boxes contain several ${listed(also)}.`] : []),
    'Filter to see each.',
  ];
  return [sentences.join(' ')];
}

function personNoun(built: readonly Node[]): string {
  const isUser = built.every(({ layer, kind }) => layer !== 'person' || kind === 'user');
  return isUser ? 'user' : LAYER_NOUNS.person;
}

const REASONS = {
  alike: 'boxes, each with the same access',
  similar: 'boxes, each with the same kind of access in different accounts',
  cut: 'boxes; too many differ, so one box of a column has all others',
} as const;
