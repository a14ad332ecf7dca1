import { isClusterAdmin, isNodeEntry } from '../authenticator/groups.ts';
import type { LoadErrorCode, LoadedEntry, LoadedMap } from '../authenticator/loaded.ts';
import { type Decision, decided } from './plan.ts';

/** An entry as it should load after a merge. */
export interface ExpectedEntry {
  readonly arn: string;
  readonly username: string;
  readonly groups: readonly string[] | null;
  readonly sso: LoadedEntry['sso'];
}

/** What the list should load as once a plan is carried out, in order. */
export function expectedEntries(decisions: readonly Decision[]): ExpectedEntry[] {
  return decisions.flatMap((decision): ExpectedEntry[] => {
    if (decision.outcome === 'removed') return [];
    if (decision.outcome === 'added') {
      const { rolearn, username, groups } = decision.desired;
      return [{ arn: rolearn, username, groups, sso: null }];
    }
    const { arn, username, groups, sso } = decision.entry;
    if (decision.outcome !== 'updated' && decision.outcome !== 'rotated')
      return [{ arn, username, groups, sso }];
    const changed = { username: decision.username ?? username, groups: decision.groups ?? groups };
    return [{ arn: decision.arn ?? arn, ...changed, sso }];
  });
}

/** Those that no later entry with the same ARN overrides. */
export function effectiveOf(entries: readonly ExpectedEntry[]): ExpectedEntry[] {
  return [...new Map(entries.map((entry) => [entry.arn.toLowerCase(), entry])).values()];
}

/** Whether an entry makes somebody who is no node an administrator of the cluster. */
export function isHumanAdmin(entry: Pick<ExpectedEntry, 'username' | 'groups'>): boolean {
  return isClusterAdmin(entry) && !isNodeEntry(entry);
}

/** What the authenticator should make of a result. */
export interface Expectation {
  readonly entries: readonly ExpectedEntry[];
  /** Losses that must be there still, in order. */
  readonly leastLosses: readonly LoadErrorCode[];
  /** Those, and the ones in entries that changed: they may be fixed by that. */
  readonly mostLosses: readonly LoadErrorCode[];
}

export function expectationOf({ errors }: LoadedMap, decisions: readonly Decision[]): Expectation {
  const indexes = (...outcomes: ('updated' | 'rotated' | 'removed')[]) =>
    new Set<number | null>(decided(decisions, ...outcomes).map(({ entry }) => entry.index));
  const [changed, removed] = [indexes('updated', 'rotated'), indexes('removed')];
  const possible = errors.filter(({ index }) => !removed.has(index));
  return {
    entries: expectedEntries(decisions),
    leastLosses: possible.filter(({ index }) => !changed.has(index)).map(({ code }) => code),
    mostLosses: possible.map(({ code }) => code),
  };
}
