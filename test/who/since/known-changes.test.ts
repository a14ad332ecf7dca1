import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PageRows } from '../../../src/page/decode.ts';
import { run } from '../../cli/run.ts';
import { Draw } from '../../draw.ts';
import { pageDataOf } from '../../page-app/worlds.ts';
import { wholeRuns } from '../../runs.ts';
import { scratch } from '../../scratch.ts';
import { knownChanges } from './known-changes.ts';

const WHO = [
  'who',
  '--cluster',
  '*',
  '--inventory',
  'aws.json',
  '--skip-unreadable',
  '*',
  '--rbac',
  '*=rbac.yaml',
  '--expand',
];

test('each known change is named once, under its head, and nothing else is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 1_000_000 }),
      fc.constantFrom('json', 'html'),
      async (seed, output) => {
        const known = knownChanges(new Draw(seed));
        const earlier = await run([...WHO, '-o', output], { cwd: await scratch(known.was) });
        expect(earlier.exitCode, earlier.stderr).toBe(0);
        const cwd = await scratch({ ...known.now, earlier: earlier.stdout });
        const ran = await run([...WHO, '-o', 'html', '--since', 'earlier'], { cwd });
        expect(ran.exitCode, ran.stderr).toBe(0);
        const rows = new PageRows(pageDataOf(ran.stdout));
        const heads = Array.from({ length: rows.count }, (_, row) => {
          const change = rows.change(row);
          const { principal, cluster, source } = rows.row(row);
          // Groups that bindings name come and go with their cluster.
          return change && source !== 'binding' ? [`${change.head} ${principal.name} ${cluster}`] : [];
        });
        const { newClusters = [], goneClusters = [] } = rows.data.since ?? {};
        expect([...new Set(heads.flat())].sort()).toEqual(known.heads);
        expect(newClusters.map(({ name }) => name)).toEqual(known.newClusters);
        expect(goneClusters.map(({ name }) => name)).toEqual(known.goneClusters);
      },
    ),
    wholeRuns(300),
  );
});
