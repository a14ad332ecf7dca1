import type { Account } from '../model.ts';

/** Whether the text is the id of an organizational unit or of the root, and no path of names. */
export function isUnitId(text: string): boolean {
  return /^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$/.test(text);
}

/** A path of names without the slashes around it: the root is the empty path. */
export function unitPath(text: string): string {
  return text.replace(/^\/+|\/+$/g, '');
}

/** Whether a unit's path is `path` or lies below it. */
export function isBelow(unit: string, path: string): boolean {
  return path === '' || unit === path || unit.startsWith(`${path}/`);
}

/** Whether an account is in a unit, given by id or path, or anywhere below it; undefined where the account's place is not known. */
export function isInUnit(account: Account, unit: string): boolean | undefined {
  if (isUnitId(unit)) return account.ouIds?.includes(unit);
  if (account.ouIds?.length === 0) return false;
  return account.ou === null ? undefined : isBelow(account.ou, unitPath(unit));
}
