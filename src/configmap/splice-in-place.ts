import { isBlank, isBreak } from '../yaml/characters.ts';
import type { Edit } from '../yaml/edit.ts';
import { lineBreakOf } from '../yaml/lines.ts';
import type { Pair, ScalarNode } from '../yaml/node.ts';
import type { EmbeddedText } from './embedded-text.ts';
import {
  blockHeader,
  doubleQuotedBody,
  INDENT,
  isPrintableLine,
  keyColumn,
  singleQuotedBody,
  startsIndented,
} from './quote.ts';
import { indentLines } from './render.ts';

/** The scalar that holds a text, and the pair that it is the value of. */
export interface EmbeddedScalar extends Pick<EmbeddedText, 'text' | 'offsets'> {
  readonly node: ScalarNode;
  readonly pair: Pair;
}

/** Turns edits of a text into edits of the scalar that holds it; null where it has to be rewritten. */
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
      return edits.map((edit) => splice(scalar, edit, doubleQuotedBody(edit.replacement)));
    default:
      return spliceFolded(source, scalar, edits, newText);
  }
}

/** What only inserts goes behind the character in front, so that what decoding skipped stays behind it. */
function splice({ offsets }: EmbeddedScalar, { start, end }: Edit, replacement: string): Edit {
  const position = offsets.endOf(start);
  if (start === end) return { start: position, end: position, replacement };
  return { start: offsets.startOf(start), end: offsets.endOf(end), replacement };
}

/** Edits a literal block scalar in place; null where its indentation would become unclear to a reader. */
function spliceLiteral(
  source: string,
  { text, node, offsets, pair }: EmbeddedScalar,
  edits: readonly Edit[],
  newText: string,
): Edit[] | null {
  const header = blockHeader(source, node);
  const isUndecided = header.increment === 0 && /^\n*$/.test(text);
  const indent = isUndecided ? keyColumn(source, pair) + INDENT : node.indent;
  const splicer = new LiteralSplicer(source, text, offsets, indent);
  const spliced = edits.map((edit) => splicer.splice(edit));
  if (header.increment > 0 || !startsIndented(newText)) return spliced;
  const increment = indent - keyColumn(source, pair);
  if (increment < 1 || increment > 9) return null;
  return [{ start: header.start + 1, end: header.start + 1, replacement: String(increment) }, ...spliced];
}

class LiteralSplicer {
  private readonly source: string;
  private readonly text: string;
  private readonly offsets: EmbeddedText['offsets'];
  private readonly indent: number;
  private readonly lineBreak: string;

  constructor(source: string, text: string, offsets: EmbeddedText['offsets'], indent: number) {
    this.source = source;
    this.text = text;
    this.offsets = offsets;
    this.indent = indent;
    this.lineBreak = lineBreakOf(source);
  }

  splice(edit: Edit): Edit {
    return this.isWholeLines(edit) ? this.spliceLines(edit) : this.spliceWithin(edit);
  }

  private isWholeLines({ start, end, replacement }: Edit): boolean {
    const { text } = this;
    if (!this.startsLine(start)) return false;
    if (replacement !== '' && !replacement.endsWith('\n')) return false;
    return end === start || end === text.length || text[end - 1] === '\n';
  }

  private startsLine(offset: number): boolean {
    return offset === 0 || this.text[offset - 1] === '\n';
  }

  private spliceLines({ start, end, replacement }: Edit): Edit {
    const [from, to] = [this.offsets.endOf(start), this.offsets.endOf(end)];
    const lines = this.indented(replacement);
    const isOpen = lines !== '' && from > 0 && !isBreak(this.source.charCodeAt(from - 1));
    return {
      start: from,
      end: to,
      replacement: isOpen ? this.lineBreak + lines.slice(0, -this.lineBreak.length) : lines,
    };
  }

  private spliceWithin({ start, end, replacement }: Edit): Edit {
    const to = this.offsets.endOf(end);
    // A blank line has no indentation that what takes its place could stand behind.
    if (end > start && this.startsLine(start) && /^[^\n]/.test(replacement))
      return { start: this.offsets.endOf(start), end: to, replacement: this.indented(replacement) };
    const [first = '', ...further] = replacement.split('\n');
    const lines = further.length > 0 ? this.lineBreak + this.indented(further.join('\n')) : '';
    const from = this.offsets.startOf(start);
    return { start: from, end: start === end ? from : to, replacement: first + lines };
  }

  private indented(lines: string): string {
    return indentLines(lines, this.indent).replaceAll('\n', this.lineBreak);
  }
}

/**
 * Edits a scalar whose line breaks fold, in place; null where some line cannot stand in it. What the source then reads as is for
 * the caller to check: a fold has more exceptions than are worth following here.
 */
function spliceFolded(
  source: string,
  scalar: EmbeddedScalar,
  edits: readonly Edit[],
  newText: string,
): Edit[] | null {
  if (!edits.every(({ replacement }) => replacement.split('\n').every(isPrintableLine))) return null;
  const writer = new FoldWriter(source, scalar, newText);
  let shift = 0;
  return edits.map((edit) => {
    const { start, end, replacement } = edit;
    const written = writer.write(
      replacement,
      start + shift,
      isLineStart(scalar.text, start) && start === end,
    );
    shift += replacement.length - (end - start);
    return splice(scalar, edit, written);
  });
}

function isLineStart(text: string, offset: number): boolean {
  return offset > 0 && text[offset - 1] === '\n';
}

class FoldWriter {
  private readonly lineBreak: string;
  private readonly indent: string;
  private readonly style: ScalarNode['style'];
  private readonly newText: string;

  constructor(source: string, { node: { style, indent }, pair }: EmbeddedScalar, newText: string) {
    this.lineBreak = lineBreakOf(source);
    this.indent = ' '.repeat(style === 'folded' ? indent : keyColumn(source, pair) + INDENT);
    this.style = style;
    this.newText = newText;
  }

  /** `offset` is where the text stands in the new one; `startsLine`: the break in front of it is in the source already, the indentation is not. */
  write(text: string, offset: number, startsLine: boolean): string {
    const lines = text.split('\n');
    let end = offset - 1;
    const written = lines.map((line, index) => {
      end += line.length + 1;
      const isIndented = line !== '' && (index > 0 || startsLine);
      const content = (isIndented ? this.indent : '') + this.quote(line);
      if (index === lines.length - 1) return content;
      return content + this.breakAt(end);
    });
    const isDoubled = startsLine && text !== '' && this.breakAt(offset - 1).length > this.lineBreak.length;
    return (isDoubled ? this.lineBreak : '') + written.join('');
  }

  private quote(line: string): string {
    return this.style === 'single' ? singleQuotedBody(line) : line;
  }

  /** The first of several breaks is doubled, unless it stands beside a line that is indented further. */
  private breakAt(offset: number): string {
    const { newText, lineBreak } = this;
    let next = offset;
    while (newText[next] === '\n') next += 1;
    if (newText[offset - 1] === '\n' || next >= newText.length) return lineBreak;
    const line = newText.lastIndexOf('\n', offset - 1) + 1;
    const isKept = this.style === 'folded' && (isBlankAt(newText, line) || isBlankAt(newText, next));
    return isKept ? lineBreak : lineBreak + lineBreak;
  }
}

function isBlankAt(text: string, offset: number): boolean {
  return isBlank(text.charCodeAt(offset));
}
