import { type Finding, note, type Problem, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { didYouMean, listed, printable, quoted, shellWord } from '../text.ts';
import {
  accountsNamed,
  hasInvisible,
  isEmptyUnit,
  isInactive,
  type KnownAccounts,
  lookalikeMatcher,
  withExactNames,
} from './account-matcher.ts';
import { type AccountSelector, isUnitId } from './account-selector.ts';
import { type Account, accountText, stateText } from './model.ts';

/** The reason why a selector matches no account, or too many; undefined if it is fine. Ids are always fine. */
export function selectorProblem(selector: AccountSelector, known: KnownAccounts): Problem | undefined {
  if (selector.kind === 'id') return undefined;
  if (selector.kind === 'self') return known.callerAccountId === null ? UNKNOWN_SELF : undefined;
  const found = accountsNamed(selector, known);
  if (selector.kind === 'name' && found.length > 1) return ambiguousName(selector.name, found);
  if (found.length > 0) return undefined;
  switch (selector.kind) {
    case 'name':
      return {
        message: `no account is named ${quoted(selector.name)}`,
        help: didYouMean(selector.name, namesOf(known)) ?? helpWithout(namesOf(known)),
      };
    case 'glob':
      return {
        message: `no account name matches ${quoted(selector.glob)}`,
        help: helpWithout(namesOf(known)),
      };
    case 'ou':
      return isEmptyUnit(selector.ou, known) ? undefined : unknownUnitOf(selector.ou, known);
    case 'all':
      return { message: 'no accounts found', help: 'Select accounts by ID with --account.' };
  }
}

const UNKNOWN_SELF: Problem = {
  message: "can't tell which account `self` is",
  help: 'Specify the account by ID.',
};

function ambiguousName(name: string, found: readonly Account[]): Problem {
  const ids = found.map((account) =>
    isInactive(account) ? `${account.id}, ${stateText(account)}` : account.id,
  );
  return {
    message: `${found.length} accounts are named ${quoted(name)}: ${ids.join(' and ')}`,
    help: 'Specify the intended one by ID.',
  };
}

function namesOf({ accounts }: KnownAccounts): string[] {
  return accounts.flatMap(({ name }) => name ?? []);
}

function helpWithout(names: readonly string[]): string {
  return names.length === 0
    ? 'Account names are unknown here; specify accounts by ID.'
    : 'Names are case-sensitive; `aws organizations list-accounts` lists them.';
}

function unknownUnitOf(
  unit: string,
  { accounts, emptyUnits = [], isSnapshot = false }: KnownAccounts,
): Problem {
  if (!accounts.some(({ ouIds }) => ouIds !== null))
    return {
      message: `the accounts in organizational unit ${quoted(unit)} are unknown here`,
      help: 'Specify the accounts by ID, or take a snapshot with --ou or --all-accounts.',
    };
  const ofAccounts = accounts.flatMap(({ ou }) =>
    // `A` and `A/B`.
    ou ? ou.split('/').map((_, index, names) => names.slice(0, index + 1).join('/')) : [],
  );
  const { message, help } = unknownUnit(unit, [
    ...ofAccounts,
    ...emptyUnits.flatMap(({ path }) => path ?? []),
  ]);
  if (!isSnapshot) return { message, help };
  const again = `aws-auth-sso snapshot --all-accounts --exclude-account ${shellWord(printable(`ou:${unit}`))}`;
  return { message, help: `${help} If the unit is empty, take a snapshot that looks it up: \`${again}\`.` };
}

/** The problem for a unit that doesn't exist. */
export function unknownUnit(
  unit: string,
  paths: Iterable<string>,
): Required<Pick<Problem, 'message' | 'help'>> {
  return {
    message: `no account is in an organizational unit with ${isUnitId(unit) ? 'id' : 'path'} ${quoted(unit)}`,
    help:
      didYouMean(unit, paths) ??
      'Specify its ID (ou-…), or its path: the names below the root, joined by `/`.',
  };
}

/** `organizational unit "Suspended" is empty` */
export function emptyUnitText(unit: string): string {
  return `organizational unit ${quoted(unit)} is empty`;
}

/** Findings on accounts that aren't selected or excluded as it may seem. */
export function scopeFindings(
  selectors: readonly AccountSelector[],
  exclude: readonly AccountSelector[],
  known: KnownAccounts,
  {
    skipped,
    inScope,
    emptyUnits,
  }: {
    readonly skipped: readonly Account[];
    readonly inScope: ReadonlySet<string>;
    readonly emptyUnits: readonly string[];
  },
): Finding[] {
  return [
    ...[...groupBy(skipped, stateText)].map(([state, accounts]) => {
      const noun = accounts.length === 1 ? 'account' : 'accounts';
      return note('account-inactive', `skipped ${state} ${noun} ${listed(accounts.map(accountText))}`);
    }),
    ...emptyUnits.map((unit) => warning('unit-empty', emptyUnitText(unit))),
    ...exclude.flatMap((selector) => {
      if (selector.kind !== 'glob' || accountsNamed(selector, known).length > 0) return [];
      return warning('exclusion-matches-nothing', `exclusion ${quoted(selector.glob)} matches no account`);
    }),
    ...lookalikeWarning(selectors, known, inScope),
    ...selectors.flatMap((selector) =>
      selector.kind === 'glob' ? exactNameWarning(selector, known, inScope) : [],
    ),
  ];
}

/**
 * A warning about accounts that selectors seem to match but don't, because their names contain invisible characters.
 */
function lookalikeWarning(
  selectors: readonly AccountSelector[],
  known: KnownAccounts,
  inScope: ReadonlySet<string>,
): Finding[] {
  const meant = withExactNames(selectors, known.accounts);
  const looksSelected = lookalikeMatcher(meant, known.callerAccountId);
  const missed = known.accounts.filter((account) => !inScope.has(account.id) && looksSelected(account));
  if (missed.length === 0) return [];
  const message = `skipped accounts with invisible characters in their names, which match no pattern: ${listed(missed.map(accountText))}`;
  return [warning('account-name-invisible', message, { help: 'Specify such accounts by ID.' })];
}

/** A warning about a glob that is an account's name, and would match other accounts too. */
function exactNameWarning(
  selector: Extract<AccountSelector, { readonly kind: 'glob' }>,
  known: KnownAccounts,
  inScope: ReadonlySet<string>,
): Finding[] {
  const named = known.accounts.find(({ name }) => name === selector.glob);
  const others = accountsNamed(selector, known).filter(({ id }) => !inScope.has(id));
  if (!named || others.length === 0) return [];
  const message = `${quoted(selector.glob)} is the name of account ${named.id}, so it isn't used as a pattern and doesn't select ${listed(others.map(accountText))}`;
  return [warning('account-name-is-pattern', message, { help: 'To select them too, specify them by ID.' })];
}

/** Problems with selectors and exclusions that do not resolve, and with accounts that might be in the scope. */
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
    // A typo in an exclusion would grant access, so only ids and globs may match nothing.
    ...exclude.flatMap((selector) => {
      const problem = selector.kind === 'glob' ? undefined : selectorProblem(selector, known);
      return problem ? { ...problem, message: `can't resolve the exclusion: ${problem.message}` } : [];
    }),
    // Ambiguous names are reported separately.
    ...inactive.filter(hasUniqueName).map((account) => ({
      message: `account ${quoted(account.name ?? '')} (${account.id}) is ${stateText(account)}`,
      help: 'Remove it from the scope, or specify it by ID to try it anyway.',
    })),
  ];
}

/** Problems with accounts that might be excluded: including them could grant unwanted access. */
function unclearExclusions(unclear: readonly Account[]): Problem[] {
  const isDeceptive = ({ name }: Account) => name !== null && hasInvisible(name);
  const deceptive = unclear.filter(isDeceptive).map(accountText);
  const unplaced = unclear.filter((account) => !isDeceptive(account)).map(accountText);
  const ofDeceptive = {
    message: `an exclusion might apply to accounts with invisible characters in their names: ${listed(deceptive)}`,
    help: 'Exclude them by ID, or specify the accounts in the scope by ID.',
  };
  const ofUnplaced = {
    message: `can't tell whether an excluded organizational unit contains ${listed(unplaced)}`,
    help: 'Exclude accounts by ID, or take a snapshot with organizational units (--ou or --all-accounts).',
  };
  return [...(deceptive.length > 0 ? [ofDeceptive] : []), ...(unplaced.length > 0 ? [ofUnplaced] : [])];
}
