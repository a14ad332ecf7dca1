import { describe, expect, test } from 'vitest';
import { renderAwsCli } from '../../src/access-entries/aws-cli.ts';
import { type AccessEntry, clusterAdminPolicy } from '../../src/access-entry.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { FakeAwsOptions } from '../fake-aws/options.ts';
import type { FakeAws } from '../fake-aws/server.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { awsCommand, optionsIn, runScript } from './aws-command.ts';
import { accessEntry, clusterAdmin, HOSTILE_NAMES } from './entries.ts';

const ACCOUNT = '111122223333';
const PATH = `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/`;
const ADMIN = `${PATH}AWSReservedSSO_Admin_0123456789abcdef`;
const VIEWER = `${PATH}AWSReservedSSO_Viewer_0123456789abcdef`;
const NODES = `arn:aws:iam::${ACCOUNT}:role/nodes`;
const VIEW_POLICY = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy';

type Cluster = NonNullable<WorldInput['clusters']>[number];

const WORLD: WorldInput = {
  managementAccountId: ACCOUNT,
  homeRegion: 'us-east-1',
  roles: [
    { account: ACCOUNT, permissionSet: 'Admin', suffix: '0123456789abcdef' },
    { account: ACCOUNT, permissionSet: 'Viewer', suffix: '0123456789abcdef' },
    { account: ACCOUNT, name: 'nodes' },
  ],
};

const WANTED: readonly AccessEntry[] = [
  accessEntry(ADMIN, { username: 'sso:{{SessionName}}', ...clusterAdmin() }),
  accessEntry(VIEWER, {
    kubernetesGroups: ['viewers', 'auditors', 'developers'],
    policies: [{ policyArn: VIEW_POLICY, scope: { namespaces: ['dev-*', 'qa'] } }],
  }),
  accessEntry(NODES, { type: 'EC2_LINUX' }),
];

function fakeWith(cluster: Partial<Cluster> = {}, options: FakeAwsOptions = {}): Promise<FakeAws> {
  return fakeAwsForTest({ ...WORLD, clusters: [{ name: 'prod', ...cluster }] }, { pageSize: 2, ...options });
}

function run(fake: FakeAws, entries: readonly AccessEntry[] = WANTED, region: string | null = null) {
  return runScript(renderAwsCli(entries, { cluster: 'prod', arn: null, region }), awsCommand(fake.env));
}

/** The entries of the cluster, without their dates. */
function entriesOf(fake: FakeAws): readonly AccessEntry[] {
  const entries = fake.clusters[0]?.accessEntries ?? [];
  return entries.map(({ createdAt: _, ...entry }) => entry);
}

function writes({ calls }: FakeAws): string[] {
  return Object.keys(calls).filter((name) => !/^eks\.(?:List|Describe)/.test(name));
}

describe('the script', () => {
  test('creates entries, changes nothing when it is run again, and corrects what was changed since', async () => {
    const fake = await fakeWith({}, { shuffle: 'x' });
    const first = await run(fake);
    expect(first).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        `${ADMIN}: created`,
        `${ADMIN}: associated ${clusterAdminPolicy('aws')}`,
        `${VIEWER}: created`,
        `${VIEWER}: associated ${VIEW_POLICY}`,
        `${NODES}: created`,
        'prod: access entries: 3, changes: 5',
        '',
      ].join('\n'),
    });
    const created = entriesOf(fake);
    expect(created).toMatchObject([
      WANTED[0],
      { ...WANTED[1], username: expect.stringContaining('{{SessionName}}') },
      { principalArn: NODES, type: 'EC2_LINUX' },
    ]);

    fake.reset();
    const unchanged = { code: 0, stderr: '', stdout: 'prod: access entries: 3, changes: 0\n' };
    expect(await run(fake)).toEqual(unchanged);
    expect(writes(fake)).toEqual([]);
    expect(fake.calls).toEqual({
      'eks.ListAccessEntries': 2,
      'eks.DescribeAccessEntry': 3,
      'eks.ListAssociatedAccessPolicies': 2,
    });

    const changed = WANTED.map((entry) => ({
      ...entry,
      kubernetesGroups: entry.type === 'STANDARD' ? ['other'] : [],
      policies: entry.policies.map(({ policyArn }) => ({ policyArn, scope: { namespaces: ['other'] } })),
    }));
    await run(fake, changed);
    expect(entriesOf(fake)).not.toEqual(created);
    const corrected = await run(fake);
    expect(corrected.stdout).toBe(
      [
        `${ADMIN}: updated`,
        `${ADMIN}: associated ${clusterAdminPolicy('aws')}`,
        `${VIEWER}: updated`,
        `${VIEWER}: associated ${VIEW_POLICY}`,
        'prod: access entries: 3, changes: 4',
        '',
      ].join('\n'),
    );
    expect(entriesOf(fake)).toEqual(created);
    expect(await run(fake)).toEqual(unchanged);
  });

  test('updates a username only where one is stated', async () => {
    const fake = await fakeWith({
      accessEntries: [
        { principalArn: ADMIN, username: 'x:{{SessionName}}' },
        { principalArn: VIEWER, username: 'y:{{SessionName}}' },
      ],
    });
    const { stdout } = await run(fake, [
      accessEntry(ADMIN, { username: 'sso:{{SessionName}}' }),
      accessEntry(VIEWER),
    ]);
    expect(stdout).toBe(`${ADMIN}: updated\nprod: access entries: 2, changes: 1\n`);
    expect(entriesOf(fake).map(({ username }) => username)).toEqual([
      'sso:{{SessionName}}',
      'y:{{SessionName}}',
    ]);
  });

  test('leaves other policies and other entries as they are, and lists the policies', async () => {
    const policies = ['AmazonEKSEditPolicy', 'AmazonEKSViewPolicy', 'AmazonEKSAdminPolicy'];
    const fake = await fakeWith({
      accessEntries: [
        { principalArn: ADMIN, policies: [...policies, 'AmazonEKSClusterAdminPolicy'] },
        { principalArn: VIEWER, groups: ['x'], policies },
      ],
    });
    const before = entriesOf(fake);
    const { code, stdout, stderr } = await run(fake, [accessEntry(ADMIN, clusterAdmin())]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'prod: access entries: 1, changes: 0\n' });
    expect(stderr).toBe(
      policies
        .map(
          (name) =>
            `warning: ${ADMIN}: also has arn:aws:eks::aws:cluster-access-policy/${name}, which is left as it is\n`,
        )
        .join(''),
    );
    expect(entriesOf(fake)).toEqual(before);
  });

  test('goes on after an entry of another type, and ends with 1', async () => {
    const fake = await fakeWith({ accessEntries: [{ principalArn: ADMIN, type: 'EC2_LINUX' }] });
    const { code, stdout, stderr } = await run(fake, [
      accessEntry(ADMIN, { kubernetesGroups: ['x'], ...clusterAdmin() }),
      accessEntry(VIEWER),
    ]);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: `${VIEWER}: created\nprod: access entries: 2, changes: 1\n`,
    });
    expect(stderr).toBe(
      `error: ${ADMIN}: the type is EC2_LINUX, not STANDARD, and cannot be changed: delete the access entry, then run this again\n`,
    );
  });

  test.each([
    ['ListAccessEntries', 'prod: aws eks list-access-entries failed', 0],
    ['DescribeAccessEntry', `${ADMIN}: aws eks describe-access-entry failed`, 0],
    ['ListAssociatedAccessPolicies', `${ADMIN}: aws eks list-associated-access-policies failed`, 1],
    ['UpdateAccessEntry', `${ADMIN}: aws eks update-access-entry failed`, 0],
    ['AssociateAccessPolicy', `${ADMIN}: aws eks associate-access-policy failed`, 1],
    ['CreateAccessEntry', `${VIEWER}: aws eks create-access-entry failed`, 2],
  ])('stops where %s is denied, and says at which entry', async (operation, message, changes) => {
    const fake = await fakeWith({ accessEntries: [{ principalArn: ADMIN, groups: ['x'] }] });
    fake.inject({ operation: `eks.${operation}`, kind: 'denied' });
    const { code, stdout, stderr } = await run(fake);
    expect(code).toBe(1);
    expect(stderr).toContain('AccessDenied');
    expect(stderr.endsWith(`\nerror: ${message}\n`)).toBe(true);
    expect(stdout.split('\n').length - 1).toBe(changes);
  });

  test('stops before it writes where the cluster is not there, or has no access entries', async () => {
    const fake = await fakeWith({ authenticationMode: 'CONFIG_MAP' });
    const noEntries = await run(fake);
    expect(noEntries.stderr).toContain('authentication mode must be set to one of');
    const elsewhere = await run(fake, WANTED, 'eu-central-1');
    expect(elsewhere.stderr).toContain('No cluster found for name: prod.');
    expect([noEntries.code, elsewhere.code, ...writes(fake)]).toEqual([1, 1]);
  });

  test('takes names to EKS and compares them as they are', async () => {
    const fake = await fakeWith({}, { shuffle: 'x' });
    const username = HOSTILE_NAMES.join(' ');
    const entries = [accessEntry(ADMIN, { kubernetesGroups: HOSTILE_NAMES, username })];
    await run(fake, entries);
    expect(entriesOf(fake)).toEqual(entries);
    fake.reset();
    expect(await run(fake, entries)).toMatchObject({ code: 0, stderr: '' });
    expect(writes(fake)).toEqual([]);
  });

  test('takes each name to the AWS CLI as JSON', async () => {
    const inputs: (string | undefined)[] = [];
    const entries = HOSTILE_NAMES.map((username, index) =>
      accessEntry(`arn:aws:iam::${ACCOUNT}:user/user-${index}`, { username }),
    );
    const script = renderAwsCli(entries, { cluster: 'prod', arn: null, region: null });
    expect(script).toMatch(/^[\n -~]*$/);
    const { code } = await runScript(script, ([, operation, ...args]) => {
      if (operation === 'create-access-entry') inputs.push(optionsIn(args)['cli-input-json']);
      return '';
    });
    expect(code).toBe(0);
    expect(inputs.map((input = '') => JSON.parse(input))).toEqual(
      HOSTILE_NAMES.map((username) => ({ kubernetesGroups: [], username })),
    );
  });
});
