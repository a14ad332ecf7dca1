import type { LoadedEntry } from '../authenticator/loaded.ts';
import { ownPair } from '../configmap/edit-context.ts';
import { blockItems, flowItems, type ListItem } from '../yaml/list-items.ts';
import type { SequenceNode, YamlNode } from '../yaml/node.ts';
import { nodeStart } from '../yaml/node-end.ts';
import type { MapKey, Spot } from './rule.ts';
import type { ListEntry } from './subject.ts';

/** Where a node of an entry stands: a scalar's text, the start of anything else. */
export function spotOf(map: MapKey | null, node: YamlNode, index: number | null): Spot {
  const inside = node.kind === 'alias' || (node.kind === 'scalar' && node.start >= 0);
  const start = inside ? node.start : Math.max(0, nodeStart(node));
  return { map, start, end: inside ? node.end : start, index };
}

/** Where a node stands; where nothing is written of it, another place. */
export function writtenSpot(map: MapKey, node: YamlNode | undefined, index: number, instead: Spot): Spot {
  return node && nodeStart(node) >= 0 ? spotOf(map, node, index) : instead;
}

/** Where the value of a field of an entry stands; its key where the value is empty, the entry where the field is missing. */
export function fieldSpot({ list, entry }: ListEntry, field: keyof LoadedEntry['fields']): Spot {
  const { key } = ownPair(entry, field) ?? {};
  return writtenSpot(
    list.key,
    entry.fields[field],
    entry.index,
    spotOf(list.key, key ?? entry.node, entry.index),
  );
}

/** Where an item of a list starts, be it empty. */
export function itemSpot(map: MapKey, text: string, list: SequenceNode, index: number): Spot {
  const item = list.items[index];
  if (item && nodeStart(item) >= 0) return spotOf(map, item, index);
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
export function arnSpot({ list, entry }: ListEntry): Spot {
  return spotOf(list.key, entry.fields.arn ?? entry.node, entry.index);
}
