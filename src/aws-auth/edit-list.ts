import { type Edit, insertLinesAfter } from '../yaml/edit.ts';
import {
  breakLength,
  columnOf,
  indentStart,
  isLineDone,
  lineBreakOf,
  lineEnd,
  lineStart,
  nextLine,
  skipBlanks,
  skipTrivia,
  startsLine,
} from '../yaml/lines.ts';
import {
  isUnwritten,
  type MappingNode,
  type Pair,
  type ScalarNode,
  type SequenceNode,
  type YamlNode,
} from '../yaml/node.ts';
import { blockHeader } from './block-scalar.ts';
import { listLayout } from './entry-style.ts';
import { isInline } from './replace-value.ts';

/** The change to a list item. */
type ItemChange = { readonly kind: 'keep' | 'remove' } | { readonly kind: 'replace'; readonly text: string };

export interface ListChanges {
  /** One change per item. */
  readonly items: readonly ItemChange[];
  /** New items, keyed by the index of the preceding item; -1 for the start of the list. */
  readonly inserted: ReadonlyMap<number, readonly string[]>;
}

/**
 * The changes that turn one list of texts into another. Keeps items, with their comments. Replaces items one for one,
 * and removes or inserts the rest.
 */
export function listChanges(before: readonly string[], after: readonly string[]): ListChanges {
  const items: ItemChange[] = [];
  const inserted = new Map<number, readonly string[]>();
  let [from, to] = [0, 0];
  for (const [index, other] of [...commonItems(before, after), [before.length, after.length] as const]) {
    const added = after.slice(to, other);
    const replaced = Math.min(index - from, added.length);
    for (let position = 0; position < index - from; position += 1) {
      const text = added[position];
      items.push(text === undefined ? { kind: 'remove' } : { kind: 'replace', text });
    }
    if (added.length > replaced) inserted.set(index - 1, added.slice(replaced));
    if (index < before.length) items.push({ kind: 'keep' });
    [from, to] = [index + 1, other + 1];
  }
  return { items, inserted };
}

/** Index pairs of equal items, ascending: all of them, unless items trade places. */
function commonItems(one: readonly string[], other: readonly string[]): [number, number][] {
  let next = 0;
  return other.flatMap((item, index): [number, number][] => {
    const found = one.indexOf(item, next);
    if (found < 0) return [];
    next = found + 1;
    return [[found, index]];
  });
}

export function removalOf(list: SequenceNode, removed: ReadonlySet<number>): ListChanges {
  const items = list.items.map((_, index): ItemChange => ({ kind: removed.has(index) ? 'remove' : 'keep' }));
  return { items, inserted: new Map() };
}

/** Replaces the items of a block list if all are removed: a text must not become blank. */
export function emptyList(text: string, list: SequenceNode): Edit {
  const position = indentStart(text, list.contentStart);
  return { start: position, end: position, replacement: `[]${lineBreakOf(text)}` };
}

/** Edits a list in its own style; `separator` is the default for a flow list with too few items to show its own. */
export function editList(text: string, list: SequenceNode, changes: ListChanges, separator = ', '): Edit[] {
  if (!list.flow) return editBlockList(text, list, changes);
  const own = listLayout(text, list, separator).separator;
  return editFlowItems(text, list.contentStart + 1, listItems(text, list), changes, own);
}

/** Keeps all comments except those after removed items. */
function editBlockList(text: string, list: SequenceNode, changes: ListChanges): Edit[] {
  const items = listItems(text, list);
  const start = list.contentStart;
  const indent = ' '.repeat(columnOf(text, start));
  const lineBreak = lineBreakOf(text);
  let before: YamlNode | undefined;
  const edits = items.flatMap((item, index): Edit[] => {
    const [change, node] = [changes.items[index], list.items[index]];
    if (change?.kind === 'remove') return [removeBlockItem(text, item, before)];
    before = node;
    if (change?.kind !== 'replace' || !node) return [];
    return isInline(node)
      ? [{ start: node.start, end: item.end, replacement: change.text }]
      : [{ start: item.start + 1, end: item.end, replacement: ` ${change.text}` }];
  });
  for (const [index, texts] of changes.inserted) {
    const item = items[index];
    const lines = texts.map((one) => `${indent}- ${one}${lineBreak}`).join('');
    if (item) edits.push(insertLinesAfter(text, lineEnd(text, item.end), lines, lineBreak));
    else edits.push({ start, end: start, replacement: lines.slice(indent.length) + indent });
  }
  return edits;
}

/**
 * Removes an item's lines. `before` is the item that then precedes the following lines. If it ends with a block scalar,
 * comments below move to the column of the dashes: indented deeper, they would become content of the scalar.
 */
function removeBlockItem(text: string, item: ListItem, before: YamlNode | undefined): Edit {
  const start = indentStart(text, item.start);
  const end = nextLine(text, item.end);
  const scalar = lastBlockScalar(before);
  if (!scalar) return { start, end, replacement: '' };
  const isGreedy = blockHeader(text, scalar).chomping === '+';
  return { start, ...commentsBelow(text, end, text.slice(start, item.start), isGreedy) };
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

/**
 * Edits the items of a flow collection. `open` is the offset after its opening bracket; `separator` is a comma with the
 * blanks or line break after it.
 */
function editFlowItems(
  text: string,
  open: number,
  items: readonly ListItem[],
  changes: ListChanges,
  separator: string,
): Edit[] {
  const added = [...changes.inserted].flatMap(([, texts]) => texts);
  const last = changes.items.findLastIndex(({ kind }) => kind !== 'remove');
  if (last < 0) {
    const [first, final] = [items[0], items.at(-1)];
    const end = !final ? open : final.comma < 0 ? final.end : final.comma + 1;
    return [{ start: first?.start ?? open, end, replacement: added.join(separator) }];
  }
  const edits = items.slice(0, last + 1).flatMap((item, index): Edit[] => {
    const change = changes.items[index];
    if (change?.kind === 'remove') return [removeItem(text, item)];
    return change?.kind === 'replace' ? [{ start: item.start, end: item.end, replacement: change.text }] : [];
  });
  for (const [index, texts] of changes.inserted) {
    const item = items[index];
    const goesOn = index !== last || (items.at(-1)?.comma ?? -1) >= 0;
    const start = items[0]?.start ?? open;
    if (item) edits.push(...insertAfter(text, item, texts, separator, goesOn));
    else edits.push({ start, end: start, replacement: texts.map((one) => one + separator).join('') });
  }
  return [...edits, ...removeTail(text, items, last, changes.inserted.has(last))];
}

/** Removes an item with its comma, and its whole lines if nothing else is on them. */
function removeItem(text: string, { start, end, comma }: ListItem): Edit {
  const behind = comma < 0 ? end : comma + 1;
  if (startsLine(text, start) && isLineDone(text, behind))
    return { start: lineStart(text, start), end: nextLine(text, behind), replacement: '' };
  return { start, end: comma < 0 ? end : skipBlanks(text, behind), replacement: '' };
}

/** Removes all items after the last kept one, and its comma unless `needsComma`; a trailing comma stays. */
function removeTail(text: string, items: readonly ListItem[], last: number, needsComma: boolean): Edit[] {
  const [kept, final] = [items[last], items.at(-1)];
  if (!kept || !final || last === items.length - 1) return [];
  if (!text.slice(kept.end, final.end).includes('#'))
    return [{ start: kept.end, end: final.end, replacement: '' }];
  const comma = { start: kept.comma, end: kept.comma + 1, replacement: '' };
  const removed = items.slice(last + 1).map((item) => removeItem(text, item));
  return final.comma < 0 && !needsComma ? [comma, ...removed] : removed;
}

/** Inserts after an item; in a list with one line per item, after its comment. `goesOn`: a final comma is needed. */
function insertAfter(
  text: string,
  item: ListItem,
  texts: readonly string[],
  separator: string,
  goesOn: boolean,
): Edit[] {
  const indent = /[\r\n]([ \t]*)$/.exec(separator)?.[1];
  const behind = item.comma < 0 ? item.end : item.comma + 1;
  const end = lineEnd(text, behind);
  if (indent === undefined || !isLineDone(text, behind) || !text.slice(behind, end).includes('#'))
    return [{ start: item.end, end: item.end, replacement: texts.map((one) => separator + one).join('') }];
  const lines = separator.slice(1) + texts.join(separator);
  if (item.comma >= 0) return [{ start: end, end, replacement: goesOn ? `${lines},` : lines }];
  const comma = { start: item.end, end: item.end, replacement: ',' };
  return [comma, { start: end, end, replacement: lines }];
}

/** The block scalar at the end of a node; the text after it determines its final line breaks. */
export function lastBlockScalar(node: YamlNode | undefined): ScalarNode | undefined {
  let last = node;
  while (last?.kind === 'sequence' || last?.kind === 'mapping') {
    if (last.flow) return undefined;
    last = last.kind === 'sequence' ? last.items.at(-1) : last.pairs.at(-1)?.value;
  }
  return last?.kind === 'scalar' && (last.style === 'literal' || last.style === 'folded') ? last : undefined;
}

/** The place of a list item in the source. */
interface ListItem {
  /** Start of its dash; in a flow list, of the item itself. */
  readonly start: number;
  readonly end: number;
  /** Offset of the comma after a flow list item; -1 if missing. */
  readonly comma: number;
}

export function listItems(source: string, { flow, dashes, items }: SequenceNode): ListItem[] {
  return items.map((item, index) =>
    flow
      ? flowItem(source, item.start, item.end + gapBehind(source, item))
      : { start: dashes[index] ?? -1, end: item.end, comma: -1 },
  );
}

export function removeFlowPairs(source: string, mapping: MappingNode, removed: ReadonlySet<Pair>): Edit[] {
  const places = mapping.pairs.map(({ key, value }) => flowItem(source, key.start, value.end));
  const items = mapping.pairs.map((pair): ItemChange => ({ kind: removed.has(pair) ? 'remove' : 'keep' }));
  return editFlowItems(source, mapping.contentStart + 1, places, { items, inserted: new Map() }, ', ');
}

function flowItem(source: string, start: number, end: number): ListItem {
  const next = skipTrivia(source, end);
  return { start, end, comma: source[next] === ',' ? next : -1 };
}

/** Length of the separator that must stay after a bare tag: a tag may contain commas and brackets. */
export function gapBehind(source: string, node: YamlNode): number {
  return node.kind === 'scalar' && node.tag !== null && isUnwritten(node)
    ? breakLength(source, node.end) || 1
    : 0;
}
