import { expect, test } from 'vitest';
import { AWS_RATES } from '../fake-aws/rate.ts';
import { ALL, opened, question } from '../inventory/opened.ts';

test('AWS never has to throttle: every limit is kept from below', async () => {
  const members = Array.from({ length: 40 }, (_, index) => ({
    id: String(200_000_000_000 + index),
    name: `m${index}`,
    ou: `Unit-${index % 12}`,
  }));
  const permissionSets = ['Admin', 'Audit', 'Developer', 'ReadOnly'];
  const provisioned = members.flatMap(({ id: account }) =>
    permissionSets.map((permissionSet) => ({ account, permissionSet })),
  );
  const { fake, open } = await opened(
    { accounts: members, permissionSets, provisioned },
    { pageSize: 4, rates: AWS_RATES },
  );
  const asked = question([ALL], { permissionSets: 'all', provisioned: true, organizationTree: true });
  const inventory = await (await open()).discover(asked);
  expect(inventory.provisioned).toHaveLength(160);
  expect(fake.throttled).toEqual({});
  expect(fake.calls['organizations.ListAccounts']).toBe(11);
  expect(fake.calls['sso-admin.ListAccountsForProvisionedPermissionSet']).toBe(40);
});
