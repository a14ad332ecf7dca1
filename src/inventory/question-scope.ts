import { type AccountMatcher, anyMatcher, isInactive } from './account-matcher.ts';
import type { Account } from './model.ts';
import { selectorsOf } from './plan.ts';
import type { Question } from './question.ts';
import { resolveScope, type Scope, unlistedAccount } from './scope.ts';

/** `resolveScope` with the question's `within` taken into account; findings are those of both. */
export function resolveQuestion(
  { scope, within, exclude }: Question,
  accounts: readonly Account[],
  callerAccountId: string | null,
): Scope {
  const whole = resolveScope(scope, exclude, accounts, callerAccountId);
  if (within === null) return whole;
  const limit = resolveScope(within, exclude, accounts, callerAccountId);
  const ids = new Set(limit.accounts.map(({ id }) => id));
  const kept = whole.accounts.filter(({ id }) => ids.has(id));
  const cut = whole.accounts.filter(({ id }) => !ids.has(id)).map(({ id }) => id);
  return {
    accounts: kept,
    leftOut: [...whole.leftOut, ...cut],
    findings: [...whole.findings, ...limit.findings],
    problems: [...whole.problems, ...limit.problems],
  };
}

/** Answers, of one account as it is listed, whether it is in the scope whatever else is listed; when in doubt, false. */
export function surelyInScope(
  { scope, within, exclude }: Question,
  callerAccountId: string,
): (account: Account) => boolean {
  const selected = anyMatcher(scope, callerAccountId);
  const limited: AccountMatcher = within === null ? () => true : anyMatcher(within, callerAccountId);
  const excluded = anyMatcher(exclude, callerAccountId);
  return (account) =>
    !isInactive(account) &&
    selected(account) === true &&
    limited(account) === true &&
    excluded(account) === false;
}

/**
 * The accounts that the question is about, ascending by id: all that any of its selectors names.
 * @param listedWhole whether an account that is not among `accounts` is outside the organization
 */
export function accountsConcerned(
  question: Question,
  scope: Scope,
  accounts: readonly Account[],
  callerAccountId: string,
  listedWhole: boolean,
): Account[] {
  const isNamed = anyMatcher(selectorsOf(question), callerAccountId);
  const named = accounts.filter((account) => isNamed(account) === true);
  const listed = new Set(accounts.map(({ id }) => id));
  const others = [...scope.accounts.map(({ id }) => id), ...scope.leftOut].filter((id) => !listed.has(id));
  const unlisted = [...new Set(others)].map((id) => ({
    ...unlistedAccount(id),
    ouIds: listedWhole ? [] : null,
  }));
  return [...named, ...unlisted].sort((one, other) => (one.id < other.id ? -1 : 1));
}
