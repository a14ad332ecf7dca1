import { wholePolicyText } from '../eks.ts';
import { memo } from '../memo.ts';
import { questionText } from '../rbac/request.ts';
import { ACCESS_TEXTS, PEOPLE_UNREAD, REASON_TEXTS, SOURCE_TEXTS } from '../who/row-texts.ts';
import { OF_EVERYBODY } from '../who/way.ts';
import type { PageGrant, RowTable } from './data.ts';
import type { PageRows } from './decode.ts';
import { present } from './facets.ts';
import { accountTextIn } from './names.ts';
import { HAD_ACCESS } from './texts.ts';

/** A column of the table. Its texts depend on one table only, so they are computed once for all rows that share it. */
export interface TableColumn<Key extends string = string> {
  readonly key: Key;
  readonly header: string;
  readonly table: RowTable;
  /**
   * The items of a list; a text is one item; none for an empty cell.
   * @param index in `table`
   */
  readonly items: (rows: PageRows, index: number) => readonly string[];
  /** False for a column that is out of place on this page. Columns without any text are never offered. */
  readonly isOffered?: (rows: PageRows) => boolean;
  /** True for a column that is hidden until the reader chooses it. */
  readonly isHidden?: true;
}

/** The columns from left to right. */
export const COLUMNS = [
  {
    key: 'change',
    header: 'Change',
    table: 'changes',
    items: (rows, index) => present(rows.data.tables.changes[index]?.kind),
    isOffered: ({ data }) => data.since !== null,
  },
  {
    key: 'principal',
    header: 'Person',
    table: 'principals',
    items: (rows, index) => {
      const { name, id } = rows.principal(index);
      return present(name ?? id);
    },
  },
  {
    key: 'how',
    header: 'How',
    table: 'grants',
    items: (rows, index) => {
      const { mark, items } = howOf(rows)(index);
      return mark === null ? items : [HOW_MARKS[mark], ...items];
    },
  },
  {
    key: 'can',
    header: 'Can',
    table: 'grants',
    items: (rows, index) => present(questionText(rows.rightsOfGrant(index)?.can ?? [])),
    isOffered: ({ data }) => data.asked !== null,
  },
  {
    key: 'cluster',
    header: 'Cluster',
    table: 'entries',
    items: (rows, index) => {
      const { cluster, unread } = rows.entry(index);
      return present(cluster ?? (unread && `any cluster in ${unread.region}`));
    },
    isOffered: ({ data }) =>
      data.clusters.length > 1 || data.tables.entries.some(({ unread }) => unread !== null),
  },
  {
    key: 'permissionSet',
    header: 'Permission set',
    table: 'entries',
    items: (rows, index) => present(rows.entry(index).permissionSet),
  },
  {
    key: 'via',
    header: 'Through',
    table: 'vias',
    items: (rows, index) => present(rows.via(index)),
  },
  {
    key: 'account',
    header: 'Account',
    table: 'entries',
    items: (rows, index) => present(accountTextIn(rows)(rows.entry(index))),
    isHidden: true,
  },
  {
    key: 'source',
    header: 'Source',
    table: 'entries',
    items: (rows, index) => {
      const { source, unread } = rows.entry(index);
      return unread ? [] : [SOURCE_TEXTS[source]];
    },
    isHidden: true,
  },
  {
    key: 'access',
    header: 'Access',
    table: 'grants',
    items: (rows, index) => [rows.hadAccess(index) ? HAD_ACCESS : ACCESS_TEXTS[rows.grant(index).access]],
    isHidden: true,
  },
  {
    key: 'username',
    header: 'Username in audit logs',
    table: 'usernames',
    items: (rows, index) => present(rows.username(index)),
    isHidden: true,
  },
  {
    key: 'groups',
    header: 'Kubernetes groups',
    table: 'entries',
    items: (rows, index) => rows.entry(index).groups,
    isHidden: true,
  },
  {
    key: 'policies',
    header: 'Access policies',
    table: 'entries',
    items: (rows, index) => rows.entry(index).policies.map(wholePolicyText),
    isHidden: true,
  },
  {
    key: 'bindings',
    header: 'Roles',
    table: 'grants',
    items: rolesIn,
    isOffered: ({ data }) =>
      data.asked !== null || data.tables.entries.some(({ knowsBindings }) => knowsBindings),
    isHidden: true,
  },
  {
    key: 'reason',
    header: 'Note',
    table: 'grants',
    items: (rows, index) => present(noteText(rows.grant(index))),
    isHidden: true,
  },
] as const satisfies readonly TableColumn[];

export type ColumnKey = (typeof COLUMNS)[number]['key'];
export type PageColumn = TableColumn<ColumnKey>;

/** The text of a column for an item of its table. */
export function columnText({ items }: TableColumn, rows: PageRows, index: number): string {
  return items(rows, index).join(', ');
}

/** The columns that say something on this page. */
export function offeredColumns(rows: PageRows): readonly PageColumn[] {
  return COLUMNS.filter(({ table, items, isOffered }: PageColumn) => {
    const isInPlace = isOffered?.(rows) ?? true;
    return isInPlace && rows.data.tables[table].some((_, index) => items(rows, index).length > 0);
  });
}

/** How a row has its access: a mark, if it isn't plain access, and the roles, the routes or the reason. */
export interface How {
  readonly mark: keyof typeof HOW_MARKS | null;
  readonly items: readonly string[];
}

export const HOW_MARKS = {
  admin: 'admin',
  route: 'can become admin',
  unknown: 'unknown',
  none: 'no access',
  had: HAD_ACCESS,
} as const;

/** By the index of a grant. */
export const howOf = memo((rows: PageRows) =>
  memo((index: number): How => {
    const grant = rows.grant(index);
    const routes = rows.routes(index);
    const admin = routes.filter(({ risk }) => risk === 'cluster-admin').map(({ through }) => through);
    const had = rows.hadAccess(index);
    if (!had && grant.access === 'none') return { mark: 'none', items: present(noteText(grant)) };
    if (!had && grant.access === 'unknown') {
      const note = noteText(grant);
      const state =
        routes.length > 0 ? `${HOW_MARKS[admin.length > 0 ? 'admin' : 'route']} if they have access: ` : '';
      return { mark: 'unknown', items: [`${state}${note}`] };
    }
    const ways = new Set(admin.length > 0 ? admin : routes.map(({ text }) => text));
    if (ways.size > 0) {
      const mark = admin.length > 0 ? 'admin' : 'route';
      if (!had) return { mark, items: [...ways] };
      const [first = '', ...others] = ways;
      return { mark: 'had', items: [`${HOW_MARKS[mark]}: ${first}`, ...others] };
    }
    const roles = rolesIn(rows, index);
    const nothing = grant.rights === null ? 'permissions unknown' : 'no permissions';
    return { mark: had ? 'had' : null, items: roles.length > 0 ? roles : [nothing] };
  }),
);

/** The roles and access policies of a grant. */
function rolesIn(rows: PageRows, grant: number): readonly string[] {
  const { bindings = [], bindingsOfEverybody = [] } = rows.rightsOfGrant(grant) ?? {};
  return [...bindings, ...bindingsOfEverybody.map((text) => OF_EVERYBODY + text)];
}

/** Why nobody has access, or what is unknown; empty for plain access. */
export function noteText({ access, reason }: Pick<PageGrant, 'access' | 'reason'>): string {
  if (reason !== null) return REASON_TEXTS[reason];
  return access === 'unknown' ? PEOPLE_UNREAD : '';
}

/**
 * Gives columns what their texts need. If that is more than the room, the widest give way, each as little as possible, down
 * to a width where a table is better scrolled.
 * @param shares how much wider a column stays than one with the share 1
 */
export function fittedWidths(
  wanted: readonly number[],
  room: number,
  least: number,
  shares: readonly number[] = [],
): readonly number[] {
  let [low, high] = [least, Math.max(least, ...wanted)];
  const atMost = (most: number) => wanted.map((width, index) => Math.min(width, most * (shares[index] ?? 1)));
  const sum = (widths: readonly number[]) => widths.reduce((all, width) => all + width, 0);
  if (sum(wanted) <= room) return wanted;
  while (high - low > 1) {
    const middle = (low + high) / 2;
    if (sum(atMost(middle)) <= room) low = middle;
    else high = middle;
  }
  return atMost(low);
}
