import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import {
  DescribeOrganizationalUnitCommand,
  ListAccountsCommand,
  OrganizationsClient,
  paginateListAccounts,
} from '@aws-sdk/client-organizations';
import { ListPermissionSetsCommand, SSOAdminClient } from '@aws-sdk/client-sso-admin';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { expect, test } from 'vitest';
import { buildWorld } from './build-world.ts';
import { fakeAwsForTest } from './fake-aws-for-test.ts';
import type { FaultKind } from './fault.ts';
import { itemsOf } from './items-of.ts';
import type { WorldInput } from './world-input.ts';

const PROD = '222222222222';
const DEV = '333333333333';
const WORLD: WorldInput = { accounts: [{ id: PROD }, { id: DEV }], permissionSets: ['Admin'] };
const InstanceArn = buildWorld(WORLD).instances[0]?.arn;
const ONCE = { maxAttempts: 1 };

function listSets(config = ONCE) {
  return new SSOAdminClient(config).send(new ListPermissionSetsCommand({ InstanceArn }));
}

function listRoles(config = ONCE) {
  return new IAMClient(config).send(new ListRolesCommand({}));
}

function assume(accountId: string) {
  const RoleArn = `arn:aws:iam::${accountId}:role/OrganizationAccountAccessRole`;
  return new STSClient(ONCE).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }));
}

test.each<[FaultKind, object]>([
  ['throttle', { name: 'ThrottlingException', message: 'Rate exceeded', $metadata: { httpStatusCode: 400 } }],
  ['500', { name: 'InternalServerException', $fault: 'server', $metadata: { httpStatusCode: 500 } }],
  ['expired', { name: 'ExpiredTokenException', message: expect.stringContaining('is expired') }],
  ['denied', { name: 'AccessDeniedException', message: expect.stringContaining('sso:ListPermissionSets') }],
  ['reset', { code: 'ECONNRESET' }],
  ['truncate', { code: 'ECONNRESET' }],
  ['half-body', { name: 'SyntaxError' }],
])('a JSON service meets %s once, then answers', async (kind, error) => {
  const fake = await fakeAwsForTest(WORLD);
  fake.inject({ operation: 'sso-admin.ListPermissionSets', kind, times: 1 });
  await expect(listSets()).rejects.toMatchObject(error);
  expect((await listSets()).PermissionSets).toHaveLength(1);
  expect(fake.calls['sso-admin.ListPermissionSets']).toBe(2);
});

test.each<[FaultKind, object]>([
  ['throttle', { name: 'Throttling', $metadata: { httpStatusCode: 400 } }],
  ['500', { name: 'ServiceFailureException', $metadata: { httpStatusCode: 500 } }],
  ['expired', { name: 'ExpiredToken', $metadata: { httpStatusCode: 403 } }],
  ['denied', { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }],
  ['reset', { code: 'ECONNRESET' }],
  ['truncate', { code: 'ECONNRESET' }],
  ['half-body', {}],
])('a query service meets %s once, then answers', async (kind, error) => {
  const fake = await fakeAwsForTest(WORLD);
  fake.inject({ operation: 'iam.*', kind, times: 1 });
  await expect(listRoles()).rejects.toMatchObject(error);
  expect((await listRoles()).Roles).toHaveLength(1);
});

test.each<FaultKind>(['throttle', '500', 'reset', 'truncate'])(
  'the SDK gets over %s by itself',
  async (kind) => {
    const fake = await fakeAwsForTest(WORLD);
    fake.inject({ operation: '*', kind, times: 1 });
    await expect(listSets({ maxAttempts: 3 })).resolves.toMatchObject({ $metadata: { attempts: 2 } });
  },
);

test('Organizations has its own throttling error', async () => {
  const fake = await fakeAwsForTest(WORLD);
  fake.inject({ operation: 'organizations.ListAccounts', kind: 'throttle' });
  const listing = new OrganizationsClient(ONCE).send(new ListAccountsCommand({}));
  await expect(listing).rejects.toMatchObject({ name: 'TooManyRequestsException' });
  expect(fake.throttled).toEqual({ 'organizations.ListAccounts': 1 });
});

test('a fault strikes one account, and only after the calls it skips', async () => {
  const fake = await fakeAwsForTest(WORLD);
  fake.inject({ operation: 'sts.AssumeRole', accountId: DEV, kind: 'denied', after: 1 });
  await assume(PROD);
  await assume(DEV);
  await assume(PROD);
  await expect(assume(DEV)).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('a call that hangs waits until it is aborted', async () => {
  const fake = await fakeAwsForTest(WORLD);
  fake.inject({ operation: 'iam.ListRoles', kind: 'hang' });
  const abortController = new AbortController();
  const abortSignal = abortController.signal;
  const listing = new IAMClient(ONCE).send(new ListRolesCommand({}), { abortSignal });
  await fake.reached('iam.ListRoles', 1);
  abortController.abort();
  await expect(listing).rejects.toMatchObject({ name: 'AbortError' });
});

test('an empty page with a token leads to the same items', async () => {
  const fake = await fakeAwsForTest(WORLD, { pageSize: 2 });
  fake.inject({ operation: 'organizations.ListAccounts', kind: 'empty-page-with-token', after: 1, times: 1 });
  const client = new OrganizationsClient({});
  const accounts = await itemsOf(paginateListAccounts({ client }, {}), (page) => page.Accounts);
  expect(accounts.map((account) => account.Id)).toEqual(['111111111111', PROD, DEV]);
  expect(fake.calls).toEqual({ 'organizations.ListAccounts': 3 });
});

test('the credentials of the caller and of an assumed role expire after a number of calls', async () => {
  await fakeAwsForTest(WORLD, { userCalls: 2, sessionCalls: 1 });
  const params = { RoleArn: `arn:aws:iam::${PROD}:role/OrganizationAccountAccessRole` };
  const iam = new IAMClient({ ...ONCE, credentials: fromTemporaryCredentials({ params }) });
  await iam.send(new ListRolesCommand({}));
  await expect(iam.send(new ListRolesCommand({}))).rejects.toMatchObject({ name: 'ExpiredToken' });
  await listRoles();
  await expect(listRoles()).rejects.toMatchObject({ name: 'ExpiredToken' });
});

test('reset forgets counts and faults', async () => {
  const fake = await fakeAwsForTest(WORLD);
  fake.inject({ operation: '*', kind: 'denied' });
  await expect(listRoles()).rejects.toThrow();
  fake.reset();
  await listRoles();
  expect(fake.calls).toEqual({ 'iam.ListRoles': 1 });
});

test('a share of answers fails, the same ones each time', async () => {
  const outcomes = async () => {
    // The SDK calls a reset connection a TimeoutError.
    await fakeAwsForTest(WORLD, { faultRate: 0.3, faultSeed: 'a' });
    const ids = Array.from({ length: 40 }, (_, n) => `ou-${n}`);
    const client = new OrganizationsClient({ maxAttempts: 1 });
    const describe = (OrganizationalUnitId: string) =>
      client
        .send(new DescribeOrganizationalUnitCommand({ OrganizationalUnitId }))
        .catch((e: Error) => e.name);
    return Promise.all(ids.map(describe));
  };
  const first = await outcomes();
  expect(await outcomes()).toEqual(first);
  const failed = first.filter((name) => name !== 'OrganizationalUnitNotFoundException');
  expect(failed.length).toBeGreaterThan(4);
  expect(failed.length).toBeLessThan(20);
  expect(new Set(failed)).toEqual(new Set(['ServiceException', 'TimeoutError', 'TooManyRequestsException']));
});
