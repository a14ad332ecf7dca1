import type { Finding, Problem } from '../../errors.ts';
import { listed, quoted } from '../../text.ts';

import { type Account, accountText } from '../model.ts';
import {
  type AccountMatcher,
  type AccountSelector,
  accountMatcher,
  accountSelectorText,
  hasInvisible,
} from './account-selector.ts';
import { selectorProblem } from './scope-problem.ts';

/** A typo in an exclusion would let somebody in, so only ids and globs may match nothing. */
export function exclusionProblem(
  selector: AccountSelector,
  known: readonly Account[],
  callerAccountId: string | null,
): Problem | undefined {
  if (selector.kind === 'glob') return undefined;
  const problem = selectorProblem(selector, known, callerAccountId);
  return problem && { ...problem, message: `the exclusion does not resolve: ${problem.message}` };
}

/** An account that may or may not be excluded must not slip in. */
export function undecided(selected: readonly Account[], isExcluded: AccountMatcher): Problem[] {
  const unsure = selected.filter((account) => isExcluded(account) === undefined);
  const isDeceptive = ({ name }: Account) => name !== null && hasInvisible(name);
  const deceptive = unsure.filter(isDeceptive);
  const unplaced = unsure.filter((account) => !isDeceptive(account));
  return [
    ...(deceptive.length === 0 ? [] : [deceptiveNames(deceptive)]),
    ...(unplaced.length === 0 ? [] : [unplacedAccounts(unplaced)]),
  ];
}

function deceptiveNames(accounts: readonly Account[]): Problem {
  return {
    message: `an exclusion may mean an account whose name has invisible characters: ${listed(accounts.map(accountText))}`,
    help: 'Exclude it by id, or name the accounts of the scope by id.',
  };
}

function unplacedAccounts(accounts: readonly Account[]): Problem {
  return {
    message: `nobody can say here whether an excluded organizational unit holds ${listed(accounts.map(accountText))}`,
    help: 'Exclude accounts by id, or take a snapshot that has the organizational units (--ou or --all-accounts).',
  };
}

export function emptyExclusions(
  exclude: readonly AccountSelector[],
  known: readonly Account[],
  callerAccountId: string | null,
): Finding[] {
  const empty = exclude.filter(
    (selector) => selector.kind === 'glob' && !known.some(accountMatcher(selector, callerAccountId)),
  );
  return empty.map((selector) => ({
    severity: 'warning',
    code: 'exclusion-matches-nothing',
    message: `the exclusion ${quoted(accountSelectorText(selector))} matches no account`,
  }));
}
