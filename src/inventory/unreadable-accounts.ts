import { Failure, type Finding, type Problem } from '../errors.ts';
import { listed } from '../text.ts';
import { DEFAULT_ROLE } from './assume-role.ts';
import { type AccountName, accountText } from './model.ts';

/** Why one account could not be read. */
export interface AccountFailure {
  readonly account: AccountName;
  /** What went wrong, in the same words for every account with the same cause. */
  readonly cause: string;
  /** AWS's own words about this account. */
  readonly detail: string;
  /** What to do, as a sentence. */
  readonly help: string;
  /** Whether the reason is that no role is named for it, or may be assumed there. */
  readonly withoutRole?: boolean;
}

/** Failures of one cause; `first` is the one whose details are shown. */
interface FailureGroup {
  readonly cause: string;
  readonly first: AccountFailure;
  readonly accounts: AccountName[];
}

/**
 * Warnings about the accounts that may be skipped: one finding per cause, ten accounts and then a count.
 * @throws Failure (exit 3) naming all that may not, at once
 */
export function requireReadable(
  failures: readonly AccountFailure[],
  maySkip: (account: AccountName) => boolean,
): Finding[] {
  const refused = failures.filter(({ account }) => !maySkip(account));
  if (refused.length > 0) throw new Failure(3, groupByCause(refused).map(unreadableProblem));
  return groupByCause(failures).map(({ cause, accounts }) => ({
    severity: 'warning',
    code: 'account-unreadable',
    message: `skipped ${countText(accounts)} (${cause}): ${namesText(accounts)}`,
  }));
}

/**
 * Says that the management account was not read, although the scope includes it: no StackSet reaches it, and Organizations makes no role
 * there, so nobody but itself can read it unless somebody made one.
 * @param unreadable why
 */
export function managementNote(account: AccountName, unreadable: string): Finding {
  return {
    severity: 'note',
    code: 'management-account-unread',
    message: `skipped the management account ${accountText(account)}, whose roles cannot be read: ${unreadable}`,
    help: `\`merge\` leaves its entries as they are, \`generate\` makes none. ${DEFAULT_ROLE} does not exist there: read it with a profile of its own behind the first (--profile FIRST --profile MANAGEMENT), or create a role that trusts the caller and name it in \`assumeRole\`; --exclude-account ${account.id} leaves it out.`,
  };
}

/** Why roles of an account, so many, could not be looked up. */
export interface RoleLookupFailure extends AccountFailure {
  readonly roleCount: number;
}

/** Says of how many roles IAM could not tell whether they exist, and why: one note for each cause. */
export function roleLookupNotes(failures: readonly RoleLookupFailure[]): Finding[] {
  return groupByCause(failures).map(({ cause, first, accounts }) => {
    const ids = new Set(accounts.map(({ id }) => id));
    const count = failures.reduce((sum, one) => sum + (ids.has(one.account.id) ? one.roleCount : 0), 0);
    const roles = count === 1 ? '1 role' : `${count} roles`;
    const where = accounts.length === 1 ? 'account' : `${accounts.length} accounts`;
    const error = accounts.length === 1 ? '' : 'first error: ';
    return {
      severity: 'note',
      code: 'other-roles-unread',
      message: `whether ${roles} of ${where} ${namesText(accounts)} still exist${count === 1 ? 's' : ''} is not known (${cause}): ${error}${first.detail}`,
      help: first.help,
    };
  });
}

/** The most frequent cause first; within a cause in the order given. */
function groupByCause(failures: readonly AccountFailure[]): FailureGroup[] {
  const groups = new Map<string, FailureGroup>();
  for (const failure of failures) {
    const { cause, account, help } = failure;
    // Where rules name several roles, each has a next step of its own.
    const key = `${cause}\n${help}`;
    const group = groups.get(key);
    if (group) group.accounts.push(account);
    else groups.set(key, { cause, first: failure, accounts: [account] });
  }
  return [...groups.values()].sort((one, other) => other.accounts.length - one.accounts.length);
}

function unreadableProblem({ cause, first, accounts }: FailureGroup): Problem {
  const [them, error] = accounts.length === 1 ? ['it', 'error'] : ['them', 'first error'];
  return {
    message: `${countText(accounts)} cannot be read (${cause}): ${namesText(accounts)}; ${error}: ${first.detail}`,
    help: `${first.help} To continue without ${them}: --skip-unreadable ID|GLOB.`,
  };
}

function countText(accounts: readonly AccountName[]): string {
  return accounts.length === 1 ? '1 account' : `${accounts.length} accounts`;
}

function namesText(accounts: readonly AccountName[]): string {
  return listed(accounts.map(accountText));
}
