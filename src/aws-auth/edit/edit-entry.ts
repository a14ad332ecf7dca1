import { type Edit, insertLinesAfter } from '../../yaml/edit.ts';
import { columnOf, lineEnd } from '../../yaml/lines.ts';
import type { Pair } from '../../yaml/node.ts';
import { nodeStart, pairEnd } from '../../yaml/node-end.ts';
import type { EntryChange } from '../plan/changes.ts';
import type { LoadedEntry } from '../read/loaded.ts';
import { doubleQuoted } from '../render/quote.ts';
import { groupLines } from '../render/render.ts';
import { type EditContext, ownPair } from './edit-context.ts';
import { arnLike, replaceValue, textLike } from './edit-field.ts';
import { editGroups } from './edit-groups.ts';
import { flowEntryLayout, renderFlowField, renderFlowGroups } from './flow-layout.ts';

/**
 * The edits that give an entry other values, in its own style.
 * @throws Failure where a value is shared through an anchor, an alias or a merge key
 */
export function editEntry(context: EditContext, change: EntryChange, groupDash: number): Edit[] {
  const { entry, arn, username, groups } = change;
  const { text } = context;
  const edits: Edit[] = [];
  const arnPair = arn === null ? ownPair(entry, 'arn') : context.pairOf(entry, 'arn');
  if (arn !== null && arnPair)
    edits.push(replaceValue(text, arnPair, arnLike(arnPair, arn, entry.node.flow)));
  if (username !== null) {
    const pair = context.pairOf(entry, 'username');
    edits.push(
      pair
        ? replaceValue(text, pair, textLike(pair.value, username))
        : insertField(context, entry, arnPair, 'username', doubleQuoted(username)),
    );
  }
  if (groups !== null) {
    const pair = context.pairOf(entry, 'groups');
    if (pair) edits.push(...editGroups(context, entry, pair, groups, groupDash));
    else edits.push(insertGroups(context, entry, arnPair, groups, groupDash));
  }
  return edits;
}

function insertGroups(
  context: EditContext,
  entry: LoadedEntry,
  behind: Pair | undefined,
  groups: readonly string[],
  groupDash: number,
): Edit {
  const { text } = context;
  if (entry.node.flow) {
    const value = renderFlowGroups(groups, flowEntryLayout(text, entry.node).groups);
    return insertField(context, entry, behind, 'groups', value);
  }
  return insertLines(context, entry, behind, (indent) => groupLines(groups, indent, groupDash));
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
  const position = endOf(context, entry, behind);
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
  const indent = ' '.repeat(columnOf(text, entry.node.start));
  const lines = render(indent).map((line) => line + lineBreak);
  return insertLinesAfter(text, lineEnd(text, endOf(context, entry, behind)), lines.join(''), lineBreak);
}

/** Behind the given pair, or the last one of the entry. */
function endOf({ text }: EditContext, { node }: LoadedEntry, behind: Pair | undefined): number {
  const pair = behind ?? node.pairs.at(-1);
  return pair ? pairEnd(text, pair, nodeStart(pair.key)) : node.start + 1;
}
