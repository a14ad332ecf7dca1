import { scalarType } from '../authenticator/authenticator-scalar.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import { type Edit, insertLinesAfter } from '../yaml/edit.ts';
import { columnOf, lineEnd } from '../yaml/lines.ts';
import type { Pair, SequenceNode, YamlNode } from '../yaml/node.ts';
import { colonEnd, nodeEnd, nodeStart } from '../yaml/node-end.ts';
import { editBlockList } from './edit-block-list.ts';
import type { EditContext } from './edit-context.ts';
import { replaceValue, textLike } from './edit-field.ts';
import { editFlowList } from './edit-flow-list.ts';
import type { FieldPlace } from './field-pair.ts';
import {
  type FlowLayout,
  flowEntryLayout,
  flowListLayout,
  ONE_LINE,
  renderFlowGroups,
} from './flow-layout.ts';
import { type ListChanges, listChanges } from './list-changes.ts';
import { doubleQuoted } from './quote.ts';
import { groupLines } from './render.ts';

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
  const start = nodeStart(pair.key);
  const colon = colonEnd(text, pair, start);
  const end = nodeEnd(text, pair.value, colon);
  const indent = ' '.repeat(columnOf(text, start));
  const [, ...lines] = groupLines(groups, indent, groupDash);
  const inserted = lines.map((line) => line + lineBreak).join('');
  const insertion = insertLinesAfter(text, lineEnd(text, end), inserted, lineBreak);
  return end > colon ? [{ start: colon, end, replacement: '' }, insertion] : [insertion];
}
