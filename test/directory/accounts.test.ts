import { describe, expect, test } from 'vitest';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { ALL, failureOf, glob, id, named, opened, query, SELF, textOf, unit } from './opened.ts';

const [DEV, PROD_A, PROD_B, OLD, TEST] = [
  '200000000000',
  '300000000000',
  '310000000000',
  '400000000000',
  '500000000000',
];
const WORLD: WorldInput = {
  accounts: [
    { id: DEV, name: 'dev', ou: 'Workloads/Dev' },
    { id: PROD_A, name: 'prod-a', ou: 'Workloads/Prod' },
    { id: PROD_B, name: 'prod-b', ou: 'Workloads/Prod/EU' },
    { id: OLD, name: 'old', ou: 'Workloads/Prod', state: 'SUSPENDED' },
    { id: TEST, name: 'test', ou: 'Sandbox' },
  ],
  permissionSets: ['Admin'],
  groups: ['Platform'],
  assignments: [DEV, PROD_A, PROD_B, TEST].map((account) => ({
    account,
    permissionSet: 'Admin',
    group: 'Platform',
  })),
};

async function readIds(asked: ReturnType<typeof query>, options: Parameters<typeof opened>[1] = {}) {
  const { fake, open } = await opened(WORLD, { pageSize: 2, ...options });
  const inventory = await (await open()).read(asked);
  return {
    fake,
    inventory,
    read: inventory.accounts.filter(({ rolesRead }) => rolesRead).map((one) => one.id),
  };
}

describe('organizational units', () => {
  test('by path: everything below, and no other calls', async () => {
    const { fake, inventory, read } = await readIds(query([unit('Workloads/Prod')]));
    expect(read).toEqual([PROD_A, PROD_B]);
    expect(inventory.accounts.map(({ ou }) => ou)).toEqual([
      'Workloads/Prod',
      'Workloads/Prod/EU',
      'Workloads/Prod',
    ]);
    expect(fake.calls['organizations.ListAccounts']).toBeUndefined();
    expect(fake.calls['organizations.ListAccountsForParent']).toBe(2);
  });

  test('by ID', async () => {
    const { inventory } = await readIds(query([unit('Workloads/Prod')]));
    const prod = inventory.accounts[0]?.ouIds?.at(-1) ?? '';
    expect(prod).toMatch(/^ou-/);
    const { inventory: byId, read, fake } = await readIds(query([unit(prod)]));
    expect(read).toEqual([PROD_A, PROD_B]);
    expect(byId.accounts.map(({ ouIds }) => ouIds)).toEqual(inventory.accounts.map(({ ouIds }) => ouIds));
    expect(byId.accounts.map(({ ou }) => ou)).toEqual([null, null, null]);
    expect(Object.entries(fake.calls).filter(([name]) => name.startsWith('organizations'))).toEqual([
      ['organizations.ListAccountsForParent', 2],
      ['organizations.ListOrganizationalUnitsForParent', 2],
      ['organizations.ListParents', 2],
    ]);
  });

  test('by ID have names if others are given by path', async () => {
    const { inventory } = await readIds(query([unit('Workloads/Prod/EU')]));
    const eu = inventory.accounts[0]?.ouIds?.at(-1) ?? '';
    const { inventory: both, fake } = await readIds(query([unit(eu), unit('Sandbox')]));
    expect(both.accounts.map(({ name, ou }) => [name, ou])).toEqual([
      ['prod-b', 'Workloads/Prod/EU'],
      ['test', 'Sandbox'],
    ]);
    expect(fake.calls['organizations.DescribeOrganizationalUnit']).toBe(3);
  });

  test('that overlap are read once', async () => {
    const { fake, read } = await readIds(query([unit('Workloads/Prod'), unit('Workloads')]));
    expect(read).toEqual([DEV, PROD_A, PROD_B]);
    expect(fake.calls['organizations.ListAccountsForParent']).toBe(4);
  });

  test('together with a glob come from the list that is read anyway', async () => {
    const { fake, read } = await readIds(query([unit('Workloads/Prod'), glob('tes*')]));
    expect(read).toEqual([PROD_A, PROD_B, TEST]);
    expect(fake.calls['organizations.ListAccountsForParent']).toBeUndefined();
  });

  test('by ID are found in the list without further calls', async () => {
    // The list contains whole unit paths; only names would take more calls.
    const { fake, inventory } = await readIds(query([unit('Workloads/Prod')]));
    const prod = inventory.accounts[0]?.ouIds?.at(-1) ?? '';
    fake.reset();
    const excluded = await readIds(query([ALL], { exclude: [unit(prod)] }));
    expect(excluded.read).toEqual(['111111111111', DEV, TEST]);
    expect(Object.keys(excluded.fake.calls).filter((name) => name.startsWith('organizations'))).toEqual([
      'organizations.ListAccounts',
    ]);
    const walked = await readIds(query([ALL], { exclude: [unit(prod)] }), { omitFromAccount: ['Paths'] });
    expect(walked.read).toEqual(['111111111111', DEV, TEST]);
  });

  test('are found by path if AWS omits Paths', async () => {
    const { read } = await readIds(query([unit('Workloads/Prod'), glob('tes*')]), {
      omitFromAccount: ['Paths'],
    });
    expect(read).toEqual([PROD_A, PROD_B, TEST]);
  });

  test('can be excluded', async () => {
    const { read } = await readIds(query([ALL], { exclude: [unit('Workloads/Prod')] }));
    expect(read).toEqual(['111111111111', DEV, TEST]);
    const { read: walked } = await readIds(
      query([unit('Workloads')], { exclude: [unit('Workloads/Prod/EU')] }),
    );
    expect(walked).toEqual([DEV, PROD_A]);
    const { read: byId } = await readIds(query([id(DEV), id(TEST)], { exclude: [unit('Sandbox')] }));
    expect(byId).toEqual([DEV]);
  });

  test('contain no account outside the organization', async () => {
    const { open } = await opened(WORLD);
    const session = await open({ skipUnreadable: () => true });
    const asked = query([id(DEV), id('999999999999')], { exclude: [unit('Sandbox')] });
    const { accounts } = await session.read(asked);
    expect(accounts.map((account) => [account.id, account.ouIds?.length])).toEqual([
      [DEV, 3],
      [TEST, 2],
      ['999999999999', 0],
    ]);
  });

  test('that do not exist are refused, with similar names', async () => {
    const { open } = await opened(WORLD);
    const session = await open();
    for (const asked of [query([unit('Workloads/Prd')]), query([unit('Workloads/Prd'), named('dev')])]) {
      const failure = await failureOf(session.read(asked));
      expect(failure.exitCode).toBe(2);
      expect(textOf(failure)).toMatch(/Did you mean .*"Workloads\/Prod"/);
    }
    const failure = await failureOf(session.read(query([unit('ou-ffff-ffffffff')])));
    expect([failure.exitCode, textOf(failure)]).toEqual([2, expect.stringContaining('"ou-ffff-ffffffff"')]);
  });

  test('that seem to be nowhere mean a broken answer', async () => {
    const { inventory } = await readIds(query([unit('Sandbox')]));
    const { fake, open } = await opened(WORLD);
    fake.inject({ kind: 'empty-list', operation: 'organizations.ListParents' });
    const sandbox = inventory.accounts[0]?.ouIds?.at(-1) ?? '';
    const failure = await failureOf((await open()).read(query([unit(sandbox)])));
    expect([failure.exitCode, failure.message]).toEqual([
      3,
      `organizations:ListParents returned a contradictory response: unit ${sandbox} has no parent`,
    ]);
  });

  test('of every account are in a snapshot of the organization', async () => {
    const { inventory } = await readIds(query([ALL], { organizationTree: true }));
    expect(inventory.accounts.map(({ name, ou }) => [name, ou])).toEqual([
      ['management', ''],
      ['dev', 'Workloads/Dev'],
      ['prod-a', 'Workloads/Prod'],
      ['prod-b', 'Workloads/Prod/EU'],
      ['old', 'Workloads/Prod'],
      ['test', 'Sandbox'],
    ]);
    expect(
      inventory.accounts.every(
        ({ ou, ouIds }) => ouIds?.length === (ou === '' ? 1 : (ou?.split('/').length ?? 0) + 1),
      ),
    ).toBe(true);
  });
});

describe('states', () => {
  test('that AWS omits count as active', async () => {
    const { read } = await readIds(query([ALL]), { omitFromAccount: ['State', 'Status'] }).catch((error) => ({
      read: textOf(error),
    }));
    // The suspended account is tried, and can't be read.
    expect(read).toMatch(new RegExp(`^1 account can't be read .*: ${OLD} \\(old\\)`));
  });

  test.each([[['Status']], [['State']]] as const)('are read without %s too', async (omitFromAccount) => {
    const { fake, inventory, read } = await readIds(query([ALL]), { omitFromAccount });
    expect(read).not.toContain(OLD);
    expect(inventory.accounts.find((account) => account.id === OLD)).toMatchObject({
      state: 'SUSPENDED',
      rolesRead: false,
      unreadable: null,
    });
    expect(fake.calls['sts.AssumeRole']).toBe(4);
  });

  test('a suspended account is refused by name and unreadable by ID', async () => {
    const { open } = await opened(WORLD);
    const session = await open();
    const byName = await failureOf(session.read(query([named('old')])));
    expect([byName.exitCode, byName.message]).toEqual([2, expect.stringContaining('suspended')]);
    const byId = await failureOf(session.read(query([id(OLD)])));
    expect([byId.exitCode, byId.message]).toEqual([3, expect.stringContaining(OLD)]);
  });
});

test('accounts that selectors name are in the inventory, read or not', async () => {
  const { inventory, read } = await readIds(
    query([named('dev'), named('prod-a')], {
      within: [named('dev'), named('test')],
      exclude: [named('prod-b')],
    }),
  );
  expect(read).toEqual([DEV]);
  expect(inventory.accounts.map(({ name }) => name)).toEqual(['dev', 'prod-a', 'prod-b', 'test']);
});

test("an account that matches a pattern is skipped if the pattern is another account's name, even if it is listed first and cannot be read", async () => {
  const { open } = await opened({
    ...WORLD,
    accounts: [
      { id: DEV, name: 'dev1', assumableRole: null },
      { id: TEST, name: 'dev[1]' },
    ],
    assignments: [{ account: TEST, permissionSet: 'Admin', group: 'Platform' }],
  });
  const { accounts, roles } = await (await open()).read(query([glob('dev[1]')]));
  expect(accounts.filter(({ rolesRead }) => rolesRead).map((one) => one.id)).toEqual([TEST]);
  expect([...new Set(roles.map(({ accountId }) => accountId))]).toEqual([TEST]);
});

test('an empty scope is refused', async () => {
  const { open } = await opened(WORLD);
  const failure = await failureOf((await open()).read(query([named('dev')], { exclude: [glob('*')] })));
  expect([failure.exitCode, textOf(failure)]).toEqual([
    2,
    `the scope contains no accounts: skipped ${DEV} (dev, excluded)\nRemove the exclusion, or select other accounts.`,
  ]);
});

test('outside an organization ids and self still work', async () => {
  const { open } = await opened({
    organization: false,
    permissionSets: ['Admin'],
    roles: [{ account: '111111111111', permissionSet: 'Admin' }],
  });
  const session = await open();
  expect((await session.read(query([SELF]))).roles).toHaveLength(1);
  const failure = await failureOf(session.read(query([ALL])));
  expect(failure.exitCode).toBe(3);
  expect(textOf(failure)).toMatch(/isn't in an organization.*\nList accounts by ID/);
  const ifAllowed = await session.read(query([SELF], { organizationTree: 'if-allowed' }));
  expect(ifAllowed.accounts).toMatchObject([{ id: '111111111111', ou: null, ouIds: null, rolesRead: true }]);
  expect((await failureOf(session.read(query([SELF], { organizationTree: true })))).exitCode).toBe(3);
});

test('the organization is skipped if reading it is denied, but not if it fails', async () => {
  const asked = query([SELF], { organizationTree: 'if-allowed' });
  const member = await opened(WORLD, { callerAccountId: DEV });
  expect((await (await member.open()).read(asked)).accounts).toMatchObject([{ id: DEV, ou: null }]);
  const { fake, open } = await opened(WORLD);
  fake.inject({ kind: 'expired', operation: 'organizations.ListAccounts' });
  expect((await failureOf((await open()).read(asked))).exitCode).toBe(3);
});

test('a member account cannot list the organization, and the help names alternatives', async () => {
  const { open } = await opened(WORLD, { callerAccountId: DEV });
  const failure = await failureOf((await open()).read(query([named('dev')])));
  expect(failure.exitCode).toBe(3);
  expect(textOf(failure)).toMatch(
    /organizations:ListAccounts is denied.*\n.*Accounts listed by ID need no Organizations call/,
  );
});
