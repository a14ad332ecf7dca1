import type { MappingNode, ScalarNode, YamlNode } from '../yaml/node.ts';

/** The plain values of a config's nodes, and what cannot be one. */
export interface PlainValue {
  readonly value: unknown;
  readonly faults: readonly Fault[];
}

interface Fault {
  readonly message: string;
  readonly offset: number;
}

/**
 * Turns nodes into lists, objects, text, booleans and null. Nothing becomes a number: an account id keeps its zeros.
 * Aliases are not followed: a file of rules about access is read top to bottom.
 */
export function plainValue(root: YamlNode): PlainValue {
  const faults: Fault[] = [];
  return { value: toPlain(root, faults), faults };
}

function toPlain(node: YamlNode, faults: Fault[]): unknown {
  switch (node.kind) {
    case 'scalar':
      return scalarValue(node, faults);
    case 'sequence':
      return node.items.map((item) => toPlain(item, faults));
    case 'mapping':
      return objectOf(node, faults);
    case 'alias':
      faults.push({
        message: `the alias *${node.anchor} is not supported here; write the value out`,
        offset: node.start - 1,
      });
      return undefined;
  }
}

function objectOf(node: MappingNode, faults: Fault[]): Record<string, unknown> {
  const object = new Map<string, unknown>();
  for (const { key, value } of node.pairs) {
    if (key.kind !== 'scalar') faults.push({ message: 'a key must be text', offset: key.start });
    else if (object.has(key.text))
      faults.push({ message: `the key ${key.text} stands here twice`, offset: key.start });
    else object.set(key.text, toPlain(value, faults));
  }
  return Object.fromEntries(object);
}

function scalarValue(node: ScalarNode, faults: Fault[]): unknown {
  if (node.style !== 'plain') return node.text;
  if (/^(~|null|)$/i.test(node.text)) return null;
  if (/^(true|false)$/i.test(node.text)) return node.text.toLowerCase() === 'true';
  if (/^0\d{11}$/.test(node.text)) {
    const message = `the account id ${node.text} is not quoted, and other readers of YAML drop its leading zero; write "${node.text}"`;
    faults.push({ message, offset: node.start });
  }
  return node.text;
}
