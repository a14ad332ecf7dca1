import { isBreak } from '../yaml/characters.ts';
import { type Edit, insertLinesAfter } from '../yaml/edit.ts';
import { lineBreakOf, lineEnd, nextLine } from '../yaml/lines.ts';
import type { Pair, ScalarNode } from '../yaml/node.ts';
import { colonEnd, nodeEnd, nodeStart } from '../yaml/node-end.ts';
import { replaceValue } from './edit-field.ts';
import { blockHeader, keyColumn, literalOf } from './literal.ts';
import { doubleQuoted } from './quote.ts';

/** Writes a scalar anew: as a literal block where it can be one, else in double quotes. `inFlow`: inside `{}`, as in JSON. */
export function rewriteMapRoles(
  source: string,
  pair: Pair,
  node: ScalarNode,
  newText: string,
  inFlow: boolean,
): Edit[] {
  const lineBreak = lineBreakOf(source);
  const isBlock = node.style === 'folded' || node.style === 'literal';
  const text = isBlock ? newText.replace(/(?<!\n)\n+$/, '\n') : newText;
  // Blanks in the last line are content, which the blank lines that stay behind a block are not.
  const isCertain = !inFlow && !(isBlock && /(?:^|\n)[ \t]+\n*$/.test(newText));
  const literal = isCertain ? literalOf(text, keyColumn(source, pair), lineBreak) : null;
  if (!literal) return [replaceValue(source, pair, doubleQuoted(newText))];
  if (isBlock) return rewriteBlock(source, pair, node, literal.header, literal.lines);
  const colon = colonEnd(source, pair, nodeStart(pair.key));
  const end = nodeEnd(source, node, colon);
  const start = node.start < 0 ? colon : nodeStart(node);
  const replacement = node.start < 0 ? ` ${literal.header}` : literal.header;
  return [
    { start, end, replacement },
    insertLinesAfter(source, lineEnd(source, end), literal.lines, lineBreak),
  ];
}

/** Blank lines behind the content stay, and with them what the header says of them. */
function rewriteBlock(source: string, pair: Pair, node: ScalarNode, header: string, lines: string): Edit[] {
  const old = blockHeader(source, pair);
  const contentEnd = nodeEnd(source, node, node.start);
  const end = Math.max(nextLine(source, contentEnd), node.start);
  const isOpen = !isBreak(source.charCodeAt(end - 1));
  const content = isOpen ? lines.replace(/(?:\r\n?|\n)$/, '') : lines;
  // At the end of a file, the header may lack the line break that content needs.
  const gap = isBreak(source.charCodeAt(node.start - 1)) ? '' : lineBreakOf(source);
  return [
    { start: old.start, end: old.end, replacement: header.replace('-', '') + old.chomping },
    { start: node.start, end, replacement: gap + content },
  ];
}
