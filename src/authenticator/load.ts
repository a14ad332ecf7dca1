import { isAscii, toLower } from '../go-strings.ts';
import { countBy } from '../group-by.ts';
import { callerKey, storedKey } from '../same-arn.ts';
import { looksLikeJsonObject, SPACE } from '../yaml/json.ts';
import type { SequenceNode, YamlNode } from '../yaml/node.ts';
import { type FirstDocument, readFirstDocument } from '../yaml/parser.ts';
import { type AliasBinding, aliasesIn } from './aliases.ts';
import {
  AliasBudget,
  Decoder,
  describeValue,
  requireJson,
  tooMuchFromAliases,
  type Value,
} from './decode.ts';
import { type ArnField, type LoadedItem, readItem } from './entry.ts';
import {
  type LoadError,
  type LoadedAccounts,
  type LoadedEntry,
  type LoadedMap,
  loadErrorOf,
  UnparsableError,
} from './loaded.ts';
import { isNull, scalarType, stringValue, tagMismatch } from './scalar.ts';

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
  if (isBlankText(text)) return EMPTY;
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
  throw new UnparsableError('not-a-list', 'the value is a map, not a list', text.indexOf('{'));
}

/** @throws UnparsableError */
function readRoot(root: YamlNode, text: string, arnField: ArnField): Omit<LoadedMap, 'ignoredFrom'> {
  const decoder = new Decoder(aliasesIn(text, root));
  if (root.kind !== 'sequence') return requireNull(decode(decoder, root));
  const errors: LoadError[] = [];
  // Item by item, so that a decoded one need not outlive the reading of it.
  const items = root.items.map((node, index) => readItem(decode(decoder, node), arnField, index, errors));
  const kept = items.filter((item) => item !== null);
  return { entries: withShadows(kept, arnField), errors, list: root };
}

/** @throws UnparsableError */
function decode(decoder: Decoder, node: YamlNode): Value {
  const value = decoder.decode(node);
  if (decoder.suspicious) requireJson(value);
  return value;
}

/** @throws UnparsableError where a text that is no list is not empty either */
function requireNull(value: Value): LoadedMap {
  if (value.type === 'null') return EMPTY;
  throw new UnparsableError(
    'not-a-list',
    `the value is ${describeValue(value)}, not a list`,
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
  // Two keys of roles are one caller's only where a letter is not ASCII.
  const mayMatchTwice = arnField === 'userarn' || keys.some((key) => !isAscii(key));
  const matches = countBy(mayMatchTwice ? [...winners.keys()].map(callerKey) : []);
  return items.map(({ arn, username, groups, sso, index, node, fields }, position) => {
    const key = keys[position] ?? '';
    const shadowed = winners.get(key) !== position;
    const ambiguous = !shadowed && matches.size > 0 && (matches.get(callerKey(key)) ?? 1) > 1;
    return { arn, username, groups, sso, shadowed, ambiguous, index, node, fields };
  });
}

/** Of entries of one map with the same identity, the last is kept. */
export function identity({ arn, sso }: Pick<LoadedItem, 'arn' | 'sso'>, arnField: ArnField): string {
  if (sso !== null) return `sso ${toLower(JSON.stringify(sso))}`;
  return arnField === 'rolearn' ? storedKey(arn) : arn;
}

/**
 * Reads the text of `mapAccounts` as the authenticator loads it: straight from YAML into strings, so that an unquoted id keeps its
 * leading zero. Never throws.
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
  // go-yaml takes nothing but null for an empty list: an empty string is none.
  if (isNull(root)) return;
  if (root.kind === 'scalar' && scalarType(root) === 'mismatch') throw tagMismatch(root);
  if (root.kind !== 'sequence')
    throw new UnparsableError('not-a-list', 'the value is not a list', root.start);
  const budget = new AliasBudget();
  for (const [index, item] of root.items.entries()) {
    const target = item.kind === 'alias' ? aliases.get(item) : item;
    if (item.kind === 'alias' && target?.kind === 'scalar' && !budget.takeText(target.text.length))
      throw tooMuchFromAliases(item);
    const type = target?.kind === 'scalar' ? scalarType(target) : undefined;
    if (target?.kind !== 'scalar') errors.push(notAString(item, index));
    else if (type !== 'mismatch') entries.push(type === 'null' ? '' : stringValue(target));
    else {
      // go-yaml has made room for the whole list when it gives up.
      while (entries.length < root.items.length) entries.push('');
      throw tagMismatch(target);
    }
  }
}

function notAString(item: YamlNode, index: number): LoadError {
  const message = `the item is a ${item.kind === 'sequence' ? 'list' : 'map'}, not an account id`;
  const [field, group] = [null, null];
  return { code: 'not-a-string', loss: 'dropped', message, field, group, offset: item.start, index };
}

const BLANK = new RegExp(`^${SPACE}(?:(?:\`\`|""|'')${SPACE})?$`);

/** Whether the authenticator skips a text: white space, or two quotes or backticks, which people write for "nothing". */
export function isBlankText(text: string): boolean {
  return BLANK.test(text);
}
