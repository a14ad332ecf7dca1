import { csvOf } from '../../../who/csv.ts';
import type { PageRows } from '../../decode.ts';
import type { PageState } from '../page.ts';

/** A tab of the page. */
export interface TabView {
  readonly element: HTMLElement;
  /** Makes a file of what it shows; null if it shows nothing. */
  readonly exported: () => CsvFile | null;
  /** Its own buttons, beside those of all tabs. */
  readonly tools?: HTMLElement;
  /** Opens what a search found, or moves to it. */
  readonly enter?: () => void;
}

/** A file to save. */
export interface CsvFile {
  readonly name: string;
  /** Lines without the header. */
  readonly lines: number;
  /** The text, in pieces: hundreds of thousands of rows take seconds. */
  readonly pieces: Iterable<string>;
}

/** The shown rows as `who -o csv` prints them, in their order, with what changed if an earlier run was compared. */
export function rowsFile({ rows, selected }: Pick<PageState, 'rows' | 'selected'>): CsvFile | null {
  if (selected.length === 0) return null;
  function* decoded() {
    for (const row of selected) {
      const change = rows.change(row);
      // Access of the earlier run is none now: nobody may count it.
      yield rows.isEarlier(row)
        ? { ...rows.row(row), access: 'none' as const, change }
        : { ...rows.row(row), change };
    }
  }
  return {
    name: fileName(rows, selected, 'access'),
    lines: selected.length,
    pieces: csvOf(decoded(), rows.data, rows.data.since !== null),
  };
}

/**
 * `access-prod-2026-11-20.csv`: the cluster, if it is only one, and the day AWS was read.
 * @param what the file has
 */
export function fileName(rows: PageRows, selected: Uint32Array, what: string): string {
  const clusters = new Set(Array.from(selected, (row) => rows.entry(rows.index(row, 'entries')).cluster));
  const [only = null] = clusters;
  const name = clusters.size === 1 && only !== null ? fileNamePart(only) : '';
  const day = (rows.data.asOf ?? new Date().toISOString()).slice(0, 'YYYY-MM-DD'.length);
  return `${fileNamePart(what)}-${name || 'clusters'}-${fileNamePart(day)}.csv`;
}

/** Keeps characters that are safe in every file system and shell. Keeps the end of an ARN, which is the name. */
function fileNamePart(text: string): string {
  return text
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .slice(-60)
    .replace(/^-+|-+$/g, '');
}
