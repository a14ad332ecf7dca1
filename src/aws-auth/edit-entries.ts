import { type Failure, refusal } from '../errors.ts';
import type { DesiredEntry } from '../map-entry.ts';
import { applyEdits, type Edit, insertLinesAfter } from '../yaml/edit.ts';
import {
  breakLength,
  columnOf,
  findForbidden,
  isBreak,
  isDocumentMark,
  lineBreakOf,
  lineEnd,
  lineStart,
  skipTrivia,
} from '../yaml/lines.ts';
import type { MappingNode, SequenceNode, YamlNode } from '../yaml/node.ts';
import { readFirstDocument } from '../yaml/parser.ts';
import { blockHeader } from './block-scalar.ts';
import { EditContext, type EntryChange } from './edit-entry.ts';
import { editList, emptyList, type ListChanges, lastBlockScalar, removalOf } from './edit-list.ts';
import type { EmbeddedText } from './embedded-text.ts';
import { FlowStyle, type RenderOptions, renderItems } from './entry-style.ts';
import { isBlankText, readMapRoles } from './load.ts';
import type { LoadedEntry } from './loaded.ts';

/** Changes of mapRoles entries; additions go to the end. */
interface EntriesPlan {
  readonly changes: readonly EntryChange[];
  readonly removals: readonly LoadedEntry[];
  readonly additions: readonly DesiredEntry[];
}

/**
 * The edits of mapRoles that change, remove and add entries, in the style of the list.
 * @param mapRoles null if missing
 * @param list null if the text loads as empty
 * @throws Failure (exit 2) if the authenticator might not read the result as intended
 */
export function editEntries(
  mapRoles: EmbeddedText | null,
  list: SequenceNode | null,
  plan: EntriesPlan,
  options: RenderOptions,
): readonly Edit[] {
  if (!mapRoles) return fillEmpty(null, plan.additions, options);
  requireNoControls(mapRoles);
  if (!list || list.items.length === 0)
    return requireFilled(mapRoles, fillEmpty(mapRoles, plan.additions, options));
  const context = new EditContext(mapRoles.text, list);
  const changed = plan.changes.flatMap((change) => context.edit(change));
  for (const entry of plan.removals) context.remove(entry);
  const changes = removalOf(list, new Set(plan.removals.map(({ index }) => index)));
  const others = list.flow
    ? editFlow(context, plan.additions, changes)
    : editBlock(context, plan, changed, changes, options);
  const edits = [...changed, ...others];
  return [...edits, ...context.expansions(edits)];
}

/**
 * The authenticator reads a text in chunks. It depends on the length of the preceding text whether a control character
 * after the first document makes it fail.
 * @throws Failure if a longer or shorter text could make it fail
 */
function requireNoControls(mapRoles: EmbeddedText): void {
  const control = findForbidden(mapRoles.text);
  if (!control) return;
  throw refusal({
    message:
      'mapRoles has a control character after its first document: the authenticator may fail to parse mapRoles once the text before it gets longer or shorter',
    location: mapRoles.locationOf(control.offset),
    help: 'Remove it, or everything after the first document, which the authenticator ignores anyway.',
  });
}

/** @throws Failure if content of the text keeps the added entries from loading */
function requireFilled(mapRoles: EmbeddedText, edits: readonly Edit[]): readonly Edit[] {
  const { entries } = readMapRoles(applyEdits(mapRoles.text, edits) ?? '');
  if (entries.length > 0) return edits;
  throw refusal({
    message: "mapRoles loads as empty, but has content that entries can't follow",
    location: mapRoles.locationOf(0),
    help: 'Remove the content, or make it a list of entries.',
  });
}

function editBlock(
  context: EditContext,
  { removals, additions }: EntriesPlan,
  others: readonly Edit[],
  changes: ListChanges,
  options: RenderOptions,
): Edit[] {
  const { text, list, lineBreak } = context;
  const edits = removals.length > 0 ? editList(text, list, changes) : [];
  if (additions.length === 0)
    return removals.length < list.items.length ? edits : [emptyList(text, list), ...edits];
  const lines = context.style.items(additions, options).replaceAll('\n', lineBreak);
  const isReplaced = ({ start, end }: Edit) => others.some((other) => other.start < end && other.end > start);
  const lastStays = changes.items.at(-1)?.kind !== 'remove';
  return [...edits, ...append(context, lines, lastStays).filter((edit) => !isReplaced(edit))];
}

/** Appends after the list and its comments; a block scalar keeps its final line breaks. */
function append({ text, list, lineBreak }: EditContext, lines: string, lastStays: boolean): Edit[] {
  const last = lastBlockScalar(list);
  const end = endOfContent(text, list.end);
  if (last && end < last.contentEnd)
    return [{ start: last.contentEnd, end: last.contentEnd, replacement: lines }];
  const insertion = insertLinesAfter(text, end, lines, lineBreak);
  if (!last || !lastStays || isBreak(text.charCodeAt(last.contentEnd - 1))) return [insertion];
  // Keeps the block scalar without its final line break, although lines now follow it.
  const header = blockHeader(text, last);
  const chomping = `${header.increment || ''}-`;
  return [{ start: header.start + 1, end: header.end, replacement: chomping }, insertion];
}

function editFlow(
  { text, list }: EditContext,
  additions: readonly DesiredEntry[],
  { items }: ListChanges,
): Edit[] {
  const last = items.findLastIndex(({ kind }) => kind === 'keep');
  const template = list.items.findLast(
    (item): item is MappingNode => item.kind === 'mapping' && item.pairs.length > 0,
  );
  const style = template ? FlowStyle.of(text, template) : FlowStyle.PLAIN;
  const rendered = additions.map((entry) => style.entry(entry));
  const inserted = new Map(rendered.length > 0 ? [[last, rendered]] : []);
  return editList(text, list, { items, inserted }, style.entrySeparator);
}

/**
 * The edits that put entries into a mapRoles that is missing or loads as empty; its comments stay.
 * @throws Failure if text follows the empty list
 */
function fillEmpty(
  mapRoles: EmbeddedText | null,
  entries: readonly DesiredEntry[],
  options: RenderOptions,
): Edit[] {
  const text = mapRoles?.text ?? '';
  const lineBreak = lineBreakOf(text);
  const render = (dash: number) => renderItems(entries, options, dash).replaceAll('\n', lineBreak);
  if (!mapRoles || isBlankText(text)) {
    const isOpen = text !== '' && !/[\r\n]$/.test(text);
    const replacement = isOpen ? render(0).slice(0, -lineBreak.length) : render(0);
    return [{ start: 0, end: text.length, replacement }];
  }
  const { root } = readFirstDocument(text);
  if (root === null) {
    // After an empty document's comments, before its end mark.
    const start = /^---(?=\s|$)/m.exec(text)?.index ?? 0;
    return [insertLinesAfter(text, endOfContent(text, start), render(0), lineBreak)];
  }
  const rest = skipTrivia(text, root.end);
  const isMark = columnOf(text, rest) === 0 && isDocumentMark(text, rest);
  if (rest < text.length && !isMark) throw strayText(mapRoles, rest);
  return [replaceRoot(text, root, render, lineBreak)];
}

function strayText(mapRoles: EmbeddedText, offset: number): Failure {
  return refusal({
    message: 'the mapRoles list ends here, and the authenticator ignores the text that follows',
    location: mapRoles.locationOf(offset),
    help: 'Remove the text or make it part of the list, then merge again.',
  });
}

/** Replaces `[]` or `null` with the list; starts a new line if other text precedes it. */
function replaceRoot(
  text: string,
  root: YamlNode,
  render: (dash: number) => string,
  lineBreak: string,
): Edit {
  const { start, end } = root;
  const isFirst = /^[\uFEFF ]*$/.test(text.slice(lineStart(text, start), start));
  const column = isFirst ? columnOf(text, start) : 0;
  // The comments between the brackets of an empty list.
  const inside = root.kind === 'sequence' ? text.slice(root.contentStart + 1, root.end - 1) : '';
  const comments = inside
    .split(/\r\n|[\r\n\x85\u2028\u2029]/)
    .flatMap((line) =>
      line.trim().startsWith('#') ? `${' '.repeat(column)}${line.trim()}${lineBreak}` : [],
    );
  const lines = (comments.join('') + render(column)).slice(column, -lineBreak.length);
  return { start, end, replacement: isFirst ? lines : lineBreak + lines };
}

/**
 * The end of a list's last line, including following comments, searched from the line of `from`. The authenticator
 * ignores everything after them.
 */
function endOfContent(text: string, from: number): number {
  let end = lineEnd(text, from);
  for (let line = end; breakLength(text, line) > 0; ) {
    const start = line + breakLength(text, line);
    line = lineEnd(text, start);
    const content = text.slice(start, line).trim();
    if (content.startsWith('#')) end = line;
    else if (content !== '') break;
  }
  return end;
}
