import { fold } from '../../authenticator/item-fields.ts';
import type { LoadedEntry } from '../../authenticator/loaded.ts';
import { ownPair } from '../../configmap/edit-context.ts';
import { listed, printable, quoted } from '../../text.ts';
import type { Detection, Rule } from '../rule.ts';
import { arnSpot } from '../spot.ts';
import type { LintSubject, ListEntry } from '../subject.ts';

export const duplicateArn: Rule = {
  name: 'duplicate-arn',
  severity: 'error',
  fix: 'safe',
  summary: 'An ARN has two entries; a warning where they say the same',
  consequence: 'the last entry for an ARN wins outright, and what the others say does not count',
  help: 'Put all that the role is to have into one entry, and remove the others.',
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
  help: 'Remove one of them.',
} as const;

/** Each entry that a later one overrides, with that one. */
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
  const name = sso ? JSON.stringify(sso).toLowerCase() : list.key === 'mapRoles' ? arn.toLowerCase() : arn;
  return `${list.key} ${name}`;
}

export const ambiguousUser: Rule = {
  name: 'ambiguous-user',
  severity: 'error',
  fix: 'none',
  summary: 'ARNs in mapUsers differ by case alone; a warning where they say the same',
  consequence: 'the authenticator keeps both and picks one of them at random, call by call',
  help: 'Keep one entry, with the ARN as `aws sts get-caller-identity` shows it, and remove the others.',
  *detect(subject) {
    const firsts = new Map<string, ListEntry>();
    for (const one of subject.entries) {
      if (!one.entry.ambiguous) continue;
      const key = fold(one.entry.arn);
      const first = firsts.get(key);
      if (first) yield ambiguous(subject, one, first);
      else firsts.set(key, one);
    }
  },
};

function ambiguous(subject: LintSubject, one: ListEntry, first: ListEntry): Detection {
  const what = `${printable(one.entry.arn)} differs by case alone from the entry in line ${lineOf(subject, first)}`;
  if (!isSame(one.entry, first.entry)) return { spot: arnSpot(one), what };
  const consequence = 'it says the same, but whoever changes one of them alone leaves it to chance';
  return { spot: arnSpot(one), what, severity: 'warning', consequence };
}

/** Whether two entries give the same; no groups and an empty list of them are one. */
function isSame(one: LoadedEntry, other: LoadedEntry): boolean {
  const [first, second] = [one.groups ?? [], other.groups ?? []];
  if (one.username !== other.username || first.length !== second.length) return false;
  return JSON.stringify(first) === JSON.stringify(second);
}

function winningText(subject: LintSubject, winner: ListEntry): string {
  const { username, groups } = winner.entry;
  const names = listed((groups ?? []).map(quoted));
  return `another entry in line ${lineOf(subject, winner)}, which wins: username ${quoted(username)}, groups [${names}]`;
}

function duplicate(subject: LintSubject, one: ListEntry, winning: string): Detection {
  const { list, entry } = one;
  return {
    spot: arnSpot(one),
    what: `${printable(entry.arn) || 'this sso: entry'} has ${winning}`,
    ...(isItsOwn(entry) &&
      subject.isEditable(list, entry.index) && {
        mend: { kind: 'remove', map: list.key, index: entry.index },
      }),
  };
}

/** Whether an entry states its ARN: one that has it through a merge key was meant for somebody else. */
function isItsOwn(entry: LoadedEntry): boolean {
  return entry.sso !== null || ownPair(entry, 'arn') !== undefined;
}

function lineOf({ document }: LintSubject, { list, entry }: ListEntry): number | undefined {
  return document.locationOf(list.source.embedded.offsets.startOf(entry.node.start)).line;
}
