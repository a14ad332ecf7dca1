import { memo } from '../../memo.ts';
import { compareStrings } from '../../text.ts';
import { ROW_TABLES, type RowTable } from '../data.ts';
import type { PageRows } from '../decode.ts';
import { COLUMNS, type ColumnKey } from './columns.ts';
import { FACETS, type FacetKey } from './facets.ts';
import type { View } from './view.ts';

/** The part of a view that decides which rows it has, and in which order. */
export type Choice = Pick<View, 'search' | 'filters' | 'sort'>;

/**
 * Finds the rows of a view. All that rows are compared with is computed for the tables that they share, which are small:
 * for the rows themselves, only numbers are looked up.
 */
export class Selector {
  private readonly rows: PageRows;
  /** The texts of a table that a search looks at, in lower case. */
  private readonly searched = memo((table: RowTable): readonly string[] => {
    const columns = COLUMNS.filter((column) => column.table === table);
    return this.indexesOf(table).map((index) =>
      columns
        .map((column) => column.text(this.rows, index))
        .join('\n')
        .toLowerCase(),
    );
  });
  /** The values of a facet for each item of its table. */
  readonly values = memo((key: FacetKey): readonly (readonly string[])[] => {
    const facet = FACETS.find((one) => one.key === key);
    return facet ? this.indexesOf(facet.table).map((index) => facet.values(this.rows, index)) : [];
  });
  /** For each item of a column's table, its place in the order of the column's texts. */
  private readonly ranks = memo((key: ColumnKey): Uint32Array => {
    const column = COLUMNS.find((one) => one.key === key);
    if (!column) return new Uint32Array();
    const texts = this.indexesOf(column.table).map((index) => column.text(this.rows, index));
    const places = new Map([...new Set(texts)].sort(compareTexts).map((text, place) => [text, place]));
    return Uint32Array.from(texts, (text) => places.get(text) ?? 0);
  });

  constructor(rows: PageRows) {
    this.rows = rows;
  }

  /** The rows of a view, in its order. */
  select({ search, filters, sort }: Choice): Uint32Array {
    const tests = [...this.searchTests(search), ...this.filterTests(filters)];
    const selected = this.passing(tests);
    return sort ? this.sorted(selected, sort) : selected;
  }

  private passing(tests: readonly Test[]): Uint32Array {
    const found = new Uint32Array(this.rows.count);
    let length = 0;
    for (let row = 0; row < found.length; row += 1) {
      if (!tests.every((test) => test.some(({ column, passes }) => passes[column[row] ?? 0] === 1))) continue;
      found[length] = row;
      length += 1;
    }
    return found.subarray(0, length);
  }

  /** A row must contain each word somewhere. */
  private searchTests(search: string): Test[] {
    const words = search
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    return words.map((word) =>
      ROW_TABLES.map((table) => ({
        column: this.rows.columns[table],
        passes: Uint8Array.from(this.searched(table), (text) => (text.includes(word) ? 1 : 0)),
      })),
    );
  }

  private filterTests(filters: View['filters']): Test[] {
    return FACETS.flatMap(({ key, table }): Test[] => {
      const wanted = new Set(filters[key]);
      if (wanted.size === 0) return [];
      const passes = Uint8Array.from(this.values(key), (values) =>
        values.some((one) => wanted.has(one)) ? 1 : 0,
      );
      return [[{ column: this.rows.columns[table], passes }]];
    });
  }

  /** Keeps the order of rows with equal texts. Counts instead of comparing: it takes time in proportion to the rows. */
  private sorted(selected: Uint32Array, { column: key, descending }: NonNullable<View['sort']>): Uint32Array {
    const column = COLUMNS.find((one) => one.key === key);
    if (!column) return selected;
    const indexes = this.rows.columns[column.table];
    const ranks = this.ranks(key);
    const most = ranks.reduce((greatest, rank) => Math.max(greatest, rank), 0);
    const placeOf = (row: number) => {
      const rank = ranks[indexes[row] ?? 0] ?? 0;
      return descending ? most - rank : rank;
    };
    const starts = new Uint32Array(most + 2);
    for (const row of selected) starts[placeOf(row) + 1] = (starts[placeOf(row) + 1] ?? 0) + 1;
    for (let place = 1; place < starts.length; place += 1)
      starts[place] = (starts[place] ?? 0) + (starts[place - 1] ?? 0);
    const sorted = new Uint32Array(selected.length);
    for (const row of selected) {
      const place = placeOf(row);
      const start = starts[place] ?? 0;
      sorted[start] = row;
      starts[place] = start + 1;
    }
    return sorted;
  }

  private indexesOf(table: RowTable): number[] {
    return Array.from({ length: this.rows.data.tables[table].length }, (_, index) => index);
  }
}

/** A row passes if it passes any of these: for the row, the item of a column's table is looked up. */
type Test = readonly { readonly column: Uint32Array; readonly passes: Uint8Array }[];

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Like a file manager: `web-2` before `web-10`, empty texts last. */
function compareTexts(one: string, other: string): number {
  if (one === '' || other === '') return Number(one === '') - Number(other === '');
  return collator.compare(one, other) || compareStrings(one, other);
}
