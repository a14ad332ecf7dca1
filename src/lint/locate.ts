import type { LoadedEntry } from '../authenticator/loaded.ts';
import { ownPair } from '../configmap/edit-field.ts';
import type { MapKey } from '../entry.ts';
import { isUnwritten, nodesOf, type SequenceNode, type YamlNode } from '../yaml/node.ts';
import type { ListEntry, LoadedList } from './context.ts';
import type { TextRange } from './rule.ts';

/** The range of a node of an entry: a scalar's text, the start of anything else. */
export function rangeOf(map: MapKey | null, node: YamlNode, index: number | null): TextRange {
  if (node.kind === 'alias') return { map, start: node.contentStart, end: node.end, index };
  if (node.kind !== 'scalar' || isUnwritten(node)) return { map, start: node.start, end: node.start, index };
  return { map, start: node.contentStart, end: node.contentEnd, index };
}

export function arnRange({ list, entry }: ListEntry): TextRange {
  return rangeOf(list.key, entry.fields.arn ?? entry.node, entry.index);
}

export function usernameRange(listEntry: ListEntry): TextRange {
  const { username } = listEntry.entry.fields;
  return isWritten(username)
    ? rangeOf(listEntry.list.key, username, listEntry.entry.index)
    : keyRange(listEntry, 'username');
}

const EMPTY_GROUPS = new WeakMap<LoadedEntry, TextRange>();

/** Where nothing is written of a group, the key: cached, since an entry may have thousands of them. */
export function groupRange(listEntry: ListEntry, index: number): TextRange {
  const node = groupNode(listEntry, index);
  if (isWritten(node)) return rangeOf(listEntry.list.key, node, listEntry.entry.index);
  const range = EMPTY_GROUPS.get(listEntry.entry) ?? keyRange(listEntry, 'groups');
  EMPTY_GROUPS.set(listEntry.entry, range);
  return range;
}

/** The node of a group; that of the whole list where it comes through an alias. */
export function groupNode({ entry }: ListEntry, index: number): YamlNode {
  const { groups } = entry.fields;
  return (groups?.kind === 'sequence' ? groups.items[index] : groups) ?? entry.node;
}

function isWritten(node: YamlNode | undefined): node is YamlNode {
  return node !== undefined && node.end > node.start;
}

/** The range of the key of a field; of the entry where the field is missing. */
function keyRange({ list, entry }: ListEntry, field: keyof LoadedEntry['fields']): TextRange {
  return rangeOf(list.key, ownPair(entry, field)?.key ?? entry.node, entry.index);
}

/** Where an item of a list starts, even if it is empty. */
export function itemRange(map: MapKey, list: SequenceNode, index: number): TextRange {
  const item = list.items[index];
  if (isWritten(item)) return rangeOf(map, item, index);
  const start = list.dashes[index] ?? list.contentStart;
  return { map, start, end: start, index };
}

/** Finds the first node of an item to start at an offset; remembers the last item, for errors come item by item. */
export function nodeFinder(list: LoadedList): (index: number, offset: number) => YamlNode | undefined {
  let last = -1;
  let nodes: ReadonlyMap<number, YamlNode> = new Map();
  return (index, offset) => {
    if (index !== last) {
      const item = list.items[index];
      nodes = new Map([...(item ? nodesOf(item) : [])].reverse().map((node) => [node.start, node]));
      last = index;
    }
    return nodes.get(offset);
  };
}

/** The line of the file that an entry starts in. */
export function lineOf({ list, entry }: Pick<ListEntry, 'list' | 'entry'>): number | undefined {
  return list.source.locationOf(entry.node.contentStart).line;
}
