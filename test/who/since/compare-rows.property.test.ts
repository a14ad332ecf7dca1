import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareRows } from '../../../src/who/since/compare-rows.ts';
import { type JsonRow, WhoJsonReader } from '../../../src/who/since/read-json.ts';
import { run } from '../../cli/run.ts';
import { argvOf, type PageWorld, pageDataOf, pageWorld } from '../../page-app/worlds.ts';
import { wholeRuns } from '../../runs.ts';
import { scratch } from '../../scratch.ts';

const seeds = fc.integer({ min: 0, max: 1_000_000 });

/** The rows of a world as `-o json`, and as text. */
async function jsonOf(world: PageWorld, argv: readonly string[]) {
  const cwd = await scratch(world.files);
  const ran = await run(['who', ...argv, '-o', 'json'], { cwd });
  return { cwd, ran };
}

function rowsOf(text: string): readonly JsonRow[] {
  const reader = new WhoJsonReader('old.json');
  reader.push(new TextEncoder().encode(text));
  return reader.end();
}

/** Compares two lists of rows, with all clusters of either in both. */
function compared(was: readonly JsonRow[], now: readonly JsonRow[]) {
  const ofConfigMap = new Set(
    now.flatMap(({ entry: { source, clusterArn } }) => (source === 'aws-auth' ? clusterArn : [])),
  );
  const clusters = new Map(
    now.map(({ entry: { cluster: name, clusterArn: arn } }) => [
      `${name} ${arn}`,
      { name, arn, knowsAwsAuth: arn === null || ofConfigMap.has(arn) },
    ]),
  );
  return compareRows({
    now: now.map((row, index) => ({ ...row, index })),
    clusters: [...clusters.values()],
    was,
    isAsked: () => true,
    file: 'old.json',
  });
}

test('a run compared with its own JSON has no change', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, seeds, async (seed, options) => {
      const world = pageWorld(seed);
      const argv = argvOf(world, options);
      const { cwd, ran } = await jsonOf(world, argv);
      if (ran.exitCode !== 0) return;
      const old = await scratch({ 'old.json': ran.stdout });
      const page = await run(['who', ...argv, '-o', 'html', '--since', `${old}/old.json`], { cwd });
      expect(page.exitCode, page.stderr).toBe(0);
      const data = pageDataOf(page.stdout);
      const rows = JSON.parse(ran.stdout).length;
      expect(data.tables.changes).toEqual(rows === 0 ? [] : [null]);
      expect(data.since?.earlierRows).toBe(0);
      expect(data.rows.changes.length).toBe(rows);
      expect(page.stderr).not.toMatch(/nothing-compared|isn't in|only in|--expand|--rbac\b.*compared/);
    }),
    wholeRuns(200),
  );
});

/** Two runs on a world, each with some of the rows of those who have access. */
async function twoSubsets(seed: number, keptBefore: number, keptNow: number) {
  const world = pageWorld(seed);
  const { ran } = await jsonOf(world, [...argvOf(world, seed), '--expand']);
  if (ran.exitCode !== 0) return null;
  const read: readonly { readonly access: string; readonly unread: unknown }[] = JSON.parse(ran.stdout);
  const all = read.filter(({ unread }) => unread === null);
  const isKept = (index: number, mask: number) => ((mask >> (index % 24)) & 1) === 1;
  const subset = (mask: number) =>
    rowsOf(JSON.stringify(all.filter(({ access }, index) => access !== 'granted' || isKept(index, mask))));
  return [subset(keptBefore), subset(keptNow)] as const;
}

const masks = fc.integer({ min: 1, max: 2 ** 24 - 1 });

test('swapping two runs swaps what is new and what is gone', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, masks, masks, async (seed, before, after) => {
      const subsets = await twoSubsets(seed, before, after);
      if (!subsets) return;
      const [was, now] = subsets;
      const count = ({ changes, gone }: ReturnType<typeof compared>, kind: string) =>
        changes.filter((change) => change?.kind === kind).length + (kind === 'gone' ? gone.length : 0);
      const [forth, back] = [compared(was, now), compared(now, was)];
      expect(count(forth, 'new')).toBe(count(back, 'gone'));
      expect(count(forth, 'gone')).toBe(count(back, 'new'));
    }),
    wholeRuns(100),
  );
});
