import { expect, test } from 'vitest';
import { renderCsv } from '../../src/csv.ts';

/** RFC 4180 with LF: no quote in a bare field, and a field that starts with a quote ends with one. */
function strictCsv(text: string): string[][] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const rows: string[][] = [[]];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\n)/y;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const [, quoted, bare = '', end] = pattern.exec(text) ?? [];
    if (end === undefined) throw new Error(`no field at ${text.slice(at, at + 40)}`);
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? bare);
    if (end === '\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

function shown(text: string): string | undefined {
  const csv = [
    ...renderCsv<string>(
      [
        { header: 'a', cell: (cell) => cell },
        { header: 'b', cell: () => null },
      ],
      [text],
    ),
  ].join('');
  expect(csv.startsWith('\uFEFFa,b\n')).toBe(true);
  const [, row, ...rest] = strictCsv(csv.slice(1));
  expect([row?.[1], rest]).toEqual(['', []]);
  return row?.[0];
}

test.each([
  ['an account ID', '012345678901', '="012345678901"'],
  ['an ID without a leading zero', '111122223333', '="111122223333"'],
  ['a number with an exponent', '1e10', '="1e10"'],
  ['a decimal number', '1.50', '="1.50"'],
  ['an amount', '1,5 €', '="1,5 €"'],
  ['a date', '1-2', '="1-2"'],
  ['a time', '12:30', '="12:30"'],
  ['a month', 'MARCH1', '="MARCH1"'],
  ['a day of a month', '3-Sep', '="3-Sep"'],
  ['a truth value', 'TRUE', '="TRUE"'],
  ['a formula', '=1+1', "'=1+1"],
  ['a sum', '+1', "'+1"],
  ['a call', '@SUM(1)', "'@SUM(1)"],
  ['a formula behind a comma', 'a,=1', 'a,=1'],
  ['quotes', 'say "hi"', 'say "hi"'],
  ['a line break', 'a\nb', String.raw`a\nb`],
  ['a month alone', 'May', 'May'],
  ['a name that starts like a month', 'Marketing', 'Marketing'],
  ['a name with a digit', 'team-7', 'team-7'],
  ['a letter and a number', 'e5', '="e5"'],
  ['no digits', '-', "'-"],
  ['only an e', 'e', 'e'],
  ['the name of an ID', 'a1b2-3c', 'a1b2-3c'],
  ['an ARN', 'arn:aws:iam::012345678901:role/ci', 'arn:aws:iam::012345678901:role/ci'],
  ['a time of a reading', '2026-11-20T08:30:00.000Z', '2026-11-20T08:30:00.000Z'],
  ['other letters', 'Zoë 管理', 'Zoë 管理'],
])('a spreadsheet shows %s unchanged', (_, text, cell) => {
  expect(shown(text)).toBe(cell);
});
