import { isAccountId } from '../../arn.ts';
import { globMatcher, globProblem, isGlob } from '../../glob.ts';
import type { Account, Inventory } from '../model.ts';

/** How accounts are selected, in flags and in the config. */
export type AccountSelector =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'glob'; readonly glob: string }
  | { readonly kind: 'ou'; readonly ou: string }
  | { readonly kind: 'self' }
  | { readonly kind: 'all' };

/** The accounts that are known, and which of them `self` is. */
export type KnownAccounts = Pick<Inventory, 'accounts' | 'callerAccountId'>;

const OU_PREFIX = 'ou:';

/** Reads `ID`, `NAME`, `GLOB`, `self`, `ou:ID` or `ou:PATH`. */
export function parseAccountSelector(text: string): AccountSelector {
  if (text === 'self') return { kind: 'self' };
  if (text === '*') return { kind: 'all' };
  if (isAccountId(text)) return { kind: 'id', id: text };
  if (text.startsWith(OU_PREFIX)) return { kind: 'ou', ou: text.slice(OU_PREFIX.length) };
  return isGlob(text) ? { kind: 'glob', glob: text } : { kind: 'name', name: text };
}

/** The selectors as they are meant among these accounts: a glob that is one's name is that name, for an exact name goes before a pattern. */
export function withExactNames(
  selectors: readonly AccountSelector[],
  accounts: readonly Account[],
): readonly AccountSelector[] {
  if (!selectors.some(({ kind }) => kind === 'glob')) return selectors;
  const names = new Set(accounts.map(({ name }) => name));
  return selectors.map((selector) =>
    selector.kind === 'glob' && names.has(selector.glob) ? { kind: 'name', name: selector.glob } : selector,
  );
}

/** What is wrong with a string that should name accounts; undefined when nothing is. */
export function accountSelectorProblem(text: string): string | undefined {
  if (text.trim() !== text || text === '' || text === OU_PREFIX) return 'selects no account';
  if (/^\d+$/.test(text) && !isAccountId(text)) {
    return `has ${text.length} digit${text.length === 1 ? '' : 's'}, but an account id has 12; in YAML, quote it to keep a leading zero`;
  }
  return parseAccountSelector(text).kind === 'glob' ? globProblem(text) : undefined;
}

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

/** The accounts that a selector surely names. */
export function accountsNamed(
  selector: AccountSelector,
  { accounts, callerAccountId }: KnownAccounts,
): readonly Account[] {
  const matches = accountMatcher(selector, callerAccountId);
  return accounts.filter((account) => matches(account) === true);
}

/** Whether any of the selectors selects an account: true as soon as one does, undefined as long as one cannot tell. */
export function anyMatcher(
  selectors: readonly AccountSelector[],
  callerAccountId: string | null,
): AccountMatcher {
  return anyOf(selectors.map((selector) => accountMatcher(selector, callerAccountId)));
}

/** Whether any of the matchers says so. */
export function anyOf(matchers: readonly AccountMatcher[]): AccountMatcher {
  return (account) => {
    const answers = matchers.map((matches) => matches(account));
    if (answers.includes(true)) return true;
    return answers.includes(undefined) ? undefined : false;
  };
}

/** Whether a pattern or name seems to select an account, and does not, because its name holds invisible characters. */
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
    if (name === null || matches(account) === true) return false;
    return tests.some((matchesName) => matchesName(name) || matchesName(visibleForm(name)));
  };
}

/** Suspended, closed, about to be closed, or not yet there: its roles cannot be read. */
export function isInactive(account: Account): boolean {
  return account.state !== null && account.state !== 'ACTIVE';
}

/** Whether this is the id of an organizational unit or of the root, rather than a path of names. */
export function isUnitId(text: string): boolean {
  return /^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$/.test(text);
}

/** A path of names without the slashes around it: the root is the empty path. */
export function unitPath(text: string): string {
  return text.replace(/^\/+|\/+$/g, '');
}

/** Whether an account is in a unit, given by id or path, or anywhere below it; undefined where the account's place is not known. */
function isInUnit({ ou, ouIds }: Account, unit: string): boolean | undefined {
  if (isUnitId(unit)) return ouIds?.includes(unit);
  if (ouIds?.length === 0) return false;
  if (ou === null) return undefined;
  const path = unitPath(unit);
  return path === '' || ou === path || ou.startsWith(`${path}/`);
}

// Control and format characters, what Unicode lets a font ignore, blanks that look like a space, and the empty braille cell. The tables of
// such a pattern take a millisecond to make, so it is made only for a name that is not ASCII.
const INVISIBLE = String.raw`[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]`;
const ODD_BLANK = String.raw`(?! )\p{Zs}`;

/** Whether a name holds invisible characters. Member accounts name themselves, so such a name may be meant to deceive. */
export function hasInvisible(name: string): boolean {
  return visibleForm(name) !== name;
}

/** The name as it looks. */
function visibleForm(name: string): string {
  if (/^[\x20-\x7e]*$/.test(name)) return name;
  return name.replace(new RegExp(INVISIBLE, 'gu'), '').replace(new RegExp(ODD_BLANK, 'gu'), ' ');
}
