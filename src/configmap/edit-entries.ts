import { isBlank } from '../authenticator/blank.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { DesiredEntry } from '../entry.ts';
import type { Failure } from '../errors.ts';
import { type Edit, insertLinesAfter } from '../yaml/edit.ts';
import { columnOf, indentStart, isLineDone, lineBreakOf, lineStart, skipTrivia } from '../yaml/lines.ts';
import { blockItems } from '../yaml/list-items.ts';
import { type MappingNode, parseFirstDocument, type YamlNode } from '../yaml/node.ts';
import type { EditContext } from './edit-context.ts';
import {
  editFlowList,
  endOfContent,
  type ItemChange,
  keptBefore,
  lastBlockScalar,
  needsOpenEnd,
  removeBlockItem,
  stripHeader,
} from './edit-list.ts';
import {
  type BlockListStyle,
  blockListStyle,
  DEFAULT_LAYOUT,
  type FlowEntryLayout,
  flowEntryLayout,
  flowListLayout,
  ONE_LINE,
  oneLine,
  type RenderOptions,
  renderEntries,
  renderFlowEntry,
} from './render.ts';

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
  const items = removals.length > 0 ? blockItems(list) : [];
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
  const listEnd = list.end;
  if (!isLineDone(text, listEnd)) throw context.strayText(listEnd);
  const end = endOfContent(text, listEnd);
  if (!last || end >= last.contentEnd) {
    const insertion = insertLinesAfter(text, end, lines, lineBreak);
    return last && lastStays && needsOpenEnd(text, last) ? [stripHeader(text, last), insertion] : [insertion];
  }
  return [{ start: last.contentEnd, end: last.contentEnd, replacement: lines }];
}

/** What stands where all items went: a file must not be left blank. */
function emptyList({ text, list, lineBreak }: EditContext): Edit {
  const position = indentStart(text, list.contentStart);
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

/**
 * The edits that put entries into a text of mapRoles that loads as empty; its comments stay.
 * @throws what `stray` makes of the offset of what stands behind the empty list, where there is something
 */
export function fillEmpty(
  text: string,
  entries: readonly DesiredEntry[],
  options: RenderOptions,
  stray: (offset: number) => Failure,
): Edit[] {
  const lineBreak = lineBreakOf(text);
  const render = (dash: number) =>
    renderEntries(entries, { ...DEFAULT_LAYOUT, dash }, options).replaceAll('\n', lineBreak);
  if (isBlank(text)) return [replaceAll(text, render(0), lineBreak)];
  const root = parseFirstDocument(text);
  if (root === null) return [insertIntoDocument(text, render(0), lineBreak)];
  const end = root.end;
  const rest = skipTrivia(text, end);
  if (rest < text.length && !isMark(text, rest)) throw stray(rest);
  return [replaceRoot(text, root, render, lineBreak)];
}

/** Behind the comments of a document that holds nothing, in front of the mark that ends it. */
function insertIntoDocument(text: string, lines: string, lineBreak: string): Edit {
  const start = startOfDocument(text);
  const content = skipTrivia(text, start);
  if (!text.startsWith('...', content))
    return insertLinesAfter(text, endOfContent(text, start), lines, lineBreak);
  return { start: content, end: content, replacement: lines };
}

/** Whether the mark that ends a document, or starts the next one, stands at an offset. */
function isMark(text: string, offset: number): boolean {
  return columnOf(text, offset) === 0 && /^(?:---|\.\.\.)(?:\s|$)/.test(text.slice(offset, offset + 4));
}

function replaceAll(text: string, lines: string, lineBreak: string): Edit {
  const isOpen = text !== '' && !/[\r\n]$/.test(text);
  return { start: 0, end: text.length, replacement: isOpen ? lines.slice(0, -lineBreak.length) : lines };
}

/** Puts the list where `[]` or `null` stands, or below what stands in front of it on its line. */
function replaceRoot(
  text: string,
  root: YamlNode,
  render: (dash: number) => string,
  lineBreak: string,
): Edit {
  const start = root.start;
  const isFirst = /^[\uFEFF ]*$/.test(text.slice(lineStart(text, start), start));
  const column = isFirst ? columnOf(text, start) : 0;
  const end = root.end;
  const comments = commentsIn(text, root, end).map(
    (comment) => `${' '.repeat(column)}${comment}${lineBreak}`,
  );
  const lines = (comments.join('') + render(column)).slice(column, -lineBreak.length);
  return { start, end, replacement: isFirst ? lines : lineBreak + lines };
}

/** The comments between the brackets of an empty list. */
function commentsIn(text: string, root: YamlNode, end: number): string[] {
  if (root.kind !== 'sequence') return [];
  const lines = text.slice(root.contentStart + 1, end - 1).split(/\r\n|[\r\n\x85\u2028\u2029]/);
  return lines.map((line) => line.trim()).filter((line) => line.startsWith('#'));
}

/** Where the line of the mark that starts the document ends its indentation; 0 where there is none. */
function startOfDocument(text: string): number {
  return /^---(?=\s|$)/m.exec(text)?.index ?? 0;
}
