import { parseFirstDocument } from '../yaml/node.ts';
import { bindAliases } from './alias-binding.ts';
import { AuthenticatorDecoder } from './authenticator-decoder.ts';
import { describeValue, type ListValue, offsetOf, requireJson, type Value } from './authenticator-value.ts';
import { isBlank, looksLikeJsonObject } from './blank.ts';
import type { LoadError, LoadedEntry, LoadedMap } from './loaded.ts';
import { type ArnField, type LoadedItem, readItem } from './read-item.ts';
import { VoidError, voidOf } from './void-error.ts';

/** Reads the text of `mapRoles` as the authenticator loads it. Never throws. */
export function readMapRoles(text: string): LoadedMap {
  return readMap(text, 'rolearn');
}

/** Reads the text of `mapUsers` as the authenticator loads it. Never throws. */
export function readMapUsers(text: string): LoadedMap {
  return readMap(text, 'userarn');
}

const EMPTY: LoadedMap = { entries: [], errors: [], list: null };

function readMap(text: string, arnField: ArnField): LoadedMap {
  if (isBlank(text)) return EMPTY;
  try {
    const list = decodeList(text);
    return list ? readItems(list, arnField) : EMPTY;
  } catch (error) {
    return { ...EMPTY, errors: [voidOf(error)] };
  }
}

/**
 * Null for an empty document.
 * @throws VoidError, YamlSyntaxError
 */
function decodeList(text: string): ListValue | null {
  if (looksLikeJsonObject(text))
    throw new VoidError('not-a-list', 'the text is a map, not a list', text.indexOf('{'));
  const root = parseFirstDocument(text);
  if (root === null) return null;
  const decoder = new AuthenticatorDecoder(text.includes('*') ? bindAliases(root) : new Map());
  const value = decoder.decode(root);
  if (decoder.suspicious) requireJson(value);
  return listIn(value);
}

function listIn(value: Value): ListValue | null {
  if (value.type === 'list') return value;
  if (value.type === 'null') return null;
  throw new VoidError('not-a-list', `the text is ${describeValue(value)}, not a list`, offsetOf(value.node));
}

function readItems(list: ListValue, arnField: ArnField): LoadedMap {
  const errors: LoadError[] = [];
  const items = list.items.map((item, index) => readItem(item, arnField, index, errors));
  return { entries: withShadows(items.filter((item) => item !== null)), errors, list: list.node };
}

function withShadows(items: readonly LoadedItem[]): LoadedEntry[] {
  const winners = new Map(items.map((item) => [identity(item), item]));
  return items.map((item) => ({ ...item, shadowed: winners.get(identity(item)) !== item }));
}

function identity({ arn, sso }: LoadedItem): string {
  return sso === null ? arn.toLowerCase() : `sso ${JSON.stringify(sso).toLowerCase()}`;
}
