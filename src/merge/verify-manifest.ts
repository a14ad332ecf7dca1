import { keyOf } from '../configmap/server-metadata.ts';
import { bug } from '../errors.ts';
import type { MappingNode, Pair, YamlNode } from '../yaml/node.ts';
import { nodesOf } from '../yaml/pairs.ts';

/**
 * Compares all of two manifests but mapRoles; `data` may be new, and `dropped` pairs may be missing.
 * @throws Failure (exit 4) where anything is different
 */
export function requireSameManifest(
  before: MappingNode,
  after: MappingNode,
  dropped: ReadonlySet<Pair>,
): void {
  requireSamePairs(before, after, dropped, 'top');
}

/** Where a pair stands that may change: at the top, or in `data`; null anywhere below. */
type Level = 'top' | 'data' | null;

function requireSamePairs(
  before: MappingNode,
  after: MappingNode,
  dropped: ReadonlySet<Pair>,
  level: Level,
): void {
  const kept = before.pairs.filter((pair) => !dropped.has(pair));
  const names = new Set(kept.map(keyOf));
  const known = after.pairs.filter((pair) => names.has(keyOf(pair)) || !mayBeNew(pair, level));
  if (kept.length !== known.length) throw bug('the result has other keys than the input');
  for (const [index, pair] of kept.entries()) {
    const other = known[index];
    if (!other || keyOf(other) !== keyOf(pair)) throw bug(`the result lacks the key ${keyOf(pair)}`);
    requireSameValue(pair, other.value, dropped, level);
  }
}

function mayBeNew(pair: Pair, level: Level): boolean {
  return keyOf(pair) === (level === 'top' ? 'data' : level === 'data' ? 'mapRoles' : undefined);
}

function requireSameValue(pair: Pair, after: YamlNode, dropped: ReadonlySet<Pair>, level: Level): void {
  const [before, name] = [pair.value, keyOf(pair)];
  if (level === 'data' && name === 'mapRoles') return;
  const isData = level === 'top' && name === 'data';
  const isMetadata = level === 'top' && name === 'metadata';
  // What is dropped stands in metadata or its annotations.
  const isOpen = isData || isMetadata || (level === null && name === 'annotations');
  if (isOpen && before.kind === 'mapping' && after.kind === 'mapping')
    requireSamePairs(before, after, dropped, isData ? 'data' : null);
  else if (!(isData && isNewData(before, after)) && !isSame(before, after))
    throw bug(`the result has another ${name} than the input`);
}

/** Whether `data` was empty, and holds mapRoles now. */
function isNewData(before: YamlNode, after: YamlNode): boolean {
  return before.kind === 'scalar' && after.kind === 'mapping' && after.pairs.length === 1;
}

/** Whether two nodes are the same, and all that is inside of them. */
function isSame(one: YamlNode, other: YamlNode): boolean {
  const others = nodesOf(other);
  for (const node of nodesOf(one)) {
    const next = others.next();
    if (next.done || !isAlike(node, next.value)) return false;
  }
  return others.next().done === true;
}

/** What was JSON has to be JSON still. */
const FACTS = ['text', 'tag', 'style', 'json'] as const;

/** Whether two nodes are the same, what is inside of them aside. */
function isAlike(one: YamlNode, other: YamlNode): boolean {
  if (one.kind === 'scalar' && other.kind === 'scalar')
    return FACTS.every((fact) => one[fact] === other[fact]);
  if (one.kind === 'alias' && other.kind === 'alias') return one.anchor === other.anchor;
  if (one.kind === 'sequence' && other.kind === 'sequence') return one.items.length === other.items.length;
  return one.kind === 'mapping' && other.kind === 'mapping' && one.pairs.length === other.pairs.length;
}
