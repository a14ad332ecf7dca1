import type { Location } from '../errors.ts';
import { once } from '../memo.ts';
import { breakLength, findForbidden, isBlank, isBreak, lastNotAbove, lineEnd } from '../yaml/lines.ts';
import type { Pair, ScalarNode } from '../yaml/node.ts';

/** A string that the authenticator reads: a scalar in a file, or the whole file. */
export class EmbeddedText {
  readonly text: string;
  /** The scalar that holds it; null if it is the whole file. */
  readonly node: ScalarNode | null;
  /** Its pair in `data`; the value is an alias if the scalar is elsewhere. */
  readonly pair: Pair | null;
  private readonly offsetMap = once(() => (this.node ? scalarOffsets(this.source, this.node) : SAME_OFFSETS));
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

/**
 * Source segments and their decoded text segments, in order. If both have the same length, characters map one to one;
 * otherwise the segment is an escape or a line break, and indivisible.
 */
class Segments implements OffsetMap {
  private readonly texts: number[] = [];
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];
  private length = 0;
  private readonly sourceStart: number;

  constructor(sourceStart: number) {
    this.sourceStart = sourceStart;
  }

  /** Appends a segment; skips source segments that decode to nothing. */
  add(sourceStart: number, sourceEnd: number, textLength: number): void {
    if (textLength === 0) return;
    this.texts.push(this.length);
    this.starts.push(sourceStart);
    this.ends.push(sourceEnd);
    this.length += textLength;
  }

  startOf(offset: number): number {
    if (offset >= this.length) return this.endOf(this.length);
    return this.within(lastNotAbove(this.texts, offset), offset, 'start');
  }

  endOf(offset: number): number {
    if (offset <= 0) return this.sourceStart;
    return this.within(lastNotAbove(this.texts, offset - 1), Math.min(offset, this.length), 'end');
  }

  private within(index: number, offset: number, side: 'start' | 'end'): number {
    const text = this.texts[index] ?? 0;
    const start = this.starts[index] ?? this.sourceStart;
    const end = this.ends[index] ?? start;
    const textLength = (this.texts[index + 1] ?? this.length) - text;
    if (textLength === end - start) return start + offset - text;
    return side === 'start' ? start : end;
  }
}

/** Maps a scalar's decoded text to the source, whatever its style. */
function scalarOffsets(source: string, node: ScalarNode): OffsetMap {
  if (node.style === 'literal') return literalOffsets(source, node);
  return node.style === 'double' ? doubleQuotedOffsets(source, node) : foldedOffsets(source, node);
}

export function literalOffsets(source: string, node: ScalarNode): OffsetMap {
  const segments = new Segments(node.contentStart);
  let left = node.text.length;
  const add = (start: number, end: number, length: number) => {
    segments.add(start, end, Math.min(length, left));
    left -= Math.min(length, left);
  };
  for (let position = node.contentStart; position < node.contentEnd && left > 0; ) {
    const end = Math.min(lineEnd(source, position), node.contentEnd);
    let start = position;
    while (start < end && start - position < node.indent && source[start] === ' ') start += 1;
    add(start, end, end - start);
    position = end + breakLength(source, end);
    add(end, position, 1);
  }
  return segments;
}

/**
 * Follows the text of a style that isn't edited in place through its source. Exact for all characters but blanks and
 * line breaks, which fold.
 */
function foldedOffsets(source: string, { text, style, contentStart, contentEnd }: ScalarNode): OffsetMap {
  const starts: number[] = [];
  let position = contentStart;
  for (let offset = 0; offset < text.length; offset += 1) {
    const code = text.charCodeAt(offset);
    const folds = isBlank(code) || isBreak(code);
    while (!folds && position < contentEnd && source.charCodeAt(position) !== code) position += 1;
    starts.push(position);
    if (source.charCodeAt(position) !== code) position += breakLength(source, position);
    else position += style === 'single' && source[position] === "'" ? 2 : 1;
  }
  const endOf = (offset: number) => (starts[Math.min(offset, starts.length) - 1] ?? contentStart - 1) + 1;
  return { startOf: (offset) => starts[offset] ?? endOf(offset), endOf };
}

function doubleQuotedOffsets(source: string, node: ScalarNode): OffsetMap {
  const special = node.json ? /\\/g : /[\r\n\x85\u2028\u2029\\]/g;
  const segments = new Segments(node.contentStart);
  for (let position = node.contentStart; position < node.contentEnd; ) {
    special.lastIndex = position;
    const stop = Math.min(special.exec(source)?.index ?? node.contentEnd, node.contentEnd);
    if (stop === node.contentEnd) {
      segments.add(position, stop, stop - position);
      break;
    }
    position = isBreak(source.charCodeAt(stop))
      ? addFold(segments, source, position, stop, node.contentEnd)
      : addEscape(segments, source, position, stop, node.contentEnd);
  }
  return segments;
}

/** Adds the rest of a line without trailing blanks, then the line breaks after it with their folded length. */
function addFold(
  segments: Segments,
  source: string,
  start: number,
  lineBreak: number,
  limit: number,
): number {
  let end = lineBreak;
  while (end > start && isBlank(source.charCodeAt(end - 1))) end -= 1;
  segments.add(start, end, end - start);
  const fold = skipBreaks(source, lineBreak, limit);
  const folds = source[lineBreak] !== '\u2028' && source[lineBreak] !== '\u2029';
  segments.add(end, fold.end, folds && fold.breaks > 1 ? fold.breaks - 1 : fold.breaks);
  return fold.end;
}

function addEscape(segments: Segments, source: string, start: number, mark: number, limit: number): number {
  segments.add(start, mark, mark - start);
  const escaped = source[mark + 1];
  if (isBreak(source.charCodeAt(mark + 1))) {
    const fold = skipBreaks(source, mark + 1, limit);
    segments.add(mark, fold.end, fold.breaks - 1);
    return fold.end;
  }
  const end = mark + escapeLength(escaped);
  const isAstral = escaped === 'U' && Number.parseInt(source.slice(mark + 2, end), 16) > 0xffff;
  segments.add(mark, end, isAstral ? 2 : 1);
  return end;
}

/** Length of a backslash escape. */
function escapeLength(escaped: string | undefined): number {
  return { x: 4, u: 6, U: 10 }[escaped ?? ''] ?? 2;
}

function skipBreaks(source: string, start: number, limit: number): { end: number; breaks: number } {
  let [end, breaks] = [start, 0];
  while (end < limit) {
    const length = breakLength(source, end);
    if (length > 0) breaks += 1;
    else if (!isBlank(source.charCodeAt(end))) break;
    end += Math.max(length, 1);
  }
  return { end, breaks };
}
