import { describe, expect, test } from 'vitest';
import { manifestsIn, readManifests } from '../../src/yaml/manifests.ts';
import { type Shrink, scalarAt, YamlSyntaxError } from '../../src/yaml/node.ts';

/** The kinds of the manifests in a text. */
const kinds = (source: string) => manifestsIn(readManifests(source)).map(({ kind }) => kind);

function offsetOfError(source: string): number {
  try {
    readManifests(source);
  } catch (error) {
    if (error instanceof YamlSyntaxError) return error.offset;
  }
  throw new Error('is read');
}

describe('a text', () => {
  test('is YAML with several documents', () => {
    expect(kinds('kind: A\n---\nkind: B\n---\n# nothing\n---\nkind: C\n')).toEqual(['A', 'B', 'C']);
  });

  test('is a stream of JSON', () => {
    expect(kinds('{"kind": "A"}{"kind": "B"}\n\n{"kind": "C"}\n')).toEqual(['A', 'B', 'C']);
    expect(kinds(' \n{"kind": "A"}')).toEqual(['A']);
  });

  test('is YAML in braces', () => {
    expect(kinds('{kind: A}\n')).toEqual(['A']);
    expect(kinds('{kind: A}\n---\nkind: B\n')).toEqual(['A', 'B']);
  });

  test('is JSON, then YAML', () => {
    expect(kinds('{"kind": "A"}\n---\nkind: B\n')).toEqual(['A', 'B']);
    expect(kinds('{"kind": "A"}  \nkind: B\n')).toEqual(['A', 'B']);
    expect(kinds('{"kind": "A"}kind: B\n')).toEqual(['A', 'B']);
    expect(offsetOfError('{"kind": "A"}\n{"kind": "B"}\nkind: C\n')).toBe(28);
    expect(offsetOfError('{"kind": "A"}\n---\n[\n')).toBeGreaterThan(17);
  });

  test('is empty', () => {
    expect(readManifests('')).toEqual([]);
    expect(readManifests('---\n---\n')).toEqual([null, null]);
  });
});

describe('the manifests in it', () => {
  test('may be in lists of any kind, however deeply nested', () => {
    const source = `kind: List
items:
- kind: A
  apiVersion: v1
- kind: List
  items: [{kind: B, apiVersion: v2}]
- not a map
---
kind: CList
apiVersion: v3
items:
- {}
- {kind: D}
- {apiVersion: v4}
`;
    expect(manifestsIn(readManifests(source)).map(({ kind, apiVersion }) => [kind, apiVersion])).toEqual([
      ['A', 'v1'],
      ['B', 'v2'],
      ['C', 'v3'],
      ['D', 'v3'],
      ['C', 'v4'],
    ]);
  });

  test('may have a kind that ends like a list', () => {
    expect(kinds('kind: AllowList\nmetadata: {name: a}\nitems: [{kind: A}]\n')).toEqual(['AllowList']);
    expect(kinds('kind: AllowList\nmetadata: {}\nitems: [{kind: A}]\n')).toEqual(['A']);
    expect(kinds('kind: AllowList\nitems: 7\n')).toEqual([]);
  });

  test('are maps', () => {
    expect(kinds('- kind: A\n---\nA\n---\nkind: [B]\n')).toEqual([undefined]);
  });
});

describe('shrink', () => {
  const emptied: Shrink = (node) =>
    node.kind === 'mapping' && scalarAt(node, 'kind') === 'A' ? { ...node, pairs: [] } : node;
  const sizes = (source: string) =>
    manifestsIn(readManifests(source, emptied)).map(({ node, kind }) => [
      kind,
      node.pairs.length,
      node.start,
    ]);

  test.each([
    [
      'documents',
      'kind: A\n---\nkind: B\n',
      [
        [undefined, 0, 0],
        ['B', 1, 12],
      ],
    ],
    [
      'items of a list',
      'kind: List\nitems:\n- kind: A\n- kind: B\n',
      [
        [undefined, 0, 20],
        ['B', 1, 30],
      ],
    ],
    [
      'items in brackets',
      'kind: List\nitems: [{kind: A}, {kind: B}]\n',
      [
        [undefined, 0, 19],
        ['B', 1, 30],
      ],
    ],
    [
      'JSON',
      '{"kind":"A"}{"kind":"B"}',
      [
        [undefined, 0, 0],
        ['B', 1, 12],
      ],
    ],
    [
      'items in JSON',
      '{"kind":"List","items":[{"kind":"A"},{"kind":"B"}]}',
      [
        [undefined, 0, 24],
        ['B', 1, 37],
      ],
    ],
    [
      'YAML after JSON',
      '{"kind":"B"}\n---\nkind: A\n',
      [
        ['B', 1, 0],
        [undefined, 0, 17],
      ],
    ],
  ])('%s', (_, source, expected) => {
    expect(sizes(source)).toEqual(expected);
  });
});
