import { ListPermissionSetsCommand, SSOAdminClient } from '@aws-sdk/client-sso-admin';
import { expect, test } from 'vitest';
import { buildWorld } from './build-world.ts';
import { fakeAwsForTest } from './fake-aws-for-test.ts';
import { AWS_RATES, type Rates, rateLimiter, scaledRates } from './rate.ts';
import type { Call } from './wire/call.ts';
import type { Service } from './wire/service.ts';

function callOf(service: Service, operation: string, accountId = '111111111111'): Call {
  const caller = { accessKeyId: '', secretAccessKey: '', token: undefined, accountId, arn: '' };
  return { service, operation, input: {}, region: 'eu-west-1', caller, emptyPage: false };
}

function limited(rates: Rates) {
  let now = 0;
  const isWithinRate = rateLimiter(rates, () => now);
  const passed = (call: Call, times: number) =>
    Array.from({ length: times }, () => isWithinRate(call)).filter(Boolean).length;
  const pass = (ms: number) => {
    now += ms;
  };
  return { passed, pass };
}

test('a bucket empties and refills', () => {
  const { passed, pass } = limited(AWS_RATES);
  const listing = callOf('organizations', 'ListAccounts');
  expect(passed(listing, 20)).toBe(12);
  pass(500);
  expect(passed(listing, 20)).toBe(4);
  pass(60_000);
  expect(passed(listing, 20)).toBe(12);
});

test('sso-admin operations share one bucket, Identity Store operations have one each', () => {
  const { passed } = limited(AWS_RATES);
  expect(passed(callOf('sso-admin', 'ListInstances'), 15)).toBe(15);
  expect(passed(callOf('sso-admin', 'ListPermissionSets'), 15)).toBe(5);
  expect(passed(callOf('identitystore', 'DescribeUser'), 25)).toBe(20);
  expect(passed(callOf('identitystore', 'DescribeGroup'), 25)).toBe(20);
});

test('a rate may apply per calling account', () => {
  const { passed } = limited({ iam: { perSecond: 2, per: 'account' } });
  expect(passed(callOf('iam', 'ListRoles', '222222222222'), 5)).toBe(2);
  expect(passed(callOf('iam', 'ListRoles', '333333333333'), 5)).toBe(2);
  expect(passed(callOf('sts', 'AssumeRole'), 5)).toBe(5);
});

test('with several rates, a call must be within each, and costs nothing if it is not', () => {
  const both = [
    { perSecond: 1, burst: 3, per: 'account' },
    { perSecond: 1, burst: 4 },
  ] as const;
  const { passed } = limited({ iam: both });
  expect(passed(callOf('iam', 'ListRoles', '222222222222'), 9)).toBe(3);
  expect(passed(callOf('iam', 'ListRoles', '333333333333'), 9)).toBe(1);
});

test('rates can be scaled, bursts too', () => {
  expect(
    scaledRates({ sts: { perSecond: 600, per: 'account' }, iam: [{ perSecond: 1, burst: 1 }] }, 0.5),
  ).toEqual({
    sts: [{ perSecond: 300, burst: 300, per: 'account' }],
    iam: [{ perSecond: 0.5, burst: 1 }],
  });
});

test('calls over the rate are throttled and counted', async () => {
  const fake = await fakeAwsForTest({}, { rates: { 'sso-admin': { perSecond: 0.01, burst: 3 } } });
  const client = new SSOAdminClient({ maxAttempts: 1 });
  const InstanceArn = buildWorld().instances[0]?.arn;
  const list = () => client.send(new ListPermissionSetsCommand({ InstanceArn }));
  const outcomes = await Promise.allSettled([list(), list(), list(), list(), list()]);
  expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(3);
  expect(fake.throttled).toEqual({ 'sso-admin.ListPermissionSets': 2 });
  expect(fake.calls).toEqual({ 'sso-admin.ListPermissionSets': 5 });
});
