import { globMatcher } from '../glob-matcher.ts';
import { type AccountSelector, isUnitId, unitPath } from './account-selector.ts';
import type { Account, Inventory } from './model.ts';

/** The known accounts and empty units, and the account that `self` means. */
export interface KnownAccounts
  extends Pick<Inventory, 'accounts' | 'callerAccountId' | 'emptyUnits' | 'readTime'> {
  /** True if the units were read for another question, so an empty one may be missing. */
  readonly isSnapshot?: boolean;
}

/** Turns a glob that is an account's exact name into that name: exact names take precedence over patterns. */
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

/** True if an account is selected; undefined if too little is known about the account. */
export type AccountMatcher = (account: Account) => boolean | undefined;

function accountMatcher(selector: AccountSelector, callerAccountId: string | null): AccountMatcher {
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

/** The accounts that a selector definitely selects. */
export function accountsNamed(
  selector: AccountSelector,
  { accounts, callerAccountId }: KnownAccounts,
): readonly Account[] {
  const matches = accountMatcher(selector, callerAccountId);
  return accounts.filter((account) => matches(account) === true);
}

/** Matches if any selector does: true as soon as one matches, undefined if none matches but one can't tell. */
export function anyMatcher(
  selectors: readonly AccountSelector[],
  callerAccountId: string | null,
): AccountMatcher {
  return anyOf(selectors.map((selector) => accountMatcher(selector, callerAccountId)));
}

/** Like `anyMatcher`, but names of accounts that weren't listed are unknown. */
export function knowingMatcher(
  selectors: readonly AccountSelector[],
  callerAccountId: string | null,
): AccountMatcher {
  return anyOf(
    selectors.map((selector) => {
      const matches = accountMatcher(selector, callerAccountId);
      if (selector.kind !== 'name' && selector.kind !== 'glob') return matches;
      return (account) => (account.name === null && account.ouIds === null ? undefined : matches(account));
    }),
  );
}

/** Matches if any matcher does. */
function anyOf(matchers: readonly AccountMatcher[]): AccountMatcher {
  return (account) => {
    const answers = matchers.map((matches) => matches(account));
    if (answers.includes(true)) return true;
    return answers.includes(undefined) ? undefined : false;
  };
}

/** True if a pattern or name seems to select an account but doesn't, because its name contains invisible characters. */
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

/** True for an account that is suspended, closed, closing or not yet active: its roles can't be read. */
export function isInactive(account: Account): boolean {
  return account.state !== null && account.state !== 'ACTIVE';
}

/** True if an organizational unit, given by ID or path, exists without accounts. */
export function isEmptyUnit(unit: string, { emptyUnits = [] }: KnownAccounts): boolean {
  return emptyUnits.some(({ id, path }) => (isUnitId(unit) ? id === unit : path === unitPath(unit)));
}

/** True if an account is in or below a unit, given by ID or path; undefined if the account's position is unknown. */
function isInUnit({ ou, ouIds }: Account, unit: string): boolean | undefined {
  if (isUnitId(unit)) return ouIds?.includes(unit);
  if (ouIds?.length === 0) return false;
  if (ou === null) return undefined;
  const path = unitPath(unit);
  return path === '' || ou === path || ou.startsWith(`${path}/`);
}

// Control and format characters, default-ignorable code points, blanks that look like a space, and the empty braille
// cell. Compiling such a pattern takes a millisecond, so it is only done for names that aren't ASCII.
const INVISIBLE = String.raw`[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]`;
const ODD_BLANK = String.raw`(?! )\p{Zs}`;

/**
 * True if a name contains invisible characters. Member accounts choose their names, so such a name may be an attempt to
 * deceive.
 */
export function hasInvisible(name: string): boolean {
  return visibleForm(name) !== name;
}

/** The name as it appears. */
function visibleForm(name: string): string {
  if (/^[\x20-\x7e]*$/.test(name)) return name;
  return name.replace(new RegExp(INVISIBLE, 'gu'), '').replace(new RegExp(ODD_BLANK, 'gu'), ' ');
}
