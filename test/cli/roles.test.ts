import { describe, expect, test } from 'vitest';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run, runWithEnvironment } from './run.ts';

const PROD = '111122223333';
const DEV = '222233334444';
const CLOSED = account('333344445555', 'closed', { state: 'SUSPENDED' });
const SNAPSHOT = snapshotText(
  inventory(
    [account(PROD, 'prod'), account(DEV, 'dev'), CLOSED],
    [role(PROD, 'Admin', 2), role(DEV, 'View'), role(PROD, 'Admin', 1), role(DEV, 'Admin')],
  ),
);

/** Account and permission set of each row, with what stderr has. */
async function roles(argv: readonly string[], config?: string) {
  const files = config === undefined ? {} : { 'aws-auth-sso.yaml': config };
  const cwd = await scratch({ 'world.json': SNAPSHOT, ...files });
  const { stdout, stderr } = await run(['roles', '-o', 'json', '--inventory', 'world.json', ...argv], {
    cwd,
  });
  const rows: { accountId: string; permissionSet: string; roleArn: string }[] = JSON.parse(stdout || '[]');
  return {
    rows: rows.map((row) => `${row.accountId} ${row.permissionSet}`),
    arns: rows.map((row) => row.roleArn),
    stderr,
  };
}

test('are listed in the order of the accounts, then by name and ARN', async () => {
  const { rows, arns } = await roles(['--account', 'dev', '--account', 'prod']);
  expect(rows).toEqual([`${DEV} Admin`, `${DEV} View`, `${PROD} Admin`, `${PROD} Admin`]);
  expect(arns.slice(2)).toEqual([role(PROD, 'Admin', 1).roleArn, role(PROD, 'Admin', 2).roleArn]);
});

test('are sorted by name, whatever comes behind it in the ARN', async () => {
  const world = inventory([account(PROD)], [role(PROD, 'Admin-EU'), role(PROD, 'Admin')]);
  const cwd = await scratch({ 'world.json': snapshotText(world) });
  const { stdout } = await run(['roles', '--inventory', 'world.json', '--account', PROD], { cwd });
  expect(stdout.match(/Admin\S*(?= +0)/g)).toEqual(['Admin', 'Admin-EU']);
});

test('are those of the default accounts of a config and of its mappings, unless flags say others', async () => {
  const config = `accounts: [dev]\nmappings: [{ permissionSet: Admin, groups: [g], accounts: [prod] }]\n`;
  const all = [`${DEV} Admin`, `${DEV} View`, `${PROD} Admin`, `${PROD} Admin`];
  expect((await roles([], config)).rows).toEqual(all);
  expect((await roles(['--account', 'dev'], config)).rows).toEqual(all.slice(0, 2));
  expect((await roles(['--exclude-account', 'dev'], config)).rows).toEqual(all.slice(2));
  const onlyDev = config.replace('[prod]', '[dev]');
  expect((await roles([], onlyDev)).rows).toEqual(all.slice(0, 2));
  expect((await roles(['--account', 'prod'], onlyDev)).rows).toEqual(all.slice(2));
  const everywhere = ['--all-accounts'];
  expect((await roles(everywhere, onlyDev)).rows.sort()).toEqual([...all].sort());
  expect((await roles(everywhere, `excludeAccounts: [prod]\n${onlyDev}`)).rows).toEqual(all.slice(0, 2));
});

test('of a config that is found by itself come with what it limits', async () => {
  const config = `accounts: [dev]\nmappings: [{ permissionSet: Admin, groups: [g] }]\n`;
  const said = async (argv: readonly string[], text = config) =>
    (await roles(argv, text)).stderr.match(/^note: using.*$/gm);
  const using = 'note: using aws-auth-sso.yaml';
  const replaced = `${using}; scope flags replace its accounts`;
  const limited = `${using}; limited to the accounts that it names, without --account, --ou or --all-accounts`;
  expect(await said([])).toEqual([limited]);
  expect(await said(['--account', 'prod'])).toEqual([replaced]);
  const excluding = `excludeAccounts: [prod]\n${config}`;
  expect(await said([], excluding)).toEqual([`${limited}; without its \`excludeAccounts\``]);
  expect(await said(['--all-accounts'], excluding)).toEqual([`${replaced}; without its \`excludeAccounts\``]);
  expect(await said(['--all-accounts', '-c', 'aws-auth-sso.yaml'])).toBeNull();
});

test('of no accounts in particular are not listed', async () => {
  const { exitCode, stdout, stderr } = await run(['roles'], { cwd: await scratch() });
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(/^error: no accounts selected\n/);
});

test('are those of the flags where a config maps nothing', async () => {
  expect((await roles(['--account', 'dev'], 'accounts: [prod]\n')).rows).toEqual([
    `${DEV} Admin`,
    `${DEV} View`,
  ]);
});

test('come with notes on what is left out', async () => {
  const { rows, stderr } = await roles(['--all-accounts']);
  expect(rows).toHaveLength(4);
  expect(stderr).toBe('note: skipped suspended account 333344445555 (closed)\n');
});

test('are read without Identity Center, whatever a config maps', async () => {
  const fake = await fakeAwsForTest({ accounts: [{ id: PROD }] });
  const arn = 'arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-32e4b4859f4238ec';
  const config = `accounts: ["${PROD}"]\nmappings: [{ permissionSet: "${arn}", groups: [g] }]\n`;
  const cwd = await scratch({ 'aws-auth-sso.yaml': config });
  const { exitCode, stderr } = await runWithEnvironment(['roles'], { cwd });
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('note: no roles found\n'),
  });
  expect(Object.keys(fake.calls).filter((call) => call.startsWith('sso-admin'))).toEqual([]);
});

test('with principals show long names short, and give a spreadsheet no formula', async () => {
  const [long, formula] = ['😀'.repeat(70), '=1+1'];
  const [accounts, set] = [
    [account(PROD, 'prod', { assignmentsRead: true })],
    'arn:aws:sso:::permissionSet/ssoins-1/ps-1',
  ];
  const world = inventory(accounts, [role(PROD, 'Admin')], {
    permissionSets: [{ arn: set, name: 'Admin' }],
    principals: [long, formula].map((name, id) => ({ type: 'GROUP', id: `g-${id}`, name, members: null })),
    assignments: ['g-0', 'g-1'].map((principalId) => {
      return { accountId: PROD, permissionSetArn: set, principalType: 'GROUP', principalId };
    }),
  });
  const cwd = await scratch({ 'world.json': snapshotText(world) });
  const argv = ['roles', '--account', PROD, '--inventory', 'world.json', '--principals'];
  expect((await run([...argv, '-o', 'table'], { cwd })).stdout).toContain(
    `=1+1 (group), ${'😀'.repeat(59)}… (group)\n`,
  );
  const csv = (await run([...argv, '-o', 'csv'], { cwd })).stdout;
  expect(csv).toContain(",GROUP,g-1,'=1+1\n");
  expect(csv).toContain(`,${long}\n`);
  const unassigned = await run([...argv, '--unassigned'], { cwd });
  expect(unassigned).toMatchObject({ exitCode: 0, stdout: '', stderr: 'note: no roles found\n' });
});

const SET = 'arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-0000000000000001';
const VIEW = 'arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-0000000000000002';
const person = (id: string, name: string | null = id) => ({ type: 'USER' as const, id, name, members: null });
const assigned = (
  accountId: string,
  permissionSetArn: string,
  principalType: 'GROUP' | 'USER',
  id: string,
) => {
  return { accountId, permissionSetArn, principalType, principalId: id };
};

/** An account whose assignments are known, one whose are not, one without a role, and somebody who was deleted. */
const PEOPLE = snapshotText(
  inventory(
    [
      account(PROD, 'prod', { assignmentsRead: true }),
      account(DEV, null, { assignmentsRead: false }),
      account('333344445555', 'idle', { assignmentsRead: true }),
    ],
    [role(PROD, 'Admin', 1), role(PROD, 'Admin', 2), role(PROD, 'View'), role(DEV, 'Admin')],
    {
      permissionSets: [
        { arn: SET, name: 'Admin' },
        { arn: VIEW, name: 'View' },
      ],
      principals: [
        { type: 'GROUP', id: 'g1', name: 'Platform', members: ['u1', 'u2'] },
        { type: 'GROUP', id: 'g2', name: '=Empty', members: [] },
        person('u1', 'ada'),
        person('u2', null),
      ],
      assignments: [
        assigned(PROD, SET, 'GROUP', 'g1'),
        assigned(PROD, SET, 'USER', 'u2'),
        assigned(PROD, VIEW, 'GROUP', 'g1'),
        assigned(PROD, VIEW, 'GROUP', 'g2'),
        assigned(PROD, VIEW, 'USER', 'u1'),
      ],
    },
  ),
);

async function listed(argv: readonly string[], world = {}) {
  const cwd = await scratch({ 'world.json': PEOPLE });
  return run(['roles', '--inventory', 'world.json', '--all-accounts', ...argv], { cwd, ...world });
}

describe('a table of roles', () => {
  test('has suffixes, and how many are assigned where that is known', async () => {
    expect(await listed([])).toEqual({
      exitCode: 0,
      stdout: `\
ACCOUNT        NAME   PERMISSION SET   SUFFIX             ASSIGNED
111122223333   prod   Admin            0000000000000001   0
111122223333   prod   Admin            0000000000000002   1
111122223333   prod   View             0000000000000001   3
222233334444   -      Admin            0000000000000001   ?
`,
      stderr: '',
    });
  });

  test('does not tell who is assigned where nobody knows', async () => {
    const cwd = await scratch({ 'world.json': SNAPSHOT });
    const { stdout } = await run(['roles', '--inventory', 'world.json', '--account', 'dev'], { cwd });
    expect(stdout).toBe(`\
ACCOUNT        NAME   PERMISSION SET   SUFFIX
222233334444   dev    Admin            0000000000000001
222233334444   dev    View             0000000000000001
`);
  });

  test('has dates on a terminal with room for them', async () => {
    const shown = async (columns: number) => (await listed([], { stdoutIsTty: true, columns })).stdout;
    const [header, first] = (await shown(80)).split('\n');
    expect(header).toMatch(/SUFFIX +ASSIGNED +CREATED$/);
    expect(first).toMatch(/ 2026-01-01$/);
    expect(await shown(73)).not.toContain('CREATED');
  });

  test('fits a hundred columns with names as long as they are in most organizations', async () => {
    const long = inventory([account(PROD, 'a'.repeat(24))], [role(PROD, 'S'.repeat(24))]);
    const cwd = await scratch({ 'world.json': snapshotText(long) });
    const { stdout } = await run(['roles', '--inventory', 'world.json', '--account', PROD], { cwd });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test('is cut on a terminal, but for ids and suffixes; a wide one is not', async () => {
    const long = inventory([account(PROD, 'n'.repeat(50))], [role(PROD, 'S'.repeat(32))]);
    const cwd = await scratch({ 'world.json': snapshotText(long) });
    const argv = ['roles', '--inventory', 'world.json', '--account', PROD];
    const terminal = { cwd, stdoutIsTty: true, columns: 80 };
    const { stdout } = await run(argv, terminal);
    expect(stdout.split('\n')[1]).toBe(
      `111122223333  ${'n'.repeat(19)}…  ${'S'.repeat(25)}…  0000000000000001`,
    );
    const wide = await run([...argv, '-o', 'wide'], terminal);
    expect(wide.stdout).toContain(`${'n'.repeat(50)}   ${'S'.repeat(32)}   arn:aws:iam::`);
    expect((await run(argv, { ...terminal, columns: 0 })).stdout).toContain('n'.repeat(50));
    expect((await run(argv, { ...terminal, columns: 40 })).stdout).toMatch(/^ACCOUNT {9}111122223333\nNAME /);
  });

  test('has in wide the ARN, the time and who is assigned', async () => {
    const { stdout } = await listed(['-o', 'wide']);
    const rows = stdout.split('\n').map((line) => line.split(/ {3,}/));
    expect(rows[0]).toEqual(['ACCOUNT', 'NAME', 'PERMISSION SET', 'ROLE ARN', 'CREATED', 'PRINCIPALS']);
    expect(rows[2]).toEqual([
      PROD,
      'prod',
      'Admin',
      role(PROD, 'Admin', 2).roleArn,
      '2026-01-02T00:00:00.000Z',
      'Platform (group), u2 (deleted user)',
    ]);
    expect(rows.map((cells) => cells[5])).toEqual([
      'PRINCIPALS',
      '-',
      'Platform (group), u2 (deleted user)',
      '=Empty (group), Platform (group), ada (user)',
      '?',
      undefined,
    ]);
  });
});

describe('-o name', () => {
  test('has the ARNs of roles, one a line', async () => {
    const { stdout } = await listed(['-o', 'name', '--account', PROD]);
    const arns = [role(PROD, 'Admin', 1), role(PROD, 'Admin', 2), role(PROD, 'View'), role(DEV, 'Admin')];
    expect(stdout).toBe(arns.map(({ roleArn }) => `${roleArn}\n`).join(''));
  });

  test('has the names of what is counted', async () => {
    expect((await listed(['-o', 'name', '--by', 'permission-set'])).stdout).toBe('Admin\nView\n');
    expect((await listed(['-o', 'name', '--by', 'account'])).stdout).toBe(`${PROD}\n${DEV}\n333344445555\n`);
  });
});

describe('--permission-set', () => {
  test.each([
    [['View'], ['View']],
    [['A*'], ['Admin', 'Admin', 'Admin']],
    [
      ['View', '[A]dmin'],
      ['Admin', 'Admin', 'View', 'Admin'],
    ],
    [['{View,x}', 'Vie?'], ['View']],
  ])('of %j lists those roles', async (patterns, sets) => {
    const { stdout, stderr } = await listed([
      '-o',
      'json',
      ...patterns.flatMap((one) => ['--permission-set', one]),
    ]);
    expect(JSON.parse(stdout).map(({ permissionSet }: { permissionSet: string }) => permissionSet)).toEqual(
      sets,
    );
    expect(stderr).toBe('');
  });

  test('warns of each that is not there, with near names or those that are', async () => {
    const { exitCode, stdout, stderr } = await listed(
      ['admin', 'Edit', 'Adm*n?'].flatMap((one) => ['--permission-set', one]),
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toBe(`\
warning: --permission-set: no role of "admin" in these accounts
  Did you mean "Admin"?
warning: --permission-set: no role of "Edit" in these accounts
  Provisioned there: "Admin", "View".
warning: --permission-set: no role of "Adm*n?" in these accounts
  Provisioned there: "Admin", "View".
note: no roles found
`);
    const one = await listed([
      '--permission-set',
      'Edit',
      '--permission-set',
      'View',
      '--quiet',
      '-o',
      'name',
    ]);
    expect(one.stdout).toBe(`${role(PROD, 'View').roleArn}\n`);
    expect(one.stderr).toBe(
      'warning: --permission-set: no role of "Edit" in these accounts\n  Provisioned there: "Admin", "View".\n',
    );
  });

  test('shows a hostile glob as text', async () => {
    const { stderr } = await listed(['--permission-set', '\u001b[31m']);
    expect(stderr).toContain('no role of "\\u{1b}[31m" in these accounts');
  });

  test('says where nothing at all is provisioned', async () => {
    const { stderr } = await listed([
      '--permission-set',
      'Admin',
      '--exclude-account',
      PROD,
      '--exclude-account',
      DEV,
    ]);
    expect(stderr).toBe(
      'warning: --permission-set: no role of "Admin" in these accounts\n  Provisioned there: none.\nnote: no roles found\n',
    );
  });

  test.each([
    ['group:Platform', 'is neither the name of a permission set nor a glob'],
    [SET, 'is neither the name of a permission set nor a glob'],
    ['', 'is not a permission set name'],
    ['a\u001bb', '"a\\u{1b}b" is not a permission set name'],
    ['a b', 'is not a permission set name: those have 1 to 32 letters, digits or any of _ + = , . @ -'],
    ['*a*a*a*a*a*a*a', 'has more than 6 stars; use fewer'],
  ])('refuses %j', async (pattern, problem) => {
    const { exitCode, stdout, stderr } = await listed(['--permission-set', pattern]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(`error: --permission-set: `);
    expect(stderr).toContain(problem);
  });
});

describe('--by permission-set', () => {
  const argv = ['--by', 'permission-set'];

  test('counts accounts, roles and who is assigned', async () => {
    expect((await listed(argv)).stdout).toBe(`\
PERMISSION SET   ACCOUNTS   ROLES   ASSIGNED
Admin            2          3       ?
View             1          1       3
`);
    const cwd = await scratch({ 'world.json': SNAPSHOT });
    const unknown = await run(['roles', ...argv, '--inventory', 'world.json', '--account', 'prod'], { cwd });
    expect(unknown.stdout).toBe('PERMISSION SET   ACCOUNTS   ROLES\nAdmin            1          2\n');
  });

  test('names them', async () => {
    const named = await listed([...argv, '--principals']);
    expect(named.stdout).toBe(`\
PERMISSION SET   ACCOUNTS   ROLES   PRINCIPALS
Admin            2          3       Platform (group), u2 (deleted user), ?
View             1          1       =Empty (group), Platform (group), ada (user)
`);
    expect(named.stderr).toBe(`warning: the snapshot has no assignments for ${DEV}\n`);
    expect((await listed([...argv, '-o', 'wide'])).stdout).toBe(`\
PERMISSION SET   ROLES   ACCOUNTS             PRINCIPALS
Admin            3       prod, 222233334444   Platform (group), u2 (deleted user), ?
View             1       prod                 =Empty (group), Platform (group), ada (user)
`);
  });

  test('is JSON and CSV, too', async () => {
    const of = async (...more: string[]) =>
      JSON.parse((await listed([...argv, '-o', 'json', ...more])).stdout);
    const admin = {
      permissionSet: 'Admin',
      permissionSetArn: SET,
      accounts: [
        { accountId: PROD, accountName: 'prod' },
        { accountId: DEV, accountName: null },
      ],
      roles: 3,
      assigned: null,
      principals: null,
    };
    expect((await of())[0]).toEqual(admin);
    const [first, second] = await of('--principals');
    expect(first).toEqual({
      ...admin,
      principals: [
        { type: 'GROUP', id: 'g1', name: 'Platform' },
        { type: 'USER', id: 'u2', name: null },
      ],
    });
    expect(second).toMatchObject({ assigned: 3, roles: 1 });
    expect((await listed([...argv, '-o', 'csv'])).stdout).toBe(`\uFEFF\
permissionSet,permissionSetArn,accounts,roles,assigned
Admin,${SET},2,3,
View,${VIEW},1,1,3
`);
  });
});

describe('--by account', () => {
  const argv = ['--by', 'account'];

  test('counts permission sets, roles and who is assigned any of them, once', async () => {
    expect((await listed(argv)).stdout).toBe(`\
ACCOUNT        NAME   SETS   ROLES   ASSIGNED
111122223333   prod   2      3       3
222233334444   -      1      1       ?
333344445555   idle   0      0       0
`);
    expect((await listed([...argv, '-o', 'wide'])).stdout).toBe(`\
ACCOUNT        NAME   ROLES   PERMISSION SETS   PRINCIPALS
111122223333   prod   3       Admin, View       =Empty (group), Platform (group), ada (user), u2 (deleted user)
222233334444   -      1       Admin             ?
333344445555   idle   0       -                 -
`);
  });

  test('leaves out who has no such role', async () => {
    expect((await listed([...argv, '-o', 'name', '--permission-set', 'View'])).stdout).toBe(`${PROD}\n`);
    expect((await listed([...argv, '-o', 'name', '--unassigned'])).stdout).toBe(`${PROD}\n`);
  });

  test('is JSON and CSV, too', async () => {
    const json = JSON.parse((await listed([...argv, '-o', 'json', '--account', PROD])).stdout);
    expect(json).toEqual([
      {
        accountId: PROD,
        accountName: 'prod',
        permissionSets: ['Admin', 'View'],
        roles: 3,
        assigned: 3,
        principals: null,
      },
      {
        accountId: DEV,
        accountName: null,
        permissionSets: ['Admin'],
        roles: 1,
        assigned: null,
        principals: null,
      },
      {
        accountId: '333344445555',
        accountName: 'idle',
        permissionSets: [],
        roles: 0,
        assigned: 0,
        principals: null,
      },
    ]);
    expect(
      (await listed([...argv, '-o', 'csv', '--permission-set', 'View', '--principals'])).stdout,
    ).toBe(`\uFEFF\
accountId,accountName,permissionSets,roles,assigned,principalType,principalId,principalName
"=""${PROD}""",prod,1,1,3,GROUP,g2,'=Empty
"=""${PROD}""",prod,1,1,3,GROUP,g1,Platform
"=""${PROD}""",prod,1,1,3,USER,u1,ada
`);
  });

  test('names all of them in a wide table, ten in another', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `${100000000000 + index}`);
    const people = ids.map((id) => person(`u${id}`, `user-${id}`));
    const sets = ids.map((id) => ({ arn: SET.replace(/[^-]+$/, id), name: `Set${id}` }));
    const members = people.map(({ id }) => id);
    const text = snapshotText(
      inventory(
        ids.map((id) => account(id, `name-${id}`, { assignmentsRead: true })),
        ids.flatMap((id) => [role(id, 'Admin'), role(ids[0] ?? '', `Set${id}`)]),
        {
          permissionSets: [{ arn: SET, name: 'Admin' }, ...sets],
          principals: [{ type: 'GROUP', id: 'g1', name: 'Platform', members }, ...people],
          assignments: [
            assigned(ids[0] ?? '', SET, 'GROUP', 'g1'),
            ...members.map((id) => assigned(ids[0] ?? '', SET, 'USER', id)),
          ],
        },
      ),
    );
    const cwd = await scratch({ 'world.json': text });
    const shown = async (...more: string[]) =>
      (await run(['roles', '--inventory', 'world.json', '--all-accounts', '--expand', ...more], { cwd }))
        .stdout;
    const all = (prefix: string) => ids.map((id) => prefix + id).join(', ');
    const sets12 = await shown('--by', 'permission-set', '-o', 'wide');
    expect(sets12).toContain(` ${all('name-')}   Platform (group: ${all('user-')}), `);
    expect(sets12).not.toContain(' more');
    expect(await shown('--by', 'account', '-o', 'wide')).toContain(` Admin, ${all('Set')} `);
    expect((await shown()).split('\n')[1]).toMatch(
      /\(group: (?:user-\d+, ){9}user-\d+ and 2 more\), .* and 3 more$/,
    );
  });

  test('lists accounts without a role, and says that there is none', async () => {
    const { stdout, stderr } = await listed([...argv, '--exclude-account', PROD, '--exclude-account', DEV]);
    expect(stdout).toContain('333344445555   idle   0      0       0\n');
    expect(stderr).toBe('note: no roles found\n');
  });

  test('is refused with anything else', async () => {
    const { exitCode, stderr } = await listed(['--by', 'role']);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining('Allowed choices are permission-set, account.'),
    });
  });
});

describe('an organization with odd names', () => {
  const long = 'u'.repeat(70);
  const NAME = 'd'.repeat(61);
  const world = snapshotText(
    inventory(
      [
        account(PROD, '=prod', { assignmentsRead: true }),
        account(DEV, NAME, { assignmentsRead: true }),
        account('333344445555', 'shut', { rolesRead: false, unreadable: 'denied' }),
      ],
      [role(PROD, 'View'), role(DEV, 'Admin')],
      {
        permissionSets: [{ arn: SET, name: 'Admin' }],
        principals: [{ type: 'GROUP', id: 'g1', name: 'Platform', members: ['u1'] }, person('u1', long)],
        assignments: [assigned(DEV, SET, 'GROUP', 'g1')],
      },
    ),
  );
  const of = async (argv: readonly string[], terminal = {}) => {
    const cwd = await scratch({ 'world.json': world });
    const scope = ['--all-accounts', '--skip-unreadable', 'shut', '--inventory', 'world.json'];
    return run(['roles', ...scope, ...argv], { cwd, ...terminal });
  };

  test('sorts its permission sets by name, whatever the order of its accounts', async () => {
    expect((await of(['--by', 'permission-set', '-o', 'name'])).stdout).toBe('Admin\nView\n');
    expect((await of(['--permission-set', 'X'])).stderr).toContain('Provisioned there: "Admin", "View".');
  });

  test('does not count what could not be read', async () => {
    const { stdout, stderr } = await of(['--by', 'account', '-o', 'csv']);
    expect(stdout).toBe(`\uFEFF\
accountId,accountName,permissionSets,roles,assigned
"=""${PROD}""",'=prod,1,1,0
"=""${DEV}""",${NAME},1,1,1
`);
    expect(stderr).toMatch(/^warning: .*333344445555/);
  });

  test('shows long names and members short', async () => {
    expect((await of(['--by', 'permission-set', '-o', 'wide'])).stdout).toContain(` ${'d'.repeat(59)}… `);
    expect((await of(['--expand'])).stdout).toContain(`Platform (group: ${'u'.repeat(59)}…)\n`);
  });

  test('cuts lists before names on a terminal', async () => {
    const { stdout } = await of(['--expand'], { stdoutIsTty: true, columns: 110 });
    expect(stdout).toContain(
      `${DEV}  ${'d'.repeat(39)}…  Admin           0000000000000001  Platform (group: uu…\n`,
    );
  });
});

test('of which nothing is known of people have no such column in a wide table', async () => {
  const cwd = await scratch({ 'world.json': SNAPSHOT });
  const { stdout } = await run(['roles', '--inventory', 'world.json', '--account', 'dev', '-o', 'wide'], {
    cwd,
  });
  expect(stdout).toMatch(/^ACCOUNT .* CREATED\n/);
});

test('that no pattern selects need no assignments', async () => {
  const cwd = await scratch({ 'world.json': SNAPSHOT });
  const argv = ['roles', '--inventory', 'world.json', '--account', 'dev', '--principals'];
  const none = await run([...argv, '--permission-set', 'X*'], { cwd });
  expect(none).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(/^warning: .*\n.*\nnote: no roles found\n$/),
  });
  const some = await run([...argv, '--permission-set', 'A*'], { cwd });
  expect(some).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/^error: the snapshot has no assignments\n/),
  });
});

describe('--expand', () => {
  const argv = ['--expand', '--quiet', '--account', PROD, '--permission-set', 'View'];

  test('lists the members of groups in every format', async () => {
    expect((await listed(argv)).stdout).toMatch(
      / {3}=Empty \(group: no members\), Platform \(group: ada, u2\), ada \(user\)\n$/,
    );
    expect(JSON.parse((await listed([...argv, '-o', 'json'])).stdout)[0].principals).toEqual([
      { type: 'GROUP', id: 'g2', name: '=Empty', members: [] },
      {
        type: 'GROUP',
        id: 'g1',
        name: 'Platform',
        members: [
          { type: 'USER', id: 'u1', name: 'ada' },
          { type: 'USER', id: 'u2', name: null },
        ],
      },
      { type: 'USER', id: 'u1', name: 'ada', members: null },
    ]);
    const csv = (await listed([...argv, '-o', 'csv'])).stdout.trimEnd().split('\n');
    expect(csv.map((line) => line.split(',').slice(7).join())).toEqual([
      'principalType,principalId,principalName,via',
      "GROUP,g2,'=Empty,",
      'GROUP,g1,Platform,',
      'USER,u1,ada,Platform',
      'USER,u2,,Platform',
      'USER,u1,ada,',
    ]);
  });
});

describe('a snapshot is a scope', () => {
  const accounts = [
    account(PROD, 'prod'),
    account(DEV, 'dev'),
    account('333344445555', 'shut', { rolesRead: false }),
  ];
  const of = async (argv: readonly string[], files: Readonly<Record<string, string>> = {}) => {
    const world = snapshotText(inventory(accounts, [role(PROD, 'Admin'), role(DEV, 'View')]));
    const cwd = await scratch({ 'world.json': world, ...files });
    return run(['roles', '--inventory', 'world.json', '-o', 'name', ...argv], { cwd });
  };

  test('of all accounts that it holds, and says so', async () => {
    const { exitCode, stdout, stderr } = await of([]);
    const arns = [role(PROD, 'Admin'), role(DEV, 'View')].map(({ roleArn }) => `${roleArn}\n`);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: arns.join('') });
    expect(stderr).toMatch(
      /^note: no accounts selected: listing all accounts of the snapshot\nwarning: .*333344445555/,
    );
  });

  test('that flags and a config still limit', async () => {
    const dev = `${role(DEV, 'View').roleArn}\n`;
    expect((await of(['--account', 'dev'])).stdout).toBe(dev);
    expect((await of([], { 'aws-auth-sso.yaml': 'accounts: [dev]\n' })).stdout).toBe(dev);
    expect(await of(['--exclude-account', 'prod'])).toMatchObject({ exitCode: 0, stdout: dev });
  });

  test('but not of what is written', async () => {
    const cwd = await scratch({ 'world.json': snapshotText(inventory(accounts, [])) });
    for (const [command = '', ...more] of [
      ['generate', '--no-nodes'],
      ['access-entries', '-o', 'json'],
    ]) {
      const argv = [command, '--map', 'Admin=g', '--inventory', 'world.json', ...more];
      const { exitCode, stderr } = await run(argv, { cwd });
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/^error: --map "Admin=g": no accounts selected\n/);
    }
  });
});
