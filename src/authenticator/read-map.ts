import type { YamlNode } from '../yaml/node.ts';
import { type FirstDocument, readFirstDocument } from '../yaml/parser.ts';
import { bindAliases } from './alias-binding.ts';
import { AuthenticatorDecoder } from './authenticator-decoder.ts';
import { describeValue, requireJson, type Value } from './authenticator-value.ts';
import { isBlank, looksLikeJsonObject } from './blank.ts';
import { fold } from './item-fields.ts';
import type { LoadError, LoadedEntry, LoadedMap } from './loaded.ts';
import { type ArnField, type LoadedItem, readItem } from './read-item.ts';
import { loadErrorOf, UnparsableError } from './void-error.ts';

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
    return { ...(root ? readRoot(root, text, arnField) : EMPTY), ignoredFrom: rest };
  } catch (error) {
    return { ...EMPTY, errors: [loadErrorOf(error)] };
  }
}

/** @throws UnparsableError, YamlSyntaxError */
function parseText(text: string): FirstDocument {
  if (!looksLikeJsonObject(text)) return readFirstDocument(text);
  throw new UnparsableError('not-a-list', 'the text is a map, not a list', text.indexOf('{'));
}

/** @throws UnparsableError */
function readRoot(root: YamlNode, text: string, arnField: ArnField): Omit<LoadedMap, 'ignoredFrom'> {
  const decoder = new AuthenticatorDecoder(text.includes('*') ? bindAliases(root) : new Map());
  if (root.kind !== 'sequence') return requireNull(decode(decoder, root));
  const errors: LoadError[] = [];
  // Item by item, so that a decoded one need not outlive the reading of it.
  const items = root.items.map((node, index) => readItem(decode(decoder, node), arnField, index, errors));
  return {
    entries: withShadows(
      items.filter((item) => item !== null),
      arnField,
    ),
    errors,
    list: root,
  };
}

/** @throws UnparsableError */
function decode(decoder: AuthenticatorDecoder, node: YamlNode): Value {
  const value = decoder.decode(node);
  if (decoder.suspicious) requireJson(value);
  return value;
}

/** @throws UnparsableError where a text that is no list is not empty either */
function requireNull(value: Value): LoadedMap {
  if (value.type === 'null') return EMPTY;
  throw new UnparsableError(
    'not-a-list',
    `the text is ${describeValue(value)}, not a list`,
    value.node.start,
  );
}

/**
 * The authenticator keeps entries by their ARN, in lower case for roles and as written for users, and then takes any that matches
 * the caller ignoring case (its pkg/config and mapper/configmap).
 */
function withShadows(items: readonly LoadedItem[], arnField: ArnField): LoadedEntry[] {
  const keys = items.map((item) => identity(item, arnField));
  const winners = new Map(keys.map((key, position) => [key, position]));
  const matches = new Map<string, number>();
  if (arnField === 'userarn')
    for (const key of winners.keys()) matches.set(fold(key), (matches.get(fold(key)) ?? 0) + 1);
  return items.map(({ arn, username, groups, sso, index, node, fields }, position) => {
    const key = keys[position] ?? '';
    const shadowed = winners.get(key) !== position;
    const ambiguous = !shadowed && (matches.get(fold(key)) ?? 1) > 1;
    return { arn, username, groups, sso, shadowed, ambiguous, index, node, fields };
  });
}

function identity({ arn, sso }: LoadedItem, arnField: ArnField): string {
  if (sso !== null) return `sso ${JSON.stringify(sso).toLowerCase()}`;
  return arnField === 'rolearn' ? arn.toLowerCase() : arn;
}
