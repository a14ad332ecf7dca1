import { describe, expect, test } from 'vitest';
import { once } from '../../src/memo.ts';
import { buildWorld } from '../fake-aws/build-world.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';
import { runWithEnvironment as run, undated } from './run.ts';

const PROD = '222222222222';
const DEV = '333333333333';
const TEST = '444444444444';

/** Platform has Admin in prod for itself, shares Ops there, and has two sets in dev; ada comes through Platform. */
const WORLD: WorldInput = {
  accounts: [
    { id: PROD, name: 'prod' },
    { id: DEV, name: 'dev' },
    { id: TEST, name: 'test' },
  ],
  permissionSets: ['Admin', 'Ops', 'View', 'Own', 'Unused'],
  users: ['ada', 'bob', 'cy', 'dee', { userName: 'gone', deleted: true }],
  groups: [
    { displayName: 'Platform', members: ['ada', 'bob'] },
    { displayName: 'Audit', members: ['ada'] },
    { displayName: 'Idle', members: [] },
    { displayName: 'dee', members: [] },
  ],
  assignments: [
    { account: PROD, permissionSet: 'Admin', group: 'Platform' },
    { account: PROD, permissionSet: 'Admin', user: 'gone' },
    { account: PROD, permissionSet: 'Ops', group: 'Audit' },
    { account: PROD, permissionSet: 'Ops', user: 'bob' },
    { account: PROD, permissionSet: 'Own', user: 'cy' },
    { account: DEV, permissionSet: 'Admin', group: 'Platform' },
    { account: DEV, permissionSet: 'View', group: 'Platform' },
    { account: TEST, permissionSet: 'View', group: 'Idle' },
    { account: TEST, permissionSet: 'Unused', group: 'dee' },
    { account: TEST, permissionSet: 'Unused', user: 'dee' },
  ],
  missingRoles: [{ account: TEST, permissionSet: 'View' }],
};
const { instances, permissionSets, groups } = buildWorld(WORLD);
const arnOf = (set: string) => permissionSets.find(({ name }) => name === set)?.arn ?? '';
const groupId = (group: string) => groups.find(({ displayName }) => displayName === group)?.id ?? '';

const LIST = ['generate', '-o', 'maproles', '--quiet'];
/** Account and permission set of each entry. */
function entriesIn(stdout: string): string[] {
  return [...stdout.matchAll(/iam::(\d+):role\/AWSReservedSSO_(\w+)_[0-9a-f]+/g)].map(
    ([, account, set]) => `${account} ${set}`,
  );
}

/** A snapshot of the world, which is the same in all tests. */
const snapshot = once(async () => (await run(['snapshot', '--principals', '--all-accounts'])).stdout);

async function both(...argv: readonly string[]) {
  await fakeAwsForTest(WORLD);
  const live = await run([...LIST, ...argv]);
  const cwd = await scratch({ 'aws.json': await snapshot() });
  const offline = await run([...LIST, ...argv, '--inventory', 'aws.json'], { cwd, env: {} });
  return { live, offline: { ...offline, stderr: undated(offline.stderr) } };
}

/** Runs live and from a snapshot, which must give the same result. */
async function same(...argv: readonly string[]) {
  const { live, offline } = await both(...argv);
  expect(offline).toEqual(live);
  return live;
}

async function expectRefused(argv: readonly string[], ...messages: string[]) {
  const { exitCode, stdout, stderr } = await same(...argv);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  for (const message of messages) expect(stderr).toContain(message);
  return stderr;
}

test('a group selects the permission set that it is assigned', async () => {
  await fakeAwsForTest(WORLD);
  const argv = ['generate', '--map', 'group:Platform=system:masters', '--account', 'prod', '-o', 'maproles'];
  const { exitCode, stdout, stderr } = await run(argv);
  expect(exitCode).toBe(0);
  expect(entriesIn(stdout)).toEqual([`${PROD} Admin`]);
  expect(stderr).toBe('');
});

test('a principal that was deleted shares nothing', async () => {
  const { stdout } = await same('--map', 'group:Platform=a', '--account', 'prod');
  expect(entriesIn(stdout)).toEqual([`${PROD} Admin`]);
});

test('a user selects its own permission set', async () => {
  const { stdout } = await same('--map', 'user:cy=a', '--account', 'prod');
  expect(entriesIn(stdout)).toEqual([`${PROD} Own`]);
});

test('one account of a large scope is enough', async () => {
  const { stdout, exitCode } = await same('--map', 'user:cy=a', '--all-accounts');
  expect([exitCode, entriesIn(stdout)]).toEqual([0, [`${PROD} Own`]]);
});

describe('the lock on one permission set', () => {
  test('names the candidates', async () => {
    await expectRefused(
      ['--map', 'group:Platform=a', '--account', 'dev'],
      '--map "group:Platform=a" matches several permission sets: "Admin", "View" in account 333333333333 (dev)',
      '--all-sets',
    );
  });
  test('stays closed if sharing is allowed', async () => {
    const argv = ['--map', 'group:Platform=a', '--account', 'dev', '--allow-shared'];
    await expectRefused(argv, 'matches several permission sets');
  });
  test('opens', async () => {
    const { stdout } = await same('--map', 'group:Platform=a', '--account', 'dev', '--all-sets');
    expect(entriesIn(stdout)).toEqual([`${DEV} Admin`, `${DEV} View`]);
  });
});

describe('the lock on shared permission sets', () => {
  test('names the principals that share', async () => {
    const stderr = await expectRefused(
      ['--map', 'group:Audit=a', '--account', 'prod'],
      '"Ops" in account 222222222222 (prod) is also assigned to user "bob"',
      '--allow-shared',
    );
    expect(stderr).not.toContain('gone');
  });
  test('a group with the name of the user is a different principal', async () => {
    const shared = '"Unused" in account 444444444444 (test) is also assigned to';
    await expectRefused(['--map', 'user:dee=a', '--account', 'test'], `${shared} group "dee"`);
    const others = [`${shared} group "dee"`, `${shared} user "dee"`];
    await expectRefused(['--map', 'user:dee=a', '--map', 'group:dee=a', '--account', 'test'], ...others);
  });
  test('a group shares with its members', async () => {
    await expectRefused(
      ['--map', 'user:bob=a', '--account', 'prod', '--all-sets'],
      '"Admin" in account 222222222222 (prod) is also assigned to group "Platform"',
      '"Ops" in account 222222222222 (prod) is also assigned to group "Audit"',
    );
  });
  test('opens', async () => {
    const argv = ['--map', 'user:bob=a', '--account', 'prod', '--all-sets', '--allow-shared'];
    const { stdout } = await same(...argv);
    expect(entriesIn(stdout)).toEqual([`${PROD} Admin`, `${PROD} Ops`]);
  });
});

describe('assignedTo', () => {
  const config = (permissionSet: string, assignedTo: string, rest = '') =>
    `accounts: [prod, dev, test]\nmappings:\n  - {permissionSet: ${permissionSet}, assignedTo: "${assignedTo}", groups: [a]${rest}}\n`;

  async function generate(text: string, ...argv: string[]) {
    await fakeAwsForTest(WORLD);
    const cwd = await scratch({ 'aws-auth-sso.yaml': text });
    return run([...LIST, ...argv], { cwd });
  }

  test('keeps a permission set to the accounts where the principal is assigned', async () => {
    const text = config('"Adm*"', 'group:Platform', ', accounts: ["*"]');
    const { stdout, stderr } = await generate(text);
    expect([entriesIn(stdout), stderr]).toEqual([[`${PROD} Admin`, `${DEV} Admin`], '']);
  });
  test('obeys the lock on shared sets', async () => {
    const { exitCode, stderr } = await generate(config('Ops', 'group:Audit'), '--account', 'prod');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('user "bob"');
    const open = await generate(config('Ops', 'group:Audit'), '--account', 'prod', '--allow-shared');
    expect(entriesIn(open.stdout)).toEqual([`${PROD} Ops`]);
  });
  test("gives the next step if the principal isn't assigned that set", async () => {
    const { exitCode, stderr } = await generate(config('Admin', 'group:Audit'), '--account', 'prod');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('aws-auth-sso.yaml:3:');
    expect(stderr).toContain(`group "Audit" isn't assigned permission set "Admin" in account ${PROD}`);
    expect(stderr).toContain(
      `aws sso-admin create-account-assignment --instance-arn ${instances[0]?.arn} --permission-set-arn ${arnOf('Admin')} --target-type AWS_ACCOUNT --target-id ${PROD} --principal-type GROUP --principal-id ${groupId('Audit')} --region eu-west-1\n`,
    );
  });
  test("reports a permission set that doesn't exist", async () => {
    const { stderr } = await generate(config('Admn', 'group:Audit'), '--account', 'prod');
    expect(stderr).toContain('permission set "Admn" doesn\'t exist');
  });
});

describe('a selector without a match', () => {
  test.each([
    [
      'group:platfrom',
      'no group is named "platfrom"',
      'the snapshot has no group named "platfrom"',
      '"Platform"',
    ],
    ['user:Cy', 'no user is named "Cy"', 'the snapshot has no user named "Cy"', '"cy"'],
  ])('%s: an unknown name, with near names', async (selector, liveMessage, offlineMessage, near) => {
    const { live, offline } = await both('--map', `${selector}=a`, '--account', 'prod');
    for (const [ran, message] of [
      [live, liveMessage],
      [offline, offlineMessage],
    ] as const) {
      expect({ exitCode: ran.exitCode, stdout: ran.stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(ran.stderr).toContain(`${message}\n  Did you mean ${near}?`);
    }
  });
  test.each([
    ['group', 'The display name must match exactly, including case.'],
    ['user', 'The user name (often an e-mail address) must match exactly, including case.'],
  ])('a %s with no similar name: the format of the name', async (kind, help) => {
    await fakeAwsForTest(WORLD);
    const { stderr } = await run([...LIST, '--map', `${kind}:Zzzzzzzz=a`, '--account', PROD]);
    expect(stderr).toContain(`no ${kind} is named "Zzzzzzzz"\n  ${help}\n`);
  });
  test('a principal without an assignment there: the command that helps', async () => {
    await expectRefused(
      ['--map', 'group:Audit=a', '--account', 'dev'],
      `group "Audit" isn't assigned a permission set in account ${DEV}`,
      `aws sso-admin create-account-assignment --instance-arn ${instances[0]?.arn} --permission-set-arn PERMISSION_SET_ARN --target-type AWS_ACCOUNT --target-id ${DEV} --principal-type GROUP --principal-id ${groupId('Audit')} --region eu-west-1\n`,
    );
  });
  test('continues if allowed', async () => {
    const argv = ['--map', 'group:Audit=a', '--map', 'View=b', '--account', 'dev', '--allow-unresolved'];
    const { exitCode, stdout, stderr } = await same(...argv);
    expect([exitCode, entriesIn(stdout)]).toEqual([0, [`${DEV} View`]]);
    expect(stderr).toContain('skipped --map "group:Audit=a"');
  });
  test('assigned, but the role is missing', async () => {
    await fakeAwsForTest(WORLD);
    const { exitCode, stderr } = await run([...LIST, '--map', 'group:Idle=a', '--account', TEST]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`group "Idle" is assigned permission set "View" in account ${TEST}`);
    expect(stderr).toContain(
      `aws sso-admin provision-permission-set --instance-arn ${instances[0]?.arn} --permission-set-arn ${arnOf('View')}`,
    );
  });
});

describe('snapshots without people', () => {
  test('are refused, with the command for a complete one', async () => {
    await fakeAwsForTest(WORLD);
    const { stdout } = await run(['snapshot', '--account', 'prod']);
    expect(JSON.parse(stdout)).toMatchObject({ assignments: null, principals: null });
    const cwd = await scratch({ 'aws.json': stdout });
    const argv = [...LIST, '--map', 'group:Platform=a', '--account', 'prod', '--inventory', 'aws.json'];
    const { exitCode, stderr } = await run(argv, { cwd, env: {} });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('aws-auth-sso snapshot --principals');
  });
});

test('a group in one account takes a handful of calls', async () => {
  const fake = await fakeAwsForTest(WORLD);
  await run([...LIST, '--map', 'group:Platform=a', '--account', PROD]);
  expect(fake.calls).toEqual({
    'iam.ListRoles': 1,
    'identitystore.DescribeGroup': 1,
    'identitystore.DescribeUser': 1,
    'identitystore.GetGroupId': 1,
    // For a deleted user, who might still be in groups.
    'identitystore.ListGroupMembershipsForMember': 1,
    // For other groups of the same name.
    'identitystore.ListGroups': 1,
    'sso-admin.DescribePermissionSet': 1,
    'sso-admin.ListAccountAssignments': 1,
    'sso-admin.ListAccountAssignmentsForPrincipal': 1,
    'sso-admin.ListInstances': 1,
    'sso-admin.ListPermissionSets': 1,
    'sts.AssumeRole': 1,
    'sts.GetCallerIdentity': 1,
  });
});

describe('a delegated administrator', () => {
  const trusts = [DEV];
  const delegated: WorldInput = {
    ...WORLD,
    delegatedAdminId: DEV,
    accounts: [PROD, DEV, TEST, '111111111111'].map((id) => ({ id, assumableRole: 'Reader', trusts })),
    assignments: [
      ...(WORLD.assignments ?? []),
      { account: '111111111111', permissionSet: 'Admin', group: 'Platform' },
    ],
  };

  async function generate(...argv: string[]) {
    const fake = await fakeAwsForTest(delegated, { callerAccountId: DEV });
    const ran = await run([...LIST, '--assume-role', 'Reader', ...argv]);
    expect(fake.calls['sso-admin.ListAccountAssignmentsForPrincipal']).toBeUndefined();
    return ran;
  }

  test('reads pair by pair, also for the groups of a user', async () => {
    const group = await generate('--map', 'group:Platform=a', '--account', PROD);
    expect(entriesIn(group.stdout)).toEqual([`${PROD} Admin`]);
    const argv = ['--map', 'user:ada=a', '--account', PROD, '--allow-shared', '--all-sets'];
    expect(entriesIn((await generate(...argv)).stdout)).toEqual([`${PROD} Admin`, `${PROD} Ops`]);
  });

  test('reads only the roles that a mapping can select', async () => {
    const fake = await fakeAwsForTest(delegated, { callerAccountId: DEV });
    const text = `mappings:
  - { permissionSet: Admin, assignedTo: "group:Platform", groups: [a], accounts: ["${PROD}"] }
  - { permissionSet: View, groups: [b], accounts: ["${DEV}"] }
`;
    const cwd = await scratch({ 'aws-auth-sso.yaml': text });
    const { stdout } = await run([...LIST, '--assume-role', 'Reader'], { cwd });
    expect(entriesIn(stdout)).toEqual([`${PROD} Admin`, `${DEV} View`]);
    expect(fake.calls['sso-admin.ListAccountAssignments']).toBe(1);
  });

  test('cannot read the management account, and draws no conclusion from that', async () => {
    const accounts = ['--account', '111111111111', '--account', PROD];
    const refused = await generate('--map', 'group:Platform=a', ...accounts);
    expect([refused.exitCode, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toContain(
      'can\'t tell whether group "Platform" is assigned anything in account 111111111111',
    );
    const open = await generate('--map', 'group:Platform=a', ...accounts, '--allow-unresolved');
    expect(entriesIn(open.stdout)).toEqual([`${PROD} Admin`]);
    const lenient = ['--all-sets', '--allow-shared'];
    const everywhere = await generate('--map', 'group:Platform=a', '--all-accounts', ...lenient);
    expect(everywhere.stderr).toContain('is assigned anything in account 111111111111');
    const text = `mappings: [{ permissionSet: Adm*, assignedTo: "group:Platform", groups: [a] }]\n`;
    await fakeAwsForTest(delegated, { callerAccountId: DEV });
    const cwd = await scratch({ 'aws-auth-sso.yaml': text });
    const ofGlob = await run([...LIST, '--assume-role', 'Reader', ...accounts], { cwd });
    expect([ofGlob.exitCode, ofGlob.stdout]).toEqual([2, '']);
    expect(ofGlob.stderr).toContain('is assigned anything in account 111111111111');
  });
});

test('a snapshot with principals has every field of the contract, and one without has none of them', async () => {
  await fakeAwsForTest(WORLD);
  const {
    assignments,
    principals,
    permissionSets: sets,
  } = JSON.parse((await run(['snapshot', '--principals', '--account', 'prod'])).stdout);
  expect(assignments).toContainEqual({
    accountId: PROD,
    permissionSetArn: arnOf('Admin'),
    principalType: 'GROUP',
    principalId: groupId('Platform'),
  });
  expect(assignments).toHaveLength(5);
  const platform = principals.find(({ name }: { name: string }) => name === 'Platform');
  expect(platform).toMatchObject({ type: 'GROUP', id: groupId('Platform') });
  expect(platform.members).toHaveLength(2);
  expect(principals.filter(({ name }: { name: string | null }) => name === null)).toHaveLength(1);
  expect(sets).toHaveLength(5);
  const plain = await run(['snapshot', '--account', 'prod']);
  expect(JSON.parse(plain.stdout)).toMatchObject({ assignments: null, principals: null });
  expect(plain.stdout).not.toContain('Platform');
});
