import { describe, expect, test } from 'vitest';
import { awsAuthOf, type Item } from '../access/aws-auth-of.ts';
import { buildWorld } from '../fake-aws/build-world.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';
import { type Ran, runWithEnvironment as run } from './run.ts';

const PROD = '222222222222';
const DEV = '333333333333';

/** Ada is assigned View directly and comes through two groups; a user and a group were deleted. */
const WORLD: WorldInput = {
  accounts: [
    { id: PROD, name: 'prod' },
    { id: DEV, name: 'dev' },
  ],
  permissionSets: ['Admin', 'View', 'Ops', 'Idle', 'Ghosts', 'Hollow'],
  users: ['ada', 'bob', 'cy', { userName: 'gone', deleted: true }],
  groups: [
    { displayName: 'Platform', members: ['ada', 'bob'] },
    { displayName: 'Audit', members: ['ada'] },
    { displayName: 'Empty', members: [] },
    { displayName: 'Former', members: ['bob'], deleted: true },
  ],
  assignments: [
    { account: PROD, permissionSet: 'Admin', group: 'Platform' },
    { account: PROD, permissionSet: 'View', group: 'Platform' },
    { account: PROD, permissionSet: 'View', group: 'Audit' },
    { account: PROD, permissionSet: 'View', user: 'ada' },
    { account: PROD, permissionSet: 'View', user: 'gone' },
    { account: PROD, permissionSet: 'Ghosts', user: 'gone' },
    { account: PROD, permissionSet: 'Ghosts', group: 'Former' },
    { account: PROD, permissionSet: 'Hollow', group: 'Empty' },
    { account: DEV, permissionSet: 'Ops', user: 'cy' },
  ],
  provisioned: [{ account: PROD, permissionSet: 'Idle' }],
  roles: ['ci', 'node'].map((name) => ({ account: PROD, name })),
};
const world = buildWorld(WORLD);

function roleArn(accountId: string, set: string): string {
  const role = world.roles.find(
    (one) => one.accountId === accountId && one.name.startsWith(`AWSReservedSSO_${set}_`),
  );
  return `arn:aws:iam::${accountId}:role/${role?.name}`;
}

function idOf(name: string): string {
  const user = world.users.find(({ userName }) => userName === name);
  return user?.id ?? world.groups.find(({ displayName }) => displayName === name)?.id ?? '';
}

const NODE: Item = {
  rolearn: `arn:aws:iam::${PROD}:role/node`,
  username: 'system:node:{{EC2PrivateDNSName}}',
  groups: ['system:nodes'],
};
const ADMIN: Item = {
  rolearn: roleArn(PROD, 'Admin'),
  username: 'admin:{{SessionName}}',
  groups: ['system:masters'],
};
const VIEW: Item = { rolearn: roleArn(PROD, 'View'), groups: ['viewers'] };
const OPS: Item = { rolearn: roleArn(DEV, 'Ops'), groups: ['ops', 'viewers'] };

/** Of WORLD, taken once. */
let snapshot: Promise<Ran> | undefined;

/** Live and from a snapshot, which have to say the same. */
async function who(items: readonly Item[], ...argv: readonly string[]): Promise<Ran> {
  await fakeAwsForTest(WORLD);
  const stdin = awsAuthOf(items);
  const live = await run(['who', ...argv], { stdin });
  snapshot ??= run(['snapshot', '--principals', '--account', PROD, '--account', DEV]);
  const cwd = await scratch({ 'aws.json': (await snapshot).stdout });
  const offline = await run(['who', ...argv, '--inventory', 'aws.json'], { stdin, cwd, env: {} });
  expect(timeless(offline)).toEqual(timeless(live));
  return timeless(live);
}

/** Without the times of the readings, which are none too early. */
function timeless({ exitCode, stdout, stderr }: Ran): Ran {
  const now = Date.now();
  const withoutTime = (text: string, pattern: RegExp) =>
    text.replace(pattern, (found, time: string) => {
      expect(Math.abs(Date.parse(time) - now)).toBeLessThan(60_000);
      return found.replace(time, 'NOW');
    });
  return {
    exitCode,
    stdout: withoutTime(stdout, /(\d{4}-\d\d-\d\dT[\d:.]+Z)(?=[\n",])/g),
    stderr: withoutTime(stderr, /note: as of (\S+)\n/g).replace('note: as of NOW\n', ''),
  };
}

async function rows(items: readonly Item[], ...argv: readonly string[]): Promise<string[]> {
  const { stdout } = await who(items, '-o', 'json', ...argv);
  return JSON.parse(stdout).map(
    ({
      principal,
      via,
      permissionSet,
      groups,
      access,
    }: {
      principal: { type: string; id: string; name: string | null };
      via: string | null;
      permissionSet: string;
      groups: string[];
      access: string;
    }) =>
      `${access === 'granted' ? '' : `${access}: `}${principal.type} ${principal.name ?? `deleted ${principal.id}`}${via === null ? '' : ` via ${via}`}: ${permissionSet} ${groups}`,
  );
}

describe('the truth', () => {
  test('groups and users in the order of the entries, the deleted as such', async () => {
    expect(await rows([NODE, ADMIN, VIEW, OPS])).toEqual([
      'GROUP Platform: Admin system:masters',
      'GROUP Audit: View viewers',
      'GROUP Platform: View viewers',
      'USER ada: View viewers',
      `none: USER deleted ${idOf('gone')}: View viewers`,
      'USER cy: Ops ops,viewers',
      'IAM_ROLE node: null system:nodes',
    ]);
  });

  test('--expand lists the members of groups behind them', async () => {
    expect(await rows([ADMIN, VIEW], '--expand')).toEqual([
      'GROUP Platform: Admin system:masters',
      'USER ada via Platform: Admin system:masters',
      'USER bob via Platform: Admin system:masters',
      'GROUP Audit: View viewers',
      'USER ada via Audit: View viewers',
      'GROUP Platform: View viewers',
      'USER ada via Platform: View viewers',
      'USER bob via Platform: View viewers',
      'USER ada: View viewers',
      `none: USER deleted ${idOf('gone')}: View viewers`,
    ]);
  });

  test('--user says what a user gets, and through what', async () => {
    expect(await rows([NODE, ADMIN, VIEW, OPS], '--user', 'ada')).toEqual([
      'USER ada via Platform: Admin system:masters',
      'USER ada via Audit: View viewers',
      'USER ada via Platform: View viewers',
      'USER ada: View viewers',
    ]);
    expect(await rows([ADMIN, VIEW, OPS], '--user', 'bob')).toEqual([
      'USER bob via Platform: Admin system:masters',
      'USER bob via Platform: View viewers',
    ]);
  });

  test('--group says what a group gets', async () => {
    expect(await rows([ADMIN, VIEW, OPS], '--group', 'Audit')).toEqual(['GROUP Audit: View viewers']);
    expect(await rows([ADMIN, VIEW], '--group', 'Audit', '--expand')).toEqual([
      'GROUP Audit: View viewers',
      'USER ada via Audit: View viewers',
    ]);
  });

  test.each([[[]], [['--user', 'ada']], [['--group', 'Platform']]])(
    'nothing more is said where all is well: %j',
    async (argv) => {
      expect((await who([VIEW], ...argv)).stderr).toBe('');
    },
  );

  test('every field of the contract', async () => {
    const { stdout } = await who([ADMIN], '-o', 'json', '--user', 'bob');
    expect(JSON.parse(stdout)).toEqual([
      {
        principal: { type: 'USER', id: idOf('bob'), name: 'bob' },
        via: 'Platform',
        accountId: PROD,
        permissionSet: 'Admin',
        rolearn: ADMIN.rolearn,
        username: 'admin:{{SessionName}}',
        groups: ['system:masters'],
        source: 'aws-auth',
        policies: [],
        accountName: null,
        cluster: null,
        access: 'granted',
        reason: null,
        bindings: null,
        risks: null,
        bindingsOfEverybody: null,
        risksOfEverybody: null,
        through: null,
        auditUsername: 'admin:bob',
        kubernetesVersion: null,
        asOf: 'NOW',
      },
    ]);
  });

  test('a later entry of the same role wins, whatever the case of its ARN', async () => {
    const later = {
      rolearn: VIEW.rolearn.toUpperCase().replace('ARN:AWS:IAM', 'arn:aws:iam'),
      groups: ['later'],
    };
    expect(await rows([VIEW, later], '--group', 'Audit')).toEqual(['GROUP Audit: View later']);
  });
});

describe('what stands out', () => {
  const path = (arn: string) => arn.replace('role/', 'role/aws-reserved/sso.amazonaws.com/eu-west-1/');

  test.each<[string, string, string[]]>([
    [
      'a role that is gone',
      VIEW.rolearn.replace(/.{4}$/, '0000'),
      ['the role no longer exists', `(now ${VIEW.rolearn})`],
    ],
    ['a path in the ARN', path(VIEW.rolearn), ['the ARN has a path and never matches']],
    ['nobody assigned', roleArn(PROD, 'Idle'), ['the permission set is assigned to nobody there']],
    ['only the deleted assigned', roleArn(PROD, 'Ghosts'), ['everyone assigned was deleted']],
  ])('an entry that lets nobody in: %s', async (_, rolearn, texts) => {
    const { exitCode, stderr } = await who([{ rolearn, groups: ['a'] }]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^warning: <stdin>:\d+:\d+: .*, so nobody gets in: /);
    expect(stderr).not.toContain('note: ');
    for (const text of texts) expect(stderr).toContain(text);
  });

  test('in JSON, the role stands for those whom its entry does not let in', async () => {
    const rolearn = VIEW.rolearn.replace(/.{4}$/, '0000');
    const { stdout } = await who([{ rolearn, groups: ['a'] }], '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject([
      {
        principal: { type: 'IAM_ROLE', id: rolearn, name: rolearn.replace(/.*\//, '') },
        via: null,
        permissionSet: 'View',
        access: 'none',
        reason: 'role-gone',
      },
    ]);
  });

  test('an entry that reaches empty groups only, once their members are known', async () => {
    const { stderr } = await who([{ rolearn: roleArn(PROD, 'Hollow'), groups: ['a'] }], '--expand');
    expect(stderr).toContain('the assigned groups have no members');
  });

  test('people who reach system:masters', async () => {
    const { stdout, stderr } = await who([ADMIN, VIEW], '--expand');
    expect(stderr).toContain(
      `warning: cluster administrators (system:masters): group "Platform" (Admin in ${PROD}), user "ada" (through group "Platform", Admin in ${PROD}), user "bob" (through group "Platform", Admin in ${PROD})\n`,
    );
    expect(stdout.match(/cluster admin$/gm)).toHaveLength(3);
  });

  test('what Identity Center knows nothing of is listed, and counted where it is not asked for', async () => {
    await fakeAwsForTest(WORLD);
    const mapUsers =
      '[{"userarn": "arn:aws:iam::222222222222:user/b", "username": "b", "groups": ["system:masters"]}]';
    const stdin = awsAuthOf([NODE, VIEW, { rolearn: `arn:aws:iam::${PROD}:role/ci` }], {
      mapUsers,
      mapAccounts: '["333333333333"]',
    });
    const all = await run(['who'], { stdin });
    expect(all.stdout.split('\n').slice(-5).join('\n')).toMatch(
      /^ci +IAM role .*\nb +IAM user .* cluster admin\n333333333333 +account +- +333333333333 +- +\(the ARN of the caller\) +-\nnode +IAM role .* nodes\n$/,
    );
    expect(all.stderr).not.toContain('not shown');
    const scoped = await run(['who', '--account', PROD], { stdin });
    expect(scoped.stdout).not.toContain('333333333333');
    expect(scoped.stderr).toContain('note: other entries, not shown: 1 whole account\n');
    const user = await run(['who', '--user', 'ada'], { stdin });
    expect(user.stdout).not.toContain('IAM');
    expect(user.stderr).toContain(
      'note: other entries, not shown: 1 node role, 1 other IAM role, 1 IAM user, 1 whole account; 1 of them has system:masters\n',
    );
  });

  test.each([
    ['an id', ['--account', DEV], ['ci']],
    ['an id that no permission set is mapped in', ['--account', '444444444444'], ['far']],
    ['a name', ['--account', 'dev'], ['ci']],
    ['an id and a name', ['--account', '444444444444', '--account', 'dev'], ['ci', 'far']],
    ['all but one', ['--exclude-account', DEV], ['node', 'far']],
    ['all, of the organization or not', ['--all-accounts'], ['node', 'ci', 'far']],
    ['none of these', ['--account', '555555555555'], []],
  ])('an IAM role is in the scope with its account: %s', async (_, flags, names) => {
    await fakeAwsForTest(WORLD);
    const entries = [
      NODE,
      VIEW,
      ...(flags.includes(DEV) ? [] : [OPS]),
      { rolearn: `arn:aws:iam::${DEV}:role/ci`, username: 'ci' },
      { rolearn: 'arn:aws:iam::444444444444:role/far', username: 'far' },
    ];
    const { stdout, stderr } = await run(['who', '-o', 'json', ...flags], { stdin: awsAuthOf(entries) });
    const nothing = 'note: <stdin> has no entry of an account in the scope\n';
    expect(stderr.includes(nothing)).toBe(names.length === 0);
    const others = JSON.parse(stdout).filter(
      (row: { principal: { type: string } }) => row.principal.type === 'IAM_ROLE',
    );
    expect(others.map((row: { principal: { name: string } }) => row.principal.name).sort()).toEqual(
      [...names].sort(),
    );
  });

  test('a person is looked for in AWS also where the scope has no role of a permission set', async () => {
    await fakeAwsForTest(WORLD);
    const flags = ['--user', 'ada', '--account', '444444444444'];
    const { exitCode, stdout, stderr } = await run(['who', ...flags], { stdin: awsAuthOf([VIEW]) });
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain('error: the scope contains no account: --account 444444444444 selects none of ');
  });

  test('what the authenticator cannot load of mapAccounts is warned of', async () => {
    await fakeAwsForTest(WORLD);
    const { stderr } = await run(['who'], { stdin: awsAuthOf([VIEW], { mapAccounts: '{}' }) });
    expect(stderr).toMatch(
      /^warning: <stdin>:\d+:\d+: mapAccounts: .*the authenticator ignores the whole key/m,
    );
  });

  test('what the authenticator cannot load of mapUsers is warned of', async () => {
    await fakeAwsForTest(WORLD);
    const { stderr } = await run(['who'], { stdin: awsAuthOf([VIEW], { mapUsers: '[x]' }) });
    expect(stderr).toMatch(/^warning: <stdin>:\d+:\d+: mapUsers: .*the authenticator drops this item$/m);
  });

  test('entries of other accounts than the flags name are not looked at', async () => {
    const { stdout, stderr } = await who([VIEW, OPS], '--account', PROD);
    expect(stdout).toContain('View');
    expect(`${stdout}${stderr}`).not.toContain('Ops');
  });

  test('entries come in the order of the map, and a spreadsheet gets no formula', async () => {
    const idle = { rolearn: roleArn(PROD, 'Idle'), groups: ['viewers'] };
    const view = { ...VIEW, username: '=1+1', groups: ['@viewers'] };
    const { stdout } = await who([idle, view]);
    expect(stdout.indexOf('Idle')).toBeLessThan(stdout.indexOf('View'));
    expect((await who([idle, view], '-o', 'csv')).stdout).toMatch(/,'=1\+1,'@viewers,,granted,/m);
  });

  test('entries that give nobody access are of no interest where somebody is named', async () => {
    const idle = { rolearn: roleArn(PROD, 'Idle'), groups: ['viewers'] };
    expect((await who([VIEW, idle])).stdout).toContain('Idle');
    const { stdout, stderr } = await who([VIEW, idle], '--user', 'ada');
    expect(stdout).toContain('View');
    expect(`${stdout}${stderr}`).not.toContain('Idle');
  });

  describe('IAM roles and users with system:masters', () => {
    const CI = `arn:aws:iam::${PROD}:role/ci`;
    const BREAK_GLASS = 'arn:aws:iam::222222222222:user/ops/break-glass';
    const MASTERS = '["system:masters"]';
    const mapUsers = `[{"userarn": "${BREAK_GLASS}", "username": "bg", "groups": ${MASTERS}}, {"userarn": "${BREAK_GLASS}2", "username": "x"}]`;
    const entries = [
      NODE,
      VIEW,
      { rolearn: CI, groups: ['other'] },
      { rolearn: CI, username: 'ci', groups: ['system:masters'] },
      { rolearn: `arn:aws:iam::${PROD}:role/path/never`, groups: ['system:masters'] },
    ];

    async function shown(entryList: typeof entries, ...argv: string[]) {
      await fakeAwsForTest(WORLD);
      return run(['who', ...argv], { stdin: awsAuthOf(entryList, { mapUsers }) });
    }

    const ROWS = [
      {
        principal: { type: 'IAM_ROLE', id: CI, name: 'ci' },
        rolearn: CI,
        accountId: PROD,
        access: 'granted',
      },
      {
        access: 'granted',
        principal: { type: 'IAM_USER', id: BREAK_GLASS, name: 'break-glass' },
        rolearn: BREAK_GLASS,
        accountId: '222222222222',
      },
    ];

    test('are in JSON, with or without anybody of Identity Center', async () => {
      const { stdout, stderr } = await shown(entries, '-o', 'json');
      const all: { access: string; groups: string[]; asOf: string }[] = JSON.parse(stdout);
      const admins = all.filter(
        ({ groups, access }) => access === 'granted' && groups.includes('system:masters'),
      );
      expect(admins).toMatchObject(ROWS);
      expect(admins[1]).toEqual({
        ...ROWS[1],
        via: null,
        permissionSet: null,
        username: 'bg',
        groups: ['system:masters'],
        source: 'aws-auth',
        policies: [],
        accountName: null,
        cluster: null,
        reason: null,
        bindings: null,
        risks: null,
        bindingsOfEverybody: null,
        risksOfEverybody: null,
        through: null,
        auditUsername: 'bg',
        kubernetesVersion: null,
        asOf: expect.stringMatching(/^\d{4}-/),
      });
      expect(stderr).toContain(
        `cluster administrators (system:masters): IAM role "ci" (in ${PROD}), IAM user "break-glass" (in 222222222222)\n`,
      );
      const alone = await shown(
        entries.filter((one) => one !== VIEW),
        '-o',
        'json',
      );
      expect(JSON.parse(alone.stdout).slice(1)).toMatchObject([
        ROWS[0],
        { reason: 'path-in-arn' },
        ROWS[1],
        {},
        {},
      ]);
    });

    test('are in CSV, in the table and in the graph', async () => {
      const csv = await shown(entries, '-o', 'csv');
      expect(csv.stdout).toContain(
        `\n,IAM_ROLE,${CI},ci,,"=""${PROD}""",,,${CI},ci,system:masters,,granted,cluster admin,2`,
      );
      const table = await shown(entries);
      expect(table.stdout).toMatch(
        /^break-glass +IAM user +- +222222222222 +- +bg +system:masters +cluster admin$/m,
      );
      const graph = await shown(entries, '-o', 'mermaid');
      const node = /(iam\d+)\[\["IAM user break-glass @ 222222222222"\]\]/.exec(graph.stdout)?.[1];
      const admin = /(admin\d+)\{\{"system:masters"/.exec(graph.stdout)?.[1];
      expect(graph.stdout).toContain(`${node} --> ${admin}\n`);
    });

    test('are left out where somebody else is asked for', async () => {
      const { stdout } = await shown(entries, '-o', 'json', '--user', 'ada');
      expect(stdout).not.toContain('IAM_');
    });
  });

  test('the table shows who reaches what, and entries that let nobody in', async () => {
    const gone = { rolearn: VIEW.rolearn.replace(/.{4}$/, '0000'), groups: ['viewers'] };
    const { stdout } = await who([ADMIN, gone]);
    expect(stdout).toBe(`\
PRINCIPAL   TYPE    VIA   ACCOUNT        PERMISSION SET   USERNAME                GROUPS           NOTE
Platform    group   -     222222222222   Admin            admin:{{SessionName}}   system:masters   cluster admin
nobody      -       -     222222222222   View             sso:{{SessionName}}     viewers          the role no longer exists
`);
  });

  test('several groups are separated as each format can', async () => {
    expect((await who([OPS])).stdout).toMatch(/ ops,viewers$/m);
    const { stdout } = await who([OPS, VIEW], '-o', 'csv');
    expect(stdout).toContain(
      `\n,USER,${idOf('cy')},cy,,"=""${DEV}""",,Ops,${OPS.rolearn},sso:{{SessionName}},ops; viewers,,granted,,NOW,,,aws-auth,,,sso:cy,,,,\n`,
    );
    expect(stdout).toMatch(
      new RegExp(`\\n,USER,${idOf('gone')},,,.*,none,deleted,NOW,deleted,,aws-auth,,,,,,,\\n`),
    );
    expect(JSON.parse((await who([{ rolearn: VIEW.rolearn }], '-o', 'json')).stdout)[0].groups).toEqual([]);
  });

  test('CSV has a row for each', async () => {
    const { stdout } = await who([ADMIN], '-o', 'csv', '--expand');
    const rest = `"=""${PROD}""",,Admin,${ADMIN.rolearn},admin:{{SessionName}},system:masters,,granted,cluster admin,NOW,,,aws-auth,,,`;
    expect(stdout).toBe(`\
\uFEFFcluster,principalType,principalId,principalName,via,accountId,accountName,permissionSet,rolearn,username,groups,bindings,access,note,asOf,reason,risks,source,policies,can,auditUsername,bindingNames,bindingsOfEverybody,risksOfEverybody,kubernetesVersion
,GROUP,${idOf('Platform')},Platform,,${rest},,,,
,USER,${idOf('ada')},ada,Platform,${rest}admin:ada,,,,
,USER,${idOf('bob')},bob,Platform,${rest}admin:bob,,,,
`);
  });
});

describe('what is not there', () => {
  async function refused(argv: readonly string[]) {
    await fakeAwsForTest(WORLD);
    const ran = await run(['who', ...argv], { stdin: awsAuthOf([ADMIN]) });
    expect({ exitCode: ran.exitCode, stdout: ran.stdout }).toEqual({ exitCode: 2, stdout: '' });
    return ran.stderr;
  }

  test('an unknown user, with near names', async () => {
    expect(await refused(['--user', 'adda'])).toContain(
      'error: no user is named "adda"\n  Did you mean "ada"?\n',
    );
  });
  test('an unknown group, with near names', async () => {
    expect(await refused(['--group', 'platform'])).toContain('Did you mean "Platform"?');
  });
  test('somebody who gets nothing', async () => {
    const { exitCode, stdout, stderr } = await who([ADMIN, OPS], '-o', 'json', '--group', 'Audit');
    expect([exitCode, stdout]).toEqual([0, '[]\n']);
    expect(stderr).toBe('note: group "Audit" gets nothing through <stdin>\n');
    const both = await who([OPS], '--group', 'Audit', '--user', 'ada');
    expect(both.stderr).toBe('note: user "ada" and group "Audit" get nothing through <stdin>\n');
  });
  test('somebody is looked up by name even where none of the roles is left', async () => {
    const gone = { ...VIEW, rolearn: VIEW.rolearn.replace(/.{4}$/, '0000') };
    const { exitCode, stderr } = await who([gone], '--user', 'ada');
    expect([exitCode, stderr]).toEqual([0, 'note: user "ada" gets nothing through <stdin>\n']);
  });
  test('where none of the roles is left, nobody is asked who is assigned them', async () => {
    const fake = await fakeAwsForTest(WORLD);
    const gone = { ...VIEW, rolearn: VIEW.rolearn.replace(/.{4}$/, '0000') };
    await run(['who'], { stdin: awsAuthOf([gone]) });
    expect(fake.calls).toEqual({ 'iam.ListRoles': 2, 'sts.AssumeRole': 2, 'sts.GetCallerIdentity': 1 });
  });
  test('a file without entries of provisioned roles asks nobody', async () => {
    const fake = await fakeAwsForTest(WORLD);
    const { exitCode, stdout, stderr } = await run(['who', '-o', 'json'], { stdin: awsAuthOf([NODE]) });
    expect([exitCode, fake.calls]).toEqual([0, {}]);
    expect(JSON.parse(stdout)).toMatchObject([{ principal: { name: 'node' }, asOf: null }]);
    expect(stderr).toBe('note: <stdin> has no entry of a provisioned role\n');
    expect(await run(['who'], { stdin: awsAuthOf([]) })).toMatchObject({ exitCode: 0, stdout: '' });
  });
  test('a snapshot without people', async () => {
    await fakeAwsForTest(WORLD);
    const { stdout } = await run(['snapshot', '--account', PROD]);
    const cwd = await scratch({ 'aws.json': stdout });
    const ran = await run(['who', '--inventory', 'aws.json'], { stdin: awsAuthOf([ADMIN]), cwd, env: {} });
    expect([ran.exitCode, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toContain('aws-auth-sso snapshot --principals');
  });
  test('an account that cannot be read stops the run, unless it may be left out', async () => {
    const accounts = [{ id: PROD }, { id: DEV, assumableRole: null }];
    await fakeAwsForTest({ ...WORLD, accounts });
    const stdin = awsAuthOf([ADMIN, OPS]);
    expect(await run(['who'], { stdin })).toMatchObject({ exitCode: 3, stdout: '' });
    const ran = await run(['who', '-o', 'json', '--skip-unreadable', DEV], { stdin });
    expect(JSON.parse(ran.stdout)).toMatchObject([
      { access: 'granted' },
      {
        principal: { type: 'IAM_ROLE', id: OPS.rolearn },
        permissionSet: 'Ops',
        access: 'unknown',
        reason: null,
      },
    ]);
    expect(ran.stderr).toContain(`it is not known who gets in: ${OPS.rolearn}`);
  });
  test('entries outside the scope are left out', async () => {
    await fakeAwsForTest(WORLD);
    const ran = await run(['who', '-o', 'json', '--account', 'dev'], { stdin: awsAuthOf([ADMIN, OPS]) });
    expect(JSON.parse(ran.stdout)).toMatchObject([{ accountId: DEV }]);
  });
  test('what the authenticator loses is told', async () => {
    await fakeAwsForTest(WORLD);
    const stdin = awsAuthOf([], { mapRoles: `- rolearn: ${VIEW.rolearn}\n\tusername: x\n` });
    const { exitCode, stdout, stderr } = await run(['who', '-o', 'json'], { stdin });
    expect([exitCode, stdout]).toEqual([0, '[]\n']);
    expect(stderr).toMatch(/^warning: <stdin>:\d+:\d+: mapRoles: .*the authenticator ignores the whole key/);
  });
});

test('one account of a file takes few calls', async () => {
  const fake = await fakeAwsForTest(WORLD);
  await run(['who'], { stdin: awsAuthOf([NODE, ADMIN]) });
  expect(fake.calls).toEqual({
    'iam.ListRoles': 2,
    'identitystore.DescribeGroup': 1,
    'sso-admin.DescribePermissionSet': 5,
    'sso-admin.ListAccountAssignments': 1,
    'sso-admin.ListInstances': 1,
    'sso-admin.ListPermissionSets': 1,
    'sso-admin.ListPermissionSetsProvisionedToAccount': 1,
    'sts.AssumeRole': 2,
    'sts.GetCallerIdentity': 1,
  });
});
