import { type ColumnKey, columnWidths, type ShownColumn, shownColumns } from '../../columns.ts';
import { count, selectedText, titleOf } from '../../texts.ts';
import { type View, WHOLE_VIEW } from '../../view.ts';
import { element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { goToRows } from '../rows-link.ts';
import { printedTable } from './print-table.ts';
import { rowDetails } from './row-details.ts';
import { tableRow } from './table-row.ts';
import { VirtualBody } from './virtual-body.ts';

/** The table of the selected rows. */
export function tableView(page: PageState): HTMLElement {
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
    // Narrow screens show rows as cards; `table.css` has the same limit.
    usualHeight: () => (matchMedia('(max-width: 700px)').matches ? NARROW_HEIGHT : WIDE_HEIGHT),
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

function widths(page: PageState, columns: readonly ShownColumn[]): HTMLElement {
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
function openDetails(page: PageState, body: VirtualBody): HTMLElement {
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

function emptyState(page: PageState): HTMLElement {
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

/** A menu of the columns to show. The first cell of a row opens it, so it stays. */
function columnMenu(
  columns: readonly ShownColumn[],
  onChange: (shown: readonly ShownColumn[]) => void,
): HTMLElement {
  const hidden = new Set<ColumnKey>();
  const boxes = columns
    .filter(({ key }) => key !== 'principal')
    .map(({ key, header }) => {
      const toggle = () => {
        if (box.checked) hidden.delete(key);
        else hidden.add(key);
        onChange(columns.filter((column) => !hidden.has(column.key)));
      };
      const box = element('input', { type: 'checkbox', checked: true, onchange: toggle });
      return element('label', {}, box, header);
    });
  const menu = element(
    'details',
    {
      class: 'column-menu',
      onkeydown: (event) => {
        if ((event as KeyboardEvent).key !== 'Escape') return;
        menu.open = false;
        menu.querySelector('summary')?.focus();
      },
      onfocusout: (event) => {
        const { relatedTarget } = event as FocusEvent;
        if (relatedTarget instanceof Node && !menu.contains(relatedTarget)) menu.open = false;
      },
    },
    element('summary', {}, 'Columns'),
    element('div', { class: 'column-list', role: 'group', 'aria-label': 'Columns to show' }, ...boxes),
  );
  document.addEventListener('pointerdown', ({ target }) => {
    if (target instanceof Node && !menu.contains(target)) menu.open = false;
  });
  return menu;
}

/** The header: a button in each cell sorts by the column. */
function tableHead(page: PageState, columns: readonly ShownColumn[]) {
  const cells = columns.map(({ key, header }) =>
    element(
      'th',
      { scope: 'col', role: 'columnheader', class: key },
      element(
        'button',
        {
          type: 'button',
          onclick: () => {
            // Ascending, then descending, then the order of the run.
            const { sort } = page.view;
            const next = { column: key, descending: sort?.column === key };
            page.change({ sort: sort?.column === key && sort.descending ? null : next });
          },
        },
        header,
      ),
    ),
  );
  const show = (sort: View['sort']) => {
    for (const [index, { key }] of columns.entries())
      cells[index]?.setAttribute(
        'aria-sort',
        sort?.column !== key ? 'none' : sort.descending ? 'descending' : 'ascending',
      );
  };
  show(page.view.sort);
  const row = element('tr', { role: 'row', 'aria-rowindex': 1 }, ...cells);
  return { element: element('thead', { role: 'rowgroup' }, row), show };
}

/** Sorts cards, which have no header. */
function sortField(page: PageState, columns: readonly ShownColumn[]): HTMLElement {
  const choices = columns.flatMap(({ key, header }) => [
    { value: key, text: `${header}, A to Z` },
    { value: `-${key}`, text: `${header}, Z to A` },
  ]);
  const sort = () => {
    const column = columns.find(({ key }) => key === select.value.replace(/^-/, ''));
    page.change({ sort: column ? { column: column.key, descending: select.value.startsWith('-') } : null });
  };
  const select = element(
    'select',
    { onchange: sort },
    element('option', { value: '' }, 'Order of the run'),
    ...choices.map(({ value, text }) => element('option', { value }, text)),
  );
  page.follow(({ view }) => {
    select.value = view.sort ? `${view.sort.descending ? '-' : ''}${view.sort.column}` : '';
  });
  return element('label', { class: 'sort-field' }, 'Sort by ', select);
}
