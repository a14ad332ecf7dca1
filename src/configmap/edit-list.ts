import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { DesiredEntry } from '../entry.ts';
import { type Edit, insertLinesAfter } from '../yaml/edit.ts';
import { indentStart, isLineDone } from '../yaml/lines.ts';
import { blockItems } from '../yaml/list-items.ts';
import type { MappingNode } from '../yaml/node.ts';
import { nodeEnd } from '../yaml/node-end.ts';
import { keptBefore, removeBlockItem } from './edit-block-list.ts';
import type { EditContext } from './edit-context.ts';
import { editFlowList } from './edit-flow-list.ts';
import {
  type FlowEntryLayout,
  flowEntryLayout,
  flowListLayout,
  ONE_LINE,
  oneLine,
  renderFlowEntry,
} from './flow-layout.ts';
import type { ItemChange } from './list-changes.ts';
import { endOfContent, lastBlockScalar, needsOpenEnd, stripHeader } from './list-end.ts';
import { type BlockListStyle, blockListStyle } from './list-style.ts';
import { type RenderOptions, renderEntries } from './render.ts';

/** What leaves a list, and what is added at its end. */
export interface ListPlan {
  readonly removals: readonly { readonly entry: LoadedEntry }[];
  readonly additions: readonly DesiredEntry[];
}

/**
 * The edits that take entries out of a list and put others at its end, in its own style.
 * @throws Failure where something stands behind the list that is no part of it
 */
export function editList(context: EditContext, plan: ListPlan, options: RenderOptions): Edit[] {
  for (const { entry } of plan.removals) context.remove(entry);
  return context.list.flow ? editFlow(context, plan) : editBlock(context, plan, options);
}

function editBlock(context: EditContext, { removals, additions }: ListPlan, options: RenderOptions): Edit[] {
  const { text, list, lineBreak } = context;
  const items = removals.length > 0 ? blockItems(text, list) : [];
  const removed = new Set(removals.map(({ entry }) => entry.index));
  const before = items.length > 0 ? keptBefore(list, (index) => removed.has(index)) : [];
  const edits = removals.flatMap(({ entry: { index } }) => {
    const item = items[index];
    return item ? [removeBlockItem(text, item, before[index])] : [];
  });
  if (additions.length === 0)
    return removals.length < list.items.length ? edits : [emptyList(context), ...edits];
  const lines = renderItems(additions, blockListStyle(text, list), options).replaceAll('\n', lineBreak);
  const lastStays = removals.every(({ entry }) => entry.index !== list.items.length - 1);
  return [...edits, ...append(context, lines, lastStays)];
}

/** Behind the list and its comments; the line breaks that a block scalar ends with stay its own. */
function append(context: EditContext, lines: string, lastStays: boolean): Edit[] {
  const { text, list, lineBreak } = context;
  const last = lastBlockScalar(list);
  const listEnd = nodeEnd(text, list, list.start);
  if (!isLineDone(text, listEnd)) throw context.strayText(listEnd);
  const end = endOfContent(text, listEnd);
  if (!last || end >= last.end) {
    const insertion = insertLinesAfter(text, end, lines, lineBreak);
    return last && lastStays && needsOpenEnd(text, last) ? [stripHeader(text, last), insertion] : [insertion];
  }
  return [{ start: last.end, end: last.end, replacement: lines }];
}

/** What stands where all items went: a file must not be left blank. */
function emptyList({ text, list, lineBreak }: EditContext): Edit {
  const position = indentStart(text, list.start);
  return { start: position, end: position, replacement: `[]${lineBreak}` };
}

function renderItems(
  additions: readonly DesiredEntry[],
  { layout, flow, spaced }: BlockListStyle,
  options: RenderOptions,
): string {
  const gap = spaced ? '\n' : '';
  if (!flow) return additions.map((entry) => gap + renderEntries([entry], layout, options)).join('');
  const dash = `${' '.repeat(layout.dash)}- `;
  return additions.map((entry) => `${gap}${dash}${renderFlowEntry(entry, flow)}\n`).join('');
}

function editFlow({ text, list }: EditContext, { removals, additions }: ListPlan): Edit[] {
  const removed = new Set(removals.map(({ entry }) => entry.index));
  const items = list.items.map((_, index): ItemChange => ({ kind: removed.has(index) ? 'remove' : 'keep' }));
  const last = items.findLastIndex(({ kind }) => kind === 'keep');
  const template = list.items.findLast(
    (item): item is MappingNode => item.kind === 'mapping' && item.pairs.length > 0,
  );
  const layout = template ? flowEntryLayout(text, template) : NO_TEMPLATE;
  const rendered = additions.map((entry) => renderFlowEntry(entry, layout));
  const inserted = new Map(rendered.length > 0 ? [[last, rendered]] : []);
  return editFlowList(
    text,
    list,
    { items, inserted },
    flowListLayout(text, list, oneLine(layout.fields)).separator,
  );
}

const NO_TEMPLATE: FlowEntryLayout = { fields: ONE_LINE, groups: ONE_LINE, colon: ': ', json: false };
