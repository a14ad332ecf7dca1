import { Failure, type Finding, type Problem, refusal } from '../errors.ts';
import { compareStrings, listed, printable, quoted, shellWord } from '../text.ts';
import {
  type AccountMatcher,
  accountsNamed,
  anyMatcher,
  isEmptyUnit,
  isInactive,
  type KnownAccounts,
  lookalikeMatcher,
  withExactNames,
} from './account-matcher.ts';
import type { AccountSelector } from './account-selector.ts';
import { type Account, accountText, type EmptyUnit, stateText, unlistedAccount } from './model.ts';
import { type InventoryQuery, selectorsOf } from './query.ts';
import { ReadTime } from './read-time.ts';
import { emptyUnitText, scopeFindings, scopeProblems } from './scope-problems.ts';

/** An account in the scope. */
export interface ScopeAccount {
  readonly id: string;
  /** True if the account was selected by ID, exact name or `self`: there, every mapping must resolve. */
  readonly exact: boolean;
}

interface ResolvedScope {
  /** In the order of the selectors; ascending by ID within a glob, an organizational unit or "all". */
  readonly accounts: readonly ScopeAccount[];
  /** Accounts that were selected but skipped: excluded, suspended or closed. */
  readonly leftOut: readonly Account[];
  /** Selected organizational units without accounts, as they are selected. */
  readonly emptyUnits: readonly string[];
  readonly findings: readonly Finding[];
  /** Selectors that do not resolve; a scope with problems can't be used (exit 2). */
  readonly problems: readonly Problem[];
}

/**
 * Resolves selectors to accounts. A glob that is an account's name isn't a pattern; in an exclusion it is both, so that
 * an account's name can't bypass an exclusion.
 * @param accounts known accounts of the organization; may be empty if the selectors are only ids and `self`
 */
export function resolveScope(
  stated: readonly AccountSelector[],
  exclude: readonly AccountSelector[],
  given: KnownAccounts,
): ResolvedScope {
  const { accounts, callerAccountId } = given;
  const readTime = ReadTime.of(given);
  const dated = <Told extends Problem>(told: Told): Told => ({
    ...told,
    message: readTime.dated(told.message),
  });
  const known = { ...given, accounts: [...accounts].sort(byId) };
  const selectors = withExactNames(stated, accounts);
  const selected = select(selectors, known);
  const isExcluded = exclusionMatcher(exclude, callerAccountId);
  const kept = selected.filter(({ account }) => isExcluded(account) !== true);
  const isSkipped = ({ account, givenBy }: Selection) => isInactive(account) && givenBy !== 'id';
  const inactive = (by: Selection['givenBy']) =>
    kept.filter((one) => isSkipped(one) && one.givenBy === by).map(({ account }) => account);
  const inScope = kept.filter((selection) => !isSkipped(selection));
  const inScopeIds = new Set(inScope.map(({ account }) => account.id));
  const all = selected.map(({ account }) => account);
  const unclear = all.filter((account) => isExcluded(account) === undefined);
  const emptyUnits = selectors.flatMap((selector) =>
    selector.kind === 'ou' && accountsNamed(selector, known).length === 0 && isEmptyUnit(selector.ou, known)
      ? selector.ou
      : [],
  );
  return {
    accounts: inScope.map(({ account, givenBy }) => ({ id: account.id, exact: givenBy !== null })),
    leftOut: all.filter(({ id }) => !inScopeIds.has(id)),
    emptyUnits,
    findings: scopeFindings(stated, exclude, known, {
      skipped: inactive(null),
      inScope: inScopeIds,
      emptyUnits,
    }).map(dated),
    problems: scopeProblems(selectors, exclude, known, { unclear, inactive: inactive('name') }).map(dated),
  };
}

interface Selection {
  readonly account: Account;
  /** How the account was selected exactly, with the id preferred; null for a glob, an organizational unit or "all". */
  readonly givenBy: 'id' | 'name' | null;
}

function select(selectors: readonly AccountSelector[], known: KnownAccounts): Selection[] {
  const selected = new Map<string, Selection>();
  for (const selector of selectors) {
    const found = accountsNamed(selector, known);
    const id = statedId(selector, known.callerAccountId);
    const own =
      selector.kind === 'id' || selector.kind === 'self' ? 'id' : selector.kind === 'name' ? 'name' : null;
    for (const account of found.length === 0 && id !== null ? [unlistedAccount(id)] : found) {
      const before = selected.get(account.id)?.givenBy ?? null;
      selected.set(account.id, { account, givenBy: before === 'id' ? 'id' : (own ?? before) });
    }
  }
  return [...selected.values()];
}

function statedId(selector: AccountSelector, callerAccountId: string | null): string | null {
  if (selector.kind === 'self') return callerAccountId;
  return selector.kind === 'id' ? selector.id : null;
}

/**
 * `resolveScope` with the query's `within` applied; an account is exact if either names it exactly. Findings are
 * reported with the mappings' scopes instead.
 */
export function resolveQuery(
  { scope, within, exclude, fromFile = false }: InventoryQuery,
  known: KnownAccounts,
): Pick<ResolvedScope, 'accounts' | 'problems'> {
  const { accounts: selected, problems } = resolveScope(scope, exclude, known);
  const stated = selected.map(({ id, exact }) => ({ id, exact: exact && !fromFile }));
  if (within === null) return { accounts: stated, problems };
  const limit = resolveScope(within, exclude, known);
  const isExact = new Map(limit.accounts.map(({ id, exact }) => [id, exact]));
  return {
    accounts: stated
      .filter(({ id }) => isExact.has(id))
      .map(({ id, exact }) => ({ id, exact: exact || isExact.get(id) === true })),
    problems: [...problems, ...limit.problems],
  };
}

/**
 * Returns a test for an account in the scope. Without scope flags, the scope contains every account that isn't
 * excluded, even outside the organization.
 */
export function scopeTest(
  { within, exclude }: Pick<InventoryQuery, 'within' | 'exclude'>,
  { accounts, callerAccountId }: KnownAccounts = { accounts: [], callerAccountId: null },
): (accountId: string) => boolean {
  const accountOf = accountLookup(accounts);
  const isSelected: AccountMatcher =
    within === null ? () => true : anyMatcher(withExactNames(within, accounts), callerAccountId);
  const isExcluded = exclusionMatcher(exclude, callerAccountId);
  return (id) => {
    const account = accountOf(id);
    return isSelected(account) === true && isExcluded(account) !== true;
  };
}

/** Finds accounts by ID; unlisted accounts only have their id. */
export function accountLookup(accounts: readonly Account[]): (id: string) => Account {
  const known = new Map(accounts.map((account) => [account.id, account]));
  return (id) => known.get(id) ?? unlistedAccount(id);
}

/**
 * Returns a test for an account in the scope before all accounts are listed; false when in doubt. A glob may still turn
 * out to be another account's name, so data read early only counts if `requireScope` returns the account in the end.
 */
export function surelyInScope(
  { scope, within, exclude }: InventoryQuery,
  callerAccountId: string,
): (account: Account) => boolean {
  const isSelected = anyMatcher(scope, callerAccountId);
  const isWithin: AccountMatcher = within === null ? () => true : anyMatcher(within, callerAccountId);
  const isExcluded = exclusionMatcher(exclude, callerAccountId);
  return (account) =>
    !isInactive(account) &&
    isSelected(account) === true &&
    isWithin(account) === true &&
    isExcluded(account) === false;
}

/** The accounts that Organizations lists. */
export interface AccountListing {
  readonly accounts: readonly Account[];
  /** Organizational units without accounts: all that the query selects, and others. */
  readonly emptyUnits: readonly EmptyUnit[];
  /** True if these are all accounts of the organization: any other account is outside it. */
  readonly isWhole: boolean;
}

/** The listed accounts, and unlisted ones that the scope selects by ID. */
export function withStatedAccounts(
  { scope }: InventoryQuery,
  { accounts, isWhole }: Pick<AccountListing, 'accounts' | 'isWhole'>,
  callerAccountId: string,
): readonly Account[] {
  const known = new Set(accounts.map(({ id }) => id));
  const stated = new Set(scope.flatMap((selector) => statedId(selector, callerAccountId) ?? []));
  const unlisted = [...stated].filter((id) => !known.has(id));
  return [...accounts, ...unlisted.map((id) => ({ ...unlistedAccount(id), ouIds: isWhole ? [] : null }))];
}

/** The accounts that any selector of the query selects, ascending by ID. */
export function accountsConcerned(
  query: InventoryQuery,
  { accounts, callerAccountId }: KnownAccounts,
): Account[] {
  const isNamed = anyMatcher(selectorsOf(query), callerAccountId);
  return accounts.filter((account) => isNamed(account) === true).sort(byId);
}

function byId(one: Account, other: Account): number {
  return compareStrings(one.id, other.id);
}

/**
 * Returns a matcher for excluded accounts: also undefined for an account that only looks excluded, so that an invisible
 * character can't bypass an exclusion.
 */
function exclusionMatcher(
  selectors: readonly AccountSelector[],
  callerAccountId: string | null,
): AccountMatcher {
  const matches = anyMatcher(selectors, callerAccountId);
  const looksExcluded = lookalikeMatcher(selectors, callerAccountId);
  return (account) => (looksExcluded(account) ? undefined : matches(account));
}

/**
 * The accounts in a query's scope.
 * @throws Failure (exit 2) for selectors that do not resolve, and for an empty scope
 */
export function requireScope(query: InventoryQuery, known: KnownAccounts): readonly ScopeAccount[] {
  const { accounts, problems } = resolveQuery(query, known);
  if (problems.length > 0) throw new Failure(2, problems);
  if (accounts.length === 0 && !query.mayBeEmpty) throw emptyScopeFailure(query, known);
  return accounts;
}

/** Explains why a query's scope is empty. */
export function emptyScopeFailure(
  { scope, within, exclude, fromFile = false }: InventoryQuery,
  known: KnownAccounts,
): Failure {
  const accountOf = accountLookup(known.accounts);
  const wanted = resolveScope(scope, exclude, known);
  const limit = within ?? scope;
  const selected = resolveScope(limit, exclude, known);
  const empty = [wanted, selected].find(({ accounts }) => accounts.length === 0);
  if (empty) {
    const { message, help } = emptyScope(empty);
    return refusal({ message: ReadTime.of(known).dated(message), ...(help && { help }) });
  }
  const accountsOf = ({ accounts }: ResolvedScope) => accounts.map(({ id }) => accountOf(id));
  return refusal(disjointScope(limit, accountsOf(selected), accountsOf(wanted), !fromFile));
}

/** The problem for a scope without accounts, or whose accounts were all skipped: excluded, or not active. */
function emptyScope({ leftOut, emptyUnits }: ResolvedScope): Problem {
  const skipped = leftOut.length > 0 ? [`skipped ${listed(leftOut.map(leftOutText))}`] : [];
  const isExcluded = leftOut.some((account) => !isInactive(account));
  const others =
    leftOut.length > 0 ? 'active accounts, or specify one by ID to try it anyway' : 'other accounts';
  return {
    message: `the scope contains no accounts: ${[...skipped, ...emptyUnits.map(emptyUnitText)].join('; ')}`,
    help: isExcluded ? 'Remove the exclusion, or select other accounts.' : `Select ${others}.`,
  };
}

/**
 * The problem for scope flags that select none of the wanted accounts.
 * @param isConfig true if a config names the accounts, false if they come from files and access entries with roles to
 *   look up
 */
function disjointScope(
  flags: readonly AccountSelector[],
  selected: readonly Account[],
  wanted: readonly Account[],
  isConfig: boolean,
): Problem {
  const verb = flags.length === 1 ? 'selects' : 'select';
  const whose = isConfig ? "the config's accounts" : 'the accounts to look up';
  const next = isConfig
    ? `use the config for ${accountsText(selected)}`
    : 'omit the account options to look up all of them';
  return {
    message: `the scope contains no accounts: ${listed(flags.map(scopeFlag))} ${verb} none of ${whose}, ${listed(wanted.map(accountText))}`,
    help: `Select one of these accounts, or ${next}.`,
  };
}

/** The problem for a scope with accounts, and a config whose mappings are all for other accounts. */
export function unmappedScope(
  scope: readonly Account[],
  wanted: readonly Account[],
  { leftOut, emptyUnits }: Pick<ResolvedScope, 'leftOut' | 'emptyUnits'>,
): Problem {
  const units = emptyUnits.map((unit) => `organizational unit ${quoted(unit)} (empty)`);
  const named = [...wanted.map(accountText), ...leftOut.map(leftOutText), ...units];
  return {
    message: `no mapping applies to the scope: the scope is ${listed(scope.map(accountText))}, the mappings are for ${listed(named)}`,
    help: `Select one of these accounts, or add a mapping for ${accountsText(scope)}.`,
  };
}

function accountsText(accounts: readonly Account[]): string {
  return `${accounts.length === 1 ? 'account' : 'accounts'} ${listed(accounts.map(accountText))}`;
}

/** `111122223333 (prod, suspended)` */
function leftOutText(account: Account): string {
  const reason = isInactive(account) ? stateText(account) : 'excluded';
  return `${account.id} (${account.name === null ? '' : `${printable(account.name)}, `}${reason})`;
}

/** The scope flag for a selector. */
function scopeFlag(selector: AccountSelector): string {
  switch (selector.kind) {
    case 'id':
      return `--account ${selector.id}`;
    case 'self':
      return '--account self';
    case 'name':
      return `--account ${shellWord(printable(selector.name))}`;
    case 'glob':
      return `--account ${shellWord(printable(selector.glob))}`;
    case 'ou':
      return `--ou ${shellWord(printable(selector.ou))}`;
    case 'all':
      return '--all-accounts';
  }
}
