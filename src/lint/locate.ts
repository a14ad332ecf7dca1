import type { LoadedEntry } from '../authenticator/loaded.ts';
import { ownPair } from '../configmap/edit-context.ts';
import type { MapKey } from '../entry.ts';
import { blockItems, flowItems, type ListItem } from '../yaml/list-items.ts';
import type { SequenceNode, YamlNode } from '../yaml/node.ts';
import { nodeStart } from '../yaml/node-end.ts';
import type { LintContext, ListEntry } from './context.ts';
import type { TextRange } from './rule.ts';

/** Where a node of an entry stands: a scalar's text, the start of anything else. */
export function rangeOf(map: MapKey | null, node: YamlNode, index: number | null): TextRange {
  const inside = node.kind === 'alias' || (node.kind === 'scalar' && node.start >= 0);
  const start = inside ? node.start : Math.max(0, nodeStart(node));
  return { map, start, end: inside ? node.end : start, index };
}

/** Where a node stands; where nothing is written of it, another place. */
export function writtenRange(
  map: MapKey,
  node: YamlNode | undefined,
  index: number,
  instead: TextRange,
): TextRange {
  return node && nodeStart(node) >= 0 ? rangeOf(map, node, index) : instead;
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
export function itemRange(map: MapKey, text: string, list: SequenceNode, index: number): TextRange {
  const item = list.items[index];
  if (item && nodeStart(item) >= 0) return rangeOf(map, item, index);
  const start = placesOf(text, list)[index]?.start ?? list.start;
  return { map, start, end: start, index };
}

const PLACES = new WeakMap<SequenceNode, readonly ListItem[]>();

/** The places of all items, which cost a pass over the list to find: kept, since each empty item asks for them. */
function placesOf(text: string, list: SequenceNode): readonly ListItem[] {
  const known = PLACES.get(list);
  if (known) return known;
  const places = list.flow ? flowItems(text, list) : blockItems(text, list);
  PLACES.set(list, places);
  return places;
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
  return nodeStart(node) < 0 ? keySpot(one) : rangeOf(one.list.key, node, one.entry.index);
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
