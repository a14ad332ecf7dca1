import { describe, expect, test } from 'vitest';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { AccessEntryInput, WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';
import { runWithEnvironment as run } from './run.ts';

// Access entries of roles that Identity Center did not make.
const [HUB, PROD, DEV] = ['111111111111', '222222222222', '333333333333'];
const role = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`;
const entry = (principalArn: string): AccessEntryInput => ({ principalArn, groups: ['devs'] });
const DEPLOYER = role(PROD, 'ci/deployer');
const ENTRIES = [
  entry(DEPLOYER),
  entry(role(PROD, 'node')),
  entry(role(HUB, 'gone')),
  entry(role(DEV, 'a')),
  entry(role(DEV, 'b')),
];
const WORLD: WorldInput = {
  accounts: [{ id: PROD }, { id: DEV, assumableRole: null }],
  roles: [
    { account: PROD, name: 'deployer', path: '/ci/', createdAt: '2024-01-01T00:00:00.000Z' },
    // After its access entry.
    { account: PROD, name: 'node', createdAt: '2026-06-01T00:00:00.000Z' },
  ],
  clusters: [{ name: 'main', authenticationMode: 'API', accessEntries: ENTRIES }],
};
const UNREAD =
  /^note: whether 2 roles of account 333333333333 still exist is not known \(sts:AssumeRole is denied\): /m;

async function live(argv: readonly string[], world = WORLD) {
  const fake = await fakeAwsForTest(world);
  const cwd = await scratch({});
  return { ...(await run(argv, { cwd })), calls: fake.calls };
}

describe('roles that Identity Center did not make', () => {
  test.each([
    ['check', ['check', '--cluster', 'main'], 1],
    ['who', ['who', '--cluster', 'main'], 0],
  ])('are looked up by %s, where accounts can be read', async (_, argv, exitCode) => {
    const ran = await live(argv);
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.stderr).toMatch(UNREAD);
    expect(ran.stderr).not.toContain('error:');
    expect(ran.calls).toMatchObject({ 'sts.AssumeRole': 2 });
  });

  test('are told apart by check: gone, re-created, alive', async () => {
    const { stdout } = await live(['check', '--cluster', 'main', '-o', 'json']);
    const { findings } = JSON.parse(stdout) as { findings: { rule: string; message: string }[] };
    expect(findings.map(({ rule, message }) => [rule, /arn:\S+/.exec(message)?.[0]])).toEqual([
      ['dead-access-entry', role(PROD, 'node')],
      ['orphan-access-entry', role(HUB, 'gone')],
    ]);
  });

  test('are looked up by explain only for the access entry of the caller', async () => {
    const { exitCode, stdout, stderr, calls } = await live([
      'explain',
      '--caller',
      DEPLOYER.replace('ci/', ''),
      '--cluster',
      'main',
    ]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('devs');
    expect(calls).toMatchObject({ 'sts.AssumeRole': 1 });
    const node = await live(['explain', '--caller', role(PROD, 'node'), '--cluster', 'main']);
    expect(node.exitCode).toBe(1);
  });

  test('are left alone outside the scope, and without --cluster', async () => {
    const scoped = await live(['check', '--cluster', 'main', '--account', PROD]);
    expect(scoped.stderr).not.toContain('is not known');
    expect(scoped.stdout).not.toContain('gone');
    expect(scoped.calls).toMatchObject({ 'sts.AssumeRole': 1 });
    const { calls } = await live(['explain', '--caller', role(PROD, 'node')]);
    expect(calls).toEqual({});
  });

  test('are not asked for where an access entry is of none that IAM can have', async () => {
    const odd = [role(PROD, 'a b'), role(PROD, 'node').replace('arn:aws:', 'arn:aws-cn:'), role('1', 'node')];
    const world = { ...WORLD, clusters: [{ name: 'main', accessEntries: odd.map(entry) }] };
    const { calls, stderr } = await live(['check', '--cluster', 'main'], world);
    expect(calls).not.toHaveProperty('iam.ListRoles');
    expect(stderr).not.toContain('is not known');
    const snapshot = await live(['snapshot', '--cluster', 'main', '--account', HUB], world);
    expect([snapshot.exitCode, snapshot.stdout]).toEqual([3, '']);
    expect(snapshot.stderr).toContain('asked in partition aws, got arn:aws-cn:iam:');
  });

  test('are in a snapshot, which gives the same findings without AWS', async () => {
    const { stdout } = await live(['snapshot', '--cluster', 'main']);
    const cwd = await scratch({ 'aws.json': stdout });
    const online = await live(['check', '--cluster', 'main']);
    const offline = await run(['check', '--cluster', 'main', '--inventory', 'aws.json'], { cwd });
    expect(offline.stdout).toBe(online.stdout);
    expect(offline.exitCode).toBe(1);
    expect(offline.stderr).toContain(
      'note: whether 2 roles of access entries still exist is not known: the snapshot does not have them\n' +
        `  Take a new snapshot with \`aws-auth-sso snapshot --cluster NAME\`, where ${DEV} can be read.\n`,
    );
    const elsewhere = ['check', '--cluster', 'main', '--inventory', 'aws.json', '--account', PROD];
    expect((await run(elsewhere, { cwd })).stderr).not.toContain('is not known');
  });
});
