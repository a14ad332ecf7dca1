import { describe, expect, test } from 'vitest';
import { awsAuthOf, type Item } from '../access/aws-auth-of.ts';
import { buildWorld } from '../fake-aws/build-world.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';
import { runWithEnvironment as run } from './run.ts';

const PROD = '222222222222';
const WORLD: WorldInput = {
  accounts: [{ id: PROD, name: 'prod' }],
  permissionSets: ['Admin', 'View', 'Idle', 'Ghost'],
  groups: [{ displayName: 'Platform', members: ['ada'] }],
  users: ['ada', 'bob', { userName: 'gone', deleted: true }],
  assignments: [
    { account: PROD, permissionSet: 'Admin', group: 'Platform' },
    { account: PROD, permissionSet: 'View', group: 'Platform' },
    { account: PROD, permissionSet: 'View', user: 'bob' },
    { account: PROD, permissionSet: 'Ghost', user: 'gone' },
  ],
  provisioned: [{ account: PROD, permissionSet: 'Idle' }],
};
const { roles } = buildWorld(WORLD);
const roleArn = (set: string) =>
  `arn:aws:iam::${PROD}:role/${roles.find(({ name }) => name.startsWith(`AWSReservedSSO_${set}_`))?.name}`;
const NODE: Item = {
  rolearn: `arn:aws:iam::${PROD}:role/node`,
  username: 'system:node:x',
  groups: ['system:nodes'],
};

/** The notes of --explain, and what stands on stdout. */
async function explained(
  items: readonly Item[],
  argv: readonly string[],
  files: Record<string, string> = {},
) {
  const fake = await fakeAwsForTest(WORLD);
  const cwd = await scratch(files);
  const stdin = awsAuthOf([NODE, ...items]);
  const ran = await run(['merge', '--explain', '--account', 'prod', ...argv], { stdin, cwd });
  expect(ran).toMatchObject({ exitCode: 0 });
  const plain = await run(['merge', '--account', 'prod', ...argv], { stdin, cwd });
  expect(ran.stdout).toBe(plain.stdout);
  const notes = ran.stderr.split('\n').filter((line) => /^note: (\w+ in account|nobody)/.test(line));
  return { notes, calls: fake.calls };
}

const IN_PROD = `in account ${PROD} (prod)`;

test('who comes in by a new entry gains', async () => {
  const { notes } = await explained([], ['--map', 'View=viewers']);
  expect(notes).toEqual([
    `note: View ${IN_PROD}: group "Platform", user "bob" gain "viewers", as "sso:{{SessionName}}"`,
  ]);
});

test('who comes in by a role that was re-created gains: the old entry let nobody in', async () => {
  const stale = { rolearn: roleArn('Admin').replace(/.{4}$/, '0000'), groups: ['system:masters'] };
  const { notes } = await explained([stale], ['--map', 'Admin=system:masters']);
  expect(notes).toEqual([
    `note: Admin ${IN_PROD}: group "Platform" gains "system:masters", as "sso:{{SessionName}}"`,
  ]);
});

test('groups and usernames that change', async () => {
  const view = { rolearn: roleArn('View'), groups: ['old', 'both'] };
  const argv = ['--map', 'View=both,new', '--username', 'view:{{SessionName}}'];
  const { notes } = await explained([view], argv);
  const them = 'group "Platform", user "bob"';
  expect(notes).toEqual([
    `note: View ${IN_PROD}: ${them} gain "new"; ${them} lose "old"; ${them} become "view:{{SessionName}}" instead of "sso:{{SessionName}}"`,
  ]);
});

test('who is pruned loses', async () => {
  const items = [
    { rolearn: roleArn('Admin'), groups: ['system:masters'] },
    { rolearn: roleArn('View'), groups: ['viewers'] },
  ];
  const config = 'accounts: [prod]\nmappings:\n  - {permissionSet: Admin, groups: [system:masters]}\n';
  const { notes } = await explained(items, ['--prune'], { 'aws-auth-sso.yaml': config });
  expect(notes).toEqual([
    `note: View ${IN_PROD}: group "Platform", user "bob" lose "viewers", as "sso:{{SessionName}}"`,
  ]);
});

test('an entry that lets nobody in says so', async () => {
  const { notes } = await explained([], ['--map', 'Idle=viewers']);
  expect(notes).toEqual([
    `note: Idle ${IN_PROD}: nobody gains or loses access: the permission set is assigned to nobody there`,
  ]);
});

test('who was deleted gains nothing', async () => {
  const { notes } = await explained([], ['--map', 'Ghost=viewers']);
  expect(notes).toEqual([
    `note: Ghost ${IN_PROD}: nobody gains or loses access: everyone assigned was deleted`,
  ]);
});

test('no change: nobody is asked', async () => {
  const view = { rolearn: roleArn('View'), groups: ['viewers'] };
  const { notes, calls } = await explained([view], ['--map', 'View=viewers']);
  expect(notes).toEqual(['note: nobody gains or loses access through this change']);
  expect(Object.keys(calls).filter((name) => /^(sso-admin|identitystore)/.test(name))).toEqual([]);
});

describe('diff --explain', () => {
  test('says the same, and still exits 1', async () => {
    await fakeAwsForTest(WORLD);
    const argv = ['diff', '--explain', '--account', 'prod', '--map', 'Admin=system:masters'];
    const { exitCode, stdout, stderr } = await run(argv, { stdin: awsAuthOf([NODE]) });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^--- a/);
    expect(stderr).toContain('group "Platform" gains "system:masters"');
  });

  test('needs a snapshot with people', async () => {
    await fakeAwsForTest(WORLD);
    const { stdout } = await run(['snapshot', '--account', 'prod']);
    const cwd = await scratch({ 'aws.json': stdout });
    const argv = ['diff', '--explain', '--account', 'prod', '--map', 'Admin=a', '--inventory', 'aws.json'];
    const ran = await run(argv, { stdin: awsAuthOf([NODE]), cwd, env: {} });
    expect([ran.exitCode, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toContain('aws-auth-sso snapshot --principals');
  });
});
