import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ODD_FILE, SOUND_FILE } from './aws-auth-files.ts';
import { judgeChecks, smallerFiles } from './check-judge.ts';
import { report } from './complaint.ts';

const SEED = 20261210;
const BATCHES = 10;
const BATCH = 2_000;
const FILE = fc.oneof({ weight: 1, arbitrary: SOUND_FILE }, { weight: 2, arbitrary: ODD_FILE });

test(`${BATCHES * BATCH} files are checked and fixed consistently with the authenticator`, () => {
  const failed = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const judged = judgeChecks(fc.sample(FILE, { seed: SEED + batch, numRuns: BATCH }));
    failed.push(...judged.filter(({ complaints }) => complaints.length > 0));
  }
  console.log(`seeds ${SEED} to ${SEED + BATCHES - 1}`);
  expect(report(failed, judgeChecks, smallerFiles)).toEqual([]);
});
