import fc from 'fast-check';
import { expect, test } from 'vitest';
import { report } from './complaint.ts';
import { MERGE_CASE } from './merge-cases.ts';
import { judgeMerges, smallerMerges } from './merge-judge.ts';

const SEED = 20261209;
const BATCHES = 10;
const BATCH = 2_000;

test(`${BATCHES * BATCH} merges leave all others as they were, and let in whom they should`, () => {
  const failed = [];
  let [sound, refused] = [0, 0];
  for (let batch = 0; batch < BATCHES; batch++) {
    const judged = judgeMerges(fc.sample(MERGE_CASE, { seed: SEED + batch, numRuns: BATCH }));
    failed.push(...judged.filter(({ complaints }) => complaints.length > 0));
    const ofSound = judged.filter(({ input }) => input.sound);
    sound += ofSound.length;
    refused += ofSound.filter((one) => one.refused).length;
  }
  console.log(`seeds ${SEED} to ${SEED + BATCHES - 1}; ${refused} of ${sound} sound files refused`);
  expect(report(failed, judgeMerges, smallerMerges)).toEqual([]);
});
