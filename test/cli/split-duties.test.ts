import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ProfileClients } from '../../src/aws/clients.ts';
import { awsAuthOf } from '../access-entry/aws-auth-of.ts';
import { buildWorld } from '../fake-aws/build-world.ts';
import { fakeAwsForTest, useEnvironment } from '../fake-aws/fake-aws-for-test.ts';
import { type Profile, writeProfiles } from '../fake-aws/profiles.ts';
import type { FakeAws } from '../fake-aws/server.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';
import { runWithEnvironment as run } from './run.ts';

const [MANAGEMENT, IDENTITY, HUB, PROD] = ['111111111111', '222222222222', '333333333333', '444444444444'];
const READER = 'EksAuthReader';
const ENTRIES = ['generate', '-o', 'maproles', '--map', 'Admin=system:masters'];

/** Organizations, Identity Center and the reader roles are in three accounts, each with its own permissions only. */
const WORLD: WorldInput = {
  delegatedAdminId: IDENTITY,
  accounts: [
    { id: MANAGEMENT, name: 'management', denies: ['sso-admin.*', 'identitystore.*', 'sts.AssumeRole'] },
    { id: IDENTITY, name: 'identity', denies: ['organizations.*', 'sts.AssumeRole'], assumableRole: null },
    { id: HUB, name: 'hub', denies: ['organizations.*', 'sso-admin.*', 'identitystore.*'] },
    { id: PROD, name: 'prod', assumableRole: READER, trusts: [HUB] },
  ],
  permissionSets: ['Admin'],
  groups: ['Platform'],
  assignments: [IDENTITY, HUB, PROD].map((account) => ({
    account,
    permissionSet: 'Admin',
    group: 'Platform',
  })),
};
const ROLE = `arn:aws:iam::${PROD}:role/${buildWorld(WORLD).roles.find(({ accountId }) => accountId === PROD)?.name}`;
const PROFILES: Readonly<Record<string, Profile>> = {
  hub: { accountId: HUB, region: 'eu-west-1' },
  organizations: { accountId: MANAGEMENT, region: 'us-east-1' },
  identity: { accountId: IDENTITY, region: 'eu-west-1' },
};

/** Flags for the profile `hub`, and a config with a profile for each of the other duties. */
async function split(
  settings: { readonly organizationsProfile?: string | null; readonly ssoProfile?: string | null } = {},
): Promise<string[]> {
  const keys = { organizationsProfile: 'organizations', ssoProfile: 'identity', ...settings };
  const given = Object.entries(keys).filter(([, profile]) => profile !== null);
  const folder = await scratch({ 'settings.yaml': JSON.stringify(Object.fromEntries(given)) });
  return ['-c', join(folder, 'settings.yaml'), '--profile', 'hub', '--assume-role', READER];
}

async function withProfiles(
  world: WorldInput = WORLD,
  profiles: Readonly<Record<string, Profile>> = PROFILES,
): Promise<FakeAws> {
  const fake = await fakeAwsForTest(world);
  useEnvironment(writeProfiles(await scratch(), fake.url, profiles));
  return fake;
}

function expectRefused(ran: Awaited<ReturnType<typeof run>>, exitCode: number, ...messages: string[]): void {
  expect({ exitCode: ran.exitCode, stdout: ran.stdout }).toEqual({ exitCode, stdout: '' });
  for (const message of messages) expect(ran.stderr).toContain(message);
}

describe('profiles for Organizations and Identity Center', () => {
  test('make the calls to these services, and the first profile all others', async () => {
    await withProfiles();
    const ran = await run(['roles', '--account', 'pro*', '--principals', '-o', 'json', ...(await split())]);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(ran.stdout)).toMatchObject([
      { accountId: PROD, permissionSet: 'Admin', principals: [{ type: 'GROUP', name: 'Platform' }] },
    ]);
  });

  test.each([
    ['organizationsProfile', 'organizations:ListAccounts is denied'],
    ['ssoProfile', 'sso:ListInstances is denied'],
  ])('without %s, the first one is refused, with the key in the help', async (key, message) => {
    await withProfiles();
    const flags = await split({ [key]: null });
    const ran = await run(['roles', '--account', 'prod', '--principals', ...flags]);
    expectRefused(ran, 3, message, `(\`${key}\` in the config)`);
  });

  test('serve every command that reads AWS', async () => {
    await withProfiles();
    const map = awsAuthOf([{ rolearn: ROLE, username: 'admin', groups: ['system:masters'] }]);
    const cwd = await scratch({ 'aws-auth.yaml': map });
    const flags = ['--account', 'prod', ...(await split())];
    for (const argv of [
      ['who', 'aws-auth.yaml', '--expand'],
      ['check', 'aws-auth.yaml', '--aws'],
      ['explain', 'aws-auth.yaml', '--caller', ROLE, '--aws'],
      ['snapshot', '--principals'],
      ['generate', '-o', 'maproles', '--map', 'group:Platform=admins'],
      ['access-entries', '--map', 'group:Platform=admins', '-o', 'json'],
    ]) {
      const ran = await run([...argv, ...flags], { cwd });
      expect([
        argv[0],
        ran.exitCode,
        ran.stderr.replace(/^(?:note|warning): .*\n(?: {2}.*\n)*/gm, ''),
      ]).toEqual([argv[0], 0, '']);
    }
  });

  test('are used from the config in the working directory', async () => {
    await withProfiles();
    const config = [
      'accounts: [prod]',
      'organizationsProfile: organizations',
      'ssoProfile: identity',
      `assumeRole: { name: ${READER} }`,
    ];
    const cwd = await scratch({ 'aws-auth-sso.yaml': `${config.join('\n')}\n` });
    const flags = ['roles', '--principals', '--profile', 'hub'];
    expect((await run(flags, { cwd })).exitCode).toBe(0);
  });

  test('are used in the region of the profile; profiles with one name get one identity call', async () => {
    const fake = await withProfiles();
    const ran = await run([
      ...['snapshot', '--account', 'prod', '--debug'],
      ...(await split({ ssoProfile: 'organizations' })),
    ]);
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toContain('note: organizations:ListAccounts in us-east-1');
    expect(fake.calls['sts.GetCallerIdentity']).toBe(2);
  });

  test('without roles, the home region is that of the Identity Center profile', async () => {
    await withProfiles(
      { ...WORLD, assignments: [], homeRegion: 'eu-central-1' },
      { ...PROFILES, identity: { accountId: IDENTITY, region: 'eu-central-1' } },
    );
    const { stdout } = await run(['snapshot', '--account', PROD, ...(await split())]);
    expect(JSON.parse(stdout)).toMatchObject({ instance: { region: 'eu-central-1' } });
  });

  test('without roles, the home region is that of the first profile if Identity Center has none', async () => {
    await withProfiles(
      { ...WORLD, assignments: [], homeRegion: 'eu-central-1' },
      { ...PROFILES, identity: { accountId: IDENTITY, region: 'eu-central-1' } },
    );
    const { stdout } = await run(['snapshot', '--account', 'self', '--profile', 'identity']);
    expect(JSON.parse(stdout)).toMatchObject({ instance: { region: 'eu-central-1' } });
  });

  test('are not opened if these services are not called', async () => {
    const fake = await withProfiles();
    const ran = await run([...ENTRIES, '--account', PROD, ...(await split())]);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(fake.calls).toEqual({ 'iam.ListRoles': 1, 'sts.AssumeRole': 1, 'sts.GetCallerIdentity': 1 });
    const absent = await run([
      ...ENTRIES,
      ...['--account', PROD, ...(await split({ organizationsProfile: 'absent', ssoProfile: 'absent' }))],
    ]);
    expect(absent.exitCode).toBe(0);
  });

  test('do not read their own account, unless they are also a --profile', async () => {
    const fake = await withProfiles();
    const flags = [...ENTRIES, '--account', IDENTITY, ...(await split())];
    expectRefused(await run(flags), 3, `1 account can't be read (sts:AssumeRole is denied): ${IDENTITY}`);
    fake.reset();
    const ran = await run([...flags, '--profile', 'identity']);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout).toContain(`iam::${IDENTITY}:role/AWSReservedSSO_Admin_`);
    expect(fake.calls).toEqual({ 'iam.ListRoles': 1, 'sts.GetCallerIdentity': 2 });
  });

  test('decide by their own account if assignments can be read by principal', async () => {
    const management = { id: MANAGEMENT, name: 'management' };
    const sets = Array.from({ length: 8 }, (_, index) => `Set${index}`);
    const accounts = Array.from({ length: 13 }, (_, index) => ({
      id: String(500_000_000_000 + index),
      trusts: [HUB],
    }));
    const fake = await withProfiles({
      accounts: [management, { id: HUB }, ...accounts],
      permissionSets: sets,
      users: ['ada'],
      groups: ['Platform'],
      assignments: accounts.flatMap(({ id }) =>
        sets.map((permissionSet) => ({ account: id, permissionSet, group: 'Platform' })),
      ),
    });
    const scope = accounts.flatMap(({ id }) => ['--account', id]);
    const settings = await split({ organizationsProfile: null, ssoProfile: 'organizations' });
    const flags = [
      'roles',
      '--principals',
      ...scope,
      ...settings.filter((word) => !/assume|Reader/.test(word)),
    ];
    expect((await run(flags)).exitCode).toBe(0);
    expect(fake.calls['sso-admin.ListAccountAssignmentsForPrincipal']).toBeGreaterThan(0);
  });

  test('are named if they do not exist', async () => {
    await withProfiles();
    for (const key of ['organizationsProfile', 'ssoProfile']) {
      const flags = await split({ [key]: 'absent' });
      const ran = await run(['roles', '--account', 'prod', '--principals', ...flags]);
      expectRefused(ran, 3, 'no usable AWS credentials for profile absent');
    }
    // Like an unset variable: the default credentials may belong to another account.
    const ran = await run(['roles', '--account', PROD, '--profile', '']);
    expectRefused(ran, 2, `--profile: "" isn't the name of an AWS profile`);
  });
});

describe('profiles of different partitions', () => {
  test.each([
    ['--profile', async () => [...(await split()), '--profile', 'china']],
    ['organizationsProfile', () => split({ organizationsProfile: 'china' })],
    ['ssoProfile', () => split({ ssoProfile: 'china' })],
  ] as const)('are refused (%s)', async (_, flags) => {
    const china = await fakeAwsForTest({ homeRegion: 'cn-north-1', accounts: [{ id: HUB }] });
    const stranger = { accountId: HUB, region: 'cn-north-1', url: china.url };
    await withProfiles(WORLD, { ...PROFILES, china: stranger });
    expectRefused(
      await run(['roles', '--account', 'prod', '--principals', ...(await flags())]),
      2,
      'profile "china" is in partition aws-cn, but profile "hub" is in aws',
      'Use profiles in one partition',
    );
  });

  test('the default credentials are called that', async () => {
    const china = await fakeAwsForTest({ homeRegion: 'cn-north-1', accounts: [{ id: HUB }] });
    const fake = await fakeAwsForTest(WORLD);
    const env = writeProfiles(await scratch(), fake.url, {
      default: { accountId: HUB, region: 'eu-west-1' },
      china: { accountId: HUB, region: 'cn-north-1', url: china.url },
    });
    const { AWS_ENDPOINT_URL: _, ...rest } = env;
    useEnvironment({ ...rest, AWS_ENDPOINT_URL_STS: undefined });
    const cwd = await scratch({ 'aws-auth-sso.yaml': 'organizationsProfile: china\n' });
    const ran = await run(['roles', '--account', 'prod'], { cwd });
    expectRefused(ran, 2, 'profile "china" is in partition aws-cn, but the default credentials are in aws');
  });
});

test('two profiles of one account: the first is used, and a note says so', async () => {
  const fake = await withProfiles(WORLD, { ...PROFILES, spare: { accountId: HUB, region: 'eu-west-1' } });
  const flags = [...ENTRIES, '--account', 'self', '--profile', 'hub'];
  const { exitCode, stderr } = await run([...flags, '--profile', 'spare']);
  expect([exitCode, stderr]).toEqual([
    0,
    `note: profiles "hub" and "spare" belong to the same account, ${HUB}: only "hub" is used\n  Each --profile after the first reads its own account: remove the others.\n`,
  ]);
  fake.reset();
  expect(await run([...flags, '--profile', 'hub'])).toMatchObject({ exitCode: 0, stderr: '' });
  expect(fake.calls['sts.GetCallerIdentity']).toBe(1);
});

describe('several roles in a config', () => {
  const ACCOUNTS = ['555555555551', '555555555552', '555555555553'] as const;
  const [ONE, TWO, THREE] = ACCOUNTS;
  const ROLES: WorldInput = {
    accounts: [
      { id: ONE, name: 'prod-one', ou: 'Workloads', assumableRole: 'eks/Reader', externalId: 'xyz-1' },
      { id: TWO, name: 'prod-two', ou: 'Workloads', assumableRole: 'AWSControlTowerExecution' },
      { id: THREE, name: 'lab', assumableRole: 'Reader' },
    ],
    permissionSets: ['Admin'],
    groups: ['Platform'],
    assignments: ACCOUNTS.map((account) => ({ account, permissionSet: 'Admin', group: 'Platform' })),
  };
  const CONFIG = `accounts: ["*"]
excludeAccounts: ["${MANAGEMENT}"]
assumeRole:
  - accounts: ["${ONE}"]
    name: eks/Reader
    externalId: xyz-1
  - accounts: [prod-*, "ou:Workloads"]
    name: AWSControlTowerExecution
    sessionName: nightly
  - name: Reader
`;
  const folder = (config = CONFIG) => scratch({ 'aws-auth-sso.yaml': config });

  test('each account is read with its own', async () => {
    await fakeAwsForTest(ROLES);
    const ran = await run(['roles', '-o', 'json'], { cwd: await folder() });
    expect(JSON.parse(ran.stdout).map((role: { accountId: string }) => role.accountId)).toEqual(ACCOUNTS);
  });

  test('--debug shows which one is used if two name an account', async () => {
    await fakeAwsForTest(ROLES);
    const cwd = await folder();
    const { stderr } = await run(['roles', '--debug'], { cwd });
    expect(stderr.match(/^note: account .*$/gm)).toEqual([
      `note: account ${ONE} (prod-one): using assumeRole[0] (role eks/Reader), which precedes assumeRole[1]`,
    ]);
    expect((await run(['roles'], { cwd })).stderr).not.toContain('assumeRole[0]');
  });

  test('the session has the name in the rule, or the name of the program', async () => {
    const fake = await fakeAwsForTest(ROLES);
    fake.inject({ kind: 'denied', operation: 'iam.ListRoles' });
    const cwd = await folder();
    const sessionOf = async (id: string) => {
      const { stderr } = await run(['roles', '--account', id], { cwd });
      return /assumed-role\/[^/]+\/(\S+)/.exec(stderr)?.[1];
    };
    expect(await sessionOf(TWO)).toBe('nightly');
    expect(await sessionOf(THREE)).toBe('aws-auth-sso');
  });

  test('--assume-role overrides all of them, but only the name of a single one', async () => {
    await fakeAwsForTest(ROLES);
    const cwd = await folder();
    const ran = await run(['roles', '--account', TWO, '--assume-role', 'Reader'], { cwd });
    expectRefused(ran, 3, 'role Reader exists there');
    const flags = ['roles', '--account', ONE, '--assume-role', 'eks/Reader'];
    expectRefused(await run(flags, { cwd }), 3, 'role eks/Reader exists there');
    const one = await folder('assumeRole: { name: other, externalId: xyz-1 }\n');
    expect((await run(flags, { cwd: one })).exitCode).toBe(0);
  });

  test('the session name of one role reaches AWS', async () => {
    const fake = await fakeAwsForTest(ROLES);
    fake.inject({ kind: 'denied', operation: 'iam.ListRoles' });
    const cwd = await folder('assumeRole: { sessionName: nightly }\n');
    const flags = ['roles', '--account', THREE, '--assume-role', 'Reader'];
    expect((await run(flags, { cwd })).stderr).toContain('assumed-role/Reader/nightly');
  });

  test('an account that no rule names is an error with its next step', async () => {
    await fakeAwsForTest(ROLES);
    const cwd = await folder(CONFIG.replace('  - name: Reader\n', ''));
    const ran = await run(['roles', '--account', THREE], { cwd });
    expectRefused(
      ran,
      3,
      `1 account can't be read (no role to assume): ${THREE} (lab); error: no \`assumeRole\` rule matches it`,
      'Add a rule for it',
    );
    expect((await run(['roles', '--skip-unreadable', 'lab'], { cwd })).exitCode).toBe(0);
  });
});

describe('a delegated administrator without a role in the management account', () => {
  const DELEGATED: WorldInput = {
    delegatedAdminId: HUB,
    accounts: [
      { id: HUB, name: 'hub' },
      { id: PROD, name: 'prod', assumableRole: READER, trusts: [HUB] },
    ],
    permissionSets: ['Admin', 'Rare'],
    groups: ['Platform'],
    assignments: [
      ...[MANAGEMENT, HUB, PROD].map((account) => ({ account, permissionSet: 'Admin', group: 'Platform' })),
      { account: MANAGEMENT, permissionSet: 'Rare', group: 'Platform' },
    ],
  };
  const FLAGS = ['--assume-role', READER];
  const NOTE = `note: skipped the management account ${MANAGEMENT} (management), because its roles can't be read: `;
  const OLD = `arn:aws:iam::${MANAGEMENT}:role/AWSReservedSSO_Admin_00aa11bb22cc33dd`;
  const MAP = `- rolearn: ${OLD}\n  username: a\n  groups: [system:masters]\n`;

  const fake = () => fakeAwsForTest(DELEGATED, { callerAccountId: HUB });

  test("roles and snapshot report that it wasn't read", async () => {
    await fake();
    const roles = await run(['roles', '--all-accounts', ...FLAGS]);
    expect([roles.exitCode, roles.stderr]).toEqual([0, expect.stringContaining(NOTE)]);
    const snapshot = await run(['snapshot', '--all-accounts', ...FLAGS]);
    expect(snapshot.stderr).toContain(NOTE);
    const { accounts } = JSON.parse(snapshot.stdout);
    expect(accounts[0]).toMatchObject({ id: MANAGEMENT, rolesRead: false, isManagement: true });
    const cwd = await scratch({ 'a.json': snapshot.stdout });
    const flags = [...ENTRIES, '--all-accounts'];
    const offline = await run([...flags, '--inventory', 'a.json'], { cwd, env: {} });
    expect(offline.stderr).toContain(NOTE);
    expect(offline.stdout).toBe((await run([...flags, ...FLAGS])).stdout);
  });

  test('who shows its entries as unknown', async () => {
    await fake();
    const own = `- rolearn: arn:aws:iam::${HUB}:role/AWSReservedSSO_Admin_0123456789abcdef\n  username: b\n  groups: [g]\n`;
    const { exitCode, stderr } = await run(['who', '-o', 'json', ...FLAGS], {
      stdin: `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: aws-auth }\ndata:\n  mapRoles: |\n${(MAP + own).replace(/^(?=.)/gm, '    ')}`,
    });
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`note: skipped the management account ${MANAGEMENT}, because its roles`);
    expect(stderr).toContain(`can't tell who has access: ${OLD}`);
  });

  test('merge leaves its entries unchanged, and does not prune', async () => {
    await fake();
    const config = `accounts: ["*"]\nassumeRole: { name: ${READER} }\nmappings:\n  - { permissionSet: Admin, groups: [system:masters] }\n`;
    const cwd = await scratch({ 'aws-auth-sso.yaml': config, 'roles.yaml': MAP });
    const merged = await run(['merge', 'roles.yaml'], { cwd });
    expect([merged.exitCode, merged.stdout.startsWith(MAP)]).toEqual([0, true]);
    expect(merged.stderr).toContain(NOTE);
    const pruned = await run(['merge', 'roles.yaml', '--prune'], { cwd });
    expectRefused(
      pruned,
      2,
      `--prune needs the roles of every account, but these accounts weren't read: ${MANAGEMENT}`,
    );
  });

  test('a permission set that no other account has is not skipped silently', async () => {
    await fake();
    const flags = ['generate', '-o', 'maproles', '--all-accounts', ...FLAGS];
    for (const map of ['Rare=g', 'Ra*=g'])
      expectRefused(await run([...flags, '--map', map]), 2, NOTE, 'in any account in scope');
    const skipping = await run([...flags, '--map', 'Rare=g', '--skip-unreadable', MANAGEMENT]);
    expect([skipping.exitCode, skipping.stdout]).toEqual([0, '[]\n']);
  });

  test('the same with a snapshot, unless the account is skipped by name', async () => {
    await fake();
    const snapshot = await run(['snapshot', '--all-accounts', ...FLAGS]);
    const cwd = await scratch({ 'a.json': snapshot.stdout });
    const flags = ['generate', '-o', 'maproles', '--map', 'Rare=g', '--inventory', 'a.json'];
    expectRefused(await run([...flags, '--all-accounts'], { cwd, env: {} }), 2, 'in any account in scope');
    const skipping = await run([...flags, '--account', MANAGEMENT, '--skip-unreadable', MANAGEMENT], {
      cwd,
      env: {},
    });
    expect([skipping.exitCode, skipping.stdout]).toEqual([0, '[]\n']);
  });
});

test('the connections of every profile end with the run', async () => {
  await withProfiles();
  const close = vi.spyOn(ProfileClients.prototype, 'close');
  onTestFinished(() => close.mockRestore());
  await run(['roles', '--account', 'prod', '--principals', ...(await split()), '--profile', 'identity']);
  await vi.waitFor(() => expect(close).toHaveBeenCalledTimes(3));
});
