import type { Edit } from '../yaml/edit.ts';
import { isBlank, isBreak, lineBreakOf } from '../yaml/lines.ts';
import type { Pair, ScalarNode } from '../yaml/node.ts';
import { doubleQuoted, isPrintableLine, singleQuotedBody } from '../yaml/quote.ts';
import { blockHeader, INDENT, indentLines, startsIndented } from './block-scalar.ts';
import type { EmbeddedText } from './embedded-text.ts';
import { keyColumn } from './replace-value.ts';

/** The scalar that holds a text, and its pair. */
interface EmbeddedScalar extends Pick<EmbeddedText, 'text' | 'offsets'> {
  readonly node: ScalarNode;
  readonly pair: Pair;
}

/** Turns edits of a text into edits of its scalar; null if the scalar has to be rewritten. */
export function editInPlace(
  source: string,
  scalar: EmbeddedScalar,
  edits: readonly Edit[],
  newText: string,
): Edit[] | null {
  switch (scalar.node.style) {
    case 'literal':
      return spliceLiteral(source, scalar, edits, newText);
    case 'double':
      return edits.map((edit) => splice(scalar, edit, doubleQuoted(edit.replacement).slice(1, -1)));
    default:
      return spliceFolded(source, scalar, edits, newText);
  }
}

/** Insertions go right after the preceding character, before anything that decoding skipped. */
function splice({ offsets }: EmbeddedScalar, { start, end }: Edit, replacement: string): Edit {
  const position = offsets.endOf(start);
  if (start === end) return { start: position, end: position, replacement };
  return { start: offsets.startOf(start), end: offsets.endOf(end), replacement };
}

/** Edits a literal block scalar in place; null if its indentation would become ambiguous. */
function spliceLiteral(
  source: string,
  scalar: EmbeddedScalar,
  edits: readonly Edit[],
  newText: string,
): Edit[] | null {
  const { text, node, pair } = scalar;
  const header = blockHeader(source, node);
  const isUndecided = header.increment === 0 && /^\n*$/.test(text);
  const indent = isUndecided ? keyColumn(source, pair) + INDENT : node.indent;
  const spliced = edits.map((edit) => spliceLines(source, scalar, edit, indent));
  if (header.increment > 0 || !startsIndented(newText)) return spliced;
  const increment = indent - keyColumn(source, pair);
  if (increment < 1 || increment > 9) return null;
  return [{ start: header.start + 1, end: header.start + 1, replacement: String(increment) }, ...spliced];
}

function spliceLines(source: string, { text, offsets }: EmbeddedScalar, edit: Edit, indent: number): Edit {
  const { start, end, replacement } = edit;
  const lineBreak = lineBreakOf(source);
  const indented = (lines: string) => indentLines(lines, indent).replaceAll('\n', lineBreak);
  const [from, to] = [offsets.endOf(start), offsets.endOf(end)];
  const startsLine = start === 0 || text[start - 1] === '\n';
  const endsLine = end === start || end === text.length || text[end - 1] === '\n';
  if (startsLine && endsLine && (replacement === '' || replacement.endsWith('\n'))) {
    const lines = indented(replacement);
    const isOpen = lines !== '' && from > 0 && !isBreak(source.charCodeAt(from - 1));
    const written = isOpen ? lineBreak + lines.slice(0, -lineBreak.length) : lines;
    return { start: from, end: to, replacement: written };
  }
  // If the edit splits a line, the rest needs an indentation; if it joins two lines, the second loses its indentation.
  const divides = end > 0 && end < text.length && !/\n/.test(text.slice(end - 1, end + 1));
  const joins = end > start && end < text.length && text[end - 1] === '\n' && !replacement.endsWith('\n');
  const rest = divides && replacement.endsWith('\n') ? ' '.repeat(indent) : '';
  const last = joins ? offsets.startOf(end) : to;
  // A blank line has no indentation to reuse.
  if (end > start && startsLine && /^[^\n]/.test(replacement))
    return { start: from, end: last, replacement: indented(replacement) + rest };
  const [first = '', ...further] = replacement.split('\n');
  const lines = further.length > 0 ? lineBreak + indented(further.join('\n')) : '';
  const position = offsets.startOf(start);
  return { start: position, end: start === end ? position : last, replacement: first + lines + rest };
}

/**
 * Edits a scalar with folding line breaks in place; null if it can't hold one of the lines. The caller must check how
 * the result reads: folding has too many exceptions to handle all of them here.
 */
function spliceFolded(
  source: string,
  scalar: EmbeddedScalar,
  edits: readonly Edit[],
  newText: string,
): Edit[] | null {
  if (!edits.every(({ replacement }) => replacement.split('\n').every(isPrintableLine))) return null;
  const { node, pair } = scalar;
  const fold = {
    style: node.style,
    indent: ' '.repeat(node.style === 'folded' ? node.indent : keyColumn(source, pair) + INDENT),
    lineBreak: lineBreakOf(source),
    newText,
  };
  let shift = 0;
  return edits.map((edit) => {
    const { start, end, replacement } = edit;
    const startsLine = start === end && start > 0 && scalar.text[start - 1] === '\n';
    const written = foldedLines(fold, replacement, start + shift, startsLine);
    shift += replacement.length - (end - start);
    return splice(scalar, edit, written);
  });
}

interface Fold {
  readonly style: ScalarNode['style'];
  readonly indent: string;
  readonly lineBreak: string;
  readonly newText: string;
}

/**
 * `offset`: the text's offset in the new text. `startsLine`: the source already has the preceding break, but no
 * indentation.
 */
function foldedLines(fold: Fold, text: string, offset: number, startsLine: boolean): string {
  const { style, indent, lineBreak } = fold;
  const lines = text.split('\n');
  let end = offset - 1;
  const written = lines.map((line, index) => {
    end += line.length + 1;
    const isIndented = line !== '' && (index > 0 || startsLine);
    const content = (isIndented ? indent : '') + (style === 'single' ? singleQuotedBody(line) : line);
    return index === lines.length - 1 ? content : content + breakAt(fold, end);
  });
  const isDoubled = startsLine && text !== '' && breakAt(fold, offset - 1).length > lineBreak.length;
  return (isDoubled ? lineBreak : '') + written.join('');
}

/** The first of several breaks is doubled, unless an adjacent line is indented further. */
function breakAt({ style, lineBreak, newText }: Fold, offset: number): string {
  let next = offset;
  while (newText[next] === '\n') next += 1;
  if (newText[offset - 1] === '\n' || next >= newText.length) return lineBreak;
  const line = newText.lastIndexOf('\n', offset - 1) + 1;
  const isKept = style === 'folded' && (isBlankAt(newText, line) || isBlankAt(newText, next));
  return isKept ? lineBreak : lineBreak + lineBreak;
}

function isBlankAt(text: string, offset: number): boolean {
  return isBlank(text.charCodeAt(offset));
}
