import { hasMerge } from '../authenticator/aliases.ts';
import { fold } from '../authenticator/caller.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import {
  arnLike,
  type EditContext,
  editGroups,
  ownPair,
  replaceValue,
  textLike,
} from '../configmap/edit-field.ts';
import { ONE_LINE } from '../configmap/edit-list.ts';
import { arnScalar, doubleQuoted } from '../configmap/quote.ts';
import { flowEntryLayout, groupLines, renderFlowField, renderFlowGroups } from '../configmap/render.ts';
import { type Edit, gapBehind, insertLinesAfter } from '../yaml/edit.ts';
import { columnOf, lineEnd } from '../yaml/lines.ts';
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
  const insertion = insertionIn(context, entry);
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
    const place = context.change(entry, 'groups');
    // Lines of a list that is there come before fields that are inserted after it.
    if (place.pair)
      edits.unshift(...editGroups(context, entry, { ...place, pair: place.pair }, groups, groupDash));
    else edits.push(insertGroups(insertion, place.key, groups, groupDash));
  }
  return edits;
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
  const replacement = context.copyWith(entry.node, isChanged, fields);
  return { start: alias.start, end: alias.end, replacement };
}

/** Where new fields of an entry go: after the ARN, unless the entry merges fields that would count in their place. */
interface Insertion {
  readonly context: EditContext;
  readonly entry: LoadedEntry;
  /** Missing where the entry has no fields of its own. */
  readonly after: Pair | undefined;
}

function insertionIn(context: EditContext, entry: LoadedEntry): Insertion {
  const arn = hasMerge(entry.node) ? undefined : ownPair(entry, 'arn');
  return { context, entry, after: arn ?? entry.node.pairs.at(-1) };
}

function insertGroups(insertion: Insertion, key: string, groups: readonly string[], groupDash: number): Edit {
  const { context, entry } = insertion;
  if (!entry.node.flow) return insertLines(insertion, (indent) => groupLines(groups, indent, groupDash, key));
  const { groups: layout } = flowEntryLayout(context.text, entry.node);
  return insertField(insertion, key, renderFlowGroups(groups, layout));
}

function insertField(insertion: Insertion, name: string, value: string): Edit {
  const { context, entry, after } = insertion;
  if (!entry.node.flow) return insertLines(insertion, (indent) => [`${indent}${name}: ${value}`]);
  const layout = flowEntryLayout(context.text, entry.node);
  const position = positionOf(insertion) + (after ? gapBehind(context.text, after.value) : 0);
  const replacement = layout.fields.separator + renderFlowField(name, value, layout);
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
