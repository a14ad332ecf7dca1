import type { Output } from '../../io.ts';
import { printableCell } from '../../text.ts';

/** Between columns: as kubectl has it, and where a table has to fit a terminal. */
const GAP = 3;
const NARROW_GAP = 2;

/** A longer cell shifts the rest of its row, not every row. */
const WIDEST = 250;

/** Columns that are left of a cell that is cut: first enough to read, in the end enough to tell it by. */
const FLOORS = [20, 12, 8] as const;
/** The same for the roomiest column: of an ARN, a role with its permission set is left. */
const ROOMY_FLOORS = [40, 32, 8] as const;

/** A cell of a table or a field of CSV: a number is a count, null is nothing known. */
export type Cell = string | number | null;

/** A column of a table or of CSV. */
export interface Column<Row> {
  readonly header: string;
  readonly cell: (row: Row) => Cell;
  /** Missing: always. `with-room`: on a terminal with room for it; the columns of a pipe do not depend on the data. */
  readonly shown?: boolean | 'with-room';
}

/** How a table fits the terminal that shows it. */
export interface Fit {
  /** Columns of the terminal (`terminalWidth`); missing: no cell is cut. */
  readonly width?: number | undefined;
  /** Headers of the columns whose cells may be cut, in the order in which they give way. */
  readonly shrink?: readonly string[];
  /** The one of them that keeps more than the others. */
  readonly roomiest?: string;
}

/** Columns of the terminal that an output is; undefined where it is none, or does not know. */
export function terminalWidth({ isTTY, columns = 0 }: Output): number | undefined {
  return isTTY && columns > 0 ? columns : undefined;
}

/**
 * Columns as kubectl prints them: upper-case headers, aligned, no borders, no trailing space, `-` for null. Cells become printable; without
 * rows the table is empty, so that the command can say why. On a terminal that is too narrow cells are cut and, where that is not enough,
 * each row becomes a block of lines, as in psql's expanded display.
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
  const widthOf = await widthMeasure(textsIn(headers, cells));
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

function* textsIn(headers: readonly string[], rows: readonly (readonly string[])[]): Generator<string> {
  yield* headers;
  for (const row of rows) yield* row;
}

/** Where in a row the cells of a column are, and how wide they are shown. */
interface Placed {
  readonly header: string;
  readonly index: number;
  readonly width: number;
  readonly needsRoom: boolean;
}

function totalOf(columns: readonly Placed[], gap: number): number {
  return columns.reduce((sum, { width }) => sum + width + gap, -gap);
}

/** The columns, those of `shrink` no wider than it takes to fit; a header stays whole. */
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
  // Piece by piece: lists of the lines and their cells would take several times as much memory.
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

/** A line for each cell that is not empty, and an empty one between rows. */
function blocks(columns: readonly Placed[], rows: readonly (readonly string[])[]): string {
  const label = Math.max(...columns.map(({ header }) => header.length)) + NARROW_GAP;
  const blockOf = (row: readonly string[]) =>
    columns.map(({ header, index }) => (row[index] ? `${header.padEnd(label)}${row[index]}\n` : '')).join('');
  return rows.map(blockOf).join('\n');
}

/** A cell of so many columns at most. The end of an ARN tells it from others, the beginning of anything else. */
function shortened(cell: string, width: number, widthOf: WidthOf): string {
  if (widthOf(cell) <= width) return cell;
  const isArn = cell.startsWith('arn:');
  const characters = SINGLE.test(cell) ? [...cell] : charactersOf(cell);
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

/** What a reader takes for one character, with all that combines with it. */
function charactersOf(text: string): string[] {
  return [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
}

/** Columns of a string on a terminal. */
export type WidthOf = (text: string) => number;

/** ASCII but the escapes of colors, and the ellipsis, take one column each, and are common. */
const SINGLE = /^[\0-\x1a\x1c-\x7f…]*$/;

/** Measures what is printable of these texts. string-width is slow, and takes longer to load than a run does otherwise. */
export async function widthMeasure(texts: Iterable<string>): Promise<WidthOf> {
  if (areSingle(texts)) return (text) => text.length;
  const { default: stringWidth } = await import('string-width');
  return (text) => (SINGLE.test(text) ? text.length : stringWidth(text));
}

function areSingle(texts: Iterable<string>): boolean {
  for (const text of texts) if (!SINGLE.test(text)) return false;
  return true;
}

/** Excel reads a file without it in the code page of the country. */
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Rows as CSV that a spreadsheet opens as it is, in pieces that are made as they are written: RFC 4180 with LF and a byte order mark. Fields
 * become printable as in a table, and are quoted where they hold a comma or quote. A string stays one, whatever it looks like.
 */
export function* renderCsv<Row>(columns: readonly Column<Row>[], rows: Iterable<Row>): Generator<string> {
  const wanted = columns.filter(({ shown }) => shown !== false);
  yield `${BYTE_ORDER_MARK}${wanted.map(({ header }) => header).join(',')}\n`;
  for (const row of rows) yield `${wanted.map(({ cell }) => field(cell(row))).join(',')}\n`;
}

function field(cell: Cell): string {
  if (typeof cell === 'number') return String(cell);
  const text = printableCell(spreadsheetText(cell ?? ''));
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const NUMBER_LIKE = /^(?=.*\d)[\d\s.,:/%()e$€£¥-]+$|^(?:true|false)$/i;
const DATE_LIKE = /^\d*[\s/-]*(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[\s./-]*\d*$/i;

/** A number or date loses its zeros or more in a spreadsheet; the formula of the string is what Excel keeps as it is. */
function spreadsheetText(text: string): string {
  const inert = inertText(text);
  const isConverted = NUMBER_LIKE.test(inert) || (/\d/.test(inert) && DATE_LIKE.test(inert));
  return isConverted ? `="${inert}"` : inert;
}

/** Puts a quote before a string that a spreadsheet would take for a formula. */
function inertText(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
