import { type LoadError, type LoadedMap, unparsableText } from '../authenticator/loaded.ts';
import { AwsAuth } from '../cluster/aws-auth.ts';
import { type AwsAuthDocument, readDocument, readList } from '../configmap/document.ts';
import { bug, Failure } from '../errors.ts';
import { listed, quoted } from '../text.ts';
import type { Edit } from '../yaml/edit.ts';
import { keyOf, type MappingNode, nodesOf, type Pair, type YamlNode } from '../yaml/node.ts';
import { type Decision, decided, type ExpectedEntry, expectedEntries } from './plan.ts';

/** A merge that has not been verified yet. */
export interface MergeDraft {
  /** The edits of the file, in text order. */
  readonly edits: readonly Edit[];
  /** Metadata pairs that the edits drop. */
  readonly dropped: ReadonlySet<Pair>;
  readonly decisions: readonly Decision[];
}

/**
 * Reads a result from scratch, like the authenticator, and compares it with the decisions.
 * @throws Failure (exit 4) if anything is different
 */
export function verify(text: string, before: AwsAuth, { edits, dropped, decisions }: MergeDraft): AwsAuth {
  const { document } = before;
  requireSameBytes(document.source, text, edits);
  const result = readAgain(text, document);
  requireSameTexts(document, result);
  if (document.configMap && result.configMap)
    requireSamePairs(document.configMap.root, result.configMap.root, dropped, 'top');
  const after = new AwsAuth(result, before);
  requireEntries(after.mapRoles, expectedEntries(decisions));
  requireSameLosses(after.mapRoles, before.mapRoles, decisions);
  return after;
}

function readAgain(text: string, { configMap, file }: AwsAuthDocument): AwsAuthDocument {
  try {
    return configMap ? readDocument(text, file) : readList(text, file);
  } catch (error) {
    throw error instanceof Failure ? bug(`the result is no longer aws-auth: ${error.message}`, error) : error;
  }
}

function requireSameBytes(before: string, after: string, edits: readonly Edit[]): void {
  let [position, shift] = [0, 0];
  for (const { start, end, replacement } of [
    ...edits,
    { start: before.length, end: before.length, replacement: '' },
  ]) {
    if (before.slice(position, start) !== after.slice(position + shift, start + shift))
      throw bug('the result differs from the input where nothing should change');
    position = end;
    shift += replacement.length - (end - start);
  }
  if (after.length !== before.length + shift) throw bug("the result doesn't have the planned length");
}

function requireSameTexts(before: AwsAuthDocument, after: AwsAuthDocument): void {
  for (const key of ['mapUsers', 'mapAccounts'] as const)
    if (before[key]?.text !== after[key]?.text) throw bug(`${key} differs from the input`);
}

/** Losses must stay the same, except in changed entries, which may be fixed. No new ones may appear. */
function requireSameLosses(after: LoadedMap, before: LoadedMap, decisions: readonly Decision[]): void {
  const indexes = (...outcomes: ('updated' | 'rotated' | 'removed')[]) =>
    new Set<number | null>(decided(decisions, ...outcomes).map(({ entry }) => entry.index));
  const [changed, removed] = [indexes('updated', 'rotated'), indexes('removed')];
  const possible = before.errors.filter(({ index }) => !removed.has(index));
  const losses = codesOf(after.errors);
  const most = codesOf(possible);
  const least = codesOf(possible.filter(({ index }) => !changed.has(index)));
  if (!isSubsequence(least, losses) || !isSubsequence(losses, most))
    throw bug(
      `the authenticator would lose something else in the result: ${lossText(losses)} instead of ${lossText(most)}`,
    );
}

function codesOf(errors: readonly LoadError[]): string[] {
  return errors.map(({ code }) => code);
}

function lossText(codes: readonly string[]): string {
  return codes.length === 0 ? 'nothing' : listed(codes);
}

function requireEntries(loaded: LoadedMap, entries: readonly ExpectedEntry[]): void {
  if (loaded.entries.length !== entries.length)
    throw bug(
      `the result has ${loaded.entries.length} entries instead of ${entries.length}${lostText(loaded)}`,
    );
  entries.forEach((expected, index) => {
    const entry = loaded.entries[index];
    const differing = FIELDS.filter((field) => !isSame(entry?.[field], expected[field]));
    if (differing.length === 0) return;
    const differences = differing.map(
      (field) => `${field} ${JSON.stringify(entry?.[field])} instead of ${JSON.stringify(expected[field])}`,
    );
    throw bug(`the entry for ${quoted(expected.arn)} would load differently: ${differences.join(', ')}`);
  });
}

function lostText({ errors }: LoadedMap): string {
  const lost = errors.find(({ loss }) => loss === 'unparsable');
  return lost ? `, because ${unparsableText('mapRoles', lost)}` : '';
}

const FIELDS = ['arn', 'username', 'groups', 'sso'] as const;

function isSame(before: unknown, after: unknown): boolean {
  return before === after || JSON.stringify(before) === JSON.stringify(after);
}

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let position = 0;
  for (const item of whole) if (item === part[position]) position += 1;
  return position === part.length;
}

/** The levels with pairs that may change: the top level and `data`; null for anything deeper. */
type Level = 'top' | 'data' | null;

/** Requires two manifests to be equal except mapRoles; `data` may be new, and `dropped` pairs may be missing. */
function requireSamePairs(
  before: MappingNode,
  after: MappingNode,
  dropped: ReadonlySet<Pair>,
  level: Level,
): void {
  const kept = before.pairs.filter((pair) => !dropped.has(pair));
  const names = new Set(kept.map(keyOf));
  const known = after.pairs.filter((pair) => names.has(keyOf(pair)) || !mayBeNew(pair, level));
  if (kept.length !== known.length) throw bug('the result has other keys than the input');
  for (const [index, pair] of kept.entries()) {
    const found = known[index];
    if (!found || keyOf(found) !== keyOf(pair)) throw bug(`the result lacks the key ${keyOf(pair)}`);
    requireSameValue(pair, found.value, dropped, level);
  }
}

function mayBeNew(pair: Pair, level: Level): boolean {
  return keyOf(pair) === (level === 'top' ? 'data' : level === 'data' ? 'mapRoles' : undefined);
}

function requireSameValue(pair: Pair, after: YamlNode, dropped: ReadonlySet<Pair>, level: Level): void {
  const [before, name] = [pair.value, keyOf(pair)];
  if (level === 'data' && name === 'mapRoles') return;
  const isData = level === 'top' && name === 'data';
  const isMetadata = level === 'top' && name === 'metadata';
  // Dropped pairs are in metadata or its annotations.
  const isOpen = isData || isMetadata || (level === null && name === 'annotations');
  if (isOpen && before.kind === 'mapping' && after.kind === 'mapping')
    requireSamePairs(before, after, dropped, isData ? 'data' : null);
  else if (!(isData && isNewData(before, after)) && !isSameNode(before, after))
    throw bug(`${name} differs from the input`);
}

/** True if `data` was empty and now holds mapRoles. */
function isNewData(before: YamlNode, after: YamlNode): boolean {
  return before.kind === 'scalar' && after.kind === 'mapping' && after.pairs.length === 1;
}

/** True if two nodes are equal, including everything in them. */
function isSameNode(before: YamlNode, after: YamlNode): boolean {
  const others = nodesOf(after);
  for (const node of nodesOf(before)) {
    const next = others.next();
    if (next.done || !isAlike(node, next.value)) return false;
  }
  return others.next().done === true;
}

/** JSON must remain JSON. */
const SCALAR_FIELDS = ['text', 'tag', 'style', 'json'] as const;

/** True if two nodes are equal, apart from what is in them. */
function isAlike(before: YamlNode, after: YamlNode): boolean {
  if (before.kind === 'scalar' && after.kind === 'scalar')
    return SCALAR_FIELDS.every((field) => before[field] === after[field]);
  if (before.kind === 'alias' && after.kind === 'alias') return before.anchor === after.anchor;
  if (before.kind === 'sequence' && after.kind === 'sequence')
    return before.items.length === after.items.length;
  return before.kind === 'mapping' && after.kind === 'mapping' && before.pairs.length === after.pairs.length;
}
