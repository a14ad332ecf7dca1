/** Answers by key, requested once each, also while the first request is still under way. A failure is not kept. */
export class PromiseCache<Value> {
  private readonly promises = new Map<string, Promise<Value>>();

  get(key: string, request: () => Promise<Value>): Promise<Value> {
    const cached = this.promises.get(key);
    if (cached) return cached;
    const promise = request();
    this.promises.set(key, promise);
    promise.catch(() => this.promises.delete(key));
    return promise;
  }

  /** Every answer that was requested and did not fail so far. */
  values(): Iterable<Promise<Value>> {
    return this.promises.values();
  }
}

/** A flat copy: V8 keeps the whole string that a slice was taken from, and all parts of a concatenation. */
export function detachedString(text: string): string {
  return Buffer.from(text).toString();
}

/** One copy of each of few strings that occur again and again. */
export class StringInterner {
  private readonly strings = new Map<string, string>();

  intern(text: string): string {
    const known = this.strings.get(text);
    if (known !== undefined) return known;
    const copy = detachedString(text);
    this.strings.set(copy, copy);
    return copy;
  }
}
