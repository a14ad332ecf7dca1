import { Graph as Layered, layout } from '@dagrejs/dagre';
import { LAYERS, type Layer, leadsOn, type Node } from './model.ts';

/** A graph with places; lengths are in CSS pixels. */
export type PlacedGraph = ReturnType<typeof placeGraph>;
export type PlacedBox = PlacedGraph['boxes'][number];
/** With the data of an SVG path. */
export type Line = PlacedGraph['lines'][number];

interface Column {
  readonly layer: Layer;
  readonly x: number;
  readonly width: number;
}

/** Around the whole graph, and between two boxes of a column. */
const [MARGIN, GAP] = [8, 10];

/**
 * Gives each box a place in the column of its layer, so that few lines cross.
 * @param heightOf the height of a box in pixels
 * @param room the width that all columns should fit into
 */
export function placeGraph(nodes: readonly Node[], heightOf: (node: Node) => number, room: number) {
  const columns = columnsOf(nodes, room);
  const places = new Map(columns.map(({ layer }, index) => [layer, index]));
  const placeOf = ({ layer }: Node) => places.get(layer) ?? 0;
  const edges = nodes.flatMap((from) =>
    [...from.to].map(([to, state]) => ({ from, to, state, isAdmin: leadsOn(state) && to.isAdmin })),
  );
  const graph = new Layered<object, Rank, Route>();
  // The layout puts another rank between two columns.
  graph.setGraph({ rankdir: 'LR', ranker: 'none', nodesep: GAP, edgesep: GAP });
  for (const node of nodes)
    graph.setNode(node.id, { width: 1, height: heightOf(node), rank: 2 * placeOf(node) });
  // Routes to cluster admin are drawn the straightest.
  for (const { from, to, isAdmin } of edges) graph.setEdge(from.id, to.id, { weight: isAdmin ? 2 : 1 });
  layout(graph);
  const middleOf = ({ id }: Node) => Math.round(graph.node(id).y ?? 0) + MARGIN;
  const boxes = nodes.map((node) => {
    const { x = 0, width = 0 } = columns[placeOf(node)] ?? {};
    const height = heightOf(node);
    return { node, x, y: middleOf(node) - height / 2, width, height };
  });
  const lines = edges.map((edge) => {
    const { points = [] } = graph.edge(edge.from.id, edge.to.id);
    const passed = columns.slice(placeOf(edge.from), placeOf(edge.to) + 1);
    // A point for each rank: every other one is in a column.
    const heights = passed.map((_, index) => Math.round(points[2 * index]?.y ?? 0) + MARGIN);
    heights[0] = middleOf(edge.from);
    heights[passed.length - 1] = middleOf(edge.to);
    return { ...edge, path: pathOf(passed, heights) };
  });
  return {
    boxes,
    lines,
    columns,
    width: Math.max(0, ...columns.map(({ x, width }) => x + width)) + MARGIN,
    height: Math.max(0, ...boxes.map(({ y, height }) => y + height)) + MARGIN,
  };
}

/** A box and an edge of the layout, which finds `y` and `points`. */
type Rank = Readonly<Record<'width' | 'height' | 'rank', number>> & { readonly y?: number };
type Route = { readonly weight: number; readonly points?: readonly { readonly y: number }[] };

/** From the right side of the first column to the left side of the last; straight where it passes others. */
function pathOf(columns: readonly Column[], heights: readonly number[]): string {
  const parts = columns.map(({ x, width }, index) => {
    const before = columns[index - 1];
    const height = heights[index] ?? 0;
    if (!before) return `M${x + width} ${height}`;
    const middle = (before.x + before.width + x) / 2;
    const curve = `C${middle} ${heights[index - 1]} ${middle} ${height} ${x} ${height}`;
    return index === columns.length - 1 ? curve : `${curve}H${x + width}`;
  });
  return parts.join('');
}

/** Widths of a column: the narrowest still shows how a name starts. */
const [LEAST_WIDTH, MOST_WIDTH] = [110, 280];
/** Between two columns: lines need some room to bend, and are hard to follow if they are long. */
const [LEAST_GAP, MOST_GAP] = [30, 110];
/** With less room than this, the graph is scrolled: narrower boxes would be cut too much. */
const LEAST_ROOM = 1_240;
/** How much wider than others people are. */
const PERSON = 1.35;
/** About as wide as a character; and the room in a box beside its text. */
export const [CHARACTER, PADDING] = [7.5, 24];
/** Room for a word or a mark beside the title; a detail gets no more than its share of all. */
const [WORD, MARK, DETAIL_SHARE] = [70, 18, 0.11];

/** Gives each layer that has boxes a column, so that all of them fit into the room side by side. */
function columnsOf(nodes: readonly Node[], room: number): readonly Column[] {
  const layers = LAYERS.filter((layer) => nodes.some((node) => node.layer === layer));
  const gaps = Math.max(1, layers.length - 1);
  const available = Math.max(room, LEAST_ROOM) - 2 * MARGIN;
  const wanted = (node: Node) => wantedWidth(node, available * DETAIL_SHARE);
  const widths = layers.map((layer) =>
    Math.max(LEAST_WIDTH, ...nodes.filter((node) => node.layer === layer).map(wanted)),
  );
  const sumOf = () => widths.reduce((sum, width) => sum + width, 0);
  // Only the widest lose some of their width; people are told apart by theirs, which are addresses of mail.
  const tooMuch = sumOf() - (available - gaps * LEAST_GAP);
  for (let lost = 0; lost < tooMuch; lost += 2) {
    const shares = widths.map((width, index) => (layers[index] === 'person' ? width / PERSON : width));
    const widest = shares.indexOf(Math.max(...shares));
    widths[widest] = (widths[widest] ?? 0) - 2;
  }
  const gap = Math.floor(Math.min(MOST_GAP, (available - sumOf()) / gaps));
  let x = MARGIN;
  return layers.map((layer, index) => {
    const column = { layer, x, width: widths[index] ?? 0 };
    x += column.width + gap;
    return column;
  });
}

/** The width with which a title isn't cut, within bounds. */
function wantedWidth({ layer, title, detail, state, change, isAdmin }: Node, mostDetail: number): number {
  const hasWord = detail === '' && (state !== 'granted' || change !== null);
  const marks = (hasWord ? WORD : 0) + (isAdmin ? MARK : 0);
  // The role of an account repeats the permission set.
  const below = layer === 'account' ? 0 : Math.min(detail.length * CHARACTER, mostDetail);
  const wanted = Math.max(title.length * CHARACTER + marks, below);
  return 2 * Math.round(Math.min(MOST_WIDTH, wanted + PADDING) / 2);
}
