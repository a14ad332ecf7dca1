import type { Change } from '../../data.ts';
import type { ColumnKey } from '../columns.ts';

/** The earlier text of a cell; undefined if it is the same. */
export function earlierText(change: Change | null, key: ColumnKey): string | undefined {
  return change?.before.find(({ field }) => field === key)?.was;
}

/** The colors of badges for changes. */
export const CHANGE_COLORS = { new: 'ok', gone: 'danger', changed: 'warn' } as const;
