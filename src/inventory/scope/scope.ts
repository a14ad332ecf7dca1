import type { Finding, Problem } from '../../errors.ts';
import { compareStrings, listed, quoted } from '../../text.ts';
import type { Account } from '../model.ts';
import { accountMatcher, exclusionMatcher, isInactive } from './account-matcher.ts';
import type { AccountSelector } from './account-selector.ts';
import { accountText, stateText } from './account-text.ts';
import { emptyExclusions, exclusionProblem, undecided } from './exclusion.ts';
import { lookalikeFinding } from './lookalike.ts';
import { selectorProblem } from './scope-problem.ts';

/** An account of the scope. */
export interface ScopeAccount {
  readonly id: string;
  /** Whether it was given by id, exact name or `self`: a selector has to resolve there. */
  readonly exact: boolean;
}

export interface Scope {
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
): Scope {
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
