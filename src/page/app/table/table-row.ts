import type { WhoRow } from '../../../access/who-rows.ts';
import type { Change } from '../../data.ts';
import type { ShownColumn } from '../columns.ts';
import { breakable, element } from '../dom.ts';
import { HAD_ACCESS } from '../facet-labels.ts';
import type { Page } from '../page.ts';
import { badge, cellContents } from './cells.ts';
import { personText } from './person-text.ts';
import { CHANGE_COLORS, earlierText } from './row-changes.ts';

/**
 * A row of the table on the screen. Styles lay rows out as cards on narrow screens, where a table's elements lose their
 * roles, so the roles are stated.
 * @param index place among the selected rows
 */
export function tableRow(
  { rows }: Page,
  number: number,
  index: number,
  columns: readonly ShownColumn[],
): HTMLTableRowElement {
  const row = rows.row(number);
  const change = rows.change(number);
  const cells = columns.map((column) =>
    column.key === 'principal' ? personCell(row) : cell(row, change, column, rows, rows.isEarlier(number)),
  );
  // The header is row 1.
  return element('tr', { role: 'row', 'aria-rowindex': index + 2, class: change?.kind ?? null }, ...cells);
}

function personCell(row: WhoRow): HTMLElement {
  const { name, kind } = personText(row);
  return element(
    'th',
    { scope: 'row', role: 'rowheader', class: 'principal' },
    element(
      'button',
      { type: 'button', class: 'row-open name', 'aria-haspopup': 'dialog' },
      ...breakable(name),
    ),
    kind === '' ? null : element('span', { class: kind === 'user' ? 'kind of-user' : 'kind' }, kind),
  );
}

function cell(
  row: WhoRow,
  change: Change | null,
  { key }: ShownColumn,
  rows: Page['rows'],
  isEarlier: boolean,
): HTMLElement {
  const contents =
    isEarlier && key === 'access' ? [badge(HAD_ACCESS, '')] : contentsOf(row, change, key, rows);
  const isEmpty = contents.length === 0;
  return element(
    'td',
    { role: 'cell', class: isEmpty ? `${key} empty` : key },
    isEmpty ? null : element('div', { class: 'clamped' }, ...contents),
  );
}

function contentsOf(
  row: WhoRow,
  change: Change | null,
  key: ShownColumn['key'],
  rows: Page['rows'],
): readonly (Node | string)[] {
  if (key === 'change') return changeMark(change);
  return [...cellContents(row, key, rows), ...earlier(change, key)];
}

function changeMark(change: Change | null): HTMLElement[] {
  return change ? [badge(change.kind, CHANGE_COLORS[change.kind])] : [];
}

function earlier(change: Change | null, key: ShownColumn['key']): HTMLElement[] {
  const was = earlierText(change, key);
  if (was === undefined) return [];
  return [element('span', { class: 'item was' }, 'was ', element('s', { class: 'name' }, was || 'none'))];
}
