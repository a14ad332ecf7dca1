import { expect, onTestFinished, test, vi } from 'vitest';
import { explainMissing } from '../../src/aws/missing-credentials.ts';
import { translate } from '../../src/aws/translate-error.ts';
import { useEnvironment } from '../fake-aws/fake-aws-for-test.ts';

const CALL = { service: 'sts', operation: 'GetCallerIdentity', region: 'eu-west-1', profile: 'p' } as const;

/** What the SDK's providers throw need not be about credentials in its words. */
test.each([
  [new TypeError('unexpected'), 'no-credentials'],
  [Object.assign(new Error('no'), { name: 'AccessDeniedException' }), 'no-credentials'],
  [Object.assign(new Error('expired'), { name: 'ExpiredTokenException' }), 'expired'],
  [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'network'],
])('without credentials, %s is %s', async (error, kind) => {
  onTestFinished(() => void vi.unstubAllEnvs());
  useEnvironment({ AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' });
  const source = { profile: 'p', from: 'profile' } as const;
  const failure = await explainMissing(translate(error, CALL), source);
  expect([failure.kind, failure.base]).toEqual([kind, undefined]);
});
