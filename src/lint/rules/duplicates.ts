import type { AccessEntry } from '../../access-entry.ts';
import { groupsText } from '../../authenticator/groups.ts';
import { identity } from '../../authenticator/load.ts';
import { describeGrant, grantSame, type LoadedEntry, ownPair } from '../../authenticator/loaded.ts';
import { foldKey } from '../../go-strings.ts';
import type { EksCluster } from '../../inventory/model.ts';
import { printable } from '../../text.ts';
import {
  correction,
  differenceOf,
  type GrantDifference,
  grantText,
  isSame,
  lossesIn,
} from '../access-entries.ts';
import { clusterText, type LintContext, type LintOptions, type ListEntry, modeOf } from '../context.ts';
import type { Detection, Rule } from '../rule.ts';
import { arnRange, lineOf } from '../rule.ts';

const duplicateArn: Rule = {
  name: 'duplicate-arn',
  severity: 'error',
  fix: 'safe',
  summary: 'An ARN has several entries; a warning where they are the same',
  consequence: 'the authenticator uses only the last entry of an ARN',
  help: 'Put everything for the role into one entry, and remove the others.',
  *detect(context) {
    const described = new Map<ListEntry, string>();
    for (const [listEntry, winner] of shadowed(context)) {
      const winning = described.get(winner) ?? `line ${lineOf(winner)} (${describeGrant(winner.entry, 10)})`;
      described.set(winner, winning);
      const { list, entry } = listEntry;
      const isRemovable = isOwnArn(entry) && list.isEditable(entry.index);
      yield {
        range: arnRange(listEntry),
        what: `${printable(entry.arn) || 'this sso: entry'} is overridden by ${winning}`,
        ...(isRemovable && { fix: { kind: 'remove', map: list.key, index: entry.index } }),
        ...(grantSame(entry, winner.entry) && SAME),
      };
    }
  },
};

const SAME = {
  severity: 'warning',
  consequence: 'both are the same, but changing this one has no effect',
  help: 'Remove one of them.',
} as const;

/** Each entry that a later one overrides, with that one. */
function* shadowed({ entries }: LintContext): Generator<[ListEntry, ListEntry]> {
  const losers = entries.filter(({ entry }) => entry.shadowed);
  if (losers.length === 0) return;
  const winners = new Map(
    entries.filter(({ entry }) => !entry.shadowed).map((listEntry) => [identityOf(listEntry), listEntry]),
  );
  for (const listEntry of losers) {
    const winner = winners.get(identityOf(listEntry));
    if (winner) yield [listEntry, winner];
  }
}

function identityOf({ list, entry }: ListEntry): string {
  return `${list.key} ${identity(entry, list.arnField)}`;
}

/** Whether an entry states its ARN: one that has it through a merge key was meant for somebody else. */
function isOwnArn(entry: LoadedEntry): boolean {
  return entry.sso !== null || ownPair(entry, 'arn') !== undefined;
}

const ambiguousUser: Rule = {
  name: 'ambiguous-user',
  severity: 'error',
  fix: 'none',
  summary:
    'ARNs of one map differ only in case, and the authenticator keeps both; a warning where the entries are the same',
  consequence: 'the authenticator keeps both and picks one at random for each call',
  help: 'Keep one entry, with the ARN as `aws sts get-caller-identity` shows it, and remove the others.',
  *detect(context) {
    const firsts = new Map<string, ListEntry>();
    for (const listEntry of context.entries) {
      if (!listEntry.entry.ambiguous) continue;
      const key = foldKey(listEntry.entry.arn);
      const first = firsts.get(key);
      if (first) yield ambiguous(listEntry, first);
      else firsts.set(key, listEntry);
    }
  },
};

function ambiguous(listEntry: ListEntry, first: ListEntry): Detection {
  const what = `${printable(listEntry.entry.arn)} differs only in case from line ${lineOf(first)}`;
  if (!grantSame(listEntry.entry, first.entry)) return { range: arnRange(listEntry), what };
  const consequence = 'both are the same, but changing only one of them takes effect at random';
  return { range: arnRange(listEntry), what, severity: 'warning', consequence };
}

const overriddenUser: Rule = {
  name: 'overridden-user',
  severity: 'error',
  fix: 'none',
  summary: 'An ARN of mapUsers has an entry in mapRoles too; a warning where they are the same',
  consequence: 'the authenticator looks in mapRoles first, so this entry is never used',
  help: 'Keep one of the two entries, with everything for the ARN.',
  *detect(context) {
    const mapRoles = context.list('mapRoles');
    if (!mapRoles) return;
    const { overridden: overriding } = context.awsAuth;
    for (const listEntry of context.entries) {
      const role =
        listEntry.problem || listEntry.entry.shadowed ? undefined : overriding.get(listEntry.entry);
      if (!role) continue;
      const line = lineOf({ list: mapRoles, entry: role });
      yield {
        range: arnRange(listEntry),
        what: `${printable(listEntry.entry.arn)} is overridden by mapRoles, line ${line} (${describeGrant(role, 10)})`,
        ...(grantSame(listEntry.entry, role) && { severity: 'warning' }),
      };
    }
  },
};

export const overridden: Rule = {
  name: 'overridden-by-access-entry',
  severity: 'error',
  fix: 'none',
  summary:
    'A role or user has an access entry, too, which overrides its entry in aws-auth and takes rights away; a warning where it gives something else, a note where both give the same (with --cluster)',
  consequence: 'this entry has no effect',
  help: 'Correct the access entry, or remove this entry where both give the same.',
  *detect(context) {
    const { options } = context;
    const { cluster } = options;
    if (!cluster) return;
    const isIgnored = modeOf(options) === 'API';
    for (const [listEntry, accessEntry] of context.overridden) {
      const { entry, state } = accessEntry;
      const range = arnRange(listEntry);
      // In mode API these are locked out, which has its own rule.
      if (state === 'dead' && !isIgnored) yield { range, ...overriddenByDead(options) };
      if (state === 'dead') continue;
      const difference = differenceOf(listEntry, entry);
      // Nothing is lost with these.
      if (isIgnored && isSame(difference)) continue;
      yield {
        range,
        what: `the access entry of ${clusterText(options)} gives ${grantText(entry)}`,
        ...outcomeOf(cluster, entry, difference),
      };
    }
  },
};

/** The access entries that take rights away, of which there is a finding at the entry of aws-auth. */
export function takingAway(context: LintContext): AccessEntry[] {
  return [...context.overridden].flatMap(([listEntry, { entry }]) =>
    lossesIn(differenceOf(listEntry, entry)).length > 0 ? entry : [],
  );
}

function overriddenByDead(options: LintOptions): Pick<Detection, 'what' | 'consequence' | 'help'> {
  return {
    what: `the access entry of ${clusterText(options)} overrides this entry, and was created for an earlier role`,
    consequence: 'whoever assumes the role gets 401',
    help: 'Replace the access entry: the finding of it has the commands, which give what this entry does as far as an access entry can.',
  };
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
