/** Reproducible random choices; the same for a seed: mulberry32. */
export class Draw {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  /** A number from 0 to one less than this. */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True for this many of a hundred. */
  percent(chance: number): boolean {
    return this.below(100) < chance;
  }

  pick<Item>(first: Item, ...others: readonly Item[]): Item {
    return others[this.below(others.length + 1) - 1] ?? first;
  }

  /** Some of the items, in their order: each with this chance of a hundred. */
  some<Item>(items: readonly Item[], chance: number): Item[] {
    return items.filter(() => this.percent(chance));
  }
}
