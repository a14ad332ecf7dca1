import { isBreak } from '../yaml/characters.ts';
import type { Edit } from '../yaml/edit.ts';
import { lineBreakOf } from '../yaml/lines.ts';
import type { Pair } from '../yaml/node.ts';
import type { EmbeddedText } from './embedded-text.ts';
import { blockHeader, INDENT, keyColumn, startsIndented } from './literal.ts';
import { indentLines } from './render.ts';

/** Edits a literal block scalar in place; null where its indentation would become unclear to a reader. */
export function spliceLiteral(
  source: string,
  { text, node, offsets }: EmbeddedText,
  pair: Pair,
  edits: readonly Edit[],
  newText: string,
): Edit[] | null {
  if (!node) return null;
  const header = blockHeader(source, pair);
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
