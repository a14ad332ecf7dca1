import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MappingNode, type ScalarNode, type YamlNode, YamlSyntaxError } from '../../src/yaml/node.ts';
import { parseYaml, readFirstDocument } from '../../src/yaml/parser.ts';
import { runs } from '../runs.ts';

function mappingOf(source: string): MappingNode {
  const root = readFirstDocument(source).root;
  if (root?.kind !== 'mapping') throw new Error('no mapping');
  return root;
}

function scalarAt(source: string, key: string): ScalarNode {
  const value = mappingOf(source).pairs.find(
    (pair) => pair.key.kind === 'scalar' && pair.key.text === key,
  )?.value;
  if (value?.kind !== 'scalar') throw new Error('no scalar');
  return value;
}

function offsetOfError(source: string): number {
  try {
    parseYaml(source);
  } catch (error) {
    if (error instanceof YamlSyntaxError) return error.offset;
  }
  throw new Error('no syntax error');
}

describe('the place of a scalar', () => {
  test.each([
    ['a: b c # note', 'b c', 'plain'],
    ["a: 'it''s'", "it''s", 'single'],
    ['a: "\\u00e9 \\"" # note', '\\u00e9 \\"', 'double'],
    ['a: !!str &x 5', '5', 'plain'],
    ['a: |2 # note\n    x\n   y\nb: c', '    x\n   y\n', 'literal'],
    ['a: >-\n  x\n\n  y\n', '  x\n\n  y\n', 'folded'],
    ['\uFEFFa: b', 'b', 'plain'],
    ['a: b\r\nc: d', 'b', 'plain'],
  ])('%j', (source, written, style) => {
    const node = scalarAt(source, 'a');
    expect(source.slice(node.contentStart, node.contentEnd)).toBe(written);
    expect(node.style).toBe(style);
  });

  test('is after the colon if nothing is written', () => {
    const nowhere = { text: '', start: 2, end: 2, contentStart: 2, contentEnd: 2 };
    expect(scalarAt('a: \nb: c', 'a')).toMatchObject(nowhere);
    expect(readFirstDocument('-\n- a').root).toMatchObject({ items: [{ start: 1, end: 1 }, {}] });
  });

  test('is after its tag if nothing else is written', () => {
    expect(scalarAt('a: !!str # note\nb: c', 'a')).toMatchObject({ start: 3, end: 8, contentStart: 8 });
  });

  test.each([
    ['"b" # note', '"b"'],
    ['&x !!str b # note', '&x !!str b'],
    ['&x |- # note\n  b\n\n', '&x |- # note\n  b'],
    ['*x # note', '*x'],
    ['[b, c] # note', '[b, c]'],
    ['!!map # note\n  b: c # note\n\n', '!!map # note\n  b: c'],
    ['\n- b # note\n', '- b'],
  ])('includes all its parts: %j', (written, whole) => {
    const source = `a: ${written}`;
    const { value, colonEnd } = mappingOf(source).pairs[0] ?? {};
    expect(value && source.slice(value.start, value.end)).toBe(whole);
    expect(colonEnd).toBe(2);
  });

  test('starts in the second column if the text is only a block scalar', () => {
    const [root] = parseYaml('|\n x\n');
    expect(root).toMatchObject({ kind: 'scalar', text: 'x\n', indent: 1 });
  });

  test('counts the columns of a block scalar', () => {
    expect(scalarAt('a: |\n    x\n', 'a').indent).toBe(4);
    expect(mappingOf('a:\n  b: |1\n    x\n').pairs[0]?.value).toMatchObject({
      pairs: [{ value: { text: ' x\n', indent: 3 } }],
    });
  });

  test('starts with its tag or anchor', () => {
    const source = 'a: &x !!str b';
    const node = scalarAt(source, 'a');
    expect(source.slice(node.start)).toBe('&x !!str b');
    expect(node).toMatchObject({ anchor: 'x', tag: '!!str' });
  });
});

describe('the place of a collection', () => {
  test.each([
    ['- a\n- b', 0],
    ['# note\n  - a', 9],
    [' "a": b', 1],
    ['&x a: b', 0],
    ['? a\n: b', 0],
    ['--- [a]', 4],
    ['{a: b}', 0],
  ])('%j starts at %i', (source, start) => {
    const root = readFirstDocument(source).root;
    expect(root?.kind === 'mapping' || root?.kind === 'sequence' ? root.contentStart : -1).toBe(start);
  });

  test('includes the dashes', () => {
    expect(readFirstDocument('# -\n- a # -\n-\n- - b').root).toMatchObject({ dashes: [4, 12, 14] });
    expect(readFirstDocument('[a, b]').root).toMatchObject({ dashes: [] });
  });

  test('a list may start in the column of its key', () => {
    const { pairs } = mappingOf('a:\n- b\n- c\nd: e');
    expect(pairs.map(({ value }) => value.kind)).toEqual(['sequence', 'scalar']);
  });

  test('an alias has the name of its anchor', () => {
    const source = 'a: &x b\nc: *x';
    expect(mappingOf(source).pairs[1]?.value).toEqual({
      kind: 'alias',
      anchor: 'x',
      start: 11,
      end: 13,
      contentStart: 12,
    });
  });
});

describe('documents', () => {
  test('each has a root, null if empty', () => {
    expect(
      parseYaml('a\n---\n---\nb\n...\n# end').map((root) => root && 'text' in root && root.text),
    ).toEqual(['a', null, 'b']);
    expect(parseYaml('# nothing\n')).toEqual([]);
  });

  test('the first can be read even if the second is broken', () => {
    const source = 'a: b\n---\nc: [\n';
    expect(readFirstDocument(source)).toMatchObject({ root: { kind: 'mapping' }, rest: 5 });
    expect(() => parseYaml(source)).toThrow(YamlSyntaxError);
  });

  test('marks and comments after it are no rest', () => {
    expect(readFirstDocument('a: b\n---\n# end\n').rest).toBe(null);
    expect(readFirstDocument('a: b\n...\n').rest).toBe(null);
    expect(readFirstDocument('[]\nfoo').rest).toBe(3);
  });

  test.each([
    ['\uFEFF', null],
    ['\uFEFF# a', null],
    ['#\uFEFF{', null],
    ['a\n...\n---\n--- # b\n', null],
    ['a\n...\n---\n--- b', 2],
    ['.\n--- ', null],
    ['a\n---', null],
    ['a\n---b', null],
    ['a\n--- |\n', 2],
    ['a\n... # b\n', null],
  ])('have a rest if text follows the first: %j', (source, rest) => {
    expect(readFirstDocument(source).rest).toBe(rest);
  });
});

describe('an error points at', () => {
  test.each([
    ['a tab that indents', 'a:\n\tb: c', 3],
    ['a tab in front of a further line', '- a: b\n\tc: d', 7],
    ['the quote that is not closed', 'a: "b\nc: d', 3],
    ['the key in the wrong column', '- a: b\n c: d', 8],
    ['the bracket that is missing', 'a: [b\nc: d', 7],
    ['a control character', 'a: b\x07', 4],
    ['what cannot start a value', 'a: @b', 3],
    ['a colon without a key in front of it', '? : a', 2],
    ['nesting without end', '['.repeat(10_001), 10_000],
    ['blocks nested without end', '- '.repeat(10_001), 20_000],
  ])('%s', (_, source, offset) => {
    expect(offsetOfError(source)).toBe(offset);
  });
});

test.each([
  ['a\x07', "control characters aren't allowed in YAML"],
  ['a: - b', "a list item isn't allowed here"],
  ['a: ? b', "a key isn't allowed here"],
  ['a: b: c', "':' isn't allowed here"],
  ['a: b\nc\n', "missing ':' after a key"],
  ['['.repeat(10_001), 'nesting is deeper than 10000 levels'],
  ['\ta', "tabs can't be used for indentation"],
  ['a: |\n\tb', "tabs can't be used for indentation"],
  ['a: b\n\tc', "tabs can't be used for indentation"],
  ['a: @b', 'a plain scalar can\'t start with "@"'],
  ['a: "b', 'missing closing quote'],
  ['"\\q"', 'unknown escape in double quotes'],
  ['"\\ud800"', "an escape that isn't a valid character"],
  ['a: |0\n', "a block scalar can't have indentation 0"],
  ['a: | b\n', 'only a comment can follow | or > on the same line'],
  ['&é a', 'an anchor name can only contain letters, digits, - and _'],
  ['*é', 'an alias name can only contain letters, digits, - and _'],
  ['!^ a', 'invalid character in a tag'],
  ['%a\n---\n', 'invalid directive'],
  ['%YAML 1.2\n---\n', 'only one %YAML 1.1 and one %TAG for each handle are allowed'],
  ['!a!b c', 'undeclared tag handle !a!'],
  ['%YAML 1.1\na', 'a document must start with ---'],
  ['[a, ,]', 'a value is missing or not allowed here'],
  ['- a\nb: c', "missing '-' in front of a list item"],
  ['a: b\n- c', 'wrong indentation or missing key'],
  ['[a b: c', "missing ',' or closing bracket"],
])('an error says what is wrong: %j', (source, reason) => {
  expect(() => parseYaml(source)).toThrow(expect.objectContaining({ message: reason }));
});

test('any JSON text keeps its values', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2, '\t'), (value, indent) => {
      const source = JSON.stringify({ value }, null, indent);
      expect(plainValue(readFirstDocument(source).root)).toEqual(withTextLeaves(JSON.parse(source)));
    }),
  );
});

function withTextLeaves(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTextLeaves);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withTextLeaves(member)]));
}

function plainValue(node: YamlNode | null): unknown {
  if (node?.kind === 'sequence') return node.items.map(plainValue);
  if (node?.kind !== 'mapping') return node?.kind === 'scalar' ? node.text : null;
  return Object.fromEntries(node.pairs.map(({ key, value }) => [plainValue(key), plainValue(value)]));
}

test('any text parses, or fails with an offset', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...'-:?,[]{}#&*!|>\'"%@` \t\n\r\\ab<.1\uFEFF\x85')),
      (characters) => {
        const source = characters.join('');
        try {
          parseYaml(source);
        } catch (error) {
          expect(error).toBeInstanceOf(YamlSyntaxError);
          expect(error instanceof YamlSyntaxError && error.offset <= source.length).toBe(true);
        }
      },
    ),
    runs(2000),
  );
});
