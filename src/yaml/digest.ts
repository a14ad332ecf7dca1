import type { Pair, YamlNode } from './node.ts';

/**
 * Documents as one text, without their places: equal for documents that say the same in the same styles.
 * @param standIn what to write in place of a pair: null leaves it out, undefined keeps it
 */
export function digest(
  documents: readonly (YamlNode | null)[],
  standIn: (pair: Pair) => string | null | undefined,
): string {
  const facts: unknown[] = [];
  const left: (YamlNode | string | null)[] = documents.toReversed();
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (next === null || typeof next === 'string') facts.push(next);
    else if (next.kind === 'alias') facts.push('alias', next.anchor);
    else if (next.kind === 'scalar') facts.push(next.text, next.tag, next.anchor, next.style, next.json);
    else if (next.kind === 'sequence') {
      facts.push('sequence', next.anchor, next.items.length);
      for (const item of next.items.toReversed()) left.push(item);
    } else {
      const pairs = next.pairs.map((pair) => ({ pair, instead: standIn(pair) }));
      const kept = pairs.filter(({ instead }) => instead !== null);
      facts.push('mapping', next.anchor, kept.length);
      for (const { pair, instead } of kept.toReversed())
        left.push(...(instead == null ? [pair.value, pair.key] : [instead]));
    }
  }
  return JSON.stringify(facts);
}
