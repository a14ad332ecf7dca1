import type { Location } from '../errors.ts';
import { once } from '../memo.ts';
import { breakLength, findForbidden, isBlank, isBreak, lastNotAbove, lineEnd } from '../yaml/lines.ts';
import type { Pair, ScalarNode } from '../yaml/node.ts';

/** A string that the authenticator reads, in a scalar of a file or as the whole file. */
export class EmbeddedText {
  readonly text: string;
  /** The scalar that holds it; null where it is the whole file. */
  readonly node: ScalarNode | null;
  /** The pair of `data` that it belongs to; its value is an alias where the scalar is elsewhere. */
  readonly pair: Pair | null;
  private readonly offsetMap = once(() => (this.node ? scalarOffsets(this.source, this.node) : SAME_OFFSETS));
  // Whether the authenticator fails at a control character after the first document depends on where its reads end.
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

  /** From offsets in the text to offsets in the file. */
  get offsets(): OffsetMap {
    return this.offsetMap();
  }

  /** Whether other parts of the file may use it, too. */
  get isShared(): boolean {
    const anchor = this.node?.anchor ?? null;
    return anchor !== null && this.source.includes(`*${anchor}`);
  }

  /** Whether it can change where it is, and nothing else with it. */
  get isEditable(): boolean {
    return this.editable();
  }

  /** Line and column, in the file, of an offset in the text. */
  locationOf(offset: number): Location {
    return this.locationInFile(this.offsets.startOf(offset));
  }
}

/** Maps offsets in a text to offsets in the source that the text was decoded from. */
interface OffsetMap {
  /** Where the character at `offset` begins in the source. */
  startOf(offset: number): number;
  /** Where the character before `offset` ends in the source; what the decoding skipped after it is not included. */
  endOf(offset: number): number;
}

/** The text is the source. */
const SAME_OFFSETS: OffsetMap = { startOf: (offset) => offset, endOf: (offset) => offset };

/**
 * Segments of source and the segments of text that they stand for, in order. Of a segment that is as long in both, each
 * character stands for itself; any other is an escape or a line break and has no inside.
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

  /** Appends; segments of source that stand for nothing are left out. */
  add(sourceStart: number, sourceEnd: number, textLength: number): void {
    if (textLength === 0) return;
    this.texts.push(this.length);
    this.starts.push(sourceStart);
    this.ends.push(sourceEnd);
    this.length += textLength;
  }

  get textLength(): number {
    return this.length;
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
  switch (node.style) {
    case 'literal':
      return literalOffsets(source, node);
    case 'folded':
      return foldedOffsets(source, node);
    case 'double':
      return flowOffsets(source, node, node.json ? /\\/g : /[\r\n\x85\u2028\u2029\\]/g);
    case 'single':
      return flowOffsets(source, node, /[\r\n\x85\u2028\u2029']/g);
    case 'plain':
      return flowOffsets(source, node, /[\r\n\x85\u2028\u2029]/g);
  }
}

interface SourceLine {
  /** After the indentation. */
  readonly start: number;
  /** Before the line break. */
  readonly end: number;
  /** After the line break. */
  readonly next: number;
}

function* contentLines(source: string, node: ScalarNode): Generator<SourceLine> {
  for (let position = node.contentStart; position < node.contentEnd; ) {
    const end = Math.min(lineEnd(source, position), node.contentEnd);
    let start = position;
    while (start < end && start - position < node.indent && source[start] === ' ') start += 1;
    position = Math.min(end + breakLength(source, end), node.contentEnd);
    yield { start, end, next: position };
  }
}

function literalOffsets(source: string, node: ScalarNode): OffsetMap {
  const segments = new Segments(node.contentStart);
  for (const line of contentLines(source, node)) {
    const left = node.text.length - segments.textLength;
    if (left <= 0) break;
    // A line feed stands for itself, like the line in front of it.
    const length = line.end - line.start;
    const end = line.next - line.end === 1 && left > length ? line.next : line.end;
    segments.add(line.start, end, Math.min(end - line.start, left));
    if (end < line.next && left > length) segments.add(end, line.next, 1);
  }
  return segments;
}

/** Lines folded together are told apart by comparing with the text: a break stands for a space, for line feeds or for nothing. */
function foldedOffsets(source: string, node: ScalarNode): OffsetMap {
  const segments = new Segments(node.contentStart);
  let breakStart = node.contentStart;
  for (const line of contentLines(source, node)) {
    const content = source.slice(line.start, line.end);
    if (content === '') continue;
    segments.add(breakStart, line.start, foldLength(node.text, segments.textLength, content));
    segments.add(line.start, line.end, content.length);
    breakStart = line.end;
  }
  segments.add(breakStart, node.contentEnd, node.text.length - segments.textLength);
  return segments;
}

function foldLength(text: string, offset: number, next: string): number {
  if (text[offset] === ' ' && !next.startsWith(' ')) return 1;
  let end = offset;
  while (isBreak(text.charCodeAt(end))) end += 1;
  return end - offset;
}

function flowOffsets(source: string, node: ScalarNode, special: RegExp): OffsetMap {
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

/** Adds the rest of a line without its trailing blanks, then the line breaks after it as what they fold into. */
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
  if (source[mark] === '\\' && isBreak(source.charCodeAt(mark + 1))) {
    const fold = skipBreaks(source, mark + 1, limit);
    segments.add(mark, fold.end, fold.breaks - 1);
    return fold.end;
  }
  const end = mark + escapeLength(escaped);
  const isAstral = escaped === 'U' && Number.parseInt(source.slice(mark + 2, end), 16) > 0xffff;
  segments.add(mark, end, isAstral ? 2 : 1);
  return end;
}

/** Of a backslash, or of a single quote in front of another. */
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
