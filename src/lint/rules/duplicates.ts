import type { AccessEntry } from '../../access-entry.ts';
import { arnProblem } from '../../authenticator/diagnose-arn.ts';
import { groupsText } from '../../authenticator/groups.ts';
import { identity } from '../../authenticator/load.ts';
import { describeGrant, grantSame, type LoadedEntry, ownPair } from '../../authenticator/loaded.ts';
import { foldKey } from '../../go-strings.ts';
import { groupBy } from '../../group-by.ts';
import type { EksCluster } from '../../inventory/model.ts';
import { memo } from '../../memo.ts';
import { printable } from '../../text.ts';
import {
  correction,
  differenceOf,
  type GrantDifference,
  grantText,
  isSame,
  lossesIn,
} from '../access-entries.ts';
import type { LintContext } from '../context.ts';
import { atArn, type Detection, type Rule, rule } from '../rule.ts';

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

function rivalOf(first: LoadedEntry, entry: LoadedEntry, line: number | undefined): Detection {
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

export const overridden = rule({
  name: 'overridden-by-access-entry',
  severity: 'error',
  summary:
    'A role or user has an access entry, too, which overrides its entry in aws-auth and takes rights away; a warning where it gives something else, a note where both give the same (with --cluster)',
  consequence: 'this entry has no effect',
  help: 'Correct the access entry, or remove this entry where both give the same.',
  *detect(context) {
    const { cluster } = context.options;
    if (!cluster) return;
    const isIgnored = context.mode === 'API';
    for (const [entry, { entry: accessEntry, state }] of context.overridden) {
      // In mode API these are locked out, which has its own rule.
      if (state === 'dead' && !isIgnored) yield overriddenByDead(entry, context);
      if (state === 'dead') continue;
      const difference = differenceOf(entry, accessEntry);
      // Nothing is lost with these.
      if (isIgnored && isSame(difference)) continue;
      const what = `the access entry of ${context.clusterText} gives ${grantText(accessEntry)}`;
      yield atArn(entry, what, outcomeOf(cluster, accessEntry, difference));
    }
  },
});

/** The access entries that take rights away, of which there is a finding at the entry of aws-auth. */
export function takingAway(context: LintContext): AccessEntry[] {
  return [...context.overridden].flatMap(([entry, { entry: accessEntry }]) =>
    lossesIn(differenceOf(entry, accessEntry)).length > 0 ? accessEntry : [],
  );
}

function overriddenByDead(entry: LoadedEntry, { clusterText }: LintContext): Detection {
  const what = `the access entry of ${clusterText} overrides this entry, and was created for an earlier role`;
  return atArn(entry, what, {
    consequence: 'whoever assumes the role gets 401',
    help: 'Replace the access entry: the finding of it has the commands, which give what this entry does as far as an access entry can.',
  });
}

function outcomeOf(
  cluster: EksCluster,
  entry: AccessEntry,
  difference: GrantDifference,
): Pick<Detection, 'severity' | 'consequence' | 'help'> {
  if (isSame(difference)) return GIVES_THE_SAME;
  const help = correction(cluster, entry, difference);
  const losses = lossesIn(difference);
  if (losses.length > 0)
    return { consequence: `it overrides this entry, and takes away ${losses.join(' and ')}`, help };
  const removal = 'If the access entry is what is meant, remove this entry once you need no way back to it.';
  const gains = gainsIn(difference);
  return {
    severity: 'warning',
    ...(gains.length > 0 && {
      consequence: `it overrides this entry, and gives ${gains.join(' and ')} in addition`,
    }),
    help: `${help}\n${removal}`,
  };
}

/** What somebody has in addition who had an entry of aws-auth; of groups and policies nothing beside cluster admin. */
function gainsIn({ isOtherKind, isAdminGained, gained, hasPolicies }: GrantDifference): string[] {
  if (isOtherKind) return [];
  if (isAdminGained) return ['cluster admin'];
  return [...(gained.length > 0 ? [groupsText(gained)] : []), ...(hasPolicies ? ['access policies'] : [])];
}

const GIVES_THE_SAME = {
  severity: 'note',
  consequence: 'it overrides this entry, which gives the same',
  help: 'Remove this entry, or keep it until all of aws-auth has moved: nothing changes either way.',
} as const;

export const duplicateRules: readonly Rule[] = [duplicateArn, overriddenUser, ambiguousUser];
