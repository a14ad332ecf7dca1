import { csvOf } from '../../../access/who-csv.ts';
import type { PageRows } from '../../decode.ts';

/** A file with the shown rows: the same bytes that `who -o csv` prints for them. */
export interface CsvFile {
  readonly name: string;
  readonly rows: Uint32Array;
  /**
   * Rows of the earlier run. They are no access, so they are left out, unless nothing else is shown: then the name of the
   * file says so.
   */
  readonly left: number;
}

/**
 * @param selected the shown rows, in their order
 * @param today used if AWS wasn't read
 */
export function csvFile(rows: PageRows, selected: Uint32Array, today: Date): CsvFile {
  const present = rows.data.since ? selected.filter((row) => !rows.isEarlier(row)) : selected;
  const saved = present.length === 0 ? selected : present;
  const areEarlier = saved.length > 0 && rows.isEarlier(saved[0] ?? 0);
  const name = areEarlier
    ? `earlier-${fileName(rows, saved, rows.data.since?.asOf ?? null, today)}`
    : fileName(rows, saved, rows.data.asOf, today);
  return { name, rows: saved, left: selected.length - saved.length };
}

/** The text of the file, in pieces, one for each row and one for the headers. */
export function csvPieces(rows: PageRows, selected: Uint32Array): Iterable<string> {
  return csvOf(decoded(rows, selected), rows.data);
}

function* decoded(rows: PageRows, selected: Uint32Array) {
  for (const row of selected) yield rows.row(row);
}

/** `access-prod-2026-11-20.csv`: the cluster, if it is only one, and the day AWS was read. */
function fileName(rows: PageRows, selected: Uint32Array, asOf: string | null, today: Date): string {
  const clusters = new Set<string | null>();
  for (const row of selected) {
    clusters.add(rows.entry(rows.index(row, 'entries')).cluster);
    if (clusters.size > 1) break;
  }
  const [only = null] = clusters;
  const name = clusters.size === 1 && only !== null ? fileNamePart(only) : '';
  const day = (asOf ?? today.toISOString()).slice(0, 'YYYY-MM-DD'.length);
  return `access-${name || 'clusters'}-${fileNamePart(day)}.csv`;
}

/** Keeps characters that are safe in every file system and shell. Keeps the end of an ARN, which is the name. */
function fileNamePart(text: string): string {
  return text
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .slice(-60)
    .replace(/^-+|-+$/g, '');
}
