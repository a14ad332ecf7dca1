import { callerKey } from '../authenticator/caller-order.ts';
import type { LoadedEntry, LoadedMaps } from '../authenticator/loaded.ts';
import type { DesiredEntry } from '../entry.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import type { EntryChange, UnwantedEntry } from './changes.ts';
import type { Decision } from './decision.ts';
import { type MergeFacts, undecidedReason } from './merge-facts.ts';
import type { MergeCounts } from './plan.ts';

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
  readonly facts: MergeFacts;
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
