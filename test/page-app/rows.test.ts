import { expect, test } from 'vitest';
import { PageRows } from '../../src/page/decode.ts';
import { csvOf } from '../../src/who/csv.ts';
import { jsonOf } from '../../src/who/json.ts';
import { wholeRuns } from '../runs.ts';
import { argvOf, pageDataOf, pageWorld, runWho } from './worlds.ts';

const { numRuns } = wholeRuns(200);

test('a page has the rows that -o json and -o csv have', async () => {
  for (let seed = 0; seed < numRuns; seed += 1) {
    const world = pageWorld(seed);
    const argv = argvOf(world, seed);
    const [html, json, csv] = [
      await runWho(world, [...argv, '-o', 'html']),
      await runWho(world, [...argv, '-o', 'json']),
      await runWho(world, [...argv, '-o', 'csv']),
    ];
    const context = `seed ${seed}: who ${argv.join(' ')}`;
    expect(html.exitCode, `${context}\n${html.stderr}`).toBe(0);
    const data = pageDataOf(html.stdout);
    const rows = new PageRows(data);
    const all = Array.from({ length: rows.count }, (_, index) => rows.row(index));
    expect(asJson(all.map((row) => jsonOf(row, data.asked !== null))), context).toEqual(
      JSON.parse(json.stdout),
    );
    expect([...csvOf(all, data)].join(''), context).toBe(csv.stdout);
  }
});

function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
