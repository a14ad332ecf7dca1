import { Failure, type Finding, type Problem } from '../errors.ts';
import { listed } from '../text.ts';
import { accountText } from './model.ts';
import type { AccountName } from './session.ts';

/** Why one account could not be read. */
export interface AccountFailure {
  readonly account: AccountName;
  /** What went wrong, in the same words for every account with the same cause. */
  readonly cause: string;
  /** AWS's own words about this account. */
  readonly detail: string;
  /** What to do, as a sentence. */
  readonly help: string;
}

/** Failures of one cause; `first` is the one whose details stand for all. */
export interface FailureGroup {
  readonly cause: string;
  readonly first: AccountFailure;
  readonly accounts: readonly AccountName[];
}

/** The failures by cause, the most frequent cause first; within a cause in the order given. */
export function groupByCause(failures: readonly AccountFailure[]): FailureGroup[] {
  const groups = new Map<string, { first: AccountFailure; accounts: AccountName[] }>();
  for (const failure of failures) {
    const group = groups.get(failure.cause) ?? { first: failure, accounts: [] };
    group.accounts.push(failure.account);
    groups.set(failure.cause, group);
  }
  return [...groups]
    .map(([cause, group]) => ({ cause, ...group }))
    .sort((one, other) => other.accounts.length - one.accounts.length);
}

/** One problem per cause: ten accounts and then a count, with AWS's words about the first of them. */
export function unreadableProblems(failures: readonly AccountFailure[]): Problem[] {
  return groupByCause(failures).map(({ cause, first, accounts }) => {
    const [them, words] = accounts.length === 1 ? ['it', 'in full'] : ['them', 'of the first in full'];
    return {
      message: `${countText(accounts)} cannot be read (${cause}): ${namesText(accounts)}; ${words}: ${first.detail}`,
      help: `${first.help} To go on without ${them}: --skip-unreadable ID|GLOB.`,
    };
  });
}

/**
 * Warns of the accounts that the run may go on without.
 * @throws Failure (exit 3) naming all that it may not, at once
 */
export function requireReadable(
  failures: readonly AccountFailure[],
  maySkip: (account: AccountName) => boolean,
): Finding[] {
  const refused = failures.filter(({ account }) => !maySkip(account));
  if (refused.length > 0) throw new Failure(3, unreadableProblems(refused));
  return skippedFindings(failures);
}

/** Warns of the accounts that the run goes on without, one finding per cause. */
export function skippedFindings(failures: readonly AccountFailure[]): Finding[] {
  return groupByCause(failures).map(({ cause, accounts }) => ({
    severity: 'warning',
    code: 'account-unreadable',
    message: `${countText(accounts)} left out (${cause}): ${namesText(accounts)}`,
  }));
}

function countText(accounts: readonly AccountName[]): string {
  return accounts.length === 1 ? '1 account' : `${accounts.length} accounts`;
}

function namesText(accounts: readonly AccountName[]): string {
  return listed(accounts.map(accountText));
}
