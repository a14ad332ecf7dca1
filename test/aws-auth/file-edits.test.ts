import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readDocument } from '../../src/aws-auth/document.ts';
import { spliceText } from '../../src/aws-auth/file-edits.ts';
import { MAP_KEYS, type MapKey } from '../../src/map-entry.ts';
import { applyEdits, type Edit, keepFinalBreakMissing } from '../../src/yaml/edit.ts';
import { nextLine } from '../../src/yaml/lines.ts';

const HEAD = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\ndata:\n';

function spliced(source: string, key: MapKey, edits: readonly Edit[]): string {
  return applyEdits(source, spliceText(readDocument(source, 'f'), key, edits)) ?? '';
}

describe('edits of a string', () => {
  const STYLES: Readonly<Record<string, (lines: readonly string[]) => string>> = {
    literal: (lines) => `| # note\n    ${lines.join('\n    ')}`,
    'kept literal': (lines) => `|+ # note\n    ${lines.join('\n    ')}\n`,
    folded: (lines) => `> # note\n    ${lines.join('\n\n    ')}`,
    'folded without folds': (lines) => `>-\n\n    ${lines.join('\n     ')}`,
    single: (lines) => `'${lines.join('\n\n    ').replaceAll("'", "''")}' # note`,
    'single further in': (lines) => `# note\n        '${lines.join('\n\n').replaceAll("'", "''")}\n  '`,
    double: (lines) => `${JSON.stringify(lines.join('\n'))} # note`,
    plain: (lines) => `${lines.join('\n\n    ')} # note`,
  };
  const line = fc.constantFrom('- a', '- "b"', "- it's", '- c: d', '- {e: f}');
  const cuts = fc.array(
    fc.tuple(fc.nat(40), fc.nat(3), fc.constantFrom('', 'x', '- y\n', '\n- z', "'", 'é', '\u2028', '  ')),
    { maxLength: 4 },
  );
  const behind = fc.constantFrom('', '\n', '    # deep\n', '   # between\n', '# far\n\n', '      \n');

  it.each(Object.entries(STYLES))('are read back, and change no other byte: %s', (name, write) => {
    const lines = name === 'plain' ? fc.constantFrom('a', 'b c', 'd') : line;
    const someLines = fc.array(lines, { minLength: 1, maxLength: 5 });
    const shape = fc.tuple(behind, fc.constantFrom('\n', '\r\n'), fc.boolean());
    fc.assert(
      fc.property(someLines, cuts, fc.constantFrom(...MAP_KEYS), shape, (all, places, key, shaped) => {
        const [after, lineBreak, ends] = shaped;
        const written = MAP_KEYS.map((one) => `  ${one}: ${write(all)}\n${after}`);
        const whole = (HEAD + written.join('')).replaceAll('\n', lineBreak);
        const source = ends ? whole : whole.replace(/(\r?\n)+$/, '');
        const before = readDocument(source, 'f');
        const text = before[key]?.text ?? '';
        const edits = editsAt(text.replace(/\s*(?:#.*)?$/s, ''), places);
        const result = spliced(source, key, edits);
        const found = readDocument(result, 'f');
        const expected = applyEdits(text, keepFinalBreakMissing(text, edits));
        // A literal block without + has one final line break at most, and none without a line in front of it.
        const shown = (one = '') => (name === 'literal' ? one.replace(/(^|\n)\n+$/, '$1') : one);
        expect(shown(found[key]?.text)).toBe(shown(expected));
        for (const other of MAP_KEYS) if (other !== key) expect(found[other]?.text).toBe(before[other]?.text);
        const { start = 0, end = 0 } = before[key]?.node ?? {};
        expect(result.startsWith(source.slice(0, start))).toBe(true);
        expect(result.endsWith(source.slice(nextLine(source, end)))).toBe(true);
        expect(result.split('# note')).toHaveLength(source.split('# note').length);
      }),
      { numRuns: 300 },
    );
  });

  const FLOW = 'metadata: {name: aws-auth}\n';
  test.each([
    ['in data', `${HEAD}  other: a\n`, `${HEAD}  mapUsers: |\n    - a\n  other: a\n`],
    ['in data further in', `${HEAD}    other: a\n`, `${HEAD}    mapUsers: |\n      - a\n    other: a\n`],
    ['in empty data', HEAD, `${HEAD}  mapUsers: |\n    - a\n`],
    ['as null', `${HEAD}  mapUsers: ~ # none\n`, `${HEAD}  mapUsers: | # none\n    - a\n`],
    ['with data', FLOW, `${FLOW}data:\n  mapUsers: |\n    - a\n`],
    [
      'with data further in',
      '  metadata: {name: aws-auth}',
      '  metadata: {name: aws-auth}\n  data:\n    mapUsers: |\n      - a',
    ],
    ['in data in braces', `${FLOW}data: {a: b}\n`, `${FLOW}data: {mapUsers: "- a\\n", a: b}\n`],
    [
      'in data in braces with blanks',
      `${FLOW}data: { 'a': b }\n`,
      `${FLOW}data: { mapUsers: "- a\\n", 'a': b }\n`,
    ],
    ['in empty braces', `${FLOW}data: {}\n`, `${FLOW}data:\n  mapUsers: |\n    - a\n`],
    ['after a comment', `${FLOW}data: { # b\n  a: b}\n`, `${FLOW}data: { # b\n  mapUsers: "- a\\n", a: b}\n`],
    ['before a list', `${FLOW}data: {[a]: b}\n`, `${FLOW}data: {mapUsers: "- a\\n", [a]: b}\n`],
    [
      'in JSON',
      '{"metadata":{"name":"aws-auth"},"data":{"a":"b"}}',
      '{"metadata":{"name":"aws-auth"},"data":{"mapUsers": "- a\\n", "a":"b"}}',
    ],
    [
      'in JSON without data',
      '{"metadata":{"name":"aws-auth"}}',
      '{"data": {"mapUsers": "- a\\n"}, "metadata":{"name":"aws-auth"}}',
    ],
    [
      'in JSON with empty data',
      '{"metadata":{"name":"aws-auth"},"data":{}}',
      '{"metadata":{"name":"aws-auth"},"data":{"mapUsers": "- a\\n"}}',
    ],
    [
      'in JSON with null',
      '{"metadata":{"name":"aws-auth"},"data": null}',
      '{"metadata":{"name":"aws-auth"},"data": {"mapUsers": "- a\\n"}}',
    ],
    ...['\n', '\r\n', '\r'].map((br) => [
      `in JSON over lines (${JSON.stringify(br)})`,
      `{"metadata":{"name":"aws-auth"},"data": {${br}  "a":"b"${br}}}`,
      `{"metadata":{"name":"aws-auth"},"data": {${br}  "mapUsers": "- a\\n",${br}  "a":"b"${br}}}`,
    ]),
  ])('write a key that is missing: %s', (_, before = '', after) => {
    expect(spliced(before, 'mapUsers', [{ start: 0, end: 0, replacement: '- a\n' }])).toBe(after);
  });

  test('make a literal block empty if they leave only its line break', () => {
    const edits = [{ start: 0, end: 3, replacement: '' }];
    const after = spliced(`${HEAD}  mapRoles: |\n    - a\n  x: y\n`, 'mapRoles', edits);
    expect(after).toBe(`${HEAD}  mapRoles: |\n    \n  x: y\n`);
    expect(readDocument(after, 'f').mapRoles?.text).toBe('');
  });

  test('write a value that a block cannot hold in quotes', () => {
    const edits = [{ start: 0, end: 0, replacement: '- \u2028\n' }];
    expect(spliced(`${HEAD}  a: b\n`, 'mapUsers', edits)).toBe(`${HEAD}  mapUsers: "- \\u2028\\n"\n  a: b\n`);
  });
});

/** A manifest after replacing `from` with `to` in the text of mapRoles. */
function changed(written: string, from: string, to: string): string {
  const source = `metadata: {name: aws-auth}${written.includes('\r\n') ? '\r\n' : '\n'}${written}`;
  const text = readDocument(source, 'f').mapRoles?.text ?? '';
  const start = text.indexOf(from);
  const after = spliced(source, 'mapRoles', [{ start, end: start + from.length, replacement: to }]);
  expect(readDocument(after, 'f').mapRoles?.text).toBe(text.replace(from, () => to));
  return after.replace(/^.*\r?\n/, '');
}

describe('a string with a changed word stays a literal block or quoted, or becomes that', () => {
  test.each([
    ['>\n    - a\n', '', '- b\n', '|\n    - b\n    - a\n'],
    ['>\n      - a\n\n      - b\n', 'a', 'c\n- d', '|\n      - c\n      - d\n      - b\n'],
    ["'- a\n\n    - b'\n", 'a', 'x\n y', '|-\n    - x\n     y\n    - b\n'],
    ['>\n       - a\n    # the end\n', 'a', 'é', '|\n       - é\n    # the end\n'],
    ['>1-\n     a\n    b\n', 'b', 'c', '|1-\n     a\n    c\n'],
    ['|\n    - a\n    - b\n', '- b\n', '- c\n- d\n', '|\n    - a\n    - c\n    - d\n'],
    ['|\n    - a\n    - b\n  x: y\n', '- b\n', '', '|\n    - a\n  x: y\n'],
    ['|\n    - a\n    - b\n  x: y\n', '- a\n', '', '|\n    - b\n  x: y\n'],
    ['|\n    - a\n    - b\n', 'a', 'c: d', '|\n    - c: d\n    - b\n'],
    ['|\n    - a\n    - b\n', 'a', 'c\n  d', '|\n    - c\n      d\n    - b\n'],
    ['|\n    - a\n    - b\n', 'a\n- b', 'c', '|\n    - c\n'],
    ['|\n    - a\n    - b\n', 'a\n', 'c', '|\n    - c- b\n'],
    ['|\n    - ab\n    - c\n', 'a', 'x\n', '|\n    - x\n    b\n    - c\n'],
    ['|\n    - ab\n    - c\n', '- a', 'x', '|\n    xb\n    - c\n'],
    ['|\n    - a\n\n    - b\n', '\n\n', '\n', '|\n    - a\n    - b\n'],
    ['|\n    - a\n\n    - b\n', '\n- b', 'x\n- b', '|\n    - a\n    x\n    - b\n'],
    ['|\n    - a\n    - b\n', '- a', '  - a', '|2\n      - a\n    - b\n'],
    ['|\n    - a\n    - b', '- b', '- b\n- c', '|\n    - a\n    - b\n    - c'],
    ['|-\n    - a\n    - b\n', '- b', '- b\n- c', '|-\n    - a\n    - b\n    - c\n'],
    ['|+\n    - a\n    - b\n\n  x: y\n', '- b\n', '- b\n- c\n', '|+\n    - a\n    - b\n    - c\n\n  x: y\n'],
    ['|2\n      - a\n      - b\n', '  - a\n', '  - a\n  - c\n', '|2\n      - a\n      - c\n      - b\n'],
    ['|2-\n    - a\n', '- a', '  - a\n- b', '|2-\n      - a\n    - b\n'],
    ['| # note\n    - a\n', '- a', '  - a', '|2 # note\n      - a\n'],
    ['|\n  x: y\n', '', '- a\n', '|\n    - a\n  x: y\n'],
    ['|+\n\n\n  x: y\n', '', '- a\n', '|+\n    - a\n\n\n  x: y\n'],
    ['|+\n\n  x: y\n', '\n', '- a\n', '|+\n    - a\n  x: y\n'],
    ['|\r\n    - a\r\n    - b\r\n', '- b\n', '- c\n- d\n', '|\r\n    - a\r\n    - c\r\n    - d\r\n'],
    ['|\r\n    - a\r\n    - b\r\n', 'a\n', 'c', '|\r\n    - c- b\r\n'],
    ['|\n            - a\n  x: y\n', '- a', ' - a', '|2\n     - a\n  x: y\n'],
    ['|\n             - a\n  x: y\n', '- a', ' - a', '|2\n     - a\n  x: y\n'],
    ['|\n    - a\u2028    - b\n', 'a', 'c', '|\n    - c\u2028    - b\n'],
    ['|\n    - a\u0085    - b\n', '- a', '- c', '|\n    - c\u0085    - b\n'],
    ['|\n    - a\r    - b\n', '- a', '- c', '|\n    - c\r    - b\n'],
    ['|\n    - a\n', '- a\n', ' \n', '|2\n     \n'],
    ['>\n    - a\n\n    - b\n\n  x: y\n', 'a\n', 'c\n- d\n', '|\n    - c\n    - d\n    - b\n\n  x: y\n'],
    [
      '>\n    - a\n      b: c\n      d: e\n    - f\n',
      'c',
      'g\n  h: i',
      '|\n    - a\n      b: g\n      h: i\n      d: e\n    - f\n',
    ],
    ['>-\n    - a b\n    c\n', 'b c', 'd e', '|-\n    - a d e\n'],
    ['>\n    - a\n', '- a', '- é', '|\n    - é\n'],
    ['>\n    - a\n', '- a', '  - a', '|2\n      - a\n'],
    ['>\r\n    - a\r\n\r\n    - b\r\n', 'b', 'c\n- d', '|\r\n    - a\r\n    - c\r\n    - d\r\n'],
    ['>+\n    - a\n\n\n  x: y\n', '- a', '\t- a\n \n', '"\\t- a\\n \\n\\n\\n\\n"\n\n\n  x: y\n'],
    ['>-\n    - a\n  x: y\n', '- a', '- é\n- b', '|-\n    - é\n    - b\n  x: y\n'],
    ["'- a\n\n    - b'\n", 'b', "it's\n- c", "|-\n    - a\n    - it's\n    - c\n"],
    ["'- a\n\n    - b'\n", '- b', '- é', '|-\n    - a\n    - é\n'],
    ["'- a ' # note\n", 'a ', 'é\n', '| # note\n    - é\n'],
    ["'- a' # note\n  x: y\n", 'a', 'é\n', '| # note\n    - é\n  x: y\n'],
    ['"- a\\n- b\\n"\n', 'b\n', '"c"\n- d\n', '"- a\\n- \\"c\\"\\n- d\\n"\n'],
    ['"- a\\n- b\\n"\n', '- a\n', '', '"- b\\n"\n'],
    ['"- a\\n\\\n    - b\\n"\n', '- b', '- c', '"- a\\n\\\n    - c\\n"\n'],
    ['"- \\u0061\\n- b"\n', 'a', 'é\t', '"- é\\t\\n- b"\n'],
    ['"- a\n\n    - b"\n', 'b', 'c', '"- a\n\n    - c"\n'],
    ['"- a b\n    c"\n', 'b c', 'd', '"- a d"\n'],
    ['"- a b\u2028    c"\n', 'b', 'd', '"- a d\u2028    c"\n'],
    ['a b\n', 'a', '- a', '|-\n    - a b\n'],
    ['a b\n', 'a', 'x: ', '|-\n    x:  b\n'],
    ['a b # note\n', 'a', '# a', '|- # note\n    # a b\n'],
    ['a\n    b # note\n  x: y\n', 'b', 'c\nd', '|- # note\n    a c\n    d\n  x: y\n'],
    ['|\n    - a\u2028    - b\n  x: y\n', '- b\n', '', '"- a\\u2028"\n  x: y\n'],
    ['|\n    - a\u2029    - b\n  x: y\n', '- b\n', '', '"- a\\u2029"\n  x: y\n'],
    ['|\n    - a\u0085    - b\n  x: y\n', '- b\n', '', '|\n    - a\u0085  x: y\n'],
    ['|\n    - a\r    - b\n  x: y\n', '- b\n', '', '|\n    - a\r  x: y\n'],
    ['"- a b\u2028    c"\n', 'b', '', '"- a \\u2028c"\n'],
    ['"- a b\u2029    c"\n', 'b', '', '"- a \\u2029c"\n'],
    ['"- a b\u0085    c"\n', 'b', '', '|-\n    - a  c\n'],
    ['"- a b\r    c"\n', 'b', '', '|-\n    - a  c\n'],
    ['"- a b\n    c"\n', 'b', '', '|-\n    - a  c\n'],
    ['|\n           - a\n  x: y\n', '- a', ' - a', '|9\n            - a\n  x: y\n'],
    ["'a'\n", 'a', 'é\n\n', '"é\\n\\n"\n'],
    ["'a'\n", 'a', 'é\n ', '|-\n    é\n     \n'],
    ['>+\n    - a\n\n\n  x: y\n', 'a', 'é', '|+\n    - é\n\n\n  x: y\n'],
    ['|+\n            - a\n\n  x: y\n', '- a', ' - a', '|2+\n     - a\n\n  x: y\n'],
    ['|-\n            - a\n\n  x: y\n', '- a', ' - a', '|2-\n     - a\n\n  x: y\n'],
    ['>\n    - a\n', '- a', '- é\n ', '|\n    - é\n     \n'],
    ['>\n    - a\n', 'a', '\u2028', '"- \\u2028\\n"\n'],
    ['> # note\n    - a\n  x: y\n', 'a', '\u2028', '"- \\u2028\\n" # note\n  x: y\n'],
    ["'- a'\n    # deep\n", 'a', 'b', '"- b"\n    # deep\n'],
    ["'- a\n\n    '", 'a', 'b', '"- b\\n"'],
    ["'- a\n\n    ' # note", 'a', 'b', '"- b\\n" # note'],
    ["'- a' # note", 'a', 'b', '|- # note\n    - b'],
    ["'- a'#note\n", 'a', 'b', '|-#note\n    - b\n'],
    ["  'a'\n", 'a', 'é\n', '  |\n    é\n'],
    ["&x !!str 'a'\n", 'a', 'é\n', '&x !!str |\n    é\n'],
    ['!!str\n', '', 'é\n', '!!str |\n    é\n'],
    ["# note\n    'a'\n", 'a', 'é\n', '# note\n    |\n    é\n'],
    ['>\r\n    - a', 'a', 'é', '|\r\n    - é'],
    ['>\n    - a', 'a', 'é', '|\n    - é'],
    ['>\r\n    - a\r\n    b\r\n', 'b', 'é', '|\r\n    - a é\r\n'],
    ['>\n    - a\n    b', 'b', 'é\n- c', '|\n    - a é\n    - c'],
  ])('%j: %j becomes %j', (written, from, to, after) => {
    expect(changed(`data:\n  mapRoles: ${written}`, from, to)).toBe(`data:\n  mapRoles: ${after}`);
  });

  test.each([
    ["data:\n  ? mapRoles\n  : 'a'\n", 'a', 'é\n', 'data:\n  ? mapRoles\n  : |\n    é\n'],
    ['data:\n  ? mapRoles\n  : |\n   a\n', 'a', ' a', 'data:\n  ? mapRoles\n  : |1\n    a\n'],
    ['data:\n  ? mapRoles\n  :   >\n   a\n', 'a', 'é', 'data:\n  ? mapRoles\n  :   |\n   é\n'],
    ['data: {mapRoles: a}\n', 'a', '- b\n- c\n', 'data: {mapRoles: "- b\\n- c\\n"}\n'],
    ['data: {mapRoles: "a", x: y}\n', 'a', '- b\n- c\n', 'data: {mapRoles: "- b\\n- c\\n", x: y}\n'],
    ['data: {"mapRoles":a}\n', 'a', 'b,', 'data: {"mapRoles":"b,"}\n'],
  ])('%j: %j becomes %j', (written, from, to, after) => expect(changed(written, from, to)).toBe(after));
});

test.each([
  ['|\n    - a\n    - b\n    - c\n', '|\n    - longer\n    - d\n    - e\n    - e\n    - f\n    - g\n'],
  ['"- a\\n- b\\n- c\\n"\n', '"- longer\\n- d\\n- e\\n- e\\n- f\\n- g\\n"\n'],
  ["'- a\n\n    - b\n\n    - c'\n", '|-\n    - longer\n    - d\n    - e\n    - e\n    - f\n    - g\n'],
])('a string can have several changed words: %j', (written, after) => {
  const head = `${HEAD}  mapRoles: `;
  const text = readDocument(head + written, 'f').mapRoles?.text ?? '';
  const words = { c: 'f\n- g', a: 'longer', b: 'd\n- e\n- e' };
  const edits = Object.entries(words).map(([word, replacement]) => {
    const start = text.indexOf(word);
    return { start, end: start + word.length, replacement };
  });
  expect(spliced(head + written, 'mapRoles', edits)).toBe(head + after);
});

function editsAt(text: string, places: readonly (readonly [number, number, string])[]): Edit[] {
  const sorted = places.toSorted(([one], [other]) => one - other);
  return sorted.flatMap(([offset, length, replacement], index): Edit[] => {
    const next = Math.min(sorted[index + 1]?.[0] ?? text.length, text.length);
    if (offset >= next) return [];
    return [{ start: offset, end: Math.min(offset + length, next), replacement }];
  });
}
