import fc from 'fast-check';
import { test } from 'vitest';
import { expectSameAnswers, expectSamePermissions, QUESTIONS, seeds } from './permission-checks.ts';

/** The long suite has many more. */
const SOME = { numRuns: 8 };

test('the page answers a question with the rows of who --can', async () => {
  const property = fc.asyncProperty(seeds, fc.constantFrom(...QUESTIONS), fc.boolean(), expectSameAnswers);
  await fc.assert(property, SOME);
});

test('the page lists the permissions of an entry as explain does', async () => {
  await fc.assert(fc.asyncProperty(seeds, expectSamePermissions), SOME);
});
