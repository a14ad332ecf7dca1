import { expect, test } from 'vitest';
import {
  columnOf,
  findForbidden,
  indentStart,
  isBlank,
  isBreak,
  isBreakOrEnd,
  isDocumentMark,
  isLineDone,
  isSeparator,
  lineBreakOf,
  lineIndex,
  startsLine,
} from '../../src/yaml/lines.ts';
import { isWord } from '../../src/yaml/scalars.ts';

/** The code points below 0x3000 in a class; no class has higher ones. */
function taken(holds: (code: number) => boolean): number[] {
  return Array.from({ length: 0x3000 }, (_, code) => code).filter(holds);
}

const BREAKS = [0x0a, 0x0d, 0x85, 0x2028, 0x2029];

// libyaml's yaml_private.h: IS_BLANK, IS_BREAK, IS_BREAKZ, IS_BLANKZ, IS_ALPHA.
test.each([
  ['isBlank', isBlank, [0x09, 0x20]],
  ['isBreak', isBreak, BREAKS],
  ['isBreakOrEnd', isBreakOrEnd, [0, ...BREAKS]],
  ['isSeparator', isSeparator, [0, 0x09, 0x0a, 0x0d, 0x20, 0x85, 0x2028, 0x2029]],
])('%s matches exactly these characters', (_, holds, expected) => {
  expect(taken(holds)).toEqual(expected);
});

test('isWord matches ASCII letters, digits, - and _, from first to last', () => {
  const words = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
  expect(String.fromCharCode(...taken(isWord))).toBe(words);
});

test.each([
  ['in the first 512 bytes', 'a'.repeat(511), 0],
  ['after them', 'a'.repeat(512), 512],
  ['after 1024 of them', 'a'.repeat(1025), 1024],
  ['after characters of two bytes', 'é'.repeat(256), 256],
  ['after the last character of two bytes that fits', `a${'é'.repeat(256)}`, 256],
  ['after 170 characters of three bytes', '€'.repeat(171), 170],
  ['after characters of four bytes, which are two code units', '😀'.repeat(128), 256],
  ['after 127 of those', `abc${'😀'.repeat(128)}`, 257],
  ['after the last characters of each length', `${'\u007e\u07ff\ufffd'.repeat(86)}`, 256],
])('a forbidden character is noticed at the start of its 512-byte chunk: %s', (_, text, noticedFrom) => {
  expect(findForbidden(`${text}\0`)).toEqual({ offset: text.length, noticedFrom });
});

test.each(['\t\n\r ~', '\x85\xa0\ud7ff', '\ue000\ufffd\ufeff', '😀\u{10ffff}'])(
  'no character of YAML is forbidden: %j',
  (text) => expect(findForbidden(text)).toBeNull(),
);

test.each([
  '\0',
  '\x08',
  '\v',
  '\f',
  '\x0e',
  '\x1f',
  '\x7f',
  '\x84',
  '\x86',
  '\x9f',
  '\ufffe',
  '\uffff',
  '\ud800',
  '\udfff',
  '\udc00\ud800',
])('any other is forbidden: %j', (text) =>
  expect(findForbidden(`ab${text}`)).toEqual({ offset: 2, noticedFrom: 0 }),
);

test('lines end with LF, CRLF or CR, and columns count from 1', () => {
  const text = 'a\nbc\r\nd\re\u2028f';
  const positions = [...text].map((_, offset) => lineIndex(text)(offset));
  expect(positions.map(({ line, column }) => `${line}:${column}`)).toEqual(
    '1:1 1:2 2:1 2:2 2:3 2:4 3:1 3:2 4:1 4:2 4:3'.split(' '),
  );
});

test('a byte order mark takes no column and no indentation', () => {
  expect([columnOf('\uFEFFab', 1), columnOf('\uFEFFab', 2), columnOf('x\n ab', 3)]).toEqual([0, 1, 1]);
  expect([indentStart('\uFEFF  a', 3), indentStart('x\n  a', 4), indentStart('- - a', 2)]).toEqual([1, 2, 2]);
  expect([indentStart('  a', 2), indentStart('a', 0), indentStart('\t a', 2)]).toEqual([0, 0, 2]);
});

test('text alone on its line has only blanks before it, and blanks or a comment after it', () => {
  expect([0, 3, 7].map((offset) => startsLine('a\n b\n\t c', offset))).toEqual([true, true, true]);
  expect(startsLine('a b', 2)).toBe(false);
  expect(['a', 'a  # b', 'a\r\n', 'a \t'].map((text) => isLineDone(text, 1))).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect([isLineDone('a b', 1), isLineDone('a,', 1)]).toEqual([false, false]);
});

test.each([
  ['---', 0, true],
  ['--- a', 0, true],
  ['...\n', 0, true],
  ['a\n...', 2, true],
  ['---a', 0, false],
  ['....', 0, false],
  ['--', 0, false],
  ['a---', 0, false],
])('%j has a document mark at %d: %s', (text, offset, isMark) => {
  expect(isDocumentMark(text, offset)).toBe(isMark);
});

test.each([
  ['a\r\nb\n', '\r\n'],
  ['a\rb\n', '\r'],
  ['a\nb\r\n', '\n'],
  ['a', '\n'],
])('the line break that %j uses first', (text, lineBreak) => {
  expect(lineBreakOf(text)).toBe(lineBreak);
});
