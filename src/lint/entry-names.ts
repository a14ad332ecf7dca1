import { ownPair } from '../configmap/edit-context.ts';
import type { YamlNode } from '../yaml/node.ts';
import { nodeStart } from '../yaml/node-end.ts';
import type { Spot } from './rule.ts';
import { fieldSpot, spotOf } from './spot.ts';
import type { LintSubject, ListEntry } from './subject.ts';

/** The groups that entries give, each with its place in the list. */
export function* groupsOf(
  subject: LintSubject,
): Generator<{ readonly one: ListEntry; readonly group: string; readonly index: number }> {
  for (const one of subject.entries) {
    const { groups } = one.entry;
    if (groups)
      for (let index = 0; index < groups.length; index += 1) yield { one, group: groups[index] ?? '', index };
  }
}

export function groupSpot(one: ListEntry, index: number): Spot {
  const node = groupNode(one, index);
  return nodeStart(node) < 0 ? keySpot(one) : spotOf(one.list.key, node, one.entry.index);
}

const KEYS = new WeakMap<ListEntry, Spot>();

/** The key `groups`, for a group of which nothing is written; kept, since each of them asks for it. */
function keySpot(one: ListEntry): Spot {
  const { list, entry } = one;
  const spot = KEYS.get(one) ?? spotOf(list.key, ownPair(entry, 'groups')?.key ?? entry.node, entry.index);
  KEYS.set(one, spot);
  return spot;
}

export function usernameSpot(one: ListEntry): Spot {
  return fieldSpot(one, 'username');
}

/** The node of a group; that of the whole list where it comes through an alias. */
export function groupNode({ entry }: ListEntry, index: number): YamlNode {
  const { groups } = entry.fields;
  return (groups?.kind === 'sequence' ? groups.items[index] : groups) ?? entry.node;
}
