import { arnProblem } from '../../aws-auth/diagnose-arn.ts';
import { identity } from '../../aws-auth/load.ts';
import { describeGrant, grantSame, type LoadedEntry, ownPair } from '../../aws-auth/loaded.ts';
import { foldKey } from '../../go-strings.ts';
import { groupBy } from '../../group-by.ts';
import { memo } from '../../memo.ts';
import { printable } from '../../text.ts';
import type { CheckContext } from '../context.ts';
import { atArn, type Rule, rule } from '../rule.ts';

const duplicateArn = rule({
  name: 'duplicate-arn',
  severity: 'error',
  fix: 'safe',
  summary: 'An ARN has several entries. A warning if they are the same.',
  consequence: 'the authenticator uses only the last entry for an ARN',
  help: 'Keep the last entry, or combine them into one, and remove the others.',
  *detect(context) {
    const winningText = memo(
      (winner: LoadedEntry) => `line ${context.lineOf(winner)} (${describeGrant(winner, 10)})`,
    );
    for (const [entry, winner] of shadowed(context)) {
      // An ARN from a merge key was probably meant for another entry.
      const isOwnArn = entry.sso !== null || ownPair(entry, 'arn') !== undefined;
      const isRemovable = isOwnArn && context.isEditable(entry);
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

/** Pairs of an overridden entry and the later entry that overrides it. */
function* shadowed({ entries }: CheckContext): Generator<[LoadedEntry, LoadedEntry]> {
  const losers = entries.filter((entry) => entry.shadowed);
  if (losers.length === 0) return;
  const keyOf = (entry: LoadedEntry) => `${entry.map} ${identity(entry, entry.map)}`;
  const winners = new Map(entries.filter((entry) => !entry.shadowed).map((entry) => [keyOf(entry), entry]));
  for (const entry of losers) {
    const winner = winners.get(keyOf(entry));
    if (winner) yield [entry, winner];
  }
}

const ambiguousUser = rule({
  name: 'ambiguous-user',
  severity: 'error',
  summary:
    'ARNs in one map differ only in case, so the authenticator keeps both. A warning if the entries are the same.',
  consequence: 'the authenticator picks one at random for each call',
  help: 'Keep one entry, with the ARN as `aws sts get-caller-identity` shows it, and remove the others.',
  *detect(context) {
    const ambiguous = context.entries.filter((entry) => entry.ambiguous);
    for (const [first, ...others] of groupBy(ambiguous, ({ arn }) => foldKey(arn)).values())
      for (const entry of others) {
        if (!first) continue;
        const what = `${printable(entry.arn)} differs only in case from line ${context.lineOf(first)}`;
        yield atArn(entry, what, grantSame(entry, first) ? SAME_AT_RANDOM : {});
      }
  },
});

const SAME_AT_RANDOM = {
  severity: 'warning',
  consequence: 'both are the same, but a change to only one of them takes effect at random',
} as const;

const overriddenUser = rule({
  name: 'overridden-user',
  severity: 'error',
  summary: 'An ARN in mapUsers also has an entry in mapRoles. A warning if they are the same.',
  consequence: 'the authenticator looks in mapRoles first, so this entry is never used',
  help: 'Combine the two entries into one.',
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
