import { bug } from '../../errors.ts';
import type { MappingNode, Pair, YamlNode } from '../../yaml/node.ts';
import { keyOf } from '../document/server-metadata.ts';

/**
 * Compares all of two manifests but mapRoles; `data` may be new, and `dropped` pairs may be missing.
 * @throws Failure (exit 4) where anything is different
 */
export function requireSameManifest(
  before: MappingNode,
  after: MappingNode,
  dropped: ReadonlySet<Pair>,
): void {
  requireSamePairs(before, after, dropped, []);
}

const MAP_ROLES_PATH = 'data/mapRoles';

function requireSameNode(
  before: YamlNode,
  after: YamlNode,
  dropped: ReadonlySet<Pair>,
  path: readonly string[],
): void {
  const where = path.join('/');
  if (where === MAP_ROLES_PATH) return;
  if (before.kind === 'mapping' && after.kind === 'mapping') {
    requireSamePairs(before, after, dropped, path);
    return;
  }
  const isNewData =
    where === 'data' && before.kind === 'scalar' && after.kind === 'mapping' && after.pairs.length === 1;
  if (!isNewData && !isSame(before, after)) throw bug(`the result has another ${where} than the input`);
}

function requireSamePairs(
  before: MappingNode,
  after: MappingNode,
  dropped: ReadonlySet<Pair>,
  path: readonly string[],
): void {
  const isExempt = (pair: Pair) => ['data', MAP_ROLES_PATH].includes([...path, keyOf(pair)].join('/'));
  const kept = before.pairs.filter((pair) => !dropped.has(pair));
  const names = new Set(kept.map(keyOf));
  const known = after.pairs.filter((pair) => names.has(keyOf(pair)) || !isExempt(pair));
  if (kept.length !== known.length)
    throw bug(`the result has other keys in ${path.join('/') || 'the manifest'}`);
  kept.forEach((pair, index) => {
    const other = known[index];
    if (!other || keyOf(other) !== keyOf(pair)) throw bug(`the result lacks the key ${keyOf(pair)}`);
    requireSameNode(pair.value, other.value, dropped, [...path, keyOf(pair)]);
  });
}

function isSame(one: YamlNode, other: YamlNode): boolean {
  if (one.kind === 'scalar' && other.kind === 'scalar')
    return one.text === other.text && one.tag === other.tag && one.style === other.style;
  if (one.kind === 'alias' && other.kind === 'alias') return one.anchor === other.anchor;
  if (one.kind === 'sequence' && other.kind === 'sequence')
    return (
      one.items.length === other.items.length &&
      one.items.every((item, index) => isSameAt(item, other.items[index]))
    );
  if (one.kind !== 'mapping' || other.kind !== 'mapping' || one.pairs.length !== other.pairs.length)
    return false;
  return one.pairs.every((pair, index) => {
    const same = other.pairs[index];
    return same !== undefined && isSame(pair.key, same.key) && isSame(pair.value, same.value);
  });
}

function isSameAt(one: YamlNode, other: YamlNode | undefined): boolean {
  return other !== undefined && isSame(one, other);
}
