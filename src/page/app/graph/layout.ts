import { Graph as Layered, layout } from '@dagrejs/dagre';
import { groupBy } from '../../../group-by.ts';
import { printable } from '../../../text.ts';
import { type Graph, LAYER_TEXTS } from './graph.ts';
import { LAYERS, type Layer } from './model.ts';

/** A graph with places; lengths are in CSS pixels at 100 %. */
export interface PlacedGraph {
  readonly nodes: readonly (Graph['nodes'][number] & {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  })[];
  /** Each with the data of an SVG path. */
  readonly edges: readonly (Graph['edges'][number] & { readonly path: string })[];
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
  const placed = nodes.map((node) => {
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

function heightOf({ isBrief }: Graph['nodes'][number]): number {
  return isBrief ? BRIEF_HEIGHT : HEIGHT;
}

/** How wide the layout takes a column to be, and the space between two: only the heights that it finds are used. */
const COLUMN = 100;

/** Orders the boxes of each column so that few edges cross. */
function inOrder(nodes: Graph['nodes'], edges: Graph['edges'], columns: readonly Column[]) {
  const graph = new Layered<object, Record<'width' | 'height' | 'rank', number> & { y?: number }, Line>();
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

interface Line {
  readonly weight: number;
  readonly points?: readonly { readonly x: number; readonly y: number }[];
}

/** Ways to cluster admin are drawn the straightest. */
function weightOf({ isAdmin }: Graph['edges'][number]): number {
  return isAdmin ? 2 : 1;
}

/** The space between boxes that a line needs. */
const LINE_HEIGHT = 8;

/** Connects two boxes by stops in the columns between them. */
function lineOf(
  edge: Graph['edges'][number],
  boxes: ReadonlyMap<string, Stop>,
  points: NonNullable<Line['points']>,
) {
  const [from, to] = [boxes.get(edge.from), boxes.get(edge.to)];
  if (!from || !to) return { edge, between: [], stops: [] };
  const between = Array.from({ length: to.column - from.column - 1 }, (_, index) => {
    const column = from.column + 1 + index;
    const center = COLUMN / 2 + 2 * COLUMN * column;
    const nearest = points.find(({ x }) => Math.abs(x - center) <= COLUMN / 2);
    return stopAt(column, LINE_HEIGHT, nearest?.y ?? from.y);
  });
  const stops = [from, ...between, to];
  for (const [index, stop] of stops.slice(1).entries()) {
    const before = stops[index] ?? stop;
    // A long line is straight between its ends.
    const isMiddle = !before.isBox && !stop.isBox;
    const weight = weightOf(edge) * (isMiddle ? 4 : between.length > 0 ? 2 : 1);
    before.beside.push({ stop, weight });
    stop.beside.push({ stop: before, weight });
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

/** The width of a text in pixels, in bold or not. */
type Measure = (text: string, isBold: boolean) => number;

interface Column {
  readonly layer: Layer;
  readonly x: number;
  readonly width: number;
}

/** Around the whole graph. */
const MARGIN = 8;
/** Room in a box beside its text. */
const PADDING = 24;
/** Room for a word that marks a box, and for a triangle. */
const [WORD, TRIANGLE] = [66, 18];
const LEAST_WIDTH = 124;
const MOST_WIDTH = 270;
/** Between two columns: lines need some room to bend, and are hard to follow if they are long. */
const [LEAST_GAP, MOST_GAP] = [34, 110];
/** With less room than this, the graph is scrolled: narrower boxes would be cut too much. */
const LEAST_ROOM = 1_410;
/** People are told apart by their names, which are addresses of mail; an account by the start of its name. */
const SHARES: Partial<Readonly<Record<Layer, number>>> = { person: 1.5, account: 0.85, entry: 1.15 };

/** Gives each layer that has nodes a column, so that all of them fit into the room side by side. */
function columnsOf(nodes: Graph['nodes'], room: number, measure: Measure): readonly Column[] {
  const wanted = LAYERS.flatMap((layer) => {
    const own = nodes.filter((node) => node.layer === layer);
    return own.length === 0 ? [] : [{ layer, width: wantedWidth(layer, own, measure) }];
  });
  const gaps = Math.max(1, wanted.length - 1);
  const available = Math.max(room, LEAST_ROOM) - 2 * MARGIN;
  const share = shareOf(wanted, available - gaps * LEAST_GAP);
  const widths = wanted.map(({ layer, width }) => Math.floor(Math.min(width, widthAt(share, layer))));
  const rest = (available - widths.reduce((sum, width) => sum + width, 0)) / gaps;
  const gap = Math.floor(Math.min(MOST_GAP, Math.max(LEAST_GAP, rest)));
  let x = MARGIN;
  return wanted.map(({ layer }, index) => {
    const column = { layer, x, width: widths[index] ?? 0 };
    x += column.width + gap;
    return column;
  });
}

/** The largest share with which all columns fit: only the widest lose some of their width. */
function shareOf(wanted: readonly Pick<Column, 'layer' | 'width'>[], available: number): number {
  let [fits, tooMuch] = [LEAST_WIDTH, 2 * MOST_WIDTH];
  while (tooMuch - fits > 1) {
    const middle = (fits + tooMuch) / 2;
    const sum = wanted.reduce((all, { layer, width }) => all + Math.min(width, widthAt(middle, layer)), 0);
    if (sum <= available) fits = middle;
    else tooMuch = middle;
  }
  return fits;
}

function widthAt(share: number, layer: Layer): number {
  return share * (SHARES[layer] ?? 1);
}

/** The width with which no text of a column is cut, within bounds; headings wrap. */
function wantedWidth(layer: Layer, nodes: Graph['nodes'], measure: Measure): number {
  const { heading, hint } = LAYER_TEXTS[layer];
  const lengths = nodes.map(({ title, detail, state, isAdmin, isBrief, change }) => {
    const marks = (state === 'granted' && change === null ? 0 : WORD) + (isAdmin ? TRIANGLE : 0);
    return Math.max(measure(startOf(title), true) + marks, isBrief ? 0 : measure(startOf(detail), false));
  });
  const words = `${heading} ${hint}`.split(' ').map((word) => measure(word, true));
  const longest = Math.min(MOST_WIDTH, Math.max(...lengths) + PADDING);
  return Math.ceil(Math.max(LEAST_WIDTH, ...words, longest)) + 2;
}

/** Much more than a box has room for. */
function startOf(text: string): string {
  return printable(text.slice(0, 60));
}

/** A box, or a line where it passes between the boxes of a column. */
interface Stop {
  readonly column: number;
  readonly height: number;
  readonly isBox: boolean;
  /** The middle. */
  y: number;
  readonly beside: { readonly stop: Stop; readonly weight: number }[];
}

const GAP = 12;
const SWEEPS = 100;
/** How much a box is drawn to the middle of the graph, so that no space stays empty: connected ones count 1. */
const GRAVITY = 0.3;

/**
 * Moves the stops of each column, without changing their order, as close as possible to those that they are connected
 * with: lines become straighter, and the graph less high.
 */
function settleHeights(stops: readonly Stop[], top: number): void {
  const byColumn = groupBy(stops, ({ column }) => column);
  const columns = [...byColumn.values()].map((own) => own.sort((one, other) => one.y - other.y));
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const middle = stops.reduce((sum, { y }) => sum + y, 0) / stops.length;
    for (const column of sweep % 2 === 0 ? columns : columns.toReversed()) settleColumn(column, middle);
  }
  const highest = Math.min(...stops.map(({ y, height }) => y - height / 2));
  for (const stop of stops) stop.y += top - highest;
}

/**
 * Gives stops the places with the least squared distances from those that they want, one below the other: neighbors
 * that want the same place become a block, which has the mean of what they want.
 */
function settleColumn(column: readonly Stop[], middle: number): void {
  const blocks: { sum: number; count: number }[] = [];
  const offsets: number[] = [];
  let offset = 0;
  for (const [index, stop] of column.entries()) {
    const before = column[index - 1];
    // Lines may be closer than boxes.
    if (before)
      offset += (before.height + stop.height) / 2 + Math.min(GAP, Math.max(before.height, stop.height));
    offsets.push(offset);
    const gravity = stop.isBox ? GRAVITY : 0;
    const weight = stop.beside.reduce((sum, one) => sum + one.weight, gravity);
    const wanted = stop.beside.reduce((sum, one) => sum + one.weight * one.stop.y, gravity * middle) / weight;
    let block = { sum: wanted - offset, count: 1 };
    for (
      let last = blocks.at(-1);
      last && last.sum / last.count >= block.sum / block.count;
      last = blocks.at(-1)
    ) {
      block = { sum: block.sum + last.sum, count: block.count + last.count };
      blocks.pop();
    }
    blocks.push(block);
  }
  const places = blocks.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count));
  for (const [index, stop] of column.entries()) stop.y = (places[index] ?? 0) + (offsets[index] ?? 0);
}
