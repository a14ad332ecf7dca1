import { wholePolicyText } from '../eks.ts';
import { memo } from '../memo.ts';
import { questionText } from '../rbac/request.ts';
import { ACCESS_TEXTS, accountTexts, PEOPLE_UNREAD, REASON_TEXTS, SOURCE_TEXTS } from '../who/row-texts.ts';
import { OF_EVERYBODY } from '../who/way.ts';
import type { PageGrant, RowTable } from './data.ts';
import type { PageRows } from './decode.ts';
import { HAD_ACCESS } from './texts.ts';

/** A column of the table. Its text depends on one table only, so it is computed once for all rows that share it. */
interface TableColumn<Key extends string = string> {
  readonly key: Key;
  readonly header: string;
  readonly table: RowTable;
  /** @param index in `table` */
  readonly text: (rows: PageRows, index: number) => string;
  /** False for a column that is out of place on this page. Columns without any text are never shown. */
  readonly isShown?: (rows: PageRows) => boolean;
}

function column<Key extends string>(definition: TableColumn<Key>): TableColumn<Key> {
  return definition;
}

/** The columns from left to right. */
export const COLUMNS = [
  column({
    key: 'change',
    header: 'Change',
    table: 'changes',
    text: (rows, index) => rows.data.tables.changes[index]?.kind ?? '',
    isShown: ({ data }) => data.since !== null,
  }),
  column({
    key: 'principal',
    header: 'Person or group',
    table: 'principals',
    text: (rows, index) => {
      const { name, id } = rows.principal(index);
      return name ?? id;
    },
  }),
  column({
    key: 'via',
    header: 'Through group',
    table: 'vias',
    text: (rows, index) => rows.via(index) ?? '',
  }),
  column({
    key: 'access',
    header: 'Access',
    table: 'grants',
    text: (rows, index) => (rows.hadAccess(index) ? HAD_ACCESS : ACCESS_TEXTS[rows.grant(index).access]),
  }),
  column({
    key: 'risks',
    header: 'Route to admin',
    table: 'grants',
    text: (rows, index) =>
      rows
        .routes(index)
        .map(({ text }) => text)
        .join('; '),
  }),
  column({
    key: 'account',
    header: 'Account',
    table: 'entries',
    text: (rows, index) => {
      const { accountId, accountName } = rows.entry(index);
      return accountName ?? accountId;
    },
  }),
  column({
    key: 'permissionSet',
    header: 'Permission set',
    table: 'entries',
    text: (rows, index) => rows.entry(index).permissionSet ?? '',
  }),
  column({
    key: 'cluster',
    header: 'Cluster',
    table: 'entries',
    text: (rows, index) => rows.entry(index).cluster ?? '',
    isShown: ({ data }) =>
      data.clusters.length > 1 || data.tables.entries.some(({ unread }) => unread !== null),
  }),
  column({
    key: 'source',
    header: 'Source',
    table: 'entries',
    text: (rows, index) => {
      const { source, unread } = rows.entry(index);
      return unread ? '' : SOURCE_TEXTS[source];
    },
    isShown: ({ data }) => new Set(data.tables.entries.map(({ source }) => source)).size > 1,
  }),
  column({
    key: 'username',
    header: 'Username in audit logs',
    table: 'usernames',
    text: (rows, index) => rows.username(index) ?? '',
  }),
  column({
    key: 'groups',
    header: 'Kubernetes groups',
    table: 'entries',
    text: (rows, index) => rows.entry(index).groups.join(', '),
  }),
  column({
    key: 'policies',
    header: 'Access policies',
    table: 'entries',
    text: (rows, index) => rows.entry(index).policies.map(wholePolicyText).join(', '),
  }),
  column({
    key: 'bindings',
    header: 'Roles',
    table: 'grants',
    text: (rows, index) => {
      const { bindings = [], bindingsOfEverybody = [] } = rows.rightsOfGrant(index) ?? {};
      return [...bindings, ...bindingsOfEverybody.map((text) => OF_EVERYBODY + text)].join(', ');
    },
    isShown: ({ data }) =>
      data.asked !== null || data.tables.entries.some(({ knowsBindings }) => knowsBindings),
  }),
  column({
    key: 'can',
    header: 'Can',
    table: 'grants',
    text: (rows, index) => questionText(rows.rightsOfGrant(index)?.can ?? []),
    isShown: ({ data }) => data.asked !== null,
  }),
  column({
    key: 'reason',
    header: 'Note',
    table: 'grants',
    text: (rows, index) => noteText(rows.grant(index)),
  }),
] as const;

export type ColumnKey = (typeof COLUMNS)[number]['key'];
export type ShownColumn = TableColumn<ColumnKey>;

/** The columns that say something on this page. */
export function shownColumns(rows: PageRows): readonly ShownColumn[] {
  return COLUMNS.filter((one: ShownColumn) => {
    const isInPlace = one.isShown?.(rows) ?? true;
    return isInPlace && rows.data.tables[one.table].some((_, index) => one.text(rows, index) !== '');
  });
}

/** Why nobody has access, or what is unknown; empty for plain access. */
export function noteText({ access, reason }: Pick<PageGrant, 'access' | 'reason'>): string {
  if (reason !== null) return REASON_TEXTS[reason];
  return access === 'unknown' ? PEOPLE_UNREAD : '';
}

/** The account of a row in words: its name, or its ID if accounts share the name. */
export const accountTextIn = memo((rows: PageRows) => {
  const accounts = new Map(rows.data.tables.entries.map((one) => [one.accountId, one.accountName]));
  return accountTexts(Array.from(accounts, ([id, name]) => ({ id, name })));
});

/** The widths of columns in characters: room for most texts, so that only the longest wrap. */
export function columnWidths(rows: PageRows, columns: readonly ShownColumn[]): readonly number[] {
  return columns.map((column) => {
    const { length } = rows.data.tables[column.table];
    // Samples from all over a table: its first rows may be alike.
    const step = Math.max(1, length / SAMPLES);
    const widths = Array.from({ length: Math.min(length, SAMPLES) }, (_, index) =>
      widthOf(column, rows, Math.floor(index * step)),
    );
    const sorted = widths.filter((width) => width > 0).sort((one, other) => one - other);
    const wanted = sorted[Math.ceil((sorted.length - 1) * 0.9)] ?? 0;
    // The header has an arrow behind it.
    const least = Math.max(LEAST, ...column.header.split(' ').map((word) => word.length + 4));
    if (column.key === 'principal')
      return Math.max(least, Math.min(MOST_OF_NAMES, Math.ceil(wanted * BOLD) + ROOM_OF_KIND));
    return Math.max(least, Math.min(MOST, wanted + 3));
  });
}

const LEAST = 10;
const MOST = 32;
const MOST_OF_NAMES = 42;
/** The kind of a principal is next to its name. */
const ROOM_OF_KIND = 8;
/** Names are bold. */
const BOLD = 1.15;
const SAMPLES = 1_000;

/** The longest item of a list, since each has its own line. */
function widthOf(column: ShownColumn, rows: PageRows, index: number): number {
  return Math.max(
    ...column
      .text(rows, index)
      .split(/[,;] /)
      .map((text) => text.length),
  );
}
