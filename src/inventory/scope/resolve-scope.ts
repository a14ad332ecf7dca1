import type { Finding, Problem } from '../../errors.ts';
import { compareStrings, listed, quoted } from '../../text.ts';

import { selectorsOf } from '../call-plan.ts';
import { type Account, accountText, stateText } from '../model.ts';
import type { InventoryQuery } from '../query.ts';
import {
  type AccountMatcher,
  type AccountSelector,
  accountMatcher,
  anyMatcher,
  exclusionMatcher,
  isInactive,
} from './account-selector.ts';
import { emptyExclusions, exclusionProblem, undecided } from './exclusion.ts';
import { lookalikeFinding } from './lookalike.ts';
import { selectorProblem } from './scope-problem.ts';

/** An account of the scope. */
export interface ScopeAccount {
  readonly id: string;
  /** Whether it was given by id, exact name or `self`: a selector has to resolve there. */
  readonly exact: boolean;
}

export interface ResolvedScope {
  /** In the order of the selectors; ascending by id within a glob, an organizational unit or "all". */
  readonly accounts: readonly ScopeAccount[];
  /** Accounts that were selected but are left out: excluded, suspended or closed. */
  readonly leftOut: readonly string[];
  readonly findings: readonly Finding[];
  /** Selectors that do not resolve; a scope with problems is of no use (exit 2). */
  readonly problems: readonly Problem[];
}

/**
 * Which accounts the selectors name.
 * @param accounts what is known of the organization; may be empty where only ids and `self` are used
 * @param callerAccountId what `self` stands for; null where nobody can say
 */
export function resolveScope(
  selectors: readonly AccountSelector[],
  exclude: readonly AccountSelector[],
  accounts: readonly Account[],
  callerAccountId: string | null,
): ResolvedScope {
  const known = [...accounts].sort((one, other) => compareStrings(one.id, other.id));
  const selected = select(selectors, known, callerAccountId);
  const isExcluded = exclusionMatcher(exclude, callerAccountId);
  const kept = selected.filter(({ account }) => isExcluded(account) !== true);
  const inactive = kept.filter(({ account, given }) => isInactive(account) && !given.has('id'));
  const inScope = kept.filter((one) => !inactive.includes(one));
  const inScopeIds = new Set(inScope.map(({ account }) => account.id));
  return {
    accounts: inScope.map(({ account, given }) => ({ id: account.id, exact: given.size > 0 })),
    leftOut: selected.map(({ account }) => account.id).filter((id) => !inScopeIds.has(id)),
    findings: [
      ...inactiveFinding(inactive),
      ...emptyExclusions(exclude, known, callerAccountId),
      ...lookalikeFinding(selectors, known, callerAccountId, inScopeIds),
    ],
    problems: [
      ...undecided(
        selected.map(({ account }) => account),
        isExcluded,
      ),
      ...selectors.flatMap((selector) => selectorProblem(selector, known, callerAccountId) ?? []),
      ...exclude.flatMap((selector) => exclusionProblem(selector, known, callerAccountId) ?? []),
      ...inactive.filter(isNamedAlone(known)).map(({ account }) => inactiveProblem(account)),
    ],
  };
}

interface Selected {
  readonly account: Account;
  /** How it was given exactly, if at all. */
  readonly given: Set<'id' | 'name'>;
}

function select(
  selectors: readonly AccountSelector[],
  known: readonly Account[],
  callerAccountId: string | null,
): Selected[] {
  const selected = new Map<string, Selected>();
  for (const selector of selectors) {
    for (const account of accountsOf(selector, known, callerAccountId)) {
      const entry = selected.get(account.id) ?? { account, given: new Set() };
      if (selector.kind === 'id' || selector.kind === 'self') entry.given.add('id');
      if (selector.kind === 'name') entry.given.add('name');
      selected.set(account.id, entry);
    }
  }
  return [...selected.values()];
}

function accountsOf(
  selector: AccountSelector,
  known: readonly Account[],
  callerAccountId: string | null,
): readonly Account[] {
  const matches = accountMatcher(selector, callerAccountId);
  const found = known.filter((account) => matches(account) === true);
  const id = selector.kind === 'id' ? selector.id : selector.kind === 'self' ? callerAccountId : null;
  return found.length === 0 && id !== null ? [unlistedAccount(id)] : found;
}

/** An account that is known by its id alone. */
export function unlistedAccount(id: string): Account {
  return { id, name: null, state: null, ou: null, ouIds: null, rolesRead: false, unreadable: null };
}

/** Given by a name that it shares with nobody; shared names have a problem of their own. */
function isNamedAlone(known: readonly Account[]): (selected: Selected) => boolean {
  return ({ account, given }) =>
    given.has('name') && known.filter(({ name }) => name === account.name).length === 1;
}

function inactiveProblem(account: Account): Problem {
  return {
    message: `account ${quoted(account.name ?? '')} (${account.id}) is ${stateText(account)}`,
    help: 'Take it out of the scope; by its id it would be tried all the same.',
  };
}

function inactiveFinding(inactive: readonly Selected[]): Finding[] {
  const skipped = inactive.filter(({ given }) => given.size === 0).map(({ account }) => account);
  if (skipped.length === 0) return [];
  const names = listed(skipped.map((account) => `${accountText(account)} ${stateText(account)}`));
  return [{ severity: 'note', code: 'account-inactive', message: `skipped, for it is not active: ${names}` }];
}

/** `resolveScope` with the question's `within` taken into account; findings are those of both. */
export function resolveQuery(
  { scope, within, exclude }: InventoryQuery,
  accounts: readonly Account[],
  callerAccountId: string | null,
): ResolvedScope {
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
  { scope, within, exclude }: InventoryQuery,
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
  { scope }: InventoryQuery,
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
  question: InventoryQuery,
  accounts: readonly Account[],
  callerAccountId: string,
): Account[] {
  const isNamed = anyMatcher(selectorsOf(question), callerAccountId);
  const named = accounts.filter((account) => isNamed(account) === true);
  return named.sort((one, other) => compareStrings(one.id, other.id));
}
