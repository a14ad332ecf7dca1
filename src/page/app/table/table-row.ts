import { ANY_CALLER } from '../../../aws-auth/loaded.ts';
import { wholePolicyText } from '../../../eks.ts';
import { isPolicy } from '../../../rbac/model.ts';
import { questionText } from '../../../rbac/request.ts';
import { ACCESS_TEXTS, bindingTexts, SOURCE_TEXTS, textsOfEverybody } from '../../../who/row-texts.ts';
import type { WhoRow } from '../../../who/rows.ts';
import type { RowChange } from '../../../who/since/row-change.ts';
import { accountTextIn, type ColumnKey, noteText, type ShownColumn } from '../../columns.ts';
import type { PageRows } from '../../decode.ts';
import { HAD_ACCESS } from '../../texts.ts';
import { breakable, element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { personText } from './row-story.ts';

/**
 * A row of the table on the screen. Styles lay rows out as cards on narrow screens, where a table's elements lose their
 * roles, so the roles are stated.
 * @param index place among the selected rows
 */
export function tableRow(
  { rows }: PageState,
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
  change: RowChange | null,
  { key }: ShownColumn,
  rows: PageState['rows'],
  isEarlier: boolean,
): HTMLElement {
  const was = earlierText(change, key);
  const earlier =
    was === undefined
      ? []
      : [element('span', { class: 'item was' }, 'was ', element('s', { class: 'name' }, was || 'none'))];
  const contents =
    key === 'change'
      ? change
        ? [badge(change.kind, CHANGE_COLORS[change.kind])]
        : []
      : isEarlier && key === 'access'
        ? [badge(HAD_ACCESS, '')]
        : [...presentContents(row, key, rows), ...earlier];
  const isEmpty = contents.length === 0;
  return element(
    'td',
    { role: 'cell', class: isEmpty ? `${key} empty` : key },
    isEmpty ? null : element('div', { class: 'clamped' }, ...contents),
  );
}

/** The contents of a cell: texts or elements. */
type Contents = readonly (Node | string)[];

/** The lists that a cell shortens; whole in details and on paper. */
const LISTS = {
  groups: (row: WhoRow) => row.groups,
  policies: (row: WhoRow) => row.policies.map(wholePolicyText),
  bindings: rolesOf,
  risks: (row: WhoRow) => [...new Set(row.routes.map(({ text }) => text))],
} satisfies Partial<Record<ColumnKey, (row: WhoRow) => readonly string[]>>;

/** Leaves out access policies, which another column has. */
function rolesOf(row: WhoRow): readonly string[] {
  const isAsked = (row.rights?.can.length ?? 0) > 0;
  return [
    ...bindingTexts(row, isAsked, false, (bound) => isAsked || !isPolicy(bound)),
    ...textsOfEverybody(row, false),
  ];
}

/** The text of a cell. The first cell, `principal`, and lists have more than a text. */
const TEXTS: Readonly<
  Record<Exclude<ColumnKey, keyof typeof LISTS>, (row: WhoRow, rows: PageRows) => string>
> = {
  change: () => '',
  principal: (row) => personText(row).name,
  via: ({ via }) => via ?? '',
  access: ({ access }) => ACCESS_TEXTS[access],
  account: (row, rows) => accountTextIn(rows)(row),
  permissionSet: ({ permissionSet }) => permissionSet ?? '',
  cluster: ({ cluster, unread }) => cluster ?? (unread ? `clusters in ${unread.region}` : ''),
  source: ({ source, unread }) => (unread ? '' : SOURCE_TEXTS[source]),
  username: ({ auditUsername, username, principal, unread }) =>
    auditUsername ?? (username || (principal.type === 'ACCOUNT' && !unread ? ANY_CALLER : '')),
  can: ({ rights }) => questionText(rights?.can ?? []),
  reason: noteText,
};

/** A cell in words, with whole lists. */
export function wholeCellText(row: WhoRow, key: ColumnKey, rows: PageRows): string {
  return isList(key) ? LISTS[key](row).join(', ') : TEXTS[key](row, rows);
}

/** A cell as of now. */
function presentContents(row: WhoRow, key: ColumnKey, rows: PageRows): Contents {
  if (isList(key)) return listContents(LISTS[key](row), key === 'risks');
  const text = TEXTS[key](row, rows);
  if (key === 'access') return [badge(text, ACCESS_COLORS[row.access])];
  return text === '' ? [] : [element('span', { class: 'name' }, ...breakable(text))];
}

const ACCESS_COLORS = { granted: 'ok', none: '', unknown: 'warn' } as const;

function badge(text: string, color: '' | 'ok' | 'warn' | 'danger' | 'accent'): HTMLElement {
  return element('span', { class: `badge ${color}` }, text);
}

function isList(key: ColumnKey): key is keyof typeof LISTS {
  return key in LISTS;
}

/** Items of a list in a cell; the rest are counted. */
const MOST_ITEMS = 2;

function listContents(items: readonly string[], areRisks: boolean): Contents {
  const shown = items.slice(0, MOST_ITEMS);
  const rest = items.length - shown.length;
  return [
    ...shown.map((text) =>
      element('span', { class: areRisks ? 'item name badge danger' : 'item name' }, ...breakable(text)),
    ),
    ...(rest > 0
      ? [
          element(
            'span',
            { class: 'item muted' },
            `+${rest}`,
            element('span', { class: 'hidden-text' }, ' more'),
          ),
        ]
      : []),
  ];
}

/** The earlier text of a cell; undefined if it is the same. */
export function earlierText(change: RowChange | null, key: ColumnKey): string | undefined {
  return change?.before.find(({ field }) => field === key)?.was.join(', ');
}

/** The colors of badges for changes. */
const CHANGE_COLORS = { new: 'ok', gone: 'danger', changed: 'warn' } as const;
