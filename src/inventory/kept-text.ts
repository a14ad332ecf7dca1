/** A copy that stands alone: V8 keeps the text that a piece was cut from, and the pieces that a text was put together from. */
export function keptText(text: string): string {
  return Buffer.from(text).toString();
}

/** One copy of each of few texts that come again and again. */
export class StringInterner {
  private readonly known = new Map<string, string>();

  of(text: string): string {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const kept = keptText(text);
    this.known.set(kept, kept);
    return kept;
  }
}
