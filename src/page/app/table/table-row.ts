import type { WhoRow } from '../../../who/rows.ts';
import { HOW_MARKS, type How, howOf, type PageColumn } from '../../columns.ts';
import type { PageRows } from '../../decode.ts';
import { element } from '../dom.ts';
import { personText } from './row-story.ts';

/**
 * A row of the table on the screen. Styles lay rows out as cards on narrow screens, where a table's elements lose their
 * roles, so the roles are stated.
 * @param index place among the selected rows
 */
export function tableRow(
  rows: PageRows,
  number: number,
  index: number,
  columns: readonly PageColumn[],
): HTMLTableRowElement {
  const row = rows.row(number);
  const cells = columns.map((column) => {
    if (column.key === 'principal') return personCell(row);
    const contents = contentsOf(rows, number, row, column);
    const isEmpty = contents.length === 0;
    return element('td', { role: 'cell', class: isEmpty ? `${column.key} empty` : column.key }, ...contents);
  });
  // The header is row 1.
  return element(
    'tr',
    { role: 'row', 'aria-rowindex': index + 2, class: rows.change(number)?.kind ?? null },
    ...cells,
  );
}

/** The kind is said where it isn't a person. */
function personCell(row: WhoRow): HTMLElement {
  const { name, kind } = personText(row);
  return element(
    'th',
    { scope: 'row', role: 'rowheader', class: 'principal' },
    element(
      'button',
      {
        type: 'button',
        class: kind === '' ? 'row-open unknown' : 'row-open name',
        'aria-haspopup': 'dialog',
      },
      kind === '' ? `(${name.toLowerCase()})` : name,
    ),
    kind === '' || kind === 'user' ? null : element('span', { class: 'kind' }, kind),
  );
}

type Contents = readonly (Node | string)[];

function contentsOf(
  rows: PageRows,
  number: number,
  row: WhoRow,
  { key, table, items }: PageColumn,
): Contents {
  const index = rows.index(number, table);
  if (key === 'how') return howContents(howOf(rows)(index), restText(row));
  const list = items(rows, index);
  if (key === 'change') return list.map((text) => element('span', { class: 'badge' }, text));
  // A name that depends on the caller is a template in the entry.
  return listContents(key === 'username' && list.length === 0 && row.username !== '' ? [row.username] : list);
}

const MARK_STYLES: Readonly<Record<keyof typeof HOW_MARKS, string>> = {
  admin: 'badge admin',
  route: 'badge danger',
  unknown: 'badge warn',
  none: 'badge',
  had: 'badge',
};

function howContents({ mark, items }: How, rest: string): Contents {
  return [
    ...(mark === null ? [] : [element('span', { class: MARK_STYLES[mark] }, HOW_MARKS[mark]), ' ']),
    ...listContents(items),
    ...(rest === '' ? [] : [element('span', { class: 'muted' }, ` ${rest}`)]),
  ];
}

/** Text behind the ways, for a part that is unknown. */
function restText({ unread, access, knowsBindings, groups, rights, routes }: WhoRow): string {
  if (unread) return `(${unread.cause})`;
  const isOpen = access === 'granted' && !knowsBindings && rights !== null && groups.length > 0;
  return isOpen && routes.length === 0 ? "+ what the groups may do isn't known" : '';
}

/** The first item, and how many more there are: details have them all. */
function listContents(items: readonly string[]): Contents {
  const [first, ...others] = items;
  if (first === undefined) return [];
  return [
    element('span', { class: 'name' }, first),
    ...(others.length === 0
      ? []
      : [
          element(
            'span',
            { class: 'muted' },
            ` +${others.length}`,
            element('span', { class: 'hidden-text' }, ' more'),
          ),
        ]),
  ];
}
