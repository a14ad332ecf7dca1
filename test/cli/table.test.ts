import { expect, test } from 'vitest';
import { inertText, renderCsv } from '../../src/cli/format/table.ts';

test.each(['=1', '+1', '-1', '@a', '\t1', '\r1'])('%j is no formula to a spreadsheet', (text) => {
  expect(inertText(text)).toBe(`'${text}`);
});

test.each(['', 'a=1', '1-2', 'a@b'])('%j is none anyway', (text) => {
  expect(inertText(text)).toBe(text);
});

test('a field is quoted where it has to be', () => {
  expect(renderCsv(['one', 'two'], [['a,b', '"d" and "e"']])).toBe('one,two\n"a,b","""d"" and ""e"""\n');
});
