import { isAccountId } from '../arn.ts';
import { globProblem, isGlob } from '../glob.ts';

/** Account selection in flags and in the config. */
export type AccountSelector =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'glob'; readonly glob: string }
  | { readonly kind: 'ou'; readonly ou: string }
  | { readonly kind: 'self' }
  | { readonly kind: 'all' };

const OU_PREFIX = 'ou:';

/** Reads `ID`, `NAME`, `GLOB`, `self`, `ou:ID` or `ou:PATH`. */
export function parseAccountSelector(text: string): AccountSelector {
  if (text === 'self') return { kind: 'self' };
  if (text === '*') return { kind: 'all' };
  if (isAccountId(text)) return { kind: 'id', id: text };
  if (text.startsWith(OU_PREFIX)) return { kind: 'ou', ou: text.slice(OU_PREFIX.length) };
  return isGlob(text) ? { kind: 'glob', glob: text } : { kind: 'name', name: text };
}

/** The problem with an account selector string; undefined if it is valid. */
export function accountSelectorProblem(text: string): string | undefined {
  if (text.trim() !== text || text === '' || text === OU_PREFIX) return 'selects no account';
  if (/^\d+$/.test(text) && !isAccountId(text)) {
    return `has ${text.length} digit${text.length === 1 ? '' : 's'}, but an account ID has 12; in YAML, quote it to keep a leading zero`;
  }
  return parseAccountSelector(text).kind === 'glob' ? globProblem(text) : undefined;
}

/** True for the ID of an organizational unit or root, false for a path of names. */
export function isUnitId(text: string): boolean {
  return /^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$/.test(text);
}

/** A path of names without surrounding slashes: the root is the empty path. */
export function unitPath(text: string): string {
  return text.replace(/^\/+|\/+$/g, '');
}
