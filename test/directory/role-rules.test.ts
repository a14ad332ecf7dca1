import { describe, expect, test } from 'vitest';
import { type AccountSelector, parseAccountSelector } from '../../src/directory/account-selector.ts';
import { type Account, unlistedAccount } from '../../src/directory/model.ts';
import { type AssumeRoleRule, RoleRules } from '../../src/directory/role-rules.ts';
import { buildWorld } from '../fake-aws/build-world.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { ALL, failureOf, id, opened, query, SELF, textOf, unit } from './opened.ts';

const [DEV, PROD, LAB] = ['200000000000', '300000000000', '400000000000'];
const READER = 'EksAuthReader';
const TOWER = 'AWSControlTowerExecution';
const WORLD: WorldInput = {
  accounts: [
    { id: DEV, name: 'dev', ou: 'Workloads', assumableRole: READER },
    { id: PROD, name: 'prod', ou: 'Workloads/Prod', assumableRole: READER },
    { id: LAB, name: 'lab', assumableRole: TOWER },
  ],
  permissionSets: ['Admin'],
  groups: ['Platform'],
  assignments: [DEV, PROD, LAB].map((account) => ({ account, permissionSet: 'Admin', group: 'Platform' })),
};

function rule(name: string, ...accounts: readonly string[]): AssumeRoleRule {
  const selectors = accounts.length > 0 ? accounts.map(parseAccountSelector) : null;
  return { text: `rule ${name}`, accounts: selectors, name, sessionName: 'aws-auth-sso' };
}

function account(change: Partial<Account>): Account {
  return { ...unlistedAccount(PROD), ...change };
}

const LISTED = account({ name: 'prod', ou: 'Workloads/Prod', ouIds: ['r-ab12', 'ou-ab12-11111111'] });

function found(one: Account, ...rules: readonly AssumeRoleRule[]): string | null | undefined {
  const answer = new RoleRules(rules, DEV).find(one);
  return answer ? answer.name : answer;
}

describe("an account's rule", () => {
  test.each([
    ['its ID', PROD],
    ['its name', 'prod'],
    ['a glob', 'pr*'],
    ['its unit', 'ou:Workloads/Prod'],
    ['a unit above it', 'ou:Workloads'],
    ['the ID of its unit', 'ou:ou-ab12-11111111'],
    ['all', '*'],
  ])('matches by %s', (_, selector) => {
    expect(found(LISTED, rule('a', selector), rule('b'))).toBe('a');
    expect(found(LISTED, rule('a', 'other', selector))).toBe('a');
  });

  test('is the first that matches, and a last rule without accounts covers the rest', () => {
    const rules = [rule('a', LAB), rule('b', 'pr*'), rule('c', 'prod'), rule('d')];
    expect(found(LISTED, ...rules)).toBe('b');
    expect(found(account({ name: 'dev', ou: '' }), ...rules)).toBe('d');
  });

  test('may be missing', () => {
    expect(found(LISTED, rule('a', LAB, 'dev', 'd*', 'ou:Other'))).toBeNull();
    expect(new RoleRules([rule('a', LAB)], DEV).problem(LISTED)).toEqual({
      detail: 'no `assumeRole` rule matches it',
      help: expect.stringContaining('a last rule without `accounts`'),
    });
  });

  test.each(['prod', 'pr*', 'ou:Workloads', 'ou:ou-ab12-11111111'])(
    'cannot be told by %s of an account that was not listed, unless an earlier one is sure',
    (selector) => {
      const unlisted = unlistedAccount(PROD);
      expect(found(unlisted, rule('a', selector), rule('b'))).toBeUndefined();
      expect(found(unlisted, rule('a', LAB, selector), rule('b'))).toBeUndefined();
      expect(found(unlisted, rule('a', PROD), rule('b', selector))).toBe('a');
      expect(found(unlisted, rule('a', selector, PROD), rule('b'))).toBe('a');
      const rules = new RoleRules([rule('a', selector)], DEV);
      expect(rules.problem(unlisted)?.detail).toContain(
        'by name or organizational unit, and this is unknown',
      );
      expect(rules.problem(unlisted)?.help).toContain('with its ID at the top');
    },
  );

  test('is known for an account outside the organization, without name and unit', () => {
    const outside = account({ ouIds: [] });
    expect(found(outside, rule('a', 'prod', 'p*', 'ou:Workloads'), rule('b'))).toBe('b');
  });

  test("by self is the caller's", () => {
    expect(found(unlistedAccount(DEV), rule('a', 'self'), rule('b'))).toBe('a');
    expect(found(LISTED, rule('a', 'self'), rule('b'))).toBe('b');
  });

  test('is required to read an account', () => {
    expect(() => new RoleRules([rule('a', LAB)], DEV).require(LISTED)).toThrow(
      'account 300000000000 (prod) is read without a role to assume',
    );
  });

  test('overrides others that name the account too, not counting the one for the rest', () => {
    const rules = new RoleRules([rule('a', PROD), rule('b', LAB), rule('c', 'pr*'), rule('d')], DEV);
    expect(rules.overridden(LISTED).map(({ name }) => name)).toEqual(['c']);
    expect(rules.overridden(account({ id: LAB, name: 'lab' }))).toEqual([]);
  });
});

describe('reading accounts by rules', () => {
  const RULES = [rule(READER, 'ou:Workloads'), rule(TOWER)];

  async function read(
    scope: readonly AccountSelector[],
    assumeRole: readonly AssumeRoleRule[],
    world: WorldInput = WORLD,
  ) {
    const { fake, findings, open } = await opened(world);
    const session = await open({ assumeRole });
    const inventory = await session.read(query(scope));
    return { calls: fake.calls, findings, ids: inventory.roles.map(({ accountId }) => accountId) };
  }

  test('each is read with its own role', async () => {
    const { ids, findings } = await read([ALL], RULES);
    expect([ids, findings]).toEqual([[DEV, PROD, LAB], []]);
  });

  test('given by ID, with rules by ID: no call to Organizations', async () => {
    const { ids, calls } = await read([id(PROD), id(LAB), SELF], [rule(TOWER, LAB), rule(READER, PROD)]);
    expect(ids).toEqual([PROD, LAB]);
    expect(Object.keys(calls).sort()).toEqual(['iam.ListRoles', 'sts.AssumeRole', 'sts.GetCallerIdentity']);
    const more = await read([id(PROD)], [rule(READER, PROD), rule(TOWER, 'absent')]);
    expect([more.ids, more.findings]).toEqual([[PROD], []]);
    expect(more.calls['organizations.ListAccounts']).toBeUndefined();
  });

  test('given by ID, with a rule by unit or name: the organization is listed', async () => {
    const byUnit = await read([id(PROD), id(LAB)], RULES);
    expect([byUnit.ids, byUnit.calls['organizations.ListAccounts']]).toEqual([[PROD, LAB], 1]);
    const byName = await read([id(PROD)], [rule(READER, 'prod')]);
    expect([byName.ids, byName.calls]).toEqual([
      [PROD],
      {
        'iam.ListRoles': 1,
        'organizations.ListAccounts': 1,
        'sts.AssumeRole': 1,
        'sts.GetCallerIdentity': 1,
      },
    ]);
  });

  test('by unit ID, if the list of accounts has no positions', async () => {
    const unitId = buildWorld(WORLD).units.find(({ name }) => name === 'Workloads')?.id;
    const { open } = await opened(WORLD, { omitFromAccount: ['Paths'] });
    const session = await open({ assumeRole: [rule(READER, `ou:${unitId}`), rule(TOWER)] });
    const inventory = await session.read(query([ALL]));
    expect(inventory.roles.map(({ accountId }) => accountId)).toEqual([DEV, PROD, LAB]);
  });

  test('by name, if the list of accounts has no positions: no units are read', async () => {
    const { fake, open } = await opened(WORLD, { omitFromAccount: ['Paths'] });
    const session = await open({ assumeRole: [rule(READER, 'dev', 'prod'), rule(TOWER)] });
    await session.read(query([ALL]));
    expect(Object.keys(fake.calls).filter((name) => name.startsWith('organizations'))).toEqual([
      'organizations.ListAccounts',
    ]);
  });

  test('in units, listing only those', async () => {
    const { ids, calls } = await read([unit('Workloads')], [rule(READER, 'ou:Workloads/Prod', 'dev')]);
    expect([ids, calls['organizations.ListAccounts']]).toEqual([[DEV, PROD], undefined]);
  });

  test('accounts without a matching rule are named at once, and may be skipped', async () => {
    const { open } = await opened(WORLD);
    const rules = [rule(READER, PROD)];
    const failure = await failureOf((await open({ assumeRole: rules })).read(query([ALL])));
    expect([failure.exitCode, failure.findings.length]).toEqual([3, 1]);
    expect(textOf(failure)).toMatch(
      /^2 accounts can't be read \(no role to assume\): 200000000000 \(dev\), 400000000000 \(lab\); first error: no `assumeRole` rule matches it\nAdd a rule/,
    );
    const session = await open({ assumeRole: rules, skipUnreadable: ({ name }) => name !== 'prod' });
    const { accounts, roles } = await session.read(query([ALL]));
    expect(roles.map(({ accountId }) => accountId)).toEqual([PROD]);
    expect(accounts.find(({ name }) => name === 'lab')).toMatchObject({
      rolesRead: false,
      unreadable: 'no role to assume: no `assumeRole` rule matches it',
    });
  });

  test('progress counts accounts that can be tried', async () => {
    const { progress, open } = await opened(WORLD);
    const session = await open({ assumeRole: [rule(READER, PROD)], skipUnreadable: () => true });
    await session.read(query([ALL]));
    expect(progress.at(-1)).toMatchObject({ accountsDone: 2, accountsTotal: 2 });
  });

  test('if Organizations denies the names: these accounts are unreadable, not read with another role', async () => {
    const denied = { id: '111111111111', denies: ['organizations.*'] };
    const { open } = await opened({ ...WORLD, accounts: [...(WORLD.accounts ?? []), denied] });
    const session = await open({ assumeRole: [rule(READER, 'prod'), rule(TOWER)] });
    const asked = query([id(PROD)], { organizationTree: 'if-allowed' });
    expect(textOf(await failureOf(session.read(asked)))).toContain('and this is unknown');
    const failure = await failureOf(session.read(query([id(PROD)])));
    expect(textOf(failure)).toContain('organizations:ListAccounts is denied');
  });

  test('a role that only exists in some accounts: all others are named with the role', async () => {
    const { open } = await opened(WORLD);
    const rules = [rule(READER, LAB, DEV), rule(TOWER)];
    const failure = await failureOf((await open({ assumeRole: rules })).read(query([ALL])));
    expect(failure.findings.map(({ message }) => message.split(';')[0])).toEqual([
      "1 account can't be read (sts:AssumeRole is denied): 300000000000 (prod)",
      "1 account can't be read (sts:AssumeRole is denied): 400000000000 (lab)",
    ]);
    expect(failure.findings[0]?.help).toContain('role AWSControlTowerExecution exists there');
    expect(failure.findings[1]?.help).toContain('role EksAuthReader exists there');
  });

  test('rules with names and units that no account has produce warnings, if all accounts are known', async () => {
    const rules = [rule(READER, 'prd', 'zz*', '999999999999', 'ou:Workload'), ...RULES];
    const { findings } = await read([ALL], rules);
    expect(findings.map(({ severity, code, message }) => [severity, code, message])).toEqual([
      ['warning', 'assume-role-unused', 'an `assumeRole` rule isn\'t used: no account is named "prd"'],
      [
        'warning',
        'assume-role-unused',
        'an `assumeRole` rule isn\'t used: no account is in an organizational unit with path "Workload"',
      ],
    ]);
    expect(findings[0]?.help).toContain('"prod"');
    expect((await read([unit('Workloads')], rules)).findings).toEqual([]);
  });

  test('a rule with a name that two accounts have applies to both, with a warning', async () => {
    const accounts = [DEV, PROD].map((one) => ({ id: one, name: 'twin', assumableRole: READER }));
    const { findings, open } = await opened({ ...WORLD, accounts, assignments: [] });
    const session = await open({ assumeRole: [rule(READER, 'twin')] });
    const { accounts: read } = await session.read(query([ALL]));
    expect(read.every(({ rolesRead }) => rolesRead)).toBe(true);
    expect(findings.map(({ severity, message }) => [severity, message])).toEqual([
      [
        'warning',
        `an \`assumeRole\` rule applies to several accounts: 2 accounts are named "twin": ${DEV} and ${PROD}`,
      ],
    ]);
  });

  test("the session has the rule's name", async () => {
    const { fake, open } = await opened(WORLD);
    fake.inject({ kind: 'denied', operation: 'iam.ListRoles' });
    const named = { ...rule(READER, PROD), sessionName: 'nightly' };
    const session = await open({ assumeRole: [named, rule(READER)] });
    const failure = await failureOf(session.read(query([id(PROD)])));
    expect(textOf(failure)).toContain(`assumed-role/${READER}/nightly`);
  });

  test('several rules for one account are reported, with the one in use', async () => {
    const { open } = await opened(WORLD);
    const told: string[] = [];
    const session = await open({
      assumeRole: [rule(READER, 'ou:Workloads'), rule(TOWER, PROD, LAB), rule(TOWER)],
      onRules: (one, used, others) =>
        told.push(`${one.id} ${used.name} ${others.map(({ text }) => text).join()}`),
    });
    await session.read(query([ALL]));
    expect(told).toEqual([`${PROD} ${READER} rule ${TOWER}`]);
  });
});
