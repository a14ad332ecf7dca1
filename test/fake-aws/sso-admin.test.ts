import {
  DescribePermissionSetCommand,
  ListAccountAssignmentsCommand,
  ListAccountAssignmentsForPrincipalCommand,
  ListAccountsForProvisionedPermissionSetCommand,
  ListInstancesCommand,
  ListPermissionSetsCommand,
  ListPermissionSetsProvisionedToAccountCommand,
  paginateListPermissionSets,
  SSOAdminClient,
} from '@aws-sdk/client-sso-admin';
import { expect, test } from 'vitest';
import { buildWorld } from './build-world.ts';
import { fakeAwsForTest } from './fake-aws-for-test.ts';
import { itemsOf } from './items-of.ts';
import type { WorldInput } from './world-input.ts';

const MANAGEMENT = '111111111111';
const PROD = '222222222222';
const AUDIT = '333333333333';
const INPUT: WorldInput = {
  delegatedAdminId: AUDIT,
  accountInstances: [{ ownerAccountId: PROD }],
  instanceRegions: ['us-west-2'],
  accounts: [{ id: PROD, name: 'prod' }, { id: AUDIT }],
  permissionSets: ['Admin', 'Dev.Ops+1', 'Unused'],
  groups: [
    { displayName: 'Platform', members: ['ada'] },
    { displayName: 'Former', members: ['ada'], deleted: true },
  ],
  assignments: [
    { account: 'prod', permissionSet: 'Admin', group: 'Platform' },
    { account: 'prod', permissionSet: 'Admin', group: 'Former' },
    { account: 'prod', permissionSet: 'Dev.Ops+1', user: 'ada' },
    { account: MANAGEMENT, permissionSet: 'Admin', group: 'Platform' },
  ],
  provisioned: [{ account: AUDIT, permissionSet: 'Admin' }],
};
const WORLD = buildWorld(INPUT);
const [ADMIN, DEV_OPS] = WORLD.permissionSets.map((set) => set.arn);
const [ACCOUNT_INSTANCE, INSTANCE] = WORLD.instances.map((instance) => instance.arn);
const idOf = (name: string) =>
  [...WORLD.users, ...WORLD.groups].find((principal) => principal.displayName === name)?.id;

async function instancesSeen(callerAccountId: string, region: string, instanceVisibleToMembers = true) {
  await fakeAwsForTest(INPUT, { callerAccountId, region, instanceVisibleToMembers });
  const { Instances } = await new SSOAdminClient({}).send(new ListInstancesCommand({}));
  return Instances?.map((instance) => instance.InstanceArn);
}

test('ListInstances lists account instances too, and the organization instance in each of its regions', async () => {
  expect(await instancesSeen(MANAGEMENT, 'eu-west-1')).toEqual([ACCOUNT_INSTANCE, INSTANCE]);
  expect(await instancesSeen(MANAGEMENT, 'us-west-2')).toEqual([INSTANCE]);
  expect(await instancesSeen(MANAGEMENT, 'eu-central-1')).toEqual([]);
  expect(await instancesSeen(PROD, 'us-west-2')).toEqual([INSTANCE]);
  expect(await instancesSeen(PROD, 'us-west-2', false)).toEqual([]);
});

test('the instance names its owner and its primary region', async () => {
  await fakeAwsForTest(INPUT, { region: 'us-west-2' });
  const { Instances } = await new SSOAdminClient({}).send(new ListInstancesCommand({}));
  expect(Instances?.[0]).toMatchObject({ OwnerAccountId: MANAGEMENT, PrimaryRegion: 'eu-west-1' });
});

test('permission sets are listed by ARN and described one by one', async () => {
  const fake = await fakeAwsForTest(INPUT, { pageSize: 2 });
  const client = new SSOAdminClient({});
  const pages = paginateListPermissionSets({ client }, { InstanceArn: INSTANCE });
  const arns = await itemsOf(pages, (page) => page.PermissionSets);
  expect(arns).toEqual(WORLD.permissionSets.map((set) => set.arn));
  const request = { InstanceArn: INSTANCE, PermissionSetArn: arns[1] };
  const { PermissionSet } = await client.send(new DescribePermissionSetCommand(request));
  expect(PermissionSet).toMatchObject({ Name: 'Dev.Ops+1', PermissionSetArn: DEV_OPS });
  expect(fake.calls).toEqual({ 'sso-admin.DescribePermissionSet': 1, 'sso-admin.ListPermissionSets': 2 });
});

test('provisioned sets can be listed by account and by set', async () => {
  await fakeAwsForTest(INPUT);
  const client = new SSOAdminClient({});
  const byAccount = { InstanceArn: INSTANCE, AccountId: PROD };
  const sets = await client.send(new ListPermissionSetsProvisionedToAccountCommand(byAccount));
  expect(sets.PermissionSets).toEqual([ADMIN, DEV_OPS]);
  const bySet = { InstanceArn: INSTANCE, PermissionSetArn: ADMIN };
  const accounts = await client.send(new ListAccountsForProvisionedPermissionSetCommand(bySet));
  expect(accounts.AccountIds).toEqual([PROD, MANAGEMENT, AUDIT]);
});

test('pair by pair, deleted principals are listed', async () => {
  await fakeAwsForTest(INPUT);
  const request = { InstanceArn: INSTANCE, AccountId: PROD, PermissionSetArn: ADMIN };
  const { AccountAssignments } = await new SSOAdminClient({}).send(
    new ListAccountAssignmentsCommand(request),
  );
  expect(AccountAssignments?.map((found) => found.PrincipalId)).toEqual([idOf('Platform'), idOf('Former')]);
});

test('by principal, a user has the assignments of its groups, with the group as principal', async () => {
  await fakeAwsForTest(INPUT);
  const request = { InstanceArn: INSTANCE, PrincipalType: 'USER', PrincipalId: idOf('ada') } as const;
  const client = new SSOAdminClient({});
  const all = await client.send(new ListAccountAssignmentsForPrincipalCommand(request));
  expect(all.AccountAssignments).toEqual([
    { AccountId: PROD, PermissionSetArn: DEV_OPS, PrincipalType: 'USER', PrincipalId: idOf('ada') },
    { AccountId: PROD, PermissionSetArn: ADMIN, PrincipalType: 'GROUP', PrincipalId: idOf('Platform') },
    { AccountId: MANAGEMENT, PermissionSetArn: ADMIN, PrincipalType: 'GROUP', PrincipalId: idOf('Platform') },
  ]);
  const Filter = { AccountId: MANAGEMENT };
  const some = await client.send(new ListAccountAssignmentsForPrincipalCommand({ ...request, Filter }));
  expect(some.AccountAssignments).toHaveLength(1);
});

test('by principal, deleted ones are missing', async () => {
  await fakeAwsForTest(INPUT);
  const request = { InstanceArn: INSTANCE, PrincipalType: 'GROUP', PrincipalId: idOf('Former') } as const;
  const answer = await new SSOAdminClient({}).send(new ListAccountAssignmentsForPrincipalCommand(request));
  expect(answer.AccountAssignments).toEqual([]);
});

test('a delegated administrator does not see into the management account', async () => {
  await fakeAwsForTest(INPUT, { callerAccountId: AUDIT });
  const client = new SSOAdminClient({});
  const sets = { InstanceArn: INSTANCE, AccountId: MANAGEMENT };
  const denied = { name: 'AccessDeniedException' };
  await expect(client.send(new ListPermissionSetsProvisionedToAccountCommand(sets))).rejects.toMatchObject(
    denied,
  );
  const pair = { ...sets, PermissionSetArn: ADMIN };
  await expect(client.send(new ListAccountAssignmentsCommand(pair))).rejects.toMatchObject(denied);
  const principal = { InstanceArn: INSTANCE, PrincipalType: 'USER', PrincipalId: idOf('ada') } as const;
  const byPrincipal = client.send(new ListAccountAssignmentsForPrincipalCommand(principal));
  await expect(byPrincipal).rejects.toMatchObject(denied);
  const bySet = { InstanceArn: INSTANCE, PermissionSetArn: ADMIN };
  const accounts = await client.send(new ListAccountsForProvisionedPermissionSetCommand(bySet));
  expect(accounts.AccountIds).toEqual([PROD, AUDIT]);
});

test('other accounts are denied', async () => {
  await fakeAwsForTest(INPUT, { callerAccountId: PROD });
  const listing = new SSOAdminClient({}).send(new ListPermissionSetsCommand({ InstanceArn: INSTANCE }));
  await expect(listing).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('sso:ListPermissionSets'),
    $metadata: { httpStatusCode: 400 },
  });
});

test('an account instance knows no permission sets', async () => {
  await fakeAwsForTest(INPUT);
  const listing = new SSOAdminClient({}).send(
    new ListPermissionSetsCommand({ InstanceArn: ACCOUNT_INSTANCE }),
  );
  await expect(listing).rejects.toMatchObject({ name: 'ValidationException' });
});

test('unknown ARNs are not found, oversized pages not valid', async () => {
  await fakeAwsForTest(INPUT);
  const client = new SSOAdminClient({});
  const unknown = { InstanceArn: INSTANCE, PermissionSetArn: `${ADMIN}0` };
  const describing = client.send(new DescribePermissionSetCommand(unknown));
  await expect(describing).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  const elsewhere = client.send(new ListPermissionSetsCommand({ InstanceArn: `${INSTANCE}0` }));
  await expect(elsewhere).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  const oversized = client.send(new ListPermissionSetsCommand({ InstanceArn: INSTANCE, MaxResults: 101 }));
  await expect(oversized).rejects.toMatchObject({ name: 'ValidationException' });
});
