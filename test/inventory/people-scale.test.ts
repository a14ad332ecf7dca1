import { expect, onTestFinished, test, vi } from 'vitest';
import { openAws } from '../../src/inventory/discover.ts';
import { AWS_RATES } from '../fake-aws/rate.ts';
import { spawnFakeAws } from '../fake-aws/spawn.ts';
import { ALL, question } from './opened.ts';

/** 201 accounts × 30 permission sets, each pair with one principal: most are assigned no more than a page or two hold. */
const SIZE = {
  accounts: 201,
  permissionSets: 30,
  users: 100,
  groups: 60,
  groupsPerUser: 1,
  principalsPerPair: 1,
};

// Time is measured, so a machine that is busy with something else gets a second chance.
test('201 accounts × 30 sets, 100 users and 60 groups: few calls, none throttled, as fast as the limits allow', {
  retry: 1,
  timeout: 60_000,
}, async () => {
  const fake = await spawnFakeAws({ large: SIZE }, { rates: AWS_RATES });
  onTestFinished(fake.close);
  for (const [name, value] of Object.entries(fake.env)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const session = await openAws(
    { profiles: [], assumeRole: { name: 'OrganizationAccountAccessRole' }, env: process.env },
    new AbortController().signal,
  );
  onTestFinished(() => session.close());
  const people = { roleArns: null, named: [], onlyNamed: false, members: false };
  const start = performance.now();
  const inventory = await session.discover(question([ALL], { people }));
  const seconds = (performance.now() - start) / 1000;
  const { calls, throttled } = await fake.counts();
  const perQueue = new Map<string, number>();
  for (const [name, count] of Object.entries(calls)) {
    const queue = name.startsWith('sso-admin') ? 'sso-admin' : name;
    if (/^(sso-admin|identitystore)/.test(name)) perQueue.set(queue, (perQueue.get(queue) ?? 0) + count);
  }
  const total = [...perQueue.values()].reduce((sum, count) => sum + count, 0);
  expect(inventory.assignments).toHaveLength(201 * 30);
  expect(total).toBeLessThanOrEqual(260);
  expect(throttled).toEqual({});
  expect(seconds).toBeLessThanOrEqual((1.1 * Math.max(...perQueue.values())) / 20);
});
