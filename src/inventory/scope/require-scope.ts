import { Failure, type Problem, refusal } from '../../errors.ts';
import { listed, printable, quoted, shellWord } from '../../text.ts';
import { type Account, accountText, stateText } from '../model.ts';
import type { InventoryQuery } from '../query.ts';
import { ReadTime } from '../read-time.ts';
import { type AccountSelector, isInactive, type KnownAccounts } from './account-selector.ts';
import {
  accountLookup,
  type ResolvedScope,
  resolveQuery,
  resolveScope,
  type ScopeAccount,
} from './resolve-scope.ts';
import { emptyUnitText } from './scope-problems.ts';

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
