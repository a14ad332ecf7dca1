import { describe, expect, test } from 'vitest';
import { PageRows, personValue } from '../../src/page/decode.ts';
import { Selector } from '../../src/page/selection.ts';
import type { Filters } from '../../src/page/summary/count.ts';
import { type Summary, type SummaryLine, summaryOf } from '../../src/page/summary/model.ts';
import { wholeRuns } from '../runs.ts';
import { argvOf, INPUTS, pageDataOf, pageWorld, runWho } from './worlds.ts';

const { numRuns } = wholeRuns(200);

describe('the numbers on top of the page', () => {
  test('are the things in the rows of their links', async () => {
    const units = new Set<string>();
    for (let seed = 0; seed < numRuns; seed += 1) {
      const world = pageWorld(seed);
      const argv = argvOf(world, seed);
      const rows = await rowsWithSince(seed, argv);
      const selector = new Selector(rows);
      const summary = summaryOf(rows);
      for (const { key, number, filters } of linksOf(summary)) {
        const found = selector.select({ search: '', filters, sort: null });
        const unit = unitOf(key, filters);
        const things = new Set(Array.from(found, (row) => thing(rows, row, unit)));
        expect(number, `seed ${seed}: ${key} ${JSON.stringify(filters)}`).toBe(things.size);
        units.add(unit);
      }
    }
    expect([...units].sort()).toEqual(['entry', 'person', 'place', 'principal']);
  });
});

/** The page of a world; every second one compared with another world. */
async function rowsWithSince(seed: number, argv: readonly string[]): Promise<PageRows> {
  const world = pageWorld(seed);
  if (seed % 2 === 0 || argv.includes('--can') || argv.includes('--user')) {
    const { stdout } = await runWho(world, [...argv, '-o', 'html']);
    return new PageRows(pageDataOf(stdout));
  }
  const other = pageWorld(seed + 1);
  const options = ['--cluster', '*', '--rbac', '*=rbac.yaml', '--expand'];
  const earlier = await runWho(other, [...INPUTS, ...other.awsAuths, ...options, '-o', 'json']);
  const withOld = { ...world, files: { ...world.files, 'old.json': earlier.stdout } };
  const html = await runWho(withOld, [
    ...INPUTS,
    ...world.awsAuths,
    ...options,
    ...['--since', 'old.json', '-o', 'html'],
  ]);
  expect(html.exitCode, html.stderr).toBe(0);
  return new PageRows(pageDataOf(html.stdout));
}

interface Linked {
  readonly key: string;
  readonly number: number;
  readonly filters: Filters;
}

/** Everything that has a number and a link. */
function linksOf({ clusters, changes, attention }: Summary): Linked[] {
  const figures = clusters.flatMap((one) =>
    Object.entries(one.figures ?? {}).map(([key, figure]) => ({ ...figure, key: `cluster ${key}` })),
  );
  const ofLine = ({ key, filters, number, parts }: SummaryLine): Linked[] => [
    ...(filters && !key.endsWith('-clusters') ? [{ key, number, filters }] : []),
    ...parts.flatMap(({ through, label, ...part }) => [
      // Clusters whose source is missing may have no rows.
      ...(Object.keys(part.filters).join() === 'cluster' ? [] : [{ ...part, key }]),
      ...through.map((one) => ({ ...one, key })),
    ]),
  ];
  const lines = [...(changes ?? []).filter(({ number }) => number > 0), ...attention];
  return [...figures, ...lines.flatMap(ofLine)];
}

/** Reasons of people, not of entries. */
const OF_PRINCIPALS = ['cluster-unknown', 'bindings-unknown', 'access-policy'];

type Unit = 'principal' | 'person' | 'entry' | 'place';

function unitOf(key: string, { cause, reason = [] }: Filters): Unit {
  if (cause) return 'place';
  if (OF_PRINCIPALS.includes(reason.join())) return 'principal';
  if (['no-effect', 'not-read', 'unknown-people'].includes(key)) return 'entry';
  const isChange = ['became-admin', 'route', 'no-longer-admin', 'new', 'gone', 'changed'].includes(key);
  return isChange || key === 'cluster changed' ? 'person' : 'principal';
}

function thing(rows: PageRows, index: number, unit: Unit): string {
  const row = rows.row(index);
  const { principal, cluster, clusterArn, source, rolearn, username, groups, accountId, unread } = row;
  if (unit === 'person') return personValue(principal);
  if (unit === 'principal') return JSON.stringify([principal.type, principal.id]);
  if (unit === 'place') return JSON.stringify([accountId, unread?.region, cluster]);
  return JSON.stringify([cluster, clusterArn, source, rolearn, username, groups]);
}
