/** Leads from offsets in a text to offsets in the source that the text was decoded from. */
export interface OffsetMap {
  /** Where the character at `offset` begins in the source. */
  startOf(offset: number): number;
  /** Where the character before `offset` ends in the source; what the decoding skipped behind it is not counted in. */
  endOf(offset: number): number;
}

/** The text is the source. */
export const SAME_OFFSETS: OffsetMap = { startOf: (offset) => offset, endOf: (offset) => offset };

/**
 * Stretches of source and the stretches of text that they stand for, in order. Of a stretch that is as long in both, each
 * character stands for itself; any other is an escape or a line break and has no inside.
 */
export class Stretches implements OffsetMap {
  private readonly texts: number[] = [];
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];
  private length = 0;
  private readonly sourceStart: number;

  constructor(sourceStart: number) {
    this.sourceStart = sourceStart;
  }

  /** Appends; stretches of source that stand for nothing are left out. */
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
    return this.within(
      this.lastAt((start) => start <= offset),
      offset,
      'start',
    );
  }

  endOf(offset: number): number {
    if (offset <= 0) return this.sourceStart;
    return this.within(
      this.lastAt((start) => start < offset),
      Math.min(offset, this.length),
      'end',
    );
  }

  private within(index: number, offset: number, side: 'start' | 'end'): number {
    const text = this.texts[index] ?? 0;
    const start = this.starts[index] ?? this.sourceStart;
    const end = this.ends[index] ?? start;
    const textLength = (this.texts[index + 1] ?? this.length) - text;
    if (textLength === end - start) return start + offset - text;
    return side === 'start' ? start : end;
  }

  private lastAt(holds: (textStart: number) => boolean): number {
    let [low, high] = [0, this.texts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (holds(this.texts[middle] ?? Number.POSITIVE_INFINITY)) low = middle;
      else high = middle - 1;
    }
    return Math.max(low, 0);
  }
}
