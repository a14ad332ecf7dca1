import { isBlank } from '../yaml/characters.ts';
import type { Edit } from '../yaml/edit.ts';
import { lineBreakOf } from '../yaml/lines.ts';
import type { Pair, ScalarNode } from '../yaml/node.ts';
import type { EmbeddedText } from './embedded-text.ts';
import { INDENT, keyColumn } from './literal.ts';
import { isPrintableLine, singleQuotedBody } from './quote.ts';

/** The scalar that holds a text, and the pair that it is the value of. */
export interface EmbeddedScalar {
  readonly mapRoles: EmbeddedText;
  readonly node: ScalarNode;
  readonly pair: Pair;
}

/**
 * Edits a scalar whose line breaks fold, in place; null where some line cannot stand in it. What the source then reads as is for
 * the caller to check: a fold has more exceptions than are worth following here.
 */
export function spliceFolded(
  source: string,
  { mapRoles: { text, offsets }, node, pair }: EmbeddedScalar,
  edits: readonly Edit[],
  newText: string,
): Edit[] | null {
  if (!edits.every(({ replacement }) => replacement.split('\n').every(isPrintableLine))) return null;
  const writer = new FoldWriter(source, node, pair, newText);
  let shift = 0;
  return edits.map(({ start, end, replacement }) => {
    const written = writer.write(replacement, start + shift, isLineStart(text, start) && start === end);
    shift += replacement.length - (end - start);
    const position = offsets.endOf(start);
    const from = start === end ? position : offsets.startOf(start);
    return { start: from, end: start === end ? position : offsets.endOf(end), replacement: written };
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

  constructor(source: string, { style, indent }: ScalarNode, pair: Pair, newText: string) {
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
