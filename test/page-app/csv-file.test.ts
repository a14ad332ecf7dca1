import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileName, rowsFile } from '../../src/page/app/filters/csv-file.ts';
import { PageRows } from '../../src/page/decode.ts';
import { Selector } from '../../src/page/selection.ts';
import { WHOLE_VIEW } from '../../src/page/view.ts';
import { anyText } from '../any-text.ts';
import { runs, wholeRuns } from '../runs.ts';
import { pageRowsOf, rowOf, SINCE } from './made-rows.ts';
import { argvOf, pageDataOf, pageWorld, runWho } from './worlds.ts';

test('filtered rows are saved as those lines of -o csv, in the order of the table', async () => {
  const { numRuns } = wholeRuns(100);
  for (let seed = 0; seed < numRuns; seed += 1) {
    const world = pageWorld(seed);
    const argv = argvOf(world, seed);
    const rows = new PageRows(pageDataOf((await runWho(world, [...argv, '-o', 'html'])).stdout));
    const [header, ...lines] = (await runWho(world, [...argv, '-o', 'csv'])).stdout.split(/(?<=\n)/);
    for (const search of ['', 'a', 'prod admin']) {
      const selected = new Selector(rows).select({
        ...WHOLE_VIEW,
        search,
        sort: { column: 'principal', descending: true },
      });
      const file = rowsFile({ rows, selected });
      expect(file?.lines ?? 0, `seed ${seed}, ${search}`).toBe(selected.length);
      if (!file) continue;
      expect([...file.pieces], `seed ${seed}, ${search}`).toEqual([
        header,
        ...Array.from(selected, (row) => lines[row]),
      ]);
    }
  }
});

test('of a comparison, rows that are gone are saved, too, with what changed and what was before', () => {
  const since = { ...SINCE, earlierRows: 1 };
  const named = (name: string) => rowOf({ principal: { type: 'USER', id: name, name } });
  const rows = pageRowsOf([named('same'), named('new'), named('more'), named('gone')], { since }, [
    null,
    { kind: 'new', head: 'became-admin', before: [] },
    {
      kind: 'changed',
      head: 'changed',
      before: [
        { field: 'groups', was: ['viewers', 'x, y'], now: ['system:masters'] },
        { field: 'via', was: [], now: ['Platform'] },
      ],
    },
    { kind: 'gone', head: 'gone', before: [] },
  ]);
  const selected = Uint32Array.of(3, 2, 1, 0);
  const [header = '', ...lines] = [...(rowsFile({ rows, selected })?.pieces ?? [])];
  expect(header).toMatch(/,unreadRegion,change,before\n$/);
  expect(lines.map((line) => line.split(',')[3])).toEqual(['gone', 'more', 'new', 'same']);
  expect(lines.map((line) => /(?<=,,)[^,]*,(?:"[^"]*")?\n$/.exec(line)?.[0])).toEqual([
    'gone,\n',
    'changed,"groups: viewers, x, y; via: none"\n',
    'new,\n',
    ',\n',
  ]);
  // Nobody may count what is gone as access.
  const access = header.trim().split(',').indexOf('access');
  expect(lines.map((line) => line.split(',')[access])).toEqual(['none', 'granted', 'granted', 'granted']);
});

test('without an earlier run, nothing says what changed, and nothing is saved of no rows', () => {
  const rows = pageRowsOf([rowOf()]);
  expect([...(rowsFile({ rows, selected: Uint32Array.of(0) })?.pieces ?? [])][0]).toMatch(/,unreadRegion\n$/);
  expect(rowsFile({ rows, selected: new Uint32Array() })).toBeNull();
});

test('the name of the file is safe, whatever the cluster is called', () => {
  const named = (cluster: string | null, asOf: string | null) =>
    fileName(pageRowsOf([rowOf({ cluster }), rowOf({ cluster })], { asOf }), Uint32Array.of(0, 1), 'access');
  const today = new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
  expect(named('prod', '2026-11-20T08:30:00.000Z')).toBe('access-prod-2026-11-20.csv');
  expect(named('(prod)', '2026-11-20')).toBe('access-prod-2026-11-20.csv');
  expect(named(null, null)).toBe(`access-clusters-${today}.csv`);
  expect(named('arn:aws:eks:eu-west-1:111122223333:cluster/prod', '2026-11-20')).toMatch(
    /cluster-prod-2026-11-20\.csv$/,
  );
  const two = pageRowsOf([rowOf(), rowOf({ cluster: 'dev' })]);
  expect(fileName(two, Uint32Array.of(0, 1), 'access')).toBe('access-clusters-2026-11-20.csv');
  expect(fileName(two, Uint32Array.of(1), 'access')).toBe('access-dev-2026-11-20.csv');
  fc.assert(
    fc.property(anyText(), (name) => {
      expect(named(name, name)).toMatch(/^access-[\w-]{1,60}-[\w-]*\.csv$/);
    }),
    runs(200),
  );
});
