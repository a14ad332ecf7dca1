import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJsonValue } from '../../src/yaml/json.ts';
import { allNodesIn, type YamlNode, YamlSyntaxError } from '../../src/yaml/node.ts';
import { readFirstDocument } from '../../src/yaml/parser.ts';

function valuesOf(source: string): unknown[] {
  const values: unknown[] = [];
  let position = 0;
  for (let next = readJsonValue(source, 0); next; next = readJsonValue(source, position)) {
    values.push(plainValue(next.root));
    position = next.end;
  }
  return values;
}

function plainValue(node: YamlNode): unknown {
  if (node.kind === 'sequence') return node.items.map(plainValue);
  if (node.kind === 'mapping')
    return node.pairs.map(({ key, value }) => [plainValue(key), plainValue(value)]);
  return node.kind === 'scalar' ? node.text : null;
}

function offsetOfError(source: string): number {
  try {
    readJsonValue(source, 0);
  } catch (error) {
    if (error instanceof YamlSyntaxError) return error.offset;
  }
  throw new Error('no syntax error');
}

describe('a string', () => {
  test.each([
    ['"\\/\\ud83d\\ude00\\u0041\\n"', '/😀A\n'],
    ['"a\u2028b\u2029c\u0085d\u007fe\ufefff"', 'a\u2028b\u2029c\u0085d\u007fe\ufefff'],
    ['"\\ud83d!"', '\ufffd!'],
    ['"\\ude00!\\ude00\\ud83d"', '\ufffd!\ufffd\ufffd'],
    ['""', ''],
  ])('%j', (source, text) => {
    expect(valuesOf(source)).toEqual([text]);
  });
});

test('values follow one another, with or without white space', () => {
  expect(valuesOf('{"a": 1}{"b": [true, null]}\r\n\t"c" -1.5e+3 0E1 ')).toEqual([
    [['a', '1']],
    [['b', ['true', 'null']]],
    'c',
    '-1.5e+3',
    '0E1',
  ]);
  expect(valuesOf(' \n')).toEqual([]);
});

describe('an error points at', () => {
  test.each([
    ['a key without quotes', '{a: 1}', 1],
    ['a comma in front of the end', '[1, ]', 4],
    ['what follows a value', '[1 2]', 3],
    ['a missing colon', '{"a" 1}', 5],
    ['a missing end', '[1', 2],
    ['a line break in a string', '["a\nb"]', 1],
    ['an escape that only YAML has', '["\\x41"]', 2],
    ['a comment', '# note\n{}', 0],
    ['a number with a leading zero', '[01]', 2],
    ['a number that ends in its point', '[1.]', 2],
    ['a number without an exponent', '[1e]', 2],
    ['a sign without an exponent', '[1E+]', 2],
    ['a sign without a number', '[-]', 1],
    ['nesting without end', '['.repeat(10_001), 10_000],
  ])('%s', (_, source, offset) => {
    expect(offsetOfError(source)).toBe(offset);
  });
});

test('an error says whether JSON is broken, or an escape in it', () => {
  expect(() => readJsonValue('[1 2]', 0)).toThrow('invalid JSON');
  expect(() => readJsonValue('["\\x41"]', 0)).toThrow('invalid escape in JSON');
});

test('nesting may have 10,000 levels', () => {
  const root = readJsonValue('['.repeat(10_000) + ']'.repeat(10_000), 0)?.root;
  expect([...allNodesIn(root ?? expect.fail('no value'))].length).toBe(10_000);
});

test('any JSON has the same nodes as the text in YAML', () => {
  // YAML has no \/ and no surrogates, and has other line breaks and control characters.
  const texts = fc.string({ unit: 'grapheme-ascii' });
  fc.assert(
    fc.property(
      fc.jsonValue({ stringUnit: 'grapheme-ascii' }),
      texts,
      fc.constantFrom(0, 2, '\t'),
      (value, key, indent) => {
        const source = JSON.stringify({ [`k${key}`.slice(0, 200)]: value, list: [key] }, null, indent);
        const root = readJsonValue(source, 0)?.root;
        const nodes = root ? [...allNodesIn(root)].map(withoutMark) : [];
        const others = readFirstDocument(source).root;
        expect(nodes).toEqual(others ? [...allNodesIn(others)].map(withoutMark) : []);
      },
    ),
  );
});

function withoutMark(node: YamlNode) {
  const { json: _, items: _items, pairs, ...rest } = { json: true, items: [], pairs: [], ...node };
  return { ...rest, colons: pairs.map(({ colonEnd }) => colonEnd) };
}
