import { describe, expect, test } from 'vitest';
import type { PeopleQuery } from '../../src/directory/query.ts';
import type { AssignmentInput, WorldInput } from '../fake-aws/world-input.ts';
import { ALL, failureOf, id, opened, query, textOf } from './opened.ts';

const ADMINISTRATOR = '200000000000';
const EVERYBODY: PeopleQuery = { roleArns: null, named: [], onlyNamed: false, members: false };

const accountIds = (count: number) =>
  Array.from({ length: count }, (_, index) => String(200_000_000_000 + index));
const names = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix}${at}`);

/** A number of accounts with a number of permission sets, all assigned to a group. */
function worldOf(accounts: number, sets: number, rest: Partial<WorldInput> = {}): WorldInput {
  const permissionSets = names('Set', sets);
  return {
    accounts: accountIds(accounts).map((account) => ({
      id: account,
      trusts: [ADMINISTRATOR, '111111111111'],
    })),
    permissionSets,
    groups: ['Platform', 'Idle'],
    users: ['ada'],
    assignments: accountIds(accounts).flatMap((account) =>
      permissionSets.map((permissionSet): AssignmentInput => ({ account, permissionSet, group: 'Platform' })),
    ),
    ...rest,
  };
}

describe('accounts whose assignments the caller cannot read', () => {
  test('are named in order, and not read again', async () => {
    const { fake, findings, open } = await opened(worldOf(4, 60));
    const session = await open();
    const denied = [3, 1, 2].map((at) => accountIds(4)[at] ?? '');
    for (const accountId of denied)
      fake.inject({ kind: 'denied', operation: 'sso-admin.ListAccountAssignments', accountId });
    fake.inject({ kind: 'denied', operation: 'sso-admin.ListAccountAssignmentsForPrincipal' });
    const scope = accountIds(4).reverse().map(id);
    const { accounts, assignments } = await session.read(query(scope, { people: EVERYBODY }));
    expect(accounts.filter(({ assignmentsRead }) => assignmentsRead).map((one) => one.id)).toEqual([
      ADMINISTRATOR,
    ]);
    expect(assignments).toHaveLength(60);
    expect(findings.map(({ code }) => code)).toEqual([
      'assignments-by-principal-denied',
      'assignments-by-pair',
      'assignments-unknown',
    ]);
    expect(findings.at(-1)?.message).toMatch(
      /^can't read the assignments of 200000000001, 200000000002, 200000000003: User: .* is not authorized to perform: sso:ListAccountAssignments/,
    );
    expect(fake.calls['sso-admin.ListAccountAssignments']).toBeLessThan(180);
  });

  test('all of them: then nothing is known, and the run fails', async () => {
    const { fake, open } = await opened(worldOf(2, 2));
    const session = await open();
    fake.inject({ kind: 'denied', operation: 'sso-admin.ListAccountAssignments' });
    const failure = await failureOf(session.read(query(accountIds(2).map(id), { people: EVERYBODY })));
    expect([failure.exitCode, textOf(failure)]).toEqual([
      3,
      expect.stringContaining('sso:ListAccountAssignments is denied: '),
    ]);
  });
});

test('a delegated administrator learns how long many pairs take, and what would be faster', async () => {
  const { findings, open } = await opened(worldOf(3, 70, { delegatedAdminId: ADMINISTRATOR }), {
    callerAccountId: ADMINISTRATOR,
  });
  const session = await open();
  await session.read(query(accountIds(3).map(id), { people: EVERYBODY }));
  expect(findings).toEqual([
    {
      severity: 'note',
      code: 'assignments-by-pair',
      message: 'reading assignments for 210 pairs of account and permission set takes about 11 s',
      help: 'Only the management account can read them by user and group, which takes fewer calls.',
    },
  ]);
});

describe('by user and group, or pair by pair, whichever takes far fewer calls', () => {
  const calls = async (users: number) => {
    const { fake, findings, open } = await opened(
      worldOf(25, 4, { users: names('user', users), groups: ['Platform'] }),
    );
    const session = await open();
    const { assignments } = await session.read(query([ALL], { people: EVERYBODY }));
    expect(assignments).toHaveLength(100);
    return {
      byPair: fake.calls['sso-admin.ListAccountAssignments'],
      byPrincipal: fake.calls['sso-admin.ListAccountAssignmentsForPrincipal'],
      findings: findings.map(({ message }) => message),
    };
  };

  test('a third as many users and groups as pairs', async () => {
    expect(await calls(32)).toEqual({
      byPair: undefined,
      byPrincipal: 33,
      findings: [
        'read assignments by user and group, in 33 calls instead of 100; deleted users and groups are missing from permission sets with other assignments',
      ],
    });
  });

  test('one more', async () => {
    expect(await calls(33)).toEqual({
      byPair: 100,
      byPrincipal: undefined,
      findings: [],
    });
  });

  test('very many users are not listed to the end', async () => {
    const world = worldOf(25, 4, { users: names('user', 200) });
    const { fake, open } = await opened(world, { pageSize: 10 });
    const session = await open();
    const inventory = await session.read(query([ALL]));
    fake.reset();
    const { assignments } = await session.people(inventory, EVERYBODY);
    expect(assignments).toHaveLength(100);
    expect(fake.calls['identitystore.ListUsers']).toBeLessThan(10);
  });
});

test("others with a named group's assignments in very many places are read by user and group", async () => {
  const others = accountIds(25).map((account) => ({ account, permissionSet: 'Set0', user: 'ada' }));
  const world = worldOf(25, 4);
  const { fake, findings, open } = await opened({
    ...world,
    assignments: [...(world.assignments ?? []), ...others],
  });
  const people = { ...EVERYBODY, named: [{ type: 'GROUP', name: 'Platform' }], onlyNamed: true } as const;
  const { assignments, principals } = await (await open()).read(query([ALL], { people }));
  expect(assignments).toHaveLength(125);
  expect(principals?.map(({ name }) => name)).toEqual(['Platform', 'ada']);
  expect(fake.calls['sso-admin.ListAccountAssignments']).toBeUndefined();
  // Platform itself, then all principals.
  expect(fake.calls['sso-admin.ListAccountAssignmentsForPrincipal']).toBe(1 + 3);
  expect(findings.map(({ message }) => message)).toEqual([
    'read assignments by user and group, in 3 calls instead of 100; deleted users and groups are missing from permission sets with other assignments',
  ]);
});

test('a missing pair of a known account and permission set is a contradiction', async () => {
  const { fake, open } = await opened(worldOf(1, 3));
  const session = await open();
  fake.inject({ kind: 'not-found', operation: 'sso-admin.ListAccountAssignments', after: 1, times: 1 });
  const failure = await failureOf(session.read(query([id(ADMINISTRATOR)], { people: EVERYBODY })));
  expect([failure.exitCode, textOf(failure)]).toEqual([
    3,
    expect.stringMatching(
      /^sso:ListAccountAssignments returned a contradictory response: .*, but ListPermissionSets lists the permission set, and account \d+ has its role\n/,
    ),
  ]);
});

test('the assignments of an account that Identity Center does not know are unknown', async () => {
  const { fake, findings, open } = await opened(worldOf(2, 3));
  const session = await open();
  const [, left = ''] = accountIds(2);
  for (const operation of ['ListAccountAssignments', 'ListPermissionSetsProvisionedToAccount'])
    fake.inject({ kind: 'not-found', operation: `sso-admin.${operation}`, accountId: left });
  const { accounts } = await session.read(query(accountIds(2).map(id), { people: EVERYBODY }));
  expect(accounts.map(({ assignmentsRead }) => assignmentsRead)).toEqual([true, false]);
  expect(findings).toMatchObject([{ severity: 'warning', code: 'assignments-unknown' }]);
});

test('for a name that nobody has, no assignments are read', async () => {
  const { fake, open } = await opened(worldOf(2, 2, { delegatedAdminId: ADMINISTRATOR }), {
    callerAccountId: ADMINISTRATOR,
  });
  const people = { ...EVERYBODY, named: [{ type: 'GROUP', name: 'Nobody' }], onlyNamed: true } as const;
  const { assignments } = await (await open()).read(query(accountIds(2).map(id), { people }));
  expect(assignments).toEqual([]);
  expect(fake.calls['sso-admin.ListAccountAssignments']).toBeUndefined();
});
