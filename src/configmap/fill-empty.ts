import { isBlank } from '../authenticator/blank.ts';
import type { DesiredEntry } from '../entry.ts';
import type { Failure } from '../errors.ts';
import { type Edit, insertLinesAfter } from '../yaml/edit.ts';
import { columnOf, lineBreakOf, lineStart, skipTrivia } from '../yaml/lines.ts';
import { parseFirstDocument, type YamlNode } from '../yaml/node.ts';
import { nodeEnd, nodeStart } from '../yaml/node-end.ts';
import { endOfContent } from './list-end.ts';
import { DEFAULT_LAYOUT, type RenderOptions, renderEntries } from './render.ts';

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
  if (root === null || nodeStart(root) < 0) return [insertIntoDocument(text, render(0), lineBreak)];
  const end = nodeEnd(text, root, nodeStart(root));
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
  const start = nodeStart(root);
  const isFirst = /^[\uFEFF ]*$/.test(text.slice(lineStart(text, start), start));
  const column = isFirst ? columnOf(text, start) : 0;
  const end = nodeEnd(text, root, start);
  const comments = commentsIn(text, root, end).map(
    (comment) => `${' '.repeat(column)}${comment}${lineBreak}`,
  );
  const lines = (comments.join('') + render(column)).slice(column, -lineBreak.length);
  return { start, end, replacement: isFirst ? lines : lineBreak + lines };
}

/** The comments between the brackets of an empty list. */
function commentsIn(text: string, root: YamlNode, end: number): string[] {
  if (root.kind !== 'sequence') return [];
  const lines = text.slice(root.start + 1, end - 1).split(/\r\n|[\r\n\x85\u2028\u2029]/);
  return lines.map((line) => line.trim()).filter((line) => line.startsWith('#'));
}

/** Where the line of the mark that starts the document ends its indentation; 0 where there is none. */
function startOfDocument(text: string): number {
  return /^---(?=\s|$)/m.exec(text)?.index ?? 0;
}
