import { globMatcher } from '../../glob.ts';
import type { Account } from '../model.ts';
import type { AccountSelector } from './account-selector.ts';
import { hasInvisible, visibleForm } from './invisible-name.ts';
import { isInUnit } from './unit.ts';

/** Whether an account is selected; undefined where too little is known of the account to tell. */
export type AccountMatcher = (account: Account) => boolean | undefined;

export function accountMatcher(selector: AccountSelector, callerAccountId: string | null): AccountMatcher {
  switch (selector.kind) {
    case 'id':
      return ({ id }) => id === selector.id;
    case 'self':
      return ({ id }) => id === callerAccountId;
    case 'name':
      return ({ name }) => name === selector.name;
    case 'glob': {
      const matches = globMatcher(selector.glob);
      return ({ name }) => name !== null && !hasInvisible(name) && matches(name);
    }
    case 'ou':
      return (account) => isInUnit(account, selector.ou);
    case 'all':
      return () => true;
  }
}

/** Whether any of the selectors takes an account: true as soon as one does, undefined as long as one cannot tell. */
export function anyMatcher(
  selectors: readonly AccountSelector[],
  callerAccountId: string | null,
): AccountMatcher {
  const matchers = selectors.map((selector) => accountMatcher(selector, callerAccountId));
  return (account) => {
    const answers = matchers.map((matches) => matches(account));
    if (answers.includes(true)) return true;
    return answers.includes(undefined) ? undefined : false;
  };
}

/**
 * Whether an account is excluded: undefined also for one that only looks as if it were, so that nobody gets past an exclusion by a
 * character that cannot be seen.
 */
export function exclusionMatcher(
  selectors: readonly AccountSelector[],
  callerAccountId: string | null,
): AccountMatcher {
  const matches = anyMatcher(selectors, callerAccountId);
  const looksExcluded = lookalikeMatcher(selectors, callerAccountId);
  return (account) => {
    const answer = matches(account);
    return answer === false && looksExcluded(account) ? undefined : answer;
  };
}

/** Whether a pattern or name seems to take an account, and does not, for its name holds characters that nobody sees. */
export function lookalikeMatcher(
  selectors: readonly AccountSelector[],
  callerAccountId: string | null,
): (account: Account) => boolean {
  const matches = anyMatcher(selectors, callerAccountId);
  const tests = selectors.flatMap((selector) => {
    if (selector.kind === 'glob') return globMatcher(selector.glob);
    return selector.kind === 'name' ? (name: string) => name === selector.name : [];
  });
  return (account) => {
    const { name } = account;
    if (name === null || !hasInvisible(name) || matches(account) === true) return false;
    return tests.some((takes) => takes(name) || takes(visibleForm(name)));
  };
}

/** Suspended, closed, about to be closed, or not yet there: its roles cannot be read. */
export function isInactive(account: Account): boolean {
  return account.state !== null && account.state !== 'ACTIVE';
}
