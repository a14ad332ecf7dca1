import { columnWidths } from './column-widths.ts';
import { type ColumnKey, type ShownColumn, shownColumns } from './columns.ts';
import { element } from './dom.ts';
import type { Page } from './page.ts';
import { tableRow } from './table-row.ts';
import { WHOLE_VIEW } from './view.ts';
import { VirtualBody } from './virtual-body.ts';

/** The table of the selected rows. */
export function tableView(page: Page): HTMLElement {
  const columns = shownColumns(page.rows);
  const region = element('div', {
    class: 'table-region',
    role: 'region',
    'aria-labelledby': 'table-caption',
    tabindex: 0,
  });
  const body = new VirtualBody(region, {
    build: (row, index) => tableRow(page, row, index, columns),
    usualHeight: () => (isNarrow() ? NARROW_HEIGHT : WIDE_HEIGHT),
  });
  const caption = element('caption', { id: 'table-caption', class: 'hidden-text' });
  const head = tableHead(page, columns);
  const table = element('table', { role: 'table' }, caption, widths(page, columns), head.element, body.body);
  region.append(table);
  const nothing = emptyState(page);
  let shown: Uint32Array | null = null;
  page.follow(({ selected, rows, view }) => {
    head.show(view.sort);
    if (selected === shown) return;
    shown = selected;
    caption.replaceChildren(`Who has access: ${countText(selected.length, rows.count)}`);
    table.setAttribute('aria-rowcount', String(selected.length + 1));
    region.hidden = selected.length === 0;
    nothing.hidden = selected.length > 0;
    body.show(selected);
  });
  return element('div', { class: 'table-view' }, region, nothing);
}

const WIDE_HEIGHT = 56;
const NARROW_HEIGHT = 110;

/** Narrow screens show rows as cards; `table.css` has the same limit. */
function isNarrow(): boolean {
  return matchMedia('(max-width: 700px)').matches;
}

/** `312 of 5,000 rows` */
export function countText(selected: number, all: number): string {
  const total = `${all.toLocaleString('en-US')} ${all === 1 ? 'row' : 'rows'}`;
  return selected === all ? total : `${selected.toLocaleString('en-US')} of ${total}`;
}

function widths(page: Page, columns: readonly ShownColumn[]): HTMLElement {
  const characters = columnWidths(page.rows, columns);
  const group = element('colgroup');
  for (const width of characters) {
    const column = element('col');
    column.style.width = `${width}ch`;
    group.append(column);
  }
  return group;
}

function tableHead(page: Page, columns: readonly ShownColumn[]) {
  const cells = columns.map(({ key, header }) =>
    element(
      'th',
      { scope: 'col', role: 'columnheader', class: key },
      element(
        'button',
        { type: 'button', onclick: () => page.change({ sort: nextSort(page, key) }) },
        header,
      ),
    ),
  );
  const show = (sort: Page['view']['sort']) => {
    for (const [index, { key }] of columns.entries()) {
      const order = sort?.column !== key ? 'none' : sort.descending ? 'descending' : 'ascending';
      cells[index]?.setAttribute('aria-sort', order);
    }
  };
  const row = element('tr', { role: 'row', 'aria-rowindex': 1 }, ...cells);
  return { element: element('thead', { role: 'rowgroup' }, row), show };
}

/** Ascending, then descending, then the order of the run. */
function nextSort({ view: { sort } }: Page, column: ColumnKey): Page['view']['sort'] {
  if (sort?.column !== column) return { column, descending: false };
  return sort.descending ? null : { column, descending: true };
}

function emptyState(page: Page): HTMLElement {
  const clear = () => page.change({ search: '', filters: WHOLE_VIEW.filters });
  return element(
    'div',
    { class: 'empty-state' },
    element('h2', {}, 'No rows match'),
    element('p', { class: 'muted' }, 'Nobody in this page matches the search and all of the filters.'),
    element('button', { type: 'button', onclick: clear }, 'Clear search and filters'),
  );
}
