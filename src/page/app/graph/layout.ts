import { Graph as Layered, layout } from '@dagrejs/dagre';
import { fittedWidths } from '../../columns.ts';
import { LAYERS, type Layer, leadsOn, type Node } from './model.ts';

/** A graph with places; lengths are in CSS pixels. */
export type PlacedGraph = ReturnType<typeof placeGraph>;
export type PlacedBox = PlacedGraph['boxes'][number];
/** With the data of an SVG path. */
export type PlacedLine = PlacedGraph['lines'][number];

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
 * @param widthOf the width of a text in pixels
 * @param room the width that all columns should fit into
 */
export function placeGraph(
  nodes: readonly Node[],
  heightOf: (node: Node) => number,
  widthOf: (text: string) => number,
  room: number,
) {
  const columns = columnsOf(nodes, widthOf, room);
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
/** How much wider than others people stay: they are told apart by their titles, which are addresses of mail. */
const PERSON = 1.5;
/** Between two columns: lines need some room to bend, and are hard to follow if they are long. */
const [LEAST_GAP, MOST_GAP] = [30, 110];
/** With less room than this, the graph is scrolled: narrower boxes would be cut too much. */
const LEAST_ROOM = 1_240;
/** The room in a box beside its text; and that of a word or a mark beside its title. */
export const PADDING = 24;
const [WORD, MARK] = [70, 18];

/**
 * Gives each layer that has boxes a column, so that all of them fit into the room side by side: as wide as its titles, and
 * what is left goes to the details below them.
 */
function columnsOf(nodes: readonly Node[], widthOf: (text: string) => number, room: number) {
  const layers = LAYERS.filter((layer) => nodes.some((node) => node.layer === layer));
  const gaps = Math.max(1, layers.length - 1);
  const available = Math.max(room, LEAST_ROOM) - 2 * MARGIN;
  const forBoxes = available - gaps * LEAST_GAP;
  const titleOf = ({ title, detail, state, change, isAdmin }: Node) => {
    const hasWord = detail === '' && (state !== 'granted' || change !== null);
    return widthOf(title) + (hasWord ? WORD : 0) + (isAdmin ? MARK : 0);
  };
  const widest = (wanted: (node: Node) => number) =>
    layers.map((layer) => {
      const widths = nodes.filter((node) => node.layer === layer).map((node) => wanted(node) + PADDING);
      return Math.ceil(Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, ...widths)));
    });
  const titles = widest(titleOf);
  const missing = widest(({ detail }) => widthOf(detail)).map((width, index) =>
    Math.max(0, width - (titles[index] ?? 0)),
  );
  const sumOf = (widths: readonly number[]) => widths.reduce((sum, width) => sum + width, 0);
  const shares = layers.map((layer) => (layer === 'person' ? PERSON : 1));
  const fitted = fittedWidths(titles, forBoxes, LEAST_WIDTH, shares);
  const added = fittedWidths(missing, Math.max(0, forBoxes - sumOf(fitted)), 0);
  const widths = fitted.map((width, index) => Math.floor(width + (added[index] ?? 0)));
  const gap = Math.floor(Math.min(MOST_GAP, (available - sumOf(widths)) / gaps));
  let x = MARGIN;
  return layers.map((layer, index): Column => {
    const column = { layer, x, width: widths[index] ?? 0 };
    x += column.width + gap;
    return column;
  });
}
