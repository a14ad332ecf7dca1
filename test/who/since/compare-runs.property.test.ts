import fc from 'fast-check';
import { expect, test } from 'vitest';
import { run } from '../../cli/run.ts';
import { argvOf, pageDataOf, pageWorld } from '../../page-app/worlds.ts';
import { wholeRuns } from '../../runs.ts';
import { scratch } from '../../scratch.ts';

const seeds = fc.integer({ min: 0, max: 1_000_000 });

test('a run compared with its own page or JSON has no change', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, seeds, fc.constantFrom('json', 'html'), async (seed, options, output) => {
      const world = pageWorld(seed);
      const argv = argvOf(world, options);
      const cwd = await scratch(world.files);
      const ran = await run(['who', ...argv, '-o', output], { cwd });
      if (ran.exitCode !== 0) return;
      const old = await scratch({ earlier: ran.stdout });
      const page = await run(['who', ...argv, '-o', 'html', '--since', `${old}/earlier`], { cwd });
      // JSON doesn't say which people or entries it is about.
      const isLimited = argv.includes('--user') || argv.includes('--kubernetes-group');
      expect(page.exitCode, page.stderr).toBe(output === 'json' && isLimited ? 2 : 0);
      if (page.exitCode !== 0) return;
      const data = pageDataOf(page.stdout);
      expect(data.tables.changes.filter((change) => change !== null)).toEqual([]);
      const { doubts, newClusters, goneClusters, earlierRows } = data.since ?? {};
      expect([newClusters, goneClusters, earlierRows]).toEqual([[], [], 0]);
      // JSON says neither its options nor clusters without rows.
      if (output === 'html') expect(doubts).toEqual([]);
      else expect(doubts?.join('\n')).not.toMatch(/other accounts|--expand|--rbac|only cluster|unknown/);
    }),
    wholeRuns(200),
  );
});
