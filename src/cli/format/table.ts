import stringWidth from 'string-width';
import { printableCell } from '../../text.ts';

const GAP = '   ';

/** A longer cell shifts the rest of its row, not every row. */
const WIDEST = 250;

/**
 * Columns as kubectl prints them: upper-case headers, aligned, no borders, no trailing space. Cells become printable; without rows
 * the table is empty, so that the command can say why.
 */
export function renderTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const cells = [headers, ...rows.map((row) => row.map(printableCell))];
  const widths = headers.map((_, column) =>
    cells.reduce((most, row) => Math.max(most, widthOf(row[column] ?? '')), 0),
  );
  const pad = (cell: string, column: number) =>
    cell + ' '.repeat(Math.max(0, Math.min(widths[column] ?? 0, WIDEST) - widthOf(cell)));
  return cells.map((row) => `${row.map(pad).join(GAP).trimEnd()}\n`).join('');
}

/** Columns of a string on a terminal. ASCII and the ellipsis take one each and are common, and string-width is slow. */
export function widthOf(text: string): number {
  return /^[\x20-\x7e…]*$/.test(text) ? text.length : stringWidth(text);
}
