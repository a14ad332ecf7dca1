import type { DesiredEntry } from '../entry.ts';
import { skipTrivia } from '../yaml/lines.ts';
import type { MappingNode, SequenceNode, YamlNode } from '../yaml/node.ts';
import { arnScalar, doubleQuoted } from '../yaml/quote.ts';

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
