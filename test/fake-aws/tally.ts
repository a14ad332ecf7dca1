/** Counts calls by name, and notifies callers that wait for a count. */
export class Tally {
  #counts = new Map<string, number>();
  #waiting: { readonly name: string; readonly count: number; readonly resolve: () => void }[] = [];

  add(name: string): void {
    const count = this.of(name) + 1;
    this.#counts.set(name, count);
    for (const waiter of this.#waiting) if (waiter.name === name && waiter.count <= count) waiter.resolve();
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** `{ 'sts.AssumeRole': 2 }`, in alphabetical order. */
  toRecord(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Resolves once the name was counted that often. */
  reached(name: string, count: number): Promise<void> {
    if (this.of(name) >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ name, count, resolve }));
  }

  clear(): void {
    this.#counts.clear();
  }
}
