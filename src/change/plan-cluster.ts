import type { AccessEntry } from '../access-entry.ts';
import { withoutPath } from '../arn.ts';
import { type JudgedAccessEntry, mayLive } from '../cluster/access-entry-state.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import {
  setsOf,
  type UndecidedReason,
  type UnwantedRole,
  undecidedReason,
  type WantedContext,
} from './unwanted.ts';

/**
 * The relation of a cluster's access entry to the mappings.
 * - `wanted`: a mapping names its principal.
 * - `unwanted`: no mapping in scope names its provisioned role, or the role is gone.
 * - `left-alone`: the config lists it as managed elsewhere, or nothing can be concluded about it. `newer`: it was
 *   created after the roles were read. `not-provisioned`: Identity Center didn't create its principal.
 */
export type EntryVerdict = { readonly judged: JudgedAccessEntry } & (
  | { readonly outcome: 'wanted' }
  | { readonly outcome: 'unwanted'; readonly reason: UnwantedRole }
  | {
      readonly outcome: 'left-alone';
      readonly reason: UndecidedReason | 'newer' | 'listed' | 'not-provisioned';
    }
);

/** An access entry of a provisioned role in scope that no mapping wants. */
export type UnwantedEntry = Extract<EntryVerdict, { readonly outcome: 'unwanted' }>;

/**
 * The verdict on each of a cluster's access entries, in their order.
 * @param wanted the access entries of the mappings
 */
export function entryVerdicts(
  existing: readonly JudgedAccessEntry[],
  wanted: readonly AccessEntry[],
  context: WantedContext,
): EntryVerdict[] {
  const principals = new Set(wanted.map(({ principalArn }) => principalArn));
  const wantedRoles = wanted.flatMap(({ principalArn }) => parseProvisionedRoleArn(principalArn) ?? []);
  const wantedSets = setsOf(wantedRoles, context.roles);
  return existing.map((judged): EntryVerdict => {
    const { entry, provisioned, state } = judged;
    if (principals.has(entry.principalArn)) return { judged, outcome: 'wanted' };
    if (!provisioned) return { judged, outcome: 'left-alone', reason: 'not-provisioned' };
    const undecided = undecidedReason(provisioned, context);
    if (undecided) return { judged, outcome: 'left-alone', reason: undecided };
    if (!mayLive(judged)) return { judged, outcome: 'unwanted', reason: 'gone' };
    if (state === 'unknown') return { judged, outcome: 'left-alone', reason: 'newer' };
    if (context.isListed?.(withoutPath(entry.principalArn)))
      return { judged, outcome: 'left-alone', reason: 'listed' };
    const isReplaced = wantedSets.has(context.roles.setKeyOf(provisioned));
    return { judged, outcome: 'unwanted', reason: isReplaced ? 'superseded' : 'unmapped' };
  });
}

/** The access entries of provisioned roles in scope that no mapping wants. */
export function unwantedEntries(...question: Parameters<typeof entryVerdicts>): UnwantedEntry[] {
  return entryVerdicts(...question).filter((verdict) => verdict.outcome === 'unwanted');
}
