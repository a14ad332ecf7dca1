import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import type { EntryChange } from '../configmap/edit-entry.ts';
import type { DesiredEntry } from '../entry.ts';
import type { RoleFacts } from '../inventory/role-facts.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import type { UndecidedReason, UnwantedRole, WantedContext } from './unwanted.ts';

/** The knowledge of AWS that a merge needs in addition to the desired entries. */
export interface MergeContext extends WantedContext {
  /** Null: nothing is removed. */
  readonly prune: { readonly allowLockout: boolean } | null;
}

/** Why an entry is unwanted; `shadowed`: a later entry for the same role overrides it. */
export type UnwantedReason = UnwantedRole | 'shadowed';

/** The outcome for an existing or added entry, and its rule. */
export type Decision =
  | {
      readonly outcome: 'added';
      readonly desired: DesiredEntry;
      /** The entry that would be rotated instead if the inventory were recent. */
      readonly predecessor: LoadedEntry | null;
      /** The entry of mapUsers that it overrides, in which case it counts as an update. */
      readonly overrides: LoadedEntry | null;
    }
  | (EntryChange & {
      /** `rotated`: the ARN becomes that of the role's successor. */
      readonly outcome: 'updated' | 'rotated';
    })
  | {
      readonly outcome: 'kept';
      readonly entry: LoadedEntry;
      readonly reason: 'as-mapped' | 'node-entry';
    }
  | { readonly outcome: 'removed'; readonly entry: LoadedEntry; readonly reason: UnwantedReason }
  | {
      readonly outcome: 'unmapped';
      readonly entry: LoadedEntry;
      readonly reason: UnwantedReason;
      /** Why even `--prune` doesn't remove it. */
      readonly undecided: UndecidedReason | null;
    }
  | {
      readonly outcome: 'left-alone';
      readonly entry: LoadedEntry;
      /** `lookalike`: Identity Center didn't create the role, despite its name. */
      readonly reason: 'not-provisioned' | 'lookalike' | 'listed' | UndecidedReason;
    };

/** The decisions with one of these outcomes, in order. */
export function decided<Outcome extends Decision['outcome']>(
  decisions: readonly Decision[],
  ...outcomes: readonly Outcome[]
): Extract<Decision, { readonly outcome: Outcome }>[] {
  const wanted: readonly string[] = outcomes;
  return decisions.filter((decision): decision is Extract<Decision, { readonly outcome: Outcome }> =>
    wanted.includes(decision.outcome),
  );
}

/** The number of entries of each kind. */
export interface MergeCounts {
  /** Excludes entries that override an entry of mapUsers, which count as updates. */
  readonly added: number;
  readonly rotated: number;
  readonly updated: number;
  readonly removed: number;
  readonly unchanged: number;
  /** Unwanted but kept, with the reasons `gone`, `unmapped` and `superseded`. */
  readonly unmapped: number;
  /** Unwanted but kept, with the reason `shadowed`. */
  readonly shadowed: number;
}

export function countsOf(decisions: readonly Decision[]): MergeCounts {
  const counts = { added: 0, rotated: 0, updated: 0, removed: 0, unchanged: 0, unmapped: 0, shadowed: 0 };
  for (const decision of decisions) counts[countOf(decision)] += 1;
  return counts;
}

/**
 * The count that a decision adds to; an addition that overrides an entry of mapUsers is an update, since its ARN
 * already has access.
 */
export function countOf(decision: Decision): keyof MergeCounts {
  switch (decision.outcome) {
    case 'added':
      return decision.overrides ? 'updated' : 'added';
    case 'unmapped':
      return decision.reason === 'shadowed' ? 'shadowed' : 'unmapped';
    case 'kept':
    case 'left-alone':
      return 'unchanged';
    default:
      return decision.outcome;
  }
}

/**
 * `2 added, 1 rotated, 14 unchanged, 1 unmapped`: zero counts are omitted, except `unchanged`.
 * @param counts numbers by name, in their order
 */
export function summaryOf<Counts extends { readonly unchanged: number }>(counts: Counts): string {
  return Object.entries<number>({ ...counts })
    .filter(([name, count]) => count > 0 || name === 'unchanged')
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

/** `line 5, ARN: updated; groups differ` */
export function describeDecision(decision: Decision, awsAuth: AwsAuth, roles: RoleFacts): string {
  const why = reasonOf(decision, roles);
  if (decision.outcome === 'added') return `${decision.desired.rolearn}: added; ${why}`;
  const { arn, sso } = decision.entry;
  const outcome = decision.outcome === 'unmapped' ? 'unmapped, not removed' : decision.outcome;
  const subject = arn || `sso: ${sso?.permissionSetName}`;
  return `line ${awsAuth.locationOf(decision.entry).line}, ${subject}: ${outcome.replace('-', ' ')}; ${why}`;
}

/** The rule behind a decision. */
export function reasonOf(decision: Decision, roles: RoleFacts): string {
  const dated = (reason: UnwantedReason, arn: string) =>
    UNWANTED[reason].isOfRole
      ? roles.about(arn).readTime.dated(UNWANTED[reason].rule)
      : UNWANTED[reason].rule;
  switch (decision.outcome) {
    case 'added': {
      const reason = decision.predecessor
        ? `a mapping wants it, and ${roles.readTimeIn().source} is too old to tell whether its predecessor is gone`
        : 'a mapping wants it, and it has no entry';
      return decision.overrides ? `${reason}; overrides mapUsers` : reason;
    }
    case 'updated':
      return differences(decision).join(', ');
    case 'rotated':
      return [
        roles.about(decision.entry.arn).readTime.dated('the role was re-created'),
        ...differences({ ...decision, arn: null }),
      ].join(', ');
    case 'kept':
      return decision.reason === 'as-mapped' ? 'matches its mapping' : 'node entries are never edited';
    case 'removed':
      return dated(decision.reason, decision.entry.arn);
    case 'unmapped': {
      const { reason, undecided, entry } = decision;
      const rule = dated(reason, entry.arn);
      if (reason === 'superseded') return rule;
      return `${rule}; ${undecided ? undecidedText(undecided, entry, roles) : 'no --prune'}`;
    }
    case 'left-alone':
      if (decision.reason === 'listed') return 'listed under otherEntries';
      if (decision.reason === 'lookalike')
        return roles.about(decision.entry.arn).readTime.dated(LOOKALIKE.rule);
      return decision.reason === 'not-provisioned'
        ? 'not a provisioned role'
        : undecidedText(decision.reason, decision.entry, roles);
  }
}

const PRUNE = '--prune removes such entries.';

/** Texts for an entry that no mapping wants: the rule, and the warning if it stays. */
export const UNWANTED: Readonly<
  Record<
    UnwantedReason,
    Readonly<Record<'rule' | 'code' | 'message' | 'help', string>> & {
      /** True if AWS says so, at some time. */
      readonly isOfRole: boolean;
    }
  >
> = {
  gone: {
    rule: "the role doesn't exist",
    code: 'role-gone',
    message: "the role doesn't exist, and no mapping names it",
    help: PRUNE,
    isOfRole: true,
  },
  unmapped: {
    rule: 'no mapping names the role',
    code: 'unmapped-entry',
    message: 'no mapping names the role',
    help: `Everyone assigned to it has access. ${PRUNE}`,
    isOfRole: true,
  },
  superseded: {
    rule: 'a newer role of its permission set is mapped',
    code: 'unmapped-entry',
    message: 'a newer role of the permission set is mapped instead, though the old one still exists',
    help: 'Even --prune keeps such entries.',
    isOfRole: true,
  },
  shadowed: {
    rule: 'a later entry for the same role overrides it',
    code: 'shadowed-entry',
    message: 'overridden by a later entry for the same role',
    help: PRUNE,
    isOfRole: false,
  },
};

/** Texts for an entry whose role Identity Center didn't create, despite its name. */
export const LOOKALIKE = {
  rule: "Identity Center didn't create the role",
  code: 'lookalike-role',
  message: "Identity Center didn't create these roles, despite their names, so their entries stay",
  help: 'Anyone who can assume such a role has access. Ask who created it, and remove the entry unless intentional.',
};

function undecidedText(reason: UndecidedReason, { arn }: LoadedEntry, roles: RoleFacts): string {
  const account = `account ${parseProvisionedRoleArn(arn)?.accountId}`;
  switch (reason) {
    case 'old-inventory':
      return `${roles.readTimeIn().source} is too old (--max-age)`;
    case 'other-partition':
      return 'it is in another partition than the accounts';
    case 'out-of-scope':
      return `${account} isn't in scope`;
    case 'account-unread':
      return `${account} wasn't read`;
    case 'unresolved':
      return "a mapping that may name it wasn't resolved";
  }
}

function differences({ arn, username, groups }: EntryChange): string[] {
  return [
    ...(arn === null ? [] : ['the ARN has a path']),
    ...(username === null ? [] : ['username differs']),
    ...(groups === null ? [] : ['groups differ']),
  ];
}

/** An entry as it should load after a merge. */
export interface ExpectedEntry {
  readonly arn: string;
  readonly username: string;
  readonly groups: readonly string[] | null;
  readonly sso: LoadedEntry['sso'];
}

/** The entries that should load after a plan is carried out, in order. */
export function expectedEntries(decisions: readonly Decision[]): ExpectedEntry[] {
  return decisions.flatMap((decision): ExpectedEntry[] => {
    if (decision.outcome === 'removed') return [];
    if (decision.outcome === 'added') {
      const { rolearn, username, groups } = decision.desired;
      return [{ arn: rolearn, username, groups, sso: null }];
    }
    const { arn, username, groups, sso } = decision.entry;
    if (decision.outcome !== 'updated' && decision.outcome !== 'rotated')
      return [{ arn, username, groups, sso }];
    const changed = { username: decision.username ?? username, groups: decision.groups ?? groups };
    return [{ arn: decision.arn ?? arn, ...changed, sso }];
  });
}
