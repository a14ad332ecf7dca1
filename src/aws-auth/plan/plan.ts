import type { DesiredEntry } from '../../entry.ts';
import type { LoadedEntry } from '../read/loaded.ts';
import type { MergeFinding } from './merge-finding.ts';

/** An entry that stays, with other values; null leaves a field alone. */
export interface EntryChange {
  readonly entry: LoadedEntry;
  readonly arn: string | null;
  readonly username: string | null;
  readonly groups: readonly string[] | null;
  /** The ARN becomes that of the role's successor. */
  readonly rotated: boolean;
}

/**
 * Why an entry is not wanted: its role is `gone` from an account that was read, no mapping names it (`unmapped`), or a later
 * entry for the same role beats it (`shadowed`).
 */
export type UnwantedReason = 'gone' | 'unmapped' | 'shadowed';

export interface UnwantedEntry {
  readonly entry: LoadedEntry;
  readonly reason: UnwantedReason;
}

/** What a merge does to mapRoles. */
export interface MergePlan {
  readonly changes: readonly EntryChange[];
  readonly removals: readonly UnwantedEntry[];
  readonly additions: readonly DesiredEntry[];
  readonly findings: readonly MergeFinding[];
  readonly counts: MergeCounts;
}

export interface MergeCounts {
  readonly added: number;
  readonly rotated: number;
  readonly updated: number;
  readonly removed: number;
  readonly unchanged: number;
  /** Not wanted, but still there: those with the reasons `gone` and `unmapped`. */
  readonly stale: number;
  /** Not wanted, but still there: those with the reason `shadowed`. */
  readonly shadowed: number;
}

/** `2 added, 1 rotated, 14 unchanged, 1 stale`: what there is none of is left out, except `unchanged`. */
export function summaryOf(counts: MergeCounts): string {
  const { added, rotated, updated, removed, unchanged, stale, shadowed } = counts;
  const before = Object.entries({ added, rotated, updated, removed });
  const behind = Object.entries({ stale, shadowed });
  return [...before.filter(isPresent), ['unchanged', unchanged] as const, ...behind.filter(isPresent)]
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

function isPresent([, count]: [string, number]): boolean {
  return count > 0;
}
