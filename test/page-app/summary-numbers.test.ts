import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wholeRuns } from '../runs.ts';
import { expectSameChanges, expectSameNumbers } from './oracle.ts';

/** The long suite has 400 worlds, half of them with an earlier run. */
const SOME = { numRuns: Math.max(16, wholeRuns(200).numRuns) };
const seeds = fc.integer({ min: 300, max: 1_000_000 });

test('each number on top of a page is what -o json has, and leads to those rows', async () => {
  await fc.assert(fc.asyncProperty(seeds, expectSameNumbers), SOME);
});

test('with an earlier run, each change is under the one head that fits the person', async () => {
  const seen = new Set<string>();
  const check = async (seed: number) => {
    for (const { key, number } of await expectSameChanges(seed)) if (number > 0) seen.add(key);
  };
  await fc.assert(fc.asyncProperty(seeds, check), SOME);
  for (const head of ['became-admin', 'no-longer-admin', 'new', 'gone', 'changed'])
    expect(seen, head).toContain(head);
});
