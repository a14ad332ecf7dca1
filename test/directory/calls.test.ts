import { describe, expect, test } from 'vitest';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { ALL, glob, id, named, opened, query, SELF } from './opened.ts';

const MANAGEMENT = '111111111111';

/** A number of accounts including the management account, each with one permission set. */
function worldOf(count: number): WorldInput {
  const accounts = Array.from({ length: count - 1 }, (_, index) => ({
    id: String(200_000_000_000 + index),
    name: `member-${index}`,
  }));
  const assignments = [{ id: MANAGEMENT }, ...accounts].map(({ id: account }) => ({
    account,
    permissionSet: 'Admin',
    group: 'Platform',
  }));
  return {
    accounts,
    permissionSets: ['Admin'],
    groups: ['Platform'].map((displayName) => ({ displayName })),
    assignments,
  };
}

describe('names only', () => {
  test('one account by ID takes AssumeRole and ListRoles, after the caller is known', async () => {
    const { fake, open } = await opened(worldOf(3));
    const session = await open();
    const inventory = await session.read(query([id('200000000000')]));
    expect(inventory.roles.map(({ permissionSet }) => permissionSet)).toEqual(['Admin']);
    expect(fake.calls).toEqual({ 'iam.ListRoles': 1, 'sts.AssumeRole': 1, 'sts.GetCallerIdentity': 1 });
  });

  test('self only needs ListRoles', async () => {
    const { fake, open } = await opened(worldOf(3), { callerAccountId: '200000000001' });
    const inventory = await (await open()).read(query([SELF]));
    expect(inventory.accounts.map((account) => account.id)).toEqual(['200000000001']);
    expect(fake.calls).toEqual({ 'iam.ListRoles': 1, 'sts.GetCallerIdentity': 1 });
  });

  test('201 accounts take 200 AssumeRole, 201 ListRoles and 11 ListAccounts', async () => {
    const { fake, open } = await opened(worldOf(201));
    const inventory = await (await open()).read(query([ALL]));
    expect(inventory.roles).toHaveLength(201);
    expect(fake.calls).toEqual({
      'iam.ListRoles': 201,
      'organizations.ListAccounts': 11,
      'sts.AssumeRole': 200,
      'sts.GetCallerIdentity': 1,
    });
  });

  test('an exact name lists the organization and reads one account', async () => {
    const { fake, open } = await opened(worldOf(41));
    await (await open()).read(query([named('member-7')]));
    expect(fake.calls).toEqual({
      'iam.ListRoles': 1,
      'organizations.ListAccounts': 3,
      'sts.AssumeRole': 1,
      'sts.GetCallerIdentity': 1,
    });
  });

  test("accounts outside the flags' limits are not read", async () => {
    const { fake, open } = await opened(worldOf(21));
    const inventory = await (await open()).read(
      query([ALL], { within: [glob('member-1*')], exclude: [glob('*-1?')] }),
    );
    expect(inventory.accounts.filter(({ rolesRead }) => rolesRead).map(({ name }) => name)).toEqual([
      'member-1',
    ]);
    expect(fake.calls['iam.ListRoles']).toBe(1);
  });
});
