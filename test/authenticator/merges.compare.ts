import fc from 'fast-check';
import { expect, test } from 'vitest';
import { report } from './complaint.ts';
import { MERGE_CASE } from './merge-cases.ts';
import { type JudgedMerge, judgeMerges, smallerMerges } from './merge-judge.ts';

const SEED = 20261209;
const BATCHES = 10;
const BATCH = 2_000;

test(`${BATCHES * BATCH} merges leave everyone else unchanged, and grant the intended access`, () => {
  const failed: JudgedMerge[] = [];
  const refusals = new Map<string, number>();
  for (let batch = 0; batch < BATCHES; batch++) {
    const judged = judgeMerges(fc.sample(MERGE_CASE, { seed: SEED + batch, numRuns: BATCH }));
    failed.push(...judged.filter(({ complaints }) => complaints.length > 0));
    for (const { wellFormed, refusal } of judged)
      if (wellFormed) refusals.set(refusal ?? 'merged', (refusals.get(refusal ?? 'merged') ?? 0) + 1);
  }
  console.log(`seeds ${SEED} to ${SEED + BATCHES - 1}; of well-formed files:`, Object.fromEntries(refusals));
  expect(report(failed, judgeMerges, smallerMerges)).toEqual([]);
});
