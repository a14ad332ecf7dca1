import { columnOf, lineStart, skipTrivia } from '../yaml/lines.ts';
import type { MappingNode, SequenceNode, YamlNode } from '../yaml/node.ts';

/** How a list in block style is laid out, in columns. */
export interface BlockLayout {
  /** The column of the dashes, from 0. */
  readonly dash: number;
  /** From a dash to the first letter of its key. */
  readonly field: number;
  /** From the key `groups` to the dashes under it. */
  readonly groupDash: number;
}

export const DEFAULT_LAYOUT: BlockLayout = { dash: 0, field: 2, groupDash: 2 };

/** How the entries of a block list are laid out. */
export interface BlockListStyle {
  readonly layout: BlockLayout;
  /** Set where the last entry is in flow style: `- {rolearn: …}`. */
  readonly flow: FlowEntryLayout | null;
  /** A blank line separates all entries. */
  readonly spaced: boolean;
}

export function blockListStyle(text: string, list: SequenceNode): BlockListStyle {
  const last = list.items.findLast((item) => item.kind === 'mapping');
  const layout = {
    dash: columnOf(text, list.contentStart),
    field: fieldColumn(text, list),
    groupDash: groupDash(text, list),
  };
  return { layout, flow: last?.flow ? flowEntryLayout(text, last) : null, spaced: isSpaced(text, list) };
}

/** From the key `groups` to the dashes under it, as in the last entry that has some. */
export function groupDash(text: string, list: SequenceNode): number {
  for (const item of list.items.toReversed()) {
    const groups = item.kind === 'mapping' ? item.pairs.find(isBlockGroups)?.value : undefined;
    if (groups) return Math.max(columnOf(text, groups.contentStart) - columnOf(text, item.contentStart), 0);
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
      /- +$/.test(text.slice(lineStart(text, item.contentStart), item.contentStart)),
  );
  return last ? columnOf(text, last.contentStart) - columnOf(text, list.contentStart) : DEFAULT_LAYOUT.field;
}

function isSpaced(text: string, { items, dashes }: SequenceNode): boolean {
  const gaps = items.slice(1).map((_, index) => text.slice(items[index]?.end, dashes[index + 1]));
  return gaps.length > 0 && gaps.every((gap) => /(?:\r(?!\n)|\n)[ \t]*[\r\n]/.test(gap));
}

/** How entries in flow style are laid out. */
export interface FlowEntryLayout {
  readonly fields: FlowLayout;
  readonly groups: FlowLayout;
  /** The colon and what follows it. */
  readonly colon: string;
  /** Everything is quoted, as JSON wants it. */
  readonly json: boolean;
}

/** The layout of an entry in flow style; of one that has it all, the layout of its groups too. */
export function flowEntryLayout(text: string, entry: MappingNode): FlowEntryLayout {
  const [first, second] = entry.pairs;
  if (!first) return { fields: ONE_LINE, groups: ONE_LINE, colon: ': ', json: false };
  const json = first.key.kind === 'scalar' && first.key.style === 'double';
  const blanks = blanksIn(text, first.colonEnd, first.value.start);
  const colon = json ? (blanks ?? ' ') : blanks || ' ';
  const list = entry.pairs.map((pair) => pair.value).find(isFilledList);
  const range = { start: first.key.start, end: first.value.end };
  const fields = layoutOf(text, entry, range, second?.key, ', ');
  const separator = oneLine(fields);
  const groups = list ? flowListLayout(text, list, separator) : { ...ONE_LINE, separator };
  return { fields, groups, colon: `:${colon}`, json };
}

/** The separator of a list on one line, among fields that are separated like that. */
export function oneLine({ separator }: FlowLayout): string {
  return separator === ',' ? ',' : ', ';
}

function isFilledList(node: YamlNode): node is SequenceNode {
  return node.kind === 'sequence' && node.items.length > 0;
}

/** How a collection in flow style is laid out: the blanks and line breaks inside its brackets. */
export interface FlowLayout {
  readonly open: string;
  /** A comma and what follows it. */
  readonly separator: string;
  readonly close: string;
}

export const ONE_LINE: FlowLayout = { open: '', separator: ', ', close: '' };

/** The layout of a list; `separator` is for one that has too few items to show its own. */
export function flowListLayout(text: string, list: SequenceNode, separator: string): FlowLayout {
  const [first, second] = list.items;
  return first ? layoutOf(text, list, first, second, separator) : { ...ONE_LINE, separator };
}

/** `first` and `second` are what is inside the brackets; `fallback` is the separator where there is no second. */
export function layoutOf(
  text: string,
  node: MappingNode | SequenceNode,
  first: Pick<YamlNode, 'start' | 'end'>,
  second: YamlNode | undefined,
  fallback: string,
): FlowLayout {
  const open = blanksIn(text, node.contentStart + 1, first.start) ?? '';
  const comma = skipTrivia(text, first.end);
  const between = second && text[comma] === ',' ? blanksIn(text, comma + 1, second.start) : null;
  return {
    open,
    separator: between === null ? (/[\r\n]/.test(open) ? `,${open}` : fallback) : `,${between}`,
    close: /[^\s]([ \t]*(?:[\r\n]\s*)?)$/.exec(text.slice(first.end - 1, node.end - 1))?.[1] ?? '',
  };
}

/** What is between two offsets; null where that is more than blanks and line breaks. */
export function blanksIn(text: string, start: number, end: number): string | null {
  const between = end < start ? '' : text.slice(start, end);
  return /^\s*$/.test(between) ? between : null;
}
