import { describe, expect, test } from 'vitest';
import type { Inventory, Principal } from '../../src/directory/model.ts';
import type { PeopleQuery } from '../../src/directory/query.ts';
import { buildWorld } from '../fake-aws/build-world.ts';
import type { World } from '../fake-aws/world/world.ts';
import type { AssignmentInput, WorldInput } from '../fake-aws/world-input.ts';
import { unhandled } from '../unhandled.ts';
import { ALL, assumedRole, failureOf, id, opened, query, textOf } from './opened.ts';

const MANAGEMENT = '111111111111';
const ACCOUNTS = Array.from({ length: 25 }, (_, index) => String(200_000_000_000 + index));
const SETS = ['Admin', 'Admin_ReadOnly', 'Dev.Ops+1', 'ViewOnly'];

/** Ada is assigned directly and through two groups; a user and a group were deleted. */
const WORLD: WorldInput = {
  accounts: ACCOUNTS.map((account) => ({ id: account })),
  permissionSets: [...SETS, 'Unused'],
  users: ['ada', 'bob', 'cy', { userName: 'gone', deleted: true }],
  groups: [
    { displayName: 'Platform', members: ['ada', 'bob'] },
    { displayName: 'Audit', members: ['ada'] },
    { displayName: 'Empty', members: [] },
    { displayName: 'Former', members: ['bob'], deleted: true },
  ],
  assignments: ACCOUNTS.flatMap((account, at): AssignmentInput[] => [
    { account, permissionSet: 'Admin', group: 'Platform' },
    { account, permissionSet: 'Admin', group: 'Audit' },
    { account, permissionSet: 'Admin', user: 'ada' },
    { account, permissionSet: 'Admin_ReadOnly', user: 'cy' },
    { account, permissionSet: 'Dev.Ops+1', group: at % 2 ? 'Empty' : 'Former' },
    { account, permissionSet: 'ViewOnly', user: 'gone' },
  ]),
};

/** The same in three accounts, so that reading pair by pair is fast. */
function inFewAccounts(): WorldInput {
  const few = ACCOUNTS.slice(0, 3);
  const assignments = (WORLD.assignments ?? []).filter(({ account }) => few.includes(account));
  return { ...WORLD, accounts: few.map((account) => ({ id: account })), assignments };
}

const EVERYBODY: PeopleQuery = { roleArns: null, named: [], onlyNamed: false, members: true };

/** Assignments as text, by names. */
function assignmentsIn({ assignments, permissionSets, principals }: Inventory): string[] {
  const sets = new Map(permissionSets?.map(({ arn, name }) => [arn, name]));
  const names = new Map(principals?.map((one) => [one.id, one.name ?? 'deleted']));
  return (assignments ?? []).map(
    (one) =>
      `${one.accountId} ${sets.get(one.permissionSetArn)} ${one.principalType} ${names.get(one.principalId)}`,
  );
}

/** The truth, in the same text form. */
function assignmentsOf(world: World): string[] {
  const sets = new Map(world.permissionSets.map(({ arn, name }) => [arn, name]));
  const names = new Map([
    ...world.users.map((user) => [user.id, user.deleted ? 'deleted' : user.userName] as const),
    ...world.groups.map((group) => [group.id, group.deleted ? 'deleted' : group.displayName] as const),
  ]);
  return world.assignments
    .map(
      (one) =>
        `${one.accountId} ${sets.get(one.permissionSetArn)} ${one.principalType} ${names.get(one.principalId)}`,
    )
    .sort();
}

function callsOf(calls: Readonly<Record<string, number>>, ...services: string[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(calls).filter(([name]) => services.includes(name.split('.', 1)[0] ?? '')),
  );
}

function named(inventory: Inventory, name: string | null): Principal | undefined {
  return inventory.principals?.find((one) => one.name === name);
}

describe('both methods of reading give the truth', () => {
  test('by user and group, with a note about missing deleted principals', async () => {
    const beside = { account: ACCOUNTS[0] ?? '', permissionSet: 'Admin', user: 'gone' };
    const world = { ...WORLD, assignments: [...(WORLD.assignments ?? []), beside] };
    const { fake, open, findings } = await opened(world, { pageSize: 7 });
    const inventory = await (await open()).read(query([ALL], { people: EVERYBODY }));
    expect(assignmentsIn(inventory).sort()).toEqual(assignmentsOf(buildWorld(WORLD)));
    // Only deleted principals are assigned ViewOnly and, in every second account, Dev.Ops+1.
    expect(fake.calls['sso-admin.ListAccountAssignments']).toBe(25 + 13);
    expect(findings).toMatchObject([{ severity: 'note', code: 'assignments-by-principal' }]);
    expect(findings[0]?.message).toContain('6 calls instead of 100');
    expect(findings[0]?.message).toContain('deleted');
  });

  test('by user and group, only for the requested accounts and roles', async () => {
    const [first = '', ...others] = ACCOUNTS;
    // Enough pairs, even without the excluded ones.
    const more = Array.from({ length: 5 }, (_, index) => String(300_000_000_000 + index));
    const world: WorldInput = {
      ...WORLD,
      accounts: [...ACCOUNTS, ...more].map((account) => ({ id: account })),
      provisioned: more.flatMap((account) => SETS.map((permissionSet) => ({ account, permissionSet }))),
    };
    const { fake, open } = await opened(world);
    const session = await open();
    const { roles } = await session.read(query([ALL]));
    const asked = roles.filter(
      ({ accountId, permissionSet }) => accountId !== first || permissionSet !== 'Admin',
    );
    const people = { ...EVERYBODY, roleArns: new Set(asked.map(({ roleArn }) => roleArn)) };
    const all = assignmentsOf(buildWorld(WORLD));
    expect(assignmentsIn(await session.read(query([ALL], { people }))).sort()).toEqual(
      all.filter((one) => !one.startsWith(`${first} Admin `)),
    );
    fake.reset();
    const elsewhere = await session.read(query([...others, ...more].map(id), { people: EVERYBODY }));
    expect(fake.calls['sso-admin.ListAccountAssignmentsForPrincipal']).toBeGreaterThan(0);
    expect(assignmentsIn(elsewhere).sort()).toEqual(all.filter((one) => !one.startsWith(first)));
  });

  test('of nobody without roles, with the instance that was read for its permission sets', async () => {
    const { open } = await opened({ accounts: [{ id: ACCOUNTS[0] ?? '' }], permissionSets: SETS });
    const asked = query([ALL], { people: EVERYBODY, permissionSets: 'all' });
    const { assignments, instance, permissionSets } = await (await open()).read(asked);
    expect(assignments).toEqual([]);
    expect(permissionSets).toHaveLength(SETS.length);
    expect(instance).not.toBeNull();
  });

  test('pair by pair in few accounts, including deleted principals', async () => {
    const world = inFewAccounts();
    const { fake, open, findings } = await opened(world, { pageSize: 2, shuffle: 'any' });
    const inventory = await (await open()).read(query([ALL], { people: EVERYBODY }));
    expect(assignmentsIn(inventory).sort()).toEqual(assignmentsOf(buildWorld(world)));
    expect(fake.calls['sso-admin.ListAccountAssignmentsForPrincipal']).toBeUndefined();
    expect(findings).toEqual([]);
    expect(inventory.principals?.filter(({ name }) => name === null)).toHaveLength(2);
  });

  test('pair by pair reports progress', async () => {
    const { open, progress } = await opened(inFewAccounts());
    await (await open()).read(query([ALL], { people: EVERYBODY }));
    const steps = progress.flatMap(({ assignments }) => assignments ?? []);
    expect(steps[0]).toEqual({ done: 1, total: 12 });
    expect(steps.at(-1)).toEqual({ done: 12, total: 12 });
  });

  test.each([
    ['each once', []],
    ['also where all are listed after some were looked up', [{ type: 'USER', name: 'nobody' } as const]],
  ])('reports the number of known user and group names, %s', async (_, missing) => {
    const { open, progress } = await opened(inFewAccounts(), { pageSize: 2 });
    const people = { ...EVERYBODY, members: false, named: missing };
    await (await open()).read(query([ALL], { people }));
    const steps = progress.flatMap(({ people }) => people ?? []);
    expect(steps[0]).toBeLessThanOrEqual(2);
    expect(steps).toEqual(steps.toSorted((one, other) => one - other));
    const { users, groups } = { users: 3, groups: 3 };
    expect(steps.at(-1)).toBe(users + groups);
  });

  test('pair by pair for a delegated administrator, because the other method is denied', async () => {
    const [delegatedAdminId = ''] = ACCOUNTS;
    const accounts = ACCOUNTS.map((account) => ({ id: account, trusts: [delegatedAdminId] }));
    const { fake, open } = await opened(
      { ...WORLD, accounts, delegatedAdminId },
      { callerAccountId: delegatedAdminId },
    );
    const inventory = await (await open()).read(query(ACCOUNTS.map(id), { people: EVERYBODY }));
    expect(assignmentsIn(inventory).sort()).toEqual(assignmentsOf(buildWorld(WORLD)));
    expect(fake.calls['sso-admin.ListAccountAssignmentsForPrincipal']).toBeUndefined();
  });

  test("the same twice, regardless of the order of AWS's answers", async () => {
    const read = async (shuffle: string) => {
      const { open } = await opened(inFewAccounts(), { shuffle, pageSize: 2 });
      return (await open()).read(query([ALL], { people: EVERYBODY }));
    };
    const [one, other] = [await read('a'), await read('b')];
    expect(other.assignments).toEqual(one.assignments);
    expect(other.principals).toEqual(one.principals);
  });
});

describe('people', () => {
  test('deleted principals have no name, and groups have their members', async () => {
    const { open } = await opened(WORLD);
    const inventory = await (await open()).read(query([id(ACCOUNTS[0] ?? '')], { people: EVERYBODY }));
    expect(inventory.principals?.filter(({ name }) => name === null).map(({ type }) => type)).toEqual([
      'GROUP',
      'USER',
    ]);
    const ids = [named(inventory, 'ada')?.id, named(inventory, 'bob')?.id];
    expect(new Set(named(inventory, 'Platform')?.members)).toEqual(new Set(ids));
    expect(
      inventory.principals?.find(({ type, name }) => type === 'GROUP' && name === null)?.members,
    ).toEqual([]);
  });

  test('members are read once for each group, and for no user', async () => {
    const { fake, open } = await opened(WORLD, { pageSize: 100 });
    const { principals } = await (await open()).read(query([ALL], { people: EVERYBODY }));
    const groups = principals?.filter(({ type }) => type === 'GROUP');
    // Plus one for the deleted group, which might still exist.
    expect(fake.calls['identitystore.ListGroupMemberships']).toBe((groups?.length ?? 0) + 1);
  });

  test('members are not read unless requested', async () => {
    const { fake, open } = await opened(WORLD);
    const people = { ...EVERYBODY, members: false };
    const inventory = await (await open()).read(query([ALL], { people }));
    expect(named(inventory, 'Platform')?.members).toBeNull();
    // For the deleted group, which might still exist.
    expect(fake.calls['identitystore.ListGroupMemberships']).toBe(1);
  });

  test('no calls are made for accounts without roles', async () => {
    const { fake, open } = await opened({ accounts: [{ id: '300000000000' }] });
    const inventory = await (await open()).read(query([id('300000000000')], { people: EVERYBODY }));
    expect(inventory).toMatchObject({ assignments: [], principals: [] });
    expect(callsOf(fake.calls, 'sso-admin', 'identitystore')).toEqual({});
  });

  test('permission sets stay known without principals to read', async () => {
    const { open } = await opened({ accounts: [{ id: '300000000000' }], permissionSets: SETS });
    const asked = query([id('300000000000')], { people: EVERYBODY, permissionSets: 'all' });
    const { permissionSets } = await (await open()).read(asked);
    expect(permissionSets?.map(({ name }) => name).sort()).toEqual([...SETS].sort());
  });

  test('no principals are read if the query is not about people', async () => {
    const { fake, open } = await opened(WORLD);
    const inventory = await (await open()).read(query([ALL]));
    expect([inventory.assignments, inventory.principals]).toEqual([null, null]);
    expect(callsOf(fake.calls, 'sso-admin', 'identitystore')).toEqual({});
  });

  test('a delegated administrator cannot read the management account, with a warning', async () => {
    const [delegatedAdminId = ''] = ACCOUNTS;
    const { findings, open } = await opened(
      {
        ...WORLD,
        delegatedAdminId,
        accounts: [
          { id: MANAGEMENT, assumableRole: 'Reader', trusts: [delegatedAdminId] },
          { id: delegatedAdminId },
        ],
        assignments: [
          { account: MANAGEMENT, permissionSet: 'Admin', group: 'Platform' },
          { account: delegatedAdminId, permissionSet: 'Admin', group: 'Platform' },
        ],
      },
      { callerAccountId: delegatedAdminId },
    );
    const session = await open({ assumeRole: [assumedRole('Reader')] });
    const scope = [id(MANAGEMENT), id(delegatedAdminId)];
    const inventory = await session.read(query(scope, { people: EVERYBODY }));
    expect(inventory.accounts.map(({ assignmentsRead }) => assignmentsRead)).toEqual([false, true]);
    expect(inventory.assignments).toHaveLength(1);
    expect(findings).toMatchObject([
      {
        severity: 'warning',
        code: 'assignments-unknown',
        message: expect.stringContaining(MANAGEMENT),
      },
    ]);
  });

  test('Identity Store may be denied', async () => {
    const { open } = await opened({
      ...WORLD,
      accounts: [{ id: MANAGEMENT, denies: ['identitystore.*'] }, { id: ACCOUNTS[0] ?? '' }],
      assignments: WORLD.assignments?.slice(0, 6) ?? [],
    });
    const failure = await failureOf((await open()).read(query([ALL], { people: EVERYBODY })));
    expect([failure.exitCode, textOf(failure)]).toEqual([
      3,
      expect.stringMatching(/identitystore:\w+ is denied/),
    ]);
  });
});

test('the id replaces a missing name', async () => {
  const [account = ''] = ACCOUNTS;
  const { open } = await opened({
    accounts: [{ id: account }],
    permissionSets: ['Admin'],
    users: [{ userName: '', id: 'u-nameless' }],
    groups: [{ displayName: '', id: 'g-nameless' }],
    assignments: [
      { account, permissionSet: 'Admin', user: '' },
      { account, permissionSet: 'Admin', group: '' },
    ],
  });
  const { principals } = await (await open()).read(query([id(account)], { people: EVERYBODY }));
  expect(principals?.map(({ type, id, name }) => [type, id, name])).toEqual([
    ['GROUP', 'g-nameless', 'g-nameless'],
    ['USER', 'u-nameless', 'u-nameless'],
  ]);
});

describe('the people of an inventory that was already read', () => {
  const [FIRST = ''] = ACCOUNTS;

  async function asked(people: Partial<PeopleQuery>, world: WorldInput = inFewAccounts()) {
    const { fake, open, findings } = await opened(world);
    const session = await open();
    const inventory = await session.read(query([id(FIRST)]));
    fake.reset();
    const result = await session.people(inventory, { ...EVERYBODY, members: false, ...people });
    return { result, calls: callsOf(fake.calls, 'sso-admin', 'identitystore'), findings };
  }

  test('a named group takes a handful of calls, regardless of the size of the organization', async () => {
    const { result, calls } = await asked({ named: [{ type: 'GROUP', name: 'Platform' }], onlyNamed: true });
    expect(assignmentsIn(result)).toEqual([
      `${FIRST} Admin GROUP Audit`,
      `${FIRST} Admin GROUP Platform`,
      `${FIRST} Admin USER ada`,
    ]);
    expect(calls).toEqual({
      'identitystore.DescribeGroup': 2,
      'identitystore.DescribeUser': 1,
      'identitystore.GetGroupId': 1,
      // For other groups of the same name.
      'identitystore.ListGroups': 1,
      'sso-admin.DescribePermissionSet': 1,
      'sso-admin.ListAccountAssignments': 1,
      'sso-admin.ListAccountAssignmentsForPrincipal': 1,
      'sso-admin.ListInstances': 1,
      'sso-admin.ListPermissionSets': 1,
    });
  });

  test('a named user includes its groups, and their assignments', async () => {
    const { result } = await asked({ named: [{ type: 'USER', name: 'bob' }], onlyNamed: true });
    expect(named(result, 'bob')?.groups).toEqual([named(result, 'Platform')?.id]);
    expect(assignmentsIn(result)).toContain(`${FIRST} Admin GROUP Platform`);
  });

  test("a named user includes its groups' assignments, regardless of the requested roles", async () => {
    const roleArns = new Set(['arn:aws:iam::111122223333:role/AWSReservedSSO_Other_0123456789abcdef']);
    const { result } = await asked({ named: [{ type: 'USER', name: 'bob' }], onlyNamed: true, roleArns });
    expect(assignmentsIn(result)).toEqual([`${FIRST} Admin GROUP Platform`]);
  });

  test('are read pair by pair if the policy denies the other method', async () => {
    const denies = ['sso-admin.ListAccountAssignmentsForPrincipal'];
    const accounts = [{ id: MANAGEMENT, denies }, ...(inFewAccounts().accounts ?? [])];
    const people = { named: [{ type: 'GROUP', name: 'Audit' }], onlyNamed: true } as const;
    const { result, findings } = await asked(people, { ...inFewAccounts(), accounts });
    expect(assignmentsIn(result)).toContain(`${FIRST} Admin GROUP Audit`);
    expect(findings.map(({ code }) => code)).toEqual(['assignments-by-principal-denied']);
  });

  test("a name that doesn't exist lists its kind", async () => {
    const people = { named: [{ type: 'GROUP', name: 'Platfrom' }], onlyNamed: true } as const;
    const { result, calls } = await asked(people);
    expect(result.assignments).toEqual([]);
    expect(Object.keys(calls).filter((call) => call.includes('AccountAssignments'))).toEqual([]);
    expect(result.principals?.map(({ name }) => name).sort()).toEqual(['Audit', 'Empty', 'Platform']);
  });

  test("a name that doesn't exist lists its kind together with one that does", async () => {
    const names = ['Platform', 'Audti'].map((name) => ({ type: 'GROUP', name }) as const);
    const { result } = await asked({ named: names, onlyNamed: true });
    expect(result.principals?.map(({ name }) => name)).toContain('Empty');
  });

  test('only the requested roles', async () => {
    const roleArns = new Set(
      buildWorld(WORLD)
        .roles.filter(({ accountId, name }) => accountId === FIRST && name.includes('_ViewOnly_'))
        .map(({ name }) => `arn:aws:iam::${FIRST}:role/${name}`),
    );
    const { result, calls } = await asked({ roleArns });
    expect(assignmentsIn(result)).toEqual([`${FIRST} ViewOnly USER deleted`]);
    expect(calls['sso-admin.ListAccountAssignments']).toBe(1);
    // One account lists its permission sets, so the others need not be described.
    expect(calls['sso-admin.ListPermissionSetsProvisionedToAccount']).toBe(1);
  });
});

describe('names are listed or looked up, whichever takes fewer calls', () => {
  const [FIRST = ''] = ACCOUNTS;

  /** A number of users in the directory; the last few have assignments. */
  async function identityStoreCalls(users: number, assigned: number) {
    const names = Array.from({ length: users }, (_, index) => `user-${index}`);
    const { fake, open } = await opened({
      accounts: [{ id: FIRST }],
      permissionSets: ['Admin'],
      users: names,
      assignments: names.slice(-assigned).map((user) => ({ account: FIRST, permissionSet: 'Admin', user })),
    });
    const people = { ...EVERYBODY, members: false };
    const inventory = await (await open()).read(query([id(FIRST)], { people }));
    expect(inventory.principals?.map(({ name }) => name).sort()).toEqual(names.slice(-assigned).sort());
    return callsOf(fake.calls, 'identitystore');
  }

  test('two are looked up', async () => {
    expect(await identityStoreCalls(50, 2)).toEqual({ 'identitystore.DescribeUser': 2 });
  });
  test('many are listed', async () => {
    expect(await identityStoreCalls(80, 40)).toEqual({ 'identitystore.ListUsers': 1 });
  });
  test('a few among very many are looked up, after a page without them', async () => {
    expect(await identityStoreCalls(450, 5)).toEqual({
      'identitystore.DescribeUser': 5,
      'identitystore.ListUsers': 1,
    });
  });
});

test('an assignment that only one of two reads contains is a contradiction', async () => {
  const { fake, open } = await opened(inFewAccounts());
  const session = await open();
  fake.inject({ kind: 'empty-list', operation: 'sso-admin.ListAccountAssignments' });
  const named = [{ type: 'GROUP', name: 'Platform' }] as const;
  const people = { roleArns: null, named, onlyNamed: true, members: false };
  const failure = await failureOf(session.read(query([ALL], { people })));
  expect(failure.exitCode).toBe(3);
  expect(textOf(failure)).toMatch(
    /returned a contradictory response: the list is missing group \S+, but ListAccountAssignmentsForPrincipal assigns it \S+ in account 20000000000\d/,
  );
});

test("a list of permission sets without a named group's set is a contradiction", async () => {
  const { fake, open } = await opened(inFewAccounts());
  const session = await open();
  fake.inject({ kind: 'empty-list', operation: 'sso-admin.ListPermissionSets' });
  const named = [{ type: 'GROUP', name: 'Audit' }] as const;
  const people = { roleArns: null, named, onlyNamed: true, members: false };
  const failure = await failureOf(session.read(query([ALL], { people })));
  expect(failure.exitCode).toBe(3);
  expect(textOf(failure)).toMatch(
    /returned a contradictory response: the list is missing \S+:permissionSet\/\S+, which is assigned in account 20000000000\d/,
  );
});

test('a failed call ends the run while another hangs, without an unhandled rejection', async () => {
  const rejections = unhandled();
  const { fake, open } = await opened(inFewAccounts());
  const session = await open();
  fake.inject({ kind: 'hang', operation: 'identitystore.*' });
  fake.inject({ kind: 'expired', operation: 'sso-admin.ListAccountAssignments', after: 3 });
  const failure = await failureOf(session.read(query([ALL], { people: EVERYBODY })));
  session.close();
  expect([failure.exitCode, await rejections()]).toEqual([3, []]);
});

test('members are only read for groups with assignments in the scope', async () => {
  const [one = '', two = '', outside = ''] = ACCOUNTS;
  const assignments = [one, two, outside].map((account) => {
    return { account, permissionSet: 'Admin', group: account === outside ? 'Audit' : 'Platform' };
  });
  const { fake, open } = await opened({ ...inFewAccounts(), assignments });
  const people: PeopleQuery = { ...EVERYBODY, named: [{ type: 'USER', name: 'ada' }], onlyNamed: true };
  const inventory = await (await open()).read(query([id(one), id(two)], { people }));
  expect(assignmentsIn(inventory)).toEqual([`${one} Admin GROUP Platform`, `${two} Admin GROUP Platform`]);
  expect(fake.calls['identitystore.ListGroupMemberships']).toBe(1);
});

test("an account whose roles weren't read has no assignments", async () => {
  const [one = '', dark = ''] = ACCOUNTS;
  const world = inFewAccounts();
  const accounts = world.accounts?.map((account) => {
    return account.id === dark ? { ...account, denies: ['iam.ListRoles'] } : account;
  });
  const { open } = await opened({ ...world, accounts: accounts ?? [] });
  const session = await open({ skipUnreadable: () => true });
  const inventory = await session.read(query([id(one), id(dark)], { people: EVERYBODY }));
  expect(inventory.accounts.map(({ assignmentsRead }) => assignmentsRead)).toEqual([true, false]);
});
