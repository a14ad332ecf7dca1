import { describe, expect, test } from 'vitest';
import type { AwsOptions } from '../../src/directory/connection.ts';
import type { Account } from '../../src/directory/model.ts';
import type { InventoryQuery } from '../../src/directory/query.ts';
import { parseSnapshot, toSnapshot } from '../../src/directory/snapshot.ts';
import { snapshotSource } from '../../src/directory/snapshot-source.ts';
import type { Finding } from '../../src/errors.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { ALL, assumedRole, failureOf, glob, id, named, opened, query, textOf, unit } from './opened.ts';

const MANAGEMENT = '111111111111';
const [HUB, PROD] = ['200000000000', '300000000000'];
const READER = 'EksAuthReader';
const WORLD: WorldInput = {
  delegatedAdminId: HUB,
  accounts: [
    { id: HUB, name: 'hub' },
    { id: PROD, name: 'prod', assumableRole: READER, trusts: [HUB] },
  ],
  permissionSets: ['Admin'],
  groups: ['Platform'],
  assignments: [MANAGEMENT, HUB, PROD].map((account) => ({
    account,
    permissionSet: 'Admin',
    group: 'Platform',
  })),
};

async function openedByHub(world: WorldInput = WORLD, options: Partial<AwsOptions> = {}) {
  const { fake, findings, open } = await opened(world, { callerAccountId: HUB });
  const session = await open({ assumeRole: [assumedRole(READER)], ...options });
  return { fake, findings, session };
}

const read = async (asked: InventoryQuery, world?: WorldInput, options?: Partial<AwsOptions>) => {
  const { fake, findings, session } = await openedByHub(world, options);
  const inventory = await session.read(asked);
  const management = inventory.accounts.find((account) => account.id === MANAGEMENT);
  return { calls: fake.calls, findings, inventory, management };
};

describe('from a delegated administrator, the management account', () => {
  test.each([
    ['all', ALL],
    ['a glob', glob('*a*')],
    ['the root', unit('/')],
  ])('is skipped with a note if the scope is %s and it has no role', async (_, selector) => {
    const { findings, inventory, management, calls } = await read(query([selector, id(PROD)]));
    expect(inventory.roles.map(({ accountId }) => accountId)).toContain(PROD);
    expect(management).toMatchObject({
      rolesRead: false,
      isManagement: true,
      unreadable: expect.stringMatching(/^sts:AssumeRole is denied: .*role\/EksAuthReader/),
    });
    expect(findings).toMatchObject([{ severity: 'note', code: 'management-account-unread' }]);
    expect(findings[0]?.message).toMatch(
      /^skipped the management account 111111111111 \(management\), because its roles can't be read: sts:AssumeRole is denied/,
    );
    expect(findings[0]?.help).toMatch(
      /`merge` keeps its entries unchanged, `generate` creates none\. OrganizationAccountAccessRole doesn't exist in this account\. .*--profile FIRST --profile MANAGEMENT.*`assumeRole`.*--exclude-account 111111111111/,
    );
    expect(calls['organizations.DescribeOrganization']).toBe(1);
  });

  test('is skipped if no rule names a role for it', async () => {
    const { findings, management } = await read(query([ALL]), WORLD, {
      assumeRole: [{ ...assumedRole(READER), accounts: [id(PROD)] }],
    });
    expect(management).toMatchObject({
      isManagement: true,
      unreadable: 'no role to assume: no `assumeRole` rule matches it',
    });
    expect(findings).toMatchObject([{ severity: 'note', code: 'management-account-unread' }]);
  });

  test('is read if a role trusts the caller', async () => {
    const management = { id: MANAGEMENT, name: 'management', assumableRole: READER, trusts: [HUB] };
    const { inventory, findings, calls } = await read(query([ALL]), {
      ...WORLD,
      accounts: [...(WORLD.accounts ?? []), management],
    });
    expect(inventory.roles.map(({ accountId }) => accountId)).toEqual([MANAGEMENT, HUB, PROD]);
    expect([findings, calls['organizations.DescribeOrganization']]).toEqual([[], undefined]);
  });

  test.each([
    ['its ID', [id(MANAGEMENT), ALL], null],
    ['its name', [named('management'), ALL], null],
    ['a flag over all', [ALL], [id(MANAGEMENT), id(PROD)]],
  ])('is an error if it is selected by %s', async (_, scope, within) => {
    const { session, fake } = await openedByHub();
    const failure = await failureOf(session.read(query(scope, { within })));
    expect([failure.exitCode, textOf(failure)]).toEqual([3, expect.stringContaining(MANAGEMENT)]);
    expect(fake.calls['organizations.DescribeOrganization']).toBeUndefined();
  });

  test('is skipped if only the entries of a file name it', async () => {
    const { findings, management } = await read(query([id(MANAGEMENT), id(PROD)], { fromFile: true }));
    expect(findings).toMatchObject([{ code: 'management-account-unread' }]);
    expect(management?.isManagement).toBe(true);
    const { session } = await openedByHub();
    const within = [id(MANAGEMENT), id(PROD)];
    const failure = await failureOf(session.read(query(within, { within, fromFile: true })));
    expect(failure.exitCode).toBe(3);
  });

  test('is an error if no other account could be read', async () => {
    const { session } = await openedByHub();
    const failure = await failureOf(session.read(query([glob('manage*')])));
    expect([failure.exitCode, textOf(failure)]).toEqual([3, expect.stringContaining(MANAGEMENT)]);
  });

  test('does not hide other unreadable accounts', async () => {
    const { session, findings } = await openedByHub(WORLD, { assumeRole: [assumedRole()] });
    const failure = await failureOf(session.read(query([ALL])));
    expect(textOf(failure)).toMatch(/^1 account can't be read .*300000000000 \(prod\)/);
    expect(findings).toEqual([]);
  });

  test('is a warning if it may be skipped anyway, without a call for its ID', async () => {
    const { findings, management, calls } = await read(query([ALL]), WORLD, {
      skipUnreadable: (account) => account.id === MANAGEMENT,
    });
    expect(findings).toMatchObject([{ severity: 'warning', code: 'account-unreadable' }]);
    expect(management?.isManagement).toBeUndefined();
    expect(calls['organizations.DescribeOrganization']).toBeUndefined();
  });

  test('is an error if the role is not the reason', async () => {
    const management = { id: MANAGEMENT, assumableRole: READER, trusts: [HUB], denies: ['iam.ListRoles'] };
    const { session } = await openedByHub({ ...WORLD, accounts: [...(WORLD.accounts ?? []), management] });
    const failure = await failureOf(session.read(query([ALL])));
    expect(textOf(failure)).toMatch(/^1 account can't be read \(iam:ListRoles is denied\)/);
  });

  test('is an error if STS fails otherwise', async () => {
    const { fake, session } = await openedByHub();
    fake.inject({ kind: '500', operation: 'sts.AssumeRole', accountId: MANAGEMENT });
    const failure = await failureOf(session.read(query([ALL])));
    expect(textOf(failure)).toContain('sts:AssumeRole failed');
  });

  test('is an error if its ID cannot be read', async () => {
    const hub = { id: HUB, name: 'hub', denies: ['organizations.DescribeOrganization'] };
    const { session } = await openedByHub({
      ...WORLD,
      accounts: [hub, ...(WORLD.accounts ?? []).slice(1)],
    });
    const failure = await failureOf(session.read(query([ALL])));
    expect(textOf(failure)).toMatch(/^1 account can't be read \(sts:AssumeRole is denied\): 111111111111/);
  });
});

describe('a snapshot without the management account', () => {
  async function source(
    maySkip: (account: { readonly id: string }) => boolean = () => false,
    change: Partial<Account> = {},
  ) {
    const { inventory } = await read(query([ALL]));
    const { capturedAt } = inventory;
    const accounts = inventory.accounts.map((one) => (one.id === MANAGEMENT ? { ...one, ...change } : one));
    const text = JSON.stringify(toSnapshot({ ...inventory, accounts }));
    const findings: Finding[] = [];
    const report = (found: readonly Finding[]) => findings.push(...found);
    const parsed = parseSnapshot(text, 'a.json', Date.parse(capturedAt));
    return { source: snapshotSource(parsed, maySkip, report), findings };
  }

  test('gives the same message as AWS', async () => {
    const live = await read(query([ALL]));
    const { source: snapshot, findings } = await source();
    const inventory = await snapshot.read(query([ALL]));
    expect(findings).toEqual(live.findings);
    expect(inventory.accounts).toEqual(live.inventory.accounts);
  });

  test('fails if it is requested explicitly, or alone', async () => {
    for (const asked of [query([ALL, id(MANAGEMENT)]), query([glob('manage*')])]) {
      const { source: snapshot, findings } = await source();
      const failure = await failureOf(snapshot.read(asked));
      expect([failure.exitCode, textOf(failure), findings]).toEqual([
        3,
        expect.stringMatching(/not read when the snapshot was taken.*111111111111/),
        [],
      ]);
    }
  });

  test('gives the message too if the account was never read', async () => {
    const { source: snapshot, findings } = await source(() => false, { unreadable: null });
    await snapshot.read(query([ALL]));
    expect(findings).toMatchObject([{ message: expect.stringContaining("its roles weren't requested") }]);
  });

  test('fails if the account is not marked as management account', async () => {
    const { source: snapshot } = await source(() => false, { isManagement: false });
    const failure = await failureOf(snapshot.read(query([ALL])));
    expect([failure.exitCode, textOf(failure)]).toEqual([3, expect.stringContaining(MANAGEMENT)]);
  });

  test('warns if it may be skipped', async () => {
    const { source: snapshot, findings } = await source((account) => account.id === MANAGEMENT);
    await snapshot.read(query([ALL]));
    expect(findings).toMatchObject([{ severity: 'warning', code: 'account-unreadable' }]);
  });
});
