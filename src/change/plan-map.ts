import { parseArn } from '../arn.ts';
import type { AwsAuth } from '../aws-auth/aws-auth.ts';
import { denialOf, letsAdminIn, letsNodesIn } from '../aws-auth/denied-entries.ts';
import { identity } from '../aws-auth/load.ts';
import type { LoadedEntry } from '../aws-auth/loaded.ts';
import { reservedPrefixOf } from '../aws-auth/templates.ts';
import type { RoleFact } from '../directory/role-facts.ts';
import { bug, type Finding, type Problem, warning } from '../errors.ts';
import { asciiTwin, isAscii } from '../go-strings.ts';
import { groupBy } from '../group-by.ts';
import { type DesiredEntry, NODE_VARIABLE, withoutDuplicates } from '../map-entry.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn } from '../role-name.ts';
import { callerKey, storedKey } from '../same-arn.ts';
import { printable } from '../text.ts';
import {
  decided,
  type ExpectedEntry,
  expectedEntries,
  type MapChange,
  type PlanContext,
  setsOf,
  undecidedReason,
  unnamedOutcome,
  type WantedContext,
} from './change.ts';
import { type Consequences, prune } from './prune.ts';

/** An entry for a provisioned role, in any case, with or without a path, and what is known of the role. */
interface RoleEntry {
  readonly entry: LoadedEntry;
  readonly role: ProvisionedRoleArn;
  readonly key: string;
  readonly fact: RoleFact;
  /** True if the roles of its account were read. */
  readonly isRead: boolean;
  /** From `RoleFacts.setKeyOf`. */
  readonly setKey: string;
}

/**
 * Decides the outcome for each entry of mapRoles, in list order, and then the additions. Leaves entries alone that
 * are not for provisioned roles, or whose roles were not read or could not be resolved.
 * @throws Failure (exit 2) if `--prune` can't be sure, or would lock someone out or give someone access
 */
export function planMap(
  awsAuth: AwsAuth,
  desired: readonly DesiredEntry[],
  context: PlanContext,
): readonly MapChange[] {
  const { entries } = awsAuth.mapRoles;
  const { roles } = context;
  const named = entries.flatMap((entry): RoleEntry[] => {
    const role = parseProvisionedRoleArn(asciiTwin(entry.arn));
    if (!role) return [];
    const known = {
      fact: roles.about(role.roleArn),
      isRead: roles.isRead(role.accountId),
      setKey: roles.setKeyOf(role),
    };
    return [{ entry, role, key: callerKey(role.roleArn), ...known }];
  });
  // A role that Identity Center did not create belongs to no permission set.
  const isLookalike = ({ fact }: RoleEntry) => fact.status === 'outside-path';
  const lookalikes = new Set(named.filter(isLookalike).map(({ entry }) => entry));
  const roleEntries = named.filter((one) => !isLookalike(one));
  const matches = matchDesired(awsAuth, roleEntries, withoutDuplicates(desired), context);
  const others = decideOthers(roleEntries, matches, context);
  const changes = entries.map(
    (entry): MapChange =>
      matches.changes.get(entry) ??
      others.get(entry) ?? {
        outcome: 'left-alone',
        entry,
        reason: lookalikes.has(entry) ? 'lookalike' : 'not-provisioned',
      },
  );
  return prune([...changes, ...matches.additions], context, (pruned) =>
    mapConsequences(awsAuth, pruned, context),
  );
}

/** The consequences of the desired entries. */
interface Matches {
  readonly changes: ReadonlyMap<LoadedEntry, MapChange>;
  readonly additions: readonly MapChange[];
  readonly wantedSets: ReadonlySet<string>;
}

/** Finds the entries of the desired roles; a role without an entry takes over its predecessor's, or is added. */
function matchDesired(
  { mapRoles, mapUsers }: AwsAuth,
  roleEntries: readonly RoleEntry[],
  desired: readonly DesiredEntry[],
  context: PlanContext,
): Matches {
  const { roles, isFresh } = context;
  const roleOf = new Map(
    desired.flatMap((wanted) => {
      if (!wanted.role) return [];
      const role = parseProvisionedRoleArn(wanted.rolearn);
      if (!role) throw bug(`${wanted.rolearn} was resolved, but isn't a provisioned role`);
      return [[wanted, role] as const];
    }),
  );
  const byRole = groupBy(roleEntries, ({ key }) => key);
  const bySet = groupBy(roleEntries, ({ setKey }) => setKey);
  const byCaller = groupBy(mapRoles.entries, ({ arn }) => callerKey(arn));
  const users = new Map(mapUsers.entries.map((user) => [callerKey(user.arn), user]));
  const changes = new Map<LoadedEntry, MapChange>();
  const additions: MapChange[] = [];
  const add = (wanted: DesiredEntry, predecessor: LoadedEntry | null) => {
    const overrides = users.get(callerKey(wanted.rolearn)) ?? null;
    additions.push({ outcome: 'added', wanted, predecessor, overrides });
  };
  // The role is gone from the account, or seems to be in an old inventory.
  const isGone = ({ entry, fact, isRead }: RoleEntry) =>
    !fact.made && (isRead || !isFresh) && !changes.has(entry);
  for (const wanted of desired) {
    const role = roleOf.get(wanted);
    if (!role) {
      const nodes = byCaller.get(callerKey(wanted.rolearn)) ?? [];
      for (const entry of nodes) changes.set(entry, { outcome: 'kept', entry, reason: 'node-entry' });
      if (nodes.length === 0) add(wanted, null);
      continue;
    }
    const own = byRole.get(callerKey(role.roleArn)) ?? [];
    const last = own.at(-1);
    for (const { entry } of own.slice(0, -1)) {
      const undecided = undecidedReason(role, context);
      const isPruned = context.prune !== null && isFresh && undecided === null;
      changes.set(
        entry,
        isAscii(entry.arn) || isPruned
          ? { outcome: 'unmapped', entry, reason: 'shadowed', undecided }
          : changeOf(entry, wanted, 'updated'),
      );
    }
    const predecessor = last ? undefined : bySet.get(roles.setKeyOf(role))?.findLast(isGone);
    if (last) changes.set(last.entry, changeOf(last.entry, wanted, 'updated'));
    else if (predecessor && isFresh)
      changes.set(predecessor.entry, changeOf(predecessor.entry, wanted, 'rotated'));
    else add(wanted, predecessor?.entry ?? null);
  }
  return { changes, additions, wantedSets: setsOf(roleOf.values(), roles) };
}

/** Decides the outcome for entries of roles that no desired entry asks for. */
function decideOthers(
  roleEntries: readonly RoleEntry[],
  { changes, wantedSets }: Matches,
  context: PlanContext,
): ReadonlyMap<LoadedEntry, MapChange> {
  const others = roleEntries.filter(({ entry }) => !changes.has(entry));
  const last = new Map(others.map((roleEntry) => [roleEntry.key, roleEntry]));
  return new Map(
    others.map((roleEntry) => {
      const { entry, role, key, fact } = roleEntry;
      const decision = unnamedOutcome(entry.arn, role, fact.made !== null, wantedSets, context);
      const isShadowed = last.get(key) !== roleEntry && undecidedReason(role, context) === null;
      const shadowed = { outcome: 'unmapped', entry, reason: 'shadowed', undecided: null } as const;
      return [entry, isShadowed ? shadowed : { ...decision, entry }];
    }),
  );
}

function changeOf(entry: LoadedEntry, desired: DesiredEntry, outcome: 'updated' | 'rotated'): MapChange {
  // With letters that are not ASCII, the authenticator may keep two entries.
  const isSpelledRight = isAscii(entry.arn) && storedKey(entry.arn) === storedKey(desired.rolearn);
  const arn = isSpelledRight ? null : desired.rolearn;
  // The node variable denies access to the people who the mapping is for. With a new ARN, the entry of a role that
  // nobody could use takes effect.
  const isReserved = arn !== null && reservedPrefixOf(entry.username) !== undefined;
  const isStated = desired.usernameStated || isReserved || entry.username.includes(NODE_VARIABLE);
  const username = isStated && entry.username !== desired.username ? desired.username : null;
  const before = entry.groups ?? [];
  const isSameList =
    before.length === desired.groups.length &&
    before.every((group, index) => group === desired.groups[index]);
  const groups = isSameList ? null : desired.groups;
  if (arn === null && username === null && groups === null)
    return { outcome: 'kept', entry, reason: 'as-mapped' };
  return { outcome, entry, arn, username, groups };
}

/** The consequences of removing entries of mapRoles. */
function mapConsequences(
  awsAuth: AwsAuth,
  pruned: readonly MapChange[],
  context: WantedContext,
): Consequences {
  const expected = expectedEntries(pruned);
  const removals = decided(pruned, 'removed');
  const after = effectiveOf(expected);
  const isAdmin = (entry: ExpectedEntry) => letsAdminIn(entry) && mayLetIn(entry, context);
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
      message: `--prune would remove the last non-node system:masters entry of mapRoles: ${printable(lastAdmin.arn)}`,
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
  const hasNodes = after.some(letsNodesIn);
  const [admins, left] = [entries.filter(letsAdminIn), after.filter(letsAdminIn)];
  const mayStay = (entry: ExpectedEntry) => mayLetIn(entry, context);
  const losesAdmins = admins.some((entry) => !entry.shadowed && mayStay(entry)) && !left.some(mayStay);
  return [...(hasNodes ? [] : [NO_NODES]), ...(losesAdmins ? [NO_ADMINS] : [])];
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
