import { bug } from '../errors.ts';
import { type ExpectedEntry, expectedEntries } from './expected-entries.ts';
import type { LoadError, LoadedEntry, LoadedMap } from './loaded.ts';
import type { MergePlan } from './plan.ts';

/**
 * Compares what the authenticator would load with what it loaded before and with what was planned.
 * @throws Failure (exit 4) where an entry would load differently, or something else would be lost
 */
export function requireLoaded(after: LoadedMap, before: LoadedMap, plan: MergePlan): void {
  const expected = expectedEntries(before.entries, plan);
  requireEntries(after, expected);
  requireErrors(after, before, expected, new Set(plan.changes.map(({ entry }) => entry.index)));
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
  const sso = expected.before?.sso ?? null;
  return (
    entry.arn === expected.arn &&
    entry.username === expected.username &&
    isSameGroups(entry.groups, expected.groups) &&
    (entry.sso === sso || JSON.stringify(entry.sso) === JSON.stringify(sso))
  );
}

function isSameGroups(one: readonly string[] | null, other: readonly string[] | null): boolean {
  if (one === null || other === null) return one === other;
  return one.length === other.length && one.every((group, index) => group === other[index]);
}

/** No loss may be new, and none may vanish but in entries that changed or went. */
function requireErrors(
  after: LoadedMap,
  before: LoadedMap,
  entries: readonly ExpectedEntry[],
  changed: ReadonlySet<number>,
): void {
  const kept = new Set(entries.map((entry) => entry.before?.index));
  const isEntry = new Set(before.entries.map(({ index }) => index));
  const stays = ({ index }: LoadError) =>
    index === null || ((kept.has(index) || !isEntry.has(index)) && !changed.has(index));
  const possible = before.errors.filter(
    ({ index }) => index === null || kept.has(index) || !isEntry.has(index),
  );
  const [least, most] = [possible.filter(stays).map(({ code }) => code), possible.map(({ code }) => code)];
  const codes = after.errors.map(({ code }) => code);
  if (!isSubsequence(least, codes) || !isSubsequence(codes, most))
    throw bug('the authenticator would lose something else in the result than in the input');
}

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let position = 0;
  for (const item of whole) if (item === part[position]) position += 1;
  return position === part.length;
}
