import { Graph as Layered, layout } from '@dagrejs/dagre';
import { printable } from '../../text.ts';
import { type Graph, type GraphEdge, type GraphNode, LAYER_TEXTS } from './graph.ts';
import { connect, type Stop, settleHeights } from './graph-heights.ts';
import { LAYERS, type Layer } from './graph-model.ts';

/** A box with its place; lengths are in CSS pixels at 100 %. */
export interface PlacedNode extends GraphNode {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge extends GraphEdge {
  /** The data of an SVG path. */
  readonly path: string;
}

interface Column {
  readonly layer: Layer;
  readonly x: number;
  readonly width: number;
}

export interface PlacedGraph {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly columns: readonly Column[];
  readonly width: number;
  readonly height: number;
}

const HEIGHT = 50;
const LEAST_WIDTH = 130;
/** People are told apart by their names, which are addresses of mail. */
const MOST_WIDTHS: Partial<Readonly<Record<Layer, number>>> = { person: 290 };
const MOST_WIDTH = 250;
const MARGIN = 16;
/** Space for the headings on paper. */
const TOP = 30;
/** Space in a box beside its text, and for the word that marks it. */
const [PADDING, WORD] = [42, 72];

/** The width of a text in pixels, in bold or not. */
export type Measure = (text: string, isBold: boolean) => number;

/** Gives each box a place in the column of its layer, so that few edges cross. */
export function placeGraph({ nodes, edges }: Pick<Graph, 'nodes' | 'edges'>, measure: Measure): PlacedGraph {
  const layers = LAYERS.filter((layer) => nodes.some((node) => node.layer === layer));
  const widths = new Map(
    layers.map((layer) => [
      layer,
      widthOf(
        layer,
        nodes.filter((node) => node.layer === layer),
        measure,
      ),
    ]),
  );
  const graph = new Layered<object, Box, Line>();
  graph.setGraph({
    rankdir: 'LR',
    // Each node states its rank: the place of its column. The layout puts another rank between two columns.
    ranker: 'none',
    ranksep: Math.min(150, 70 + edges.length / 4),
    marginx: MARGIN,
  });
  for (const { id, layer } of nodes)
    graph.setNode(id, { width: widths.get(layer) ?? 0, height: HEIGHT, rank: 2 * layers.indexOf(layer) });
  for (const edge of edges) graph.setEdge(edge.from, edge.to, { weight: weightOf(edge) });
  layout(graph);
  const columns = layers.map((layer): Column => {
    const first = nodes.find((node) => node.layer === layer);
    const { x = 0, width } = graph.node(first?.id ?? '');
    return { layer, x: x - width / 2, width };
  });
  const boxes = new Map<string, Stop>();
  for (const { id, layer } of nodes)
    boxes.set(id, stopAt(layers.indexOf(layer), HEIGHT, graph.node(id).y ?? 0));
  const lines = edges.map((edge) =>
    lineOf(edge, boxes, graph.edge(edge.from, edge.to).points ?? [], columns),
  );
  settleHeights([...boxes.values(), ...lines.flatMap(({ between }) => between)], TOP);
  const placed = nodes.map((node): PlacedNode => {
    const stop = boxes.get(node.id);
    const { x = 0, width = 0 } = columns[stop?.column ?? 0] ?? {};
    return { ...node, x, y: round((stop?.y ?? 0) - HEIGHT / 2), width, height: HEIGHT };
  });
  return {
    nodes: placed,
    edges: lines.map(({ edge, stops }) => ({ ...edge, path: pathOf(stops, columns) })),
    columns,
    width: Math.max(...columns.map(({ x, width }) => x + width), 0) + MARGIN,
    height: Math.max(...placed.map(({ y, height }) => y + height), 0) + MARGIN,
  };
}

interface Box {
  readonly width: number;
  readonly height: number;
  readonly rank: number;
  readonly x?: number;
  readonly y?: number;
}

interface Line {
  readonly weight: number;
  readonly points?: readonly { readonly x: number; readonly y: number }[];
}

/** Ways to cluster admin are drawn the straightest. */
function weightOf({ isAdmin }: GraphEdge): number {
  return isAdmin ? 2 : 1;
}

/** The space between boxes that a line needs. */
const LINE_HEIGHT = 8;

/** Connects two boxes by stops in the columns between them. */
function lineOf(
  edge: GraphEdge,
  boxes: ReadonlyMap<string, Stop>,
  points: NonNullable<Line['points']>,
  columns: readonly Column[],
) {
  const [from, to] = [boxes.get(edge.from), boxes.get(edge.to)];
  if (!from || !to) return { edge, between: [], stops: [] };
  const between = columns.slice(from.column + 1, to.column).map(({ x, width }, index) => {
    const nearest = points.find((point) => point.x >= x && point.x <= x + width);
    return stopAt(from.column + 1 + index, LINE_HEIGHT, nearest?.y ?? from.y);
  });
  const stops = [from, ...between, to];
  for (const [index, stop] of stops.slice(1).entries()) {
    const before = stops[index] ?? stop;
    // A long line is straight between its ends.
    const isMiddle = !before.isBox && !stop.isBox;
    connect(before, stop, weightOf(edge) * (isMiddle ? 4 : between.length > 0 ? 2 : 1));
  }
  return { edge, between, stops };
}

function stopAt(column: number, height: number, y: number): Stop {
  return { column, height, isBox: height === HEIGHT, y, beside: [] };
}

/** From the right side of one box to the left side of another; straight where it passes the boxes of a column. */
function pathOf(stops: readonly Stop[], columns: readonly Column[]): string {
  const places = stops.flatMap(({ column, y }, index): [number, number][] => {
    const { x = 0, width = 0 } = columns[column] ?? {};
    const sides: [number, number][] = [
      [x, y],
      [x + width, y],
    ];
    return index === 0 ? sides.slice(1) : index === stops.length - 1 ? sides.slice(0, 1) : sides;
  });
  return places
    .map(([x, y], index) => {
      const [beforeX, beforeY] = places[index - 1] ?? [x, y];
      if (index === 0) return `M${round(x)} ${round(y)}`;
      if (round(beforeY) === round(y)) return `H${round(x)}`;
      const middle = round((beforeX + x) / 2);
      return `C${middle} ${round(beforeY)} ${middle} ${round(y)} ${round(x)} ${round(y)}`;
    })
    .join('');
}

function round(length: number): number {
  return Math.round(length * 10) / 10;
}

/** The width of a column's boxes: of its longest text, within bounds. */
function widthOf(layer: Layer, nodes: readonly GraphNode[], measure: Measure): number {
  const { heading, hint } = LAYER_TEXTS[layer];
  const lengths = nodes.map(({ title, detail, state }) =>
    Math.max(
      measure(startOf(title), true) + (state === 'granted' ? 0 : WORD),
      measure(startOf(detail), false),
    ),
  );
  const longest = Math.min(MOST_WIDTHS[layer] ?? MOST_WIDTH, Math.max(...lengths) + PADDING);
  return Math.ceil(Math.max(LEAST_WIDTH, measure(heading, true), measure(hint, false), longest)) + 2;
}

/** Much more than a box has room for. */
function startOf(text: string): string {
  return printable(text.slice(0, 60));
}
