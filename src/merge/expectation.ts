import type { LoadErrorCode, LoadedMap } from '../authenticator/loaded.ts';
import { type ExpectedEntry, expectedEntries } from './expected-entries.ts';
import type { MergePlan } from './plan.ts';

/** What the authenticator should make of a result. Holds no node of the input, so that its tree need not outlive the plan. */
export interface Expectation {
  readonly entries: readonly ExpectedEntry[];
  /** Losses that must be there still, in order. */
  readonly leastLosses: readonly LoadErrorCode[];
  /** Those, and the ones in entries that changed: they may be mended by that. */
  readonly mostLosses: readonly LoadErrorCode[];
}

export function expectationOf(loaded: LoadedMap, plan: MergePlan): Expectation {
  const changed = new Set<number | null>(plan.changes.map(({ entry }) => entry.index));
  const removed = new Set<number | null>(plan.removals.map(({ entry }) => entry.index));
  const possible = loaded.errors.filter(({ index }) => !removed.has(index));
  return {
    entries: expectedEntries(loaded.entries, plan),
    leastLosses: possible.filter(({ index }) => !changed.has(index)).map(({ code }) => code),
    mostLosses: possible.map(({ code }) => code),
  };
}
