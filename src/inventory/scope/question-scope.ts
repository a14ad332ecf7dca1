import { compareStrings } from '../../text.ts';
import type { Account } from '../model.ts';
import { selectorsOf } from '../plan.ts';
import type { Question } from '../question.ts';
import { type AccountMatcher, anyMatcher, exclusionMatcher, isInactive } from './account-matcher.ts';
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
  const excluded = exclusionMatcher(exclude, callerAccountId);
  return (account) =>
    !isInactive(account) &&
    selected(account) === true &&
    limited(account) === true &&
    excluded(account) === false;
}

/**
 * The accounts that were listed, and those that the scope gives by id and nobody listed.
 * @param listedWhole whether an account that was not listed is outside the organization
 */
export function withStatedAccounts(
  { scope }: Question,
  listed: readonly Account[],
  callerAccountId: string,
  listedWhole: boolean,
): readonly Account[] {
  const known = new Set(listed.map(({ id }) => id));
  const stated = scope.flatMap((selector) => {
    if (selector.kind === 'self') return [callerAccountId];
    return selector.kind === 'id' ? [selector.id] : [];
  });
  const others = [...new Set(stated)].filter((id) => !known.has(id));
  return [...listed, ...others.map((id) => ({ ...unlistedAccount(id), ouIds: listedWhole ? [] : null }))];
}

/** The accounts that any of the question's selectors names, ascending by id. */
export function accountsConcerned(
  question: Question,
  accounts: readonly Account[],
  callerAccountId: string,
): Account[] {
  const isNamed = anyMatcher(selectorsOf(question), callerAccountId);
  const named = accounts.filter((account) => isNamed(account) === true);
  return named.sort((one, other) => compareStrings(one.id, other.id));
}
