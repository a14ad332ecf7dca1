import { memo, once } from '../memo.ts';
import { compareStrings, printable } from '../text.ts';
import { COLUMNS, type ColumnKey, columnText } from './columns.ts';
import { ROW_TABLES, type RowTable } from './data.ts';
import type { PageRows } from './decode.ts';
import { FACETS, type FacetKey, facetOf, valueLabel } from './facets.ts';
import { type View, viewToHash, WHOLE_VIEW } from './view.ts';

/** A value that a reader can filter by. */
export interface FacetItem {
  readonly value: string;
  readonly label: string;
  /** Rows that have it, under the search and all other filters. */
  readonly count: number;
  readonly isChosen: boolean;
}

/**
 * Finds the rows of a view. All that rows are compared with is computed for the tables that they share, which are small:
 * for the rows themselves, only numbers are looked up.
 */
export class Selector {
  private readonly rows: PageRows;
  private readonly search: SearchIndex;
  /** The values of a facet for each item of its table. */
  readonly values = memo((key: FacetKey): readonly (readonly string[])[] => {
    const facet = facetOf(key);
    return this.indexesOf(facet.table).map((index) => facet.values(this.rows, index).map(wellFormed));
  });
  /** All values of a facet in the order of its menu. */
  private readonly menu = memo((key: FacetKey) => {
    const { rank = () => 0 } = facetOf(key);
    return [...new Set(this.values(key).flat())]
      .map((value) => {
        const label = valueLabel(this.rows, key, value);
        return {
          value,
          label,
          rank: rank(value),
          sortKey: sortKey(label),
          searched: folded(`${label} ${value}`),
        };
      })
      .sort(
        (one, other) =>
          one.rank - other.rank ||
          compareStrings(one.sortKey, other.sortKey) ||
          compareStrings(one.value, other.value),
      );
  });
  /** The rows that refer to each item of a facet's table, counted by the values of these items. */
  private readonly allCounts = memo((key: FacetKey) => this.counted(key, this.all()));
  /** For each item of a column's table, its place in the order of the column's texts; 0 for an empty one. */
  private readonly ranks = memo((key: ColumnKey): Uint32Array => {
    const column = COLUMNS.find((one) => one.key === key);
    if (!column) return new Uint32Array();
    const texts = this.indexesOf(column.table).map((index) => columnText(column, this.rows, index));
    const distinct = [...new Set(texts)].filter((text) => text !== '');
    // Sorting plain strings is much faster than comparing them with a function.
    const sorted = distinct.map((text) => `${sortKey(text)}\0${text}`).sort();
    const places = new Map(sorted.map((key, place) => [key.slice(key.indexOf('\0') + 1), place + 1]));
    return Uint32Array.from(texts, (text) => places.get(text) ?? 0);
  });

  private readonly all = once((): Uint32Array => {
    const rows = new Uint32Array(this.rows.count);
    for (let row = 0; row < rows.length; row += 1) rows[row] = row;
    return rows;
  });

  /** The counts under the latest search and filters: a menu asks for those of all facets at each keystroke. */
  private latest: {
    readonly id: string;
    readonly counts: (key: FacetKey) => ReadonlyMap<string, number>;
  } | null = null;

  constructor(rows: PageRows) {
    this.rows = rows;
    this.search = new SearchIndex(rows);
  }

  /**
   * The rows of a view, in its order.
   * @param among rows to look at instead of all
   */
  select(
    { search, filters, sort }: Pick<View, 'search' | 'filters' | 'sort'>,
    among = this.all(),
  ): Uint32Array {
    const selected = this.passing(search, filters, among);
    return sort ? this.sorted(selected, sort) : selected;
  }

  /**
   * How many rows have each value of a facet, under the search and all other filters. Values without such rows are left
   * out.
   * @param among rows to look at instead of all
   */
  counts(
    key: FacetKey,
    { search, filters }: Pick<View, 'search' | 'filters'>,
    among = this.all(),
  ): ReadonlyMap<string, number> {
    const others: View['filters'] = { ...filters, [key]: [] };
    if (among !== this.all()) return this.counted(key, this.passing(search, others, among));
    const id = viewToHash({ ...WHOLE_VIEW, search, filters: others });
    if (id === '') return this.allCounts(key);
    if (this.latest?.id !== id) {
      const rows = this.passing(search, others);
      this.latest = { id, counts: memo((facet) => this.counted(facet, rows)) };
    }
    return this.latest.counts(key);
  }

  /**
   * The values for the menu of a facet. The chosen ones first, so that they can be found and cleared, then those with rows,
   * in an order that stays the same while the reader chooses. A chosen value stays even if no row has it.
   * @param words that a value must contain
   */
  items(key: FacetKey, view: Pick<View, 'search' | 'filters'>, words: string): readonly FacetItem[] {
    const counts = this.counts(key, view);
    const chosen = new Set(view.filters[key]);
    const wanted = searchWords(words);
    const isFound = (searched: string) => wanted.every((word) => searched.includes(word));
    const known = this.menu(key).flatMap(({ value, label, searched }): FacetItem[] => {
      const [count, isChosen] = [counts.get(value) ?? 0, chosen.has(value)];
      return (isChosen || count > 0) && isFound(searched) ? [{ value, label, count, isChosen }] : [];
    });
    const missing = [...chosen].flatMap((value): FacetItem[] => {
      const label = valueLabel(this.rows, key, value);
      const isMissing = !this.hasValue(key, value) && isFound(folded(`${label} ${value}`));
      return isMissing ? [{ value, label, count: 0, isChosen: true }] : [];
    });
    return [...missing, ...known.filter((one) => one.isChosen), ...known.filter((one) => !one.isChosen)];
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
  preparation(): Iterator<void> {
    return this.search.preparation();
  }

  private counted(key: FacetKey, rows: Uint32Array): ReadonlyMap<string, number> {
    const { table } = facetOf(key);
    const column = this.rows.columns[table];
    const perItem = new Uint32Array(this.rows.data.tables[table].length);
    for (let index = 0; index < rows.length; index += 1) increment(perItem, column[rows[index] ?? 0] ?? 0);
    const counts = new Map<string, number>();
    for (const [index, values] of this.values(key).entries()) {
      const count = perItem[index] ?? 0;
      if (count > 0) for (const value of values) counts.set(value, (counts.get(value) ?? 0) + count);
    }
    return counts;
  }

  private passing(search: string, filters: View['filters'], among = this.all()): Uint32Array {
    const filtered = this.filtered(filters, among);
    return searchWords(search).reduce((rows, word) => this.containing(rows, word), filtered);
  }

  /** The rows that have one of the values of each filter. */
  private filtered(filters: View['filters'], among: Uint32Array): Uint32Array {
    return FACETS.reduce((rows, { key, table }) => {
      const wanted = new Set(filters[key]?.map(wellFormed));
      if (wanted.size === 0) return rows;
      const passes = new Uint8Array(this.rows.data.tables[table].length);
      for (const [index, values] of this.values(key).entries())
        if (values.some((one) => wanted.has(one))) passes[index] = 1;
      return kept(rows, [{ column: this.rows.columns[table], passes }]);
    }, among);
  }

  /** The rows with a word in any column. */
  private containing(rows: Uint32Array, word: string): Uint32Array {
    if (rows.length === 0) return rows;
    const hits = this.search.hits(word);
    const tests = ROW_TABLES.map((table) => ({ column: this.rows.columns[table], passes: hits[table] }));
    const isInAll = tests.some(({ passes }) => !passes.includes(0));
    return isInAll
      ? rows
      : kept(
          rows,
          tests.filter(({ passes }) => passes.includes(1)),
        );
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

/**
 * The rows that pass any of the tests. Plain loops: they run for each row, while the reader waits.
 * @param tests mark the items of a table that pass with 1; a row passes if the item in its column does
 */
function kept(
  rows: Uint32Array,
  tests: readonly { readonly column: Uint32Array; readonly passes: Uint8Array }[],
): Uint32Array {
  const hits = new Uint8Array(rows.length);
  for (const { column, passes } of tests)
    for (let index = 0; index < rows.length; index += 1)
      if (passes[column[rows[index] ?? 0] ?? 0] === 1) hits[index] = 1;
  const found = new Uint32Array(rows.length);
  let length = 0;
  for (let index = 0; index < rows.length; index += 1) {
    if (hits[index] !== 1) continue;
    found[length] = rows[index] ?? 0;
    length += 1;
  }
  return found.subarray(0, length);
}

function increment(counts: Uint32Array, index: number): void {
  counts[index] = (counts[index] ?? 0) + 1;
}

/** Searches remembered: a reader types a word letter by letter, behind words that stay. */
const REMEMBERED = 8;

/** For each table, which of its items have a word: 1 or 0. */
type Hits = Readonly<Record<RowTable, Uint8Array>>;

/** Finds words in the texts that rows share. */
class SearchIndex {
  private readonly rows: PageRows;
  /** The texts of a table that a search looks at, folded. */
  private readonly texts = memo((table: RowTable): readonly string[] => {
    const columns = COLUMNS.filter((column) => column.table === table);
    return Array.from({ length: this.rows.data.tables[table].length }, (_, index) => {
      const shown = columns.map((column) => columnText(column, this.rows, index));
      return [...shown, ...hiddenTexts(this.rows, table, index)].map(folded).join('\n');
    });
  });
  /** The latest words, the last used one last. */
  private readonly known = new Map<string, Hits>();

  constructor(rows: PageRows) {
    this.rows = rows;
  }

  /** Computes, step by step, what the first search needs. */
  *preparation(): Generator<void> {
    for (const table of ROW_TABLES) {
      this.texts(table);
      yield;
    }
  }

  /** @param word folded */
  hits(word: string): Hits {
    const hits = this.known.get(word) ?? this.found(word);
    this.known.delete(word);
    this.known.set(word, hits);
    const [oldest] = this.known.keys();
    if (this.known.size > REMEMBERED && oldest !== undefined) this.known.delete(oldest);
    return hits;
  }

  private found(word: string): Hits {
    // A longer word is only where its beginning is.
    const start = [...this.known].findLast(([known]) => word.startsWith(known))?.[1];
    const marked = ROW_TABLES.map((table) => {
      const texts = this.texts(table);
      const before = start?.[table];
      const marks = new Uint8Array(texts.length);
      for (let index = 0; index < texts.length; index += 1)
        if (before?.[index] !== 0 && texts[index]?.includes(word)) marks[index] = 1;
      return [table, marks] as const;
    });
    return Object.fromEntries(marked) as Record<RowTable, Uint8Array>;
  }
}

/** Texts that readers search for although no column shows them whole: IDs, ARNs, and notes of `who`. */
function hiddenTexts(rows: PageRows, table: RowTable, index: number): readonly string[] {
  if (table === 'principals') return [rows.principal(index).id];
  if (table === 'grants')
    return [rows.grant(index).note, ...rows.routes(index).map(({ text, through }) => `${text} ${through}`)];
  if (table !== 'entries') return [];
  const { accountId, clusterArn, rolearn, arn, username } = rows.entry(index);
  return [accountId, clusterArn ?? '', rolearn, arn ?? '', username];
}

/** Plain ASCII, by far the most frequent, needs nothing but lower case. */
const PLAIN = /^[ -~]*$/;

/**
 * A text as a search compares it: as the page shows it, without regard to case and accents. Two words that a reader takes
 * for the same must not differ because one was typed and the other came from a directory.
 */
export function folded(text: string): string {
  if (PLAIN.test(text)) return printable(text).toLowerCase();
  // Letters with the same capital are the same, such as µ and μ. Accents go last: a capital may have a letter instead.
  const sameCase = printable(text).toUpperCase().toLowerCase();
  return sameCase
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('ς', 'σ');
}

/** The words of a search, each once, folded. */
export function searchWords(search: string): readonly string[] {
  return [...new Set(search.split(/\s+/).map(folded))].filter((word) => word !== '');
}

/**
 * A text whose order by code units is that of a reader: without regard to case and accents, and `web-2` before `web-10`.
 * Much faster than a collator for hundreds of thousands of texts.
 */
function sortKey(text: string): string {
  return folded(text).replace(/\d+/g, (digits) => {
    const number = digits.replace(/^0+(?=\d)/, '');
    // Longer numbers are greater. The zero keeps numbers before letters.
    return `0${String.fromCharCode(number.length)}${number}`;
  });
}

/** The text as an address can hold it: half of a surrogate pair becomes U+FFFD. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\uFFFD');
}
