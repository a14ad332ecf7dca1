import { callerKey } from '../authenticator/caller-order.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import { Failure, type Location, type Problem } from '../errors.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { listed } from '../text.ts';
import { type ExpectedEntry, effectiveOf, expectedEntries, isHumanAdmin } from './expected.ts';
import { type Decision, decided, type MergeContext } from './plan.ts';

type Removal = Extract<Decision, { readonly outcome: 'removed' }>;
type LocationOf = (offset: number) => Location;

/**
 * Removes what is unmapped where `--prune` asks for it, but not an entry of a superseded role that still exists: Identity Center decides
 * which of the two roles people get. Nothing where the inventory is too old.
 * @throws Failure (exit 2) where something was not read or resolved, or somebody would be locked out
 */
export function prune(
  decisions: readonly Decision[],
  users: readonly LoadedEntry[],
  context: MergeContext,
  locationOf: LocationOf,
): readonly Decision[] {
  if (!context.prune || !context.rotate) return decisions;
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
    ...lastOfAccounts(after, removals, locationOf),
    ...lastHumanAdmin(before, effectiveOf(after), locationOf),
  ]);
  return pruned;
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new Failure(2, problems);
}

function uncertainties({ scope, accountsRead, unresolved }: MergeContext): Problem[] {
  const problems: Problem[] = [];
  const unread = [...scope].filter((accountId) => !accountsRead.has(accountId));
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
  locationOf: LocationOf,
): Problem[] {
  const accountOf = (arn: string) => parseProvisionedRoleArn(arn)?.accountId ?? '';
  const left = new Set(after.map(({ arn }) => accountOf(arn)));
  const last = new Map(removals.map(({ entry }) => [accountOf(entry.arn), entry]));
  return [...last]
    .filter(([accountId]) => !left.has(accountId))
    .map(([accountId, { arn, node }]) => ({
      message: `--prune would remove the last provisioned role of account ${accountId}: ${arn}`,
      location: locationOf(node.contentStart),
      help: ALLOW_LOCKOUT,
    }));
}

function lastHumanAdmin(
  before: readonly LoadedEntry[],
  after: readonly ExpectedEntry[],
  locationOf: LocationOf,
): Problem[] {
  const last = before.findLast((entry) => !entry.shadowed && isHumanAdmin(entry));
  if (!last || after.some(isHumanAdmin)) return [];
  const message = `--prune would remove the last human entry with system:masters: ${last.arn}`;
  return [{ message, location: locationOf(last.node.contentStart), help: ALLOW_LOCKOUT }];
}
