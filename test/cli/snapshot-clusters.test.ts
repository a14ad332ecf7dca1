import { describe, expect, test } from 'vitest';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';
import { runWithEnvironment as run } from './run.ts';

const [HUB, PROD, DEV] = ['111111111111', '222222222222', '333333333333'];
const VENDOR = 'arn:aws:iam::999999999999:role/vendor';
const WORLD: WorldInput = {
  accounts: [
    { id: PROD, name: 'prod' },
    { id: DEV, name: 'dev' },
  ],
  permissionSets: ['Admin'],
  provisioned: [HUB, PROD, DEV].map((account) => ({ account, permissionSet: 'Admin' })),
  roles: [{ account: PROD, name: 'Deployer', path: '/ci/', createdAt: '2025-01-02T03:04:05.000Z' }],
  clusters: [
    {
      name: 'main',
      accessEntries: [
        { account: PROD, permissionSet: 'Admin', username: 'sso:{{SessionName}}', groups: ['devs'] },
        { account: DEV, permissionSet: 'Admin', policies: ['AmazonEKSViewPolicy'] },
        { principalArn: `arn:aws:iam::${PROD}:role/ci/deployer` },
        { principalArn: `arn:aws:iam::${PROD}:role/gone` },
        { principalArn: `arn:aws:iam::${PROD}:user/ada` },
        // Of an account that nobody here can read.
        { principalArn: VENDOR },
      ],
    },
    { name: 'other', region: 'us-east-1', authenticationMode: 'CONFIG_MAP' },
  ],
};
const OTHER = `arn:aws:eks:us-east-1:${HUB}:cluster/other`;

function idsRead(stdout: string): string[] {
  const { accounts } = JSON.parse(stdout) as { accounts: { id: string; rolesRead: boolean }[] };
  return accounts.flatMap(({ id, rolesRead }) => (rolesRead ? id : []));
}

describe('snapshot --cluster', () => {
  test('without a scope reads the accounts of the clusters and of the roles in their access entries', async () => {
    await fakeAwsForTest(WORLD);
    const { exitCode, stdout, stderr } = await run(['snapshot', '--cluster', 'main', '--cluster', OTHER]);
    expect(exitCode).toBe(0);
    expect(idsRead(stdout)).toEqual([HUB, PROD, DEV]);
    expect(stderr).toMatch(
      /^note: no accounts selected: reading those of the clusters and of their access entries, 111111111111, 222222222222, 333333333333\nnote: whether 1 role of account 999999999999 still exists is not known \(sts:AssumeRole is denied\): .*\n {2}.*\n$/,
    );
    const { clusters, otherRoles } = JSON.parse(stdout);
    expect(otherRoles).toEqual([
      {
        arn: `arn:aws:iam::${PROD}:role/deployer`,
        role: {
          pathArn: `arn:aws:iam::${PROD}:role/ci/Deployer`,
          createdAt: '2025-01-02T03:04:05.000Z',
        },
      },
      { arn: `arn:aws:iam::${PROD}:role/gone`, role: null },
    ]);
    expect(clusters).toMatchObject([
      {
        name: 'main',
        arn: `arn:aws:eks:eu-west-1:${HUB}:cluster/main`,
        authenticationMode: 'API_AND_CONFIG_MAP',
        accessEntries: [
          { username: 'sso:{{SessionName}}', kubernetesGroups: ['devs'], policies: [] },
          ...['role/ci/deployer', 'role/gone', 'user/ada'].map((name) => ({
            principalArn: `arn:aws:iam::${PROD}:${name}`,
          })),
          {
            policies: [
              { policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy', scope: 'cluster' },
            ],
          },
          { principalArn: VENDOR },
        ],
      },
      { name: 'other', arn: OTHER, authenticationMode: 'CONFIG_MAP', accessEntries: [] },
    ]);
  });

  test('with a scope reads that alone, and says what the snapshot does not hold', async () => {
    const fake = await fakeAwsForTest(WORLD);
    const { exitCode, stdout, stderr } = await run(['snapshot', '--cluster', 'main', '--account', PROD]);
    expect([exitCode, idsRead(stdout)]).toEqual([0, [PROD]]);
    expect(fake.calls['sts.AssumeRole']).toBe(2);
    expect(JSON.parse(stdout).otherRoles).toHaveLength(2);
    expect(stderr).toBe(
      'note: access entries have roles of accounts that the snapshot does not hold, so it cannot tell whether they are still there: 333333333333, 999999999999\n' +
        '  Add them to the scope, for example with --account 333333333333.\n',
    );
  });

  test('looks no roles up in accounts that are excluded', async () => {
    await fakeAwsForTest(WORLD);
    const { stdout, stderr } = await run(['snapshot', '--cluster', 'main', '--exclude-account', PROD]);
    expect(idsRead(stdout)).toEqual([HUB, DEV]);
    expect(JSON.parse(stdout)).toMatchObject({ otherRoles: [] });
    expect(stderr).toContain(`whether they are still there: ${PROD}\n`);
  });

  test('takes the accounts of a config before those of the access entries', async () => {
    await fakeAwsForTest(WORLD);
    const config = `accounts: ["${DEV}"]\nmappings:\n  - permissionSet: Admin\n    groups: [a]\n`;
    const cwd = await scratch({ 'aws-auth-sso.yaml': config });
    const { stdout } = await run(['snapshot', '--cluster', 'main'], { cwd });
    expect(idsRead(stdout)).toEqual([DEV]);
  });

  test('does without the mappings of a config that names no accounts', async () => {
    await fakeAwsForTest(WORLD);
    const cwd = await scratch({
      'own.yaml':
        'mappings:\n  - { permissionSet: Admin, groups: [a] }\n  - { permissionSet: B, groups: [b], accounts: [dev] }\n',
    });
    const { stdout, stderr } = await run(['snapshot', '--cluster', OTHER, '-c', 'own.yaml'], { cwd });
    expect(idsRead(stdout)).toEqual([HUB]);
    expect(stderr).toContain('no accounts selected');
  });

  test('has a cluster that is named twice once', async () => {
    await fakeAwsForTest(WORLD);
    const own = `arn:aws:eks:eu-west-1:${HUB}:cluster/main`;
    const { stdout } = await run(['snapshot', '--cluster', 'main', '--cluster', own]);
    expect(JSON.parse(stdout).clusters).toHaveLength(1);
  });

  test('can be read in place of AWS', async () => {
    const fake = await fakeAwsForTest(WORLD);
    const { stdout } = await run(['snapshot', '--cluster', 'main']);
    const cwd = await scratch({ 'aws.json': stdout });
    fake.reset();
    const offline = await run(['roles', '--all-accounts', '--inventory', 'aws.json', '-o', 'name'], { cwd });
    expect(offline).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^(arn:.*\n){3}$/) });
    expect(fake.calls).toEqual({});
  });

  test.each([
    ['absent', 2, 'error: no EKS cluster "absent" in account 111111111111, region eu-west-1'],
    ['a/b', 2, 'error: --cluster: "a/b" is not the name of an EKS cluster'],
    ['arn:aws:iam::111111111111:role/a', 2, 'is not the ARN of an EKS cluster'],
    [`arn:aws-cn:eks:cn-north-1:${HUB}:cluster/main`, 2, 'is in partition aws-cn'],
    [
      'arn:aws:eks:eu-west-1:999999999999:cluster/main',
      3,
      'error: cluster main cannot be read (sts:AssumeRole',
    ],
  ])('refuses %s, and writes nothing', async (cluster, exitCode, message) => {
    await fakeAwsForTest(WORLD);
    const ran = await run(['snapshot', '--cluster', cluster, '--account', PROD]);
    expect(ran).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(message) });
  });

  test('lacks a cluster of another account or region: the help names it by the ARN that was given', async () => {
    await fakeAwsForTest(WORLD);
    const { stdout } = await run(['snapshot', '--cluster', 'main']);
    const cwd = await scratch({ 'aws.json': stdout });
    const absent = `arn:aws:eks:us-east-1:${PROD}:cluster/main`;
    const args = ['check', '--inventory', 'aws.json', '--cluster'];
    expect((await run([...args, absent], { cwd })).stderr).toBe(
      `error: the snapshot does not have the cluster "${absent}"\n` +
        `  It has arn:aws:eks:eu-west-1:${HUB}:cluster/main. Take a new snapshot with \`aws-auth-sso snapshot --cluster ${absent}\`.\n`,
    );
    expect((await run([...args, 'mian'], { cwd })).stderr).toContain(
      'It has main. Take a new snapshot with `aws-auth-sso snapshot --cluster mian`.',
    );
  });

  test.each([
    [
      'a type of access entry that this version does not know',
      { principalArn: VENDOR, type: 'NEW_LINUX' },
      'clusters.0.accessEntries.0.type: must be one of STANDARD, ',
    ],
    [
      'a policy that EKS gives no nodes',
      { principalArn: VENDOR, type: 'EC2', policies: ['AmazonEKSClusterAdminPolicy'] },
      'clusters.0.accessEntries.0.policies.0: an access entry of type EC2 cannot have the policy AmazonEKSClusterAdminPolicy cluster-wide',
    ],
    [
      'a group of Kubernetes itself',
      { principalArn: VENDOR, groups: ['system:masters'] },
      'clusters.0.accessEntries.0.kubernetesGroups.0: an access entry of type STANDARD cannot have the group "system:masters"',
    ],
  ])('is not written with %s, which nobody could read', async (_, entry, problem) => {
    await fakeAwsForTest({ ...WORLD, clusters: [{ name: 'main', accessEntries: [entry] }] });
    const ran = await run(['snapshot', '--cluster', 'main', '--account', PROD, '--quiet']);
    expect([ran.exitCode, ran.stdout]).toEqual([3, '']);
    expect(ran.stderr).toContain(`error: AWS answered with a value that a snapshot can't hold: ${problem}`);
    expect(ran.stderr).toContain('\n  Update aws-auth-sso if the value is new, ');
  });

  test('has no clusters, and asks EKS nothing, without the option', async () => {
    const fake = await fakeAwsForTest(WORLD);
    const { stdout } = await run(['snapshot', '--account', PROD]);
    expect(JSON.parse(stdout)).not.toHaveProperty('clusters');
    expect(Object.keys(fake.calls).filter((call) => call.startsWith('eks.'))).toEqual([]);
  });
});
