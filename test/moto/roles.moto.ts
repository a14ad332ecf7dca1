import { expect, inject, test } from 'vitest';
import { assume, clientsOf, MANAGEMENT_CREDENTIALS } from './clients.ts';
import { HOME_REGION, LONGEST } from './organization.ts';
import { printed, program } from './program.ts';
import { accountNamed, expectedRows, openAccounts } from './truth.ts';

const truth = inject('truth');
const prod = accountNamed(truth, 'prod-eks');
const [data, dev, invited, closed] = ['prod-data', 'dev-eks', 'invited', 'closed'].map((name) =>
  accountNamed(truth, name),
);

function roles(...argv: string[]): Promise<unknown> {
  return printed(['roles', ...argv]);
}

test('the organization covers everything that can go wrong', () => {
  expect(truth.accounts.length).toBeGreaterThan(20);
  expect(truth.permissionSets).toHaveLength(10);
  expect(LONGEST).toHaveLength(32);
  expect(prod.roles.map(({ pathArn }) => pathArn)).toContain(
    `arn:aws:iam::${prod.id}:role/aws-reserved/sso.amazonaws.com/${HOME_REGION}/AWSReservedSSO_Admin_aaaaaaaaaaaaaaaa`,
  );
});

test('every account, except the closed one and the one that denies access, which are named', async () => {
  const argv = ['roles', '-o', 'json', '--all-accounts', '--skip-unreadable', 'invited'];
  const { exitCode, stdout, stderr } = await program(argv);
  const readable = openAccounts(truth, ({ name }) => name !== 'invited');
  expect(JSON.parse(stdout)).toEqual(expectedRows(readable));
  expect(exitCode).toBe(0);
  expect(stderr).toContain(invited?.id);
  expect(stderr).toContain(closed?.id);
});

test('an account that denies access stops the run', async () => {
  const { exitCode, stdout, stderr } = await program(['roles', '-o', 'json', '--all-accounts']);
  expect(stdout).toBe('');
  expect(exitCode).toBe(3);
  expect(stderr).toContain(invited?.id);
  expect(stderr).toContain('--skip-unreadable');
});

test.each(['Workloads', 'Workloads/Prod', 'Workloads/Prod/Regulated', 'Sandbox'])(
  'the organizational unit %s, by path and by ID, with all below it',
  async (path) => {
    const below = openAccounts(truth, ({ unit }) => unit === path || unit.startsWith(`${path}/`));
    const expected = expectedRows(below);
    expect(await roles('--ou', path)).toEqual(expected);
    expect(await roles('--ou', truth.units[path] ?? '')).toEqual(expected);
  },
);

test('the root, by ID', async () => {
  const readable = openAccounts(truth, ({ name }) => name !== 'invited');
  const flags = ['--ou', truth.units[''] ?? '', '--exclude-account', 'invited'];
  expect(await roles(...flags)).toEqual(expectedRows(readable));
});

test('one account, by ID', async () => {
  expect(await roles('--account', prod.id)).toEqual(expectedRows([prod], false));
});

test.each(['prod-eks', 'prod-data', 'Data Lake (EU) + BI', 'log-archive', 'rootless'])(
  'one account, by name: %s',
  async (name) => {
    expect(await roles('--account', name)).toEqual(expectedRows([accountNamed(truth, name)]));
  },
);

test('accounts by glob, ascending by ID', async () => {
  const matching = openAccounts(truth, ({ name }) => /^(prod|dev)-./.test(name));
  expect(await roles('--account', '{prod,dev}-?*')).toEqual(expectedRows(matching));
});

test('accounts in the order of the flags', async () => {
  const flags = ['prod-data', 'dev-eks', prod.id].flatMap((account) => ['--account', account]);
  const accounts = [data, dev, prod].filter((account) => account !== undefined);
  expect(await roles(...flags)).toEqual(expectedRows(accounts));
});

test('exclusions by ID, name and glob', async () => {
  const flags = [prod.id, 'invited', 'sandbox-*'].flatMap((account) => ['--exclude-account', account]);
  const left = openAccounts(truth, ({ name }) => !/^(prod-eks|invited|sandbox-.*)$/.test(name));
  expect(await roles('--all-accounts', ...flags)).toEqual(expectedRows(left));
});

test("self is the caller's account", async () => {
  const management = truth.accounts.filter(({ id }) => id === truth.managementAccountId);
  expect(await roles('--account', 'self')).toEqual(expectedRows(management, false));
});

test('a member account reads itself, without access to Organizations and Identity Center', async () => {
  const management = clientsOf(inject('motoUrl'), MANAGEMENT_CREDENTIALS);
  const credentials = await assume(management, prod.id, prod.accessRole);
  const rows = await printed(['roles', '--account', 'self'], { credentials });
  expect(rows).toEqual(expectedRows([prod], false));
});

test('a name that two accounts share is refused with both ids', async () => {
  const { exitCode, stdout, stderr } = await program(['roles', '--account', 'twin']);
  expect(exitCode).toBe(2);
  expect(stdout).toBe('');
  for (const { id } of openAccounts(truth, ({ name }) => name === 'twin')) expect(stderr).toContain(id);
});

test('a closed account is refused by name, and cannot be read by ID', async () => {
  const byName = await program(['roles', '--account', 'closed']);
  expect(byName).toMatchObject({ exitCode: 2, stdout: '' });
  const byId = await program(['roles', '--account', closed?.id ?? '']);
  expect(byId).toMatchObject({ exitCode: 3, stdout: '' });
});
