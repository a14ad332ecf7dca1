import { groupBy } from '../../../group-by.ts';
import { adminNodes, firstState, type Item, LAYERS, type Layer, type Node, rankOf } from './model.ts';

/** A graph with more nodes can't be read. */
const MOST_NODES = 200;

/** How much was bundled; the later, the more is lost. */
type Bundling = 'none' | 'alike' | 'similar' | 'cut';

export interface Bundled {
  readonly nodes: readonly Node[];
  readonly bundling: Bundling;
}

/**
 * Bundles until few enough nodes are left: first what has the same access, then what has the same kind of access,
 * finally whatever is least important.
 */
export function bundle(built: readonly Node[]): Bundled {
  const count = built.reduce((sum, { items }) => sum + items.length, 0);
  if (count <= MOST_NODES) return { nodes: apart(built), bundling: 'none' };
  let nodes: readonly Node[] = built;
  for (const step of ALIKE_STEPS) {
    if (nodes.length <= MOST_NODES) break;
    nodes = alike(nodes, new Set(step));
  }
  if (nodes.length <= MOST_NODES) return { nodes, bundling: 'alike' };
  nodes = similar(nodes);
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
  const onLeft = new Map<Node, Node[]>();
  for (const node of nodes) for (const next of node.to.keys()) push(onLeft, next, node);
  const ids = new Map<Node, number>();
  for (const layer of LAYERS) {
    const byKey = new Map<string, number>();
    for (const node of nodes) {
      if (node.layer !== layer) continue;
      const before = (onLeft.get(node) ?? []).map((one) => `${ids.get(one)}${one.to.get(node)}`).sort();
      const key = JSON.stringify([onRight.get(node), [...new Set(before)]]);
      const id = byKey.get(key) ?? ids.size;
      byKey.set(key, id);
      ids.set(node, id);
    }
  }
  return merged(nodes, (node) => String(ids.get(node)));
}

/** Bundles people, accounts and entries that have the same kinds of nodes on their right, whatever is on their left. */
function similar(nodes: readonly Node[]): Node[] {
  const onRight = signatures(nodes, new Set(['person', 'via', 'account', 'entry']));
  return merged(nodes, (node) => String(onRight.get(node)));
}

/** Equal for nodes that look alike, with all that is on their right. */
function signatures(nodes: readonly Node[], anonymous: ReadonlySet<Layer>): ReadonlyMap<Node, number> {
  const found = new Map<Node, number>();
  const known = new Map<string, number>();
  for (const node of rightmostFirst(nodes)) {
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
  const most = columnLimit(LAYERS.map((layer) => nodes.filter((node) => node.layer === layer).length));
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

/** The largest number of nodes in a column with which all columns together have few enough. */
function columnLimit(counts: readonly number[]): number {
  let most = MOST_NODES;
  while (most > 1 && counts.reduce((sum, count) => sum + Math.min(count, most), 0) > MOST_NODES) most -= 1;
  return most;
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

function rightmostFirst(nodes: readonly Node[]): Node[] {
  return [...nodes].sort((one, other) => rankOf(other) - rankOf(one));
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}
