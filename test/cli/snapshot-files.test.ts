import { describe, expect, test } from 'vitest';
import { awsAuthOf, type Item } from '../access-entry/aws-auth-of.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';
import { runWithEnvironment as run, undated } from './run.ts';

const [HUB, PROD, DEV, LOCKED, VENDOR] = [
  '111111111111',
  '222222222222',
  '333333333333',
  '444444444444',
  '999999999999',
];
const SUFFIX = '0123456789abcdef';
const WORLD: WorldInput = {
  accounts: [
    { id: PROD, name: 'prod' },
    { id: DEV, name: 'dev' },
    { id: LOCKED, name: 'locked', assumableRole: null },
  ],
  permissionSets: ['Admin'],
  roles: [
    { account: PROD, permissionSet: 'Admin', suffix: SUFFIX },
    { account: PROD, name: 'Deployer', path: '/ci/', createdAt: '2025-01-02T03:04:05.000Z' },
    { account: PROD, name: 'node', path: '/eks/', createdAt: '2025-01-02T03:04:05.000Z' },
    { account: DEV, name: 'ci', path: '/a/b/', createdAt: '2025-01-02T03:04:05.000Z' },
  ],
  clusters: [{ name: 'main', authenticationMode: 'API_AND_CONFIG_MAP', accessEntries: [] }],
};
const role = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`;
const ADMIN = role(PROD, `AWSReservedSSO_Admin_${SUFFIX}`);
const ITEMS: readonly Item[] = [
  { rolearn: ADMIN, groups: ['system:masters'] },
  // In another case, which the authenticator accepts.
  { rolearn: role(PROD, 'deployer').toUpperCase(), username: 'deployer', groups: ['deployers'] },
  { rolearn: role(PROD, 'node'), username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:nodes'] },
  { rolearn: role(DEV, 'ci'), username: 'ci', groups: ['ci'] },
  { rolearn: role(PROD, 'gone'), username: 'gone', groups: ['gone'] },
  { rolearn: role(LOCKED, 'unreadable'), username: 'x', groups: ['x'] },
  { rolearn: role(VENDOR, 'vendor'), username: 'y', groups: ['y'] },
  { rolearn: role(LOCKED, `AWSReservedSSO_Admin_${SUFFIX}`), username: 'z', groups: ['z'] },
];
const FILE = awsAuthOf(ITEMS);

interface Snapshot {
  readonly accounts: readonly { readonly id: string; readonly rolesRead: boolean }[];
  readonly otherRoles?: readonly {
    readonly arn: string;
    readonly role: { readonly pathArn: string } | null;
  }[];
}

function told(stdout: string) {
  const { accounts, otherRoles = [] } = JSON.parse(stdout) as Snapshot;
  return {
    read: accounts.flatMap(({ id, rolesRead }) => (rolesRead ? id : [])),
    others: Object.fromEntries(otherRoles.map(({ arn, role: found }) => [arn, found?.pathArn ?? null])),
  };
}

const OTHERS = {
  [role(PROD, 'deployer')]: role(PROD, 'ci/Deployer'),
  [role(PROD, 'node')]: role(PROD, 'eks/node'),
  [role(PROD, 'gone')]: null,
};

describe('snapshot FILE', () => {
  test('reads the roles that the files name, and reports unreadable ones', async () => {
    await fakeAwsForTest(WORLD);
    const cwd = await scratch({ 'aws-auth.yaml': FILE });
    const { exitCode, stdout, stderr } = await run(['snapshot', 'aws-auth.yaml'], { cwd });
    expect(exitCode).toBe(0);
    expect(told(stdout)).toEqual({
      read: [PROD],
      others: { ...OTHERS, [role(DEV, 'ci')]: role(DEV, 'a/b/ci') },
    });
    expect(stderr).toContain(
      `note: no accounts selected, reading those of the permission sets in the files: ${PROD}, ${LOCKED}\n`,
    );
    expect(stderr).toContain(`warning: skipped 1 account (sts:AssumeRole is denied): ${LOCKED}\n`);
    expect(stderr).toContain(
      "can't tell whether 2 roles in 2 accounts 444444444444, 999999999999 still exist",
    );
    expect(stderr).not.toContain('does not hold');
  });

  test('reads stdin, several files, and files of every kind', async () => {
    await fakeAwsForTest(WORLD);
    const files = {
      'list.yaml': `- rolearn: ${role(PROD, 'deployer')}\n`,
      'manifest.json': JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [
          {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: 'aws-auth', namespace: 'kube-system' },
            data: { mapRoles: JSON.stringify([{ rolearn: role(PROD, 'gone') }]) },
          },
        ],
      }),
    };
    const cwd = await scratch(files);
    const stdin = awsAuthOf([{ rolearn: role(PROD, 'node') }]);
    const { exitCode, stdout, stderr } = await run(['snapshot', 'list.yaml', '-', 'manifest.json'], {
      cwd,
      stdin,
    });
    expect([exitCode, told(stdout)]).toEqual([0, { read: [], others: OTHERS }]);
    expect(stderr).toContain('reading none, because the files name no permission set\n');
  });

  test('limits them to the scope, and names those beyond it', async () => {
    const fake = await fakeAwsForTest(WORLD);
    const cwd = await scratch({ 'aws-auth.yaml': FILE });
    const { exitCode, stdout, stderr } = await run(['snapshot', 'aws-auth.yaml', '--account', PROD], { cwd });
    expect([exitCode, told(stdout)]).toEqual([0, { read: [PROD], others: OTHERS }]);
    expect(stderr).toBe(
      `note: the files have roles in accounts outside the snapshot, so it can't tell whether they still exist: ${DEV}, ${LOCKED}, ${VENDOR}\n` +
        `  Add them to the scope, for example with --account ${DEV}.\n`,
    );
    // Its provisioned roles and its other roles are read with the same credentials.
    expect(fake.calls['sts.AssumeRole']).toBe(1);
  });

  test('looks them up outside the accounts of a config, but not in excluded ones', async () => {
    await fakeAwsForTest(WORLD);
    const config = `accounts: ["${PROD}"]\nmappings:\n  - permissionSet: Admin\n    groups: [a]\n`;
    const cwd = await scratch({ 'aws-auth.yaml': FILE, 'aws-auth-sso.yaml': config });
    const all = await run(['snapshot', 'aws-auth.yaml'], { cwd });
    expect(told(all.stdout)).toEqual({
      read: [PROD],
      others: { ...OTHERS, [role(DEV, 'ci')]: role(DEV, 'a/b/ci') },
    });
    const without = await run(['snapshot', 'aws-auth.yaml', '--exclude-account', DEV], { cwd });
    expect(told(without.stdout).others).toEqual(OTHERS);
    expect(without.stderr).toContain(`whether they still exist: ${DEV}, ${LOCKED}\n`);
  });

  test('refuses exclusions that remove everything that the files name', async () => {
    await fakeAwsForTest(WORLD);
    const stdin = awsAuthOf(ITEMS.slice(0, 3));
    const ran = await run(['snapshot', '-', '--exclude-account', PROD], { stdin });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toContain(`error: the scope contains no accounts: skipped ${PROD}`);
  });

  test('with clusters reads the roles of both', async () => {
    const entries = [{ principalArn: role(PROD, 'ci/Deployer') }];
    await fakeAwsForTest({ ...WORLD, clusters: [{ name: 'main', accessEntries: entries }] });
    const stdin = awsAuthOf([{ rolearn: role(PROD, 'node') }]);
    const { stdout, stderr } = await run(['snapshot', '-', '--cluster', 'main'], { stdin });
    expect(told(stdout)).toEqual({
      read: [HUB],
      others: {
        [role(PROD, 'Deployer')]: role(PROD, 'ci/Deployer'),
        [role(PROD, 'node')]: role(PROD, 'eks/node'),
      },
    });
    expect(stderr).toContain(
      `note: no accounts selected, reading those of the clusters, their access entries, the permission sets in the files: ${HUB}\n`,
    );
  });

  test('warns about entries that the authenticator drops, and does not read their roles', async () => {
    await fakeAwsForTest(WORLD);
    const stdin = `- rolearn: ${role(PROD, 'node')}\n- username: x\n`;
    const { exitCode, stdout, stderr } = await run(['snapshot', '-'], { stdin });
    expect([exitCode, Object.keys(told(stdout).others)]).toEqual([0, [role(PROD, 'node')]]);
    expect(stderr).toMatch(/^warning: <?stdin>?:2:\d+: mapRoles: /m);
  });

  test.each([
    ['kind: ConfigMap\nmetadata: {name: x}\n', /^error: /],
    ['a: [\n', /^error: /],
  ])('refuses a file that is not an aws-auth, and writes nothing: %j', async (stdin, message) => {
    const fake = await fakeAwsForTest(WORLD);
    const ran = await run(['snapshot', '-', '--account', PROD], { stdin });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(message) });
    expect(fake.calls).toEqual({});
  });

  test.each([['check', '--aws'], ['explain', '--caller', role(PROD, 'deployer')], ['who']])(
    'gives %s the same results offline as live',
    async (command, ...flags) => {
      const fake = await fakeAwsForTest({
        ...WORLD,
        roles: [
          ...(WORLD.roles ?? []),
          // Named as if Identity Center had created it.
          { account: PROD, name: 'AWSReservedSSO_Admin_00000000000000ff' },
        ],
      });
      const stale = [
        { rolearn: role(PROD, 'AWSReservedSSO_Admin_00000000000000ff'), groups: ['system:masters'] },
        { rolearn: role(PROD, 'AWSReservedSSO_Gone_00000000000000ff'), groups: ['system:masters'] },
      ];
      const file = awsAuthOf([...ITEMS, ...stale]);
      const cwd = await scratch({ 'aws-auth.yaml': file });
      const argv = [command, 'aws-auth.yaml', '-o', 'json'];
      const live = await run([...argv, ...flags], { cwd });
      const { stdout } = await run(['snapshot', 'aws-auth.yaml', '--principals'], { cwd });
      const kept = await scratch({ 'aws-auth.yaml': file, 'aws.json': stdout });
      fake.reset();
      const more = flags.filter((flag) => flag !== '--aws');
      const offline = await run([...argv, ...more, '--inventory', 'aws.json'], { cwd: kept });
      expect(fake.calls).toEqual({});
      const withoutTimes = (text: string) => undated(text.replace(/"asOf": .*/g, ''));
      expect([offline.exitCode, withoutTimes(offline.stdout)]).toEqual([
        live.exitCode,
        withoutTimes(live.stdout),
      ]);
    },
  );

  const FORMATS = [
    ['json'],
    ['aws-cli', '--cluster', 'main', '--nodes', 'EC2_LINUX'],
    ['cloudformation', '--nodes', 'EC2_LINUX'],
    ['terraform'],
    ['json', '--cluster', 'main'],
    ['aws-cli', '--cluster', 'main'],
    ['eksctl', '--cluster', `arn:aws:eks:eu-west-1:${HUB}:cluster/main`],
    ['ack', '--cluster', 'main'],
  ];

  test.each(FORMATS)('gives access-entries the same bytes offline as live: %s %s %s', async (...format) => {
    const fake = await fakeAwsForTest(WORLD);
    const cwd = await scratch({ 'aws-auth.yaml': FILE });
    const argv = ['access-entries', '--from', 'aws-auth.yaml', '-o', ...format];
    const live = await run(argv, { cwd });
    const cluster = format.includes('--cluster') ? ['--cluster', 'main'] : [];
    const { stdout } = await run(['snapshot', 'aws-auth.yaml', ...cluster], { cwd });
    const kept = await scratch({ 'aws-auth.yaml': FILE, 'aws.json': stdout });
    fake.reset();
    const offline = await run([...argv, '--inventory', 'aws.json'], { cwd: kept });
    expect(fake.calls).toEqual({});
    expect([offline.exitCode, undated(offline.stdout)]).toEqual([live.exitCode, live.stdout]);
    expect(live.stdout).toContain('role/ci/Deployer');
    expect(live.stdout).toContain('role/a/b/ci');
    const refused = (text: string) => text.split('\n').filter((line) => line.includes(' is refused: '));
    expect(refused(undated(offline.stderr))).toEqual(refused(live.stderr));
  });
});
