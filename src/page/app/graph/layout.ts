import { Graph as Layered, layout } from '@dagrejs/dagre';
import type { Box, Edge, Graph } from './graph.ts';
import { LAYERS, type Layer } from './model.ts';

/** A graph with places; lengths are in CSS pixels. */
export interface PlacedGraph {
  readonly boxes: readonly (Box & Record<'x' | 'y' | 'width' | 'height', number>)[];
  /** Each with the data of an SVG path. */
  readonly edges: readonly (Edge & { readonly path: string })[];
  readonly columns: readonly Column[];
  readonly width: number;
  readonly height: number;
}

interface Column {
  readonly layer: Layer;
  readonly x: number;
  readonly width: number;
}

/** Around the whole graph, and between two boxes of a column. */
const [MARGIN, GAP] = [8, 10];

/**
 * Gives each box a place in the column of its layer, so that few edges cross.
 * @param heightOf the height of a box in pixels
 * @param room the width that all columns should fit into
 */
export function placeGraph(
  { boxes, edges }: Graph,
  heightOf: (box: Box) => number,
  room: number,
): PlacedGraph {
  const columns = columnsOf(boxes, room);
  const columnOf = new Map(columns.map((column, index) => [column.layer, { ...column, index }]));
  const graph = new Layered<object, { width: number; height: number; rank: number; y?: number }, Line>();
  // Each box states its rank. The layout puts another rank between two columns.
  graph.setGraph({ rankdir: 'LR', ranker: 'none', nodesep: GAP, edgesep: GAP });
  for (const box of boxes) {
    const rank = 2 * (columnOf.get(box.layer)?.index ?? 0);
    graph.setNode(box.id, { width: 1, height: heightOf(box), rank });
  }
  // Ways to cluster admin are drawn the straightest.
  for (const { from, to, isAdmin } of edges) graph.setEdge(from, to, { weight: isAdmin ? 2 : 1 });
  layout(graph);
  const placed = boxes.map((box) => {
    const { y = 0, height } = graph.node(box.id);
    const { x = 0, width = 0 } = columnOf.get(box.layer) ?? {};
    return { ...box, x, y: Math.round(y - height / 2) + MARGIN, width, height };
  });
  const byId = new Map(placed.map((box) => [box.id, box]));
  return {
    boxes: placed,
    edges: edges.flatMap((edge) => {
      const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
      if (!from || !to) return [];
      const { points = [] } = graph.edge(edge.from, edge.to);
      const first = columnOf.get(from.layer)?.index ?? 0;
      const last = columnOf.get(to.layer)?.index ?? 0;
      // A point for each rank: every other one is in a column.
      const between = columns.slice(first + 1, last).flatMap(({ x, width }, index): Point[] => {
        const y = Math.round(points[2 * index + 2]?.y ?? 0) + MARGIN;
        return [
          { x, y },
          { x: x + width, y },
        ];
      });
      const start = { x: from.x + from.width, y: from.y + from.height / 2 };
      return { ...edge, path: pathOf([start, ...between, { x: to.x, y: to.y + to.height / 2 }]) };
    }),
    columns,
    width: Math.max(...columns.map(({ x, width }) => x + width), 0) + MARGIN,
    height: Math.max(...placed.map(({ y, height }) => y + height), 0) + MARGIN,
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Line {
  readonly weight: number;
  readonly points?: readonly Point[];
}

/** Straight where it passes the boxes of a column, bent between two columns. */
function pathOf([start, ...points]: readonly [Point, ...Point[]]): string {
  let before = start;
  const parts = points.map((point) => {
    const middle = (before.x + point.x) / 2;
    const curve = `C${middle} ${before.y} ${middle} ${point.y} ${point.x} ${point.y}`;
    before = point;
    return curve;
  });
  return `M${start.x} ${start.y}${parts.join('')}`;
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
/** Room for a word or a mark beside the title; a detail gets no more than this. */
const [WORD, MARK, MOST_DETAIL] = [70, 18, 150];

/** Gives each layer that has boxes a column, so that all of them fit into the room side by side. */
function columnsOf(boxes: readonly Box[], room: number): readonly Column[] {
  const layers = LAYERS.filter((layer) => boxes.some((box) => box.layer === layer));
  const gaps = Math.max(1, layers.length - 1);
  const widths = layers.map((layer) =>
    Math.max(LEAST_WIDTH, ...boxes.filter((box) => box.layer === layer).map(wantedWidth)),
  );
  const available = Math.max(room, LEAST_ROOM) - 2 * MARGIN;
  const sum = () => widths.reduce((all, width) => all + width, 0);
  // Only the widest lose some of their width; people are told apart by theirs, which are addresses of mail.
  while (sum() > available - gaps * LEAST_GAP) {
    const shares = widths.map((width, index) => (layers[index] === 'person' ? width / PERSON : width));
    const widest = shares.indexOf(Math.max(...shares));
    widths[widest] = (widths[widest] ?? 0) - 2;
  }
  const gap = Math.floor(Math.min(MOST_GAP, Math.max(LEAST_GAP, (available - sum()) / gaps)));
  let x = MARGIN;
  return layers.map((layer, index) => {
    const column = { layer, x, width: widths[index] ?? 0 };
    x += column.width + gap;
    return column;
  });
}

/** The width with which a title isn't cut, within bounds. */
function wantedWidth({ layer, title, detail, state, change, isAdmin }: Box): number {
  const hasWord = detail === '' && (state !== 'granted' || change !== null);
  const marks = (hasWord ? WORD : 0) + (isAdmin ? MARK : 0);
  // The role of an account repeats the permission set.
  const below = layer === 'account' ? 0 : Math.min(detail.length * CHARACTER, MOST_DETAIL);
  const wanted = Math.max(title.length * CHARACTER + marks, below);
  return 2 * Math.round(Math.min(MOST_WIDTH, wanted + PADDING) / 2);
}
