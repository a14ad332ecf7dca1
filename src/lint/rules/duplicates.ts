import { arnProblem } from '../../authenticator/diagnose-arn.ts';
import { identity } from '../../authenticator/load.ts';
import { describeGrant, grantSame, type LoadedEntry, ownPair } from '../../authenticator/loaded.ts';
import { foldKey } from '../../go-strings.ts';
import { groupBy } from '../../group-by.ts';
import { memo } from '../../memo.ts';
import { printable } from '../../text.ts';
import type { LintContext } from '../context.ts';
import { atArn, type PlacedDetection, type Rule, rule } from '../rule.ts';

const duplicateArn = rule({
  name: 'duplicate-arn',
  severity: 'error',
  fix: 'safe',
  summary: 'An ARN has several entries; a warning where they are the same',
  consequence: 'the authenticator uses only the last entry of an ARN',
  help: 'Put everything for the role into one entry, and remove the others.',
  *detect(context) {
    const winningText = memo(
      (winner: LoadedEntry) => `line ${context.lineOf(winner)} (${describeGrant(winner, 10)})`,
    );
    for (const [entry, winner] of shadowed(context)) {
      const isRemovable = isOwnArn(entry) && context.isEditable(entry);
      yield atArn(
        entry,
        `${printable(entry.arn) || 'this sso: entry'} is overridden by ${winningText(winner)}`,
        {
          fix: isRemovable ? { kind: 'remove', map: entry.map, index: entry.index } : undefined,
          ...(grantSame(entry, winner) && SAME),
        },
      );
    }
  },
});

const SAME = {
  severity: 'warning',
  consequence: 'both are the same, but changing this one has no effect',
  help: 'Remove one of them.',
} as const;

/** Each entry that a later one overrides, with that one. */
function* shadowed({ entries }: LintContext): Generator<[LoadedEntry, LoadedEntry]> {
  const losers = entries.filter((entry) => entry.shadowed);
  if (losers.length === 0) return;
  const keyOf = (entry: LoadedEntry) => `${entry.map} ${identity(entry, entry.map)}`;
  const winners = new Map(entries.filter((entry) => !entry.shadowed).map((entry) => [keyOf(entry), entry]));
  for (const entry of losers) {
    const winner = winners.get(keyOf(entry));
    if (winner) yield [entry, winner];
  }
}

/** Whether an entry states its ARN: one that has it through a merge key was meant for somebody else. */
function isOwnArn(entry: LoadedEntry): boolean {
  return entry.sso !== null || ownPair(entry, 'arn') !== undefined;
}

const ambiguousUser = rule({
  name: 'ambiguous-user',
  severity: 'error',
  summary:
    'ARNs of one map differ only in case, and the authenticator keeps both; a warning where the entries are the same',
  consequence: 'the authenticator keeps both and picks one at random for each call',
  help: 'Keep one entry, with the ARN as `aws sts get-caller-identity` shows it, and remove the others.',
  *detect(context) {
    const ambiguous = context.entries.filter((entry) => entry.ambiguous);
    for (const [first, ...others] of groupBy(ambiguous, ({ arn }) => foldKey(arn)).values())
      if (first) yield* others.map((entry) => rivalOf(first, entry, context.lineOf(first)));
  },
});

function rivalOf(first: LoadedEntry, entry: LoadedEntry, line: number | undefined): PlacedDetection {
  const what = `${printable(entry.arn)} differs only in case from line ${line}`;
  return atArn(entry, what, grantSame(entry, first) ? SAME_AT_RANDOM : {});
}

const SAME_AT_RANDOM = {
  severity: 'warning',
  consequence: 'both are the same, but changing only one of them takes effect at random',
} as const;

const overriddenUser = rule({
  name: 'overridden-user',
  severity: 'error',
  summary: 'An ARN of mapUsers has an entry in mapRoles too; a warning where they are the same',
  consequence: 'the authenticator looks in mapRoles first, so this entry is never used',
  help: 'Keep one of the two entries, with everything for the ARN.',
  *detect(context) {
    for (const [user, role] of context.awsAuth?.overridden ?? []) {
      if (user.shadowed || arnProblem(user)) continue;
      const line = context.lineOf(role);
      yield atArn(
        user,
        `${printable(user.arn)} is overridden by mapRoles, line ${line} (${describeGrant(role, 10)})`,
        { severity: grantSame(user, role) ? 'warning' : undefined },
      );
    }
  },
});

export const duplicateRules: readonly Rule[] = [duplicateArn, overriddenUser, ambiguousUser];
