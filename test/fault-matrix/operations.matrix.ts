import { expect, test } from 'vitest';
import { ANSWERS } from '../../src/aws/answers.ts';
import { calledOperations } from './matrix.ts';

test('the command lines call every operation, except the token call, which is the same for all', async () => {
  const others = Object.keys(ANSWERS).filter((operation) => operation !== 'AssumeRoleWithWebIdentity');
  expect(await calledOperations()).toEqual(others.sort());
});
