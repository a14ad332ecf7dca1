import { isAccountId } from '../../arn.ts';
import { globProblem, isGlob } from '../../glob.ts';

/** A user's way of naming accounts; the same in flags and in the config. */
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

/** The selector as its user wrote it, for messages. */
export function accountSelectorText(selector: AccountSelector): string {
  switch (selector.kind) {
    case 'id':
      return selector.id;
    case 'name':
      return selector.name;
    case 'glob':
      return selector.glob;
    case 'ou':
      return `${OU_PREFIX}${selector.ou}`;
    case 'self':
      return 'self';
    case 'all':
      return '*';
  }
}

/** What is wrong with a text that should name accounts; undefined when nothing is. */
export function accountSelectorFault(text: string): string | undefined {
  if (text.trim() !== text || text === '' || text === OU_PREFIX) return 'names no account';
  if (/^\d+$/.test(text) && !isAccountId(text)) {
    return `has ${text.length} digits where an account id has 12; if it lost a leading zero, write it in quotes`;
  }
  return parseAccountSelector(text).kind === 'glob' ? globProblem(text) : undefined;
}
