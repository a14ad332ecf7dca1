import { foldKey } from '../go-strings.ts';
import { compareStrings } from '../text.ts';
import { type Edit, insertLinesAfter } from '../yaml/edit.ts';
import { columnOf, lineBreakOf, lineEnd } from '../yaml/lines.ts';
import {
  type AliasNode,
  allNodesIn,
  type MappingNode,
  type Pair,
  type SequenceNode,
  type YamlNode,
} from '../yaml/node.ts';
import { arnScalar, doubleQuoted } from '../yaml/quote.ts';
import { type AliasBinding, aliasesIn, hasMerge, isMerge, itemPairs } from './aliases.ts';
import { editList, gapBehind, type ListChanges, listChanges } from './edit-list.ts';
import { BlockStyle, FlowStyle } from './entry-style.ts';
import { type LoadedEntry, ownPair } from './loaded.ts';
import { arnLike, insertBelow, replaceValue, textLike } from './replace-value.ts';
import { isNull, scalarType, stringValue } from './scalar.ts';

/** New values for an existing entry; null keeps a field. */
export interface EntryChange {
  readonly entry: LoadedEntry;
  readonly arn: string | null;
  readonly username: string | null;
  readonly groups: readonly string[] | null;
}

function editOwn(context: EditContext, { entry, arn, username, groups }: EntryChange): Edit[] {
  const { text } = context;
  const edits: Edit[] = [];
  const ownArn = hasMerge(entry.node) ? undefined : ownPair(entry, 'arn');
  const insertion: Insertion = { context, entry, after: ownArn ?? entry.node.pairs.at(-1) };
  if (arn !== null) {
    const { pair, key } = context.change(entry, 'rolearn');
    const value = pair ? arnLike(pair, arn, entry.node.flow) : arnScalar(arn, entry.node.flow);
    edits.push(pair ? replaceValue(text, pair, value) : insertField(insertion, key, value));
  }
  if (username !== null) {
    const { pair, key } = context.change(entry, 'username');
    edits.push(
      pair
        ? replaceValue(text, pair, textLike(pair.value, username))
        : insertField(insertion, key, doubleQuoted(username)),
    );
  }
  if (groups !== null) {
    const { pair, key, hasRivals } = context.change(entry, 'groups');
    // Edits of an existing list precede fields inserted after it.
    if (pair) edits.unshift(...replaceGroups(context, entry, pair, hasRivals, groups));
    else if (entry.node.flow)
      edits.push(insertField(insertion, key, FlowStyle.of(text, entry.node).groupList(groups)));
    else edits.push(insertLines(insertion, (indent) => context.style.groupLines(key, groups, indent)));
  }
  const { flow, start, end, contentStart } = entry.node;
  if (!flow || text[contentStart] === '{') return edits;
  // An entry of one pair in a flow list has no braces, `[rolearn: a]`, but one of several fields needs them.
  return [{ start, end: start, replacement: '{' }, ...edits, { start: end, end, replacement: '}' }];
}

/** Replaces an entry's groups, or its empty value, in the style of its list. */
function replaceGroups(
  context: EditContext,
  entry: LoadedEntry,
  pair: Pair,
  hasRivals: boolean,
  groups: readonly string[],
): Edit[] {
  const { text, lineBreak } = context;
  const { value } = pair;
  if (isNull(value) && !entry.node.flow) {
    const indent = ' '.repeat(columnOf(text, pair.key.start));
    const [, ...lines] = context.style.groupLines('groups', groups, indent);
    return insertBelow(text, pair, lines.map((line) => line + lineBreak).join(''), lineBreak);
  }
  const style = entry.node.flow ? FlowStyle.of(text, entry.node) : FlowStyle.PLAIN;
  const isOwn = value.kind === 'sequence' && value.items.length === entry.groups?.length;
  const isString = (item: YamlNode) => item.kind === 'scalar' && scalarType(item) === 'string';
  // If another key sets groups too, a non-string item takes the value at its index there.
  if (isOwn && entry.groups && (!hasRivals || value.items.every(isString)))
    return editList(text, value, rendered(listChanges(entry.groups, groups), value), style.groupSeparator);
  return [replaceValue(text, pair, style.groupList(groups))];
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

/** Replaces an alias with a separate, changed entry. */
function writeOut(context: EditContext, alias: AliasNode, change: EntryChange): Edit {
  const { entry, arn, username, groups } = change;
  const values = {
    ...(arn !== null && { rolearn: arnScalar(arn, true) }),
    ...(username !== null && { username: doubleQuoted(username) }),
    ...(groups !== null && { groups: FlowStyle.PLAIN.groupList(groups) }),
  };
  const isChanged = ({ key }: Pair) => key.kind === 'scalar' && foldKey(key.text) in values;
  const fields = Object.entries(values).map(([field, value]) => {
    const { key } = context.placeOf(entry, field);
    return `${key === field ? key : doubleQuoted(key)}: ${value}`;
  });
  const replacement = context.copyWith(entry.node, isChanged, fields);
  return { start: alias.start, end: alias.end, replacement };
}

/** Position of new fields: after the ARN; at the end if the entry has merge keys, which could override them. */
interface Insertion {
  readonly context: EditContext;
  readonly entry: LoadedEntry;
  /** Undefined if the entry itself has no fields. */
  readonly after: Pair | undefined;
}

function insertField(insertion: Insertion, name: string, value: string): Edit {
  const { context, entry, after } = insertion;
  if (!entry.node.flow) return insertLines(insertion, (indent) => [`${indent}${name}: ${value}`]);
  const style = FlowStyle.of(context.text, entry.node);
  const position = positionOf(insertion) + (after ? gapBehind(context.text, after.value) : 0);
  const replacement = style.fieldSeparator + style.field(name, value);
  return { start: position, end: position, replacement };
}

function insertLines(insertion: Insertion, render: (indent: string) => string[]): Edit {
  const { context, entry } = insertion;
  const { text, lineBreak } = context;
  const indent = ' '.repeat(columnOf(text, entry.node.contentStart));
  const lines = render(indent).map((line) => line + lineBreak);
  return insertLinesAfter(text, lineEnd(text, positionOf(insertion)), lines.join(''), lineBreak);
}

function positionOf({ entry, after }: Insertion): number {
  return after ? after.value.end : entry.node.contentStart + 1;
}

/** Where to write an entry's field so that it takes effect. */
interface FieldPlace {
  /** The entry's own pair whose value the authenticator uses; null if a pair has to be inserted. */
  readonly pair: Pair | null;
  /** The key to write. A field may have several that differ in case; the last one in sort order wins. */
  readonly key: string;
  /** True if other keys of the entry, own or merged, set the same field. */
  readonly hasRivals: boolean;
}

/** The mapRoles text being edited. An alias whose anchor changes is replaced with a copy of its old value. */
export class EditContext {
  readonly text: string;
  readonly lineBreak: string;
  readonly list: SequenceNode;
  readonly style: BlockStyle;
  private readonly aliases: AliasBinding;
  private readonly changed = new Set<YamlNode>();

  constructor(text: string, list: SequenceNode) {
    this.text = text;
    this.lineBreak = lineBreakOf(text);
    this.list = list;
    this.style = new BlockStyle(text, list);
    this.aliases = aliasesIn(text, list);
  }

  /** The edits that change an entry's values, in its own style. */
  edit(change: EntryChange): Edit[] {
    const item = this.list.items[change.entry.index];
    return item?.kind === 'alias' ? [writeOut(this, item, change)] : editOwn(this, change);
  }

  /** Where to write a field so that the authenticator uses it: the last of equal keys wins, including merged ones. */
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

  /** `placeOf` for an entry in the list itself; records that it changes. */
  change(entry: LoadedEntry, field: string): FieldPlace {
    const place = this.placeOf(entry, field);
    this.changed.add(entry.node);
    if (place.pair) this.replace(place.pair.value);
    return place;
  }

  /** Records that an item is removed, with anchors that aliases may use. */
  remove({ index }: LoadedEntry): void {
    const item = this.list.items[index];
    if (item) this.replace(item);
  }

  /** The edits that expand aliases of changed nodes, unless `edits` replace them anyway. */
  expansions(edits: readonly Edit[]): Edit[] {
    return [...this.aliases]
      .filter(([, target]) => this.changed.has(target))
      .map(([{ start, end }, target]) => ({ start, end, replacement: this.copy(target) }))
      .filter((expansion) => !edits.some(({ start, end }) => start < expansion.end && end > expansion.start));
  }

  /** Copies a mapping without some pairs, and appends other fields. */
  copyWith(node: MappingNode, isLeftOut: (pair: Pair) => boolean, fields: readonly string[]): string {
    return `{${[...this.copyPairs(node.pairs.filter((pair) => !isLeftOut(pair))), ...fields].join(', ')}}`;
  }

  /** Writes a node in flow style, on one line, without anchors or aliases: it loads the same anywhere. */
  private copy(node: YamlNode): string {
    switch (node.kind) {
      case 'scalar': {
        // Copies non-strings by their text, which is all that the authenticator sees.
        const type = scalarType(node);
        const plain = type === 'null' ? type : node.text;
        return type === 'string' ? doubleQuoted(stringValue(node)) : plain;
      }
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

  /** Records that a node and everything in it is removed or replaced. */
  private replace(node: YamlNode): void {
    if (this.aliases.size > 0) for (const inner of allNodesIn(node)) this.changed.add(inner);
  }
}
