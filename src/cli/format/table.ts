import { printableCell } from '../../text.ts';

const GAP = '   ';

/** A longer cell shifts the rest of its row, not every row. */
const WIDEST = 250;

/**
 * Columns as kubectl prints them: upper-case headers, aligned, no borders, no trailing space. Cells become printable; without rows
 * the table is empty, so that the command can say why.
 */
export async function renderTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<string> {
  if (rows.length === 0) return '';
  const cells = [headers, ...rows.map((row) => row.map(printableCell))];
  const widthOf = await widthMeasure(cells.flat());
  const widths = headers.map((_, column) =>
    cells.reduce((most, row) => Math.max(most, widthOf(row[column] ?? '')), 0),
  );
  const pad = (cell: string, column: number) =>
    cell + ' '.repeat(Math.max(0, Math.min(widths[column] ?? 0, WIDEST) - widthOf(cell)));
  return cells.map((row) => `${row.map(pad).join(GAP).trimEnd()}\n`).join('');
}

/** Columns of a string on a terminal. */
export type WidthOf = (text: string) => number;

/** ASCII and the ellipsis take one column each, and are common. */
const SINGLE = /^[\0-\x7f…]*$/;

/** Measures what is printable of these texts. string-width is slow, and takes longer to load than a run does otherwise. */
export async function widthMeasure(texts: readonly string[]): Promise<WidthOf> {
  if (texts.every((text) => SINGLE.test(text))) return (text) => text.length;
  const { default: stringWidth } = await import('string-width');
  return (text) => (SINGLE.test(text) ? text.length : stringWidth(text));
}

/** Rows as CSV (RFC 4180, with LF): fields become printable as in a table, and are quoted where they hold a comma or quote. */
export function renderCsv(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  return [headers, ...rows].map((row) => `${row.map(field).join(',')}\n`).join('');
}

function field(text: string): string {
  const shown = printableCell(text);
  return /[",]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}

/** Excel reads a file without it in the code page of the country. */
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Rows as CSV that a spreadsheet opens as it is, in pieces that are made as they are written: `renderCsv` with a byte order mark, and
 * every field as text.
 */
export function* renderSpreadsheet<Row>(
  headers: readonly string[],
  rows: Iterable<Row>,
  cellsOf: (row: Row) => readonly (string | null)[],
): Generator<string> {
  yield `${BYTE_ORDER_MARK}${renderCsv(headers, [])}`;
  for (const row of rows)
    yield `${cellsOf(row)
      .map((cell) => field(spreadsheetText(cell ?? '')))
      .join(',')}\n`;
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
export function inertText(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
