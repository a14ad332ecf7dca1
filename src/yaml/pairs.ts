import type { MappingNode, Pair, YamlNode } from './node.ts';

/** The pairs of a mapping with this very key; more than one where the key is repeated. */
export function pairsNamed(node: MappingNode, key: string): Pair[] {
  return node.pairs.filter((pair) => pair.key.kind === 'scalar' && pair.key.text === key);
}

/** The value of a key that is a scalar; undefined where the key is missing, or its value is none. */
export function scalarAt(node: MappingNode, key: string): string | undefined {
  const value = pairsNamed(node, key).at(-1)?.value;
  return value?.kind === 'scalar' ? value.text : undefined;
}

export function mappingAt(node: MappingNode, key: string): MappingNode | undefined {
  const value = pairsNamed(node, key).at(-1)?.value;
  return value?.kind === 'mapping' ? value : undefined;
}

/** A node and all below it, in the order of the source. */
export function* nodesOf(node: YamlNode): Generator<YamlNode> {
  yield node;
  if (node.kind === 'sequence') for (const item of node.items) yield* nodesOf(item);
  if (node.kind !== 'mapping') return;
  for (const { key, value } of node.pairs) {
    yield* nodesOf(key);
    yield* nodesOf(value);
  }
}
