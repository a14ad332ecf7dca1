import type { PageRows } from '../../decode.ts';
import type { ShownColumn } from '../columns.ts';

/** The widths of columns in characters: room for most texts, so that only the longest wrap. */
export function columnWidths(rows: PageRows, columns: readonly ShownColumn[]): readonly number[] {
  return columns.map((column) => {
    const lengths = sampled(rows.data.tables[column.table].length).map((index) =>
      widthOf(column, rows, index),
    );
    const wanted = percentile(
      lengths.filter((length) => length > 0),
      0.9,
    );
    // The header has an arrow behind it.
    const least = Math.max(LEAST, ...column.header.split(' ').map((word) => word.length + 4));
    if (column.key === 'principal')
      return Math.max(least, Math.min(MOST_OF_NAMES, Math.ceil(wanted * BOLD) + ROOM_OF_KIND));
    return Math.max(least, Math.min(MOST, wanted + 3));
  });
}

const LEAST = 10;
const MOST = 32;
const MOST_OF_NAMES = 42;
/** The kind of a principal is next to its name. */
const ROOM_OF_KIND = 8;
/** Names are bold. */
const BOLD = 1.15;

/** The longest item of a list, since each has its own line. */
function widthOf(column: ShownColumn, rows: PageRows, index: number): number {
  return Math.max(
    ...column
      .text(rows, index)
      .split(/[,;] /)
      .map((text) => text.length),
  );
}

const SAMPLES = 1_000;

/** Indexes from all over a table: its first rows may be alike. */
function sampled(length: number): number[] {
  const step = Math.max(1, length / SAMPLES);
  return Array.from({ length: Math.min(length, SAMPLES) }, (_, index) => Math.floor(index * step));
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.ceil((sorted.length - 1) * part)] ?? 0;
}
