import { describe, expect, test } from 'vitest';
import { awsAuthOf } from '../access/aws-auth-of.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run, runWithEnvironment } from './run.ts';

const PROD = '111122223333';
const DEV = '222233334444';
const set = (name: string) => ({ arn: `arn:aws:sso:::permissionSet/ssoins-1/ps-${name}`, name });
const assigned = (name: string, principalType: 'GROUP' | 'USER', principalId: string) => ({
  accountId: PROD,
  permissionSetArn: set(name).arn,
  principalType,
  principalId,
});

/** Nothing is known of dev, and some users were deleted. */
const WORLD = inventory(
  [account(PROD, 'prod', { assignmentsRead: true }), account(DEV, null, { assignmentsRead: false })],
  [
    role(PROD, 'View'),
    role(PROD, 'Admin', 2),
    role(PROD, 'Admin', 1),
    role(PROD, 'Idle'),
    role(DEV, 'Admin'),
  ],
  {
    permissionSets: [set('Admin'), set('View')],
    assignments: [
      assigned('Admin', 'USER', 'u-gone'),
      assigned('Admin', 'USER', 'u-ada'),
      assigned('Admin', 'GROUP', 'g-1'),
      assigned('View', 'USER', 'u-gone'),
    ],
    principals: [
      { type: 'GROUP', id: 'g-1', name: 'Platform', members: ['u-zed', 'u-ada'] },
      { type: 'USER', id: 'u-ada', name: 'ada', members: null },
      { type: 'USER', id: 'u-gone', name: null, members: null },
      { type: 'USER', id: 'u-zed', name: 'zed', members: null },
    ],
  },
);

async function offline(argv: readonly string[], stdin = '', world = WORLD) {
  const cwd = await scratch({ 'aws.json': snapshotText(world) });
  return run([...argv, '--inventory', 'aws.json'], { cwd, stdin });
}

describe('roles', () => {
  const ROLES = ['roles', '--account', DEV, '--account', PROD];
  const arn = (accountId: string, name: string, generation = 1) => role(accountId, name, generation).roleArn;
  const cells = (stdout: string) => stdout.split('\n').map((line) => line.split(/ {3,}/));

  test('a table in the order of the scope, then by name', async () => {
    const { stdout, stderr } = await offline([...ROLES, '-o', 'wide']);
    expect(stderr).toBe('');
    expect(cells(stdout).map((row) => row.slice(0, 5))).toEqual([
      ['ACCOUNT', 'NAME', 'PERMISSION SET', 'ROLE ARN', 'CREATED'],
      [DEV, '-', 'Admin', arn(DEV, 'Admin'), '2026-01-01T00:00:00.000Z'],
      [PROD, 'prod', 'Admin', arn(PROD, 'Admin', 1), '2026-01-01T00:00:00.000Z'],
      [PROD, 'prod', 'Admin', arn(PROD, 'Admin', 2), '2026-01-02T00:00:00.000Z'],
      [PROD, 'prod', 'Idle', arn(PROD, 'Idle'), '2026-01-01T00:00:00.000Z'],
      [PROD, 'prod', 'View', arn(PROD, 'View'), '2026-01-01T00:00:00.000Z'],
      [''],
    ]);
  });

  test('the people of a role in a table: groups, users, who was deleted last; nobody, and unknown', async () => {
    const { stdout, stderr } = await offline([...ROLES, '--principals']);
    expect(cells(stdout).map((row) => row.at(-1))).toEqual([
      'PRINCIPALS',
      '?',
      '-',
      'Platform (group), ada (user), u-gone (deleted user)',
      '-',
      'u-gone (deleted user)',
      '',
    ]);
    expect(stderr).toBe(`warning: the snapshot has no assignments for ${DEV}\n`);
  });

  test('CSV with and without people', async () => {
    const head = '\uFEFFaccountId,accountName,permissionSet,permissionSetArn,roleArn,pathArn,createdAt';
    const line = (accountId: string, name: string, setName: string, arnOfSet: string, generation = 1) => {
      const { roleArn, pathArn, createdAt } = role(accountId, setName, generation);
      return [`"=""${accountId}"""`, name, setName, arnOfSet, roleArn, pathArn, createdAt].join(',');
    };
    const plain = await offline([...ROLES, '-o', 'csv']);
    expect(plain.stdout).toBe(
      [
        head,
        line(DEV, '', 'Admin', ''),
        line(PROD, 'prod', 'Admin', '', 1),
        line(PROD, 'prod', 'Admin', '', 2),
        line(PROD, 'prod', 'Idle', ''),
        line(PROD, 'prod', 'View', ''),
        '',
      ].join('\n'),
    );
    const people = await offline([...ROLES, '-o', 'csv', '--principals']);
    const [admin, view] = [set('Admin').arn, set('View').arn];
    expect(people.stdout).toBe(
      [
        `${head},principalType,principalId,principalName`,
        `${line(DEV, '', 'Admin', admin)},,,`,
        `${line(PROD, 'prod', 'Admin', admin, 1)},,,`,
        `${line(PROD, 'prod', 'Admin', admin, 2)},GROUP,g-1,Platform`,
        `${line(PROD, 'prod', 'Admin', admin, 2)},USER,u-ada,ada`,
        `${line(PROD, 'prod', 'Admin', admin, 2)},USER,u-gone,`,
        `${line(PROD, 'prod', 'Idle', '')},,,`,
        `${line(PROD, 'prod', 'View', view)},USER,u-gone,`,
        '',
      ].join('\n'),
    );
  });

  test('those without an assignment, deleted users aside, where that is known', async () => {
    const { stdout } = await offline([...ROLES, '--unassigned', '-o', 'wide']);
    expect(cells(stdout).map((row) => row[3])).toEqual([
      'ROLE ARN',
      arn(PROD, 'Admin', 1),
      arn(PROD, 'Idle'),
      arn(PROD, 'View'),
      undefined,
    ]);
  });

  test('skipped accounts are named', async () => {
    const world = {
      ...WORLD,
      accounts: [...WORLD.accounts, account('333344445555', 'old', { state: 'SUSPENDED' })],
    };
    const { stdout, stderr } = await offline(['roles', '--all-accounts'], '', world);
    expect(cells(stdout)).toHaveLength(7);
    expect(stderr).toBe('note: skipped suspended account 333344445555 (old)\n');
  });

  test('none at all', async () => {
    const world = { ...WORLD, roles: [] };
    expect(await offline(ROLES, '', world)).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'note: no roles found\n',
    });
  });

  test('accounts that the snapshot lacks, or has not read', async () => {
    const unread = {
      ...WORLD,
      accounts: [account(PROD, 'prod', { rolesRead: false })],
      roles: [],
      assignments: null,
    };
    const { exitCode, stderr } = await offline(['roles', '--account', PROD], '', unread);
    expect([exitCode, stderr]).toEqual([
      3,
      `error: 1 account cannot be read (not read when the snapshot was taken): ${PROD} (prod); error: its roles were not requested\n  Take a snapshot that reads them, or leave them out with --exclude-account. To continue without it: --skip-unreadable ID|GLOB.\n`,
    ]);
    const lacking = await offline(['roles', '--account', '999999999999', '--account', '888888888888']);
    expect(lacking.stderr).toContain(
      'error: 2 accounts cannot be read (not read when the snapshot was taken): 999999999999, 888888888888; first error: it is not in the snapshot\n',
    );
    expect(lacking.stderr).toContain(' To continue without them: --skip-unreadable ID|GLOB.\n');
  });

  test('no scope', async () => {
    const ran = await run(['roles']);
    expect(ran).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'error: no accounts selected\n  Select accounts with --account ID|NAME|GLOB|self, --ou or --all-accounts, or with `accounts:` in the config.\n',
    });
  });
});

describe('who', () => {
  const ADMIN = { rolearn: role(PROD, 'Admin', 2).roleArn, groups: ['system:masters'] };

  test('a table: by name, the id of who was deleted, and a dash for what is empty', async () => {
    const entries = [
      ADMIN,
      { rolearn: role(PROD, 'View').roleArn, username: '' },
      { rolearn: role(DEV, 'Admin').roleArn },
      { rolearn: `arn:aws:iam::${PROD}:role/ci`, username: '', groups: ['system:masters'] },
    ];
    const { stdout, stderr } = await offline(['who', '--expand'], awsAuthOf(entries));
    expect(stdout).toBe(`\
PRINCIPAL   TYPE       VIA        ACCOUNT        PERMISSION SET   USERNAME              GROUPS           NOTE
Platform    group      -          prod           Admin            sso:{{SessionName}}   system:masters   cluster admin
ada         user       Platform   prod           Admin            sso:{{SessionName}}   system:masters   cluster admin
zed         user       Platform   prod           Admin            sso:{{SessionName}}   system:masters   cluster admin
ada         user       -          prod           Admin            sso:{{SessionName}}   system:masters   cluster admin
u-gone      user       -          prod           Admin            sso:{{SessionName}}   system:masters   deleted
u-gone      user       -          prod           View             -                     -                deleted
?           -          -          222233334444   Admin            sso:{{SessionName}}   -                unknown
ci          IAM role   -          prod           -                -                     system:masters   cluster admin
`);
    expect(stderr).toContain(`the snapshot has no assignments for ${DEV}`);
  });

  test.each([
    ['--expand', ['--expand']],
    ['--user', ['--user', 'ada']],
  ])('%s needs the members of all groups', async (_, flags) => {
    const principals = WORLD.principals?.map((one) => ({ ...one, members: null })) ?? null;
    const { exitCode, stdout, stderr } = await offline(['who', ...flags], awsAuthOf([ADMIN]), {
      ...WORLD,
      principals,
    });
    expect([exitCode, stdout, stderr]).toEqual([
      2,
      '',
      'error: the snapshot has no group members\n  Take a new snapshot with `aws-auth-sso snapshot --principals`, which includes users and groups.\n',
    ]);
  });

  test('the assignments of one account at least', async () => {
    const stdin = awsAuthOf([{ rolearn: role(DEV, 'Admin').roleArn }]);
    const { exitCode, stdout, stderr } = await offline(['who'], stdin);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^error: the snapshot has no assignments for 222233334444\n {2}Take a new snapshot/,
    );
  });
});

test('a default config tells check and who how to reach AWS; with a snapshot it is not used', async () => {
  const cwd = await scratch({
    'aws.json': snapshotText(WORLD),
    'aws-auth-sso.yaml': `accounts: ["${DEV}"]\n`,
  });
  await fakeAwsForTest({ accounts: [{ id: PROD }] });
  const stdin = awsAuthOf([{ rolearn: role(PROD, 'View').roleArn }]);
  const note = 'note: using aws-auth-sso.yaml for its regions, profiles and roles to assume\n';
  for (const argv of [['check', '--aws'], ['who']]) {
    expect((await runWithEnvironment(argv, { cwd, stdin })).stderr).toContain(note);
    expect(
      (await runWithEnvironment([...argv, '-c', 'aws-auth-sso.yaml'], { cwd, stdin })).stderr,
    ).not.toContain('using');
  }
  for (const command of ['check', 'who'])
    expect((await run([command, '--inventory', 'aws.json'], { cwd, stdin })).stderr).not.toContain('using');
});
