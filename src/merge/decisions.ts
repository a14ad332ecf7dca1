import { callerKey } from '../authenticator/caller-order.ts';
import type { LoadedEntry, LoadedMaps } from '../authenticator/loaded.ts';
import type { DesiredEntry } from '../entry.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import {
  type EntryChange,
  type MergeContext,
  type MergeCounts,
  type UndecidedReason,
  type UnwantedEntry,
  type UnwantedReason,
  undecidedReason,
} from './plan.ts';

/** What was decided about an entry, and by which rule. */
export type Decision =
  | {
      readonly outcome: 'added';
      readonly desired: DesiredEntry;
      readonly reason: 'no-entry' | 'rotation-skipped';
      /** The entry of mapUsers that it overrides; then it counts as an update. */
      readonly overrides: LoadedEntry | null;
    }
  | { readonly outcome: 'updated' | 'rotated'; readonly change: EntryChange }
  | { readonly outcome: 'kept'; readonly entry: LoadedEntry; readonly reason: 'as-mapped' | 'node-entry' }
  | { readonly outcome: 'removed'; readonly entry: LoadedEntry; readonly reason: UnwantedReason }
  | {
      readonly outcome: 'unmapped';
      readonly entry: LoadedEntry;
      readonly reason: UnwantedReason;
      readonly because: 'no-prune' | UndecidedReason;
    }
  | {
      readonly outcome: 'left-alone';
      readonly entry: LoadedEntry;
      readonly reason: 'not-provisioned' | UndecidedReason;
      readonly accountId: string | null;
    };

/** A decision as a clause, `updated: groups differ`, behind the line and the ARN that it is about. */
export function describeDecision(decision: Decision, lineOf: (offset: number) => number | undefined): string {
  return `${subjectOf(decision, lineOf)}: ${OUTCOMES[decision.outcome]}: ${reasonOf(decision)}`;
}

const OUTCOMES: Readonly<Record<Decision['outcome'], string>> = {
  added: 'added',
  updated: 'updated',
  rotated: 'rotated',
  kept: 'kept',
  removed: 'removed',
  unmapped: 'unmapped, not removed',
  'left-alone': 'left alone',
};

function subjectOf(decision: Decision, lineOf: (offset: number) => number | undefined): string {
  if (decision.outcome === 'added') return decision.desired.rolearn;
  const { arn, sso, node } = 'change' in decision ? decision.change.entry : decision.entry;
  return `line ${lineOf(node.start)}, ${arn || `sso: ${sso?.permissionSetName}`}`;
}

function reasonOf(decision: Decision): string {
  switch (decision.outcome) {
    case 'added':
      return `${ADDED[decision.reason]}${decision.overrides ? '; overrides mapUsers' : ''}`;
    case 'updated':
      return differences(decision.change).join(', ');
    case 'rotated':
      return ['the role was re-created', ...differences({ ...decision.change, arn: null })].join(', ');
    case 'kept':
      return KEPT[decision.reason];
    case 'removed':
      return UNWANTED[decision.reason];
    case 'unmapped':
      if (decision.reason === 'rival') return UNWANTED.rival;
      return `${UNWANTED[decision.reason]}; ${decision.because === 'no-prune' ? 'no --prune' : UNDECIDED[decision.because]}`;
    case 'left-alone':
      return leftAlone(decision.reason, decision.accountId);
  }
}

const ADDED = {
  'no-entry': 'a mapping wants it, and it has no entry',
  'rotation-skipped': 'a mapping wants it, and the inventory is too old to replace its predecessor',
} as const;

const KEPT = {
  'as-mapped': 'as the mapping wants it',
  'node-entry': 'node entries are never edited',
} as const;

const UNWANTED: Readonly<Record<UnwantedReason, string>> = {
  gone: 'the role no longer exists',
  unmapped: 'no mapping names the role',
  rival: 'it exists beside the role of its permission set that is used',
  shadowed: 'a later entry for the same role overrides it',
};

const UNDECIDED: Readonly<Record<UndecidedReason, string>> = {
  'old-inventory': 'the inventory is too old (--max-age)',
  'out-of-scope': 'its account is not in scope',
  'account-unread': 'its account was not read',
  unresolved: 'a mapping that may name it was not resolved',
};

function leftAlone(reason: 'not-provisioned' | UndecidedReason, accountId: string | null): string {
  if (reason === 'not-provisioned') return 'not a provisioned role';
  if (reason === 'account-unread') return `account ${accountId} was not read`;
  return reason === 'out-of-scope' ? `account ${accountId} is not in scope` : UNDECIDED[reason];
}

function differences({ arn, username, groups }: EntryChange): string[] {
  return [
    ...(arn === null ? [] : ['the ARN has a path']),
    ...(username === null ? [] : ['username differs']),
    ...(groups === null ? [] : ['groups differ']),
  ];
}

/** A plan, but for what it is to be told as. */
export interface Planned {
  readonly maps: LoadedMaps;
  readonly draft: {
    readonly changes: readonly EntryChange[];
    readonly additions: readonly DesiredEntry[];
    readonly kept: ReadonlySet<LoadedEntry>;
    readonly skippedRotations: ReadonlyMap<DesiredEntry, LoadedEntry>;
  };
  readonly removals: readonly UnwantedEntry[];
  /** Unwanted, but not removed. */
  readonly left: readonly UnwantedEntry[];
  readonly facts: MergeContext;
}

/** What a plan does to each entry of mapRoles, in the order of the list, and then what it adds. */
export function decisionsOf({ maps, draft, removals, left, facts }: Planned): Decision[] {
  const changes = new Map(draft.changes.map((change) => [change.entry, change]));
  const removed = new Map(removals.map((one) => [one.entry, one]));
  const unmapped = new Map(left.map((one) => [one.entry, one]));
  const existing = maps.mapRoles.entries.map((entry): Decision => {
    const change = changes.get(entry);
    if (change) return { outcome: change.rotated ? 'rotated' : 'updated', change };
    const removal = removed.get(entry);
    if (removal) return { outcome: 'removed', ...removal };
    const role = parseProvisionedRoleArn(entry.arn);
    const undecided = role ? undecidedReason(role, facts) : null;
    const unwanted = unmapped.get(entry);
    if (unwanted) return { outcome: 'unmapped', ...unwanted, because: undecided ?? 'no-prune' };
    if (draft.kept.has(entry)) return { outcome: 'kept', entry, reason: role ? 'as-mapped' : 'node-entry' };
    const accountId = role?.accountId ?? null;
    return { outcome: 'left-alone', entry, reason: undecided ?? 'not-provisioned', accountId };
  });
  return [...existing, ...additionDecisions(maps, draft)];
}

function additionDecisions({ mapUsers }: LoadedMaps, { additions, skippedRotations }: Planned['draft']) {
  const users = new Map(mapUsers.entries.map((user) => [callerKey(user.arn), user]));
  return additions.map((desired): Decision => {
    const reason = skippedRotations.has(desired) ? 'rotation-skipped' : 'no-entry';
    return { outcome: 'added', desired, reason, overrides: users.get(callerKey(desired.rolearn)) ?? null };
  });
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
