import type { LoadErrorCode, LoadedEntry, LoadedMap } from '../authenticator/loaded.ts';
import type { MergePlan } from './plan.ts';

/** An entry as it should load after a merge. */
export interface ExpectedEntry {
  readonly arn: string;
  readonly username: string;
  readonly groups: readonly string[] | null;
  readonly sso: LoadedEntry['sso'];
}

/** What the list should load as once a plan is carried out, in order. */
export function expectedEntries(
  entries: readonly LoadedEntry[],
  { changes, removals, additions }: Pick<MergePlan, 'changes' | 'removals' | 'additions'>,
): ExpectedEntry[] {
  const changeOf = new Map(changes.map((change) => [change.entry, change]));
  const removed = new Set(removals.map(({ entry }) => entry));
  const kept = entries
    .filter((entry) => !removed.has(entry))
    .map((entry): ExpectedEntry => {
      const change = changeOf.get(entry);
      return {
        arn: change?.arn ?? entry.arn,
        username: change?.username ?? entry.username,
        groups: change?.groups ?? entry.groups,
        sso: entry.sso,
      };
    });
  const added = additions.map(({ rolearn, username, groups }) => ({
    arn: rolearn,
    username,
    groups,
    sso: null,
  }));
  return [...kept, ...added];
}

/** The last entry that fits and that no later entry with the same ARN beats. */
export function lastEffective<Item extends { readonly arn: string }>(
  entries: readonly Item[],
  fits: (entry: Item) => boolean,
): Item | undefined {
  const last = entries.findLast(fits);
  if (!last || !entries.some((entry) => entry !== last && isSameArn(entry, last))) return last;
  return [...new Map(entries.map((entry) => [entry.arn.toLowerCase(), entry])).values()].findLast(fits);
}

export function hasEffective<Item extends { readonly arn: string }>(
  entries: readonly Item[],
  fits: (entry: Item) => boolean,
): boolean {
  return lastEffective(entries, fits) !== undefined;
}

function isSameArn(one: { readonly arn: string }, other: { readonly arn: string }): boolean {
  return one.arn.length === other.arn.length && one.arn.toLowerCase() === other.arn.toLowerCase();
}

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
