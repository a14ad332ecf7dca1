import type { LoadedMap } from '../authenticator/loaded.ts';
import { bug } from '../errors.ts';
import { listed, quoted } from '../text.ts';
import type { Expectation } from './expectation.ts';
import type { ExpectedEntry } from './expected-entries.ts';

/**
 * Compares what the authenticator loads with what it should.
 * @throws Failure (exit 4) where an entry would load differently, or something else would be lost
 */
export function requireLoaded(loaded: LoadedMap, { entries, leastLosses, mostLosses }: Expectation): void {
  requireEntries(loaded, entries);
  const losses = loaded.errors.map(({ code }) => code);
  if (!isSubsequence(leastLosses, losses) || !isSubsequence(losses, mostLosses))
    throw bug(
      `the authenticator would lose something else in the result than in the input: ${lossText(losses)} instead of ${lossText(mostLosses)}`,
    );
}

function lossText(codes: readonly string[]): string {
  return codes.length === 0 ? 'nothing' : listed(codes);
}

function requireEntries(loaded: LoadedMap, entries: readonly ExpectedEntry[]): void {
  if (loaded.entries.length !== entries.length)
    throw bug(
      `the result has ${loaded.entries.length} entries instead of ${entries.length}${voidText(loaded)}`,
    );
  entries.forEach((expected, index) => {
    const entry = loaded.entries[index];
    const differing = FIELDS.filter((field) => !isSame(entry?.[field], expected[field]));
    if (differing.length === 0) return;
    const differences = differing.map(
      (field) => `${field} ${JSON.stringify(entry?.[field])} instead of ${JSON.stringify(expected[field])}`,
    );
    throw bug(`the entry of ${quoted(expected.arn)} would load differently: ${differences.join(', ')}`);
  });
}

function voidText({ errors }: LoadedMap): string {
  const lost = errors.find(({ loss }) => loss === 'void');
  return lost ? `, for the authenticator would lose all of mapRoles: ${lost.message}` : '';
}

const FIELDS = ['arn', 'username', 'groups', 'sso'] as const;

function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let position = 0;
  for (const item of whole) if (item === part[position]) position += 1;
  return position === part.length;
}
