import type { LoadedEntry } from '../authenticator/loaded.ts';
import { reservedPrefixOf } from '../authenticator/templates.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import { type DesiredEntry, NODE_VARIABLE, withoutDuplicates } from '../entry.ts';
import { bug } from '../errors.ts';
import { asciiTwin, isAscii } from '../go-strings.ts';
import { groupBy } from '../group-by.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn } from '../role-name.ts';
import { callerKey, storedKey } from '../same-arn.ts';
import type { Decision, MergeContext, UnwantedReason } from './change.ts';
import { prune } from './prune.ts';
import { setsOf, undecidedReason } from './unwanted.ts';

/** An entry for a provisioned role, in any case, with or without a path. */
interface RoleEntry {
  readonly entry: LoadedEntry;
  readonly role: ProvisionedRoleArn;
  readonly key: string;
}

/** The consequences of the desired entries. */
interface Matches {
  readonly decisions: ReadonlyMap<LoadedEntry, Decision>;
  readonly additions: readonly Decision[];
  readonly wantedSets: ReadonlySet<string>;
}

/**
 * Decides the outcome for each entry of mapRoles, in list order, and then the additions. Leaves entries alone that
 * are not for provisioned roles, or whose roles were not read or could not be resolved.
 * @throws Failure (exit 2) if `--prune` can't be sure, or would lock someone out or give someone access
 */
export function planMerge(
  awsAuth: AwsAuth,
  desired: readonly DesiredEntry[],
  context: MergeContext,
): readonly Decision[] {
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
  const decisions = entries.map(
    (entry): Decision =>
      matches.decisions.get(entry) ??
      others.get(entry) ?? {
        outcome: 'left-alone',
        entry,
        reason: lookalikes.has(entry) ? 'lookalike' : 'not-provisioned',
      },
  );
  return prune([...decisions, ...matches.additions], awsAuth, context);
}

/** Finds the entries of the desired roles; a role without an entry takes over its predecessor's, or is added. */
function matchDesired(
  { mapRoles, mapUsers }: AwsAuth,
  roleEntries: readonly RoleEntry[],
  desired: readonly DesiredEntry[],
  context: MergeContext,
): Matches {
  const roleOf = new Map(
    desired.flatMap((wanted) => (wanted.role ? [[wanted, requireRole(wanted)] as const] : [])),
  );
  const byRole = groupBy(roleEntries, ({ key }) => key);
  const bySet = groupBy(roleEntries, ({ role }) => context.roles.setKeyOf(role));
  const byCaller = groupBy(mapRoles.entries, ({ arn }) => callerKey(arn));
  const users = new Map(mapUsers.entries.map((user) => [callerKey(user.arn), user]));
  const decisions = new Map<LoadedEntry, Decision>();
  const additions: Decision[] = [];
  const add = (wanted: DesiredEntry, predecessor: LoadedEntry | null) => {
    const overrides = users.get(callerKey(wanted.rolearn)) ?? null;
    additions.push({ outcome: 'added', desired: wanted, predecessor, overrides });
  };
  for (const wanted of desired) {
    const role = roleOf.get(wanted);
    if (!role) {
      const nodes = byCaller.get(callerKey(wanted.rolearn)) ?? [];
      for (const entry of nodes) decisions.set(entry, { outcome: 'kept', entry, reason: 'node-entry' });
      if (nodes.length === 0) add(wanted, null);
      continue;
    }
    const own = byRole.get(callerKey(role.roleArn)) ?? [];
    const last = own.at(-1);
    for (const { entry } of own.slice(0, -1)) {
      const undecided = undecidedReason(role, context);
      const isPruned = context.prune !== null && context.isFresh && undecided === null;
      decisions.set(
        entry,
        isAscii(entry.arn) || isPruned
          ? { outcome: 'unmapped', entry, reason: 'shadowed', undecided }
          : changeOf(entry, wanted, 'updated'),
      );
    }
    const gone = (one: RoleEntry) => isGone(one.role, context) && !decisions.has(one.entry);
    const predecessor = last ? undefined : bySet.get(context.roles.setKeyOf(role))?.findLast(gone);
    if (last) decisions.set(last.entry, changeOf(last.entry, wanted, 'updated'));
    else if (predecessor && context.isFresh)
      decisions.set(predecessor.entry, changeOf(predecessor.entry, wanted, 'rotated'));
    else add(wanted, predecessor?.entry ?? null);
  }
  return {
    decisions,
    additions,
    wantedSets: setsOf(roleOf.values(), context.roles),
  };
}

/** Decides the outcome for entries of roles that no desired entry asks for. */
function decideOthers(
  roleEntries: readonly RoleEntry[],
  { decisions, wantedSets }: Matches,
  context: MergeContext,
): ReadonlyMap<LoadedEntry, Decision> {
  const others = new Map<LoadedEntry, Decision>();
  const open: RoleEntry[] = [];
  for (const roleEntry of roleEntries) {
    const { entry, role } = roleEntry;
    if (decisions.has(entry)) continue;
    const reason = undecidedReason(role, context);
    if (reason) others.set(entry, { outcome: 'left-alone', entry, reason });
    else open.push(roleEntry);
  }
  const last = new Map(open.map((roleEntry) => [roleEntry.key, roleEntry]));
  const reasonFor = (roleEntry: RoleEntry): UnwantedReason => {
    if (last.get(roleEntry.key) !== roleEntry) return 'shadowed';
    if (!context.roles.about(roleEntry.role.roleArn).made) return 'gone';
    return wantedSets.has(context.roles.setKeyOf(roleEntry.role)) ? 'superseded' : 'unmapped';
  };
  for (const roleEntry of open) {
    const { entry } = roleEntry;
    const reason = reasonFor(roleEntry);
    const stays = (reason === 'unmapped' || reason === 'superseded') && context.isListed?.(entry.arn);
    others.set(
      entry,
      stays
        ? { outcome: 'left-alone', entry, reason: 'listed' }
        : { outcome: 'unmapped', entry, reason, undecided: null },
    );
  }
  return others;
}

/** True if a role is gone from the account, or seems to be in an old inventory. */
function isGone({ roleArn, accountId }: ProvisionedRoleArn, { roles, isFresh }: MergeContext): boolean {
  return !roles.about(roleArn).made && (roles.isRead(accountId) || !isFresh);
}

function changeOf(entry: LoadedEntry, desired: DesiredEntry, outcome: 'updated' | 'rotated'): Decision {
  const arn = isSpelledRight(entry.arn, desired.rolearn) ? null : desired.rolearn;
  // The node variable denies access to the people who the mapping is for. With a new ARN, the entry of a role that
  // nobody could use takes effect.
  const isReserved = arn !== null && reservedPrefixOf(entry.username) !== undefined;
  const isStated = desired.usernameStated || isReserved || entry.username.includes(NODE_VARIABLE);
  const username = isStated && entry.username !== desired.username ? desired.username : null;
  const groups = isSameList(entry.groups ?? [], desired.groups) ? null : desired.groups;
  if (arn === null && username === null && groups === null)
    return { outcome: 'kept', entry, reason: 'as-mapped' };
  return { outcome, entry, arn, username, groups };
}

/**
 * True if an entry's ARN is spelled unambiguously: with letters that are not ASCII, the authenticator may keep two
 * entries.
 */
function isSpelledRight(arn: string, wanted: string): boolean {
  return isAscii(arn) && storedKey(arn) === storedKey(wanted);
}

function requireRole({ rolearn }: DesiredEntry): ProvisionedRoleArn {
  const role = parseProvisionedRoleArn(rolearn);
  if (!role) throw bug(`${rolearn} was resolved, but isn't a provisioned role`);
  return role;
}

function isSameList(before: readonly string[], after: readonly string[]): boolean {
  return before.length === after.length && before.every((item, index) => item === after[index]);
}
