import { isAccountId, parseArn } from '../arn.ts';
import { denialOf } from '../authenticator/gets-in.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import { callerKey } from '../same-arn.ts';
import type { KnownRoles, LeftOutEntry } from './proposal.ts';

/** What `otherEntries` lists of an existing map, so that `diff --strict` finds nothing in it but what has no effect. */
export interface ProposedOthers {
  readonly listed: readonly LeftOutEntry[];
  readonly accounts: readonly string[];
  /** What has no effect. */
  readonly dead: readonly LeftOutEntry[];
  readonly deadAccounts: readonly string[];
}

/**
 * Parts what is in a map and not in a proposal: whatever grants access is listed, and the rest is not.
 * @param leftOut entries of mapRoles
 * @param known null: nothing was read but the map
 */
export function proposeOthers(
  leftOut: readonly LeftOutEntry[],
  awsAuth: AwsAuth | null,
  known: KnownRoles | null,
): ProposedOthers {
  const mapUsers = awsAuth?.mapUsers.entries ?? [];
  const last = new Map(mapUsers.map((user) => [callerKey(user.arn), user]));
  const users = mapUsers.map((entry): LeftOutEntry & { readonly isDead: boolean } => {
    if (awsAuth?.overridden.has(entry))
      return { entry, reason: 'is an entry of mapUsers that mapRoles overrides', isDead: true };
    const isLast = last.get(callerKey(entry.arn)) === entry;
    return isLast
      ? { entry, reason: 'is an entry of mapUsers', isDead: false }
      : { entry, reason: 'is an entry of mapUsers, and another one has the same ARN', isDead: true };
  });
  const isGone = goneAmong(known);
  const isDead = (entry: LoadedEntry) => entry.shadowed || denialOf(entry) !== null || isGone(entry);
  // Of entries that are one caller's, which counts is chance: one item covers them.
  const lastRole = new Map(leftOut.map(({ entry }) => [callerKey(entry.arn), entry]));
  const roles = leftOut.map((one) => ({
    ...one,
    isDead: isDead(one.entry) || (!one.entry.sso && lastRole.get(callerKey(one.entry.arn)) !== one.entry),
  }));
  const others = [...roles, ...users.map((one) => ({ ...one, isDead: one.isDead || isDead(one.entry) }))];
  const ids = [...new Set(awsAuth?.mapAccounts.entries)];
  return {
    listed: others.filter((one) => !one.isDead),
    accounts: ids.filter(isAccountId),
    dead: others.filter((one) => one.isDead),
    deadAccounts: ids.filter((id) => !isAccountId(id)),
  };
}

/** Tells the entries of roles that no longer exist, or that are of another partition than all that was read. */
function goneAmong(known: KnownRoles | null): (entry: LoadedEntry) => boolean {
  if (!known) return () => false;
  return ({ arn }) => {
    const { status } = known.facts.about(arn);
    return (
      parseArn(callerKey(arn))?.partition !== known.partition || status === 'gone' || status === 're-created'
    );
  };
}
