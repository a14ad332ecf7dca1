import { memo } from '../../memo.ts';
import { ROW_TABLES, type RowTable } from '../data.ts';
import type { PageRows } from '../decode.ts';
import { COLUMNS } from './columns.ts';
import { folded } from './fold.ts';

/** Searches remembered: a reader types a word letter by letter, behind words that stay. */
const REMEMBERED = 8;

/** For each table, which of its items have a word: 1 or 0. */
export type Hits = Readonly<Record<RowTable, Uint8Array>>;

/** Finds words in the texts that rows share. */
export class SearchIndex {
  private readonly rows: PageRows;
  /** The texts of a table that a search looks at, folded. */
  private readonly texts = memo((table: RowTable): readonly string[] => {
    const columns = COLUMNS.filter((column) => column.table === table);
    return Array.from({ length: this.rows.data.tables[table].length }, (_, index) => {
      const shown = columns.map((column) => column.text(this.rows, index));
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
  if (table === 'grants') return [rows.grant(index).note];
  if (table !== 'entries') return [];
  const { accountId, clusterArn, rolearn, arn, username } = rows.entry(index);
  return [accountId, clusterArn ?? '', rolearn, arn ?? '', username];
}
