import type { LoadedEntry } from '../authenticator/loaded.ts';
import { ownPair } from '../configmap/edit-field.ts';
import type { MapKey } from '../entry.ts';
import { isUnwritten, type SequenceNode, type YamlNode } from '../yaml/node.ts';
import type { LintContext, ListEntry } from './context.ts';
import type { TextRange } from './rule.ts';

/** Where a node of an entry stands: a scalar's text, the start of anything else. */
export function rangeOf(map: MapKey | null, node: YamlNode, index: number | null): TextRange {
  if (node.kind === 'alias') return { map, start: node.contentStart, end: node.end, index };
  if (node.kind !== 'scalar' || isUnwritten(node)) return { map, start: node.start, end: node.start, index };
  return { map, start: node.contentStart, end: node.contentEnd, index };
}

/** Where a node stands; where nothing is written of it, another place. */
export function writtenRange(
  map: MapKey,
  node: YamlNode | undefined,
  index: number,
  instead: TextRange,
): TextRange {
  return node && node.end > node.start ? rangeOf(map, node, index) : instead;
}

/** Where the value of a field of an entry stands; its key where the value is empty, the entry where the field is missing. */
export function fieldRange({ list, entry }: ListEntry, field: keyof LoadedEntry['fields']): TextRange {
  const { key } = ownPair(entry, field) ?? {};
  return writtenRange(
    list.key,
    entry.fields[field],
    entry.index,
    rangeOf(list.key, key ?? entry.node, entry.index),
  );
}

/** Where an item of a list starts, be it empty. */
export function itemRange(map: MapKey, list: SequenceNode, index: number): TextRange {
  const start = list.dashes[index] ?? list.contentStart;
  return writtenRange(map, list.items[index], index, { map, start, end: start, index });
}

/** Where the ARN of an entry stands. */
export function arnRange({ list, entry }: ListEntry): TextRange {
  return rangeOf(list.key, entry.fields.arn ?? entry.node, entry.index);
}

/** The groups that entries give, each with its place in the list. */
export function* groupsOf(
  context: LintContext,
): Generator<{ readonly one: ListEntry; readonly group: string; readonly index: number }> {
  for (const one of context.entries) {
    const { groups } = one.entry;
    if (groups)
      for (let index = 0; index < groups.length; index += 1) yield { one, group: groups[index] ?? '', index };
  }
}

export function groupRange(one: ListEntry, index: number): TextRange {
  const node = groupNode(one, index);
  return node.end > node.start ? rangeOf(one.list.key, node, one.entry.index) : keySpot(one);
}

const KEYS = new WeakMap<ListEntry, TextRange>();

/** The key `groups`, for a group of which nothing is written; kept, since each of them asks for it. */
function keySpot(one: ListEntry): TextRange {
  const { list, entry } = one;
  const range = KEYS.get(one) ?? rangeOf(list.key, ownPair(entry, 'groups')?.key ?? entry.node, entry.index);
  KEYS.set(one, range);
  return range;
}

export function usernameRange(one: ListEntry): TextRange {
  return fieldRange(one, 'username');
}

/** The node of a group; that of the whole list where it comes through an alias. */
export function groupNode({ entry }: ListEntry, index: number): YamlNode {
  const { groups } = entry.fields;
  return (groups?.kind === 'sequence' ? groups.items[index] : groups) ?? entry.node;
}
