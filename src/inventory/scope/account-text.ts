import { printable } from '../../text.ts';
import type { Account } from '../model.ts';

/** `SUSPENDED` as a word in a sentence. */
export function stateText({ state }: Pick<Account, 'state'>): string {
  return printable(state ?? '')
    .toLowerCase()
    .replaceAll('_', ' ');
}

/** The id, with the name where there is one. */
export function accountText({ id, name }: Pick<Account, 'id' | 'name'>): string {
  return name === null ? id : `${id} (${printable(name)})`;
}
