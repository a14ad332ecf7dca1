import type { Account, Inventory, Role } from '../../src/directory/model.ts';

/** A role of `set` in `accountId`; suffix and date depend on `generation`, so a later one is newer. */
export function role(accountId: string, set: string, generation = 1): Role {
  const name = `AWSReservedSSO_${set}_${String(generation).padStart(16, '0')}`;
  return {
    accountId,
    permissionSet: set,
    roleArn: `arn:aws:iam::${accountId}:role/${name}`,
    pathArn: `arn:aws:iam::${accountId}:role/aws-reserved/sso.amazonaws.com/eu-west-1/${name}`,
    createdAt: `2026-01-${String(generation).padStart(2, '0')}T00:00:00.000Z`,
  };
}

export function account(id: string, name: string | null = null, rest: Partial<Account> = {}): Account {
  return { id, name, state: 'ACTIVE', ou: null, ouIds: null, rolesRead: true, unreadable: null, ...rest };
}

export function inventory(
  accounts: readonly Account[],
  roles: readonly Role[],
  rest: Partial<Inventory> = {},
): Inventory {
  return {
    capturedAt: '2026-11-01T00:00:00.000Z',
    partition: 'aws',
    callerAccountId: accounts[0]?.id ?? null,
    instance: null,
    accounts,
    permissionSets: null,
    roles,
    assignments: null,
    principals: null,
    ...rest,
  };
}

/** The text of a snapshot file with any contents. */
export function snapshotText(value: Inventory): string {
  return JSON.stringify({ version: 1, ...value });
}
