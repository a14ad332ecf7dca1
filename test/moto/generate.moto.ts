import { describe, expect, inject, test } from 'vitest';
import { configMap, expectedEntry, USERNAME } from './expected-entry.ts';
import { HOME_REGION, LONGEST, PERMISSION_SETS } from './organization.ts';
import { printed, program } from './program.ts';
import { accountNamed, openAccounts, roleOf } from './truth.ts';

const truth = inject('truth');
const prod = accountNamed(truth, 'prod-eks');
const data = accountNamed(truth, 'prod-data');
const dev = accountNamed(truth, 'dev-eks');

/** Runs `generate` without nodes; returns its ConfigMap, or its messages. */
async function generated(...argv: string[]): Promise<string> {
  const { stdout, stderr } = await program(['generate', '--no-nodes', ...argv]);
  return stdout || stderr;
}

function arnOf(permissionSet: string): string {
  return truth.permissionSets.find(({ name }) => name === permissionSet)?.arn ?? '';
}

describe('a permission set selects its own role and no other', () => {
  const sets = PERMISSION_SETS.filter((name) => name !== 'Unused');

  test.each(sets)('%s by name', async (name) => {
    const map = await generated('--map', `${name}=team`, '--account', prod.id);
    expect(map).toBe(configMap([expectedEntry(prod, name, ['team'])]));
  });

  test.each(sets)('%s by ARN', async (name) => {
    const map = await generated('--map', `${arnOf(name)}=system:masters`, '--account', 'prod-eks');
    expect(map).toBe(configMap([expectedEntry(prod, name, ['system:masters'])]));
  });
});

test("an ARN is looked up in Identity Center's home region, regardless of the caller's", async () => {
  const argv = ['generate', '--no-nodes', '--map', `${arnOf('Billing')}=team`, '--account', prod.id];
  const { stdout, stderr } = await program(argv, { region: 'ap-southeast-2' });
  expect(stdout || stderr).toBe(configMap([expectedEntry(prod, 'Billing', ['team'])]));
  const told = await program([...argv, '--sso-region', HOME_REGION], { region: 'ap-southeast-2' });
  expect(told.stdout).toBe(stdout);
});

test('a glob selects all sets with the prefix, sorted by name', async () => {
  const map = await generated('--map', 'Admin*=team', '--account', prod.id);
  const names = ['Admin', 'Admin_ReadOnly', 'Admin_aaaaaaaaaaaaaaaa'];
  expect(map).toBe(configMap(names.map((name) => expectedEntry(prod, name, ['team']))));
});

test('`*` selects the role left over from a deleted permission set, but no look-alike', async () => {
  const map = await generated('--map', '*=team', '--account', prod.id);
  const names = [
    ...['Admin', 'Admin_ReadOnly', 'Admin_aaaaaaaaaaaaaaaa', 'Billing', 'Data-Team@EU', 'DeletedSet'],
    ...['Dev.Ops+1', LONGEST, 'ViewOnly', 'a=b,c@d'],
  ];
  expect(map).toBe(configMap(names.map((name) => expectedEntry(prod, name, ['team']))));
});

test('several accounts, in the order of the flags', async () => {
  const flags = ['dev-eks', 'prod-data', prod.id].flatMap((account) => ['--account', account]);
  const map = await generated('--map', 'ViewOnly=viewers', ...flags);
  expect(map).toBe(configMap([dev, data, prod].map((one) => expectedEntry(one, 'ViewOnly', ['viewers']))));
});

test('a scope of many accounts needs a role in one of them', async () => {
  const flags = ['--all-accounts', '--exclude-account', 'invited'];
  const map = await generated('--map', 'Data-Team@EU=data', ...flags);
  const accounts = openAccounts(truth, ({ roles }) =>
    roles.some(({ permissionSet }) => permissionSet === 'Data-Team@EU'),
  );
  expect(accounts).toHaveLength(3);
  expect(map).toBe(configMap(accounts.map((account) => expectedEntry(account, 'Data-Team@EU', ['data']))));
});

test('of two roles of one permission set the newest is used, and both are named', async () => {
  const argv = ['generate', '-o', 'json', '--map', 'ViewOnly=team', '--account', 'prod-data'];
  const { stdout, stderr } = await program(argv);
  const [older, newer] = data.roles.filter(({ permissionSet }) => permissionSet === 'ViewOnly');
  expect(JSON.parse(stdout)).toMatchObject({ entries: [{ rolearn: newer?.roleArn }] });
  expect(stderr).toContain(older?.roleArn);
  expect(stderr).toContain(newer?.roleArn);
});

test("as JSON, with the entry's origin", async () => {
  const argv = ['generate', '--map', 'Admin=a,b', '--account', 'prod-eks'];
  const { roleArn, pathArn } = roleOf(prod, 'Admin');
  expect(await printed(argv)).toEqual({
    entries: [
      {
        rolearn: roleArn,
        username: USERNAME,
        groups: ['a', 'b'],
        pathArn,
        accountId: prod.id,
        accountName: 'prod-eks',
        permissionSet: 'Admin',
      },
    ],
    findings: [],
  });
});

describe('missing names', () => {
  test.each([
    ['a set whose role somebody removed', 'Admin', "isn't provisioned"],
    ['a set that is provisioned nowhere', 'Unused', "isn't provisioned"],
    ["a set that doesn't exist", 'Admin_Readonly', 'Admin_ReadOnly'],
  ])('%s', async (_, name, hint) => {
    const { exitCode, stdout, stderr } = await program([
      ...['generate', '--no-nodes', '--map', `${name}=team`, '--account', 'dev-eks'],
    ]);
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(hint);
  });
});
