import type { Cell, Column } from './column.ts';
import { printableCell } from './text.ts';

/** Without it, Excel reads a file in the local code page. */
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Renders rows as CSV that spreadsheets open directly, in pieces that are generated as they are written: RFC 4180 with LF
 * and a byte order mark. Fields become printable as in a table, and are quoted if they contain a comma or quote. A string
 * stays a string, even if it looks like a number or formula.
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

/** Spreadsheets also take full-width and small forms of these characters, and drop spaces and invisible ones before them. */
const FORMULA_LIKE = /^[\s\p{Z}\p{C}]*[=+\-@\t\r＝＋－＠﹦﹢﹣﹫]/u;

/** Spreadsheets change what looks like a number or date; Excel keeps a string formula unchanged. */
function spreadsheetText(text: string): string {
  // A quote keeps a spreadsheet from reading a formula.
  const inert = FORMULA_LIKE.test(text) ? `'${text}` : text;
  const isConverted = NUMBER_LIKE.test(inert) || (/\d/.test(inert) && DATE_LIKE.test(inert));
  return isConverted ? `="${inert}"` : inert;
}
