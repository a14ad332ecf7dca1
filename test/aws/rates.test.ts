import { expect, test } from 'vitest';
import { ALL, opened, query } from '../directory/opened.ts';
import { AWS_RATES } from '../fake-aws/rate.ts';
import { idleTime } from '../timing.ts';

test('AWS never has to throttle: calls stay below every limit', async () => {
  const members = Array.from({ length: 40 }, (_, index) => ({
    id: String(200_000_000_000 + index),
    name: `m${index}`,
    ou: `Unit-${index % 12}`,
  }));
  const permissionSets = Array.from({ length: 40 }, (_, index) => `Set-${index}`);
  const time = idleTime();
  const { fake, open } = await opened(
    { accounts: members, permissionSets },
    { pageSize: 4, rates: AWS_RATES, now: time.now },
  );
  const asked = query([ALL], { permissionSets: 'all', organizationTree: true });
  const inventory = await (await open({ timing: time })).read(asked);
  expect(inventory.permissionSets).toHaveLength(40);
  expect(fake.throttled).toEqual({});
  expect(fake.calls['organizations.ListAccounts']).toBe(11);
  expect(fake.calls['sso-admin.DescribePermissionSet']).toBe(40);
});
