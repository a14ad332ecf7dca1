import type { DesiredEntry } from '../entry.ts';
import type { EntryChange, UnwantedEntry } from './changes.ts';
import type { Decision } from './decision.ts';
import type { MergeFinding } from './merge-finding.ts';

/** What a merge does to mapRoles. */
export interface MergePlan {
  readonly changes: readonly EntryChange[];
  readonly removals: readonly UnwantedEntry[];
  readonly additions: readonly DesiredEntry[];
  /** One for each entry, in the order of the list, then one for each addition. */
  readonly decisions: readonly Decision[];
  readonly findings: readonly MergeFinding[];
  readonly counts: MergeCounts;
}

export interface MergeCounts {
  /** Without those that override an entry of mapUsers: these are updates. */
  readonly added: number;
  readonly rotated: number;
  readonly updated: number;
  readonly removed: number;
  readonly unchanged: number;
  /** Not wanted, but still there: those with the reasons `gone`, `unmapped` and `rival`. */
  readonly unmapped: number;
  /** Not wanted, but still there: those with the reason `shadowed`. */
  readonly shadowed: number;
}

/** `2 added, 1 rotated, 14 unchanged, 1 unmapped`: what there is none of is left out, except `unchanged`. */
export function summaryOf(counts: MergeCounts): string {
  const { added, rotated, updated, removed, unchanged, unmapped, shadowed } = counts;
  const before = Object.entries({ added, rotated, updated, removed });
  const behind = Object.entries({ unmapped, shadowed });
  return [...before.filter(isPresent), ['unchanged', unchanged] as const, ...behind.filter(isPresent)]
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

function isPresent([, count]: [string, number]): boolean {
  return count > 0;
}
