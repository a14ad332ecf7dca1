import type { YamlNode } from '../yaml/node.ts';

/** Where a value of the config stands. */
export interface ConfigPlace {
  readonly offset: number;
  /** Of its key; the same as `offset` for the items of a list. */
  readonly keyOffset: number;
  /** False where the path leads to nothing that is written; the offsets are then of what is around it. */
  readonly exists: boolean;
}

/** Where the value at a path of keys and indices lies. */
export function placeAt(root: YamlNode, path: readonly unknown[]): ConfigPlace {
  let node = root;
  let [offset, keyOffset] = [root.start, root.start];
  for (const step of path) {
    const next = stepInto(node, step);
    if (!next) return { offset, keyOffset, exists: false };
    ({ node, offset, keyOffset } = next);
  }
  return { offset, keyOffset, exists: true };
}

function stepInto(node: YamlNode, step: unknown) {
  if (node.kind === 'sequence' && typeof step === 'number') {
    const item = node.items[step];
    return item && { node: item, offset: startOf(item), keyOffset: startOf(item) };
  }
  if (node.kind !== 'mapping') return undefined;
  const pair = node.pairs.find(({ key }) => key.kind === 'scalar' && key.text === step);
  if (!pair) return undefined;
  const keyOffset = startOf(pair.key);
  return {
    node: pair.value,
    offset: isWrittenInLine(pair.value) ? startOf(pair.value) : keyOffset,
    keyOffset,
  };
}

/** Of a block list or mapping, and of a value that is missing, the key is the better place to show. */
function isWrittenInLine(node: YamlNode): boolean {
  return node.kind === 'scalar' ? node.start >= 0 : node.kind !== 'alias' && node.flow;
}

/** Where a node begins as a reader sees it: at its quote. */
function startOf(node: YamlNode): number {
  const isQuoted = node.kind === 'scalar' && (node.style === 'single' || node.style === 'double');
  return isQuoted ? node.start - 1 : node.start;
}
