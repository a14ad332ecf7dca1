import { beforeText } from '../../../who/csv.ts';
import { HOW_MARKS, howOf, type PageColumn } from '../../columns.ts';
import type { PageData } from '../../data.ts';
import type { PageRows } from '../../decode.ts';
import { FACETS, valueLabel } from '../../facets.ts';
import { count, dateText, limitTexts, selectedText, titleOf } from '../../texts.ts';
import type { View } from '../../view.ts';
import { element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { personText } from './row-story.ts';

/** Rows on paper: more take a browser more than a minute. */
export const MOST_PRINTED = 10_000;

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
  const printed = selected.subarray(0, MOST_PRINTED);
  // Paper has no room for a column that is empty in all of the rows.
  const columns = all.filter(({ table, items }) =>
    [...new Set(printed.map((row) => rows.index(row, table)))].some((index) => items(rows, index).length > 0),
  );
  const head = element(
    'th',
    { class: 'sheet-head', colspan: Math.max(1, columns.length) },
    ...sheetHead(page),
  );
  const table = element(
    'table',
    {},
    element(
      'thead',
      {},
      element('tr', {}, head),
      element('tr', {}, ...columns.map(({ header }) => element('th', { scope: 'col' }, header))),
    ),
    element('tbody', {}, ...Array.from(printed, (row) => printedRow(rows, row, columns))),
  );
  return [table];
}

function sheetHead({ rows, selected, view }: PageState): HTMLElement[] {
  const { data } = rows;
  const filters = [...limitTexts(data), ...filterTexts(rows, view)];
  return [
    element('p', { class: 'sheet-title' }, `${titleOf(data)}: ${selectedText(selected.length, rows.count)}`),
    element('p', {}, [originText(data), ...filters].join(' · ')),
    ...(selected.length <= MOST_PRINTED
      ? []
      : [
          element(
            'p',
            { class: 'print-limit' },
            `Only the first ${count(MOST_PRINTED)} rows are printed. For the rest, filter the table and print again, or save all rows as CSV.`,
          ),
        ]),
  ];
}

function printedRow(rows: PageRows, number: number, columns: readonly PageColumn[]): HTMLElement {
  const change = rows.change(number);
  const cells = columns.map(({ key, table, items }) => {
    const index = rows.index(number, table);
    if (key === 'principal') return element('th', { scope: 'row' }, personText(rows.row(number)).name);
    if (key === 'change' && change) {
      const before = beforeText(change);
      return element('td', {}, before === '' ? change.kind : `${change.kind} from ${before}`);
    }
    const { mark = null, items: list } = key === 'how' ? howOf(rows)(index) : { items: items(rows, index) };
    const [first = '', ...others] = list;
    const rest = others.length === 0 ? '' : ` +${others.length}`;
    return element(
      'td',
      {},
      mark === null ? null : element('strong', {}, `${HOW_MARKS[mark]}: `),
      `${first}${rest}`,
    );
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
  const read = asOf === null ? 'not read' : `read ${dateText(asOf, true)}`;
  return `AWS ${read} · aws-auth-sso ${version}`;
}
