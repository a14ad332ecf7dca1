import type { YamlNode } from './node.ts';

/**
 * Documents as one text, without their places: equal for documents that say the same in the same styles.
 * @param standIns what to write in place of a pair, by the start of its key; null leaves it out
 */
export function digest(
  documents: readonly (YamlNode | null)[],
  standIns: ReadonlyMap<number, string | null>,
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
      const kept = next.pairs.filter(({ key }) => standIns.get(key.contentStart) !== null);
      facts.push('mapping', next.anchor, kept.length);
      for (const { key, value } of kept.toReversed()) {
        const instead = standIns.get(key.contentStart);
        left.push(...(instead == null ? [value, key] : [instead]));
      }
    }
  }
  return JSON.stringify(facts);
}
