import { Graph as Layered, layout } from '@dagrejs/dagre';
import { groupBy } from '../../group-by.ts';
import { printable } from '../../text.ts';
import { type Graph, type GraphEdge, type GraphNode, LAYER_TEXTS } from './graph.ts';
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

export interface Column {
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
const MOST_WIDTH = 250;
const MARGIN = 16;
/** Space in a box beside its text. */
const PADDING = 30;

/** Gives each box a place in the column of its layer, so that few edges cross. */
export function placeGraph({ nodes, edges }: Pick<Graph, 'nodes' | 'edges'>): PlacedGraph {
  const byLayer = groupBy(nodes, ({ layer }) => layer);
  const layers = LAYERS.filter((layer) => byLayer.has(layer));
  const widths = new Map(layers.map((layer) => [layer, widthOf(layer, byLayer.get(layer) ?? [])]));
  const graph = new Layered<object, Box, Line>();
  graph.setGraph({
    rankdir: 'LR',
    // Each node states its rank: the place of its column. The layout puts another rank between two columns.
    ranker: 'none',
    nodesep: 14,
    edgesep: 8,
    ranksep: Math.min(150, 70 + edges.length / 4),
    marginx: MARGIN,
    marginy: MARGIN,
  });
  for (const { id, layer } of nodes)
    graph.setNode(id, { width: widths.get(layer) ?? 0, height: HEIGHT, rank: 2 * layers.indexOf(layer) });
  for (const { from, to, isAdmin } of edges) graph.setEdge(from, to, { weight: isAdmin ? 2 : 1 });
  layout(graph);
  const placed = nodes.map((node): PlacedNode => {
    const { x = 0, y = 0, width, height } = graph.node(node.id);
    return { ...node, x: x - width / 2, y: y - height / 2, width, height };
  });
  const columns = layers.map((layer): Column => {
    const first = placed.find((node) => node.layer === layer);
    return { layer, x: first?.x ?? 0, width: first?.width ?? 0 };
  });
  const byId = new Map(placed.map((node) => [node.id, node]));
  const lines = edges.flatMap((edge): PlacedEdge[] => {
    const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
    const { points = [] } = graph.edge(edge.from, edge.to);
    return from && to ? [{ ...edge, path: pathOf(from, to, points, columns) }] : [];
  });
  const right = Math.max(...placed.map(({ x, width }) => x + width), 0);
  const bottom = Math.max(...placed.map(({ y, height }) => y + height), 0);
  return { nodes: placed, edges: lines, columns, width: right + MARGIN, height: bottom + MARGIN };
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

/** From the right side of one box to the left side of another; straight where it passes the boxes of a column. */
function pathOf(
  from: PlacedNode,
  to: PlacedNode,
  points: NonNullable<Line['points']>,
  columns: readonly Column[],
): string {
  const stops: [number, number][] = [[from.x + from.width, from.y + from.height / 2]];
  for (const { x, width } of columns) {
    if (x <= from.x || x >= to.x) continue;
    const nearest = points.find((point) => point.x > x && point.x < x + width);
    if (nearest) stops.push([x, nearest.y], [x + width, nearest.y]);
  }
  stops.push([to.x, to.y + to.height / 2]);
  return stops
    .map(([x, y], index) => {
      const [beforeX, beforeY] = stops[index - 1] ?? [x, y];
      if (index === 0) return `M${round(x)} ${round(y)}`;
      if (beforeY === y) return `H${round(x)}`;
      const middle = round((beforeX + x) / 2);
      return `C${middle} ${round(beforeY)} ${middle} ${round(y)} ${round(x)} ${round(y)}`;
    })
    .join('');
}

function round(length: number): number {
  return Math.round(length * 10) / 10;
}

/** The width of a column's boxes: of its longest text, within bounds. */
function widthOf(layer: Layer, nodes: readonly GraphNode[]): number {
  const texts = nodes.flatMap(({ title, detail }) => [title, detail]);
  const { heading, hint } = LAYER_TEXTS[layer];
  const longest = Math.max(...texts.map(lengthOf)) + PADDING;
  return Math.round(
    Math.max(LEAST_WIDTH, lengthOf(heading) + 12, lengthOf(hint), Math.min(longest, MOST_WIDTH)),
  );
}

/** Roughly, since fonts differ: the view measures what it shows. */
function lengthOf(text: string): number {
  const start = text.slice(0, 60);
  return [...printable(start)].reduce((sum, character) => sum + (character < '\u1100' ? 6.9 : 13), 0);
}
