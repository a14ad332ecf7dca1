import type { Column } from '../../column.ts';
import type { Output } from '../../io.ts';
import { printableCell } from '../../text.ts';

/** Spaces between columns: like kubectl, and in a table that has to fit a terminal. */
const GAP = 3;
const NARROW_GAP = 2;

/** A longer cell shifts the rest of its row, not every row. */
const WIDEST = 250;

/** Minimum width of a cut cell, round by round: first readable, in the end just recognizable. */
const FLOORS = [20, 12, 8] as const;
/** The same for the roomiest column: enough of an ARN to show the role with its permission set. */
const ROOMY_FLOORS = [40, 32, 8] as const;

/** Rules for fitting a table to a terminal. */
export interface Fit {
  /** Columns of the terminal (`terminalWidth`); by default, no cell is cut. */
  readonly width?: number | undefined;
  /** Headers of the columns whose cells may be cut, first to last. */
  readonly shrink?: readonly string[];
  /** The header among them that keeps the most width. */
  readonly roomiest?: string;
}

/** Columns of an output that is a terminal; undefined if it is none, or its width is unknown. */
export function terminalWidth({ isTTY, columns = 0 }: Output): number | undefined {
  return isTTY && columns > 0 ? columns : undefined;
}

/**
 * Renders columns like kubectl: upper-case headers, aligned, no borders, no trailing spaces, `-` for null. Cells become
 * printable. Without rows the table is empty, so that the command can explain why. On a narrow terminal cells are cut
 * and, if that isn't enough, each row becomes a block of lines, like psql's expanded display.
 */
export async function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { width, shrink = [], roomiest }: Fit = {},
): Promise<string> {
  if (rows.length === 0) return '';
  const wanted = columns.filter(({ shown }) => shown !== false);
  const cells = rows.map((row) => wanted.map(({ cell }) => printableCell(String(cell(row) ?? '-'))));
  const headers = wanted.map(({ header }) => header);
  const widthOf = await widthMeasure([headers, ...cells]);
  const all = wanted.map(({ header, shown }, index): Placed => {
    const widest = cells.reduce((most, row) => Math.max(most, widthOf(row[index] ?? '')), header.length);
    return { header, index, width: Math.min(widest, WIDEST), needsRoom: shown === 'with-room' };
  });
  const hasRoom = width !== undefined && totalOf(all, GAP) <= width;
  const placed = hasRoom ? all : all.filter(({ needsRoom }) => !needsRoom);
  if (width === undefined || totalOf(placed, GAP) <= width) return alignedRows(placed, cells, GAP, widthOf);
  const narrow = narrowed(placed, width, shrink, roomiest);
  if (totalOf(narrow, NARROW_GAP) > width) return blocks(placed, cells);
  const cut = cells.map((row) => row.slice());
  for (const column of narrow) {
    if (!shrink.includes(column.header)) continue;
    for (const row of cut) row[column.index] = shortened(row[column.index] ?? '', column.width, widthOf);
  }
  return alignedRows(narrow, cut, NARROW_GAP, widthOf);
}

/** A column's index in each row, and its displayed width. */
interface Placed {
  readonly header: string;
  readonly index: number;
  readonly width: number;
  readonly needsRoom: boolean;
}

function totalOf(columns: readonly Placed[], gap: number): number {
  return columns.reduce((sum, { width }) => sum + width + gap, -gap);
}

/** The columns, with those of `shrink` narrowed until they fit; a header is never cut. */
function narrowed(
  columns: readonly Placed[],
  width: number,
  shrink: readonly string[],
  roomiest: string | undefined,
): Placed[] {
  const narrow = columns.slice();
  for (const [round, usual] of FLOORS.entries()) {
    for (const header of shrink) {
      const floor = header === roomiest ? (ROOMY_FLOORS[round] ?? usual) : usual;
      const at = narrow.findIndex((column) => column.header === header);
      const column = narrow[at];
      if (!column) continue;
      const excess = Math.max(0, totalOf(narrow, NARROW_GAP) - width);
      const least = Math.min(column.width, Math.max(floor, header.length));
      narrow[at] = { ...column, width: Math.max(column.width - excess, least) };
    }
  }
  return narrow;
}

function alignedRows(
  columns: readonly Placed[],
  rows: readonly (readonly string[])[],
  gap: number,
  widthOf: WidthOf,
): string {
  const padding = (cell: string, { width }: Placed) => ' '.repeat(Math.max(0, width - widthOf(cell)) + gap);
  // Appended piece by piece: lists of lines and cells would take several times as much memory.
  let text = '';
  const add = (cellOf: (column: Placed) => string) => {
    let line = '';
    for (const column of columns) {
      const cell = cellOf(column);
      line += cell + padding(cell, column);
    }
    text += `${line.trimEnd()}\n`;
  };
  add(({ header }) => header);
  for (const row of rows) add(({ index }) => row[index] ?? '');
  return text;
}

/** A line for each non-empty cell, and an empty line between rows. */
function blocks(columns: readonly Placed[], rows: readonly (readonly string[])[]): string {
  const label = Math.max(...columns.map(({ header }) => header.length)) + NARROW_GAP;
  const blockOf = (row: readonly string[]) =>
    columns.map(({ header, index }) => (row[index] ? `${header.padEnd(label)}${row[index]}\n` : '')).join('');
  return rows.map(blockOf).join('\n');
}

/** Cuts a cell to a width. Keeps the end of an ARN, and the beginning of anything else, to distinguish them. */
function shortened(cell: string, width: number, widthOf: WidthOf): string {
  if (widthOf(cell) <= width) return cell;
  const isArn = cell.startsWith('arn:');
  // The characters that a reader sees: grapheme clusters.
  const characters = SINGLE.test(cell)
    ? [...cell]
    : [...new Intl.Segmenter().segment(cell)].map(({ segment }) => segment);
  if (isArn) characters.reverse();
  const kept: string[] = [];
  let left = width - '…'.length;
  for (const character of characters) {
    left -= widthOf(character);
    if (left < 0) break;
    kept.push(character);
  }
  return isArn ? `…${kept.reverse().join('')}` : `${kept.join('')}…`;
}

/** Measures the columns of a string on a terminal. */
export type WidthOf = (text: string) => number;

/** The common case of one column per character: ASCII without color escapes, and the ellipsis. */
const SINGLE = /^[\0-\x1a\x1c-\x7f…]*$/;

/** Returns a measure for printable parts of these texts. Avoids string-width, which is slow, even to load. */
export async function widthMeasure(rows: readonly (readonly string[])[]): Promise<WidthOf> {
  if (rows.every((row) => row.every((text) => SINGLE.test(text)))) return (text) => text.length;
  const { default: stringWidth } = await import('string-width');
  return (text) => (SINGLE.test(text) ? text.length : stringWidth(text));
}
