import { parseFirstDocument, type YamlNode } from '../yaml/node.ts';
import { type AliasBinding, bindAliases } from './alias-binding.ts';
import { AliasBudget } from './alias-budget.ts';
import { scalarText, scalarType } from './authenticator-scalar.ts';
import { offsetOf } from './authenticator-value.ts';
import type { LoadError, LoadedAccounts } from './loaded.ts';
import { isBlank, voidOf } from './read-map.ts';
import { VoidError } from './void-error.ts';

/** Reads the text of `mapAccounts` as the authenticator loads it: straight from YAML, so that unquoted ids keep their zeros. Never throws. */
export function readMapAccounts(text: string): LoadedAccounts {
  if (isBlank(text)) return { entries: [], errors: [] };
  try {
    const root = parseFirstDocument(text);
    if (root === null) return { entries: [], errors: [] };
    return readList(root, bindAliases(root));
  } catch (error) {
    return { entries: [], errors: [voidOf(error)] };
  }
}

function readList(root: YamlNode, aliases: AliasBinding): LoadedAccounts {
  if (root.kind === 'sequence') return readElements(root.items, aliases);
  if (root.kind === 'scalar' && scalarType(root) === 'null') return { entries: [], errors: [] };
  throw new VoidError('not-a-list', 'mapAccounts is no list', offsetOf(root));
}

function readElements(items: readonly YamlNode[], aliases: AliasBinding): LoadedAccounts {
  const entries: string[] = [];
  const errors: LoadError[] = [];
  const budget = new AliasBudget();
  for (const [index, item] of items.entries()) {
    const target = item.kind === 'alias' ? aliases.get(item) : item;
    budget.take(false);
    if (item.kind === 'alias') budget.take(true);
    const account = target?.kind === 'scalar' ? accountOf(target, scalarType(target)) : null;
    if (account !== null) entries.push(account);
    else
      errors.push({
        code: 'not-a-text',
        loss: 'dropped',
        message: `item ${index + 1} of mapAccounts is no text`,
        offset: offsetOf(item),
        index,
      });
  }
  return { entries, errors };
}

function accountOf(
  node: Parameters<typeof scalarType>[0],
  type: ReturnType<typeof scalarType>,
): string | null {
  return type === 'null' ? '' : scalarText(node);
}
