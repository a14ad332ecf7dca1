import { printableCell } from '../../text.ts';

/** Rows as CSV (RFC 4180, with LF): fields become printable as in a table, and are quoted where they hold a comma or quote. */
export function renderCsv(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  return [headers, ...rows].map((row) => `${row.map(field).join(',')}\n`).join('');
}

function field(text: string): string {
  const shown = printableCell(text);
  return /[",]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}

/** Puts a quote before a string that a spreadsheet would take for a formula. */
export function inertText(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
