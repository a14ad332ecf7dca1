import { type AliasBinding, aliasesIn, isMerge, itemPairs } from '../authenticator/aliases.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import { isNull, scalarType, stringValue } from '../authenticator/scalar.ts';
import { foldKey } from '../go-strings.ts';
import { compareStrings } from '../text.ts';
import { type Edit, insertLinesAfter } from '../yaml/edit.ts';
import { columnOf, lineBreakOf, lineEnd } from '../yaml/lines.ts';
import {
  type AliasNode,
  isUnwritten,
  type MappingNode,
  nodesOf,
  type Pair,
  type ScalarNode,
  type SequenceNode,
  type YamlNode,
} from '../yaml/node.ts';
import { editList, isInline, type ListChanges, listChanges, ONE_LINE } from './edit-list.ts';
import type { EmbeddedText } from './embedded-text.ts';
import { arnScalar, doubleQuoted, isPrintableLine, missingColon, singleQuotedBody } from './quote.ts';
import { flowEntryLayout, groupLines, renderFlowGroups } from './render.ts';

/** Replaces the value of a key, in a line of its own or not; a comment after it stays. */
export function replaceValue(text: string, pair: Pair, replacement: string): Edit {
  const { value, colonEnd: colon } = pair;
  const { end } = value;
  if (isInline(value)) return { start: value.start, end, replacement };
  if (isUnwritten(value))
    return { start: colon, end, replacement: `${missingColon(text, pair)} ${replacement}` };
  const comment = /\s#.*$/.exec(text.slice(colon, Math.min(lineEnd(text, colon), end)))?.[0] ?? '';
  return { start: colon, end, replacement: ` ${replacement}${comment}` };
}

/** An ARN in the quotes of the value that it replaces, or plain like it. */
export function arnLike({ value }: Pair, arn: string, inFlow: boolean): string {
  return quotedLike(value, arn) ?? arnScalar(arn, inFlow);
}

/** A text in the quotes of the value that it replaces; in double quotes where that had none. */
export function textLike(value: Pair['value'], text: string): string {
  return quotedLike(value, text) ?? doubleQuoted(text);
}

function quotedLike(value: Pair['value'], text: string): string | null {
  if (value.kind !== 'scalar') return null;
  if (value.style === 'single' && isPrintableLine(text)) return `'${singleQuotedBody(text)}'`;
  return value.style === 'double' ? doubleQuoted(text) : null;
}

/** Writes other groups where an entry states some, or states that it has none; in the style of that list. */
export function editGroups(
  context: EditContext,
  entry: LoadedEntry,
  { pair, hasRivals }: FieldPlace & { readonly pair: Pair },
  groups: readonly string[],
  groupDash: number,
): Edit[] {
  const { text } = context;
  const { value } = pair;
  if (isNull(value) && !entry.node.flow) return fillIn(context, pair, groups, groupDash);
  const layout = entry.node.flow ? flowEntryLayout(text, entry.node).groups : ONE_LINE;
  const isOwn = value.kind === 'sequence' && value.items.length === entry.groups?.length;
  // Where a rival states groups too, an item that is no string takes the one in its place there.
  if (isOwn && entry.groups && !(hasRivals && value.items.some(isNoString)))
    return editList(text, value, rendered(listChanges(entry.groups, groups), value), layout.separator);
  return [replaceValue(text, pair, renderFlowGroups(groups, layout))];
}

function isNoString(item: YamlNode): boolean {
  return item.kind !== 'scalar' || scalarType(item) !== 'string';
}

function rendered({ items, inserted }: ListChanges, list: SequenceNode): ListChanges {
  return {
    items: items.map((change, index) => {
      const node = list.items[index];
      return change.kind === 'replace' && node
        ? { kind: 'replace', text: textLike(node, change.text) }
        : change;
    }),
    inserted: new Map([...inserted].map(([index, texts]) => [index, texts.map(doubleQuoted)])),
  };
}

/** Puts a block list below a key without a value. */
function fillIn(
  { text, lineBreak }: EditContext,
  pair: Pair,
  groups: readonly string[],
  groupDash: number,
): Edit[] {
  const [, ...lines] = groupLines(groups, ' '.repeat(columnOf(text, pair.key.start)), groupDash);
  return insertBelow(text, pair, lines.map((line) => line + lineBreak).join(''), lineBreak);
}

/** Puts lines below a key, in place of its value, which is null or missing. */
export function insertBelow(text: string, pair: Pair, lines: string, lineBreak: string): Edit[] {
  const { colonEnd, value } = pair;
  return [
    { start: colonEnd, end: value.end, replacement: missingColon(text, pair) },
    insertLinesAfter(text, lineEnd(text, value.end), lines, lineBreak),
  ];
}

/** Where a field of an entry has to be written to take effect. */
interface FieldPlace {
  /** The pair whose value the authenticator takes, in the entry itself; null where one has to be inserted. */
  readonly pair: Pair | null;
  /** The key to write: a field may have several, which differ by case, and the last of them in order wins. */
  readonly key: string;
  /** Other keys of the entry, own or merged, fill the same field. */
  readonly hasRivals: boolean;
}

/** The pair of an entry that gives it a field; undefined where the field is missing, or comes from elsewhere. */
export function ownPair({ node, fields }: LoadedEntry, field: keyof LoadedEntry['fields']): Pair | undefined {
  return node.pairs.find(({ value }) => value === fields[field]);
}

/** The text of mapRoles under edit, and what is shared in it: an alias whose anchor changes is replaced by a copy of its old value. */
export class EditContext {
  readonly text: string;
  readonly lineBreak: string;
  readonly list: SequenceNode;
  readonly mapRoles: EmbeddedText;
  private readonly aliases: AliasBinding;
  private readonly changed = new Set<YamlNode>();

  constructor(mapRoles: EmbeddedText, list: SequenceNode) {
    this.mapRoles = mapRoles;
    this.text = mapRoles.text;
    this.lineBreak = lineBreakOf(mapRoles.text);
    this.list = list;
    this.aliases = aliasesIn(mapRoles.text, list);
  }

  /** The alias that an entry is; undefined where the entry is in the list itself. */
  aliasOf({ index }: LoadedEntry): AliasNode | undefined {
    const item = this.list.items[index];
    return item?.kind === 'alias' ? item : undefined;
  }

  /** Where a field of an entry has to be written, as the authenticator fills it: of equal keys, merged ones included, the last wins. */
  placeOf({ node }: LoadedEntry, field: string): FieldPlace {
    const origins = new Map<string, Pair | null>();
    for (const { pair, source } of itemPairs(node, this.aliases)) {
      const key = pair.key.kind === 'alias' ? this.aliases.get(pair.key) : pair.key;
      if (key?.kind === 'scalar') origins.set(stringValue(key), source ? null : pair);
    }
    const keys = [...origins.keys()].filter((key) => foldKey(key) === field).sort(compareStrings);
    const key = keys.at(-1) ?? field;
    return { pair: origins.get(key) ?? null, key, hasRivals: keys.length > 1 };
  }

  /** Where to write a field of an entry that is in the list itself, and is to change. */
  change(entry: LoadedEntry, field: string): FieldPlace {
    const place = this.placeOf(entry, field);
    this.changed.add(entry.node);
    if (place.pair) this.replace(place.pair.value);
    return place;
  }

  /** The item goes, with what others may take from it. */
  remove({ index }: LoadedEntry): void {
    const item = this.list.items[index];
    if (item) this.replace(item);
  }

  /** The edits that write out the aliases of changed nodes, where `edits` do not replace them anyway. */
  expansions(edits: readonly Edit[]): Edit[] {
    return [...this.aliases]
      .filter(([, target]) => this.changed.has(target))
      .map(([{ start, end }, target]) => ({ start, end, replacement: this.copy(target) }))
      .filter((expansion) => !edits.some(({ start, end }) => start < expansion.end && end > expansion.start));
  }

  /** A mapping as `copy` writes it, without some of its pairs, and with other fields at its end. */
  copyWith(node: MappingNode, isLeftOut: (pair: Pair) => boolean, fields: readonly string[]): string {
    return `{${[...this.copyPairs(node.pairs.filter((pair) => !isLeftOut(pair))), ...fields].join(', ')}}`;
  }

  /** Writes a node in flow style, on one line and without anchors or aliases, so that it loads as before wherever it is. */
  private copy(node: YamlNode): string {
    switch (node.kind) {
      case 'scalar':
        return copyScalar(node);
      case 'sequence':
        return `[${node.items.map((item) => this.copy(item)).join(', ')}]`;
      case 'mapping':
        return `{${this.copyPairs(node.pairs).join(', ')}}`;
      case 'alias': {
        const target = this.aliases.get(node);
        return target ? this.copy(target) : `*${node.anchor}`;
      }
    }
  }

  private copyPairs(pairs: readonly Pair[]): string[] {
    return pairs.map(({ key, value }) => `${isMerge(key) ? '<<' : this.copy(key)}: ${this.copy(value)}`);
  }

  /** The node goes, or becomes another, with all that is in it. */
  private replace(node: YamlNode): void {
    if (this.aliases.size > 0) for (const inner of nodesOf(node)) this.changed.add(inner);
  }
}

/** Of what is no string the authenticator sees the text alone. */
function copyScalar(node: ScalarNode): string {
  const type = scalarType(node);
  if (type === 'string') return doubleQuoted(stringValue(node));
  return type === 'null' ? 'null' : node.text;
}
