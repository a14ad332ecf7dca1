import type { DesiredEntry } from '../map-entry.ts';
import { once } from '../memo.ts';
import { printable } from '../text.ts';
import { columnOf, lineStart, skipTrivia } from '../yaml/lines.ts';
import type { MappingNode, Pair, SequenceNode, YamlNode } from '../yaml/node.ts';
import { arnScalar, doubleQuoted } from '../yaml/quote.ts';

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

/** Layout of a flow-style collection: the blanks and line breaks inside its brackets. */
interface FlowLayout {
  readonly open: string;
  /** A comma with the blanks after it. */
  readonly separator: string;
  readonly close: string;
}

const ONE_LINE: FlowLayout = { open: '', separator: ', ', close: '' };

/** The layout of a flow-style entry, and renders other entries in it. */
export class FlowStyle {
  static readonly PLAIN = new FlowStyle(ONE_LINE, ONE_LINE, ': ', false);

  private readonly fields: FlowLayout;
  private readonly groups: FlowLayout;
  /** The colon with the blanks after it. */
  private readonly colon: string;
  /** True if keys and values are quoted, as in JSON. */
  private readonly json: boolean;

  private constructor(fields: FlowLayout, groups: FlowLayout, colon: string, json: boolean) {
    this.fields = fields;
    this.groups = groups;
    this.colon = colon;
    this.json = json;
  }

  /** The layout of an entry and, if it has groups, of its groups. */
  static of(text: string, entry: MappingNode): FlowStyle {
    const [first, second] = entry.pairs;
    if (!first) return FlowStyle.PLAIN;
    const json = first.key.kind === 'scalar' && first.key.style === 'double';
    const blanks = blanksIn(text, first.colonEnd, first.value.start);
    const colon = json ? (blanks ?? ' ') : blanks || ' ';
    const lists = entry.pairs.flatMap(({ value }) => (value.kind === 'sequence' ? value : []));
    const list = lists.find(({ items }) => items.length > 0);
    const range = { start: first.key.start, end: first.value.end };
    const fields = layoutOf(text, entry, range, second?.key, ', ');
    const separator = oneLine(fields.separator);
    const groups = list ? listLayout(text, list, separator) : { ...ONE_LINE, separator };
    return new FlowStyle(fields, groups, `:${colon}`, json);
  }

  get fieldSeparator(): string {
    return this.fields.separator;
  }

  get groupSeparator(): string {
    return this.groups.separator;
  }

  /** Separator between entries of this style on one line. */
  get entrySeparator(): string {
    return oneLine(this.fields.separator);
  }

  /** Renders an entry on one or more lines. */
  entry({ rolearn, username, groups }: DesiredEntry): string {
    const { open, separator, close } = this.fields;
    const fields = [
      this.field('rolearn', this.json ? doubleQuoted(rolearn) : arnScalar(rolearn, true)),
      this.field('username', doubleQuoted(username)),
      this.field('groups', this.groupList(groups)),
    ];
    return `{${open}${fields.join(separator)}${close}}`;
  }

  field(name: string, value: string): string {
    return `${this.json ? `"${name}"` : name}${this.colon}${value}`;
  }

  groupList(groups: readonly string[]): string {
    const { open, separator, close } = this.groups;
    return `[${open}${groups.map(doubleQuoted).join(separator)}${close}]`;
  }
}

/** The separator for a list on one line, derived from the separator of fields. */
function oneLine(separator: string): string {
  return separator === ',' ? ',' : ', ';
}

/** A list's layout; `separator` is used if it has too few items to show its own. */
export function listLayout(text: string, list: SequenceNode, separator: string): FlowLayout {
  const [first, second] = list.items;
  return first ? layoutOf(text, list, first, second, separator) : { ...ONE_LINE, separator };
}

/**
 * `first` and `second` are the first items inside the brackets; `fallback` is the separator if there is no second one.
 */
function layoutOf(
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

/** The text between two offsets; null if it isn't only blanks and line breaks. */
export function blanksIn(text: string, start: number, end: number): string | null {
  const between = end < start ? '' : text.slice(start, end);
  return /^\s*$/.test(between) ? between : null;
}
