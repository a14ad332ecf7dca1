import {
  DescribeAccountCommand,
  DescribeOrganizationalUnitCommand,
  DescribeOrganizationCommand,
  ListAccountsCommand,
  ListParentsCommand,
  ListRootsCommand,
  OrganizationsClient,
  paginateListAccounts,
  paginateListAccountsForParent,
  paginateListOrganizationalUnitsForParent,
} from '@aws-sdk/client-organizations';
import { expect, test } from 'vitest';
import { fakeAwsForTest } from './fake-aws-for-test.ts';
import { itemsOf } from './items-of.ts';
import type { WorldInput } from './world-input.ts';

const PROD = '222222222222';
const WORLD: WorldInput = {
  delegatedAdminId: '333333333333',
  accounts: [
    { id: PROD, name: 'prod', ou: 'Workloads/Prod' },
    { id: '333333333333', name: 'audit', ou: 'Security', state: 'CLOSED' },
  ],
};

test('lists accounts with state, status and path', async () => {
  const fake = await fakeAwsForTest(WORLD, { pageSize: 2 });
  const client = new OrganizationsClient({});
  const accounts = await itemsOf(paginateListAccounts({ client }, {}), (page) => page.Accounts);
  expect(accounts.map(({ Name, State, Status }) => [Name, State, Status])).toEqual([
    ['management', 'ACTIVE', 'ACTIVE'],
    ['prod', 'ACTIVE', 'ACTIVE'],
    ['audit', 'CLOSED', 'SUSPENDED'],
  ]);
  expect(accounts[0]?.Paths?.[0]).toMatch(/^o-[0-9a-f]{10}\/r-[0-9a-f]{4}\/111111111111\/$/);
  expect(accounts[1]?.Paths?.[0]).toMatch(
    /^o-[0-9a-f]{10}\/r-([0-9a-f]{4})\/ou-\1-[0-9a-f]{8}\/ou-\1-[0-9a-f]{8}\/222222222222\/$/,
  );
  expect(accounts[1]?.JoinedTimestamp?.toISOString()).toBe('2024-01-01T00:00:00.000Z');
  expect(fake.calls).toEqual({ 'organizations.ListAccounts': 2 });
});

test('omits requested members of an account', async () => {
  await fakeAwsForTest(WORLD, { omitFromAccount: ['State', 'Paths'] });
  const { Accounts } = await new OrganizationsClient({}).send(new ListAccountsCommand({}));
  expect(Accounts?.[2]).toMatchObject({ Status: 'SUSPENDED' });
  expect(Accounts?.[2]).not.toHaveProperty('State');
  expect(Accounts?.[2]).not.toHaveProperty('Paths');
});

test('the tree can be walked down and up', async () => {
  await fakeAwsForTest(WORLD, { pageSize: 1 });
  const client = new OrganizationsClient({});
  const { Roots } = await client.send(new ListRootsCommand({}));
  const unitsBelow = (ParentId = '') =>
    itemsOf(
      paginateListOrganizationalUnitsForParent({ client }, { ParentId }),
      (page) => page.OrganizationalUnits,
    );
  const top = await unitsBelow(Roots?.[0]?.Id);
  expect(top.map((unit) => unit.Name)).toEqual(['Workloads', 'Security']);
  const [prod] = await unitsBelow(top[0]?.Id);
  const pages = paginateListAccountsForParent({ client }, { ParentId: prod?.Id });
  expect((await itemsOf(pages, (page) => page.Accounts)).map((account) => account.Id)).toEqual([PROD]);
  const { Parents } = await client.send(new ListParentsCommand({ ChildId: PROD }));
  expect(Parents).toEqual([{ Id: prod?.Id, Type: 'ORGANIZATIONAL_UNIT' }]);
  const OrganizationalUnitId = Parents?.[0]?.Id;
  const unit = await client.send(new DescribeOrganizationalUnitCommand({ OrganizationalUnitId }));
  expect(unit.OrganizationalUnit?.Name).toBe('Prod');
});

test('takes 20 items at most', async () => {
  await fakeAwsForTest(WORLD);
  const listing = new OrganizationsClient({}).send(new ListAccountsCommand({ MaxResults: 21 }));
  await expect(listing).rejects.toMatchObject({ name: 'InvalidInputException' });
});

test('a token of another listing is refused', async () => {
  await fakeAwsForTest(WORLD, { pageSize: 1 });
  const client = new OrganizationsClient({});
  const { NextToken } = await client.send(new ListAccountsCommand({}));
  await expect(client.send(new ListRootsCommand({ NextToken }))).rejects.toThrow('pagination token');
});

test('member accounts may describe the organization and nothing else', async () => {
  await fakeAwsForTest(WORLD, { callerAccountId: PROD });
  const client = new OrganizationsClient({});
  const { Organization } = await client.send(new DescribeOrganizationCommand({}));
  expect(Organization?.MasterAccountId).toBe('111111111111');
  await expect(client.send(new ListAccountsCommand({}))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
});

test('the delegated administrator may list', async () => {
  await fakeAwsForTest(WORLD, { callerAccountId: '333333333333' });
  const { Accounts } = await new OrganizationsClient({}).send(new ListAccountsCommand({}));
  expect(Accounts).toHaveLength(3);
});

test('reports a missing organization, and a missing account', async () => {
  await fakeAwsForTest({ organization: false });
  const describing = new OrganizationsClient({}).send(new DescribeOrganizationCommand({}));
  await expect(describing).rejects.toMatchObject({ name: 'AWSOrganizationsNotInUseException' });
  await fakeAwsForTest(WORLD);
  const AccountId = '999999999999';
  const unknown = new OrganizationsClient({}).send(new DescribeAccountCommand({ AccountId }));
  await expect(unknown).rejects.toMatchObject({ name: 'AccountNotFoundException' });
});
