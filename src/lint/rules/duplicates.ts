import { fold } from '../../authenticator/item-fields.ts';
import type { LoadedEntry } from '../../authenticator/loaded.ts';
import { ownPair } from '../../configmap/edit-field.ts';
import { listed, printable, quoted } from '../../text.ts';
import type { LintContext, ListEntry } from '../context.ts';
import { arnRange } from '../locate.ts';
import type { Detection, Rule } from '../rule.ts';

export const duplicateArn: Rule = {
  name: 'duplicate-arn',
  severity: 'error',
  fix: 'safe',
  summary: 'An ARN has two entries; a warning where they say the same',
  consequence: 'the last entry for an ARN wins outright, and what the others say does not count',
  help: 'Put all that the role is to have into one entry, and remove the others.',
  *detect(context) {
    const said = new Map<ListEntry, string>();
    for (const [one, winner] of shadowed(context)) {
      const winning = said.get(winner) ?? winningText(context, winner);
      said.set(winner, winning);
      yield {
        ...duplicate(context, one, winning),
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
function* shadowed({ entries }: LintContext): Generator<[ListEntry, ListEntry]> {
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
  *detect(context) {
    const firsts = new Map<string, ListEntry>();
    for (const one of context.entries) {
      if (!one.entry.ambiguous) continue;
      const key = fold(one.entry.arn);
      const first = firsts.get(key);
      if (first) yield ambiguous(context, one, first);
      else firsts.set(key, one);
    }
  },
};

function ambiguous(context: LintContext, one: ListEntry, first: ListEntry): Detection {
  const what = `${printable(one.entry.arn)} differs by case alone from the entry in line ${lineOf(context, first)}`;
  if (!isSame(one.entry, first.entry)) return { range: arnRange(one), what };
  const consequence = 'it says the same, but whoever changes one of them alone leaves it to chance';
  return { range: arnRange(one), what, severity: 'warning', consequence };
}

/** Whether two entries give the same; no groups and an empty list of them are one. */
function isSame(one: LoadedEntry, other: LoadedEntry): boolean {
  const [first, second] = [one.groups ?? [], other.groups ?? []];
  if (one.username !== other.username || first.length !== second.length) return false;
  return JSON.stringify(first) === JSON.stringify(second);
}

function winningText(context: LintContext, winner: ListEntry): string {
  const { username, groups } = winner.entry;
  const names = listed((groups ?? []).map(quoted));
  return `another entry in line ${lineOf(context, winner)}, which wins: username ${quoted(username)}, groups [${names}]`;
}

function duplicate(context: LintContext, one: ListEntry, winning: string): Detection {
  const { list, entry } = one;
  return {
    range: arnRange(one),
    what: `${printable(entry.arn) || 'this sso: entry'} has ${winning}`,
    ...(isItsOwn(entry) &&
      context.isEditable(list, entry.index) && {
        fix: { kind: 'remove', map: list.key, index: entry.index },
      }),
  };
}

/** Whether an entry states its ARN: one that has it through a merge key was meant for somebody else. */
function isItsOwn(entry: LoadedEntry): boolean {
  return entry.sso !== null || ownPair(entry, 'arn') !== undefined;
}

function lineOf({ document }: LintContext, { list, entry }: ListEntry): number | undefined {
  return document.locationOf(list.source.offsets.startOf(entry.node.contentStart)).line;
}

export const overriddenUser: Rule = {
  name: 'overridden-user',
  severity: 'error',
  fix: 'none',
  summary: 'An ARN of mapUsers has an entry in mapRoles too; a warning where they say the same',
  consequence: 'the authenticator asks mapRoles first, so this entry of mapUsers never counts',
  help: 'Keep one of the two entries, with all that the ARN is to have.',
  *detect(context) {
    for (const one of context.entries) {
      const role = one.problem || one.entry.shadowed ? undefined : context.overridden.get(one.entry);
      if (role) yield overriddenBy(context, one, role);
    }
  },
};

function overriddenBy(context: LintContext, one: ListEntry, role: LoadedEntry): Detection {
  const { username, groups } = role;
  const offsets = context.mapRoles?.source.offsets;
  const { line } = context.document.locationOf(offsets?.startOf(role.node.contentStart) ?? 0);
  const names = (groups ?? []).map(quoted).join(', ');
  const isSame =
    one.entry.username === username &&
    JSON.stringify(one.entry.groups ?? []) === JSON.stringify(groups ?? []);
  return {
    range: arnRange(one),
    what: `${printable(one.entry.arn)} is overridden by mapRoles in line ${line}: username ${quoted(username)}, groups [${names}]`,
    ...(isSame && { severity: 'warning' as const }),
  };
}
