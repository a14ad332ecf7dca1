import { COLUMNS } from './columns.ts';
import { element } from './dom.ts';
import type { Page } from './page.ts';

/** The table of the selected rows. */
export function tableView(page: Page): HTMLElement {
  const columns = COLUMNS.filter((column) => !('isShown' in column) || column.isShown?.(page.rows) !== false);
  const body = element('tbody');
  page.follow(({ rows, selected }) => {
    body.replaceChildren(
      ...Array.from(selected.subarray(0, 100), (row) =>
        element(
          'tr',
          {},
          ...columns.map((column) => element('td', {}, column.text(rows, rows.index(row, column.table)))),
        ),
      ),
    );
  });
  const head = element('tr', {}, ...columns.map(({ header }) => element('th', { scope: 'col' }, header)));
  return element('table', {}, element('thead', {}, head), body);
}
