import { createServer } from 'node:http';
import { describe, expect, test, vi } from 'vitest';
import { fakeAwsForTest, useEnvironment } from '../fake-aws/fake-aws-for-test.ts';
import { writeProfiles } from '../fake-aws/profiles.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { listenForTest } from '../fake-proxy/listen.ts';
import { scratch } from '../scratch.ts';
import { runWithEnvironment as run } from './run.ts';

const PROD = '222222222222';
const DEV = '333333333333';

const WORLD: WorldInput = {
  accounts: [
    { id: PROD, name: 'prod', ou: 'Workloads/Prod' },
    { id: DEV, name: 'dev', ou: 'Workloads' },
    { id: '444444444444', name: 'twin' },
    { id: '555555555555', name: 'twin' },
    { id: '666666666666', name: 'closed', state: 'SUSPENDED' },
  ],
  permissionSets: ['Admin', 'Admin_ReadOnly', 'Dev.Ops+1', 'Unused'],
  groups: ['Platform'].map((displayName) => ({ displayName })),
  assignments: [PROD, DEV, '444444444444', '555555555555'].flatMap((account) =>
    ['Admin', 'Admin_ReadOnly', 'Dev.Ops+1'].map((permissionSet) => ({
      account,
      permissionSet,
      group: 'Platform',
    })),
  ),
};

const ADMIN = ['--map', 'Admin=system:masters'];
const LIST = ['generate', '-o', 'maproles'];

function expectRefused(ran: Awaited<ReturnType<typeof run>>, exitCode: number, ...messages: string[]): void {
  expect({ exitCode: ran.exitCode, stdout: ran.stdout }).toEqual({ exitCode, stdout: '' });
  expect(ran.stderr).toMatch(/^(note: .*\n|warning: .*\n)*error: /);
  for (const message of messages) expect(ran.stderr).toContain(message);
}

test('a live run and a snapshot of the same AWS give the same output, twice', async () => {
  await fakeAwsForTest(WORLD, { pageSize: 2 });
  const snapshot = await run(['snapshot', '--ou', 'Workloads', '--account', 'twi[n]']);
  expect(snapshot.exitCode).toBe(0);
  const cwd = await scratch({ 'aws.json': snapshot.stdout });
  const flags = [
    'generate',
    ...ADMIN,
    '--map',
    'Dev*=ops',
    '--ou',
    'Workloads',
    '--node-role',
    `arn:aws:iam::${PROD}:role/node`,
  ];
  const live = await run(flags);
  const offline = await run([...flags, '--inventory', 'aws.json'], { cwd, env: {} });
  expect(live.stdout).toContain('AWSReservedSSO_Admin_');
  expect(offline.stdout).toBe(live.stdout);
  expect((await run(flags)).stdout).toBe(live.stdout);
});

test('the snapshot has every field of the contract', async () => {
  await fakeAwsForTest(WORLD);
  const { stdout, stderr } = await run(['snapshot', '--account', 'prod']);
  expect(stderr).toBe('');
  const snapshot = JSON.parse(stdout);
  expect(snapshot).toMatchObject({
    version: 1,
    partition: 'aws',
    instance: { region: 'eu-west-1' },
    permissionSets: expect.arrayContaining([expect.objectContaining({ name: 'Unused' })]),
    assignments: null,
    principals: null,
  });
  expect(snapshot.accounts).toEqual([
    expect.objectContaining({
      id: PROD,
      name: 'prod',
      state: 'ACTIVE',
      ou: 'Workloads/Prod',
      rolesRead: true,
      unreadable: null,
    }),
  ]);
});

test('further profiles read their own account', async () => {
  const world = {
    ...WORLD,
    accounts: [
      { id: PROD, name: 'prod' },
      { id: DEV, name: 'dev', assumableRole: null },
    ],
  };
  const fake = await fakeAwsForTest({ ...world, assignments: WORLD.assignments?.slice(0, 6) ?? [] });
  const env = await writeProfiles(await scratch(), fake.url, {
    central: { accountId: '111111111111', region: 'eu-west-1' },
    developers: { accountId: DEV, region: 'eu-west-1' },
  });
  useEnvironment(env);
  const { stdout, stderr } = await run([
    ...LIST,
    ...ADMIN,
    '--account',
    PROD,
    '--account',
    DEV,
    '--profile',
    'central',
    '--profile',
    'developers',
  ]);
  expect(stderr).toBe('');
  expect(stdout.match(/iam::(\d+)/g)).toEqual([`iam::${PROD}`, `iam::${DEV}`]);
  expect(fake.calls['sts.AssumeRole']).toBe(1);
});

describe('bad input', () => {
  test('no credentials', async () => {
    await fakeAwsForTest(WORLD);
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    expectRefused(await run([...LIST, ...ADMIN, '--account', PROD]), 3, 'credentials', 'AWS_PROFILE');
  });

  test.each(['user:secret@127.0.0.1:4566', 'localhost:4566', 'ftp://127.0.0.1', 'https://'])(
    '%s is not an endpoint, and the help names the setting',
    async (url) => {
      await fakeAwsForTest(WORLD);
      vi.stubEnv('AWS_ENDPOINT_URL', url);
      const ran = await run([...LIST, ...ADMIN, '--account', PROD]);
      const address = url.replace('user:secret@', '');
      const message = `sts:GetCallerIdentity has no valid endpoint: "${address}" isn't an HTTP or HTTPS URL`;
      expectRefused(ran, 3, message, 'Set AWS_ENDPOINT_URL,');
      expect(ran.stderr).not.toContain('secret');
    },
  );

  test.each([
    [403, '<html><br></html>'],
    [302, ''],
    [407, '{"error":"sign in"}'],
  ])('an answer %i from a TLS-inspecting proxy is not mistaken for an AWS answer', async (status, body) => {
    const fake = await fakeAwsForTest(WORLD);
    const proxy = createServer((_, response) => void response.writeHead(status).end(body));
    const url = `http://127.0.0.1:${await listenForTest(proxy)}`;
    for (const [service, call] of [
      ['STS', 'sts:GetCallerIdentity'],
      ['IAM', 'iam:ListRoles'],
      ['ORGANIZATIONS', 'organizations:ListAccounts'],
    ]) {
      vi.stubEnv('AWS_ENDPOINT_URL', fake.url);
      vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, url);
      const ran = await run([...LIST, ...ADMIN, '--account', 'prod']);
      expectRefused(
        ran,
        3,
        `${call} got a response that isn't from AWS`,
        `: HTTP ${status}\n`,
        'Allow *.amazonaws.com on the proxy',
      );
      vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, undefined);
    }
  });

  test('no secret reaches stderr, not even with --debug', async () => {
    const fake = await fakeAwsForTest(WORLD);
    fake.inject({ kind: 'denied', operation: 'sts.AssumeRole' });
    const { stderr } = await run([...LIST, ...ADMIN, '--account', PROD, '--debug']);
    expect(stderr).toContain('sts:AssumeRole');
    expect(stderr).not.toContain(process.env.AWS_SECRET_ACCESS_KEY);
    expect(stderr).not.toMatch(/signature=|security-token/i);
  });

  test('Ctrl-C stops immediately, with an empty stdout', async () => {
    const fake = await fakeAwsForTest(WORLD);
    fake.inject({ kind: 'hang', operation: 'iam.ListRoles' });
    const interruption = new AbortController();
    const ran = run([...LIST, ...ADMIN, '--all-accounts'], { signal: interruption.signal });
    await fake.reached('iam.ListRoles', 1);
    interruption.abort();
    expectRefused(await ran, 130, 'interrupted');
  });
});
