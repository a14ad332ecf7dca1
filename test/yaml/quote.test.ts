import { describe, expect, test } from 'vitest';
import { literalOf } from '../../src/aws-auth/file-edits.ts';
import { missingColon } from '../../src/aws-auth/replace-value.ts';
import { allNodesIn, scalarAt } from '../../src/yaml/node.ts';
import { parseYaml, readFirstDocument } from '../../src/yaml/parser.ts';
import { arnScalar, doubleQuoted, yamlQuoted } from '../../src/yaml/quote.ts';

describe('a literal', () => {
  test.each(['a', 'a\n', '- a\n  b\n', '  a\nb\n', '\n a\n', 'a  \n', 'a\n  \n', 'a\n\nb\n', 'a\n\nb'])(
    'holds %j to the letter',
    (text) => {
      const literal = literalOf(text, 0, '\n');
      const [root] = parseYaml(`key: ${literal?.header}\n${literal?.lines}\nother: |\n  x\n`);
      expect(root?.kind === 'mapping' && scalarAt(root, 'key')).toBe(text);
    },
  );

  test.each([
    '',
    ' \n',
    'a\n\n',
    'a\n\n\n',
    'a\u0085b\n',
    'a\u0007\n',
    'a\u2028b\n',
    '\ufeffa\n',
    'a\v\n',
    'a\x1f\n',
    'a\x7f\n',
    'a\x9f\n',
    'a\u2029b\n',
    'a\ufffe\n',
    'a\ud800\n',
    'a\r\nb\n',
    'a\uffff\n',
  ])('cannot hold %j', (text) => {
    expect(literalOf(text, 0, '\n')).toBeNull();
  });
});

test('a literal uses the line breaks of its file', () => {
  expect(literalOf('a\n\n b\n', 2, '\r\n')).toEqual({ header: '|', lines: '    a\r\n\r\n     b\r\n' });
});

describe('an ARN', () => {
  test.each(['a', 'Z', '0', '_', '/', '+', '=', '.', '@', '-'])(
    'is plain with %j inside and at its end',
    (one) => {
      for (const arn of [`arn:${one}`, `ARN:${one}:role${one}x`, `arn:aws:iam::1:role/a${one}`])
        expect([arnScalar(arn, false), arnScalar(arn, true)]).toEqual([arn, arn]);
    },
  );

  test.each(['arn:a,b', 'arn:a,'])('is quoted in a flow collection because of its comma: %s', (arn) => {
    expect([arnScalar(arn, false), arnScalar(arn, true)]).toEqual([arn, `"${arn}"`]);
  });

  test.each([
    'arn:',
    'arn:a:',
    'my arn:a',
    'arn:a b',
    'arn:a ',
    'arn:a#',
    'arn:*',
    'a',
    'arn:é',
    'arn:{a}',
    'arn:a\\',
  ])('is quoted if YAML might read it differently: %j', (arn) => {
    for (const inFlow of [false, true]) expect(arnScalar(arn, inFlow)).toBe(JSON.stringify(arn));
  });
});

test('quotes hold every character, on one printable line', () => {
  const text = 'it\'s "\\" \n\t\x7f\x85\x9f\u2028\u2029\ufeff\ufffe\uffff é';
  const quoted = doubleQuoted(text);
  expect(quoted).toBe('"it\'s \\"\\\\\\" \\n\\t\\u007f\\u0085\\u009f\\u2028\\u2029\\ufeff\\ufffe\\uffff é"');
  expect(readFirstDocument(quoted).root).toMatchObject({ text });
});

test('quotes escape invisible and direction-changing characters', () => {
  const text = 'a\u00ad\u200b\u200d\u202e\u2066\ufffb\u{e0041} 😀 語';
  const start = '"a\\u00ad\\u200b\\u200d\\u202e\\u2066\\ufffb';
  // JSON and YAML have no common escape for characters beyond U+FFFF.
  expect(doubleQuoted(text)).toBe(`${start}\u{e0041} 😀 語"`);
  expect(yamlQuoted(text)).toBe(`${start}\\U000e0041 😀 語"`);
  expect(JSON.parse(doubleQuoted(text))).toBe(text);
  for (const quoted of [doubleQuoted(text), yamlQuoted(text)])
    expect(readFirstDocument(quoted).root).toMatchObject({ text });
});

test.each([
  ['a:\n', 'a', ''],
  ['{a, b}', 'a', ':'],
  ['{"a?": b, c}', 'c', ':'],
  ['? a\n', 'a', '\n:'],
  ['# what? really\n? a\n', 'a', '\n:'],
  ['x:\r\n  ? a\r\n', 'a', '\r\n  :'],
  ['x:\n  ?\n    a\n', 'a', '\n  :'],
])('a key without a colon needs one in its own style: %j', (source, name, colon) => {
  const nodes = [...allNodesIn(readFirstDocument(source).root ?? expect.fail('no document'))];
  const pairs = nodes.flatMap((node) => (node.kind === 'mapping' ? node.pairs : []));
  const pair = pairs.find(({ key }) => key.kind === 'scalar' && key.text === name);
  expect(pair && missingColon(source, pair)).toBe(colon);
});
