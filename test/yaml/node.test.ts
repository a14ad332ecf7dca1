import { expect, test } from 'vitest';
import { isUnwritten, type MappingNode, mappingAt, scalarAt } from '../../src/yaml/node.ts';
import { parseYaml } from '../../src/yaml/parser.ts';

function mapOf(source: string): MappingNode {
  const [root] = parseYaml(source);
  return root?.kind === 'mapping' ? root : expect.fail('no map');
}

test('the last of repeated keys counts, whatever its value', () => {
  const map = mapOf('a: 1\na: 2\nb: {c: d}\nb: {e: f}\nc: x\nc: {}\n');
  expect([scalarAt(map, 'a'), scalarAt(map, 'b'), scalarAt(map, 'c')]).toEqual(['2', undefined, undefined]);
  const inner = mappingAt(map, 'b');
  expect(inner && scalarAt(inner, 'e')).toBe('f');
  expect([mappingAt(map, 'a'), mappingAt(map, 'none')]).toEqual([undefined, undefined]);
});

test.each([
  ['a:', true],
  ['a: !!str', true],
  ['a: &b', true],
  ['a: ""', false],
  ["a: ''", false],
  ['a: |', false],
  ['a: ~', false],
  ['a: []', false],
])('%j is unwritten: %s', (source, unwritten) => {
  expect(mapOf(`${source}\n`).pairs.map(({ value }) => isUnwritten(value))).toEqual([unwritten]);
});
