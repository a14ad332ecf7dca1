import type { RoleFacts } from '../directory/role-facts.ts';
import { Failure, type Finding, type Location, type Problem, warning } from '../errors.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { listed, printable } from '../text.ts';
import {
  type ClusterChange,
  decided,
  type MapChange,
  type PlanContext,
  type WantedContext,
} from './change.ts';
import { HOW_TO_RENEW, oldInventoryText } from './describe-change.ts';

/** Effects of removals on who has access. */
export interface Consequences {
  /** Problems that no option permits. */
  readonly forbidden: readonly Problem[];
  /** The removed entries that may grant access. */
  readonly removed: readonly { readonly arn: string; readonly location: Location }[];
  /** The problem if no cluster admin is left; undefined if none loses access. */
  readonly lastAdmin: Pick<Problem, 'message' | 'location'> | undefined;
  /** The entries that certainly grant access afterwards: nothing is known against their role or its assignees. */
  readonly left: readonly { readonly arn: string; readonly isAdmin: boolean }[];
}

/**
 * Removes unwanted entries if `--prune` asks for it, except those of superseded roles that still exist: Identity
 * Center decides which of the two roles people get. Removes nothing if the inventory is too old.
 * @throws Failure (exit 2) if something was not read or resolved, or someone would be locked out
 */
export function prune<Of extends MapChange | ClusterChange>(
  changes: readonly Of[],
  { prune, ...context }: PlanContext,
  consequencesOf: (pruned: readonly Of[]) => Consequences,
): readonly Of[] {
  if (!prune || !context.isFresh) return changes;
  refuse(pruneUncertainties(context));
  const pruned = changes.map((change) =>
    change.outcome !== 'unmapped' || change.reason === 'superseded' || change.undecided
      ? change
      : ({ outcome: 'removed', entry: change.entry, reason: change.reason } as Of),
  );
  if (decided(pruned, 'removed').length === 0) return changes;
  const { forbidden, ...consequences } = consequencesOf(pruned);
  refuse(forbidden);
  if (!prune.allowLockout) refuse(lockouts(consequences));
  return pruned;
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new Failure(2, problems);
}

/** Problems that rule out `--prune`: accounts that weren't read, mappings that weren't resolved. */
function pruneUncertainties({ scope, roles, unresolved }: WantedContext): Problem[] {
  const problems: Problem[] = [];
  const unread = [...scope].filter((accountId) => !roles.isRead(accountId));
  if (unread.length > 0) {
    const message = `--prune needs the roles of every account, but these accounts weren't read: ${listed(unread)}`;
    problems.push({ message, help: 'Make them readable, exclude them, or omit --prune.' });
  }
  if (unresolved.length > 0) {
    const names = unresolved.map(
      ({ accountId, permissionSet }) => `${permissionSet ?? 'a mapping'} in ${accountId ?? 'every account'}`,
    );
    const message = `--prune needs every mapping resolved, but these aren't: ${listed(names)}`;
    problems.push({ message, help: 'Fix or remove those mappings, or omit --prune.' });
  }
  return problems;
}

/** Problems if an account would lose its last entry, or the cluster its last admin. */
function lockouts({ removed, lastAdmin, left }: Omit<Consequences, 'forbidden'>): Problem[] {
  const help = 'Map someone there first, or pass --allow-lockout if nobody should have access anymore.';
  const accountOf = ({ arn }: { readonly arn: string }) => parseProvisionedRoleArn(arn)?.accountId ?? '';
  const accounts = new Set(left.map(accountOf));
  const last = new Map(removed.map((entry) => [accountOf(entry), entry]));
  return [
    ...[...last]
      .filter(([accountId]) => !accounts.has(accountId))
      .map(([accountId, { arn, location }]) => ({
        message: `--prune would remove the last provisioned role of account ${accountId} that grants access: ${printable(arn)}`,
        location,
        help,
      })),
    ...(lastAdmin && !left.some(({ isAdmin }) => isAdmin) ? [{ ...lastAdmin, help }] : []),
  ];
}

/** Warns that `--prune` removes nothing, because the inventory is too old. */
export function pruneSkipped(roles: RoleFacts): Finding {
  const message = `${oldInventoryText(roles)}, so --prune removes nothing`;
  return warning('prune-skipped', message, { help: HOW_TO_RENEW });
}
