import { describe, expect, test } from 'vitest';
import { TIMING } from '../../src/aws/retry.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { ALL, failureOf, opened, query } from './opened.ts';

const WORLD: WorldInput = {
  accounts: Array.from({ length: 60 }, (_, index) => ({
    id: String(200_000_000_000 + index),
    name: `member-${index}`,
  })),
  permissionSets: ['Admin'],
};

describe('Ctrl-C', () => {
  test.each([
    ['sts.AssumeRole', 5],
    ['iam.ListRoles', 5],
    ['organizations.ListAccounts', 2],
  ])('during %s ends the run at once', async (operation, count) => {
    const { fake, open } = await opened(WORLD, { latencyMs: 5 });
    const controller = new AbortController();
    const session = await open({}, controller.signal);
    fake.inject({ kind: 'hang', operation, after: count });
    const work = failureOf(session.read(query([ALL])));
    await fake.reached(operation, count + 1);
    controller.abort();
    const failure = await work;
    expect(failure.exitCode).toBe(130);
    const calls = Object.values(fake.calls).reduce((sum, one) => sum + one, 0);
    expect(calls).toBeLessThan(124);
  });

  test('during the access entries of clusters ends the run at once', async () => {
    const accessEntries = ['ada', 'bob'].map((user) => ({
      principalArn: `arn:aws:iam::111111111111:user/${user}`,
    }));
    const { fake, open } = await opened({ clusters: [{ name: 'prod', accessEntries }] });
    const controller = new AbortController();
    const session = await open({}, controller.signal);
    fake.inject({ kind: 'hang', operation: 'eks.DescribeAccessEntry', after: 1 });
    const work = failureOf(session.clusters([{ name: 'prod', place: null }]));
    await fake.reached('eks.DescribeAccessEntry', 2);
    controller.abort();
    expect((await work).exitCode).toBe(130);
  });

  test('while AWS throttles does not wait for the next attempt', async () => {
    const { fake, open } = await opened(WORLD);
    const controller = new AbortController();
    const session = await open({ timing: TIMING }, controller.signal);
    fake.inject({ kind: 'throttle', operation: 'organizations.ListAccounts' });
    const work = failureOf(session.read(query([ALL])));
    await fake.reached('organizations.ListAccounts', 2);
    controller.abort();
    expect((await work).exitCode).toBe(130);
  });

  test('before the first call', async () => {
    const { fake, open } = await opened(WORLD);
    const controller = new AbortController();
    controller.abort();
    expect((await failureOf(open({}, controller.signal))).exitCode).toBe(130);
    expect(fake.calls).toEqual({});
  });
});

test('progress counts up to the end', async () => {
  const { open, progress } = await opened(WORLD);
  await (await open()).read(query([ALL]));
  expect(progress.at(-1)).toEqual({
    accountsDone: 61,
    accountsTotal: 61,
    calls: 1 + 4 + 60 + 61,
    throttles: 0,
  });
  const done = progress.map(({ accountsDone }) => accountsDone);
  expect(done).toEqual([...done].sort((one, other) => one - other));
});

test('throttles are counted', async () => {
  const { fake, open, progress } = await opened(WORLD);
  const session = await open();
  fake.inject({ kind: 'throttle', operation: 'sts.AssumeRole', times: 3 });
  await session.read(query([ALL]));
  expect(progress.at(-1)?.throttles).toBe(3);
});

test('a closed session sends no more calls', async () => {
  const { fake, open } = await opened(WORLD, { latencyMs: 5 });
  const session = await open();
  const work = session.read(query([ALL]));
  await fake.reached('sts.AssumeRole', 3);
  session.close();
  await expect(work).rejects.toMatchObject({ exitCode: 130 });
});
