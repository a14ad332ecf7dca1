import { callerKey } from '../authenticator/caller-order.ts';
import { isNodeEntry } from '../authenticator/groups.ts';
import type { LoadedEntry, LoadedMaps } from '../authenticator/loaded.ts';
import { Failure, type Location, type Problem } from '../errors.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { listed } from '../text.ts';
import { type ExpectedEntry, expectedEntries, hasEffective, lastEffective } from './expected.ts';
import { type MergeContext, type MergePlan, type UnwantedEntry, undecidedReason } from './plan.ts';

/**
 * The unwanted entries that `--prune` removes, a living rival of a role that is used not among them: which of the two people come in
 * with is Identity Center's affair. None where it was not asked for or the inventory is too old.
 * @throws Failure (exit 2) where something was not read or resolved, or somebody would be locked out
 */
export function decideRemovals(
  { mapRoles: { entries }, mapUsers }: LoadedMaps,
  unwanted: readonly UnwantedEntry[],
  plan: Pick<MergePlan, 'changes' | 'additions'>,
  facts: MergeContext,
  placeOf: (offset: number) => Location,
): readonly UnwantedEntry[] {
  if (!facts.prune || !facts.rotate) return [];
  refuse(uncertainties(facts));
  const removals = unwanted.filter(({ entry, reason }) => {
    const role = parseProvisionedRoleArn(entry.arn);
    return reason !== 'rival' && role !== undefined && undecidedReason(role, facts) === null;
  });
  if (removals.length === 0) return removals;
  const after = expectedEntries(entries, { ...plan, removals });
  refuse(uncoveredProblems(mapUsers.entries, after, removals, placeOf));
  if (!facts.prune.allowLockout) refuse(lockoutProblems(entries, after, removals, placeOf));
  return removals;
}

/** Says which living roles would get in by mapUsers once mapRoles overrides it no more. */
function uncoveredProblems(
  users: readonly LoadedEntry[],
  after: readonly ExpectedEntry[],
  removals: readonly UnwantedEntry[],
  placeOf: (offset: number) => Location,
): Problem[] {
  const covered = new Set(after.map(({ arn }) => callerKey(arn)));
  const inUsers = new Set(users.map(({ arn }) => callerKey(arn)));
  return removals
    .filter(({ entry, reason }) => reason !== 'gone' && inUsers.has(callerKey(entry.arn)))
    .filter(({ entry }) => !covered.has(callerKey(entry.arn)))
    .map(({ entry }) => ({
      message: `--prune would remove ${entry.arn} from mapRoles, and its entry in mapUsers would then count`,
      location: placeOf(entry.node.start),
      help: 'Remove that entry of mapUsers first; nothing but mapRoles is changed here.',
    }));
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new Failure(2, problems);
}

function uncertainties({ scope, accountsRead, unresolved }: MergeContext): Problem[] {
  const problems: Problem[] = [];
  const unread = [...scope].filter((accountId) => !accountsRead.has(accountId));
  if (unread.length > 0) {
    const message = `--prune needs the roles of every account, and those of ${listed(unread)} were not read`;
    problems.push({ message, help: 'Make them readable, take them out of the scope, or leave --prune out.' });
  }
  if (unresolved.length > 0) {
    const names = unresolved.map(
      ({ accountId, permissionSet }) => `${permissionSet ?? 'a mapping'} in ${accountId ?? 'every account'}`,
    );
    const message = `--prune needs every mapping resolved, and these are not: ${listed(names)}`;
    problems.push({ message, help: 'Mend or remove those mappings, or leave --prune out.' });
  }
  return problems;
}

const NEXT = 'Map somebody there first, or pass --allow-lockout if nobody should be let in any more.';

/** Says whom removals would lock out: an account's last provisioned role, and the last human in system:masters. */
export function lockoutProblems(
  before: readonly LoadedEntry[],
  after: readonly ExpectedEntry[],
  removals: readonly UnwantedEntry[],
  placeOf: (offset: number) => Location,
): Problem[] {
  const problems = [...lastOfAccounts(after, removals)].map(([accountId, { entry }]) => ({
    message: `--prune would remove the last provisioned role of account ${accountId}: ${entry.arn}`,
    location: placeOf(entry.node.start),
    help: NEXT,
  }));
  const lastMaster = lastEffective(before, isHumanAdmin);
  if (!lastMaster || hasEffective(after, isHumanAdmin)) return problems;
  const message = `--prune would remove the last human entry with system:masters: ${lastMaster.arn}`;
  return [...problems, { message, location: placeOf(lastMaster.node.start), help: NEXT }];
}

/** Whether an entry makes somebody who is no node an administrator of the cluster. */
export function isHumanAdmin(entry: {
  readonly username: string;
  readonly groups: readonly string[] | null;
}): boolean {
  return (entry.groups ?? []).includes('system:masters') && !isNodeEntry(entry);
}

function lastOfAccounts(
  after: readonly ExpectedEntry[],
  removals: readonly UnwantedEntry[],
): Map<string, UnwantedEntry> {
  const left = new Set(after.map(({ arn }) => parseProvisionedRoleArn(arn)?.accountId));
  const last = new Map<string, UnwantedEntry>();
  for (const removal of removals) {
    const accountId = parseProvisionedRoleArn(removal.entry.arn)?.accountId ?? '';
    if (!left.has(accountId)) last.set(accountId, removal);
  }
  return last;
}
