import { Graph as Layered, layout } from '@dagrejs/dagre';
import { type Column, columnsOf, MARGIN, type Measure } from './columns.ts';
import type { Graph, GraphEdge, GraphNode } from './graph.ts';
import { connect, type Stop, settleHeights } from './heights.ts';

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

export interface PlacedGraph {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly columns: readonly Column[];
  readonly width: number;
  readonly height: number;
}

/** Heights of a box with two lines, and of one with its title only. */
const [HEIGHT, BRIEF_HEIGHT] = [48, 30];
/** Space for the headings on paper. */
const TOP = 30;

/**
 * Gives each box a place in the column of its layer, so that few edges cross.
 * @param room the width that all columns should fit into
 */
export function placeGraph(
  { nodes, edges }: Pick<Graph, 'nodes' | 'edges'>,
  measure: Measure,
  room = 0,
): PlacedGraph {
  const columns = columnsOf(nodes, room, measure);
  const columnOf = new Map(columns.map(({ layer }, index) => [layer, index]));
  const ordered = inOrder(nodes, edges, columns);
  const boxes = new Map<string, Stop>();
  for (const node of nodes) {
    const column = columnOf.get(node.layer) ?? 0;
    boxes.set(node.id, { ...stopAt(column, heightOf(node), ordered.node(node.id).y ?? 0), isBox: true });
  }
  const lines = edges.map((edge) => lineOf(edge, boxes, ordered.edge(edge.from, edge.to).points ?? []));
  settleHeights([...boxes.values(), ...lines.flatMap(({ between }) => between)], TOP);
  const placed = nodes.map((node): PlacedNode => {
    const { column = 0, height = 0, y = 0 } = boxes.get(node.id) ?? {};
    const { x = 0, width = 0 } = columns[column] ?? {};
    return { ...node, x, y: round(y - height / 2), width, height };
  });
  return {
    nodes: placed,
    edges: lines.map(({ edge, stops }) => ({ ...edge, path: pathOf(stops, columns) })),
    columns,
    width: Math.max(...columns.map(({ x, width }) => x + width), 0) + MARGIN,
    height: Math.max(...placed.map(({ y, height }) => y + height), 0) + MARGIN,
  };
}

function heightOf({ isBrief }: GraphNode): number {
  return isBrief ? BRIEF_HEIGHT : HEIGHT;
}

/** How wide the layout takes a column to be, and the space between two: only the heights that it finds are used. */
const COLUMN = 100;

function centerOf(column: number): number {
  return COLUMN / 2 + 2 * COLUMN * column;
}

/** Orders the boxes of each column so that few edges cross. */
function inOrder(nodes: readonly GraphNode[], edges: readonly GraphEdge[], columns: readonly Column[]) {
  const graph = new Layered<object, Box, Line>();
  // Each node states its rank: the place of its column. The layout puts another rank between two columns.
  graph.setGraph({ rankdir: 'LR', ranker: 'none', ranksep: COLUMN, marginx: 0 });
  const layers = columns.map(({ layer }) => layer);
  for (const node of nodes)
    graph.setNode(node.id, {
      width: COLUMN,
      height: heightOf(node),
      rank: 2 * layers.indexOf(node.layer),
    });
  for (const edge of edges) graph.setEdge(edge.from, edge.to, { weight: weightOf(edge) });
  layout(graph);
  return graph;
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
function lineOf(edge: GraphEdge, boxes: ReadonlyMap<string, Stop>, points: NonNullable<Line['points']>) {
  const [from, to] = [boxes.get(edge.from), boxes.get(edge.to)];
  if (!from || !to) return { edge, between: [], stops: [] };
  const between = Array.from({ length: to.column - from.column - 1 }, (_, index) => {
    const column = from.column + 1 + index;
    const nearest = points.find(({ x }) => Math.abs(x - centerOf(column)) <= COLUMN / 2);
    return stopAt(column, LINE_HEIGHT, nearest?.y ?? from.y);
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
  return { column, height, isBox: false, y, beside: [] };
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
