import { columnWidths, type ShownColumn } from '../../columns.ts';
import type { PageData } from '../../data.ts';
import type { PageRows } from '../../decode.ts';
import { FACETS, valueLabel } from '../../facets.ts';
import { HAD_ACCESS, limitTexts, selectedText, titleOf } from '../../texts.ts';
import type { View } from '../../view.ts';
import { element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { earlierText, wholeCellText } from './table-row.ts';

/** Rows on paper: more take a browser minutes to lay out. */
const MOST_ROWS = 5_000;

/**
 * The selected rows as a plain table while the page is printed. Its header, which has the title and the filters, repeats
 * on each sheet.
 */
export function printedTable(page: PageState, columnsNow: () => readonly ShownColumn[]): HTMLElement {
  const container = element('div', { class: 'printed' });
  addEventListener('beforeprint', () => {
    if (page.view.tab === 'table') container.replaceChildren(...contentsOf(page, columnsNow()));
  });
  addEventListener('afterprint', () => container.replaceChildren());
  return container;
}

function contentsOf(page: PageState, all: readonly ShownColumn[]): HTMLElement[] {
  const { selected } = page;
  // A sheet without rows says all the more what was asked.
  if (selected.length === 0) return [element('div', { class: 'sheet-head' }, ...sheetHead(page))];
  const printed = selected.subarray(0, MOST_ROWS);
  // Paper has no room for a column that is empty in all of the rows.
  const columns = all.filter(({ table, text }) =>
    [...new Set(printed.map((row) => page.rows.index(row, table)))].some(
      (index) => text(page.rows, index) !== '',
    ),
  );
  const table = element(
    'table',
    {},
    widths(page, columns),
    element(
      'thead',
      {},
      element('tr', {}, element('th', { class: 'sheet-head', colspan: columns.length }, ...sheetHead(page))),
      element('tr', {}, ...columns.map(({ header }) => element('th', { scope: 'col' }, header))),
    ),
    element('tbody', {}, ...Array.from(printed, (row) => printedRow(page, row, columns))),
  );
  if (printed.length === selected.length) return [table];
  const rest = `Only the first ${selectedText(printed.length, selected.length)} are printed. For the rest, filter the table and print again, or save all rows as CSV.`;
  return [element('p', { class: 'print-limit' }, rest), table];
}

function sheetHead({ rows, selected, view }: PageState): HTMLElement[] {
  const { data } = rows;
  const filters = [...limitTexts(data), ...filterTexts(rows, view)];
  const clusters = data.clusters.length > 1 ? data.clusters.map(({ name }) => name ?? '?').join(', ') : '';
  return [
    element(
      'span',
      { class: 'sheet-title' },
      `${titleOf(data)}: ${selectedText(selected.length, rows.count)}`,
    ),
    element(
      'span',
      { class: 'sheet-origin' },
      [originText(data), clusters].filter((text) => text !== '').join(' · '),
    ),
    ...(filters.length === 0 ? [] : [element('span', { class: 'sheet-filters' }, filters.join('; '))]),
  ];
}

/** Shares of the sheet's width; whole names matter more than whole notes. */
function widths(page: PageState, columns: readonly ShownColumn[]): HTMLElement {
  const characters = columnWidths(page.rows, columns).map(
    (width, index) => width * (WEIGHTS[columns[index]?.key ?? 'principal'] ?? 1),
  );
  const all = characters.reduce((sum, width) => sum + width, 0);
  const group = element('colgroup');
  for (const width of characters) {
    const column = element('col');
    column.style.width = `${(100 * width) / all}%`;
    group.append(column);
  }
  return group;
}

const WEIGHTS: Partial<Record<ShownColumn['key'], number>> = {
  principal: 1.2,
  permissionSet: 1.2,
  reason: 0.7,
};

function printedRow({ rows }: PageState, number: number, columns: readonly ShownColumn[]): HTMLElement {
  const row = rows.row(number);
  const change = rows.change(number);
  const textOf = (key: ShownColumn['key']) => {
    if (key === 'change') return change?.kind ?? '';
    return key === 'access' && rows.isEarlier(number) ? HAD_ACCESS : wholeCellText(row, key, rows);
  };
  const cells = columns.map(({ key }) => {
    const text = textOf(key);
    const was = earlierText(change, key);
    return element('td', { class: key }, text, was === undefined ? null : ` (was ${was || 'none'})`);
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
