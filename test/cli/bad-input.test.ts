import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { awsAuthOf } from '../access/aws-auth-of.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const PROD = '111122223333';
const DEV = '222233334444';
const WORLD = inventory(
  [account(PROD, 'prod'), account(DEV, 'dev')],
  [role(PROD, 'Admin'), role(DEV, 'Admin')],
);
const MAP = awsAuthOf([{ rolearn: role(PROD, 'Admin').roleArn, groups: ['g'] }]);
const NODE = ['--no-nodes', '--inventory', 'aws.json'];

/** Without end, as `yes` is. */
async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.alloc(1_000_000, 'y\n');
}

describe('an input that is too large', () => {
  test('on stdin is not read to its end', async () => {
    for (const argv of [['check'], ['view'], ['generate', '-c', '-']]) {
      const ran = await run(argv, { stdin: endless(), cwd: await scratch() });
      expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
      expect(ran.stderr).toMatch(
        /^error: <stdin>: is larger than 10 MB\n {2}No valid input of this kind is that large; give another file\.\n/,
      );
    }
  });

  test('or is not UTF-8, says what to do', async () => {
    const { exitCode, stderr } = await run(['view'], {
      stdin: Uint8Array.of(0xff, 0xfe),
      cwd: await scratch(),
    });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^error: <stdin>: is not UTF-8 text\n {2}Save it as UTF-8, or give another file\.\n/,
    );
  });

  test('is refused as a config or a ConfigMap, and taken as a snapshot', async () => {
    const cwd = await scratch({ 'aws.json': snapshotText(WORLD) + ' '.repeat(10_000_001) });
    await writeFile(join(cwd, 'zeros'), Buffer.alloc(10_000_001));
    const flags = ['--map', 'Admin=g', '--account', PROD];
    expect(await run(['generate', ...flags, ...NODE], { cwd })).toMatchObject({ exitCode: 0 });
    for (const argv of [
      ['generate', '-c', 'zeros', ...NODE],
      ['check', 'zeros'],
      ['merge', 'zeros', ...flags, '--inventory', 'aws.json'],
    ]) {
      const ran = await run(argv, { cwd });
      expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
      expect(ran.stderr).toContain('error: zeros: is larger than 10 MB');
    }
    await writeFile(join(cwd, 'zeros'), Buffer.alloc(10_000_000));
    expect((await run(['generate', '-c', 'zeros', ...NODE], { cwd })).stderr).not.toContain('larger');
  });
});

test.each([
  ['--account', '12'],
  ['--ou', '{a,b}'.repeat(12)],
  ['--exclude-account', '12'],
  ['--skip-unreadable', '{a,b}'.repeat(12)],
  ['--node-role', 'x'],
  ['--region', 'a b'],
  ['--sso-region', 'a b'],
  ['--assume-role', 'a b'],
  ['--external-id', 'x'],
])('a value that %s cannot have is refused by the name of the option', async (flag, value) => {
  const argv = ['generate', '--map', 'Admin=g', '--account', PROD, flag, value];
  const ran = await run(argv, { env: { AWS_EC2_METADATA_DISABLED: 'true' } });
  expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ran.stderr).toContain(`error: ${flag}: "${value}" `);
});

describe('a pattern with too many alternatives', () => {
  const GLOB = '{a,b}'.repeat(12);

  test.each([
    ['--map', ['--map', `${GLOB}=g`, '--account', PROD]],
    ['--account', ['--map', 'Admin=g', '--account', GLOB]],
    ['--exclude-account', ['--map', 'Admin=g', '--all-accounts', '--exclude-account', GLOB]],
    ['--skip-unreadable', ['--map', 'Admin=g', '--account', PROD, '--skip-unreadable', GLOB]],
  ])('is refused in %s', async (flag, flags) => {
    const cwd = await scratch({ 'aws.json': snapshotText(WORLD) });
    const ran = await run(['generate', ...flags, ...NODE], { cwd });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toMatch(new RegExp(`^error: ${flag}.*more than 1,000 alternatives`));
  });

  test('is refused in a config, at its place', async () => {
    const config = `accounts: ["${GLOB}"]\nexcludeAccounts: ["${GLOB}"]\nmappings: [{ permissionSet: "${GLOB}", groups: [g] }]\n`;
    const cwd = await scratch({ 'aws-auth-sso.yaml': config });
    const { exitCode, stderr } = await run(['generate', ...NODE], { cwd });
    expect(exitCode).toBe(2);
    for (const place of ['1:12', '2:19', '3:29'])
      expect(stderr).toMatch(new RegExp(`^error: aws-auth-sso.yaml:${place}: .*1,000 alternatives`, 'm'));
  });
});

test('--map without an equals sign says so', async () => {
  const ran = await run(['generate', '--map', 'Admin', '--account', PROD, ...NODE], { cwd: await scratch() });
  expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ran.stderr).toMatch(/^error: --map "Admin" has no "=" .*\n {2}Write --map SELECTOR=GROUP/);
});

test('every unknown key of a config is reported, at its place', async () => {
  const config = `acounts: [x]\nfoo: 1\nmappings:\n  - permissionSet: Admin\n    grops: [g]\n    groups: [g]\n    bar: 1\nassumeRole: { nme: a, id: b }\n`;
  const cwd = await scratch({ 'aws-auth-sso.yaml': config });
  const { exitCode, stderr } = await run(['generate', ...NODE], { cwd });
  expect(exitCode).toBe(2);
  expect([...stderr.matchAll(/^error: aws-auth-sso.yaml:(.*)$/gm)].map(([, text]) => text)).toEqual([
    '1:1: unknown key "acounts"',
    '2:1: unknown key "foo"',
    '5:5: unknown key "grops"',
    '7:5: unknown key "bar"',
    '8:15: unknown key "nme"',
    '8:23: unknown key "id"',
  ]);
});

describe('a config that is found by itself', () => {
  const config = `accounts: ["${PROD}"]\nmappings: [{ permissionSet: Admin, groups: [g] }]\n`;
  const inventoryFlags = ['--inventory', 'aws.json'];

  test.each([
    [[], ''],
    [['--account', 'prod'], '; limited to account prod by --account'],
    [['--account', 'prod', '--account', 'd*'], '; limited to accounts prod, d* by --account'],
    [['--ou', 'Prod'], '; limited to organizational unit Prod by --ou'],
    [
      ['--account', 'prod', '--ou', 'Dev', '--ou', 'Prod'],
      '; limited to account prod by --account and organizational units Dev, Prod by --ou',
    ],
    [['--all-accounts'], '; --all-accounts is limited to its `accounts`'],
    [['--all-accounts', '--account', 'dev'], '; --all-accounts is limited to its `accounts`'],
    [['--exclude-account', 'dev'], '; without account dev by --exclude-account'],
    [
      ['--ou', 'Prod', '--exclude-account', 'a*', '--exclude-account', 'b*'],
      '; limited to organizational unit Prod by --ou; without accounts a*, b* by --exclude-account',
    ],
  ])('is named once, and with %j how they limit each other', async (flags, limits) => {
    const accounts = [
      account(PROD, 'prod', { ou: 'Prod', ouIds: ['r-1', 'ou-1-p'] }),
      account(DEV, 'dev', { ou: 'Dev', ouIds: ['r-1', 'ou-1-d'] }),
    ];
    const cwd = await scratch({
      'aws-auth-sso.yaml': config,
      'aws.json': snapshotText({ ...WORLD, accounts }),
    });
    const found = await run(['generate', ...flags, '--no-nodes', ...inventoryFlags], { cwd });
    expect(found.stdout).not.toContain(DEV);
    expect(found.stderr.match(/^note: using.*/gm)).toEqual([`note: using aws-auth-sso.yaml${limits}`]);
    const named = ['-c', 'aws-auth-sso.yaml'];
    for (const silent of [['--quiet'], named])
      expect(
        (await run(['generate', ...flags, '--no-nodes', ...silent, ...inventoryFlags], { cwd })).stderr,
      ).not.toContain('using');
  });

  test.each([
    ['roles', []],
    ['generate', ['--no-nodes']],
  ])('does not limit --all-accounts of %s where it names no accounts', async (command, flags) => {
    const cwd = await scratch({
      'aws-auth-sso.yaml': config.replace(/^accounts.*\n/, ''),
      'aws.json': snapshotText(WORLD),
    });
    const { stdout, stderr } = await run([command, '--all-accounts', ...flags, ...inventoryFlags], { cwd });
    expect(stdout).toContain(DEV);
    expect(stderr).toBe('note: using aws-auth-sso.yaml\n');
  });
});

test.each([['--account', PROD], ['--ou', 'Prod'], ['--all-accounts'], ['--exclude-account', 'x']])(
  'check %s without --aws or --inventory is refused',
  async (...flags) => {
    const cwd = await scratch({ 'aws.json': snapshotText(WORLD) });
    const ran = await run(['check', ...flags], { stdin: MAP, cwd });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('--aws') });
  },
);

describe('a snapshot', () => {
  test('that lets in another role is refused, and nothing is printed', async () => {
    const evil = { ...role(PROD, 'Admin'), roleArn: 'arn:aws:iam::666666666666:role/evil' };
    const cwd = await scratch({ 'aws.json': snapshotText({ ...WORLD, roles: [evil] }) });
    const ran = await run(['generate', '--map', 'Admin=g', '--account', PROD, ...NODE], { cwd });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toContain('error: aws.json: invalid snapshot: roles.0.roleArn: ');
  });

  test('without people explains that a merge changes nothing', async () => {
    const cwd = await scratch({
      'aws.json': snapshotText({ ...WORLD, capturedAt: new Date().toISOString() }),
    });
    const flags = ['--map', 'Admin=g', '--account', PROD, '--inventory', 'aws.json'];
    const merged = await run(['merge', ...flags], { stdin: MAP, cwd });
    const again = await run(['merge', '--explain', ...flags], { stdin: merged.stdout, cwd });
    expect(again).toMatchObject({ exitCode: 0, stdout: merged.stdout });
    expect(again.stderr).toContain('note: nobody gains or loses access through this change');
  });

  test('that does not tell of one account calls no role there unassigned', async () => {
    const set = 'arn:aws:sso:::permissionSet/ssoins-0011223344556677/ps-0011223344556677';
    const world = inventory(
      [account(PROD, 'prod', { assignmentsRead: true }), account(DEV, 'dev', { assignmentsRead: false })],
      [role(PROD, 'Admin'), role(DEV, 'Admin')],
      { permissionSets: [{ arn: set, name: 'Admin' }], assignments: [], principals: [] },
    );
    const cwd = await scratch({ 'aws.json': snapshotText(world) });
    const ran = await run(['roles', '--unassigned', '--all-accounts', '--inventory', 'aws.json'], { cwd });
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toContain(PROD);
    expect(ran.stdout).not.toContain(DEV);
    expect(ran.stderr).toContain(`has no assignments for ${DEV}`);
  });
});
