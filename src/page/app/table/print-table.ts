import { beforeText } from '../../../who/csv.ts';
import { columnText, type PageColumn } from '../../columns.ts';
import type { PageData } from '../../data.ts';
import type { PageRows } from '../../decode.ts';
import { FACETS, valueLabel } from '../../facets.ts';
import { limitTexts, selectedText, titleOf } from '../../texts.ts';
import type { View } from '../../view.ts';
import { element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { personText } from './row-story.ts';

/** Rows on paper: more take a browser minutes to lay out. */
export const MOST_PRINTED = 5_000;

/**
 * The selected rows as a plain table while the page is printed. Its header, which has the title and the filters, repeats
 * on each sheet.
 */
export function printedTable(page: PageState, columnsNow: () => readonly PageColumn[]): HTMLElement {
  const container = element('div', { class: 'printed' });
  addEventListener('beforeprint', () => {
    if (page.view.tab === 'table') container.replaceChildren(...contentsOf(page, columnsNow()));
  });
  addEventListener('afterprint', () => container.replaceChildren());
  return container;
}

function contentsOf(page: PageState, all: readonly PageColumn[]): HTMLElement[] {
  const { rows, selected } = page;
  const head = element('div', { class: 'sheet-head' }, ...sheetHead(page));
  // A sheet without rows says all the more what was asked.
  if (selected.length === 0) return [head];
  const printed = selected.subarray(0, MOST_PRINTED);
  // Paper has no room for a column that is empty in all of the rows.
  const columns = all.filter((column) =>
    [...new Set(printed.map((row) => rows.index(row, column.table)))].some(
      (index) => column.items(rows, index).length > 0,
    ),
  );
  const table = element(
    'table',
    {},
    element(
      'thead',
      {},
      element('tr', {}, ...columns.map(({ header }) => element('th', { scope: 'col' }, header))),
    ),
    element('tbody', {}, ...Array.from(printed, (row) => printedRow(rows, row, columns))),
  );
  if (printed.length === selected.length) return [head, table];
  const rest = `Only the first ${selectedText(printed.length, selected.length)} are printed. For the rest, filter the table and print again, or save all rows as CSV.`;
  return [head, element('p', { class: 'print-limit' }, rest), table];
}

function sheetHead({ rows, selected, view }: PageState): HTMLElement[] {
  const { data } = rows;
  const filters = [...limitTexts(data), ...filterTexts(rows, view)];
  return [
    element('p', { class: 'sheet-title' }, `${titleOf(data)}: ${selectedText(selected.length, rows.count)}`),
    element('p', {}, [originText(data), ...filters].join(' · ')),
  ];
}

function printedRow(rows: PageRows, number: number, columns: readonly PageColumn[]): HTMLElement {
  const change = rows.change(number);
  const cells = columns.map((column) => {
    const text = columnText(column, rows, rows.index(number, column.table));
    if (column.key === 'principal') return element('th', { scope: 'row' }, personText(rows.row(number)).name);
    if (column.key !== 'change' || !change) return element('td', {}, text);
    const before = beforeText(change);
    return element('td', {}, before === '' ? change.kind : `${change.kind} from ${before}`);
  });
  return element('tr', { class: change?.kind ?? null }, ...cells);
}

/** Search and filters in words: `Search: alice`, `Account: prod (111122223333) or dev (444455556666)` */
export function filterTexts(
  rows: PageRows,
  { search, filters }: Pick<View, 'search' | 'filters'>,
): readonly string[] {
  const chosen = FACETS.flatMap(({ key, label }) => {
    const values = (filters[key] ?? []).map((value) => valueLabel(rows, key, value));
    return values.length === 0 ? [] : [`${label}: ${values.join(' or ')}`];
  });
  return search.trim() === '' ? chosen : [`Search: ${search.trim()}`, ...chosen];
}

/** When the rows were read, for a sheet of paper. */
export function originText({ asOf, version }: Pick<PageData, 'asOf' | 'version'>): string {
  const read =
    asOf === null
      ? "AWS wasn't read"
      : `as of ${asOf.replace('T', ' ').replace(/(:\d\d)(?:\.\d+)?Z$/, '$1 UTC')}`;
  return `${read} · aws-auth-sso ${version}`;
}
