import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { expect, onTestFinished, test, vi } from 'vitest';
import { useEnvironment } from './fake-aws-for-test.ts';
import { spawnFakeAws } from './spawn.ts';

test('the fake runs in its own process and accepts requests', async () => {
  const fake = await spawnFakeAws({ large: { accounts: 3, permissionSets: 2, users: 2, groups: 2 } });
  onTestFinished(() => void vi.unstubAllEnvs());
  useEnvironment(fake.env);
  const list = () => new IAMClient({ maxAttempts: 1 }).send(new ListRolesCommand({}));
  const { Roles } = await list();
  expect(Roles).toHaveLength(3);
  await fake.reached('iam.ListRoles', 1);
  await fake.inject({ operation: 'iam.ListRoles', kind: 'throttle', times: 1 });
  await expect(list()).rejects.toMatchObject({ name: 'Throttling' });
  expect(await fake.counts()).toEqual({ calls: { 'iam.ListRoles': 2 }, throttled: { 'iam.ListRoles': 1 } });
  await fake.reset();
  expect(await fake.counts()).toEqual({ calls: {}, throttled: {} });
  await fake.close();
  await expect(list()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
