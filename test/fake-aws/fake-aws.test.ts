import { IAMClient, ListRolesCommand, paginateListRoles, type Role } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { expect, test } from 'vitest';
import { isolatedEnvironment } from './environment.ts';
import { fakeAwsForTest, useEnvironment } from './fake-aws-for-test.ts';
import { itemsOf } from './items-of.ts';
import type { WorldInput } from './world-input.ts';

const PROD = '222222222222';
const DEV = '333333333333';
const WORLD: WorldInput = {
  accounts: [
    { id: PROD, name: 'prod', externalId: 'sesame' },
    { id: DEV, name: 'dev', state: 'SUSPENDED' },
  ],
  permissionSets: ['Admin', 'Dev.Ops+1'],
  assignments: [
    { account: 'prod', permissionSet: 'Admin', group: 'Platform' },
    { account: 'prod', permissionSet: 'Dev.Ops+1', group: 'Platform' },
  ],
  missingRoles: [{ account: 'prod', permissionSet: 'Admin' }],
  roles: [
    { account: 'prod', permissionSet: 'Gone', suffix: '0123456789abcdef', createdAt: '2023-01-02T03:04:05Z' },
  ],
};
const PREFIX = '/aws-reserved/sso.amazonaws.com/';

function assumed(accountId: string, externalId?: string) {
  const RoleArn = `arn:aws:iam::${accountId}:role/OrganizationAccountAccessRole`;
  const params = { RoleArn, RoleSessionName: 'test', ...(externalId ? { ExternalId: externalId } : {}) };
  return fromTemporaryCredentials({ params });
}

function rolesOf(client: IAMClient, PathPrefix?: string): Promise<Role[]> {
  return itemsOf(
    paginateListRoles({ client }, { ...(PathPrefix ? { PathPrefix } : {}) }),
    (page) => page.Roles,
  );
}

test('STS returns the caller', async () => {
  await fakeAwsForTest(WORLD);
  const answer = await new STSClient({}).send(new GetCallerIdentityCommand({}));
  expect(answer.Account).toBe('111111111111');
  expect(answer.Arn).toBe('arn:aws:iam::111111111111:user/engineer');
});

test('an assumed role lists the provisioned roles of its account, page by page', async () => {
  const fake = await fakeAwsForTest(WORLD, { pageSize: 1 });
  const roles = await rolesOf(new IAMClient({ credentials: assumed(PROD, 'sesame') }), PREFIX);
  expect(roles.map((role) => role.Arn)).toEqual([
    expect.stringMatching(
      /^arn:aws:iam::222222222222:role\/.*\/eu-west-1\/AWSReservedSSO_Dev\.Ops\+1_[0-9a-f]{16}$/,
    ),
    `arn:aws:iam::222222222222:role${PREFIX}eu-west-1/AWSReservedSSO_Gone_0123456789abcdef`,
  ]);
  expect(roles[1]?.CreateDate?.toISOString()).toBe('2023-01-02T03:04:05.000Z');
  expect(fake.calls).toEqual({ 'iam.ListRoles': 2, 'sts.AssumeRole': 1 });
});

test('without a prefix, other roles are listed too', async () => {
  await fakeAwsForTest(WORLD);
  const roles = await rolesOf(new IAMClient({ credentials: assumed(PROD, 'sesame') }));
  expect(roles.map((role) => role.RoleName)).toContain('OrganizationAccountAccessRole');
  expect(roles).toHaveLength(4);
});

test("the role path has no region if Identity Center's home is us-east-1", async () => {
  const assignments = [{ account: 'management', permissionSet: 'Admin', group: 'Platform' }];
  await fakeAwsForTest({ homeRegion: 'us-east-1', permissionSets: ['Admin'], assignments });
  const [role] = await rolesOf(new IAMClient({}), PREFIX);
  expect(role?.Path).toBe(PREFIX);
});

test('ARNs have the partition of the home region', async () => {
  await fakeAwsForTest({ homeRegion: 'cn-north-1' });
  const answer = await new STSClient({}).send(new GetCallerIdentityCommand({}));
  expect(answer.Arn).toBe('arn:aws-cn:iam::111111111111:user/engineer');
});

test('a key is unknown in another partition', async () => {
  await fakeAwsForTest({ homeRegion: 'us-gov-west-1' });
  await expect(new IAMClient({}).send(new ListRolesCommand({}))).resolves.toBeDefined();
  const calling = new STSClient({ region: 'eu-west-1' }).send(new GetCallerIdentityCommand({}));
  await expect(calling).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
});

test.each([
  ['the external ID is missing', PROD, undefined],
  ['the external ID is wrong', PROD, 'open'],
  ['the account is suspended', DEV, undefined],
  ['there is no such account', '999999999999', undefined],
  ['there is no such role', '111111111111', undefined],
])('AssumeRole is denied if %s', async (_, accountId, externalId) => {
  await fakeAwsForTest(WORLD);
  const reading = rolesOf(new IAMClient({ credentials: assumed(accountId, externalId) }));
  await expect(reading).rejects.toMatchObject({
    name: 'AccessDenied',
    message: `User: arn:aws:iam::111111111111:user/engineer is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${accountId}:role/OrganizationAccountAccessRole`,
    $metadata: { httpStatusCode: 403 },
  });
});

test('a member account may not assume the role, which trusts the management account', async () => {
  await fakeAwsForTest({ accounts: [{ id: PROD }, { id: DEV }] }, { callerAccountId: DEV });
  await expect(rolesOf(new IAMClient({ credentials: assumed(PROD) }))).rejects.toThrow('sts:AssumeRole');
});

test('ListRoles accepts at most 1000 items', async () => {
  await fakeAwsForTest(WORLD);
  const listing = new IAMClient({}).send(new ListRolesCommand({ MaxItems: 1001 }));
  await expect(listing).rejects.toMatchObject({
    name: 'ValidationError',
    $metadata: { httpStatusCode: 400 },
  });
});

test('an unknown key and missing credentials have different errors', async () => {
  const fake = await fakeAwsForTest(WORLD);
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' };
  const calling = new STSClient({ credentials }).send(new GetCallerIdentityCommand({}));
  await expect(calling).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  useEnvironment(isolatedEnvironment(fake.url, 'eu-west-1'));
  await expect(new STSClient({}).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'CredentialsProviderError',
  });
});

test("an account denies the world's denied operations", async () => {
  const accounts = [{ id: '111111111111', denies: ['iam.*'] }];
  await fakeAwsForTest({ accounts });
  await expect(new IAMClient({}).send(new ListRolesCommand({}))).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('iam:ListRoles'),
  });
  await expect(new STSClient({}).send(new GetCallerIdentityCommand({}))).resolves.toBeDefined();
});
