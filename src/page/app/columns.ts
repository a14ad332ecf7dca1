import { EVERYBODY } from '../../access/labels.ts';
import { wholePolicyText } from '../../access-entry.ts';
import { questionText } from '../../rbac/request.ts';
import type { RowTable } from '../data.ts';
import type { PageRows } from '../decode.ts';

/** A column of the table. Its text depends on one table only, so it is computed once for all rows that share it. */
interface TableColumn<Key extends string = string> {
  readonly key: Key;
  readonly header: string;
  readonly table: RowTable;
  /** @param index in `table` */
  readonly text: (rows: PageRows, index: number) => string;
  /** False for a column that is empty for this page, or out of place. */
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
  }),
  column({
    key: 'source',
    header: 'Source',
    table: 'entries',
    text: (rows, index) => (rows.entry(index).source === 'aws-auth' ? 'aws-auth' : 'access entry'),
  }),
  column({
    key: 'username',
    header: 'Username in audit logs',
    table: 'usernames',
    text: (rows, index) => rows.data.tables.usernames[index] ?? '',
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
    isShown: ({ data }) => data.tables.entries.some(({ policies }) => policies.length > 0),
  }),
  column({
    key: 'bindings',
    header: 'Roles',
    table: 'grants',
    text: (rows, index) => roleTexts(rows, index).join(', '),
    isShown: ({ data }) => data.tables.rights.length > 0,
  }),
  column({
    key: 'can',
    header: 'Can',
    table: 'grants',
    text: (rows, index) => questionText(rows.rightsOfGrant(index)?.can ?? []),
    isShown: ({ data }) => data.asked !== null,
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
    key: 'access',
    header: 'Access',
    table: 'grants',
    text: (rows, index) => rows.grant(index).access,
  }),
  column({ key: 'reason', header: 'Note', table: 'grants', text: (rows, index) => rows.grant(index).note }),
] as const;

export type ColumnKey = (typeof COLUMNS)[number]['key'];

/** Roles and where they are bound; those of everyone with access are marked. */
function roleTexts(rows: PageRows, grant: number): readonly string[] {
  const { bindings = [], bindingsOfEverybody = [] } = rows.rightsOfGrant(grant) ?? {};
  return [...bindings, ...bindingsOfEverybody.map((text) => EVERYBODY + text)];
}
