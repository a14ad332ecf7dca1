import { memo } from '../../../memo.ts';
import { parseProvisionedRoleArn } from '../../../role-name.ts';
import type { WhoRow } from '../../../who/rows.ts';
import { fittedWidths, offeredColumns, type PageColumn } from '../../columns.ts';
import type { PageRows } from '../../decode.ts';
import { clusterTitle, count, limitTexts, principalKind, selectedText, titleOf } from '../../texts.ts';
import type { View } from '../../view.ts';
import { element, textWidth } from '../dom.ts';
import { rowsFile, type TabView } from '../filters/csv-file.ts';
import { dropdown } from '../filters/dropdown.ts';
import type { PageState } from '../page.ts';
import { questionOf } from '../permissions/search-question.ts';
import { questionWords } from '../permissions/words.ts';
import { goToRows } from '../rows-link.ts';
import { MOST_PRINTED, printedTable } from './print-table.ts';
import { rowDetails } from './row-details.ts';
import { tableRow } from './table-row.ts';
import { VirtualBody } from './virtual-body.ts';

/** The table of the selected rows. */
export function tableView(page: PageState): TabView {
  const all = offeredColumns(page.rows);
  let columns: readonly PageColumn[] = all.filter(({ isHidden }) => !isHidden);
  const region = element('div', {
    class: 'table-region screen-only',
    role: 'region',
    'aria-labelledby': 'table-caption',
    tabindex: 0,
  });
  const body = new VirtualBody(region, (row, index) => tableRow(page.rows, row, index, columns), rowHeight);
  const caption = element('caption', { id: 'table-caption', class: 'hidden-text' });
  const table = element('table', { role: 'table' });
  region.append(table);
  const wanted = memo((column: PageColumn) => wantedWidth(page.rows, column));
  const group = () => columnGroup(columns, columns.map(wanted), region.clientWidth);
  const showColumns = (shown: readonly PageColumn[]) => {
    columns = shown;
    table.replaceChildren(caption, group(), tableHead(page, columns), body.body);
    body.rebuild();
  };
  new ResizeObserver(() => {
    table.querySelector('colgroup')?.replaceWith(group());
  }).observe(region);
  showColumns(columns);
  const limit = element('p', { class: 'table-limit muted screen-only' });
  const nothing = element('div', { class: 'empty-state' });
  const details = rowDetails(page);
  openRows(body, details.open);
  let shown: Uint32Array | null = null;
  page.follow(({ selected, rows, view }) => {
    sortedHead(table, columns, view.sort);
    if (selected === shown) return;
    shown = selected;
    caption.replaceChildren(`${titleOf(rows.data)}: ${selectedText(selected.length, rows.count)}`);
    table.setAttribute('aria-rowcount', String(selected.length + 1));
    region.hidden = selected.length === 0;
    nothing.hidden = selected.length > 0;
    if (selected.length === 0) {
      nothing.replaceChildren(...emptyState(page));
      // Below the fold, nobody would see what it offers.
      nothing.scrollIntoView({ block: 'nearest' });
    }
    const reached = body.show(selected);
    limit.textContent =
      reached < selected.length
        ? `Only the first ${count(reached)} rows can be scrolled to. Search or filter to see the others.`
        : selected.length > MOST_PRINTED
          ? `Printing takes only the first ${count(MOST_PRINTED)} rows. Save as CSV takes all.`
          : '';
  });
  return {
    element: element(
      'div',
      { class: 'table-view' },
      sortField(page, all),
      region,
      limit,
      nothing,
      details.element,
      printedTable(page, () => columns),
    ),
    tools: columnMenu(all, columns, showColumns),
    exported: () => rowsFile(page),
    enter: () => {
      const [first] = page.selected;
      if (first === undefined) return;
      const person = page.rows.index(first, 'principals');
      const isOne = page.selected.every((row) => page.rows.index(row, 'principals') === person);
      if (isOne) details.open(first);
      else body.focus(0);
    },
  };
}

/** Narrow screens show rows as cards; `table.css` has the same limit and the same heights. */
function rowHeight(): number {
  const unit = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  return unit * (matchMedia('(max-width: 700px)').matches ? 4.75 : 2.125);
}

/** Columns get what their longest texts need, and a share of the rest. If there is too little, the widest give way. */
function columnGroup(columns: readonly PageColumn[], wanted: readonly number[], room: number): HTMLElement {
  const shares = columns.map(({ key }) => SHARES[key] ?? 1);
  const group = fittedWidths(wanted, room, LEAST, shares).map((width) => {
    const column = element('col');
    column.style.width = `${width}px`;
    return column;
  });
  return element('colgroup', {}, ...group);
}

/** Pixels. */
const LEAST = 120;
/** How much wider than others some columns stay: whole names matter most, and the ways are the longest texts. */
const SHARES: Partial<Record<PageColumn['key'], number>> = { principal: 2.4, how: 1.6 };
/** The space beside the text of a cell. */
const PADDING = 28;
/** The frame of a mark. */
const FRAME: Partial<Record<PageColumn['key'], number>> = { how: 24, change: 16 };

/** The longest text in characters is the widest, or nearly so. */
function wantedWidth(rows: PageRows, { key, header, table, items }: PageColumn): number {
  let longest = '';
  for (let index = 0; index < rows.data.tables[table].length; index += 1) {
    const all = key === 'principal' ? principalTexts(rows.principal(index)) : items(rows, index);
    const shown = all.slice(0, key === 'how' || key === 'principal' ? 2 : 1).join(' ');
    const text = all.length > 1 ? `${shown} +10` : shown;
    if (text.length > longest.length) longest = text;
  }
  const width = textWidth(longest.slice(0, 200)) + (FRAME[key] ?? 0);
  return Math.ceil(Math.max(width, textWidth(`${header} ↑`))) + PADDING;
}

/**
 * Empty for a role whose people are unknown: its cell says that. Also for a deleted user or group: nobody reads an ID, which
 * takes the room of names.
 */
function principalTexts(principal: WhoRow['principal']): readonly string[] {
  const { type, id, name } = principal;
  if (name === null || (type === 'IAM_ROLE' && parseProvisionedRoleArn(id))) return [];
  return type === 'USER' ? [name] : [name, principalKind(principal)];
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
function openRows(body: VirtualBody, open: (row: number) => void): void {
  body.body.addEventListener('click', ({ target }) => {
    const index = body.indexOf(target);
    const row = index === undefined ? undefined : body.rowOf(index);
    // A click that ends a selection of text isn't meant to open anything.
    if (row !== undefined && getSelection()?.isCollapsed !== false) open(row);
  });
  body.body.addEventListener('keydown', (event) => {
    const step = STEPS.get(event.key);
    const index = body.indexOf(event.target);
    if (step === undefined || index === undefined) return;
    event.preventDefault();
    body.focus(index + step);
  });
}

/** Says why no rows are shown, and what to do. */
export function emptyState(page: PageState): HTMLElement[] {
  const { rows, view } = page;
  if (rows.count === 0)
    return [
      element('h2', {}, 'No entries were read'),
      element('p', { class: 'muted name' }, noEntriesText(rows)),
    ];
  const clear = () => {
    page.change({ search: '', filters: {} });
    goToRows();
  };
  const question = questionOf(view.search);
  const ask = () => {
    page.change({ tab: 'rights', search: '', who: '', ...question });
    document.getElementById('tab-rights')?.focus();
  };
  const where = question && question.namespace !== '' ? ` in ${question.namespace}` : '';
  return [
    element('h2', {}, 'No rows match'),
    ...(question
      ? [
          element('p', { class: 'muted' }, 'The search looks in the columns of the table only.'),
          element(
            'button',
            { type: 'button', onclick: ask },
            `Who can ${questionWords(question.can, [question.can])}${where}?`,
          ),
        ]
      : []),
    element('button', { type: 'button', class: 'screen-only', onclick: clear }, 'Clear search and filters'),
  ];
}

function noEntriesText({ data }: PageRows): string {
  const limits = limitTexts(data);
  if (limits.length > 0) return `The run was limited. ${limits.join('. ')}.`;
  if (data.clusters.length === 0) return 'No cluster was read.';
  return `${data.clusters.map(clusterTitle).join(', ')}: no entries, or options left them out.`;
}

/** A menu of the columns to show. The first cell of a row opens it, so it stays. */
function columnMenu(
  offered: readonly PageColumn[],
  shown: readonly PageColumn[],
  onChange: (shown: readonly PageColumn[]) => void,
): HTMLElement {
  const chosen = new Set(shown);
  const boxes = offered
    .filter(({ key }) => key !== 'principal')
    .map((column) => {
      const toggle = () => {
        if (box.checked) chosen.add(column);
        else chosen.delete(column);
        onChange(offered.filter((one) => chosen.has(one)));
      };
      const box = element('input', { type: 'checkbox', checked: chosen.has(column), onchange: toggle });
      return element('label', {}, box, column.header);
    });
  const list = element(
    'div',
    { class: 'column-list', role: 'group', 'aria-label': 'Columns to show' },
    ...boxes,
  );
  const { element: place } = dropdown('Columns', element('div', { class: 'column-menu' }, list));
  place.classList.add('columns');
  return place;
}

/** The header: a button in each cell sorts by the column. */
function tableHead(page: PageState, columns: readonly PageColumn[]): HTMLElement {
  const cells = columns.map(({ key, header }) => {
    const sort = () => {
      // Ascending, then descending, then the order of the run.
      const { sort: now } = page.view;
      const next = { column: key, descending: now?.column === key };
      page.change({ sort: now?.column === key && now.descending ? null : next });
    };
    const button = element('button', { type: 'button', onclick: sort }, header);
    return element(
      'th',
      { scope: 'col', role: 'columnheader', class: key, 'aria-sort': orderOf(page.view.sort, key) },
      button,
    );
  });
  return element('thead', { role: 'rowgroup' }, element('tr', { role: 'row', 'aria-rowindex': 1 }, ...cells));
}

function sortedHead(table: HTMLElement, columns: readonly PageColumn[], sort: View['sort']): void {
  for (const [index, cell] of [...table.querySelectorAll('thead th')].entries())
    cell.setAttribute('aria-sort', orderOf(sort, columns[index]?.key));
}

function orderOf(sort: View['sort'], key: string | undefined): string {
  if (sort?.column !== key) return 'none';
  return sort?.descending ? 'descending' : 'ascending';
}

/** Sorts cards, which have no header. */
function sortField(page: PageState, columns: readonly PageColumn[]): HTMLElement {
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
  return element('label', { class: 'sort-field screen-only' }, 'Sort by ', select);
}
