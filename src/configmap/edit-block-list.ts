import { type Edit, insertLinesAfter } from '../yaml/edit.ts';
import { indentStart, lineEnd, lineStart, nextLine } from '../yaml/lines.ts';
import type { ListItem } from '../yaml/list-items.ts';
import { blockItems } from '../yaml/list-items.ts';
import type { SequenceNode, YamlNode } from '../yaml/node.ts';
import { nodeStart } from '../yaml/node-end.ts';
import type { ListChanges } from './list-changes.ts';
import { keepsBlankLines, lastBlockScalar } from './list-end.ts';

/** Carries changes out in a block list; comments stay, except those behind removed items. */
export function editBlockList(
  text: string,
  list: SequenceNode,
  changes: ListChanges,
  lineBreak: string,
): Edit[] {
  const items = blockItems(text, list);
  const before = keptBefore(list, (index) => changes.items[index]?.kind === 'remove');
  const dash = text.slice(lineStart(text, list.start), list.start);
  const edits = items.flatMap((item, index): Edit[] => {
    const [change, node] = [changes.items[index], list.items[index]];
    if (change?.kind === 'remove') return [removeBlockItem(text, item, before[index])];
    return change?.kind === 'replace' && node ? [replaceItem(item, node, change.text)] : [];
  });
  for (const [index, texts] of changes.inserted) {
    const item = items[index];
    const lines = texts.map((one) => `${dash.replace(/\S/g, ' ')}- ${one}${lineBreak}`).join('');
    if (item) edits.push(insertLinesAfter(text, lineEnd(text, item.end), lines, lineBreak));
    else edits.push({ start: list.start, end: list.start, replacement: lines.slice(dash.length) + dash });
  }
  return edits;
}

/** For each item the one that comes to stand in front of it once others are removed. */
export function keptBefore(
  { items }: SequenceNode,
  isRemoved: (index: number) => boolean,
): (YamlNode | undefined)[] {
  let before: YamlNode | undefined;
  return items.map((item, index) => {
    const kept = before;
    if (!isRemoved(index)) before = item;
    return kept;
  });
}

/**
 * Takes the lines of an item out, with what stands behind its last value. `before` is the item that comes to stand in its place: where
 * that ends with a block scalar, the comments below move to the column of the dashes, for further in they would become content.
 */
export function removeBlockItem(text: string, item: ListItem, before: YamlNode | undefined): Edit {
  const start = indentStart(text, item.start);
  const end = nextLine(text, item.end);
  const scalar = lastBlockScalar(before);
  return scalar
    ? { start, ...commentsBelow(text, end, text.slice(start, item.start), keepsBlankLines(text, scalar)) }
    : { start, end, replacement: '' };
}

function commentsBelow(text: string, start: number, indent: string, isGreedy: boolean): Omit<Edit, 'start'> {
  let [end, moved, replacement] = [start, '', ''];
  for (let line = start; line < text.length; ) {
    const next = nextLine(text, line);
    const content = text.slice(line, next).trimStart();
    if (content !== '' && !content.startsWith('#')) break;
    const isDeep = content !== '' && next - line - content.length > indent.length;
    if (content !== '' || !isGreedy) moved += isDeep ? indent + content : text.slice(line, next);
    if (isDeep || (content === '' && isGreedy)) [end, replacement] = [next, moved];
    line = next;
  }
  return { end, replacement };
}

function replaceItem(item: ListItem, node: YamlNode, replacement: string): Edit {
  if (isInline(node)) return { start: nodeStart(node), end: item.end, replacement };
  return { start: item.start + 1, end: item.end, replacement: ` ${replacement}` };
}

/** Whether all of a node lies between its start and its end: not so with block scalars, whose header stands apart. */
export function isInline(node: YamlNode): boolean {
  if (node.kind === 'alias') return true;
  if (node.kind !== 'scalar') return node.flow;
  return node.style !== 'literal' && node.style !== 'folded' && nodeStart(node) >= 0;
}
