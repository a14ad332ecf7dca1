import type { DesiredEntry } from '../entry.ts';
import { skipTrivia } from '../yaml/lines.ts';
import type { MappingNode, SequenceNode, YamlNode } from '../yaml/node.ts';
import { colonEnd, nodeEnd, nodeStart, pairEnd } from '../yaml/node-end.ts';
import { arnScalar, doubleQuoted } from './quote.ts';

/** How a collection in flow style is laid out: the blanks and line breaks inside its brackets. */
export interface FlowLayout {
  readonly open: string;
  /** A comma and what stands behind it. */
  readonly separator: string;
  readonly close: string;
}

/** How entries in flow style are laid out. */
export interface FlowEntryLayout {
  readonly fields: FlowLayout;
  readonly groups: FlowLayout;
  /** The colon and what stands behind it. */
  readonly colon: string;
  /** Everything is quoted, as JSON wants it. */
  readonly json: boolean;
}

export const ONE_LINE: FlowLayout = { open: '', separator: ', ', close: '' };

/** The layout of an entry in flow style; of one that has it all, the layout of its groups too. */
export function flowEntryLayout(text: string, entry: MappingNode): FlowEntryLayout {
  const [first, second] = entry.pairs;
  if (!first) return { fields: ONE_LINE, groups: ONE_LINE, colon: ': ', json: false };
  const json = first.key.kind === 'scalar' && first.key.style === 'double';
  const value = nodeStart(first.value);
  const blanks = value < 0 ? null : blanksIn(text, colonEnd(text, first, nodeStart(first.key)), value);
  const colon = json ? (blanks ?? ' ') : blanks || ' ';
  const start = nodeStart(first.key);
  const end = pairEnd(text, first, start);
  const list = entry.pairs.map((pair) => pair.value).find(isFlowList);
  const fields = layoutOf(text, entry, start, end, second ? nodeStart(second.key) : -1, ', ');
  const separator = oneLine(fields);
  const groups = list ? flowListLayout(text, list, separator) : { ...ONE_LINE, separator };
  return { fields, groups, colon: `:${colon}`, json };
}

/** The layout of a list; `separator` is for one that has too few items to show its own. */
export function flowListLayout(text: string, list: SequenceNode, separator: string): FlowLayout {
  const [first, second] = list.items;
  if (!first) return { ...ONE_LINE, separator };
  const start = nodeStart(first);
  return layoutOf(text, list, start, nodeEnd(text, first, start), second ? nodeStart(second) : -1, separator);
}

/** An entry in flow style, on one line or on several. */
export function renderFlowEntry(entry: DesiredEntry, layout: FlowEntryLayout): string {
  const rolearn = layout.json ? doubleQuoted(entry.rolearn) : arnScalar(entry.rolearn, true);
  const fields = [
    renderFlowField('rolearn', rolearn, layout),
    renderFlowField('username', doubleQuoted(entry.username), layout),
    renderFlowField('groups', renderFlowGroups(entry.groups, layout.groups), layout),
  ];
  return `{${layout.fields.open}${fields.join(layout.fields.separator)}${layout.fields.close}}`;
}

export function renderFlowField(name: string, value: string, { json, colon }: FlowEntryLayout): string {
  return `${json ? `"${name}"` : name}${colon}${value}`;
}

export function renderFlowGroups(groups: readonly string[], layout: FlowLayout): string {
  if (groups.length === 0) return '[]';
  return `[${layout.open}${groups.map(doubleQuoted).join(layout.separator)}${layout.close}]`;
}

function layoutOf(
  text: string,
  node: MappingNode | SequenceNode,
  firstStart: number,
  firstEnd: number,
  secondStart: number,
  fallback: string,
): FlowLayout {
  const open = blanksIn(text, node.start + 1, firstStart) ?? '';
  const comma = skipTrivia(text, firstEnd);
  const between = secondStart < 0 || text[comma] !== ',' ? null : blanksIn(text, comma + 1, secondStart);
  const close = nodeEnd(text, node, firstEnd) - 1;
  return {
    open,
    separator: between === null ? (/[\r\n]/.test(open) ? `,${open}` : fallback) : `,${between}`,
    close: /[^\s]([ \t]*(?:[\r\n]\s*)?)$/.exec(text.slice(firstEnd - 1, close))?.[1] ?? '',
  };
}

/** What separates the items of a list on one line, beside fields that are separated like that. */
export function oneLine({ separator }: FlowLayout): string {
  return separator === ',' ? ',' : ', ';
}

/** What stands between two offsets; null where it is more than blanks and line breaks. */
function blanksIn(text: string, start: number, end: number): string | null {
  const between = end < start ? '' : text.slice(start, end);
  return /^\s*$/.test(between) ? between : null;
}

function isFlowList(node: YamlNode): node is SequenceNode {
  return node.kind === 'sequence' && node.flow && node.items.length > 0;
}
