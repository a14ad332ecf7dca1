import { parseFirstDocument } from '../yaml/node.ts';
import { bindAliases } from './alias-binding.ts';
import { AuthenticatorDecoder } from './authenticator-decoder.ts';
import { requireJson, type Value } from './authenticator-value.ts';
import { isBlank, looksLikeJsonObject } from './blank.ts';
import type { LoadedMap } from './loaded.ts';
import { readItems } from './read-item.ts';
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

function readMap(text: string, arnField: 'rolearn' | 'userarn'): LoadedMap {
  if (isBlank(text)) return EMPTY;
  try {
    const value = decodeText(text);
    return value === null || value.type === 'null' ? EMPTY : readItems(value, arnField);
  } catch (error) {
    return { ...EMPTY, errors: [voidOf(error)] };
  }
}

/** @throws VoidError, YamlSyntaxError */
function decodeText(text: string): Value | null {
  if (looksLikeJsonObject(text))
    throw new VoidError('not-a-list', 'the text is a map, not a list', text.indexOf('{'));
  const root = parseFirstDocument(text);
  if (root === null) return null;
  const decoder = new AuthenticatorDecoder(text.includes('*') ? bindAliases(root) : new Map());
  const value = decoder.decode(root);
  if (decoder.suspicious) requireJson(value);
  return value;
}
