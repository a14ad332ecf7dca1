import type { Location } from '../errors.ts';
import { once } from '../memo.ts';
import { breakLength, findForbidden, isBlank, isBreak, lineEnd, SPACE, skipBlanks } from '../yaml/lines.ts';
import type { Pair, ScalarNode } from '../yaml/node.ts';

/** A string that the authenticator reads: a scalar in a file, or the whole file. */
export class EmbeddedText {
  readonly text: string;
  /** The scalar that holds it; null if it is the whole file. */
  readonly node: ScalarNode | null;
  /** Its pair in `data`; the value is an alias if the scalar is elsewhere. */
  readonly pair: Pair | null;
  private readonly offsetMap = once((): OffsetMap => {
    const { node, source } = this;
    if (!node) return SAME_OFFSETS;
    if (node.style === 'literal') return literalOffsets(source, node);
    return node.style === 'double' ? doubleQuotedOffsets(source, node) : foldedOffsets(source, node);
  });
  // Text with a control character after the first document: an edit may make the authenticator fail at it.
  private readonly editable = once(() => findForbidden(this.text) === null && !this.isShared);
  private readonly source: string;
  private readonly locationInFile: (offset: number) => Location;

  constructor(
    source: string,
    node: ScalarNode | null,
    pair: Pair | null,
    locationInFile: (offset: number) => Location,
  ) {
    this.source = source;
    this.node = node;
    this.pair = pair;
    this.text = node ? node.text : source;
    this.locationInFile = locationInFile;
  }

  /** Maps offsets in the text to offsets in the file. */
  get offsets(): OffsetMap {
    return this.offsetMap();
  }

  /** True if other parts of the file may use it too. */
  get isShared(): boolean {
    const anchor = this.node?.anchor ?? null;
    return anchor !== null && this.source.includes(`*${anchor}`);
  }

  /** True if it can be edited in place without changing anything else. */
  get isEditable(): boolean {
    return this.editable();
  }

  /** Line and column in the file for an offset in the text. */
  locationOf(offset: number): Location {
    return this.locationInFile(this.offsets.startOf(offset));
  }
}

/** Maps offsets in a text to offsets in the source that the text was decoded from. */
interface OffsetMap {
  /** Source offset where the character at `offset` starts. */
  startOf(offset: number): number;
  /** Source offset where the character before `offset` ends, without anything that decoding skipped after it. */
  endOf(offset: number): number;
}

/** Identity map, for a text that is the source itself. */
const SAME_OFFSETS: OffsetMap = { startOf: (offset) => offset, endOf: (offset) => offset };

/** The range in the source of each character of a text. */
class CharacterRanges implements OffsetMap {
  private readonly starts: Uint32Array;
  private readonly ends: Uint32Array;
  private length = 0;
  private readonly sourceStart: number;

  constructor({ text, contentStart }: ScalarNode) {
    this.starts = new Uint32Array(text.length);
    this.ends = new Uint32Array(text.length);
    this.sourceStart = contentStart;
  }

  get isFull(): boolean {
    return this.length === this.starts.length;
  }

  /** Appends characters that share a range, such as an escape or folded line breaks; ignores what exceeds the text. */
  add(start: number, end: number, count = 1): void {
    for (let left = count; left > 0 && !this.isFull; left -= 1) {
      this.starts[this.length] = start;
      this.ends[this.length] = end;
      this.length += 1;
    }
  }

  startOf(offset: number): number {
    return (offset < this.length ? this.starts[offset] : undefined) ?? this.endOf(this.length);
  }

  endOf(offset: number): number {
    return this.ends[Math.min(offset, this.length) - 1] ?? this.sourceStart;
  }
}

function literalOffsets(source: string, node: ScalarNode): OffsetMap {
  const ranges = new CharacterRanges(node);
  for (let position = node.contentStart; position < node.contentEnd && !ranges.isFull; ) {
    const end = Math.min(lineEnd(source, position), node.contentEnd);
    const next = end + breakLength(source, end);
    const indentEnd = Math.min(position + node.indent, end);
    while (position < indentEnd && source[position] === ' ') position += 1;
    for (; position < end; position += 1) ranges.add(position, position + 1);
    ranges.add(end, next);
    position = next;
  }
  return ranges;
}

/**
 * Follows the text of a folded, single-quoted or plain scalar through its source, for locations: no edit uses them.
 * Exact for all characters but spaces and line breaks, which fold.
 */
function foldedOffsets(source: string, node: ScalarNode): OffsetMap {
  const { text, style, contentStart, contentEnd } = node;
  const ranges = new CharacterRanges(node);
  let position = contentStart;
  for (let offset = 0; offset < text.length; offset += 1) {
    const code = text.charCodeAt(offset);
    const folds = code === SPACE || isBreak(code);
    while (!folds && position < contentEnd && source.charCodeAt(position) !== code) position += 1;
    ranges.add(position, position + 1);
    if (source.charCodeAt(position) !== code) position += breakLength(source, position);
    else position += style === 'single' && source[position] === "'" ? 2 : 1;
  }
  return ranges;
}

function doubleQuotedOffsets(source: string, node: ScalarNode): OffsetMap {
  const { contentStart, contentEnd, json = false } = node;
  const ranges = new CharacterRanges(node);
  for (let position = contentStart; position < contentEnd; ) {
    const start = position;
    const isEscape = source[start] === '\\';
    const firstBreak = isEscape ? start + 1 : skipBlanks(source, start);
    if (!json && isBreak(source.charCodeAt(firstBreak))) {
      const fold = foldAt(source, firstBreak, contentEnd);
      ranges.add(start, fold.end, isEscape ? fold.breaks - 1 : fold.length);
      position = fold.end;
    } else if (isEscape) {
      position += ESCAPE_LENGTHS[source[start + 1] ?? ''] ?? 2;
      const isAstral = Number.parseInt(source.slice(start + 2, position), 16) > 0xffff;
      ranges.add(start, position, isAstral ? 2 : 1);
    } else {
      const end = Math.min(Math.max(firstBreak, start + 1), contentEnd);
      for (; position < end; position += 1) ranges.add(position, position + 1);
    }
  }
  return ranges;
}

const ESCAPE_LENGTHS: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };

/** Line breaks with the blanks between and after them, and the number of characters that they decode to. */
function foldAt(source: string, start: number, limit: number) {
  let [end, breaks] = [start, 0];
  while (end < limit && (isBlank(source.charCodeAt(end)) || isBreak(source.charCodeAt(end)))) {
    const length = breakLength(source, end);
    if (length > 0) breaks += 1;
    end += Math.max(length, 1);
  }
  const folds = source[start] !== '\u2028' && source[start] !== '\u2029';
  return { end, breaks, length: folds && breaks > 1 ? breaks - 1 : breaks };
}
