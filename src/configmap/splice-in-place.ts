import type { Edit } from '../yaml/edit.ts';
import { isBreak, lineBreakOf } from '../yaml/lines.ts';
import type { Pair, ScalarNode } from '../yaml/node.ts';
import { doubleQuoted } from '../yaml/quote.ts';
import { blockHeader, INDENT, indentLines, startsIndented } from './block-scalar.ts';
import { type EmbeddedText, literalOffsets } from './embedded-text.ts';
import { keyColumn } from './replace-value.ts';

/** The scalar that holds a text, and its pair. */
interface EmbeddedScalar extends Pick<EmbeddedText, 'text' | 'offsets'> {
  readonly node: ScalarNode;
  readonly pair: Pair;
}

/**
 * Turns edits of a text into edits of its literal block or double-quoted scalar. A folded block becomes literal, which
 * is right if none of its lines folds: the caller checks how the result reads. Null if the scalar has to be rewritten.
 */
export function editInPlace(
  source: string,
  scalar: EmbeddedScalar,
  edits: readonly Edit[],
  newText: string,
): Edit[] | null {
  switch (scalar.node.style) {
    case 'literal':
      return spliceLiteral(source, scalar, edits, newText);
    case 'folded': {
      const { start } = blockHeader(source, scalar.node);
      const offsets = literalOffsets(source, scalar.node);
      const spliced = spliceLiteral(source, { ...scalar, offsets }, edits, newText);
      return spliced && [{ start, end: start + 1, replacement: '|' }, ...spliced];
    }
    case 'double':
      return edits.map((edit) => splice(scalar, edit, doubleQuoted(edit.replacement).slice(1, -1)));
    default:
      return null;
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
