import { expect, onTestFinished, test, vi } from 'vitest';
import { openAws } from '../../src/directory/session.ts';
import { useEnvironment } from '../fake-aws/fake-aws-for-test.ts';
import { spawnFakeAws } from '../fake-aws/spawn.ts';
import { NO_WAITS } from '../timing.ts';
import { ALL, assumedRole, query } from './opened.ts';

/**
 * 201 accounts × 30 permission sets, each pair with one principal: most have no more assignments than one or two pages.
 */
const SIZE = {
  accounts: 201,
  permissionSets: 30,
  users: 100,
  groups: 60,
  groupsPerUser: 1,
  principalsPerPair: 1,
};

test('201 accounts × 30 sets, 100 users and 60 groups: few calls', async () => {
  const fake = await spawnFakeAws({ large: SIZE });
  onTestFinished(fake.close);
  useEnvironment(fake.env);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const session = await openAws(
    {
      profiles: [],
      assumeRole: [assumedRole()],
      env: process.env,
      timing: NO_WAITS,
    },
    new AbortController().signal,
  );
  onTestFinished(() => session.close());
  const people = { roleArns: null, named: [], onlyNamed: false, members: false };
  const inventory = await session.read(query([ALL], { people }));
  const { calls } = await fake.counts();
  const total = Object.entries(calls)
    .filter(([name]) => /^(sso-admin|identitystore)/.test(name))
    .reduce((sum, [, count]) => sum + count, 0);
  expect(inventory.assignments).toHaveLength(201 * 30);
  expect(total).toBeLessThanOrEqual(260);
});
