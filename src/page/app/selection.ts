import { memo } from '../../memo.ts';
import { compareStrings } from '../../text.ts';
import { ROW_TABLES, type RowTable } from '../data.ts';
import type { PageRows } from '../decode.ts';
import { COLUMNS, type ColumnKey } from './columns.ts';
import { FACETS, type FacetKey, facetOf } from './facets.ts';
import { folded, searchWords, sortKey, wellFormed } from './fold.ts';
import type { View } from './view.ts';

/** The part of a view that decides which rows it has, and in which order. */
export type Choice = Pick<View, 'search' | 'filters' | 'sort'>;

/**
 * Finds the rows of a view. All that rows are compared with is computed for the tables that they share, which are small:
 * for the rows themselves, only numbers are looked up.
 */
export class Selector {
  private readonly rows: PageRows;
  /** The texts of a table that a search looks at, folded. */
  private readonly searched = memo((table: RowTable): readonly string[] => {
    const columns = COLUMNS.filter((column) => column.table === table);
    return this.indexesOf(table).map((index) => {
      const shown = columns.map((column) => column.text(this.rows, index));
      return [...shown, ...hiddenTexts(this.rows, table, index)].map(folded).join('\n');
    });
  });
  /** The values of a facet for each item of its table. */
  readonly values = memo((key: FacetKey): readonly (readonly string[])[] => {
    const facet = facetOf(key);
    return this.indexesOf(facet.table).map((index) => facet.values(this.rows, index).map(wellFormed));
  });
  /** The rows that refer to each item of a facet's table, counted by the values of these items. */
  private readonly allCounts = memo((key: FacetKey) => this.counted(key, null));
  /** For each item of a column's table, its place in the order of the column's texts; 0 for an empty one. */
  private readonly ranks = memo((key: ColumnKey): Uint32Array => {
    const column = COLUMNS.find((one) => one.key === key);
    if (!column) return new Uint32Array();
    const texts = this.indexesOf(column.table).map((index) => column.text(this.rows, index));
    const distinct = [...new Set(texts)].filter((text) => text !== '');
    const sorted = distinct
      .map((text) => ({ text, key: sortKey(text) }))
      .sort((one, other) => compareStrings(one.key, other.key) || compareStrings(one.text, other.text));
    const places = new Map(sorted.map(({ text }, place) => [text, place + 1]));
    return Uint32Array.from(texts, (text) => places.get(text) ?? 0);
  });

  constructor(rows: PageRows) {
    this.rows = rows;
  }

  /** The rows of a view, in its order. */
  select({ search, filters, sort }: Choice): Uint32Array {
    const selected = this.passing(search, filters);
    return sort ? this.sorted(selected, sort) : selected;
  }

  /**
   * How many rows have each value of a facet, under the search and all other filters. Values without such rows are left
   * out.
   */
  counts(
    key: FacetKey,
    { search, filters }: Pick<Choice, 'search' | 'filters'>,
  ): ReadonlyMap<string, number> {
    const others: View['filters'] = { ...filters, [key]: [] };
    const isWhole = search === '' && FACETS.every((facet) => !others[facet.key]?.length);
    return isWhole ? this.allCounts(key) : this.counted(key, this.passing(search, others));
  }

  /** True if any row has this value. */
  hasValue(key: FacetKey, value: string): boolean {
    return this.allCounts(key).has(wellFormed(value));
  }

  /** True if a filter by this facet can leave out rows, and keep some. */
  hasChoice(key: FacetKey): boolean {
    const counts = this.allCounts(key);
    return counts.size > 1 || [...counts.values()].some((count) => count < this.rows.count);
  }

  /** Computes, step by step, what the first search needs. */
  *preparation(): Generator<void> {
    for (const table of ROW_TABLES) {
      this.searched(table);
      yield;
    }
  }

  /** @param selected null for all rows */
  private counted(key: FacetKey, selected: Uint32Array | null): ReadonlyMap<string, number> {
    const { table } = facetOf(key);
    const column = this.rows.columns[table];
    const perItem = new Uint32Array(this.rows.data.tables[table].length);
    if (selected) for (const row of selected) increment(perItem, column[row] ?? 0);
    else for (const item of column) increment(perItem, item);
    const counts = new Map<string, number>();
    for (const [index, values] of this.values(key).entries()) {
      const count = perItem[index] ?? 0;
      if (count > 0) for (const value of values) counts.set(value, (counts.get(value) ?? 0) + count);
    }
    return counts;
  }

  private passing(search: string, filters: View['filters']): Uint32Array {
    const filtered = this.filtered(filters);
    return searchWords(search).reduce((rows, word) => this.containing(rows, word), filtered);
  }

  /** The rows that have one of the values of each filter. */
  private filtered(filters: View['filters']): Uint32Array {
    const all = Uint32Array.from({ length: this.rows.count }, (_, row) => row);
    return FACETS.reduce<Uint32Array>((rows, { key, table }) => {
      const wanted = new Set(filters[key]?.map(wellFormed));
      if (wanted.size === 0 || rows.length === 0) return rows;
      const column = this.rows.columns[table];
      const passes = Uint8Array.from(this.values(key), (values) =>
        Number(values.some((one) => wanted.has(one))),
      );
      return kept(rows, (row) => passes[column[row] ?? 0] === 1);
    }, all);
  }

  /** The rows with a word in any column. */
  private containing(rows: Uint32Array, word: string): Uint32Array {
    if (rows.length === 0) return rows;
    const tests = ROW_TABLES.flatMap((table) => {
      const passes = Uint8Array.from(this.searched(table), (text) => Number(text.includes(word)));
      return passes.includes(1) ? [{ column: this.rows.columns[table], passes }] : [];
    });
    return kept(rows, (row) => {
      for (const { column, passes } of tests) if (passes[column[row] ?? 0] === 1) return true;
      return false;
    });
  }

  /**
   * Keeps the order of rows with equal texts; rows without a text are last, whichever way the others are sorted. Counts
   * instead of comparing: it takes time in proportion to the rows.
   */
  private sorted(selected: Uint32Array, { column: key, descending }: NonNullable<View['sort']>): Uint32Array {
    const column = COLUMNS.find((one) => one.key === key);
    if (!column) return selected;
    const indexes = this.rows.columns[column.table];
    const ranks = this.ranks(key);
    const most = ranks.reduce((greatest, rank) => Math.max(greatest, rank), 0);
    const places = ranks.map((rank) => (rank === 0 ? most : descending ? most - rank : rank - 1));
    const starts = new Uint32Array(most + 2);
    for (const row of selected) increment(starts, (places[indexes[row] ?? 0] ?? 0) + 1);
    for (let place = 1; place < starts.length; place += 1)
      starts[place] = (starts[place] ?? 0) + (starts[place - 1] ?? 0);
    const sorted = new Uint32Array(selected.length);
    for (const row of selected) {
      const place = places[indexes[row] ?? 0] ?? 0;
      sorted[starts[place] ?? 0] = row;
      increment(starts, place);
    }
    return sorted;
  }

  private indexesOf(table: RowTable): number[] {
    return Array.from({ length: this.rows.data.tables[table].length }, (_, index) => index);
  }
}

/** What readers search for although no column shows it, or only in part: IDs and ARNs. */
function hiddenTexts(rows: PageRows, table: RowTable, index: number): readonly string[] {
  if (table === 'principals') return [rows.principal(index).id];
  if (table !== 'entries') return [];
  const { accountId, clusterArn, rolearn, arn, username } = rows.entry(index);
  return [accountId, clusterArn ?? '', rolearn, arn ?? '', username];
}

function kept(rows: Uint32Array, passes: (row: number) => boolean): Uint32Array {
  const found = new Uint32Array(rows.length);
  let length = 0;
  for (const row of rows) {
    if (!passes(row)) continue;
    found[length] = row;
    length += 1;
  }
  return found.subarray(0, length);
}

function increment(counts: Uint32Array, index: number): void {
  counts[index] = (counts[index] ?? 0) + 1;
}
