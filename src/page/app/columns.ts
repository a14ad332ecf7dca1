import { ACCESS_TEXTS, EVERYBODY, SOURCE_TEXTS } from '../../access/labels.ts';
import { PEOPLE_UNREAD, REASON_TEXTS } from '../../access/reason-texts.ts';
import { wholePolicyText } from '../../access-entry.ts';
import { questionText } from '../../rbac/request.ts';
import type { PageGrant, RowTable } from '../data.ts';
import type { PageRows } from '../decode.ts';
import { HAD_ACCESS } from './facet-labels.ts';

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
    text: (rows, index) => roleTexts(rows, index).join(', '),
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

/** Roles and where they are bound. Marks the roles of everyone with access. */
function roleTexts(rows: PageRows, grant: number): readonly string[] {
  const { bindings = [], bindingsOfEverybody = [] } = rows.rightsOfGrant(grant) ?? {};
  return [...bindings, ...bindingsOfEverybody.map((text) => EVERYBODY + text)];
}
