import { expect, test } from 'vitest';
import { inertText, renderCsv, renderTable } from '../../src/cli/format/table.ts';

test.each(['=1', '+1', '-1', '@a', '\t1', '\r1'])('%j is no formula to a spreadsheet', (text) => {
  expect(inertText(text)).toBe(`'${text}`);
});

test.each(['', 'a=1', '1-2', 'a@b'])('%j is none anyway', (text) => {
  expect(inertText(text)).toBe(text);
});

test('a field is quoted where it has to be', () => {
  expect(renderCsv(['one', 'two'], [['a,b', '"d" and "e"']])).toBe('one,two\n"a,b","""d"" and ""e"""\n');
});

test('columns are as wide as what a terminal shows', async () => {
  const rows = [
    ['日本', 'x'],
    ['abc', ''],
  ];
  expect(await renderTable(['A', 'B'], rows)).toBe('A      B\n日本   x\nabc\n');
});
