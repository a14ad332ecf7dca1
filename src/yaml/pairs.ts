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
  const left = [node];
  for (let next = left.pop(); next; next = left.pop()) {
    yield next;
    pushChildren(left, next);
  }
}

/** Puts what is inside a node on a stack, so that the first of it is taken first. */
function pushChildren(stack: YamlNode[], node: YamlNode): void {
  if (node.kind === 'sequence') {
    for (let index = node.items.length - 1; index >= 0; index -= 1) {
      const item = node.items[index];
      if (item) stack.push(item);
    }
  } else if (node.kind === 'mapping') {
    for (let index = node.pairs.length - 1; index >= 0; index -= 1) {
      const pair = node.pairs[index];
      if (pair) stack.push(pair.value, pair.key);
    }
  }
}
