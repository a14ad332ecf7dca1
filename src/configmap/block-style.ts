import type { DesiredEntry } from '../entry.ts';
import { once } from '../memo.ts';
import { printable } from '../text.ts';
import { columnOf, lineStart } from '../yaml/lines.ts';
import type { MappingNode, Pair, SequenceNode } from '../yaml/node.ts';
import { arnScalar, doubleQuoted } from '../yaml/quote.ts';
import { FlowStyle } from './flow-style.ts';

export interface RenderOptions {
  /** Name the account and the permission set in a comment after each ARN. */
  readonly comments: boolean;
}

/** How a list in block style is laid out, in columns. */
interface BlockLayout {
  /** The column of the dashes, from 0. */
  readonly dash: number;
  /** From a dash to the first letter of its key. */
  readonly field: number;
  /** From the key `groups` to the dashes under it. */
  readonly groupDash: number;
}

const DEFAULT_LAYOUT: BlockLayout = { dash: 0, field: 2, groupDash: 2 };

/**
 * Entries as items of a block list, each line ended by `\n`; nothing for no entries.
 * @param dash the column of the dashes
 */
export function renderEntries(entries: readonly DesiredEntry[], options: RenderOptions, dash = 0): string {
  return entries.map((entry) => renderEntry(entry, { ...DEFAULT_LAYOUT, dash }, options)).join('');
}

function renderEntry(entry: DesiredEntry, layout: BlockLayout, options: RenderOptions): string {
  const comment = options.comments ? entryComment(entry) : '';
  const dash = ' '.repeat(layout.dash);
  const field = ' '.repeat(layout.dash + layout.field);
  const lines = [
    `${dash}-${' '.repeat(layout.field - 1)}rolearn: ${arnScalar(entry.rolearn, false)}${comment && ` # ${comment}`}`,
    `${field}username: ${doubleQuoted(entry.username)}`,
    ...groupLines('groups', entry.groups, field, layout.groupDash),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

// A string, because making the tables of the pattern takes longer than a comment is often asked for.
const UNWRITTEN = String.raw`[^\p{L}\p{M}\p{N}\p{P}\p{S}]+`;

/** What `--comments` says about an entry: one line of printable text, empty for a node entry. */
function entryComment(entry: DesiredEntry): string {
  if (!entry.role) return '';
  const { accountName, permissionSet } = entry.role;
  const text = accountName ? `${accountName}, ${permissionSet}` : permissionSet;
  return printable(text.replace(new RegExp(UNWRITTEN, 'gu'), ' ').trim());
}

function groupLines(key: string, groups: readonly string[], indent: string, groupDash: number): string[] {
  const dash = indent + ' '.repeat(groupDash);
  return [`${indent}${key}:`, ...groups.map((group) => `${dash}- ${doubleQuoted(group)}`)];
}

/** How the entries of a list in block style are laid out, and how others are written like them. */
export class BlockStyle {
  private readonly text: string;
  private readonly list: SequenceNode;
  private readonly groupDash = once(() => groupDashOf(this.text, this.list));

  constructor(text: string, list: SequenceNode) {
    this.text = text;
    this.list = list;
  }

  /** Entries as items that follow the list. */
  items(entries: readonly DesiredEntry[], options: RenderOptions): string {
    const { text, list } = this;
    const dash = columnOf(text, list.contentStart);
    const layout = { dash, field: fieldColumn(text, list), groupDash: this.groupDash() };
    const gap = isSpaced(text, list) ? '\n' : '';
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

  /** The field `groups` as lines, from its key on, which may be spelled otherwise. */
  groupLines(key: string, groups: readonly string[], indent: string): string[] {
    return groupLines(key, groups, indent, this.groupDash());
  }
}

/** From the key `groups` to the dashes under it, as in the last entry that has some. */
function groupDashOf(text: string, list: SequenceNode): number {
  for (const item of list.items.toReversed()) {
    const groups = item.kind === 'mapping' ? item.pairs.find(isBlockGroups)?.value : undefined;
    if (groups) return Math.max(columnOf(text, groups.contentStart) - columnOf(text, item.contentStart), 0);
  }
  return DEFAULT_LAYOUT.groupDash;
}

function isBlockGroups({ key, value }: Pair): boolean {
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
