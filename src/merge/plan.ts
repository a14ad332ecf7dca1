import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import type { EntryChange } from '../configmap/edit-entry.ts';
import type { DesiredEntry } from '../entry.ts';
import type { RoleFacts } from '../inventory/role-facts.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';

/** A mapping, or part of one, that could not be resolved: what it is about stays as it is. */
interface UnresolvedRoles {
  /** Null: in every account. */
  readonly accountId: string | null;
  /** Null: all of the account. */
  readonly permissionSet: string | null;
}

/** What a merge has to know of AWS beyond the desired entries. */
export interface MergeContext {
  /** What is known of roles: which accounts were read, and what became of the role of an ARN. */
  readonly roles: RoleFacts;
  /** Ids of the accounts that the mappings are about. */
  readonly scope: ReadonlySet<string>;
  readonly unresolved: readonly UnresolvedRoles[];
  /** Whether the config lists an ARN as one that others manage; missing where it lists none. */
  readonly isListed?: (arn: string) => boolean;
  /** Null: nothing is removed. */
  readonly prune: { readonly allowLockout: boolean } | null;
  /** False where the inventory is too old to conclude that a role is gone: then nothing is rotated, removed or called unmapped. */
  readonly isFresh: boolean;
}

/**
 * Why an entry is not wanted: its role is `gone` from an account that was read, no mapping names it (`unmapped`), it still exists, but
 * a newer role of its permission set is mapped (`superseded`), or a later entry for the same role overrides it (`shadowed`).
 */
export type UnwantedReason = 'gone' | 'unmapped' | 'superseded' | 'shadowed';

/** Why nothing can be concluded about a provisioned role that no mapping names. */
type UndecidedReason = 'old-inventory' | 'out-of-scope' | 'account-unread' | 'unresolved';

/** What becomes of an entry, or that one is added, and by which rule. */
export type Decision =
  | {
      readonly outcome: 'added';
      readonly desired: DesiredEntry;
      /** The entry that would be rotated instead, were the inventory recent. */
      readonly predecessor: LoadedEntry | null;
      /** The entry of mapUsers that it overrides; then it counts as an update. */
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
      /** Why not even `--prune` removes it. */
      readonly undecided: UndecidedReason | null;
    }
  | {
      readonly outcome: 'left-alone';
      readonly entry: LoadedEntry;
      readonly reason: 'not-provisioned' | 'listed' | UndecidedReason;
    };

/** The decisions of one outcome, in order. */
export function decided<Outcome extends Decision['outcome']>(
  decisions: readonly Decision[],
  ...outcomes: readonly Outcome[]
): Extract<Decision, { readonly outcome: Outcome }>[] {
  const wanted: readonly string[] = outcomes;
  return decisions.filter((decision): decision is Extract<Decision, { readonly outcome: Outcome }> =>
    wanted.includes(decision.outcome),
  );
}

/** How many entries there are of each kind. */
export interface MergeCounts {
  /** Without those that override an entry of mapUsers: these are updates. */
  readonly added: number;
  readonly rotated: number;
  readonly updated: number;
  readonly removed: number;
  readonly unchanged: number;
  /** Not wanted, but still there: those with the reasons `gone`, `unmapped` and `superseded`. */
  readonly unmapped: number;
  /** Not wanted, but still there: those with the reason `shadowed`. */
  readonly shadowed: number;
}

export function countsOf(decisions: readonly Decision[]): MergeCounts {
  const counts = { added: 0, rotated: 0, updated: 0, removed: 0, unchanged: 0, unmapped: 0, shadowed: 0 };
  for (const decision of decisions) counts[countOf(decision)] += 1;
  return counts;
}

/** What a decision counts as; an addition that overrides an entry of mapUsers changes what its ARN has already. */
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

/** How much there is that only `diff --strict` counts. */
interface StrictCounts {
  readonly unlisted?: number;
  readonly altered?: number;
}

/** `2 added, 1 rotated, 14 unchanged, 1 unmapped`: what there is none of is left out, except `unchanged`. */
export function summaryOf(counts: MergeCounts & StrictCounts): string {
  return Object.entries(counts)
    .filter(([name, count]) => count > 0 || name === 'unchanged')
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

/** `line 5, ARN: updated: groups differ` */
export function describeDecision(decision: Decision, awsAuth: AwsAuth): string {
  if (decision.outcome === 'added') return `${decision.desired.rolearn}: added: ${reasonOf(decision)}`;
  const { arn, sso } = decision.entry;
  const outcome = decision.outcome === 'unmapped' ? 'unmapped, not removed' : decision.outcome;
  const subject = arn || `sso: ${sso?.permissionSetName}`;
  return `line ${awsAuth.locationOf(decision.entry).line}, ${subject}: ${outcome.replace('-', ' ')}: ${reasonOf(decision)}`;
}

/** By which rule it was decided. */
export function reasonOf(decision: Decision): string {
  switch (decision.outcome) {
    case 'added': {
      const reason = decision.predecessor
        ? 'a mapping wants it, and the inventory is too old to replace its predecessor'
        : 'a mapping wants it, and it has no entry';
      return decision.overrides ? `${reason}; overrides mapUsers` : reason;
    }
    case 'updated':
      return differences(decision).join(', ');
    case 'rotated':
      return ['the role was re-created', ...differences({ ...decision, arn: null })].join(', ');
    case 'kept':
      return decision.reason === 'as-mapped' ? 'as the mapping wants it' : 'node entries are never edited';
    case 'removed':
      return UNWANTED[decision.reason].rule;
    case 'unmapped': {
      const { reason, undecided } = decision;
      if (reason === 'superseded') return UNWANTED[reason].rule;
      return `${UNWANTED[reason].rule}; ${undecided ? undecidedText(undecided, decision.entry) : 'no --prune'}`;
    }
    case 'left-alone':
      if (decision.reason === 'listed') return 'listed under otherEntries';
      return decision.reason === 'not-provisioned'
        ? 'not a provisioned role'
        : undecidedText(decision.reason, decision.entry);
  }
}

const PRUNE = '--prune removes such entries.';

/** What is said of an entry that no mapping wants: by which rule, and in a warning where it stays. */
export const UNWANTED: Readonly<
  Record<UnwantedReason, Readonly<Record<'rule' | 'code' | 'message' | 'help', string>>>
> = {
  gone: {
    rule: 'the role no longer exists',
    code: 'role-gone',
    message: 'the role no longer exists, and no mapping names it',
    help: PRUNE,
  },
  unmapped: {
    rule: 'no mapping names the role',
    code: 'unmapped-entry',
    message: 'no mapping names the role',
    help: `Whoever is assigned to it still gets in. ${PRUNE}`,
  },
  superseded: {
    rule: 'a newer role of its permission set is mapped',
    code: 'unmapped-entry',
    message: 'a newer role of the permission set exists in the account, and is mapped instead',
    help: 'The old role exists too, so its entry stays, also with --prune.',
  },
  shadowed: {
    rule: 'a later entry for the same role overrides it',
    code: 'shadowed-entry',
    message: 'overridden by a later entry for the same role',
    help: PRUNE,
  },
};

function undecidedText(reason: UndecidedReason, { arn }: LoadedEntry): string {
  const account = `account ${parseProvisionedRoleArn(arn)?.accountId}`;
  switch (reason) {
    case 'old-inventory':
      return 'the inventory is too old (--max-age)';
    case 'out-of-scope':
      return `${account} is not in scope`;
    case 'account-unread':
      return `${account} was not read`;
    case 'unresolved':
      return 'a mapping that may name it was not resolved';
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

/** What the list should load as once a plan is carried out, in order. */
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
