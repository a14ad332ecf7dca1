import { describe, expect, test } from 'vitest';
import { buildWorld } from '../fake-aws/build-world.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { AssignmentInput, WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';
import { runWithEnvironment as run } from './run.ts';

const ACCOUNTS = Array.from({ length: 26 }, (_, index) => String(200_000_000_000 + index));

/** 104 pairs, so that principals are read where only the management account may; some assigned in all ways, some deleted. */
const WORLD: WorldInput = {
  accounts: ACCOUNTS.map((id) => ({ id, name: `account-${id}` })),
  permissionSets: ['Admin', 'View', 'Ghosts', 'Idle', 'Twice'],
  users: ['ada', 'bob', { userName: 'gone', deleted: true }],
  groups: [
    { displayName: 'Platform', members: ['ada', 'bob'] },
    { displayName: 'Audit', members: ['ada'] },
  ],
  assignments: ACCOUNTS.flatMap((account): AssignmentInput[] => [
    { account, permissionSet: 'Admin', group: 'Platform' },
    { account, permissionSet: 'View', group: 'Audit' },
    { account, permissionSet: 'View', group: 'Platform' },
    { account, permissionSet: 'View', user: 'ada' },
    { account, permissionSet: 'Ghosts', user: 'gone' },
  ]),
  provisioned: ACCOUNTS.map((account) => ({ account, permissionSet: 'Idle' })),
};

interface Row {
  readonly accountId: string;
  readonly permissionSet: string;
  readonly permissionSetArn: string | null;
  readonly roleArn: string;
  readonly principals:
    | readonly { readonly type: string; readonly id: string; readonly name: string | null }[]
    | null;
}

/** `account set TYPE name`, a line for each principal of each role. */
function linesIn(stdout: string): string[] {
  const rows: Row[] = JSON.parse(stdout);
  return rows.flatMap(({ accountId, permissionSet, principals }) =>
    (principals ?? []).map(
      ({ type, id, name }) => `${accountId} ${permissionSet} ${type} ${name ?? `deleted ${id}`}`,
    ),
  );
}

function truth(input: WorldInput, accountIds: readonly string[]): string[] {
  const { assignments, permissionSets, users, groups } = buildWorld(input);
  const names = new Map([
    ...users.map((one) => [one.id, one.deleted ? `deleted ${one.id}` : one.userName] as const),
    ...groups.map((one) => [one.id, one.displayName] as const),
  ]);
  const sets = new Map(permissionSets.map(({ arn, name }) => [arn, name]));
  return assignments
    .filter(({ accountId }) => accountIds.includes(accountId))
    .map(
      (one) =>
        `${one.accountId} ${sets.get(one.permissionSetArn)} ${one.principalType} ${names.get(one.principalId)}`,
    )
    .sort();
}

describe('roles --principals is correct', () => {
  test('pair by pair', async () => {
    await fakeAwsForTest(WORLD);
    const few = ACCOUNTS.slice(0, 2);
    const { stdout, stderr } = await run([
      'roles',
      '--principals',
      '-o',
      'json',
      ...few.flatMap((id) => ['--account', id]),
    ]);
    expect(linesIn(stdout).sort()).toEqual(truth(WORLD, few));
    expect(stderr).toBe('');
  });

  test('by user and group', async () => {
    await fakeAwsForTest(WORLD);
    const { stdout, stderr } = await run(['roles', '--principals', '-o', 'json', '--all-accounts']);
    // The deleted user is the only assignee, so reading pair by pair finds it.
    expect(linesIn(stdout).sort()).toEqual(truth(WORLD, ACCOUNTS));
    expect(stderr).toMatch(/^note: read assignments by user and group, in 4 calls instead of 104;/);
  });

  test('from a snapshot', async () => {
    await fakeAwsForTest(WORLD);
    const account = ['--account', ACCOUNTS[0] ?? ''];
    const snapshot = await run(['snapshot', '--principals', ...account]);
    const cwd = await scratch({ 'aws.json': snapshot.stdout });
    const argv = ['roles', '--principals', ...account];
    const live = await run(argv);
    expect((await run([...argv, '--inventory', 'aws.json'], { cwd, env: {} })).stdout).toBe(live.stdout);
  });
});

test('without --principals, no principal is read', async () => {
  const fake = await fakeAwsForTest(WORLD);
  const { stdout } = await run(['roles', '-o', 'json', '--account', ACCOUNTS[0] ?? '']);
  expect(JSON.parse(stdout)[0]).toMatchObject({ permissionSetArn: null, principals: null });
  expect(Object.keys(fake.calls).filter((name) => /^(sso-admin|identitystore)/.test(name))).toEqual([]);
});

describe('roles --unassigned', () => {
  const [FIRST = ''] = ACCOUNTS;

  test('has roles without assignees; deleted principals do not count', async () => {
    await fakeAwsForTest(WORLD);
    const { stdout } = await run(['roles', '--unassigned', '-o', 'json', '--account', FIRST]);
    const rows: Row[] = JSON.parse(stdout);
    expect(rows.map(({ permissionSet }) => permissionSet)).toEqual(['Ghosts', 'Idle']);
    expect(rows[1]).toMatchObject({
      principals: [],
      permissionSetArn: expect.stringContaining('permissionSet/'),
    });
  });

  test('is the same by user and group', async () => {
    await fakeAwsForTest(WORLD);
    const { stdout } = await run(['roles', '--unassigned', '-o', 'json', '--all-accounts']);
    const ofFirst = JSON.parse(stdout).filter(({ accountId }: Row) => accountId === FIRST);
    expect(ofFirst.map(({ permissionSet }: Row) => permissionSet)).toEqual(['Ghosts', 'Idle']);
  });

  test('has the older of two roles of one permission set; unknown for a deleted set', async () => {
    const roles = [
      {
        account: FIRST,
        permissionSet: 'Admin',
        suffix: '0011223344556677',
        createdAt: '2020-01-01T00:00:00Z',
      },
      { account: FIRST, permissionSet: 'DeletedSet', suffix: '8899aabbccddeeff' },
    ];
    await fakeAwsForTest({ ...WORLD, roles });
    const { stdout, stderr } = await run(['roles', '--unassigned', '-o', 'json', '--account', FIRST]);
    const rows: Row[] = JSON.parse(stdout);
    expect(rows.map(({ permissionSet }) => permissionSet)).toEqual(['Admin', 'Ghosts', 'Idle']);
    expect(stderr).toBe(
      `warning: Identity Center has no permission set "DeletedSet", but its role exists in account ${FIRST}, so its assignments are unknown\n`,
    );
    expect(rows[0]?.roleArn).toMatch(/_0011223344556677$/);
  });
});

test('table and CSV say who', async () => {
  await fakeAwsForTest(WORLD);
  const argv = ['roles', '--principals', '--quiet', '--account', ACCOUNTS[0] ?? ''];
  const table = await run(argv);
  expect(table.stdout.split('\n').map((line) => line.split(/ {3,}/).at(-1))).toEqual([
    'PRINCIPALS',
    'Platform (group)',
    expect.stringMatching(/^[0-9a-f-]{36} \(deleted user\)$/),
    '-',
    'Audit (group), Platform (group), ada (user)',
    '',
  ]);
  expect(table.stdout).toMatch(/^ACCOUNT +NAME +PERMISSION SET +SUFFIX +PRINCIPALS\n/);
  const csv = await run([...argv, '-o', 'csv']);
  const [header, ...rows] = csv.stdout.trimEnd().split('\n');
  expect(header).toMatch(/,createdAt,principalType,principalId,principalName$/);
  expect(rows.map((line) => line.split(',').slice(7).join())).toEqual([
    expect.stringMatching(/^GROUP,[0-9a-f-]{36},Platform$/),
    expect.stringMatching(/^USER,[0-9a-f-]{36},$/),
    ',,',
    expect.stringMatching(/^GROUP,.*,Audit$/),
    expect.stringMatching(/^GROUP,.*,Platform$/),
    expect.stringMatching(/^USER,.*,ada$/),
  ]);
});

describe('roles of some permission sets', () => {
  const calls = (fake: { calls: Readonly<Record<string, number>> }, name: RegExp) =>
    Object.entries(fake.calls).reduce((sum, [call, count]) => (name.test(call) ? sum + count : sum), 0);

  test.each([
    ['--permission-set', 'A*'],
    ['--by', 'permission-set'],
    ['--by', 'account'],
    ['-o', 'wide'],
    ['-o', 'name'],
  ])('do not call Identity Center with %s %s', async (...argv) => {
    const fake = await fakeAwsForTest(WORLD);
    const { exitCode, stdout } = await run(['roles', ...argv, '--account', ACCOUNTS[0] ?? '']);
    expect({ exitCode, isEmpty: stdout === '' }).toEqual({ exitCode: 0, isEmpty: false });
    expect(calls(fake, /^(sso-admin|identitystore)/)).toBe(0);
  });

  test('with principals, read only their assignments, and none without roles', async () => {
    const fake = await fakeAwsForTest(WORLD);
    const few = ACCOUNTS.slice(0, 2).flatMap((id) => ['--account', id]);
    const argv = ['roles', '--principals', '-o', 'json', ...few];
    const { stdout } = await run([...argv, '--permission-set', 'Ghosts', '--permission-set', 'V*']);
    expect(linesIn(stdout).sort()).toEqual(
      truth(WORLD, ACCOUNTS.slice(0, 2)).filter((line) => / (Ghosts|View) /.test(line)),
    );
    expect(calls(fake, /ListAccountAssignments$/)).toBe(4);
    const before = calls(fake, /^(sso-admin|identitystore)/);
    expect((await run([...argv, '--permission-set', 'Nope'])).stdout).toBe('[]\n');
    expect(calls(fake, /^(sso-admin|identitystore)/)).toBe(before);
  });

  test('by permission set, list each principal once, with group members', async () => {
    await fakeAwsForTest(WORLD);
    const { stdout } = await run([
      'roles',
      '--by',
      'permission-set',
      '--expand',
      '--quiet',
      '--all-accounts',
    ]);
    expect(stdout.split('\n').map((line) => line.replace(/ {3,}/g, ' | '))).toEqual([
      'PERMISSION SET | ACCOUNTS | ROLES | PRINCIPALS',
      'Admin | 26 | 26 | Platform (group: ada, bob)',
      expect.stringMatching(/^Ghosts \| 26 \| 26 \| /),
      'Idle | 26 | 26 | -',
      'View | 26 | 26 | Audit (group: ada), Platform (group: ada, bob), ada (user)',
      '',
    ]);
  });
});
