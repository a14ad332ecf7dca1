import { type ShownColumn, shownColumns } from '../columns.ts';
import { element } from '../dom.ts';
import type { Page } from '../page.ts';
import { goToRows } from '../rows-link.ts';
import { titleOf } from '../summary/head.ts';
import { count, selectedText } from '../texts.ts';
import { WHOLE_VIEW } from '../view.ts';
import { columnMenu } from './column-menu.ts';
import { columnWidths } from './column-widths.ts';
import { printedTable } from './print-table.ts';
import { rowDetails } from './row-details.ts';
import { sortField, tableHead } from './table-head.ts';
import { tableRow } from './table-row.ts';
import { VirtualBody } from './virtual-body.ts';

/** The table of the selected rows. */
export function tableView(page: Page): HTMLElement {
  const all = shownColumns(page.rows);
  const region = element('div', {
    class: 'table-region screen-only',
    role: 'region',
    'aria-labelledby': 'table-caption',
    tabindex: 0,
  });
  let columns = all;
  const body = new VirtualBody(region, {
    build: (row, index) => tableRow(page, row, index, columns),
    usualHeight: () => (isNarrow() ? NARROW_HEIGHT : WIDE_HEIGHT),
  });
  const caption = element('caption', { id: 'table-caption', class: 'hidden-text' });
  const table = element('table', { role: 'table' });
  region.append(table);
  let head = tableHead(page, columns);
  const showColumns = (shown: readonly ShownColumn[]) => {
    columns = shown;
    head = tableHead(page, columns);
    table.replaceChildren(caption, widths(page, columns), head.element, body.body);
    body.rebuild();
  };
  showColumns(all);
  const limit = element('p', { class: 'table-limit muted screen-only', hidden: true });
  const nothing = emptyState(page);
  const details = openDetails(page, body);
  let shown: Uint32Array | null = null;
  page.follow(({ selected, rows, view }) => {
    head.show(view.sort);
    if (selected === shown) return;
    shown = selected;
    caption.replaceChildren(`${titleOf(rows.data)}: ${selectedText(selected.length, rows.count)}`);
    table.setAttribute('aria-rowcount', String(selected.length + 1));
    region.hidden = selected.length === 0;
    nothing.hidden = selected.length > 0;
    const reached = body.show(selected);
    limit.hidden = reached === selected.length;
    limit.textContent = `Only the first ${count(reached)} rows can be scrolled to. Search or filter to see the others.`;
  });
  const tools = element(
    'div',
    { class: 'table-tools screen-only' },
    sortField(page, all),
    columnMenu(all, showColumns),
  );
  return element(
    'div',
    { class: 'table-view' },
    tools,
    region,
    limit,
    nothing,
    details,
    printedTable(page, () => columns),
  );
}

const WIDE_HEIGHT = 38;
const NARROW_HEIGHT = 80;

/** Narrow screens show rows as cards; `table.css` has the same limit. */
function isNarrow(): boolean {
  return matchMedia('(max-width: 700px)').matches;
}

function widths(page: Page, columns: readonly ShownColumn[]): HTMLElement {
  const group = element('colgroup');
  for (const width of columnWidths(page.rows, columns)) {
    const column = element('col');
    column.style.width = `${width}ch`;
    group.append(column);
  }
  return group;
}

/** Rows that a key moves over: Home and End lead out of a table that Tab would take too long to leave. */
const STEPS: ReadonlyMap<string, number> = new Map([
  ['ArrowDown', 1],
  ['ArrowUp', -1],
  ['PageDown', 10],
  ['PageUp', -10],
  ['Home', Number.NEGATIVE_INFINITY],
  ['End', Number.POSITIVE_INFINITY],
]);

/** Opens the details of a row with a click anywhere in it, or with its button; keys move between rows. */
function openDetails(page: Page, body: VirtualBody): HTMLElement {
  const details = rowDetails(page);
  body.body.addEventListener('click', ({ target }) => {
    const index = body.indexOf(target);
    const row = index === undefined ? undefined : body.rowOf(index);
    // A click that ends a selection of text isn't meant to open anything.
    if (row !== undefined && getSelection()?.isCollapsed !== false) details.open(row);
  });
  body.body.addEventListener('keydown', (event) => {
    const step = STEPS.get(event.key);
    const index = body.indexOf(event.target);
    if (step === undefined || index === undefined) return;
    event.preventDefault();
    body.focus(Math.max(0, Math.min(index + step, page.selected.length - 1)));
  });
  return details.element;
}

function emptyState(page: Page): HTMLElement {
  const clear = () => {
    page.change({ search: '', filters: WHOLE_VIEW.filters });
    goToRows();
  };
  const ask = () => {
    page.change({ tab: 'rights', search: '', filters: WHOLE_VIEW.filters });
    document.getElementById('tab-rights')?.focus();
  };
  return element(
    'div',
    { class: 'empty-state' },
    element('h2', {}, 'No rows match'),
    element(
      'p',
      { class: 'muted' },
      'The search looks in the columns only. To ask who can do something, such as read secrets, use ',
      element('button', { type: 'button', class: 'link', onclick: ask }, 'Permissions'),
      '.',
    ),
    element('button', { type: 'button', class: 'screen-only', onclick: clear }, 'Clear search and filters'),
  );
}
