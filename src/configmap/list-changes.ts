/** What becomes of one item of a list: null keeps it, a text replaces it. */
export type ItemChange =
  | { readonly kind: 'keep' | 'remove' }
  | { readonly kind: 'replace'; readonly text: string };

/** What becomes of a list. */
export interface ListChanges {
  /** One for each item. */
  readonly items: readonly ItemChange[];
  /** New items by the index of the item that they stand behind; -1: in front of all. */
  readonly inserted: ReadonlyMap<number, readonly string[]>;
}

/**
 * Turns one list of texts into another so that as many items as possible stay, and with them their comments: what is not in both
 * is replaced one for one, and the rest removed or inserted.
 */
export function listChanges(before: readonly string[], after: readonly string[]): ListChanges {
  const items: ItemChange[] = [];
  const inserted = new Map<number, readonly string[]>();
  let [from, to] = [0, 0];
  for (const [index, other] of [...commonItems(before, after), [before.length, after.length] as const]) {
    const added = after.slice(to, other);
    const replaced = Math.min(index - from, added.length);
    for (let position = 0; position < index - from; position += 1) {
      const text = added[position];
      items.push(text === undefined ? { kind: 'remove' } : { kind: 'replace', text });
    }
    if (added.length > replaced) inserted.set(index - 1, added.slice(replaced));
    if (index < before.length) items.push({ kind: 'keep' });
    [from, to] = [index + 1, other + 1];
  }
  return { items, inserted };
}

/** Above this many comparisons, only what the lists start with is looked for. */
const MAX_COMPARISONS = 10_000;

/** Index pairs of a longest common subsequence, ascending. */
function commonItems(one: readonly string[], other: readonly string[]): [number, number][] {
  const pairs: [number, number][] = [];
  let start = 0;
  while (start < one.length && one[start] === other[start]) pairs.push([start, start++]);
  if ((one.length - start) * (other.length - start) > MAX_COMPARISONS) return pairs;
  const lengths = subsequenceLengths(one, other, start);
  for (let [row, column] = [start, start]; row < one.length && column < other.length; ) {
    if (one[row] === other[column]) pairs.push([row++, column++]);
    else if ((lengths[row + 1]?.[column] ?? 0) >= (lengths[row]?.[column + 1] ?? 0)) row += 1;
    else column += 1;
  }
  return pairs;
}

/** For each pair of positions from `start` on, how long the longest common subsequence of the rests is. */
function subsequenceLengths(one: readonly string[], other: readonly string[], start: number): number[][] {
  const lengths: number[][] = [];
  for (let row = one.length - 1; row >= start; row -= 1) {
    const below = lengths[row + 1] ?? [];
    const current: number[] = [];
    for (let column = other.length - 1; column >= start; column -= 1) {
      current[column] =
        one[row] === other[column]
          ? (below[column + 1] ?? 0) + 1
          : Math.max(below[column] ?? 0, current[column + 1] ?? 0);
    }
    lengths[row] = current;
  }
  return lengths;
}
