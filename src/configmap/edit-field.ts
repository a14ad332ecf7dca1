import type { AliasBinding } from '../authenticator/alias-binding.ts';
import { scalarText, scalarType } from '../authenticator/authenticator-scalar.ts';
import { fold } from '../authenticator/item-fields.ts';
import { ItemPairs } from '../authenticator/item-pairs.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import { type Edit, insertLinesAfter } from '../yaml/edit.ts';
import { columnOf, lineEnd } from '../yaml/lines.ts';
import { isUnwritten, type MappingNode, type Pair, type SequenceNode, type YamlNode } from '../yaml/node.ts';
import type { EditContext } from './edit-context.ts';
import { editBlockList, editFlowList, isInline, type ListChanges, listChanges } from './edit-list.ts';
import { arnScalar, doubleQuoted, isPrintableLine, singleQuotedBody } from './quote.ts';
import {
  type FlowLayout,
  flowEntryLayout,
  flowListLayout,
  groupLines,
  ONE_LINE,
  renderFlowGroups,
} from './render.ts';

/** Writes another value behind a key, in a line of its own or not; a comment behind it stays. */
export function replaceValue(text: string, pair: Pair, replacement: string): Edit {
  const { value, colonEnd: colon } = pair;
  const { end } = value;
  if (isInline(value)) return { start: value.start, end, replacement };
  if (isUnwritten(value)) {
    const prefix = text[colon - 1] === ':' ? ' ' : ': ';
    return { start: colon, end, replacement: prefix + replacement };
  }
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
  const isNull = value.kind === 'scalar' && scalarType(value) === 'null';
  if (isNull && !entry.node.flow && groups.length > 0) return fillIn(context, pair, groups, groupDash);
  const isOwn = value.kind === 'sequence' && value.items.length === entry.groups?.length;
  // Where a rival states groups too, an item that is no string takes the one in its place there.
  if (isOwn && entry.groups && groups.length > 0 && !(hasRivals && value.items.some(isNoString)))
    return editList(context, entry, value, entry.groups, groups);
  return [replaceValue(text, pair, renderFlowGroups(groups, groupsLayout(text, entry)))];
}

function isNoString(item: YamlNode): boolean {
  return item.kind !== 'scalar' || scalarType(item) !== 'text';
}

function editList(
  { text, lineBreak }: EditContext,
  entry: LoadedEntry,
  list: SequenceNode,
  before: readonly string[],
  after: readonly string[],
): Edit[] {
  const changes = rendered(listChanges(before, after), list);
  return list.flow
    ? editFlowList(
        text,
        list,
        changes,
        flowListLayout(text, list, groupsLayout(text, entry).separator).separator,
      )
    : editBlockList(text, list, changes, lineBreak);
}

function groupsLayout(text: string, { node }: LoadedEntry): FlowLayout {
  return node.flow ? flowEntryLayout(text, node).groups : ONE_LINE;
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
  const start = pair.key.start;
  const colon = pair.colonEnd;
  const end = pair.value.end;
  const indent = ' '.repeat(columnOf(text, start));
  const [, ...lines] = groupLines(groups, indent, groupDash);
  const inserted = lines.map((line) => line + lineBreak).join('');
  const insertion = insertLinesAfter(text, lineEnd(text, end), inserted, lineBreak);
  return end > colon ? [{ start: colon, end, replacement: '' }, insertion] : [insertion];
}

/** Where a field of an entry has to be written so that it counts. */
export interface FieldPlace {
  /** The pair whose value counts, in the entry itself; null where a pair has to be put in. */
  readonly pair: Pair | null;
  /** The key to write: a field may have several, which differ by case, and the last of them in order counts. */
  readonly key: string;
  /** Other keys of the entry, own or merged, fill the same field. */
  readonly hasRivals: boolean;
}

/** Finds the place of a field in an entry, its merge keys included, as the authenticator fills it: of equal keys the last counts. */
export function fieldPlace(node: MappingNode, field: string, aliases: AliasBinding): FieldPlace {
  const origins = new Map<string, Pair | null>();
  for (const { pair, source } of new ItemPairs(aliases).of(node)) {
    const key = pair.key.kind === 'alias' ? aliases.get(pair.key) : pair.key;
    if (key?.kind === 'scalar') origins.set(scalarText(key), source ? null : pair);
  }
  const keys = [...origins.keys()].filter((key) => fold(key) === field).sort((a, b) => (a < b ? -1 : 1));
  const key = keys.at(-1) ?? field;
  return { pair: origins.get(key) ?? null, key, hasRivals: keys.length > 1 };
}
