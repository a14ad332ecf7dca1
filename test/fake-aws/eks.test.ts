import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  type CreateAccessEntryCommandInput,
  DeleteAccessEntryCommand,
  DescribeAccessEntryCommand,
  DescribeClusterCommand,
  DisassociateAccessPolicyCommand,
  EKSClient,
  ListAccessEntriesCommand,
  ListAssociatedAccessPoliciesCommand,
  paginateListAccessEntries,
  UpdateAccessEntryCommand,
} from '@aws-sdk/client-eks';
import { describe, expect, test } from 'vitest';
import { fakeAwsForTest } from './fake-aws-for-test.ts';
import { itemsOf } from './items-of.ts';
import type { WorldInput } from './world-input.ts';

const ACCOUNT = '111111111111';
const NODE = `arn:aws:iam::${ACCOUNT}:role/eks/node`;
const ADMIN = `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef`;
const ADMIN_POLICY = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';
const VIEW_POLICY = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy';
const WORLD: WorldInput = {
  permissionSets: ['Admin'],
  accounts: [{ id: '222222222222', name: 'dev' }],
  roles: [
    { account: ACCOUNT, permissionSet: 'Admin', suffix: '0123456789abcdef' },
    { account: ACCOUNT, name: 'node', path: '/eks/' },
    { account: 'dev', name: 'deployer' },
  ],
  clusters: [
    {
      name: 'prod',
      accessEntries: [
        {
          permissionSet: 'Admin',
          username: 'admin:{{SessionName}}',
          policies: ['AmazonEKSClusterAdminPolicy'],
        },
        { principalArn: NODE, type: 'EC2_LINUX' },
        {
          principalArn: `arn:aws:iam::${ACCOUNT}:user/ada`,
          groups: ['devs'],
          createdAt: '2024-07-01T00:00:00Z',
        },
      ],
    },
    { name: 'empty', authenticationMode: 'API' },
    { name: 'old', authenticationMode: null },
    { name: 'abroad', region: 'us-east-1' },
  ],
};

async function client() {
  const fake = await fakeAwsForTest(WORLD);
  return { fake, eks: new EKSClient({ maxAttempts: 1 }) };
}

const PROD = { clusterName: 'prod' };
const EMPTY = { clusterName: 'empty' };

test('a cluster has its ARN and mode, only in its own account and region', async () => {
  const { eks } = await client();
  const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'prod' }));
  expect(cluster?.arn).toBe(`arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod`);
  expect(cluster?.accessConfig?.authenticationMode).toBe('API_AND_CONFIG_MAP');
  const old = await eks.send(new DescribeClusterCommand({ name: 'old' }));
  expect(old.cluster?.accessConfig).toBeUndefined();
  await expect(eks.send(new DescribeClusterCommand({ name: 'abroad' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'No cluster found for name: abroad.',
    $metadata: { httpStatusCode: 404 },
  });
});

test('access entries are listed page by page, and each has the defaults of EKS', async () => {
  const { fake, eks } = await client();
  const pages = paginateListAccessEntries({ client: eks, pageSize: 2 }, { ...PROD });
  const principals = await itemsOf(pages, ({ accessEntries }) => accessEntries);
  expect(principals).toEqual([ADMIN, NODE, `arn:aws:iam::${ACCOUNT}:user/ada`]);
  expect(fake.calls['eks.ListAccessEntries']).toBe(2);
  const describe = async (principalArn: string) =>
    (await eks.send(new DescribeAccessEntryCommand({ ...PROD, principalArn }))).accessEntry;
  expect(await describe(ADMIN)).toMatchObject({ type: 'STANDARD', username: 'admin:{{SessionName}}' });
  expect(await describe(NODE)).toMatchObject({
    type: 'EC2_LINUX',
    username: 'system:node:{{EC2PrivateDNSName}}',
    kubernetesGroups: ['system:nodes'],
  });
  expect(await describe(`arn:aws:iam::${ACCOUNT}:user/ada`)).toMatchObject({
    username: `arn:aws:iam::${ACCOUNT}:user/ada`,
    kubernetesGroups: ['devs'],
    createdAt: new Date('2024-07-01T00:00:00Z'),
  });
  const policies = await eks.send(new ListAssociatedAccessPoliciesCommand({ ...PROD, principalArn: ADMIN }));
  expect(policies.associatedAccessPolicies).toMatchObject([
    { policyArn: ADMIN_POLICY, accessScope: { type: 'cluster', namespaces: [] } },
  ]);
});

test('an entry is created once, updated, and deleted', async () => {
  const { fake, eks } = await client();
  const created = { ...EMPTY, principalArn: ADMIN, kubernetesGroups: ['devs'] };
  await eks.send(new CreateAccessEntryCommand(created));
  await expect(eks.send(new CreateAccessEntryCommand(created))).rejects.toMatchObject({
    name: 'ResourceInUseException',
    $metadata: { httpStatusCode: 409 },
  });
  const [before] = entriesOf('empty');
  await eks.send(new UpdateAccessEntryCommand({ ...created, kubernetesGroups: ['ops'], username: 'a' }));
  expect(entriesOf('empty')).toEqual([{ ...before, kubernetesGroups: ['ops'], username: 'a' }]);
  await eks.send(new UpdateAccessEntryCommand({ ...EMPTY, principalArn: ADMIN }));
  expect(entriesOf('empty')).toMatchObject([
    { kubernetesGroups: [], username: expect.stringMatching(/assumed-role\/AWSReservedSSO_Admin/) },
  ]);
  await eks.send(new DeleteAccessEntryCommand({ ...EMPTY, principalArn: ADMIN }));
  expect(entriesOf('empty')).toEqual([]);
  await expect(
    eks.send(new DescribeAccessEntryCommand({ ...EMPTY, principalArn: ADMIN })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });

  function entriesOf(name: string) {
    return fake.clusters.find((cluster) => cluster.name === name)?.accessEntries ?? [];
  }
});

test('a policy has one scope, which the next association replaces', async () => {
  const { fake, eks } = await client();
  const of = { ...PROD, principalArn: ADMIN };
  const associate = (policyArn: string, ...namespaces: string[]) => {
    const accessScope = { type: namespaces.length > 0 ? 'namespace' : 'cluster', namespaces } as const;
    return eks.send(new AssociateAccessPolicyCommand({ ...of, policyArn, accessScope }));
  };
  await associate(VIEW_POLICY);
  await associate(VIEW_POLICY, 'dev-*');
  expect(fake.clusters[0]?.accessEntries[0]?.policies).toEqual([
    { policyArn: ADMIN_POLICY, scope: 'cluster' },
    { policyArn: VIEW_POLICY, scope: { namespaces: ['dev-*'] } },
  ]);
  const viewers = await eks.send(new ListAccessEntriesCommand({ ...PROD, associatedPolicyArn: VIEW_POLICY }));
  expect(viewers.accessEntries).toEqual([ADMIN]);
  await eks.send(new DisassociateAccessPolicyCommand({ ...of, policyArn: VIEW_POLICY }));
  expect(fake.clusters[0]?.accessEntries[0]?.policies).toHaveLength(1);
  await expect(associate('arn:aws-cn:eks::aws:cluster-access-policy/AmazonEKSViewPolicy')).rejects.toThrow(
    'policyArn is invalid',
  );
  await expect(
    eks.send(
      new AssociateAccessPolicyCommand({
        ...PROD,
        principalArn: NODE,
        policyArn: VIEW_POLICY,
        accessScope: { type: 'cluster' },
      }),
    ),
  ).rejects.toThrow('can only be performed on Access Entries with a type of "STANDARD"');
});

test('entries of EKS Auto Mode can have access policies too', async () => {
  const { eks } = await client();
  const of = { clusterName: 'prod', principalArn: NODE };
  await eks.send(new DeleteAccessEntryCommand(of));
  await eks.send(new CreateAccessEntryCommand({ ...of, type: 'EC2' }));
  const policyArn = ADMIN_POLICY.replace('ClusterAdmin', 'AutoNode');
  await eks.send(new AssociateAccessPolicyCommand({ ...of, policyArn, accessScope: { type: 'cluster' } }));
  const { associatedAccessPolicies } = await eks.send(new ListAssociatedAccessPoliciesCommand(of));
  expect(associatedAccessPolicies).toMatchObject([{ policyArn }]);
});

describe('EKS refuses to create', () => {
  const STRIPPED = ADMIN.replace('aws-reserved/sso.amazonaws.com/eu-west-1/', '');
  const INVALID = 'The specified principalArn is invalid: invalid principal.';
  const REFUSED: [string, Partial<CreateAccessEntryCommandInput>, string][] = [
    ['a principal without its path', { principalArn: STRIPPED }, INVALID],
    ['a role that is not there', { principalArn: `${ADMIN}0` }, INVALID],
    [
      'a role of an account that is not there',
      { principalArn: NODE.replace(ACCOUNT, '999999999999') },
      INVALID,
    ],
    ['a session', { principalArn: `arn:aws:sts::${ACCOUNT}:assumed-role/node/i-1` }, INVALID],
    [
      'a service-linked role',
      {
        principalArn: `arn:aws:iam::${ACCOUNT}:role/aws-service-role/sso.amazonaws.com/AWSServiceRoleForSSO`,
      },
      'Service Linked Role',
    ],
    ['system: groups', { kubernetesGroups: ['a', 'system:masters'] }, 'it cannot start with system:'],
    ['system: usernames', { username: 'system:me' }, 'must not begin with system:'],
    ['iam: usernames', { username: 'iam:me' }, 'must not begin with iam:'],
    ['session names without a colon', { username: 'me-{{SessionName}}' }, 'must have a colon'],
    ['an unknown type', { type: 'OTHER' }, 'type is invalid'],
    ['groups of nodes', { principalArn: NODE, type: 'EC2_LINUX', kubernetesGroups: ['a'] }, 'cannot be set'],
    [
      'users as nodes',
      { principalArn: `arn:aws:iam::${ACCOUNT}:user/ada`, type: 'EC2_LINUX' },
      'only an IAM role',
    ],
    [
      'foreign nodes',
      { principalArn: 'arn:aws:iam::222222222222:role/deployer', type: 'EC2_LINUX' },
      'only an IAM role',
    ],
  ];
  test.each(REFUSED)('%s', async (_, input, message) => {
    const { eks } = await client();
    const command = new CreateAccessEntryCommand({ ...EMPTY, principalArn: ADMIN, ...input });
    await expect(eks.send(command)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining(message),
    });
  });

  test('anything in a mode without the authentication mode API', async () => {
    const { eks } = await client();
    for (const Command of [CreateAccessEntryCommand, DescribeAccessEntryCommand, DeleteAccessEntryCommand]) {
      const command = new Command({ clusterName: 'old', principalArn: ADMIN }) as CreateAccessEntryCommand;
      await expect(eks.send(command)).rejects.toMatchObject({
        name: 'InvalidRequestException',
        message: expect.stringContaining('must be set to one of [API, API_AND_CONFIG_MAP]'),
      });
    }
  });
});

test.each([
  `arn:aws:iam::${ACCOUNT}:root`,
  'arn:aws:iam::222222222222:role/deployer',
  `arn:aws:iam::${ACCOUNT}:user/team/ada`,
])('EKS takes %s, with or without a legal username', async (principalArn) => {
  const { eks } = await client();
  const input = { ...EMPTY, principalArn, username: 'sso:{{SessionName}}' };
  const { accessEntry } = await eks.send(new CreateAccessEntryCommand(input));
  expect(accessEntry?.username).toBe('sso:{{SessionName}}');
});

test('denials and throttles look like those from REST services', async () => {
  const denied = {
    accounts: [{ id: ACCOUNT, denies: ['eks.DescribeCluster'] }],
    clusters: [{ name: 'prod' }],
  };
  await fakeAwsForTest(denied, {
    rates: { eks: { perSecond: 0.001, burst: 1, per: 'place' } },
    now: () => 0,
  });
  const eks = new EKSClient({ maxAttempts: 1 });
  const ask = () => eks.send(new DescribeClusterCommand({ name: 'prod' }));
  await expect(ask()).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('eks:DescribeCluster'),
    $metadata: { httpStatusCode: 403 },
  });
  await expect(ask()).rejects.toMatchObject({
    name: 'TooManyRequestsException',
    $metadata: { httpStatusCode: 429 },
  });
  expect((await eks.send(new ListAccessEntriesCommand({ clusterName: 'prod' }))).accessEntries).toEqual([]);
});
