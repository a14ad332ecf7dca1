import { parseArn } from '../arn.ts';
import { denialOf, letsAdminIn, letsNodesIn } from '../authenticator/gets-in.ts';
import { identity } from '../authenticator/load.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import { Failure, type Finding, type Problem, warning } from '../errors.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';
import { type Decision, decided, type ExpectedEntry, expectedEntries, type MergeContext } from './change.ts';
import { ALLOW_LOCKOUT, lastOfAccountText, pruneUncertainties } from './unwanted.ts';

type Removal = Extract<Decision, { readonly outcome: 'removed' }>;

/**
 * Removes unmapped entries if `--prune` asks for it, except those of superseded roles that still exist: Identity
 * Center decides which of the two roles people get. Removes nothing if the inventory is too old.
 * @throws Failure (exit 2) if something was not read or resolved, or someone would be locked out
 */
export function prune(
  decisions: readonly Decision[],
  awsAuth: AwsAuth,
  context: MergeContext,
): readonly Decision[] {
  if (!context.prune || !context.isFresh) return decisions;
  refuse(pruneUncertainties(context));
  const pruned = decisions.map((decision): Decision => {
    if (decision.outcome !== 'unmapped' || decision.reason === 'superseded' || decision.undecided)
      return decision;
    return { outcome: 'removed', entry: decision.entry, reason: decision.reason };
  });
  const removals = decided(pruned, 'removed');
  if (removals.length === 0) return decisions;
  const after = expectedEntries(pruned);
  refuse(uncoveredProblems(awsAuth, after, removals));
  if (context.prune.allowLockout) return pruned;
  refuse([
    ...lastOfAccounts(effectiveOf(after), removals, context, awsAuth),
    ...lastHumanAdmin(awsAuth, effectiveOf(after), context),
  ]);
  return pruned;
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new Failure(2, problems);
}

/** Existing roles would gain access through mapUsers once mapRoles no longer overrides it. */
function uncoveredProblems(
  awsAuth: AwsAuth,
  after: readonly ExpectedEntry[],
  removals: readonly Removal[],
): Problem[] {
  const covered = new Set(after.map(({ arn }) => callerKey(arn)));
  const inUsers = new Set(awsAuth.mapUsers.entries.map(({ arn }) => callerKey(arn)));
  return removals
    .filter(({ entry, reason }) => reason !== 'gone' && inUsers.has(callerKey(entry.arn)))
    .filter(({ entry }) => !covered.has(callerKey(entry.arn)))
    .map(({ entry }) => ({
      message: `--prune would remove ${entry.arn} from mapRoles, and its entry in mapUsers would take effect`,
      location: awsAuth.locationOf(entry),
      help: 'Remove that entry from mapUsers first: merge changes only mapRoles.',
    }));
}

function lastOfAccounts(
  after: readonly ExpectedEntry[],
  removals: readonly Removal[],
  context: MergeContext,
  awsAuth: AwsAuth,
): Problem[] {
  const accountOf = ({ arn }: Pick<LoadedEntry, 'arn'>) => parseProvisionedRoleArn(arn)?.accountId ?? '';
  const letIn = (entry: ExpectedEntry) => mayLetIn(entry, context);
  const left = new Set(after.filter((entry) => canBeUsed(entry, context)).map(accountOf));
  const removed = removals.map(({ entry }) => entry).filter((entry) => !entry.shadowed && letIn(entry));
  const last = new Map(removed.map((entry) => [accountOf(entry), entry]));
  return [...last]
    .filter(([accountId]) => !left.has(accountId))
    .map(([accountId, entry]) => ({
      message: lastOfAccountText(accountId, entry.arn),
      location: awsAuth.locationOf(entry),
      help: ALLOW_LOCKOUT,
    }));
}

function lastHumanAdmin(awsAuth: AwsAuth, after: readonly ExpectedEntry[], context: MergeContext): Problem[] {
  const isAdmin = (entry: ExpectedEntry) => isHumanAdmin(entry, context);
  const kept = new Set(after.filter(isAdmin).map((entry) => identity(entry, 'mapRoles')));
  const last = awsAuth.mapRoles.entries.findLast(
    (entry) => !entry.shadowed && isAdmin(entry) && !kept.has(identity(entry, 'mapRoles')),
  );
  if (!last || after.some((entry) => isAdmin(entry) && canBeUsed(entry, context))) return [];
  const message = `--prune would remove the last non-node system:masters entry: ${last.arn}`;
  return [{ message, location: awsAuth.locationOf(last), help: ALLOW_LOCKOUT }];
}

/** Warns if a plan locks out nodes or cluster admins, unless they have access elsewhere. */
export function lockoutFindings(
  { mapRoles: { entries } }: AwsAuth,
  decisions: readonly Decision[],
  context: MergeContext,
): Finding[] {
  const after = effectiveOf(expectedEntries(decisions));
  const isAdmin = (entry: ExpectedEntry) => isHumanAdmin(entry, context);
  const losesAdmins = entries.some((entry) => !entry.shadowed && isAdmin(entry)) && !after.some(isAdmin);
  return [...(after.some(letsNodesIn) ? [] : [NO_NODES]), ...(losesAdmins ? [NO_ADMINS] : [])];
}

const NO_NODES = warning('no-node-entry', 'no entry grants access to nodes, so they are locked out', {
  help: 'Add one with --node-role, unless nodes have access through access entries.',
});
const NO_ADMINS = warning('no-human-admin', 'no non-node entry is left in system:masters', {
  help: 'Keep an entry for a cluster admin, unless cluster admins have access through access entries.',
});

/** The entries that no later entry with the same ARN overrides. */
function effectiveOf(entries: readonly ExpectedEntry[]): ExpectedEntry[] {
  return [...new Map(entries.map((entry) => [identity(entry, 'mapRoles'), entry])).values()];
}

/** True if an effective entry may grant access, as far as the entry and the inventory show. */
function mayLetIn(entry: ExpectedEntry, { roles, isFresh }: MergeContext): boolean {
  if (denialOf(entry) !== null || parseArn(callerKey(entry.arn))?.partition !== roles.partition) return false;
  const { status } = roles.about(entry.arn);
  return !isFresh || (status !== 'gone' && status !== 're-created');
}

/** True if an effective entry definitely grants access: nothing is known against its role or its assignees. */
function canBeUsed(entry: ExpectedEntry, context: MergeContext): boolean {
  return mayLetIn(entry, context) && !context.roles.isUnused(context.roles.about(entry.arn));
}

/** True if an effective entry makes a person cluster admin. */
function isHumanAdmin(entry: ExpectedEntry, context: MergeContext): boolean {
  return letsAdminIn(entry) && mayLetIn(entry, context);
}
