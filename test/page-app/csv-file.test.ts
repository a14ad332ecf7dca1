import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvFile, csvPieces } from '../../src/page/app/filters/save-view.ts';
import { PageRows } from '../../src/page/decode.ts';
import { Selector } from '../../src/page/selection.ts';
import { WHOLE_VIEW } from '../../src/page/view.ts';
import { anyText } from '../any-text.ts';
import { runs, wholeRuns } from '../runs.ts';
import { argvOf, pageDataOf, pageWorld, runWho } from './worlds.ts';

const TODAY = new Date('2026-11-29T12:00:00.000Z');

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
      const saved = [...csvPieces(rows, csvFile(rows, selected, TODAY).rows)];
      expect(saved, `seed ${seed}, ${search}`).toEqual([
        header,
        ...Array.from(selected, (row) => lines[row]),
      ]);
    }
  }
});

test('rows of an earlier run are left out, unless nothing else is shown', async () => {
  const { rows, selected } = await worldRows();
  const earlierRows = 2;
  const since = { file: 'old.json', asOf: null, doubts: [], newClusters: [], goneClusters: [], earlierRows };
  const compared = new PageRows({ ...rows.data, since });
  const file = csvFile(compared, selected, TODAY);
  expect(file.left).toBe(earlierRows);
  expect([...file.rows]).toEqual([...selected].slice(0, -earlierRows));
  const gone = csvFile(compared, selected.slice(-earlierRows), TODAY);
  expect(gone.left).toBe(0);
  expect(gone.rows).toHaveLength(earlierRows);
  expect(gone.name).toMatch(/^earlier-access-/);
  expect(file.name).toMatch(/^access-/);
});

test('the name of the file is safe, whatever the cluster is called', async () => {
  const { rows, selected } = await worldRows();
  const named = (cluster: string | null, asOf: string | null) => {
    const entries = rows.data.tables.entries.map((entry) => ({ ...entry, cluster }));
    const data = { ...rows.data, asOf, tables: { ...rows.data.tables, entries } };
    return csvFile(new PageRows(data), selected, TODAY).name;
  };
  expect(named('prod', '2026-11-20T08:30:00.000Z')).toBe('access-prod-2026-11-20.csv');
  expect(named(null, null)).toBe('access-clusters-2026-11-29.csv');
  expect(named('arn:aws:eks:eu-west-1:111122223333:cluster/prod', null)).toMatch(
    /cluster-prod-2026-11-29\.csv$/,
  );
  fc.assert(
    fc.property(anyText(), (name) => {
      expect(named(name, name)).toMatch(/^access-[\w-]{1,60}-[\w-]*\.csv$/);
    }),
    runs(200),
  );
});

async function worldRows(): Promise<{ rows: PageRows; selected: Uint32Array }> {
  const world = pageWorld(1);
  const rows = new PageRows(pageDataOf((await runWho(world, [...argvOf(world, 1), '-o', 'html'])).stdout));
  expect(rows.count).toBeGreaterThan(4);
  return { rows, selected: new Selector(rows).select(WHOLE_VIEW) };
}
