import { fold } from '../authenticator/item-fields.ts';
import { hasMerge } from '../authenticator/item-pairs.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import { type EditContext, ownPair } from '../configmap/edit-context.ts';
import { arnLike, editGroups, replaceValue, textLike } from '../configmap/edit-field.ts';
import { arnScalar, doubleQuoted } from '../configmap/quote.ts';
import {
  flowEntryLayout,
  groupLines,
  ONE_LINE,
  renderFlowField,
  renderFlowGroups,
} from '../configmap/render.ts';
import { type Edit, insertLinesAfter } from '../yaml/edit.ts';
import { columnOf, lineEnd } from '../yaml/lines.ts';
import { gapBehind } from '../yaml/list-items.ts';
import type { AliasNode, Pair } from '../yaml/node.ts';
import type { EntryChange } from './plan.ts';

/** The edits that give an entry other values, in its own style. */
export function editEntry(context: EditContext, change: EntryChange, groupDash: number): Edit[] {
  const alias = context.aliasOf(change.entry);
  return alias ? [writeOut(context, alias, change)] : editOwn(context, change, groupDash);
}

function editOwn(context: EditContext, change: EntryChange, groupDash: number): Edit[] {
  const { entry, arn, username, groups } = change;
  const { text } = context;
  const edits: Edit[] = [];
  const behind = insertionPair(entry);
  if (arn !== null) {
    const { pair, key } = context.change(entry, 'rolearn');
    const value = pair ? arnLike(pair, arn, entry.node.flow) : arnScalar(arn, entry.node.flow);
    edits.push(pair ? replaceValue(text, pair, value) : insertField(context, entry, behind, key, value));
  }
  if (username !== null) {
    const { pair, key } = context.change(entry, 'username');
    edits.push(
      pair
        ? replaceValue(text, pair, textLike(pair.value, username))
        : insertField(context, entry, behind, key, doubleQuoted(username)),
    );
  }
  if (groups !== null) {
    const place = context.change(entry, 'groups');
    // Lines of a list that is there come before fields that are put behind it.
    if (place.pair)
      edits.unshift(...editGroups(context, entry, { ...place, pair: place.pair }, groups, groupDash));
    else edits.push(insertGroups(context, entry, behind, place.key, groups, groupDash));
  }
  return edits;
}

/** The pair that new fields stand behind: that of the ARN, unless the entry takes over fields that would count in their place. */
function insertionPair(entry: LoadedEntry): Pair | undefined {
  return hasMerge(entry.node) ? entry.node.pairs.at(-1) : ownPair(entry, 'arn');
}

/** An entry that is an alias becomes one of its own. */
function writeOut(context: EditContext, alias: AliasNode, change: EntryChange): Edit {
  const { entry, arn, username, groups } = change;
  const values = {
    ...(arn !== null && { rolearn: arnScalar(arn, true) }),
    ...(username !== null && { username: doubleQuoted(username) }),
    ...(groups !== null && { groups: renderFlowGroups(groups, ONE_LINE) }),
  };
  const isChanged = ({ key }: Pair) => key.kind === 'scalar' && fold(key.text) in values;
  const fields = Object.entries(values).map(([field, value]) => {
    const { key } = context.placeOf(entry, field);
    return `${key === field ? key : doubleQuoted(key)}: ${value}`;
  });
  const replacement = context.shared.copy.withFields(entry.node, isChanged, fields);
  return { start: alias.start, end: alias.end, replacement };
}

function insertGroups(
  context: EditContext,
  entry: LoadedEntry,
  behind: Pair | undefined,
  key: string,
  groups: readonly string[],
  groupDash: number,
): Edit {
  const { text } = context;
  if (entry.node.flow) {
    const value = renderFlowGroups(groups, flowEntryLayout(text, entry.node).groups);
    return insertField(context, entry, behind, key, value);
  }
  return insertLines(context, entry, behind, (indent) => groupLines(groups, indent, groupDash, key));
}

function insertField(
  context: EditContext,
  entry: LoadedEntry,
  behind: Pair | undefined,
  name: string,
  value: string,
): Edit {
  if (!entry.node.flow)
    return insertLines(context, entry, behind, (indent) => [`${indent}${name}: ${value}`]);
  const layout = flowEntryLayout(context.text, entry.node);
  const last = behind ?? entry.node.pairs.at(-1);
  const position = endOf(entry, behind) + (last ? gapBehind(context.text, last.value) : 0);
  const replacement = layout.fields.separator + renderFlowField(name, value, layout);
  return { start: position, end: position, replacement };
}

function insertLines(
  context: EditContext,
  entry: LoadedEntry,
  behind: Pair | undefined,
  render: (indent: string) => string[],
): Edit {
  const { text, lineBreak } = context;
  const indent = ' '.repeat(columnOf(text, entry.node.contentStart));
  const lines = render(indent).map((line) => line + lineBreak);
  return insertLinesAfter(text, lineEnd(text, endOf(entry, behind)), lines.join(''), lineBreak);
}

/** Behind the given pair, or the last one of the entry. */
function endOf({ node }: LoadedEntry, behind: Pair | undefined): number {
  const pair = behind ?? node.pairs.at(-1);
  return pair ? pair.value.end : node.contentStart + 1;
}
