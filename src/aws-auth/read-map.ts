import { parseFirstDocument, YamlSyntaxError } from '../yaml/node.ts';
import { bindAliases } from './alias-binding.ts';
import { AuthenticatorDecoder } from './authenticator-decoder.ts';
import { requireJson, type Value } from './authenticator-value.ts';
import type { LoadError, LoadedMap } from './loaded.ts';
import { readItems } from './read-item.ts';
import { VoidError } from './void-error.ts';

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
  const root = parseFirstDocument(text);
  if (root === null) return null;
  const decoder = new AuthenticatorDecoder(text.includes('*') ? bindAliases(root) : new Map());
  const value = decoder.decode(root);
  if (decoder.suspicious) requireJson(value);
  return value;
}

/** The error that stands for a lost key; anything that is none of ours is thrown on. */
export function voidOf(error: unknown): LoadError {
  if (error instanceof VoidError)
    return { code: error.code, loss: 'void', message: error.message, offset: error.offset, index: null };
  if (error instanceof YamlSyntaxError)
    return { code: 'syntax', loss: 'void', message: error.message, offset: error.offset, index: null };
  throw error;
}

/** White space (Go's `unicode.IsSpace`), or two quotes or backticks: what people write for "nothing". */
export function isBlank(text: string): boolean {
  return /^[\s\x85]*(?:``|""|'')?[\s\x85]*$/.test(text) && !text.includes('\uFEFF');
}
