import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Operation } from '../../src/aws/answers.ts';
import type { Service } from '../../src/aws/failure.ts';
import { Retrier } from '../../src/aws/retry.ts';
import { AWS_RATES, type Rates, rateLimiter } from '../fake-aws/rate.ts';
import { VirtualClock } from './virtual-clock.ts';

const LATENCY = 100;
const CALLER = { accessKeyId: '', secretAccessKey: '', token: undefined, accountId: '111111111111', arn: '' };

/** Minimal answers for each operation. */
const ANSWERS: Partial<Record<Operation, unknown>> = {
  DescribeAccessEntry: { accessEntry: { type: 'STANDARD', kubernetesGroups: [], createdAt: new Date(0) } },
  AssumeRole: {
    Credentials: { AccessKeyId: 'a', SecretAccessKey: 's', SessionToken: 't' },
    AssumedRoleUser: { Arn: 'arn' },
  },
  DescribeGroup: { GroupId: 'g' },
  DescribeOrganizationalUnit: { OrganizationalUnit: { Id: 'ou', Name: 'ou' } },
  DescribePermissionSet: { PermissionSet: { PermissionSetArn: 'arn', Name: 'Admin' } },
  ListAccounts: { Accounts: [] },
  ListAccountsForParent: { Accounts: [] },
  ListParents: { Parents: [] },
  ListRoles: { Roles: [], IsTruncated: false },
  ListRoots: { Roots: [] },
};

interface Work {
  readonly calls: number;
  readonly atOnce: number;
}

/** Makes a number of concurrent calls to an AWS with these rates. */
async function made(rates: Rates, service: Service, operation: Operation, { calls, atOnce }: Work) {
  const clock = new VirtualClock();
  let throttles = 0;
  const sentAt: number[] = [];
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const retrier = new Retrier(signal, { onThrottle: () => throttles++ }, clock);
  const isWithinRate = rateLimiter(rates, clock.now);
  const target = { service, region: 'eu-west-1', profile: null };
  const send = async () => {
    sentAt.push(clock.now());
    const isServed = isWithinRate({ ...target, operation, input: {}, caller: CALLER, emptyPage: false });
    await clock.sleep(LATENCY);
    if (isServed) return ANSWERS[operation];
    throw Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
  };
  const limit = pLimit(atOnce);
  const all = Array.from({ length: calls }, () => limit(() => retrier.call(target, operation, send)));
  return { seconds: (await clock.run(Promise.all(all))) / 1000, throttles, sentAt };
}

describe('if AWS throttles at half its documented limits', () => {
  test.each([
    ['sso-admin', 'DescribePermissionSet', { perSecond: 10, burst: 10 }, { calls: 400, atOnce: 16 }],
    ['identitystore', 'DescribeGroup', { perSecond: 10, burst: 10 }, { calls: 400, atOnce: 16 }],
    ['organizations', 'ListAccounts', { perSecond: 4, burst: 6 }, { calls: 100, atOnce: 1 }],
    ['organizations', 'ListAccountsForParent', { perSecond: 2.5, burst: 4 }, { calls: 100, atOnce: 30 }],
    ['organizations', 'ListParents', { perSecond: 2.5, burst: 4 }, { calls: 100, atOnce: 30 }],
    ['organizations', 'DescribeOrganizationalUnit', { perSecond: 1, burst: 2 }, { calls: 40, atOnce: 40 }],
    ['eks', 'DescribeAccessEntry', { perSecond: 5, burst: 5 }, { calls: 200, atOnce: 64 }],
    ['sts', 'AssumeRole', { perSecond: 150, burst: 150 }, { calls: 2000, atOnce: 128 }],
    ['iam', 'ListRoles', { perSecond: 150, burst: 150 }, { calls: 2000, atOnce: 128 }],
  ] as const)('%s:%s takes as long as that takes', async (service, operation, rate, work) => {
    // Uses average pauses: one call that is unlucky every time says nothing about the others.
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
    onTestFinished(() => random.mockRestore());
    const { seconds, throttles } = await made({ [service]: rate }, service, operation, work);
    const ideal = (work.calls - rate.burst) / rate.perSecond;
    expect(seconds / ideal).toBeLessThan(1.3);
    expect(throttles / work.calls).toBeLessThan(0.25);
  });
});

describe('if AWS keeps its documented limits', () => {
  test.each([
    ['sso-admin', 'DescribePermissionSet', { calls: 200, atOnce: 16 }, 200 / 20],
    ['organizations', 'ListAccountsForParent', { calls: 40, atOnce: 30 }, 40 / 5],
    ['organizations', 'ListParents', { calls: 8, atOnce: 8 }, 0.4],
    ['organizations', 'DescribeOrganizationalUnit', { calls: 12, atOnce: 12 }, 12 / 2],
    ['organizations', 'ListRoots', { calls: 4, atOnce: 4 }, 4],
    ['eks', 'DescribeAccessEntry', { calls: 400, atOnce: 400 }, 400 / 10],
    ['sts', 'AssumeRole', { calls: 1500, atOnce: 128 }, 1500 / 300],
  ] as const)('nothing of %s:%s is throttled', async (service, operation, work, ideal) => {
    const { seconds, throttles } = await made(AWS_RATES, service, operation, work);
    expect(throttles).toBe(0);
    expect(seconds / ideal).toBeLessThan(1.05);
  });

  test('the list of accounts adapts to the rate, and takes no longer', async () => {
    const { seconds, throttles } = await made(AWS_RATES, 'organizations', 'ListAccounts', {
      calls: 250,
      atOnce: 1,
    });
    expect(seconds / ((250 - 12) / 8)).toBeLessThan(1.05);
    expect(throttles).toBeGreaterThan(0);
    expect(throttles).toBeLessThan(3);
  });
});

test('a retry delay applies to all calls that share the limit', async () => {
  const clock = new VirtualClock();
  const retrier = new Retrier(new AbortController().signal, {}, clock);
  const target = { service: 'sso-admin', region: 'eu-west-1', profile: null } as const;
  let isFirst = true;
  const sent: number[] = [];
  const send = async () => {
    const isThrottled = isFirst;
    isFirst = false;
    sent.push(clock.now());
    if (!isThrottled) return ANSWERS.DescribePermissionSet;
    throw Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException', RetryAfterSeconds: 5 });
  };
  const call = () => retrier.call(target, 'DescribePermissionSet', send);
  const later = clock.sleep(1000).then(call);
  await clock.run(Promise.all([call(), later]));
  const [first, ...others] = sent;
  expect([first, others.length]).toEqual([0, 2]);
  expect(Math.min(...others)).toBeGreaterThan(5000);
});

test('a refusal also counts as an answer: concurrency grows', async () => {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const retrier = new Retrier(signal, {}, {}, { start: 1, most: 8 });
  let [now, most] = [0, 0];
  const send = async () => {
    now += 1;
    most = Math.max(most, now);
    await new Promise(setImmediate);
    now -= 1;
    throw Object.assign(new Error('No.'), { name: 'AccessDenied' });
  };
  const target = { service: 'iam', region: 'eu-west-1', profile: null } as const;
  await Promise.allSettled(Array.from({ length: 100 }, () => retrier.call(target, 'ListRoles', send)));
  expect(most).toBe(8);
});

test('a list of accounts without throttling is as fast as its answers', async () => {
  const { seconds } = await made({}, 'organizations', 'ListAccounts', { calls: 100, atOnce: 1 });
  expect(seconds).toBe((100 * LATENCY) / 1000);
});

test('no more than 300 roles are assumed in any second', async () => {
  const { seconds, sentAt } = await made({}, 'sts', 'AssumeRole', { calls: 960, atOnce: 128 });
  const inTheSecondFrom = (start: number) => sentAt.filter((at) => at >= start && at < start + 1000).length;
  expect(Math.max(...sentAt.map(inTheSecondFrom))).toBe(300);
  expect(seconds).toBeLessThan(960 / 300 + LATENCY / 1000);
});
