import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countBy } from '../../src/group-by.ts';
import type { PageData } from '../../src/page/data.ts';
import { compareRuns } from '../../src/who/since/compare-runs.ts';
import { Doubts } from '../../src/who/since/doubts.ts';
import { run } from '../cli/run.ts';
import { Draw } from '../draw.ts';
import { wholeRuns } from '../runs.ts';
import { scratch } from '../scratch.ts';
import { HEAD, people } from './made-rows.ts';
import { argvOf, INPUTS, type PageWorld, pageDataOf, pageWorld } from './worlds.ts';

/** The page of a world that is compared with an earlier page. */
async function since(world: PageWorld, argv: readonly string[], earlier: string) {
  const cwd = await scratch({ ...world.files, 'old.html': earlier });
  return run(['who', ...argv, '-o', 'html', '--since', 'old.html'], { cwd });
}

async function pageOf(world: PageWorld, argv: readonly string[]): Promise<string> {
  const ran = await run(['who', ...argv, '-o', 'html'], { cwd: await scratch(world.files) });
  expect(ran.exitCode, ran.stderr).toBe(0);
  return ran.stdout;
}

describe('another question is refused', () => {
  const world = pageWorld(7);
  const whole = [...INPUTS, '--cluster', '*', '--rbac', '*=rbac.yaml'];
  const can = ['--can', 'get secrets'];
  test.each([
    [can, [], 'made with --can "get secrets", and this run without --can'],
    [[], can, 'made without --can, and this run with --can "get secrets"'],
    [can, ['--can', 'get pods'], 'made with --can "get secrets", and this run with --can "get pods"'],
    [[...can, '-n', 'team-1'], can, 'made with --namespace "team-1", and this run without --namespace'],
    [
      ['--kubernetes-group', 'ops'],
      [],
      'made with --kubernetes-group "ops", and this run without --kubernetes-group',
    ],
  ])('%j, then %j', async (was, now, message) => {
    const ran = await since(world, [...whole, ...now], await pageOf(world, [...whole, ...was]));
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain(`error: old.html: ${message}\n  Use the same options here`);
  });

  test('but not by JSON without rows, which names no actions', async () => {
    const ran = await since(world, [...whole, ...can], '[]');
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(pageDataOf(ran.stdout).tables.changes).toEqual([null]);
    expect(ran.stderr).toContain('no cluster of this run is in old.html, so nothing is compared');
  });

  test('but the order of actions is no other question', async () => {
    const both = [...can, '--can', 'list pods'];
    const page = await pageOf(world, [...whole, ...both]);
    const ran = await since(
      world,
      [...whole, ...both.toReversed().flatMap((one) => (one === '--can' ? [] : ['--can', one]))],
      page,
    );
    expect(ran.exitCode, ran.stderr).toBe(0);
  });
});

test('what only one of two scopes has is no news, and the page says so', async () => {
  const world = pageWorld(7);
  const { clusters = [] } = world.inventory;
  const [first, ...others] = clusters.map(({ arn }) => ['--cluster', arn]);
  expect(others.length).toBeGreaterThan(0);
  const [one, all] = [first ?? [], clusters.flatMap(({ arn }) => ['--cluster', arn])];
  for (const [was, now] of [
    [one, all],
    [all, one],
  ] as const) {
    const ran = await since(world, [...INPUTS, ...now], await pageOf(world, [...INPUTS, ...was]));
    const data = pageDataOf(ran.stdout);
    expect(data.tables.changes.filter((change) => change !== null)).toEqual([]);
    expect(data.since?.newClusters).toEqual([]);
    expect(data.since?.goneClusters).toEqual([]);
    expect(data.since?.doubts.join('\n')).toContain('old.html selected other accounts or clusters');
  }
});

test('people of accounts that only one run selected are no news', async () => {
  const world = pageWorld(7);
  const whole = [...INPUTS, '--cluster', '*'];
  const all = await pageOf(world, whole);
  const accounts = [...new Set(pageDataOf(all).tables.entries.map(({ accountId }) => accountId))];
  expect(accounts.length).toBeGreaterThan(1);
  const one = [...whole, '--account', accounts[0] ?? ''];
  for (const [was, now] of [
    [one, whole],
    [whole, one],
  ] as const) {
    const data = pageDataOf((await since(world, now, await pageOf(world, was))).stdout);
    const news = data.tables.changes.filter((change) => change !== null);
    expect(news, `who ${was.join(' ')}; who ${now.join(' ')}`).toEqual([]);
  }
});

/** Any part of a value in JSON replaced or removed. */
function damaged(value: unknown, draw: Draw): unknown {
  const isDeep = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (!isDeep || draw.percent(8)) return draw.pick<unknown>(null, 'text', -1, 1e9, [], {}, [null], true);
  const entries = Object.entries(value);
  const [key = ''] = entries[draw.below(entries.length)] ?? [];
  const changed = entries.map(([name, one]) => [name, name === key ? damaged(one, draw) : one] as const);
  return Array.isArray(value) ? changed.map(([, one]) => one) : Object.fromEntries(changed);
}

test('150,000 people of one role are exchanged for another one', () => {
  const clusters = [{ name: 'prod', arn: HEAD.clusters[0].arn, knowsAwsAuth: true, knowsBindings: false }];
  const runOf = (count: number, prefix: string) => ({
    rows: Array.from(people(count), ({ row }) => {
      const { type, id, name } = row.principal;
      return { ...row, principal: { type, id: `${prefix}${id}`, name: `${prefix}${name}` } };
    }),
    ...{ clusters, isExpanded: true, asOf: HEAD.asOf, asked: null },
  });
  const { changes, gone } = compareRuns(
    runOf(150_000, 'was-'),
    runOf(1, 'now-'),
    true,
    new Doubts('old.html'),
  );
  expect(Array.from(changes.values(), ({ head }) => head)).toEqual(['became-admin']);
  expect(countBy(gone.map(({ change }) => change.head))).toEqual(new Map([['no-longer-admin', 150_000]]));
});

const START = '<script type="application/json" id="data">';

test.each<readonly [string, (data: PageData) => object]>([
  ['a length instead of a list', ({ rows }) => ({ rows: { ...rows, vias: { length: 100 } } })],
  ['lists of two lengths', ({ rows }) => ({ rows: { ...rows, vias: [0] } })],
  [
    'a name instead of a number',
    ({ rows }) => ({ rows: { ...rows, vias: rows.vias.map(() => '__proto__') } }),
  ],
  ['fewer than no earlier rows', () => ({ since: { earlierRows: -1 } })],
  ['a part of an earlier row', () => ({ since: { earlierRows: 0.5 } })],
  ['more earlier rows than rows', () => ({ since: { earlierRows: 1e9 } })],
  ['RBAC that is missing', ({ clusters }) => ({ clusters: clusters.map((one) => ({ ...one, rbac: 0.5 })) })],
])('a page that claims %s is damaged', async (_, claims) => {
  const world = pageWorld(7);
  const argv = [...INPUTS, '--cluster', '*'];
  const page = await pageOf(world, argv);
  const data = pageDataOf(page);
  const text = JSON.stringify({ ...data, ...claims(data) });
  const ran = await since(world, argv, `${page.slice(0, page.indexOf(START))}${START}${text}</script>`);
  expect(ran.exitCode).toBe(2);
  expect(ran.stderr).toContain("error: old.html: the page's data is damaged");
});

test('a damaged page is refused, or compared as far as it can be read', async () => {
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 1_000_000 }), async (seed) => {
      const [draw, world] = [new Draw(seed), pageWorld(seed % 10)];
      const argv = argvOf(world, seed % 10);
      const page = await pageOf(world, argv);
      const from = page.indexOf(START) + START.length;
      const cut = page.slice(0, draw.below(page.length));
      const data = JSON.stringify(damaged(pageDataOf(page), draw));
      const text = draw.percent(20) ? cut : `${page.slice(0, from)}${data}</script>`;
      const ran = await since(world, argv, text);
      expect([0, 2], ran.stderr).toContain(ran.exitCode);
      seen.add(ran.exitCode);
    }),
    wholeRuns(300),
  );
  expect([...seen]).toContain(2);
});
