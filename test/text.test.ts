import { expect, test } from 'vitest';
import {
  didYouMean,
  fileArgument,
  isTypo,
  listed,
  nearNames,
  printable,
  printableCell,
  shellWord,
} from '../src/text.ts';

const GROUPS = ['Group 000', 'Group 001', 'Group 002', 'Group 003'];

test('a name that differs only in case is the intended one', () => {
  expect(nearNames('group 003', GROUPS)).toEqual(['Group 003']);
  expect(nearNames('ADMIN', ['admin', 'Admin', 'Admins'])).toEqual(['Admin', 'admin']);
});

test('three names at most, nearest first', () => {
  expect(nearNames('Group 03', GROUPS)).toEqual(['Group 003', 'Group 000', 'Group 001']);
  expect(nearNames('Grp', ['Group 1', 'other'])).toEqual([]);
  expect(nearNames('dmin', ['Admin', 'Admins', 'Domain1'])).toEqual(['Admin', 'Admins']);
  expect(nearNames('Prod', ['Production', 'Pro'])).toEqual(['Pro', 'Production']);
});

test('a longer name may differ more, and a duplicate name is returned once', () => {
  expect(nearNames('ab', ['cd', 'ax', 'b'])).toEqual([]);
  expect(nearNames('sso', ['two', 'sto', 'ssh', 'SSO-Admins'])).toEqual(['SSO-Admins', 'ssh', 'sto']);
  expect(nearNames('ab', ['AB', 'ax', 'ba'])).toEqual(['AB']);
  expect(nearNames('gte', ['get', 'use', 'gets'])).toEqual(['get']);
  expect(nearNames('PowerUserAccess', ['PowerXXXXAccess', 'PowerXXXXXXcess'])).toEqual(['PowerXXXXAccess']);
  expect(nearNames('Admin', ['Admim', 'Admim'])).toEqual(['Admim']);
  expect(didYouMean('Admin', ['Admim', 'Edmin'])).toBe('Did you mean "Admim" or "Edmin"?');
  expect(didYouMean('Admin', ['Billing'])).toBeUndefined();
});

test('three letters can be the beginning of a name, two are too few', () => {
  expect(nearNames('Pro', ['Production'])).toEqual(['Production']);
  expect(nearNames('Pr', ['Production'])).toEqual([]);
});

test.each([
  ['a-Z_0@%+=:,./', 'a-Z_0@%+=:,./'],
  ['', "''"],
  ['two words', "'two words'"],
  ["'n'", String.raw`''\''n'\'''`],
  ['$x', "'$x'"],
])('%j is the shell word %s', (text, word) => {
  expect(shellWord(text)).toBe(word);
});

test('a file whose name starts with - is no option, and stdin no file', () => {
  expect(['prod.yaml', '-prod.yaml', '<stdin>'].map(fileArgument)).toEqual([
    'prod.yaml',
    './-prod.yaml',
    'FILE',
  ]);
});

test.each([
  [0, ''],
  [10, 'x, x, x, x, x, x, x, x, x, x'],
  [11, 'x, x, x, x, x, x, x, x, x, x and 1 more'],
  [12, 'x, x, x, x, x, x, x, x, x, x and 2 more'],
])('a list of %d shows ten of them', (count, text) => {
  expect(listed(Array.from({ length: count }, () => 'x'))).toBe(text);
});

test.each([
  ['plain words [x] #1', 'plain words [x] #1'],
  ['Ünï 管理 😀', 'Ünï 管理 😀'],
  ['a\nb\rc\td', 'a\\nb\\rc\\td'],
  ['\x1b[31m', '\\u{1b}[31m'],
  ['a\u202eb\u200bc', 'a\\u{202e}b\\u{200b}c'],
  ['a\u2028b\u2029c', 'a\\u{2028}b\\u{2029}c'],
  ['a\ud800b', 'a\\u{d800}b'],
  ['x ##[error]y', 'x ##\\u{5b}error]y'],
  ['##vso[task]', '##vso\\u{5b}task]'],
])('%j is safe for terminals and runners', (text, written) => {
  expect(printable(text)).toBe(written);
});

test.each([
  ['::error::x', '\\u{3a}:error::x'],
  ['  ::error::x', '  \\u{3a}:error::x'],
  [':x', ':x'],
  ['a::b', 'a::b'],
])('%j starts no command at the beginning of a line', (text, written) => {
  expect(printableCell(text)).toBe(written);
});

test.each([
  ['abc', 'abd', false],
  ['abcd', 'abce', true],
  ['abcd', 'abxy', false],
  ['abcd', 'abc', false],
  ['abcdefgh', 'abcdefxy', true],
  ['abcdefgh', 'abcdefghij', true],
  ['abcdefgh', 'abcdexyz', false],
  ['abcdefghijklmnopqrst', 'abcdefghijklmnopqxyz', true],
  ['abcdefghijklmnopqrst', 'abcdefghijklmnopwxyz', false],
])('isTypo: %s, %s', (one, other, expected) => {
  expect([isTypo(one, other), isTypo(other, one)]).toEqual([expected, expected]);
});
