import type { AwsFailure } from '../aws/failure.ts';
import { DEFAULT_ROLE } from '../aws-settings.ts';
import { Failure, type Finding, note, type Problem, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { listed } from '../text.ts';
import { type AccountName, accountText } from './model.ts';

/** The reason why an account couldn't be read. */
export interface AccountFailure {
  readonly account: AccountName;
  /** Summary, in the same words for every account with the same cause. */
  readonly cause: string;
  /** AWS's own words about this account. */
  readonly detail: string;
  /** The next step, as a sentence. */
  readonly help: string;
  /** True if no role is configured for the account, or the caller can't assume it. */
  readonly withoutRole?: boolean;
  /** AWS's failure; missing if no call was made. */
  readonly error?: AwsFailure;
}

/** The reason why an account couldn't be read, from AWS's failure. */
export function accountFailure({ id, name }: AccountName, error: AwsFailure): AccountFailure {
  const { summary: cause, detail, help, kind, role } = error;
  const withoutRole = kind === 'denied' && role !== undefined;
  return { account: { id, name }, cause, detail, help, withoutRole, error };
}

/** Words around the number of accounts that couldn't be read, or whose clusters couldn't be listed. */
const TEXTS = {
  accounts: { code: 'account-unreadable', what: '', verb: 'read' },
  clusters: { code: 'clusters-unlisted', what: 'the clusters of ', verb: 'listed' },
} as const;

/**
 * Warnings about the accounts that may be skipped: one finding per cause, with up to ten accounts and then a count.
 * @throws Failure (exit 3) naming all accounts that may not be skipped
 */
export function requireReadable(
  failures: readonly AccountFailure[],
  maySkip: (account: AccountName) => boolean,
  of: keyof typeof TEXTS = 'accounts',
): Finding[] {
  const { code, what, verb } = TEXTS[of];
  const refused = failures.filter(({ account }) => !maySkip(account));
  if (refused.length > 0)
    throw new Failure(
      3,
      groupByCause(refused).map((group): Problem => {
        const [{ cause, detail, help }, ...others] = group;
        const [them, error] = others.length === 0 ? ['it', 'error'] : ['them', 'first error'];
        return {
          message: `${what}${countText(group)} can't be ${verb} (${cause}): ${namesText(group)}; ${error}: ${detail}`,
          help: `${help} ${skipHint(them)}`,
        };
      }),
    );
  return groupByCause(failures).map((group) => {
    const message = `skipped ${what}${countText(group)} (${group[0].cause}): ${namesText(group)}`;
    return warning(code, message);
  });
}

/**
 * A note that the management account was not read although the scope includes it: StackSets don't reach it, and
 * Organizations creates no role there, so only its own credentials can read it unless someone created a role.
 * @param unreadable the reason
 */
export function managementNote(account: AccountName, unreadable: string): Finding {
  const message = `skipped the management account ${accountText(account)}, because its roles can't be read: ${unreadable}`;
  return note('management-account-unread', message, {
    help: `\`merge\` keeps its entries unchanged, \`generate\` creates none. ${DEFAULT_ROLE} doesn't exist in this account. To read it, add its profile after the first one (--profile FIRST --profile MANAGEMENT). Or create a role that trusts the caller, and set it in \`assumeRole\`. To exclude it, use --exclude-account ${account.id}.`,
  });
}

/** Notes on roles that couldn't be looked up, one for each cause. */
export function roleLookupNotes(
  failures: readonly (AccountFailure & { readonly roleCount: number })[],
): Finding[] {
  return groupByCause(failures).map((group) => {
    const [{ cause, detail, help }, ...others] = group;
    const count = group.reduce((sum, { roleCount }) => sum + roleCount, 0);
    const roles = count === 1 ? '1 role' : `${count} roles`;
    const [where, error] =
      others.length === 0 ? ['account', ''] : [`${group.length} accounts`, 'first error: '];
    const message = `can't tell whether ${roles} in ${where} ${namesText(group)} still exist${count === 1 ? 's' : ''} (${cause}): ${error}${detail}`;
    return note('other-roles-unread', message, { help });
  });
}

/** Failures with the same cause. */
type Group<Failure> = readonly [Failure, ...Failure[]];

/** Groups the most frequent cause first; keeps the order within a cause. */
function groupByCause<Failure extends AccountFailure>(failures: readonly Failure[]): Group<Failure>[] {
  // If rules name several roles, each has its own next step.
  const groups = groupBy(failures, ({ cause, help }) => `${cause}\n${help}`);
  return [...groups.values()]
    .sort((one, other) => other.length - one.length)
    .flatMap(([first, ...others]): Group<Failure>[] => (first ? [[first, ...others]] : []));
}

/** How to go on without what can't be read. */
export function skipHint(them: string): string {
  return `To continue without ${them}, use --skip-unreadable ID|GLOB.`;
}

function countText({ length }: readonly unknown[]): string {
  return length === 1 ? '1 account' : `${length} accounts`;
}

function namesText(failures: readonly AccountFailure[]): string {
  return listed(failures.map(({ account }) => accountText(account)));
}
