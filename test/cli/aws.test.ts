import { createServer } from 'node:http';
import { describe, expect, test, vi } from 'vitest';
import { buildWorld } from '../fake-aws/build-world.ts';
import { fakeAwsForTest, useEnvironment } from '../fake-aws/fake-aws-for-test.ts';
import type { FakeAwsOptions } from '../fake-aws/options.ts';
import { writeProfiles } from '../fake-aws/profiles.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { listenForTest } from '../fake-proxy/listen.ts';
import { scratch } from '../scratch.ts';
import { runWithEnvironment as run } from './run.ts';

const PROD = '222222222222';
const DEV = '333333333333';

const WORLD: WorldInput = {
  accounts: [
    { id: PROD, name: 'prod', ou: 'Workloads/Prod' },
    { id: DEV, name: 'dev', ou: 'Workloads' },
    { id: '444444444444', name: 'twin' },
    { id: '555555555555', name: 'twin' },
    { id: '666666666666', name: 'closed', state: 'SUSPENDED' },
  ],
  permissionSets: ['Admin', 'Admin_ReadOnly', 'Dev.Ops+1', 'Unused'],
  groups: ['Platform'].map((displayName) => ({ displayName })),
  assignments: [PROD, DEV, '444444444444', '555555555555'].flatMap((account) =>
    ['Admin', 'Admin_ReadOnly', 'Dev.Ops+1'].map((permissionSet) => ({
      account,
      permissionSet,
      group: 'Platform',
    })),
  ),
};

const ADMIN = ['--map', 'Admin=system:masters'];
const LIST = ['generate', '-o', 'maproles'];

function expectRefused(ran: Awaited<ReturnType<typeof run>>, exitCode: number, ...messages: string[]): void {
  expect({ exitCode: ran.exitCode, stdout: ran.stdout }).toEqual({ exitCode, stdout: '' });
  expect(ran.stderr).toMatch(/^(note: .*\n|warning: .*\n)*error: /);
  for (const message of messages) expect(ran.stderr).toContain(message);
}

describe('calls', () => {
  test('one account by id and an exact name is AssumeRole and ListRoles', async () => {
    const fake = await fakeAwsForTest(WORLD);
    const { exitCode, stdout } = await run([...LIST, ...ADMIN, '--account', PROD]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^- rolearn: arn:aws:iam::222222222222:role\/AWSReservedSSO_Admin_[0-9a-f]{16}\n/);
    expect(fake.calls).toEqual({ 'iam.ListRoles': 1, 'sts.AssumeRole': 1, 'sts.GetCallerIdentity': 1 });
  });

  test('are told with --debug, with the region of --region', async () => {
    await fakeAwsForTest(WORLD);
    const { stderr } = await run(['roles', '--account', 'self', '--region', 'us-east-2', '--debug']);
    expect(stderr).toContain('note: iam:ListRoles in us-east-2\n');
    expect(stderr).toMatch(/^note: (?!.* in us-east-2$).*ListRoles/m);
  });

  test('flags keep the reading to their accounts, whatever the config names', async () => {
    const config = JSON.stringify({
      mappings: [{ permissionSet: 'Admin', accounts: ['prod', 'dev'], groups: ['ops'] }],
    });
    const cwd = await scratch({ 'aws-auth-sso.yaml': config });
    const fake = await fakeAwsForTest(WORLD);
    const { exitCode, stdout } = await run([...LIST, '--account', DEV], { cwd });
    expect(exitCode).toBe(0);
    expect(stdout.match(/rolearn/g)).toHaveLength(1);
    expect(fake.calls).toMatchObject({ 'sts.AssumeRole': 1, 'iam.ListRoles': 1 });
  });

  test('an engineer with nothing but iam:ListRoles in one account is served', async () => {
    const world = {
      ...WORLD,
      accounts: [{ id: PROD, denies: ['organizations.*', 'sso-admin.*', 'sts.AssumeRole'] }],
      assignments: [{ account: PROD, permissionSet: 'Dev.Ops+1', group: 'Platform' }],
    };
    const fake = await fakeAwsForTest(world, { callerAccountId: PROD });
    const { exitCode, stdout } = await run([...LIST, '--map', 'Dev.Ops+1=ops', '--account', 'self']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('AWSReservedSSO_Dev.Ops+1_');
    expect(fake.calls).toEqual({ 'iam.ListRoles': 1, 'sts.GetCallerIdentity': 1 });
  });

  test('a permission set ARN asks sso-admin for one set', async () => {
    const arn = buildWorld(WORLD).permissionSets.find(({ name }) => name === 'Admin')?.arn;
    const fake = await fakeAwsForTest(WORLD);
    const { stdout, stderr, exitCode } = await run([
      'generate',
      '--map',
      `${arn}=system:masters`,
      '--account',
      'prod',
      '--no-nodes',
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/rolearn: arn:aws:iam::222222222222:role\/AWSReservedSSO_Admin_[0-9a-f]{16}\n/);
    expect(fake.calls).toMatchObject({ 'sso-admin.DescribePermissionSet': 1, 'sso-admin.ListInstances': 1 });
  });
});

test('live and from a snapshot of the same AWS come out the same, twice', async () => {
  await fakeAwsForTest(WORLD, { pageSize: 2 });
  const snapshot = await run(['snapshot', '--ou', 'Workloads', '--account', 'twi[n]']);
  expect(snapshot.exitCode).toBe(0);
  const cwd = await scratch({ 'aws.json': snapshot.stdout });
  const flags = [
    'generate',
    ...ADMIN,
    '--map',
    'Dev*=ops',
    '--ou',
    'Workloads',
    '--node-role',
    `arn:aws:iam::${PROD}:role/node`,
  ];
  const live = await run(flags);
  const offline = await run([...flags, '--inventory', 'aws.json'], { cwd, env: {} });
  expect(live.stdout).toContain('AWSReservedSSO_Admin_');
  expect(offline.stdout).toBe(live.stdout);
  expect((await run(flags)).stdout).toBe(live.stdout);
});

test('the snapshot has every field of the contract', async () => {
  await fakeAwsForTest(WORLD);
  const { stdout, stderr } = await run(['snapshot', '--account', 'prod']);
  expect(stderr).toBe('');
  const snapshot = JSON.parse(stdout);
  expect(snapshot).toMatchObject({
    version: 1,
    partition: 'aws',
    instance: { region: 'eu-west-1' },
    permissionSets: expect.arrayContaining([expect.objectContaining({ name: 'Unused' })]),
    assignments: null,
    principals: null,
  });
  expect(snapshot.accounts).toEqual([
    expect.objectContaining({
      id: PROD,
      name: 'prod',
      state: 'ACTIVE',
      ou: 'Workloads/Prod',
      rolesRead: true,
      unreadable: null,
    }),
  ]);
});

test('a snapshot without sso-admin says what it lacks', async () => {
  const denied = { id: '111111111111', denies: ['sso-admin.*'] };
  await fakeAwsForTest({ ...WORLD, accounts: [...(WORLD.accounts ?? []), denied] });
  const { exitCode, stdout, stderr } = await run(['snapshot', '--account', PROD]);
  expect([exitCode, JSON.parse(stdout)]).toEqual([
    0,
    expect.objectContaining({ permissionSets: null, instance: null, roles: expect.any(Array) }),
  ]);
  expect(stderr).toMatch(
    /^note: the snapshot lacks permission sets, so it resolves names but not permission set ARNs: sso:ListInstances is denied: /,
  );
});

test('--debug names every call, and which attempt it is', async () => {
  const fake = await fakeAwsForTest(WORLD);
  fake.inject({ kind: 'throttle', operation: 'iam.ListRoles', times: 2 });
  const { exitCode, stderr } = await run([...LIST, ...ADMIN, '--account', PROD, '--debug']);
  expect(exitCode).toBe(0);
  expect(stderr.match(/^note: (iam|sts):.*$/gm)).toEqual([
    'note: sts:GetCallerIdentity in eu-west-1',
    'note: sts:AssumeRole in eu-west-1',
    'note: iam:ListRoles in eu-west-1',
    'note: iam:ListRoles in eu-west-1, attempt 2',
    'note: iam:ListRoles in eu-west-1, attempt 3',
  ]);
});

test('further profiles read their own account', async () => {
  const world = {
    ...WORLD,
    accounts: [
      { id: PROD, name: 'prod' },
      { id: DEV, name: 'dev', assumableRole: null },
    ],
  };
  const fake = await fakeAwsForTest({ ...world, assignments: WORLD.assignments?.slice(0, 6) ?? [] });
  const env = await writeProfiles(await scratch(), fake.url, {
    central: { accountId: '111111111111', region: 'eu-west-1' },
    developers: { accountId: DEV, region: 'eu-west-1' },
  });
  useEnvironment(env);
  const { stdout, stderr } = await run([
    ...LIST,
    ...ADMIN,
    '--account',
    PROD,
    '--account',
    DEV,
    '--profile',
    'central',
    '--profile',
    'developers',
  ]);
  expect(stderr).toBe('');
  expect(stdout.match(/iam::(\d+)/g)).toEqual([`iam::${PROD}`, `iam::${DEV}`]);
  expect(fake.calls['sts.AssumeRole']).toBe(1);
});

test('--external-id and --assume-role reach AssumeRole, as do those of a config, and its home region', async () => {
  await fakeAwsForTest({
    ...WORLD,
    accounts: [{ id: PROD, assumableRole: 'eks/AuthReader', externalId: 'xyz-1' }],
    assignments: [{ account: PROD, permissionSet: 'Admin', group: 'Platform' }],
  });
  const flags = [...LIST, ...ADMIN, '--account', PROD, '--assume-role', 'eks/AuthReader'];
  expectRefused(await run(flags), 3, 'AssumeRole', PROD);
  expect((await run([...flags, '--external-id', 'xyz-1'])).exitCode).toBe(0);
  const config = 'assumeRole: { name: eks/AuthReader, externalId: xyz-1 }\nssoRegion: us-west-2\n';
  const cwd = await scratch({ 'aws-auth-sso.yaml': config });
  const { stdout, stderr } = await run(['snapshot', '--account', PROD, '--debug'], { cwd });
  expect(JSON.parse(stdout).roles).toHaveLength(1);
  expect(stderr).toContain('sso-admin:ListInstances in us-west-2');
});

describe('bad input', () => {
  const cases: [string, WorldInput, FakeAwsOptions, string[], number, string[]][] = [
    [
      'an unknown account, with near names',
      WORLD,
      {},
      [...LIST, ...ADMIN, '--account', 'prodd'],
      2,
      ['prodd', 'prod'],
    ],
    [
      'an unknown unit, with near names',
      WORLD,
      {},
      [...LIST, ...ADMIN, '--ou', 'Workloads/Prodd'],
      2,
      ['Workloads/Prodd', 'Workloads/Prod'],
    ],
    [
      'an unknown permission set, with near names',
      WORLD,
      {},
      [...LIST, '--map', 'Admn=g', '--account', PROD],
      2,
      ['"Admn" does not exist', 'Did you mean "Admin"?'],
    ],
    [
      'a set that is provisioned nowhere',
      WORLD,
      {},
      [...LIST, '--map', 'Unused=g', '--account', PROD],
      2,
      [
        'not provisioned in account 222222222222',
        'aws sso-admin create-account-assignment --instance-arn arn:aws:sso:::instance/ssoins-',
        '--region eu-west-1',
      ],
    ],
    [
      'two accounts of one name',
      WORLD,
      {},
      [...LIST, ...ADMIN, '--account', 'twin'],
      2,
      ['444444444444', '555555555555'],
    ],
    [
      'a suspended account by name',
      WORLD,
      {},
      [...LIST, ...ADMIN, '--account', 'closed'],
      2,
      ['closed', 'suspended'],
    ],
    [
      'a glob that leads to a suspended account alone',
      WORLD,
      {},
      [...LIST, ...ADMIN, '--account', 'close*'],
      2,
      ['contains no account', '666666666666'],
    ],
    [
      'a suspended account by id',
      WORLD,
      {},
      [...LIST, ...ADMIN, '--account', '666666666666'],
      3,
      ['666666666666', '--skip-unreadable'],
    ],
    [
      'no Identity Center instance in the region',
      WORLD,
      { region: 'us-east-2' },
      [
        ...LIST,
        '--map',
        'arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef=g',
        '--account',
        PROD,
        '--sso-region',
        'us-east-2',
      ],
      3,
      ['us-east-2', 'eu-west-1'],
    ],
    [
      'sso-admin denied for an ARN',
      { ...WORLD, accounts: [...(WORLD.accounts ?? []), { id: '111111111111', denies: ['sso-admin.*'] }] },
      {},
      [
        ...LIST,
        '--map',
        'arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef=g',
        '--account',
        PROD,
      ],
      3,
      ['sso:ListInstances'],
    ],
    [
      'an unresolved name while sso-admin is denied',
      { ...WORLD, accounts: [...(WORLD.accounts ?? []), { id: '111111111111', denies: ['sso-admin.*'] }] },
      {},
      [...LIST, '--map', 'Admn=g', '--account', PROD],
      2,
      ['cannot tell whether it exists', 'Did you mean "Admin"?'],
    ],
    [
      'Organizations denied where names are used',
      {
        ...WORLD,
        accounts: [...(WORLD.accounts ?? []), { id: '111111111111', denies: ['organizations.*'] }],
      },
      {},
      [...LIST, ...ADMIN, '--account', 'prod'],
      3,
      ['organizations:ListAccounts', 'by id'],
    ],
    [
      'no organization',
      { ...WORLD, organization: false },
      {},
      [...LIST, ...ADMIN, '--all-accounts'],
      3,
      ['`self`'],
    ],
    [
      'a node role of another partition',
      WORLD,
      {},
      ['generate', ...ADMIN, '--account', PROD, '--node-role', `arn:aws-cn:iam::${PROD}:role/n`],
      2,
      ['aws-cn'],
    ],
  ];

  test.each(cases)('%s', async (_, world, options, argv, exitCode, messages) => {
    await fakeAwsForTest(world, options);
    expectRefused(await run(argv), exitCode, ...messages);
  });

  test('AssumeRole denied in some accounts lists them all at once', async () => {
    const accounts = Array.from({ length: 5 }, (_, index) => ({
      id: `22222222222${index}`,
      assumableRole: index % 2 ? null : 'OrganizationAccountAccessRole',
    }));
    const assignments = accounts.map(({ id }) => ({
      account: id,
      permissionSet: 'Admin',
      group: 'Platform',
    }));
    await fakeAwsForTest({ ...WORLD, accounts, assignments });
    const flags = [...LIST, ...ADMIN, '--all-accounts', '--exclude-account', '111111111111'];
    expectRefused(
      await run(flags),
      3,
      '222222222221',
      '222222222223',
      '--skip-unreadable',
      'OrganizationAccountAccessRole',
    );
    const skipped = await run([...flags, '--skip-unreadable', '22222222222[13]']);
    expect(skipped.exitCode).toBe(0);
    expect(skipped.stderr).toMatch(/^warning: skipped 2 accounts/);
    expect(skipped.stdout.match(/rolearn/g)).toHaveLength(3);
  });

  test('no credentials', async () => {
    await fakeAwsForTest(WORLD);
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    expectRefused(await run([...LIST, ...ADMIN, '--account', PROD]), 3, 'credentials', 'AWS_PROFILE');
  });

  test.each(['user:secret@127.0.0.1:4566', 'localhost:4566', 'ftp://127.0.0.1', 'https://'])(
    '%s is no endpoint, and the next step names what sets it',
    async (url) => {
      await fakeAwsForTest(WORLD);
      vi.stubEnv('AWS_ENDPOINT_URL', url);
      const ran = await run([...LIST, ...ADMIN, '--account', PROD]);
      const address = url.replace('user:secret@', '');
      const message = `sts:GetCallerIdentity has no valid endpoint: "${address}" is not the address of an HTTP server`;
      expectRefused(ran, 3, message, 'Give AWS_ENDPOINT_URL,');
      expect(ran.stderr).not.toContain('secret');
    },
  );

  test.each([
    [403, '<html><br></html>'],
    [302, ''],
    [407, '{"error":"sign in"}'],
  ])('an answer %i of a proxy that opens TLS is not taken for one of AWS', async (status, body) => {
    const fake = await fakeAwsForTest(WORLD);
    const proxy = createServer((_, response) => void response.writeHead(status).end(body));
    const url = `http://127.0.0.1:${await listenForTest(proxy)}`;
    for (const [service, call] of [
      ['STS', 'sts:GetCallerIdentity'],
      ['IAM', 'iam:ListRoles'],
      ['ORGANIZATIONS', 'organizations:ListAccounts'],
    ]) {
      vi.stubEnv('AWS_ENDPOINT_URL', fake.url);
      vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, url);
      const ran = await run([...LIST, ...ADMIN, '--account', 'prod']);
      expectRefused(
        ran,
        3,
        `${call} got an answer that is not from AWS`,
        `: HTTP ${status}\n`,
        '(*.amazonaws.com)',
      );
      vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, undefined);
    }
  });

  test('expired credentials', async () => {
    const fake = await fakeAwsForTest(WORLD);
    fake.inject({ kind: 'expired', operation: '*' });
    expectRefused(await run([...LIST, ...ADMIN, '--account', PROD]), 3, 'expired', 'aws sso login');
  });

  test('no secret reaches stderr, not even with --debug', async () => {
    const fake = await fakeAwsForTest(WORLD);
    fake.inject({ kind: 'denied', operation: 'sts.AssumeRole' });
    const { stderr } = await run([...LIST, ...ADMIN, '--account', PROD, '--debug']);
    expect(stderr).toContain('sts:AssumeRole');
    expect(stderr).not.toContain(process.env.AWS_SECRET_ACCESS_KEY);
    expect(stderr).not.toMatch(/signature=|security-token/i);
  });

  test('Ctrl-C stops at once, with nothing on stdout', async () => {
    const fake = await fakeAwsForTest(WORLD);
    fake.inject({ kind: 'hang', operation: 'iam.ListRoles' });
    const interruption = new AbortController();
    const ran = run([...LIST, ...ADMIN, '--all-accounts'], { signal: interruption.signal });
    await fake.reached('iam.ListRoles', 1);
    interruption.abort();
    expectRefused(await ran, 130, 'interrupted');
  });
});
