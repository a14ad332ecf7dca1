import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildWorld } from '../fake-aws/build-world.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const PROD = '222222222222';
const HEAD = `apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::${PROD}:role/node
      username: system:node:{{EC2PrivateDNSName}}
      groups: [system:bootstrappers, system:nodes]
`;
const entry = (arn: string, username = '"sso:{{SessionName}}"') =>
  `    - rolearn: ${arn}\n      username: ${username}\n      groups: [system:masters]\n`;
const STRIPPED = `arn:aws:iam::${PROD}:role/AWSReservedSSO_Admin_0123456789abcdef`;
const PATH = `arn:aws:iam::${PROD}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef`;
const CLEAN = HEAD + entry(STRIPPED);
const BROKEN = HEAD + entry(PATH) + entry(`arn:aws:sts::${PROD}:assumed-role/x/bob`, 'yes');

describe('check', () => {
  test('says nothing of a clean map', async () => {
    expect(await run(['check'], { stdin: CLEAN })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'note: <stdin>: no problems found\n',
    });
  });

  test('reads the inventory even where the only provisioned role has an invalid account id', async () => {
    const stdin = HEAD + entry(STRIPPED.replace(PROD, PROD.slice(1)));
    expect(await run(['check', '--inventory', 'missing.json'], { stdin })).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'error: missing.json: cannot be read: no such file\n',
    });
  });

  test('writes the role of a permission set only where the flags name one account', async () => {
    const set = { arn: 'arn:aws:sso:::permissionSet/ssoins-1/ps-1', name: 'Admin' };
    const accounts = [account(PROD, 'prod-eks'), account('333333333333', 'dev-eks')];
    const roles = accounts.map(({ id }) => role(id, 'Admin'));
    const world = {
      ...inventory(accounts, roles, { permissionSets: [set] }),
      capturedAt: new Date().toISOString(),
    };
    const cwd = await scratch({ 'world.json': snapshotText(world) });
    const stdin = HEAD + entry(set.arn);
    const fixed = async (...flags: string[]) =>
      (await run(['check', '--fix-access', '--inventory', 'world.json', ...flags], { cwd, stdin })).stdout;
    const written = stdin.replace(set.arn, role(PROD, 'Admin').roleArn);
    expect(await fixed('--account', 'prod-*')).toBe(written);
    expect(await fixed('--account', '*-eks')).toBe(stdin);
    expect(await fixed('--account', PROD, '--account', '333333333333')).toBe(stdin);
  });

  test('shows place, rule, line and help', async () => {
    const { exitCode, stdout } = await run(['check'], { stdin: HEAD + entry(PATH) });
    expect(exitCode).toBe(1);
    const [head, line, carets, help, ...rest] = stdout.split('\n');
    expect(head).toMatch(/^<stdin>:11:16: error: .* \[path-in-arn\]$/);
    expect(line).toBe(`  |     - rolearn: ${PATH.slice(0, 70)}…`);
    expect(carets).toBe(`  |                ^${'~'.repeat(69)}`);
    expect(help).toContain(STRIPPED);
    expect(rest).toEqual(['']);
  });

  test('shows less of the line on a narrow terminal', async () => {
    const stdin = HEAD + entry(PATH);
    const { stdout } = await run(['check'], {
      stdin,
      stdoutIsTty: true,
      columns: 40,
      env: { NO_COLOR: '1' },
    });
    const [, line = '', carets = ''] = stdout.split('\n');
    expect(line).toMatch(/^ {2}\| ….*: arn:aws:iam::\d+…$/);
    expect([line.length, carets.length]).toEqual([expect.any(Number), line.length - 1]);
    expect(line.length).toBeGreaterThan(34);
    expect(line.length).toBeLessThanOrEqual(40);
    expect((await run(['check'], { stdin, columns: 40 })).stdout).toContain(PATH.slice(0, 70));
    // Of 0 columns is a terminal that does not know.
    const unknown = await run(['check'], { stdin, stdoutIsTty: true, columns: 0 });
    expect(unknown.stdout).toContain(PATH.slice(0, 70));
  });

  test('shows no line where there is nothing on it', async () => {
    const { stdout } = await run(['check'], { stdin: `${HEAD}  mapAccounts: |\n    - [\n` });
    expect(stdout).toMatch(
      /^<stdin>:13:1: error: mapAccounts cannot be parsed: .*\n {2}Fix the YAML there.*\n$/,
    );
  });

  test('prints JSON', async () => {
    const { exitCode, stdout } = await run(['check', '-o', 'json'], { stdin: BROKEN });
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      errors: 3,
      warnings: 0,
      findings: [
        { rule: 'path-in-arn', severity: 'error', file: '<stdin>', line: 11, column: 16, fix: 'access' },
        {
          rule: 'assumed-role-arn',
          severity: 'error',
          line: 14,
          column: 16,
          fix: 'none',
          help: expect.stringMatching(/^Write the ARN of the role/),
        },
        {
          rule: 'field-not-string',
          severity: 'error',
          line: 15,
          column: 17,
          endLine: 15,
          endColumn: 20,
          fix: 'access',
        },
      ],
    });
  });

  test('finds metadata of a server in a file, but not in what comes from a cluster by stdin', async () => {
    const live = CLEAN.replace('metadata:\n', 'metadata:\n  resourceVersion: "7"\n');
    const cwd = await scratch({ 'map.yaml': live });
    const file = await run(['check', 'map.yaml'], { cwd });
    expect(file).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('[server-metadata]') });
    expect(await run(['check'], { stdin: live })).toMatchObject({ exitCode: 0, stdout: '' });
  });

  test('gives every finding the keys of the contract, and the end of what it is about', async () => {
    const { stdout } = await run(['check', '-o', 'json'], {
      stdin: 'kind: ConfigMap\nmetadata: {name: aws-auth}\n',
    });
    const { findings } = JSON.parse(stdout);
    expect(findings).toEqual([
      {
        rule: 'no-node-entry',
        severity: 'warning',
        message: expect.any(String),
        help: expect.any(String),
        url: 'docs/rules.md#no-node-entry',
        file: '<stdin>',
        line: 1,
        column: 1,
        endLine: 1,
        endColumn: 1,
        fix: 'none',
      },
    ]);
    const rules = JSON.parse((await run(['check', '--list-rules', '-o', 'json'])).stdout);
    expect(rules[0]).toMatchObject({ name: 'invalid-yaml', help: expect.any(String), fix: 'none' });
  });

  test('annotates a GitHub workflow', async () => {
    const cwd = await scratch({ 'a,b:c%.yaml': HEAD + entry(PATH) });
    const { stdout } = await run(['check', '-o', 'github', 'a,b:c%.yaml'], { cwd });
    expect(stdout).toMatch(/^::error file=a%2Cb%3Ac%25\.yaml,line=11,col=16,title=path-in-arn::[^\n]+\n$/);
    const odd = '%a%,b,c:d:e\nf\ng\rh\r.yaml';
    const folder = await scratch({ [odd]: BROKEN });
    const lines = (await run(['check', '-o', 'github', odd], { cwd: folder })).stdout.split('\n');
    const file = '%25a%25%2Cb%2Cc%3Ad%3Ae%0Af%0Ag%0Dh%0D.yaml';
    expect(lines.map((line) => line.split(',line=')[0])).toEqual([
      ...Array(3).fill(`::error file=${file}`),
      '',
    ]);
    expect(lines[0]).toMatch(/::\S+ contains the path .* never matches\. Strip the path: arn:\S+$/);
  });

  test('separates findings by an empty line, and points below letters that are two columns wide', async () => {
    const session = `arn:aws:sts::${PROD}:assumed-role/x/bob`;
    const stdin = `\uFEFF- {username: 日本, rolearn: "${session}"}\n- rolearn: ${session}\n  username: ab\n`;
    const { stdout } = await run(['check'], { stdin });
    const shown = stdout.split('\n\n').filter((one) => one.includes('[assumed-role-arn]'));
    const underline = `^${'~'.repeat(session.length - 1)}`;
    expect(shown.map((one) => one.split('\n').slice(1, 3))).toEqual([
      [`  | - {username: 日本, rolearn: "${session}"}`, `  |${' '.repeat(30)}${underline}`],
      [`  | - rolearn: ${session}`, `  |${' '.repeat(12)}${underline}`],
    ]);
  });

  test('counts errors and warnings', async () => {
    const { stdout } = await run(['check', '-o', 'json'], {
      stdin: `${HEAD.split('    - ')[0]}${entry(PATH)}`,
    });
    expect(JSON.parse(stdout)).toMatchObject({ errors: 1, warnings: 1 });
  });

  test('ignores rules that it is told to, and knows which there are', async () => {
    const ignored = await run(['check', '--ignore', 'path-in-arn'], { stdin: HEAD + entry(PATH) });
    expect(ignored).toMatchObject({ exitCode: 0, stdout: '' });
    const unknown = await run(['check', '--ignore', 'path-in-arm'], { stdin: CLEAN });
    expect(unknown).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('"path-in-arn"'),
    });
    const { stdout } = await run(['check', '--list-rules'], { stdoutIsTty: true, columns: 80 });
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBe(80);
    expect((await run(['check', '--list-rules'])).stdout).toMatch(
      /^RULE +SEVERITY +FIX +FINDS\n(?:[a-z-]+ +(?:error|warning|note) +(?:none|safe|access) +\S.*\n)+$/,
    );
    const far = await run(['check', '--ignore', 'zzzzzzzz'], { stdin: CLEAN });
    expect(far.stderr).toBe(
      'error: --ignore: unknown rule "zzzzzzzz"\n  `aws-auth-sso check --list-rules` lists the rules.\n',
    );
  });

  test('exits 2 on what is no aws-auth', async () => {
    expect(await run(['check'], { stdin: 'kind: Pod\n' })).toMatchObject({ exitCode: 2, stdout: '' });
  });
});

describe('check --fix', () => {
  test.each([
    ['json', /^\{\n {2}"findings": \[\n/],
    ['github', /^::error file=<stdin>,line=11,/],
  ])('writes what remains as %s to stderr', async (format, expected) => {
    const { stdout, stderr } = await run(['check', '--fix', '-o', format], { stdin: BROKEN });
    expect(stdout).toBe(BROKEN);
    expect(stderr).toMatch(expected);
  });

  test('counts what remains', async () => {
    const { stderr } = await run(['check', '--fix'], { stdin: BROKEN });
    expect(stderr).toMatch(/^note: <stdin>: 3 errors, 0 warnings\n$/m);
    const one = await run(['check', '--fix'], { stdin: HEAD + entry(PATH) });
    expect(one.stderr).toMatch(/^note: <stdin>: 1 error, 0 warnings\n$/m);
  });

  test('fixes what is safe; the map goes to stdout, the findings to stderr', async () => {
    const ci = entry(`arn:aws:iam::${PROD}:role/ci`);
    const { exitCode, stdout, stderr } = await run(['check', '--fix'], { stdin: BROKEN + ci + ci });
    expect(exitCode).toBe(1);
    expect(stdout).toBe(BROKEN + ci);
    expect(stderr).toMatch(/^note: .*fixed: .*\[duplicate-arn\]\n/);
    expect(stderr).not.toContain('now effective');
    expect(stderr).toMatch(/^error: <stdin>:11:16: .*\[path-in-arn\]\n/m);
  });

  test('--fix-access brings dead entries to life, and says which', async () => {
    const { exitCode, stdout, stderr } = await run(['check', '--fix-access'], { stdin: HEAD + entry(PATH) });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: CLEAN });
    expect(stderr).toMatch(/^note: <stdin>:11:16: fixed: .* \[path-in-arn\]\nnote: now effective: /);
    expect(stderr).toContain(`now effective: ${STRIPPED}`);
  });

  test('of a file says what it would fix, for only --write changes the file', async () => {
    const text = HEAD + entry(PATH);
    const cwd = await scratch({ 'map.yaml': text });
    const printed = await run(['check', 'map.yaml', '--fix-access'], { cwd });
    expect(printed).toMatchObject({ exitCode: 0, stdout: CLEAN });
    expect(printed.stderr).toMatch(/^note: map\.yaml:11:16: would fix: .* \[path-in-arn\]\n/);
    expect(printed.stderr).toMatch(
      /\nnote: map\.yaml: no problems found once fixed\nnote: the fixed ConfigMap is on stdout; map\.yaml is unchanged\n {2}Add --write to fix the file itself\.\n$/,
    );
    expect(await readFile(join(cwd, 'map.yaml'), 'utf8')).toBe(text);
    const written = await run(['check', 'map.yaml', '--fix-access', '--write'], { cwd });
    expect(written.stderr).toMatch(/^note: map\.yaml:11:16: fixed: /);
    expect(written.stderr).toMatch(/\nnote: map\.yaml: no problems found\n$/);
    const nothing = await run(['check', 'map.yaml', '--fix'], { cwd });
    expect(nothing).toMatchObject({ exitCode: 0, stdout: CLEAN });
    expect(nothing.stderr).toBe('note: map.yaml: no problems found\n');
  });

  test('--write edits the file', async () => {
    const cwd = await scratch({ 'map.yaml': HEAD + entry(PATH) });
    const ran = await run(['check', '--fix-access', '--write', 'map.yaml'], { cwd });
    expect(ran).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await readFile(join(cwd, 'map.yaml'), 'utf8')).toBe(CLEAN);
  });

  test('--write leaves a file alone in which nothing can be fixed, and says what remains', async () => {
    const cwd = await scratch({ 'map.yaml': BROKEN });
    const { ino } = await stat(join(cwd, 'map.yaml'));
    const ran = await run(['check', '--fix', '--write', 'map.yaml'], { cwd });
    expect(ran).toMatchObject({ exitCode: 1, stdout: '' });
    expect(ran.stderr).toMatch(/note: map\.yaml: 3 errors, 0 warnings\n$/);
    expect((await stat(join(cwd, 'map.yaml'))).ino).toBe(ino);
  });

  const SCOPED =
    'account options require --aws, --inventory or --cluster\n  Add --aws or --inventory FILE, or leave out --account, --ou, --all-accounts and --exclude-account.\n';
  test.each([
    [
      '--write without a fix',
      ['--write', 'map.yaml'],
      'error: --write requires --fix or --fix-access\n  Add one of them.\n',
    ],
    ['--write with stdin', ['--fix', '--write'], 'stdin'],
    [
      '--aws with --inventory',
      ['--aws', '--inventory', 'x.json'],
      'error: --aws and --inventory exclude each other\n  Give one of them.\n',
    ],
    ['--account without an inventory', ['--account', PROD], SCOPED],
    ['--ou without an inventory', ['--ou', 'Prod'], SCOPED],
    ['--all-accounts without an inventory', ['--all-accounts'], SCOPED],
    ['--exclude-account without an inventory', ['--exclude-account', PROD], SCOPED],
  ])('%s is a usage error', async (_, flags, message) => {
    expect(await run(['check', ...flags], { stdin: CLEAN })).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });
});

describe('check --aws', () => {
  test('asks nobody about a file without roles', async () => {
    const fake = await fakeAwsForTest(world);
    const stdin = HEAD.replace(
      /mapRoles: .*/s,
      `mapUsers: "- {userarn: arn:aws:iam::${PROD}:user/eve, username: eve}"`,
    );
    await run(['check', '--aws'], { stdin, env: env() });
    expect(fake.calls).toEqual({});
  });

  test('asks only IAM about a file without provisioned roles', async () => {
    const fake = await fakeAwsForTest(world);
    const ran = await run(['check', '--aws'], { stdin: HEAD, env: env() });
    expect([ran.exitCode, ran.stdout]).toEqual([0, '']);
    expect(fake.calls).toEqual({ 'iam.ListRoles': 1, 'sts.AssumeRole': 1, 'sts.GetCallerIdentity': 1 });
  });

  test('reads the ARNs of a bare list, and of a file that is invalid', async () => {
    const list = `- rolearn: ${STRIPPED}\n  username: a\n  groups: [system:masters]\n`;
    const numbers = `${HEAD}  mapAccounts: 5\n`.replace('mapRoles: |', `note: ${STRIPPED}\n  mapRoles: |`);
    const quoted = list.replace(STRIPPED, `'${STRIPPED}'`);
    for (const stdin of [list, numbers, quoted]) {
      const fake = await fakeAwsForTest(world);
      await run(['check', '--aws'], { stdin, env: env() });
      // The role is gone, and may be there on another path.
      expect(fake.calls['iam.ListRoles']).toBe(2);
    }
  });

  const world = {
    accounts: [{ id: PROD, name: 'prod' }],
    permissionSets: ['Admin'],
    groups: [{ displayName: 'Platform' }],
    roles: [{ account: PROD, name: 'node' }],
    assignments: [{ account: PROD, permissionSet: 'Admin', group: 'Platform' }],
  };
  const env = () => ({ ...process.env }) as Record<string, string>;
  const current = buildWorld(world).roles.find(({ name }) => name.startsWith('AWSReservedSSO_Admin_'))?.name;

  test('names the successor of a role that is gone, and --fix-access follows it', async () => {
    await fakeAwsForTest(world);
    const found = await run(['check', '--aws', '-o', 'json'], { stdin: CLEAN, env: env() });
    expect(JSON.parse(found.stdout).findings).toMatchObject([
      { rule: 'stale-role', message: expect.stringContaining(String(current)) },
    ]);
    const fixed = await run(['check', '--aws', '--fix-access'], { stdin: CLEAN, env: env() });
    expect(fixed.stdout).toBe(CLEAN.replace('AWSReservedSSO_Admin_0123456789abcdef', String(current)));
    expect(fixed.exitCode).toBe(0);
  });

  test('finds roles of other partitions', async () => {
    await fakeAwsForTest({ ...world, homeRegion: 'cn-north-1' });
    const stdin = CLEAN.replaceAll('arn:aws:', 'arn:aws-cn:');
    const { stdout } = await run(['check', '--aws', '-o', 'json'], { stdin, env: env() });
    expect(JSON.parse(stdout).findings).toMatchObject([{ rule: 'stale-role' }]);
  });

  test('changes nothing where the account cannot be read, and says so', async () => {
    await fakeAwsForTest({ ...world, accounts: [{ id: PROD, name: 'prod', assumableRole: null }] });
    const ran = await run(['check', '--aws', '--fix-access'], { stdin: CLEAN, env: env() });
    expect(ran).toMatchObject({
      exitCode: 0,
      stdout: CLEAN,
      stderr: expect.stringMatching(/warning: .*\[unreadable-account\]/),
    });
  });

  test('asks who is assigned the roles of the file, and nothing about others', async () => {
    const more = {
      ...world,
      permissionSets: ['Admin', 'View'],
      assignments: [...world.assignments, { account: PROD, permissionSet: 'View', group: 'Platform' }],
    };
    const callsFor = async (stdin: string) => {
      const fake = await fakeAwsForTest(more);
      const { exitCode } = await run(['check', '--aws'], { stdin, env: env() });
      expect(exitCode).toBeLessThan(2);
      return Object.keys(fake.calls).filter((call) => call.startsWith('sso-admin')).length === 0
        ? null
        : fake.calls['sso-admin.ListAccountAssignments'];
    };
    expect(await callsFor(CLEAN.replace('AWSReservedSSO_Admin_0123456789abcdef', String(current)))).toBe(1);
    expect(await callsFor(CLEAN)).toBeNull();
    expect(await callsFor(CLEAN + entry(STRIPPED.replace(PROD, '2222')))).toBeNull();
  });

  test('reads none of the accounts that the flags name and the file does not', async () => {
    const fake = await fakeAwsForTest({ ...world, accounts: [...world.accounts, { id: '333333333333' }] });
    await run(['check', '--aws', '--account', PROD, '--account', '333333333333'], {
      stdin: CLEAN,
      env: env(),
    });
    await run(['check', '--aws', '--account', '333333333333'], { stdin: CLEAN, env: env() });
    expect(fake.calls).toMatchObject({ 'iam.ListRoles': 2, 'sts.AssumeRole': 2 });
    expect(Object.keys(fake.calls).filter((call) => call.startsWith('sso-admin'))).toEqual([]);
  });

  test('a snapshot without assignments is enough', async () => {
    const live = role(PROD, 'Admin');
    const snapshot = { ...inventory([account(PROD)], [live]), capturedAt: new Date().toISOString() };
    const cwd = await scratch({ 'world.json': snapshotText(snapshot) });
    const ran = await run(['check', '--inventory', 'world.json'], { cwd, stdin: HEAD + entry(live.roleArn) });
    expect(ran).toEqual({ exitCode: 0, stdout: '', stderr: 'note: <stdin>: no problems found\n' });
  });

  test('turns a permission set ARN into the role of the one account that is named', async () => {
    await fakeAwsForTest(world);
    const arn = buildWorld(world).permissionSets[0]?.arn ?? '';
    const ran = await run(['check', '--aws', '--fix-access', '--account', 'prod'], {
      stdin: HEAD + entry(arn),
      env: env(),
    });
    expect(ran.stdout).toContain(`rolearn: arn:aws:iam::${PROD}:role/${current}\n`);
  });

  test.each([
    ['a pattern that names one account', ['--account', 'pro*'], true],
    ['two accounts', ['--account', 'prod', '--account', '111111111111'], false],
    ['a pattern that names two', ['--account', '{prod,management}'], false],
    ['no account', [], false],
  ])('turns a permission set ARN into a role only in one account: %s', async (_, flags, isFixed) => {
    const fake = await fakeAwsForTest(world);
    const arn = buildWorld(world).permissionSets[0]?.arn ?? '';
    const stdin = HEAD + entry(arn);
    const argv = ['check', '--aws', '--fix-access', '--skip-unreadable', '*', ...flags];
    const { stdout } = await run(argv, { stdin, env: env() });
    expect(stdout).toBe(isFixed ? stdin.replace(arn, `arn:aws:iam::${PROD}:role/${current}`) : stdin);
    expect(fake.calls['sso-admin.DescribePermissionSet'] ?? 0).toBe(flags.length === 2 ? 1 : 0);
  });

  test('checks entries of the accounts in the scope alone', async () => {
    await fakeAwsForTest({ ...world, accounts: [...world.accounts, { id: '333333333333', name: 'dev' }] });
    const stdin = CLEAN + entry(STRIPPED.replace(PROD, '333333333333'));
    const found = async (...flags: string[]) => {
      const { stdout } = await run(['check', '--aws', '-o', 'json', ...flags], { stdin, env: env() });
      const { findings } = JSON.parse(stdout);
      return findings.map(({ rule, line }: { rule: string; line: number }) => `${rule} ${line}`);
    };
    expect(await found()).toEqual(['stale-role 11', 'unknown-role 14']);
    expect(await found('--account', 'dev')).toEqual(['unknown-role 14']);
    expect(await found('--all-accounts', '--exclude-account', '333333333333')).toEqual(['stale-role 11']);
  });

  test('tells of a role that nobody is assigned, and goes on where that may not be asked', async () => {
    const unassigned = {
      ...world,
      assignments: [],
      provisioned: [{ account: PROD, permissionSet: 'Admin' }],
    };
    const arn = `arn:aws:iam::${PROD}:role/${buildWorld(unassigned).roles.find(({ name }) => name.startsWith('AWSReservedSSO_'))?.name}`;
    await fakeAwsForTest(unassigned);
    const found = await run(['check', '--aws', '-o', 'json'], { stdin: HEAD + entry(arn), env: env() });
    expect(JSON.parse(found.stdout).findings).toMatchObject([
      { rule: 'unassigned-role', severity: 'warning' },
    ]);
    const denied = { id: '111111111111', denies: ['sso-admin.*'] };
    await fakeAwsForTest({ ...unassigned, accounts: [...world.accounts, denied] });
    const silent = await run(['check', '--aws'], { stdin: HEAD + entry(arn), env: env() });
    expect(silent).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringContaining('note: assignments could not be read'),
    });
  });

  test('needs no Organizations', async () => {
    const denied = { id: '111111111111', denies: ['organizations.*'] };
    await fakeAwsForTest({ ...world, accounts: [...world.accounts, denied] });
    const ran = await run(['check', '--aws', '-o', 'json'], { stdin: CLEAN, env: env() });
    expect(JSON.parse(ran.stdout).findings).toMatchObject([{ rule: 'stale-role' }]);
  });
});
