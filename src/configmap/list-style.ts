import { columnOf } from '../yaml/lines.ts';
import { blockItems } from '../yaml/list-items.ts';
import type { MappingNode, SequenceNode, YamlNode } from '../yaml/node.ts';
import { type FlowEntryLayout, flowEntryLayout } from './flow-layout.ts';
import { type BlockLayout, DEFAULT_LAYOUT } from './render.ts';

/** How the entries of a block list are laid out. */
export interface BlockListStyle {
  readonly layout: BlockLayout;
  /** Set where the last entry is in flow style: `- {rolearn: …}`. */
  readonly flow: FlowEntryLayout | null;
  /** A blank line stands between all entries. */
  readonly spaced: boolean;
}

export function blockListStyle(text: string, list: SequenceNode): BlockListStyle {
  const last = list.items.findLast((item) => item.kind === 'mapping');
  const layout = {
    dash: columnOf(text, list.start),
    field: fieldColumn(text, list),
    groupDash: groupDash(text, list),
  };
  return { layout, flow: last?.flow ? flowEntryLayout(text, last) : null, spaced: isSpaced(text, list) };
}

/** From the key `groups` to the dashes under it, as in the last entry that has some. */
export function groupDash(text: string, list: SequenceNode): number {
  for (const item of list.items.toReversed()) {
    const groups = item.kind === 'mapping' && !item.flow ? item.pairs.find(isBlockGroups)?.value : undefined;
    if (groups) return Math.max(columnOf(text, groups.start) - columnOf(text, item.start), 0);
  }
  return DEFAULT_LAYOUT.groupDash;
}

function isBlockGroups({ key, value }: { readonly key: YamlNode; readonly value: YamlNode }): boolean {
  const isGroups = key.kind === 'scalar' && key.text.toLowerCase() === 'groups';
  return isGroups && value.kind === 'sequence' && !value.flow;
}

/** From a dash to its key, as in the last entry that has both in one line. */
function fieldColumn(text: string, list: SequenceNode): number {
  const last = list.items.findLast(
    (item): item is MappingNode =>
      item.kind === 'mapping' &&
      !item.flow &&
      /- +$/.test(text.slice(Math.max(item.start - 80, 0), item.start)),
  );
  return last ? columnOf(text, last.start) - columnOf(text, list.start) : DEFAULT_LAYOUT.field;
}

function isSpaced(text: string, list: SequenceNode): boolean {
  if (list.items.length < 2) return false;
  const items = blockItems(text, list);
  return items
    .slice(1)
    .every(({ start }, index) =>
      /(?:\r\n|\r(?!\n)|\n)[ \t]*[\r\n]/.test(text.slice(items[index]?.end, start)),
    );
}
