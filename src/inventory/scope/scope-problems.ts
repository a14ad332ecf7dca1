import { type Finding, note, type Problem, warning } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { didYouMean, listed, quoted } from '../../text.ts';
import { type Account, accountText, stateText } from '../model.ts';
import {
  type AccountSelector,
  accountsNamed,
  hasInvisible,
  isInactive,
  isUnitId,
  type KnownAccounts,
  lookalikeMatcher,
  withExactNames,
} from './account-selector.ts';

/** Why a selector names no account, or more than it may; undefined where it is fine. Ids are always fine. */
export function selectorProblem(selector: AccountSelector, known: KnownAccounts): Problem | undefined {
  if (selector.kind === 'id') return undefined;
  if (selector.kind === 'self') return known.callerAccountId === null ? UNKNOWN_SELF : undefined;
  const found = accountsNamed(selector, known);
  if (selector.kind === 'name' && found.length > 1) return ambiguousName(selector.name, found);
  if (found.length > 0) return undefined;
  switch (selector.kind) {
    case 'name':
      return unknownName(selector.name, namesOf(known));
    case 'glob':
      return {
        message: `no account's name matches ${quoted(selector.glob)}`,
        help: helpWithout(namesOf(known)),
      };
    case 'ou':
      return emptyUnit(selector.ou, known.accounts);
    case 'all':
      return { message: 'there is no account', help: 'Give accounts by id with --account.' };
  }
}

const UNKNOWN_SELF: Problem = {
  message: 'cannot tell which account `self` is',
  help: 'Give the account by its id.',
};

function ambiguousName(name: string, found: readonly Account[]): Problem {
  const ids = found.map((account) =>
    isInactive(account) ? `${account.id}, ${stateText(account)}` : account.id,
  );
  return {
    message: `${found.length} accounts are named ${quoted(name)}: ${ids.join(' and ')}`,
    help: 'Give the intended one by its id.',
  };
}

function unknownName(name: string, names: readonly string[]): Problem {
  return {
    message: `no account is named ${quoted(name)}`,
    help: didYouMean(name, names) ?? helpWithout(names),
  };
}

function namesOf({ accounts }: KnownAccounts): string[] {
  return accounts.flatMap(({ name }) => name ?? []);
}

function helpWithout(names: readonly string[]): string {
  return names.length === 0
    ? 'Account names are not known here; give accounts by id.'
    : 'Names are case-sensitive; `aws organizations list-accounts` shows them.';
}

function emptyUnit(unit: string, known: readonly Account[]): Problem {
  const paths = known.flatMap(({ ou }) => (ou ? prefixesOf(ou) : []));
  if (known.some(({ ouIds }) => ouIds !== null)) return unknownUnit(unit, paths);
  return {
    message: `the accounts of organizational unit ${quoted(unit)} are not known here`,
    help: 'Give the accounts by id, or take a snapshot with --ou or --all-accounts.',
  };
}

/** For a unit that does not exist, or holds no account. */
export function unknownUnit(unit: string, paths: Iterable<string>): Problem {
  return {
    message: `no account is in an organizational unit with the ${isUnitId(unit) ? 'id' : 'path'} ${quoted(unit)}`,
    help:
      didYouMean(unit, paths) ??
      'Give its id (ou-…), or the names from the root down, joined by `/`, without the root.',
  };
}

/** `A/B` and `A`. */
function prefixesOf(path: string): string[] {
  return path.split('/').map((_, index, names) => names.slice(0, index + 1).join('/'));
}

/** What was selected or excluded in another way than it seems. */
export function scopeFindings(
  selectors: readonly AccountSelector[],
  exclude: readonly AccountSelector[],
  known: KnownAccounts,
  { skipped, inScope }: { readonly skipped: readonly Account[]; readonly inScope: ReadonlySet<string> },
): Finding[] {
  return [
    ...inactiveNotes(skipped),
    ...exclude.flatMap((selector) => {
      if (selector.kind !== 'glob' || accountsNamed(selector, known).length > 0) return [];
      return warning(
        'exclusion-matches-nothing',
        `the exclusion ${quoted(selector.glob)} matches no account`,
      );
    }),
    ...lookalikeWarning(selectors, known, inScope),
    ...selectors.flatMap((selector) =>
      selector.kind === 'glob' ? exactNameWarning(selector, known, inScope) : [],
    ),
  ];
}

/** Accounts that the selectors seem to name, and do not, because their names hold invisible characters. */
function lookalikeWarning(
  selectors: readonly AccountSelector[],
  known: KnownAccounts,
  inScope: ReadonlySet<string>,
): Finding[] {
  const meant = withExactNames(selectors, known.accounts);
  const looksSelected = lookalikeMatcher(meant, known.callerAccountId);
  const missed = known.accounts.filter((account) => !inScope.has(account.id) && looksSelected(account));
  if (missed.length === 0) return [];
  const message = `skipped accounts whose names have invisible characters, which match no pattern: ${listed(missed.map(accountText))}`;
  return [warning('account-name-invisible', message, { help: 'Give such accounts by id.' })];
}

/** A glob that is the name of an account, and would match others as well. */
function exactNameWarning(
  selector: Extract<AccountSelector, { readonly kind: 'glob' }>,
  known: KnownAccounts,
  inScope: ReadonlySet<string>,
): Finding[] {
  const named = known.accounts.find(({ name }) => name === selector.glob);
  const others = accountsNamed(selector, known).filter(({ id }) => !inScope.has(id));
  if (!named || others.length === 0) return [];
  const message = `${quoted(selector.glob)} is the name of account ${named.id}, so it is no pattern and does not select ${listed(others.map(accountText))}`;
  return [warning('account-name-is-pattern', message, { help: 'To select them too, give them by id.' })];
}

function inactiveProblem(account: Account): Problem {
  return {
    message: `account ${quoted(account.name ?? '')} (${account.id}) is ${stateText(account)}`,
    help: 'Remove it from the scope, or give its id to try it anyway.',
  };
}

function inactiveNotes(skipped: readonly Account[]): Finding[] {
  return [...groupBy(skipped, stateText)].map(([state, accounts]) => {
    const noun = accounts.length === 1 ? 'account' : 'accounts';
    return note('account-inactive', `skipped ${state} ${noun} ${listed(accounts.map(accountText))}`);
  });
}

/** Selectors and exclusions that do not resolve, and accounts that may or may not be in the scope. */
export function scopeProblems(
  selectors: readonly AccountSelector[],
  exclude: readonly AccountSelector[],
  known: KnownAccounts,
  { unclear, inactive }: { readonly unclear: readonly Account[]; readonly inactive: readonly Account[] },
): Problem[] {
  const hasUniqueName = ({ name }: Account) =>
    known.accounts.filter((account) => account.name === name).length === 1;
  return [
    ...unclearExclusions(unclear),
    ...selectors.flatMap((selector) => selectorProblem(selector, known) ?? []),
    ...exclude.flatMap((selector) => exclusionProblem(selector, known) ?? []),
    // Names that several accounts share are a problem of their own.
    ...inactive.filter(hasUniqueName).map(inactiveProblem),
  ];
}

/** A typo in an exclusion would let somebody in, so only ids and globs may match nothing. */
function exclusionProblem(selector: AccountSelector, known: KnownAccounts): Problem | undefined {
  if (selector.kind === 'glob') return undefined;
  const problem = selectorProblem(selector, known);
  return problem && { ...problem, message: `cannot resolve the exclusion: ${problem.message}` };
}

/** An account that may or may not be excluded must not slip in. */
function unclearExclusions(unclear: readonly Account[]): Problem[] {
  const isDeceptive = ({ name }: Account) => name !== null && hasInvisible(name);
  const deceptive = unclear.filter(isDeceptive).map(accountText);
  const unplaced = unclear.filter((account) => !isDeceptive(account)).map(accountText);
  const ofDeceptive = {
    message: `an exclusion may mean an account whose name has invisible characters: ${listed(deceptive)}`,
    help: 'Exclude it by id, or give the accounts of the scope by id.',
  };
  const ofUnplaced = {
    message: `cannot tell whether an excluded organizational unit contains ${listed(unplaced)}`,
    help: 'Exclude accounts by id, or take a snapshot that has the organizational units (--ou or --all-accounts).',
  };
  return [...(deceptive.length > 0 ? [ofDeceptive] : []), ...(unplaced.length > 0 ? [ofUnplaced] : [])];
}
