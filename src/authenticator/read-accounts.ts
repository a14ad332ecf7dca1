import type { ScalarNode, YamlNode } from '../yaml/node.ts';
import { readFirstDocument } from '../yaml/parser.ts';
import { type AliasBinding, bindAliases } from './alias-binding.ts';
import { AliasBudget } from './alias-budget.ts';
import { scalarText, scalarType, tagMismatch } from './authenticator-scalar.ts';
import { tooMuchFromAliases } from './authenticator-value.ts';
import { isBlank } from './blank.ts';
import type { LoadError, LoadedAccounts } from './loaded.ts';
import { loadErrorOf, UnparsableError } from './void-error.ts';

/**
 * Reads the text of `mapAccounts` as the authenticator loads it: straight from YAML into texts, so that an unquoted id keeps its
 * leading zero. Never throws.
 */
export function readMapAccounts(text: string): LoadedAccounts {
  const entries: string[] = [];
  const errors: LoadError[] = [];
  let ignoredFrom: number | null = null;
  try {
    const { root, rest } = isBlank(text) ? { root: null, rest: null } : readFirstDocument(text);
    if (root) readAccounts(root, bindAliases(root), entries, errors);
    ignoredFrom = rest;
  } catch (error) {
    errors.push(loadErrorOf(error));
  }
  return { entries, errors, ignoredFrom };
}

function readAccounts(root: YamlNode, aliases: AliasBinding, entries: string[], errors: LoadError[]): void {
  // go-yaml takes nothing but null for an empty list: an empty string is none.
  const type = root.kind === 'scalar' ? scalarType(root) : null;
  if (type === 'null') return;
  if (root.kind === 'scalar' && type === 'mismatch') throw tagMismatch(root);
  if (root.kind !== 'sequence') throw new UnparsableError('not-a-list', 'the text is not a list', root.start);
  const budget = new AliasBudget();
  for (const [index, item] of root.items.entries()) {
    const target = item.kind === 'alias' ? aliases.get(item) : item;
    if (item.kind === 'alias' && target?.kind === 'scalar' && !budget.takeText(target.text.length))
      throw tooMuchFromAliases(item);
    if (target?.kind !== 'scalar') errors.push(notAString(item, index));
    else if (scalarType(target) !== 'mismatch') entries.push(accountOf(target));
    else {
      // go-yaml has made room for the whole list when it gives up.
      while (entries.length < root.items.length) entries.push('');
      throw tagMismatch(target);
    }
  }
}

function accountOf(node: ScalarNode): string {
  return scalarType(node) === 'null' ? '' : scalarText(node);
}

function notAString(item: YamlNode, index: number): LoadError {
  const message = `the item is a ${item.kind}, not an account id`;
  const [field, group] = [null, null];
  return { code: 'not-a-string', loss: 'dropped', message, field, group, offset: item.start, index };
}
