import { bug } from '../../errors.ts';
import type { Expectation } from '../plan/expectation.ts';
import type { ExpectedEntry } from '../plan/expected-entries.ts';
import type { LoadedEntry, LoadedMap } from '../read/loaded.ts';

/**
 * Compares what the authenticator loads with what it should.
 * @throws Failure (exit 4) where an entry would load differently, or something else would be lost
 */
export function requireLoaded(loaded: LoadedMap, { entries, leastLosses, mostLosses }: Expectation): void {
  requireEntries(loaded, entries);
  const losses = loaded.errors.map(({ code }) => code);
  if (!isSubsequence(leastLosses, losses) || !isSubsequence(losses, mostLosses))
    throw bug('the authenticator would lose something else in the result than in the input');
}

function requireEntries(loaded: LoadedMap, entries: readonly ExpectedEntry[]): void {
  if (loaded.entries.length !== entries.length)
    throw bug(`the result has ${loaded.entries.length} entries instead of ${entries.length}`);
  entries.forEach((expected, index) => {
    const entry = loaded.entries[index];
    if (!entry || !isAsExpected(entry, expected))
      throw bug(`the entry of ${expected.arn} would load differently`);
  });
}

function isAsExpected(entry: LoadedEntry, expected: ExpectedEntry): boolean {
  return (
    entry.arn === expected.arn &&
    entry.username === expected.username &&
    isSameGroups(entry.groups, expected.groups) &&
    (entry.sso === expected.sso || JSON.stringify(entry.sso) === JSON.stringify(expected.sso))
  );
}

function isSameGroups(one: readonly string[] | null, other: readonly string[] | null): boolean {
  if (one === null || other === null) return one === other;
  return one.length === other.length && one.every((group, index) => group === other[index]);
}

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let position = 0;
  for (const item of whole) if (item === part[position]) position += 1;
  return position === part.length;
}
