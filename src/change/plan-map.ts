import type { LoadedEntry } from '../authenticator/loaded.ts';
import { reservedPrefixOf } from '../authenticator/templates.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import { type DesiredEntry, NODE_VARIABLE, withoutDuplicates } from '../entry.ts';
import { bug } from '../errors.ts';
import { asciiTwin, isAscii } from '../go-strings.ts';
import { groupBy } from '../group-by.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn } from '../role-name.ts';
import { callerKey, storedKey } from '../same-arn.ts';
import { type MapChange, type PlanContext, setsOf, undecidedReason, unnamedOutcome } from './change.ts';
import { mapConsequences, prune } from './prune.ts';

/** An entry for a provisioned role, in any case, with or without a path. */
interface RoleEntry {
  readonly entry: LoadedEntry;
  readonly role: ProvisionedRoleArn;
  readonly key: string;
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
  const lookalikes = new Set<LoadedEntry>();
  const roleEntries = entries.flatMap((entry): RoleEntry[] => {
    const role = parseProvisionedRoleArn(asciiTwin(entry.arn));
    // A role that Identity Center did not create belongs to no permission set.
    if (role && context.roles.about(role.roleArn).status === 'outside-path') lookalikes.add(entry);
    else if (role) return [{ entry, role, key: callerKey(role.roleArn) }];
    return [];
  });
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
  const bySet = groupBy(roleEntries, ({ role }) => roles.setKeyOf(role));
  const byCaller = groupBy(mapRoles.entries, ({ arn }) => callerKey(arn));
  const users = new Map(mapUsers.entries.map((user) => [callerKey(user.arn), user]));
  const changes = new Map<LoadedEntry, MapChange>();
  const additions: MapChange[] = [];
  const add = (wanted: DesiredEntry, predecessor: LoadedEntry | null) => {
    const overrides = users.get(callerKey(wanted.rolearn)) ?? null;
    additions.push({ outcome: 'added', wanted, predecessor, overrides });
  };
  // The role is gone from the account, or seems to be in an old inventory.
  const isGone = ({ entry, role: { roleArn, accountId } }: RoleEntry) =>
    !roles.about(roleArn).made && (roles.isRead(accountId) || !isFresh) && !changes.has(entry);
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
      const { entry, role, key } = roleEntry;
      const exists = context.roles.about(role.roleArn).made !== null;
      const decision = unnamedOutcome(entry.arn, role, exists, wantedSets, context);
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
