import { countBy } from '../../../group-by.ts';
import { memo } from '../../../memo.ts';
import type { WhoRow } from '../../../who/rows.ts';
import { type PageRows, personValue } from '../../decode.ts';
import type { View } from '../../view.ts';
import type { PageState } from '../page.ts';

/** Things of a kind among the rows that pass the filters. */
export interface Count {
  readonly filters: View['filters'];
  readonly number: number;
  /** The number of principals of each type; none with 0. */
  readonly kinds: ReadonlyMap<WhoRow['principal']['type'], number>;
  /** The number of groups whose members aren't listed. */
  readonly unlisted: number;
  readonly means: string | null;
}

/**
 * Rows; distinct principals (type and ID), or the callers among them: without the groups whose members are listed, who
 * would be counted twice; distinct persons, groups and IAM callers of two runs (by name: an ID may be new); distinct
 * entries (cluster, source, ARN, username and groups); or distinct places that couldn't be read (account, region and
 * cluster).
 */
type Unit = 'rows' | 'principals' | 'callers' | 'persons' | 'entries' | 'unread';

/**
 * Counts among the rows of this run that pass filters; rows of an earlier run only say what is gone.
 * @param means defines the number of a card, in one sentence
 */
export function countIn(
  { rows, selector }: Pick<PageState, 'rows' | 'selector'>,
  unit: Unit,
  wanted: View['filters'],
  means: string | null = null,
): Count {
  // Changes are also of lost access; and no row of an earlier run has an access that is filtered by.
  const isOfThisRun = rows.data.since !== null && wanted.access === undefined && wanted.changed === undefined;
  const filters = isOfThisRun ? { ...wanted, access: ['granted', 'none', 'unknown'] } : wanted;
  const found = selector.select({ search: '', filters, sort: null });
  if (unit === 'rows') return { filters, number: found.length, kinds: new Map(), unlisted: 0, means };
  const table = unit === 'entries' || unit === 'unread' ? 'entries' : 'principals';
  const keys = keysOf(rows)(unit);
  const items = new Uint8Array(keys.length);
  for (const row of found) items[rows.index(row, table)] = 1;
  const distinct = new Map<string, number>();
  for (const [item, key] of keys.entries()) if (items[item] === 1) distinct.set(key, item);
  if (table === 'entries') return { filters, number: distinct.size, kinds: new Map(), unlisted: 0, means };
  const principals = [...distinct.values()];
  const kinds = countBy(principals.map((item) => rows.principal(item).type));
  const listed = principals.filter(listedGroups(rows)).length;
  return {
    filters,
    number: unit === 'callers' ? principals.length - listed : principals.length,
    kinds,
    means,
    unlisted: (kinds.get('GROUP') ?? 0) - listed,
  };
}

export type CountDefinition = readonly [unit: Unit, filters: View['filters'], means: string];

export function countsIn<Key extends string>(
  page: Pick<PageState, 'rows' | 'selector'>,
  definitions: Readonly<Record<Key, CountDefinition>>,
): Record<Key, Count> {
  const counts = Object.entries<CountDefinition>(definitions).map(([key, definition]) => {
    return [key, countIn(page, ...definition)];
  });
  return Object.fromEntries(counts) as Record<Key, Count>;
}

/** For each item of the table that a unit counts, a key: items with the same one are the same thing. */
const keysOf = memo(({ data: { tables } }: PageRows) =>
  memo((unit: Unit): readonly string[] => {
    if (unit === 'persons') return tables.principals.map(personValue);
    if (unit === 'entries')
      return tables.entries.map(({ cluster, clusterArn, source, rolearn, username, groups }) =>
        JSON.stringify([cluster, clusterArn, source, rolearn, username, groups]),
      );
    if (unit === 'unread')
      return tables.entries.map(({ accountId, unread, cluster }) =>
        JSON.stringify([accountId, unread?.region, cluster]),
      );
    return tables.principals.map(({ type, id }) => `${type} ${id}`);
  }),
);

/** Without --expand, only those members have rows who have more permissions than the others. */
const listedGroups = memo((rows: PageRows): ((principal: number) => boolean) => {
  if (!rows.data.isExpanded) return () => false;
  const present = rows.columns.vias.subarray(0, rows.count - (rows.data.since?.earlierRows ?? 0));
  const names = new Set(Array.from(new Set(present), (via) => rows.via(via)));
  return (principal) => {
    const { type, name } = rows.principal(principal);
    return type === 'GROUP' && name !== null && names.has(name);
  };
});
