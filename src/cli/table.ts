import stringWidth from 'string-width';
import { printable } from '../printable.ts';

const GAP = '   ';

/** Columns as kubectl prints them: upper-case headers, aligned, no borders, no trailing space. Cells become printable. */
export function renderTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [headers, ...rows.map((row) => row.map(printable))];
  const widths = headers.map((_, column) =>
    cells.reduce((most, row) => Math.max(most, stringWidth(row[column] ?? '')), 0),
  );
  const pad = (cell: string, column: number) =>
    cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - stringWidth(cell)));
  return cells.map((row) => `${row.map(pad).join(GAP).trimEnd()}\n`).join('');
}
