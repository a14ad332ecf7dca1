import type { SequenceNode, YamlNode } from '../yaml/node.ts';
import { readFirstDocument } from '../yaml/parser.ts';
import { type AliasBinding, aliasesIn } from './aliases.ts';
import { AliasBudget } from './decode.ts';
import { isBlankText } from './load.ts';
import { type LoadError, type LoadedAccounts, loadErrorOf, UnparsableError } from './loaded.ts';
import { isNull, scalarType, stringValue, tagMismatch } from './scalar.ts';

/**
 * Reads the text of `mapAccounts` as the authenticator loads it: straight from YAML into strings, so an unquoted ID
 * keeps its leading zero. Never throws.
 */
export function readMapAccounts(text: string): LoadedAccounts {
  const entries: string[] = [];
  const errors: LoadError[] = [];
  let list: SequenceNode | null = null;
  let ignoredFrom: number | null = null;
  try {
    const { root, rest } = isBlankText(text) ? { root: null, rest: null } : readFirstDocument(text);
    if (root?.kind === 'sequence') list = root;
    if (root) readAccounts(root, aliasesIn(text, root), entries, errors);
    ignoredFrom = rest;
  } catch (error) {
    errors.push(loadErrorOf(error));
  }
  return { entries, errors, list, ignoredFrom };
}

function readAccounts(root: YamlNode, aliases: AliasBinding, entries: string[], errors: LoadError[]): void {
  // For go-yaml only null is an empty list; an empty string is not.
  if (isNull(root)) return;
  if (root.kind === 'scalar' && scalarType(root) === 'mismatch') throw tagMismatch(root);
  if (root.kind !== 'sequence') throw new UnparsableError('not-a-list', "the value isn't a list", root.start);
  const budget = new AliasBudget();
  for (const [index, item] of root.items.entries()) {
    const target = item.kind === 'alias' ? aliases.get(item) : item;
    if (item.kind === 'alias' && target?.kind === 'scalar') budget.takeText(target.text, item);
    const type = target?.kind === 'scalar' ? scalarType(target) : undefined;
    if (target?.kind !== 'scalar') errors.push(notAString(item, index));
    else if (type !== 'mismatch') entries.push(type === 'null' ? '' : stringValue(target));
    else {
      // go-yaml has allocated the whole list when it gives up.
      while (entries.length < root.items.length) entries.push('');
      throw tagMismatch(target);
    }
  }
}

function notAString(item: YamlNode, index: number): LoadError {
  const message = `the item is a ${item.kind === 'sequence' ? 'list' : 'map'}, not an account ID`;
  const [field, group] = [null, null];
  return { code: 'not-a-string', loss: 'dropped', message, field, group, offset: item.start, index };
}
