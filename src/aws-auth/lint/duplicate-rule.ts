import { listed, printable, quoted } from '../../printable.ts';
import type { LoadedEntry } from '../read/loaded.ts';
import type { Detection, Rule } from './rule.ts';
import { arnSpot } from './spot.ts';
import type { LintSubject, ListEntry } from './subject.ts';

export const duplicateArn: Rule = {
  name: 'duplicate-arn',
  severity: 'error',
  fix: 'safe',
  summary: 'An ARN has two entries; a warning where they say the same',
  consequence: 'the last entry for an ARN wins outright, and what the others say does not count',
  cure: 'Put all that the role is to have into one entry, and remove the others.',
  *detect(subject) {
    const said = new Map<ListEntry, string>();
    for (const [one, winner] of shadowed(subject)) {
      const winning = said.get(winner) ?? winningText(subject, winner);
      said.set(winner, winning);
      yield {
        ...duplicate(subject, one, winning),
        ...(isSame(one.entry, winner.entry) && SAME),
      };
    }
  },
};

const SAME = {
  severity: 'warning',
  consequence:
    'it says the same, but whoever changes this one later changes nothing, for the last one wins outright',
  cure: 'Remove one of them.',
} as const;

function* shadowed({ entries }: LintSubject): Generator<[ListEntry, ListEntry]> {
  const losers = entries.filter(({ entry }) => entry.shadowed);
  if (losers.length === 0) return;
  const winners = new Map(
    entries.filter(({ entry }) => !entry.shadowed).map((one) => [identityOf(one), one]),
  );
  for (const one of losers) {
    const winner = winners.get(identityOf(one));
    if (winner) yield [one, winner];
  }
}

function identityOf({ list, entry: { arn, sso } }: ListEntry): string {
  return JSON.stringify([list.key, arn, sso]).toLowerCase();
}

function isSame(one: LoadedEntry, other: LoadedEntry): boolean {
  if (one.username !== other.username || one.groups?.length !== other.groups?.length) return false;
  return JSON.stringify(one.groups) === JSON.stringify(other.groups);
}

function winningText(subject: LintSubject, { list, entry }: ListEntry): string {
  const { embedded } = list.source;
  const { line } = subject.document.placeOf(embedded.offsets.startOf(entry.node.start));
  const names = listed((entry.groups ?? []).map(quoted));
  return `another entry in line ${line}, which wins: username ${quoted(entry.username)}, groups [${names}]`;
}

function duplicate(subject: LintSubject, one: ListEntry, winning: string): Detection {
  const { list, entry } = one;
  return {
    spot: arnSpot(one),
    what: `${printable(entry.arn) || 'this sso: entry'} has ${winning}`,
    ...(subject.isEditable(list, entry.index) && {
      mend: { kind: 'remove', map: list.key, index: entry.index },
    }),
  };
}
