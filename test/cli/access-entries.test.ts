import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Inventory } from '../../src/directory/model.ts';
import { awsAuthOf } from '../access-entry/aws-auth-of.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { type Ran, run } from './run.ts';

const PROD = '111122223333';
const DEV = '222233334444';
const ADMIN = role(PROD, 'Admin', 2);
const READ = [account(PROD, 'prod-eks'), account(DEV, 'dev')];
const ROLES = [ADMIN, role(PROD, 'View'), role(DEV, 'Admin')];
const NOW = { capturedAt: new Date().toISOString() };
const WORLD = inventory(READ, ROLES, NOW);
const FLAGS = ['--map', 'Admin=system:masters', '--account', PROD];

/** Runs the command in a folder with a snapshot, `world.json`, and other files. */
async function entries(
  flags: readonly string[],
  files: Readonly<Record<string, string>> = {},
  world: Inventory = WORLD,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const cwd = await scratch({ 'world.json': snapshotText(world), ...files });
  return run(['access-entries', '--inventory', 'world.json', ...flags], { cwd, env });
}

describe('the cluster', () => {
  test.each([
    'a b',
    '-x',
    'a/b',
    '$(id)',
    'x'.repeat(101),
    '',
    'arn:aws:eks:eu-west-1:1:cluster/x',
    'arn:aws:eks:cn-north-1:111122223333:cluster/x',
    'arn:foo:eks:eu-west-1:111122223333:cluster/x',
    '\u001b[2J',
  ])('cannot be called %j in any format', async (name) => {
    for (const format of ['aws-cli', 'cloudformation', 'terraform', 'eksctl', 'ack', 'json']) {
      const { exitCode, stdout, stderr } = await entries([...FLAGS, '-o', format, '--cluster', name]);
      expect([exitCode, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(
        /^error: --cluster: ".*" isn't (?:a valid EKS cluster name|the ARN of an EKS cluster)/,
      );
    }
  });
});

describe('--tag', () => {
  const tags = (count: number) =>
    Array.from({ length: count }, (_, index) => ['--tag', `k${index}=v`]).flat();

  test.each([
    ['json', 50],
    ['eksctl', 47],
    ['ack', 48],
  ])('with -o %s gives up to %i tags', async (format, most) => {
    const flags = [...FLAGS, '-o', format, '--cluster', `arn:aws:eks:eu-west-1:${PROD}:cluster/prod`];
    expect(await entries([...flags, ...tags(most)])).toMatchObject({ exitCode: 0 });
    expect(await entries([...flags, ...tags(most + 1)])).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test('counts a repeated tag once', async () => {
    const { stdout } = await entries([
      ...FLAGS,
      '-o',
      'json',
      '--tag',
      'a=1',
      '--tag',
      'a=1',
      '--tag',
      '__proto__=x',
    ]);
    expect(JSON.parse(stdout).entries[0].tags).toEqual(JSON.parse('{"a": "1", "__proto__": "x"}'));
  });
});

describe('--from', () => {
  test('reads - from stdin', async () => {
    const stdin = awsAuthOf([{ rolearn: ADMIN.roleArn, groups: ['g'] }]);
    const cwd = await scratch({ 'world.json': snapshotText(WORLD) });
    const argv = ['access-entries', '--from', '-', '--inventory', 'world.json', '-o', 'json'];
    const { stdout, stderr } = await run(argv, { cwd, stdin });
    expect(JSON.parse(stdout).entries).toMatchObject([{ principalArn: ADMIN.pathArn }]);
    expect(stderr).toBe('note: the one principal keeps username, groups and admin\n');
    expect((await run([...argv, '--quiet'], { cwd, stdin })).stderr).toBe('');
    expect(await run(argv, { cwd, stdin: '' })).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await run(argv, { cwd, stdinIsTty: true })).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test('hostile names are escaped for the terminal', async () => {
    const hostile = '\u001b[2J\u202e::error::x';
    const { stderr } = await entries(['--from', 'aws-auth.json', '-o', 'json'], {
      'aws-auth.json': awsAuthOf(
        [
          { rolearn: `arn:aws:iam::${PROD}:role/${hostile}`, username: hostile, groups: [hostile] },
          {
            rolearn: ADMIN.roleArn,
            username: `{{SessionName}}${hostile}`,
            groups: [hostile, `system:${hostile}`],
          },
        ],
        { mapAccounts: JSON.stringify([hostile]) },
      ),
    });
    expect(stderr).toContain('\\u{1b}[2J\\u{202e}::error::x');
    expect(stderr).not.toMatch(/[\u001b\u202e]|^::/m);
  });
});

test('the aws-auth of the examples migrates completely', async () => {
  const files = Object.fromEntries(
    await Promise.all(
      ['aws-auth.yaml', 'aws-auth-sso.yaml', 'inventory.json'].map(async (name) => [
        name,
        await readFile(new URL(`../../examples/${name}`, import.meta.url), 'utf8'),
      ]),
    ),
  );
  const cwd = await scratch(files);
  const flags = ['access-entries', '--from', 'aws-auth.yaml', '--inventory', 'inventory.json', '-o', 'json'];
  const translate = async (...more: string[]) => JSON.parse((await run([...flags, ...more], { cwd })).stdout);
  const { entries: translated, refused, proof } = await translate();
  expect([translated.length, refused.length, proof.length]).toEqual([2, 1, 3]);
  for (const { reason, help } of refused)
    expect([reason, help]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
  // Apply the workaround that the refusal names.
  const all = await translate('--nodes');
  expect([all.entries.length, all.refused]).toEqual([3, []]);
  expect(all.proof.map(({ same }: { same: boolean }) => same)).toEqual([true, false, true]);
});
