import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { DesiredEntry } from '../entry.ts';
import type { EntryChange, UnwantedReason } from './changes.ts';
import type { UndecidedReason } from './merge-facts.ts';

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
