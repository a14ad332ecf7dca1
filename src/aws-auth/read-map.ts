import { type FirstDocument, readFirstDocument, type YamlNode } from '../yaml/node.ts';
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

const EMPTY: LoadedMap = { entries: [], errors: [], list: null, ignoredFrom: null };

function readMap(text: string, arnField: ArnField): LoadedMap {
  if (isBlank(text)) return EMPTY;
  try {
    const { root, rest } = parseText(text);
    const list = root && listIn(decode(root, text));
    return { ...(list ? readItems(list, arnField) : EMPTY), ignoredFrom: rest };
  } catch (error) {
    return { ...EMPTY, errors: [voidOf(error)] };
  }
}

/** @throws VoidError, YamlSyntaxError */
function parseText(text: string): FirstDocument {
  if (!looksLikeJsonObject(text)) return readFirstDocument(text);
  throw new VoidError('not-a-list', 'the text is a map, not a list', text.indexOf('{'));
}

/** @throws VoidError */
function decode(root: YamlNode, text: string): Value {
  const decoder = new AuthenticatorDecoder(text.includes('*') ? bindAliases(root) : new Map());
  const value = decoder.decode(root);
  if (decoder.suspicious) requireJson(value);
  return value;
}

/** Null where the document is empty. */
function listIn(value: Value): ListValue | null {
  if (value.type === 'list') return value;
  if (value.type === 'null') return null;
  throw new VoidError('not-a-list', `the text is ${describeValue(value)}, not a list`, offsetOf(value.node));
}

function readItems(list: ListValue, arnField: ArnField): Omit<LoadedMap, 'ignoredFrom'> {
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
