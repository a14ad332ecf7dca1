import { printable } from '../../../text.ts';
import { type GraphNode, LAYER_TEXTS } from './graph.ts';
import { LAYERS, type Layer } from './model.ts';

/** The width of a text in pixels, in bold or not. */
export type Measure = (text: string, isBold: boolean) => number;

export interface Column {
  readonly layer: Layer;
  readonly x: number;
  readonly width: number;
}

/** Around the whole graph. */
export const MARGIN = 8;
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
export function columnsOf(nodes: readonly GraphNode[], room: number, measure: Measure): readonly Column[] {
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

interface Wanted {
  readonly layer: Layer;
  readonly width: number;
}

/** The largest share with which all columns fit: only the widest lose some of their width. */
function shareOf(wanted: readonly Wanted[], available: number): number {
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
function wantedWidth(layer: Layer, nodes: readonly GraphNode[], measure: Measure): number {
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
