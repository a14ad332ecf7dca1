import { callerKey } from '../authenticator/caller.ts';
import { identity } from '../authenticator/load.ts';
import type { LoadedEntry, LoadedMaps } from '../authenticator/loaded.ts';
import { type DesiredEntry, NODE_VARIABLE, withoutDuplicates } from '../entry.ts';
import { bug, Failure, type Problem } from '../errors.ts';
import { asciiTwin, foldKey, isAscii, toLower } from '../go-strings.ts';
import { groupBy } from '../group-by.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn, roleKey } from '../role-name.ts';
import { listed } from '../text.ts';
import {
  canBeUsed,
  type Decision,
  decided,
  type ExpectedEntry,
  effectiveOf,
  expectedEntries,
  isHumanAdmin,
  type LocationOf,
  type MergeContext,
  mayLetIn,
  type UndecidedReason,
  type UnwantedReason,
} from './plan.ts';

/** An entry of a provisioned role, whatever the case of its ARN and whether or not it has a path. */
interface RoleEntry {
  readonly entry: LoadedEntry;
  readonly role: ProvisionedRoleArn;
  readonly key: string;
}

/** What follows from the desired entries. */
interface Matches {
  readonly decisions: ReadonlyMap<LoadedEntry, Decision>;
  readonly additions: readonly Decision[];
  readonly wantedSets: ReadonlySet<string>;
}

/**
 * Decides what becomes of each entry of mapRoles, in the order of the list, and then what is added. Leaves alone what is not a
 * provisioned role's, was not read or could not be resolved.
 * @throws Failure (exit 2) where `--prune` cannot be sure, or would lock somebody out or let somebody in
 */
export function planMerge(
  maps: LoadedMaps,
  desired: readonly DesiredEntry[],
  context: MergeContext,
  locationOf: LocationOf,
): readonly Decision[] {
  const { entries } = maps.mapRoles;
  const roleEntries = entries.flatMap((entry): RoleEntry[] => {
    const role = parseProvisionedRoleArn(asciiTwin(entry.arn));
    // One that Identity Center did not make is none of its permission sets'.
    const isMade = role && context.roles.about(role.roleArn).status !== 'outside-path';
    return isMade ? [{ entry, role, key: roleKey(role) }] : [];
  });
  const matches = matchDesired(maps, roleEntries, withoutDuplicates(desired), context);
  const others = decideOthers(roleEntries, matches, context);
  const decisions = entries.map(
    (entry): Decision =>
      matches.decisions.get(entry) ??
      others.get(entry) ?? { outcome: 'left-alone', entry, reason: 'not-provisioned' },
  );
  return prune([...decisions, ...matches.additions], maps.mapUsers.entries, context, locationOf);
}

/** Finds the entries of the desired roles; a role that has none takes over that of its predecessor, or is added. */
function matchDesired(
  { mapRoles, mapUsers }: LoadedMaps,
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
    const own = byRole.get(roleKey(role)) ?? [];
    const last = own.at(-1);
    for (const { entry } of own.slice(0, -1)) {
      if (!isAscii(entry.arn)) {
        decisions.set(entry, changeOf(entry, wanted, 'updated'));
        continue;
      }
      const undecided = undecidedReason(role, context);
      decisions.set(entry, { outcome: 'unmapped', entry, reason: 'shadowed', undecided });
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
    wantedSets: new Set([...roleOf.values()].map((role) => context.roles.setKeyOf(role))),
  };
}

/** What becomes of the entries of roles that no desired one asks for. */
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

/** Null where a provisioned role that no mapping names is known to be unwanted, rather than not known at all. */
function undecidedReason(role: ProvisionedRoleArn, context: MergeContext): UndecidedReason | null {
  if (!context.scope.has(role.accountId)) return 'out-of-scope';
  if (!context.isFresh) return 'old-inventory';
  if (!context.roles.isRead(role.accountId)) return 'account-unread';
  const isOpen = context.unresolved.some(({ accountId, permissionSet }) => {
    const isAccount = accountId === null || accountId === role.accountId;
    const { permissionSet: own } = role;
    return isAccount && (permissionSet === null || foldKey(permissionSet) === foldKey(own));
  });
  return isOpen ? 'unresolved' : null;
}

/** Whether a role is gone from the account, or seems to be in an old inventory. */
function isGone({ roleArn, accountId }: ProvisionedRoleArn, { roles, isFresh }: MergeContext): boolean {
  return !roles.about(roleArn).made && (roles.isRead(accountId) || !isFresh);
}

function changeOf(entry: LoadedEntry, desired: DesiredEntry, outcome: 'updated' | 'rotated'): Decision {
  const arn = isSpelledRight(entry.arn, desired.rolearn) ? null : desired.rolearn;
  // The variable of nodes denies access to the people whom the mapping is to let in.
  const isStated = desired.usernameStated || entry.username.includes(NODE_VARIABLE);
  const username = isStated && entry.username !== desired.username ? desired.username : null;
  const groups = isSameList(entry.groups ?? [], desired.groups) ? null : desired.groups;
  if (arn === null && username === null && groups === null)
    return { outcome: 'kept', entry, reason: 'as-mapped' };
  return { outcome, entry, arn, username, groups };
}

/** Whether an entry has an ARN in a case that leaves no doubt: of other letters than ASCII's the authenticator may keep two. */
function isSpelledRight(arn: string, wanted: string): boolean {
  return isAscii(arn) && toLower(arn) === toLower(wanted);
}

function requireRole({ rolearn }: DesiredEntry): ProvisionedRoleArn {
  const role = parseProvisionedRoleArn(rolearn);
  if (!role) throw bug(`${rolearn} was resolved, but is no provisioned role`);
  return role;
}

function isSameList(before: readonly string[], after: readonly string[]): boolean {
  return before.length === after.length && before.every((item, index) => item === after[index]);
}

type Removal = Extract<Decision, { readonly outcome: 'removed' }>;

/**
 * Removes what is unmapped where `--prune` asks for it, but not an entry of a superseded role that still exists: Identity Center decides
 * which of the two roles people get. Nothing where the inventory is too old.
 * @throws Failure (exit 2) where something was not read or resolved, or somebody would be locked out
 */
function prune(
  decisions: readonly Decision[],
  users: readonly LoadedEntry[],
  context: MergeContext,
  locationOf: LocationOf,
): readonly Decision[] {
  if (!context.prune || !context.isFresh) return decisions;
  refuse(uncertainties(context));
  const pruned = decisions.map((decision): Decision => {
    if (decision.outcome !== 'unmapped' || decision.reason === 'superseded' || decision.undecided)
      return decision;
    return { outcome: 'removed', entry: decision.entry, reason: decision.reason };
  });
  const removals = decided(pruned, 'removed');
  if (removals.length === 0) return decisions;
  const after = expectedEntries(pruned);
  refuse(uncoveredProblems(users, after, removals, locationOf));
  if (context.prune.allowLockout) return pruned;
  const before = decisions.flatMap((decision) => (decision.outcome === 'added' ? [] : decision.entry));
  refuse([
    ...lastOfAccounts(effectiveOf(after), removals, context, locationOf),
    ...lastHumanAdmin(before, effectiveOf(after), context, locationOf),
  ]);
  return pruned;
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new Failure(2, problems);
}

function uncertainties({ scope, roles, unresolved }: MergeContext): Problem[] {
  const problems: Problem[] = [];
  const unread = [...scope].filter((accountId) => !roles.isRead(accountId));
  if (unread.length > 0) {
    const message = `--prune needs the roles of every account, but those of ${listed(unread)} were not read`;
    problems.push({ message, help: 'Make them readable, exclude them, or leave out --prune.' });
  }
  if (unresolved.length > 0) {
    const names = unresolved.map(
      ({ accountId, permissionSet }) => `${permissionSet ?? 'a mapping'} in ${accountId ?? 'every account'}`,
    );
    const message = `--prune needs every mapping resolved, but these are not: ${listed(names)}`;
    problems.push({ message, help: 'Fix or remove those mappings, or leave out --prune.' });
  }
  return problems;
}

/** Living roles would get in by mapUsers once mapRoles overrides it no more. */
function uncoveredProblems(
  users: readonly LoadedEntry[],
  after: readonly ExpectedEntry[],
  removals: readonly Removal[],
  locationOf: LocationOf,
): Problem[] {
  const covered = new Set(after.map(({ arn }) => callerKey(arn)));
  const inUsers = new Set(users.map(({ arn }) => callerKey(arn)));
  return removals
    .filter(({ entry, reason }) => reason !== 'gone' && inUsers.has(callerKey(entry.arn)))
    .filter(({ entry }) => !covered.has(callerKey(entry.arn)))
    .map(({ entry }) => ({
      message: `--prune would remove ${entry.arn} from mapRoles, and its entry in mapUsers would take effect`,
      location: locationOf(entry.node.contentStart),
      help: 'Remove that entry from mapUsers first: merge changes only mapRoles.',
    }));
}

const ALLOW_LOCKOUT =
  'Map somebody there first, or pass --allow-lockout if nobody is to have access any more.';

function lastOfAccounts(
  after: readonly ExpectedEntry[],
  removals: readonly Removal[],
  context: MergeContext,
  locationOf: LocationOf,
): Problem[] {
  const accountOf = ({ arn }: Pick<LoadedEntry, 'arn'>) => parseProvisionedRoleArn(arn)?.accountId ?? '';
  const letIn = (entry: ExpectedEntry) => mayLetIn(entry, context);
  const left = new Set(after.filter((entry) => canBeUsed(entry, context)).map(accountOf));
  const removed = removals.map(({ entry }) => entry).filter((entry) => !entry.shadowed && letIn(entry));
  const last = new Map(removed.map((entry) => [accountOf(entry), entry]));
  return [...last]
    .filter(([accountId]) => !left.has(accountId))
    .map(([accountId, { arn, node }]) => ({
      message: `--prune would remove the last provisioned role of account ${accountId} that lets somebody in: ${arn}`,
      location: locationOf(node.contentStart),
      help: ALLOW_LOCKOUT,
    }));
}

function lastHumanAdmin(
  before: readonly LoadedEntry[],
  after: readonly ExpectedEntry[],
  context: MergeContext,
  locationOf: LocationOf,
): Problem[] {
  const isAdmin = (entry: ExpectedEntry) => isHumanAdmin(entry, context);
  const kept = new Set(after.filter(isAdmin).map((entry) => identity(entry, 'rolearn')));
  const last = before.findLast(
    (entry) => !entry.shadowed && isAdmin(entry) && !kept.has(identity(entry, 'rolearn')),
  );
  if (!last || after.some((entry) => isAdmin(entry) && canBeUsed(entry, context))) return [];
  const message = `--prune would remove the last entry with system:masters that lets a person in: ${last.arn}`;
  return [{ message, location: locationOf(last.node.contentStart), help: ALLOW_LOCKOUT }];
}
