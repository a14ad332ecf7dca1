import type { DesiredEntry } from '../../entry.ts';
import { type Edit, insertLinesAfter } from '../../yaml/edit.ts';
import { columnOf, lineBreakOf, lineStart } from '../../yaml/lines.ts';
import { parseFirstDocument, type YamlNode } from '../../yaml/node.ts';
import { nodeEnd, nodeStart } from '../../yaml/node-end.ts';
import { isBlank } from '../read/blank.ts';
import { DEFAULT_LAYOUT, type RenderOptions, renderEntries } from '../render/render.ts';
import { endOfContent } from './list-end.ts';

/** The edits that put entries into a text of mapRoles that loads as empty; its comments stay. */
export function fillEmpty(text: string, entries: readonly DesiredEntry[], options: RenderOptions): Edit[] {
  const lineBreak = lineBreakOf(text);
  const render = (dash: number) =>
    renderEntries(entries, { ...DEFAULT_LAYOUT, dash }, options).replaceAll('\n', lineBreak);
  if (isBlank(text)) return [replaceAll(text, render(0), lineBreak)];
  const root = parseFirstDocument(text);
  if (root === null || nodeStart(root) < 0)
    return [insertLinesAfter(text, endOfContent(text, startOfDocument(text)), render(0), lineBreak)];
  return [replaceRoot(text, root, render, lineBreak)];
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
  const lines = render(column).slice(column, -lineBreak.length);
  return { start, end: nodeEnd(text, root, start), replacement: isFirst ? lines : lineBreak + lines };
}

/** Where the line of the mark that starts the document ends its indentation; 0 where there is none. */
function startOfDocument(text: string): number {
  return /^---(?=\s|$)/m.exec(text)?.index ?? 0;
}
