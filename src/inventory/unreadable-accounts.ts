import type { AwsFailure } from '../aws/failure.ts';
import { Failure, type Finding, note, type Problem, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { listed } from '../text.ts';
import { type AccountName, accountText } from './model.ts';
import { DEFAULT_ROLE } from './role-rules.ts';

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
  /** What AWS said; missing where it was not even asked. */
  readonly error?: AwsFailure;
}

/** Why an account could not be read, as AWS said it. */
export function accountFailure({ id, name }: AccountName, error: AwsFailure): AccountFailure {
  const { summary: cause, detail, help, kind, role } = error;
  const withoutRole = kind === 'denied' && role !== undefined;
  return { account: { id, name }, cause, detail, help, withoutRole, error };
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
  return groupByCause(failures).map((group) =>
    warning('account-unreadable', `skipped ${countText(group)} (${group[0].cause}): ${namesText(group)}`),
  );
}

/**
 * Says that the management account was not read, although the scope includes it: no StackSet reaches it, and Organizations makes no role
 * there, so nobody but itself can read it unless somebody made one.
 * @param unreadable why
 */
export function managementNote(account: AccountName, unreadable: string): Finding {
  const message = `skipped the management account ${accountText(account)}, whose roles cannot be read: ${unreadable}`;
  return note('management-account-unread', message, {
    help: `\`merge\` leaves its entries as they are, \`generate\` makes none. ${DEFAULT_ROLE} does not exist there: read it with a profile of its own behind the first (--profile FIRST --profile MANAGEMENT), or create a role that trusts the caller and name it in \`assumeRole\`; --exclude-account ${account.id} leaves it out.`,
  });
}

/** Why roles of an account, so many, could not be looked up. */
export interface RoleLookupFailure extends AccountFailure {
  readonly roleCount: number;
}

/** Says of how many roles IAM could not tell whether they exist, and why: one note for each cause. */
export function roleLookupNotes(failures: readonly RoleLookupFailure[]): Finding[] {
  return groupByCause(failures).map((group) => {
    const [{ cause, detail, help }, ...others] = group;
    const count = group.reduce((sum, { roleCount }) => sum + roleCount, 0);
    const roles = count === 1 ? '1 role' : `${count} roles`;
    const [where, error] =
      others.length === 0 ? ['account', ''] : [`${group.length} accounts`, 'first error: '];
    const message = `whether ${roles} of ${where} ${namesText(group)} still exist${count === 1 ? 's' : ''} is not known (${cause}): ${error}${detail}`;
    return note('other-roles-unread', message, { help });
  });
}

/** Failures of one cause. */
type Group<Failure> = readonly [Failure, ...Failure[]];

/** The most frequent cause first; within a cause in the order given. */
function groupByCause<Failure extends AccountFailure>(failures: readonly Failure[]): Group<Failure>[] {
  // Where rules name several roles, each has a next step of its own.
  const groups = groupBy(failures, ({ cause, help }) => `${cause}\n${help}`);
  return [...groups.values()]
    .sort((one, other) => other.length - one.length)
    .flatMap(([first, ...others]): Group<Failure>[] => (first ? [[first, ...others]] : []));
}

function unreadableProblem(group: Group<AccountFailure>): Problem {
  const [{ cause, detail, help }, ...others] = group;
  const [them, error] = others.length === 0 ? ['it', 'error'] : ['them', 'first error'];
  return {
    message: `${countText(group)} cannot be read (${cause}): ${namesText(group)}; ${error}: ${detail}`,
    help: `${help} To continue without ${them}: --skip-unreadable ID|GLOB.`,
  };
}

function countText({ length }: readonly unknown[]): string {
  return length === 1 ? '1 account' : `${length} accounts`;
}

function namesText(failures: readonly AccountFailure[]): string {
  return listed(failures.map(({ account }) => accountText(account)));
}
