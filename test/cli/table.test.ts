import { describe, expect, test } from 'vitest';
import { renderTable, terminalWidth, widthMeasure } from '../../src/cli/format/table.ts';
import type { Cell, Column } from '../../src/column.ts';
import { renderCsv } from '../../src/csv.ts';

const columns = (...headers: string[]) =>
  headers.map((header, index): Column<readonly Cell[]> => ({ header, cell: (row) => row[index] ?? '' }));
const csvOf = (...cells: Cell[]) =>
  [...renderCsv(columns('one', 'two').slice(0, cells.length), [cells])].join('');

test.each(['=a', '+a', '-a', '@a', '\ta', '\ra'])('%j is not a formula to a spreadsheet', (text) => {
  expect(csvOf(text)).toBe(`\uFEFFone\n'${text.replace('\t', '\\t').replace('\r', '\\r')}\n`);
});

test.each([
  '＝1+1',
  '＋a',
  '－a',
  '＠a',
  '﹦a',
  '\u00A0=1+1',
  '\u3000=1+1',
  '\uFEFF=1+1',
  '\u200B\u2060@a',
  ' \n +a',
  '\u00AD＝1',
])('%j is not a formula either', (text) => {
  expect(csvOf(text)).toMatch(/^\uFEFFone\n'/);
});

test.each(['', 'a=1', 'b-a', 'a@b', ' a=1', 'ａ＝1', '\u00A0a'])('%j stays unchanged', (text) => {
  expect(csvOf(text)).toBe(`\uFEFFone\n${text}\n`);
});

test('a field is quoted only if necessary', () => {
  expect(csvOf('a,b', '"d" and "e"')).toBe('\uFEFFone,two\n"a,b","""d"" and ""e"""\n');
});

test('an account ID keeps its zeros in a spreadsheet, and a count can be added up', () => {
  expect(csvOf('012345678901', 12)).toBe('\uFEFFone,two\n"=""012345678901""",12\n');
});

test('columns have the width that a terminal shows', async () => {
  const rows = [
    ['日本', 'x'],
    ['abc', ''],
  ];
  expect(await renderTable(columns('A', 'B'), rows)).toBe('A      B\n日本   x\nabc\n');
});

test.each([
  [{ isTTY: true, columns: 80 }, 80],
  [{ isTTY: false, columns: 80 }, undefined],
  [{ columns: 80 }, undefined],
  [{ isTTY: true, columns: 0 }, undefined],
  [{ isTTY: true }, undefined],
])('the terminal of %j has %s columns', (output, columns) => {
  expect(terminalWidth({ ...output, write: () => {} })).toBe(columns);
});

describe('a table on a terminal', () => {
  const headers = columns('ID', 'NAME', 'GROUPS');
  const name = 'abcdefghijklmnopqrstuvwxyz0123';
  const row = ['111122223333', name, name.toUpperCase()];
  const lines = async (width: number | undefined, rows = [row]) =>
    (await renderTable(headers, rows, { width, shrink: ['NAME', 'none', 'GROUPS'] })).split('\n');

  test('is the same as in a pipe if it fits', async () => {
    const piped = await lines(undefined);
    expect(piped).toEqual([`ID             NAME${' '.repeat(29)}GROUPS`, row.join('   '), '']);
    expect(await lines(78)).toEqual(piped);
  });

  test('narrows the gaps before cutting anything', async () => {
    const narrow = [`ID            NAME${' '.repeat(28)}GROUPS`, row.join('  '), ''];
    expect(await lines(77)).toEqual(narrow);
    expect(await lines(76)).toEqual(narrow);
  });

  test('cuts columns in order, each to 20 columns, then to 12, then to 8', async () => {
    const [id] = row;
    const cells = async (width: number) => (await lines(width))[1]?.split('  ').slice(1);
    expect(await cells(75)).toEqual([`${name.slice(0, 28)}…`, name.toUpperCase()]);
    expect(await cells(66)).toEqual([`${name.slice(0, 19)}…`, name.toUpperCase()]);
    expect(await cells(65)).toEqual([`${name.slice(0, 19)}…`, `${name.slice(0, 28).toUpperCase()}…`]);
    expect(await cells(56)).toEqual([`${name.slice(0, 19)}…`, `${name.slice(0, 19).toUpperCase()}…`]);
    expect(await cells(48)).toEqual(['abcdefghijk…', `${name.slice(0, 19).toUpperCase()}…`]);
    expect(await cells(40)).toEqual(['abcdefghijk…', 'ABCDEFGHIJK…']);
    expect(await cells(36)).toEqual(['abcdefg…', 'ABCDEFGHIJK…']);
    expect(await lines(32)).toEqual([`ID            NAME      GROUPS`, `${id}  abcdefg…  ABCDEFG…`, '']);
  });

  test('leaves 40 columns to the roomiest, then 32, finally 8', async () => {
    const long = 'x'.repeat(50);
    const widths = async (width: number) => {
      const fit = { width, shrink: ['A', 'B'], roomiest: 'B' };
      const [, line = ''] = (await renderTable(columns('A', 'B'), [[long, long]], fit)).split('\n');
      return line.split('  ').map(({ length }) => length);
    };
    expect(await widths(62)).toEqual([20, 40]);
    expect(await widths(61)).toEqual([19, 40]);
    expect(await widths(54)).toEqual([12, 40]);
    expect(await widths(46)).toEqual([12, 32]);
    expect(await widths(45)).toEqual([11, 32]);
    expect(await widths(42)).toEqual([8, 32]);
    expect(await widths(18)).toEqual([8, 8]);
  });

  test.each([31, 12, 1])(
    'of %d columns is a block of lines for each row, without empty cells',
    async (width) => {
      const block = ['ID      111122223333', `NAME    ${name}`];
      expect(await lines(width, [row, ['111122223333', name, '']])).toEqual([
        ...block,
        `GROUPS  ${name.toUpperCase()}`,
        '',
        ...block,
        '',
      ]);
    },
  );

  test('never cuts headers, or cells that are not wider', async () => {
    const text = await renderTable(columns('A LONG HEADER'), [[name]], {
      width: 13,
      shrink: ['A LONG HEADER'],
    });
    expect(text).toBe('A LONG HEADER\nabcdefghijkl…\n');
    expect(await renderTable(columns('A'), [['abc'], [name]], { width: 10, shrink: ['A'] })).toBe(
      'A\nabc\nabcdefghi…\n',
    );
  });

  test('cuts an ARN at the front', async () => {
    const text = await renderTable(columns('ARN'), [['arn:aws:iam::111122223333:role/deploy']], {
      width: 12,
      shrink: ['ARN'],
    });
    expect(text).toBe('ARN\n…role/deploy\n');
    const name = await renderTable(columns('ARN'), [['no arn:aws:iam::111122223333']], {
      width: 12,
      shrink: ['ARN'],
    });
    expect(name).toBe('ARN\nno arn:aws:…\n');
  });

  test.each([
    ['日本語日本語', '日本語…'],
    ['日本x語日本語', '日本x語…'],
    ['e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301', `${'e\u0301'.repeat(7)}…`],
    ['🇩🇪🇫🇷🇮🇹🇪🇸🇬🇷', '🇩🇪🇫🇷🇮🇹…'],
    ['👍🏽👍🏽👍🏽👍🏽👍🏽', '👍🏽👍🏽👍🏽…'],
  ])('cuts %s between visible characters', async (text, cut) => {
    expect(await renderTable(columns('A'), [[text]], { width: 8, shrink: ['A'] })).toBe(`A\n${cut}\n`);
  });

  test('omits optional columns if they do not fit, and always in a pipe', async () => {
    const columnsOf = async (length: number, width?: number) => {
      const [a, b, c] = columns('A', 'B', 'C');
      const table = [a, { ...b, shown: 'with-room' }, c] as Column<readonly Cell[]>[];
      return (await renderTable(table, [['x'.repeat(length), 'b', 'c']], { width })).split(/ +|\n/, 3);
    };
    expect(await columnsOf(1)).toEqual(['A', 'C', 'x']);
    expect(await columnsOf(93)).toEqual(['A', 'C', 'x'.repeat(93)]);
    expect(await columnsOf(93, 101)).toEqual(['A', 'B', 'C']);
    expect(await columnsOf(20, 28)).toEqual(['A', 'B', 'C']);
    expect(await columnsOf(20, 27)).toEqual(['A', 'C', 'x'.repeat(20)]);
  });
});

test('a cell of more than 250 columns shifts only its own row, and is cut only in columns that shrink', async () => {
  const long = 'x'.repeat(300);
  const rows = [
    [long, 'b'],
    ['a', 'b'],
  ];
  const padded = (gap: string) => `A${' '.repeat(249)}${gap}B\n${long}${gap}b\na${' '.repeat(249)}${gap}b\n`;
  expect(await renderTable(columns('A', 'B'), rows)).toBe(padded('   '));
  expect(await renderTable(columns('A', 'B'), rows, { width: 253, shrink: ['B'] })).toBe(padded('  '));
});

test('colors take no columns', async () => {
  const widthOf = await widthMeasure([['\u001b[31mred\u001b[39m']]);
  expect(widthOf('\u001b[31mred\u001b[39m')).toBe(3);
});
