import type { DesiredEntry } from '../entry.ts';
import { once } from '../memo.ts';
import { printable } from '../text.ts';
import { columnOf, lineStart } from '../yaml/lines.ts';
import type { MappingNode, Pair, SequenceNode } from '../yaml/node.ts';
import { arnScalar, doubleQuoted } from '../yaml/quote.ts';
import { FlowStyle } from './flow-style.ts';

export interface RenderOptions {
  /** Add a comment with the account and permission set after each ARN. */
  readonly comments: boolean;
}

/** Layout of a block-style list, in columns. */
interface BlockLayout {
  /** Zero-based column of the dashes. */
  readonly dash: number;
  /** Distance from a dash to the first letter of its key. */
  readonly field: number;
  /** Distance from the key `groups` to the dashes below it. */
  readonly groupDash: number;
}

const DEFAULT_LAYOUT: BlockLayout = { dash: 0, field: 2, groupDash: 2 };

/**
 * Entries as items of a block list, each line ended by `\n`; nothing for no entries.
 * @param dash the column of the dashes
 */
export function renderItems(entries: readonly DesiredEntry[], options: RenderOptions, dash = 0): string {
  return entries.map((entry) => renderEntry(entry, { ...DEFAULT_LAYOUT, dash }, options)).join('');
}

function renderEntry(entry: DesiredEntry, layout: BlockLayout, options: RenderOptions): string {
  const comment = options.comments && entry.role ? roleComment(entry.role) : '';
  const dash = ' '.repeat(layout.dash);
  const field = ' '.repeat(layout.dash + layout.field);
  const lines = [
    `${dash}-${' '.repeat(layout.field - 1)}rolearn: ${arnScalar(entry.rolearn, false)}${comment && ` # ${comment}`}`,
    `${field}username: ${doubleQuoted(entry.username)}`,
    ...groupLines('groups', entry.groups, field, layout.groupDash),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

// A string: compiling the pattern is slow, and comments are rarely requested.
const UNWRITTEN = String.raw`[^\p{L}\p{M}\p{N}\p{P}\p{S}]+`;

/** An entry's comment for `--comments`, on one line of printable text. */
function roleComment({ accountName, permissionSet }: NonNullable<DesiredEntry['role']>): string {
  const text = accountName ? `${accountName}, ${permissionSet}` : permissionSet;
  return printable(text.replace(new RegExp(UNWRITTEN, 'gu'), ' ').trim());
}

function groupLines(key: string, groups: readonly string[], indent: string, groupDash: number): string[] {
  const dash = indent + ' '.repeat(groupDash);
  return [`${indent}${key}:`, ...groups.map((group) => `${dash}- ${doubleQuoted(group)}`)];
}

/** The layout of a block-style list, and renders new entries in it. */
export class BlockStyle {
  private readonly text: string;
  private readonly list: SequenceNode;
  private readonly groupDash = once(() => groupDashOf(this.text, this.list));

  constructor(text: string, list: SequenceNode) {
    this.text = text;
    this.list = list;
  }

  /** Renders entries as further items of the list. */
  items(entries: readonly DesiredEntry[], options: RenderOptions): string {
    const { text, list } = this;
    const dash = columnOf(text, list.contentStart);
    const layout = { dash, field: fieldColumn(text, list), groupDash: this.groupDash() };
    const gaps = list.items.slice(1).map((_, index) => {
      return text.slice(list.items[index]?.end, list.dashes[index + 1]);
    });
    const isSpaced = gaps.length > 0 && gaps.every((one) => /(?:\r(?!\n)|\n)[ \t]*[\r\n]/.test(one));
    const gap = isSpaced ? '\n' : '';
    const last = list.items.findLast((item) => item.kind === 'mapping');
    const flow = last?.flow ? FlowStyle.of(text, last) : null;
    return entries
      .map((entry) =>
        flow
          ? `${gap}${' '.repeat(dash)}- ${flow.entry(entry)}\n`
          : gap + renderEntry(entry, layout, options),
      )
      .join('');
  }

  /** Lines of the field `groups`; `key` is its spelling in the entry. */
  groupLines(key: string, groups: readonly string[], indent: string): string[] {
    return groupLines(key, groups, indent, this.groupDash());
  }
}

/** Distance from the key `groups` to the dashes below it, as in the last entry with groups. */
function groupDashOf(text: string, list: SequenceNode): number {
  for (const item of list.items.toReversed()) {
    const pairs = item.kind === 'mapping' ? item.pairs : [];
    const isGroups = ({ key }: Pair) => key.kind === 'scalar' && key.text.toLowerCase() === 'groups';
    const groups = pairs
      .filter(isGroups)
      .find(({ value }) => value.kind === 'sequence' && !value.flow)?.value;
    if (groups?.kind === 'sequence')
      return Math.max(columnOf(text, groups.contentStart) - columnOf(text, item.contentStart), 0);
  }
  return DEFAULT_LAYOUT.groupDash;
}

/** Distance from a dash to its key, as in the last entry with both on one line. */
function fieldColumn(text: string, list: SequenceNode): number {
  const last = list.items.findLast(
    (item): item is MappingNode =>
      item.kind === 'mapping' &&
      /- +$/.test(text.slice(lineStart(text, item.contentStart), item.contentStart)),
  );
  return last ? columnOf(text, last.contentStart) - columnOf(text, list.contentStart) : DEFAULT_LAYOUT.field;
}
