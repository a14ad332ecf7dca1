import type { YamlNode } from '../yaml/node.ts';

/** Where the node at a path of keys and indices lies; the nearest node around it where the path ends early. */
export function nodeAt(
  root: YamlNode,
  path: readonly unknown[],
): { readonly offset: number; readonly isKey: boolean } {
  let node = root;
  let offset = node.start;
  for (const step of path) {
    const next = stepInto(node, step);
    if (!next) return { offset, isKey: false };
    node = next.node;
    offset = next.offset;
  }
  return { offset, isKey: true };
}

function stepInto(node: YamlNode, step: unknown): { node: YamlNode; offset: number } | undefined {
  if (node.kind === 'sequence' && typeof step === 'number') {
    const item = node.items[step];
    return item && { node: item, offset: item.start };
  }
  if (node.kind !== 'mapping') return undefined;
  const pair = node.pairs.find(({ key }) => key.kind === 'scalar' && key.text === step);
  if (!pair) return undefined;
  const isScalar = pair.value.kind === 'scalar' && pair.value.start >= 0;
  return { node: pair.value, offset: isScalar ? pair.value.start : pair.key.start };
}
