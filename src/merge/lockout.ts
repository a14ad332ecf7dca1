import type { LoadedEntry } from '../authenticator/loaded.ts';
import { isNodeEntry } from '../authenticator/node-entry.ts';
import type { Location, Problem } from '../errors.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import type { UnwantedEntry } from './changes.ts';
import { type ExpectedEntry, hasWinner, lastWinner } from './expected-entries.ts';

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
  const lastMaster = lastWinner(before, isHumanMaster);
  if (!lastMaster || hasWinner(after, isHumanMaster)) return problems;
  const message = `--prune would remove the last human entry with system:masters: ${lastMaster.arn}`;
  return [...problems, { message, location: placeOf(lastMaster.node.start), help: NEXT }];
}

/** Whether an entry makes somebody who is no node an administrator of the cluster. */
export function isHumanMaster(entry: {
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
