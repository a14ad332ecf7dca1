import { type AccessEntry, isClusterAdminPolicy, isForPeople } from '../access-entry.ts';
import { parseArn } from '../arn.ts';
import { denialOf, letsAdminIn, letsNodesIn } from '../authenticator/gets-in.ts';
import { identity } from '../authenticator/load.ts';
import { mayLive } from '../cluster/access-entry-state.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import { Failure, type Finding, type Location, type Problem, warning } from '../errors.ts';
import { clusterLocation, type EksCluster } from '../inventory/model.ts';
import type { RoleFacts } from '../inventory/role-facts.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';
import { listed, printable } from '../text.ts';
import {
  type ClusterChange,
  decided,
  type ExpectedEntry,
  expectedEntries,
  type MapChange,
  type PlanContext,
  type WantedContext,
} from './change.ts';
import { HOW_TO_RENEW, oldInventoryText } from './reasons.ts';

/** Effects of removals on who has access. */
interface Consequences {
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

/** The last entry of each account that would go, and the last one of a cluster admin. */
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

/** The consequences of removing entries of mapRoles. */
export function mapConsequences(
  awsAuth: AwsAuth,
  pruned: readonly MapChange[],
  context: WantedContext,
): Consequences {
  const expected = expectedEntries(pruned);
  const removals = decided(pruned, 'removed');
  const after = effectiveOf(expected);
  const isAdmin = (entry: ExpectedEntry) => isHumanAdmin(entry, context);
  const keptAdmins = new Set(after.filter(isAdmin).map((entry) => identity(entry, 'mapRoles')));
  const lastAdmin = awsAuth.mapRoles.entries.findLast(
    (entry) => !entry.shadowed && isAdmin(entry) && !keptAdmins.has(identity(entry, 'mapRoles')),
  );
  return {
    forbidden: uncoveredProblems(awsAuth, expected, removals),
    removed: removals
      .map(({ entry }) => entry)
      .filter((entry) => !entry.shadowed && mayLetIn(entry, context))
      .map((entry) => ({ arn: entry.arn, location: awsAuth.locationOf(entry) })),
    lastAdmin: lastAdmin && {
      message: `--prune would remove the last non-node system:masters entry: ${printable(lastAdmin.arn)}`,
      location: awsAuth.locationOf(lastAdmin),
    },
    left: after
      .filter((entry) => mayLetIn(entry, context) && !context.roles.isUnused(context.roles.about(entry.arn)))
      .map((entry) => ({ arn: entry.arn, isAdmin: isAdmin(entry) })),
  };
}

/** Existing roles would gain access through mapUsers once mapRoles no longer overrides it. */
function uncoveredProblems(
  awsAuth: AwsAuth,
  after: readonly ExpectedEntry[],
  removals: readonly Extract<MapChange, { readonly outcome: 'removed' }>[],
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

/** Warns if a plan locks out nodes or cluster admins, unless they have access elsewhere. */
export function lockoutFindings(
  { mapRoles: { entries } }: AwsAuth,
  changes: readonly MapChange[],
  context: WantedContext,
): Finding[] {
  const after = effectiveOf(expectedEntries(changes));
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
function mayLetIn(entry: ExpectedEntry, { roles, isFresh }: WantedContext): boolean {
  if (denialOf(entry) !== null || parseArn(callerKey(entry.arn))?.partition !== roles.partition) return false;
  const { status } = roles.about(entry.arn);
  return !isFresh || (status !== 'gone' && status !== 're-created');
}

/** True if an effective entry makes a person cluster admin. */
function isHumanAdmin(entry: ExpectedEntry, context: WantedContext): boolean {
  return letsAdminIn(entry) && mayLetIn(entry, context);
}

/** The consequences of deleting access entries. */
export function clusterConsequences(
  cluster: EksCluster,
  pruned: readonly ClusterChange[],
  wanted: readonly AccessEntry[],
  { roles }: WantedContext,
): Consequences {
  const location = clusterLocation(cluster);
  const removed = decided(pruned, 'removed')
    .map(({ entry }) => entry)
    .filter(mayLive)
    .map(({ entry }) => entry);
  const named = new Set(wanted.map(({ principalArn }) => principalArn));
  const kept = pruned
    .flatMap((change) => (change.outcome === 'added' || change.outcome === 'removed' ? [] : change.entry))
    .filter((one) => mayLive(one) && !named.has(one.entry.principalArn));
  const lastAdmin = removed.findLast(isAdminEntry);
  return {
    forbidden: [],
    removed: removed.map(({ principalArn }) => ({ arn: principalArn, location })),
    lastAdmin: lastAdmin && {
      message: `--prune would remove the last cluster admin's access entry: ${printable(lastAdmin.principalArn)}`,
      location,
    },
    left: [...kept.map(({ entry }) => entry), ...wanted]
      .filter(({ principalArn }) => !roles.isUnused(roles.aboutPrincipal(principalArn)))
      .map((entry) => ({ arn: entry.principalArn, isAdmin: isAdminEntry(entry) })),
  };
}

/** True if an access entry makes people cluster admin. Nodes and AWS services aren't people. */
export function isAdminEntry(entry: AccessEntry): boolean {
  return isForPeople(entry) && entry.policies.some(isClusterAdminPolicy);
}
