import { IAMClient, paginateListRoles } from '@aws-sdk/client-iam';
import {
  DescribeOrganizationCommand,
  OrganizationsClient,
  paginateListAccounts,
} from '@aws-sdk/client-organizations';
import {
  DescribePermissionSetCommand,
  ListInstancesCommand,
  SSOAdminClient,
} from '@aws-sdk/client-sso-admin';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, expect, test } from 'vitest';
import { buildWorld } from './build-world.ts';
import type { FakeAwsOptions } from './options.ts';
import { type FakeAws, startFakeAws } from './server.ts';
import type { WorldInput } from './world-input.ts';

const PROD = '222222222222';
const WORLD: WorldInput = {
  accounts: [
    { id: PROD, name: 'prod', ou: 'Workloads/Prod' },
    { id: '333333333333', name: 'dev', state: 'SUSPENDED' },
  ],
  permissionSets: ['Admin', 'Dev.Ops+1'],
  assignments: [
    { account: 'prod', permissionSet: 'Admin', group: 'Platform' },
    { account: 'prod', permissionSet: 'Dev.Ops+1', user: 'ada' },
  ],
};

let fake: FakeAws;
afterEach(() => fake.close());

async function start(options: FakeAwsOptions = {}, world: WorldInput = WORLD) {
  fake = await startFakeAws(buildWorld(world), options);
  return configOf(fake);
}

function configOf({ url, env }: FakeAws) {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = env;
  return { endpoint: url, region: env.AWS_REGION ?? '', credentials: { accessKeyId, secretAccessKey } };
}

async function all<P>(pages: AsyncIterable<P>): Promise<P[]> {
  const found: P[] = [];
  for await (const page of pages) found.push(page);
  return found;
}

test('STS tells who calls', async () => {
  const config = await start();
  const answer = await new STSClient(config).send(new GetCallerIdentityCommand({}));
  expect(answer.Account).toBe('111111111111');
  expect(answer.Arn).toBe('arn:aws:iam::111111111111:user/engineer');
});

test('an assumed role lists the roles of its account', async () => {
  const config = await start({ pageSize: 2 });
  const RoleArn = `arn:aws:iam::${PROD}:role/OrganizationAccountAccessRole`;
  const { Credentials } = await new STSClient(config).send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }),
  );
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  const pages = await all(paginateListRoles({ client: new IAMClient({ ...config, credentials }) }, {}));
  const arns = pages.flatMap((page) => page.Roles ?? []).map((role) => role.Arn);
  expect(arns).toHaveLength(4);
  expect(fake.calls).toEqual({ 'iam.ListRoles': 2, 'sts.AssumeRole': 1 });
});

test('Organizations and sso-admin answer', async () => {
  const config = await start();
  const pages = await all(paginateListAccounts({ client: new OrganizationsClient(config) }, {}));
  expect(pages.flatMap((page) => page.Accounts ?? []).map((account) => account.State)).toEqual([
    'ACTIVE',
    'ACTIVE',
    'SUSPENDED',
  ]);
  const { Organization } = await new OrganizationsClient(config).send(new DescribeOrganizationCommand({}));
  expect(Organization?.MasterAccountId).toBe('111111111111');
  const sso = new SSOAdminClient(config);
  const { Instances } = await sso.send(new ListInstancesCommand({}));
  const InstanceArn = Instances?.[0]?.InstanceArn;
  const PermissionSetArn = buildWorld(WORLD).permissionSets[1]?.arn;
  const { PermissionSet } = await sso.send(
    new DescribePermissionSetCommand({ InstanceArn, PermissionSetArn }),
  );
  expect(PermissionSet?.Name).toBe('Dev.Ops+1');
});
