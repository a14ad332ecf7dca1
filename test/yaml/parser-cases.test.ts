import { describe, expect, test } from 'vitest';
import { allNodesIn, type YamlNode, YamlSyntaxError } from '../../src/yaml/node.ts';
import { parseYaml } from '../../src/yaml/parser.ts';
import cases from './parser-cases.json' with { type: 'json' };

/** A document's content: texts, lists and maps; `*name` for an alias; tag and anchor before their node. */
function readOf(node: YamlNode | null): unknown {
  if (node === null) return null;
  if (node.kind === 'alias') return `*${node.anchor}`;
  const properties = [
    ...(node.tag === null ? [] : [node.tag]),
    ...(node.anchor === null ? [] : [`&${node.anchor}`]),
  ];
  return properties.length > 0 ? [...properties, contentOf(node)] : contentOf(node);
}

function contentOf(node: Exclude<YamlNode, { kind: 'alias' }>): unknown {
  if (node.kind === 'scalar') return node.text;
  if (node.kind === 'sequence') return node.items.map(readOf);
  return Object.fromEntries(node.pairs.map(({ key, value }) => [keyText(readOf(key)), readOf(value)]));
}

function keyText(key: unknown): string {
  return typeof key === 'string' ? key : JSON.stringify(key);
}

function outcomeOf(yaml: string) {
  try {
    const documents = parseYaml(yaml);
    const nodes = documents.flatMap((root) => (root ? [...allNodesIn(root)] : []));
    const places = nodes.map(({ start, end }) => yaml.slice(start, end));
    return { yaml, documents: documents.map(readOf), places };
  } catch (error) {
    if (error instanceof YamlSyntaxError) return { yaml, error: error.offset };
    throw error;
  }
}

// libyaml accepts and rejects the same texts and reads the same values, except changes in newer versions: `[a?b]` and
// `!a,b`.
describe('a text reads like in libyaml, with each node in its place, or fails there', () => {
  test.each(cases)('$yaml', (expected) => {
    expect(outcomeOf(expected.yaml)).toEqual(expected);
  });
});

test('a key may have 1024 characters', () => {
  for (const [key, wide] of [
    ['k', 1024],
    ['😀', 1024],
    ['"', 1022],
  ] as const) {
    const text = key === '"' ? `"${'k'.repeat(wide)}"` : key.repeat(wide);
    const longer = key === '"' ? `"${'k'.repeat(wide + 1)}"` : key.repeat(wide + 1);
    expect(parseYaml(`${text}: v`)).toMatchObject([{ kind: 'mapping', pairs: { length: 1 } }]);
    expect(() => parseYaml(`${longer}: v`)).toThrow(YamlSyntaxError);
    expect(parseYaml(`[${text}: v]`)).toMatchObject([{ items: [{ kind: 'mapping' }] }]);
  }
});
