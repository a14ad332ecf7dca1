import { groupBy } from '../../../group-by.ts';
import { compareStrings, listed } from '../../../text.ts';
import type { PageRows } from '../../decode.ts';
import type { Selector } from '../../selection.ts';
import { count } from '../../texts.ts';
import type { View } from '../../view.ts';
import { buildGraph } from './build.ts';
import { firstState, type Item, LAYERS, type Layer, leadsOn, type Node, type State } from './model.ts';

/** A box of the graph. */
interface GraphNode {
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

export interface Graph {
  /** From left to right. */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly state: State;
    readonly isAdmin: boolean;
  }[];
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
export function graphOf(rows: PageRows, selected: Iterable<number>, values: Selector['values']): Graph {
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
  const title = `${count(items.length)} ${plural(kind || LAYER_NOUNS[layer])}`;
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
    const number = new Set(
      built.filter((node) => node.layer === layer).flatMap(({ items }) => items.map(({ key }) => key)),
    ).size;
    const areUsers =
      layer === 'person' && built.every((node) => node.layer !== layer || node.kind === 'user');
    return { number, noun: plural(areUsers ? 'user' : LAYER_NOUNS[layer]), own };
  });
  if (!first) return [];
  const also = others.map(({ noun }) => noun);
  const sentences = [
    `Showing ${count(first.number)} ${first.noun} as ${first.own.length} ${REASONS[bundling]}.`,
    ...(also.length > 0 ? [`Some boxes contain several ${listed(also)}.`] : []),
    'Filter to see each.',
  ];
  return [sentences.join(' ')];
}

const REASONS = {
  alike: 'boxes, each with the same access',
  similar: 'boxes, each with the same kind of access in different accounts',
  cut: 'boxes; too many differ, so one box of a column has all others',
} as const;

/** The nodes that lead to cluster admin. */
function adminNodes(nodes: readonly Node[]): ReadonlySet<Node> {
  const admins = new Set<Node>();
  const rightmostFirst = [...nodes].sort((one, other) => rankOf(other) - rankOf(one));
  for (const node of rightmostFirst)
    if (
      (node.risk !== '' && leadsOn(node.state)) ||
      [...node.to].some(([next, state]) => leadsOn(state) && admins.has(next))
    )
      admins.add(node);
  return admins;
}

function rankOf({ layer }: Pick<Node, 'layer'>): number {
  return LAYERS.indexOf(layer);
}

/** A graph with more nodes can't be read. */
const MOST_NODES = 200;

interface Bundled {
  readonly nodes: readonly Node[];
  /** How much was bundled; the later, the more is lost. */
  readonly bundling: 'none' | 'alike' | 'similar' | 'cut';
}

/**
 * Bundles until few enough nodes are left: first what has the same access, then what has the same kind of access,
 * finally whatever is least important.
 */
function bundle(built: readonly Node[]): Bundled {
  const count = built.reduce((sum, { items }) => sum + items.length, 0);
  if (count <= MOST_NODES) return { nodes: apart(built), bundling: 'none' };
  let nodes: readonly Node[] = built;
  for (const step of ALIKE_STEPS) {
    if (nodes.length <= MOST_NODES) break;
    nodes = alike(nodes, new Set(step));
  }
  if (nodes.length <= MOST_NODES) return { nodes, bundling: 'alike' };
  const onRight = signatures(nodes, new Set(['person', 'via', 'account', 'entry']));
  nodes = merged(nodes, (node) => String(onRight.get(node)));
  if (nodes.length <= MOST_NODES) return { nodes, bundling: 'similar' };
  return { nodes: cut(nodes), bundling: 'cut' };
}

/** The layers in which different things may become one node, in the order in which readers miss them least. */
const ALIKE_STEPS: readonly (readonly Layer[])[] = [
  ['person', 'account', 'entry'],
  ['person', 'account', 'entry', 'role'],
  ['person', 'account', 'entry', 'role', 'group'],
  [...LAYERS],
];

/** One node for each item. */
function apart(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) =>
    node.items.length === 1
      ? [node]
      : node.items.map((item) => ({ ...node, items: [item], to: new Map(node.to) })),
  );
}

/** Bundles nodes that have the same nodes on their left, and the same kinds of nodes on their right: no path changes. */
function alike(nodes: readonly Node[], layers: ReadonlySet<Layer>): Node[] {
  const onRight = signatures(nodes, layers);
  const edges = nodes.flatMap((from) => [...from.to].map(([to, state]) => ({ from, to, state })));
  const onLeft = groupBy(edges, ({ to }) => to);
  const ids = new Map<Node, number>();
  for (const layer of LAYERS) {
    const byKey = new Map<string, number>();
    for (const node of nodes) {
      if (node.layer !== layer) continue;
      const before = (onLeft.get(node) ?? []).map(({ from, state }) => `${ids.get(from)}${state}`).sort();
      const key = JSON.stringify([onRight.get(node), [...new Set(before)]]);
      const id = byKey.get(key) ?? ids.size;
      byKey.set(key, id);
      ids.set(node, id);
    }
  }
  return merged(nodes, (node) => String(ids.get(node)));
}

/** Equal for nodes that look alike, with all that is on their right. */
function signatures(nodes: readonly Node[], anonymous: ReadonlySet<Layer>): ReadonlyMap<Node, number> {
  const found = new Map<Node, number>();
  const known = new Map<string, number>();
  for (const node of [...nodes].sort((one, other) => rankOf(other) - rankOf(one))) {
    const { layer, kind, state, risk, change = null, items, to } = node;
    // A role that leads to cluster admin is shown by its name as long as possible.
    const isNamed = !anonymous.has(layer) || risk !== '';
    const next = [...to].map(([one, edge]) => `${found.get(one)}${edge}`).sort();
    const names = isNamed ? items.map(({ key }) => key).sort() : [];
    const key = JSON.stringify([layer, kind, state, risk, change, names, [...new Set(next)]]);
    const id = known.get(key) ?? known.size;
    known.set(key, id);
    found.set(node, id);
  }
  return found;
}

/** Keeps the most important nodes of each column, and makes one node of the others. */
function cut(nodes: readonly Node[]): Node[] {
  const admins = adminNodes(nodes);
  // The largest number of nodes in a column with which all columns together have few enough.
  const counts = LAYERS.map((layer) => nodes.filter((node) => node.layer === layer).length);
  let most = MOST_NODES;
  while (most > 1 && counts.reduce((sum, count) => sum + Math.min(count, most), 0) > MOST_NODES) most -= 1;
  const kept = new Set<Node>();
  for (const own of groupBy(nodes, ({ layer }) => layer).values()) {
    const byImportance = [...own].sort(
      (one, other) =>
        Number(admins.has(other)) - Number(admins.has(one)) || other.items.length - one.items.length,
    );
    for (const node of byImportance.slice(0, own.length <= most ? most : most - 1)) kept.add(node);
  }
  const places = new Map(nodes.map((node, index) => [node, index]));
  return merged(nodes, (node) => (kept.has(node) ? `${places.get(node)}` : node.layer));
}

/** @param keyOf equal for nodes of one layer that become one */
function merged(nodes: readonly Node[], keyOf: (node: Node) => string): Node[] {
  const made = new Map<Node, Node>();
  const bundles = [...groupBy(nodes, (node) => `${node.layer} ${keyOf(node)}`).values()];
  const results = bundles.map((own) => {
    const [first] = own as [Node];
    const kinds = new Set(own.map(({ kind }) => kind));
    const changes = new Set(own.map(({ change = null }) => change));
    const node: Node = {
      layer: first.layer,
      kind: kinds.size === 1 ? first.kind : '',
      items: own.length === 1 ? first.items : distinct(own.flatMap(({ items }) => items)),
      to: new Map(),
      state: own.map(({ state }) => state).reduce(firstState),
      risk: [...new Set(own.map(({ risk }) => risk).filter((risk) => risk !== ''))].join(', '),
      change: changes.size === 1 ? (first.change ?? null) : null,
    };
    for (const one of own) made.set(one, node);
    return node;
  });
  for (const node of nodes) {
    const from = made.get(node);
    for (const [next, state] of node.to) {
      const to = made.get(next);
      if (!from || !to) continue;
      const before = from.to.get(to);
      from.to.set(to, before ? firstState(before, state) : state);
    }
  }
  return results;
}

/** An account may be several nodes, with different entries; a permission set, with different accounts. */
function distinct(items: readonly Item[]): Item[] {
  return [...groupBy(items, ({ key }) => key).values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    const isSame = others.every(({ detail }) => detail === first.detail);
    return isSame ? first : { ...first, detail: 'in different accounts' };
  });
}
