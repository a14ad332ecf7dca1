import { describe, expect, test } from 'vitest';
import { listingOf, type PlanFacts, planCalls, planLines } from '../../src/inventory/call-plan.ts';
import type { InventoryQuery } from '../../src/inventory/query.ts';
import { RoleRules } from '../../src/inventory/role-rules.ts';
import { parseAccountSelector } from '../../src/inventory/scope/account-selector.ts';
import { ALL, assumedRole, glob, id, named, query, SELF, unit } from './opened.ts';

const UNKNOWN: PlanFacts = {
  directAccountIds: new Set(['111111111111']),
  scopeIds: null,
  organizationSize: null,
  permissionSetCount: null,
};
const OU_ID = 'ou-ab12-12345678';

function listing(asked: InventoryQuery): string {
  return planCalls(asked, UNKNOWN).listing;
}

function callsOf(asked: InventoryQuery, facts: Partial<PlanFacts> = {}): Record<string, number | null> {
  const { calls } = planCalls(asked, { ...UNKNOWN, ...facts });
  return Object.fromEntries(calls.map((call) => [`${call.service}:${call.operation}`, call.calls]));
}

describe('how accounts are found', () => {
  test('ids and self need no list', () => expect(listing(query([id('222222222222'), SELF]))).toBe('none'));
  test('names, globs and all need the whole list', () => {
    for (const selector of [named('prod'), glob('prod-*'), ALL])
      expect(listing(query([selector]))).toBe('whole');
  });
  test('units are read one by one', () =>
    expect(listing(query([unit('Prod'), unit(OU_ID), id('222222222222')]))).toBe('units'));
  test('the root is the whole organization', () => {
    expect(listing(query([unit('r-ab12')]))).toBe('whole');
    expect(listing(query([unit('/')]))).toBe('whole');
  });
  test("a unit whose id resembles the root's is not the root", () =>
    expect(listing(query([unit('ou-abcr-12345678')]))).toBe('units'));
  test('the tree of an organization is read as a whole', () => {
    expect(listing(query([SELF], { organizationTree: true }))).toBe('whole');
    expect(listing(query([SELF], { organizationTree: 'if-allowed' }))).toBe('whole');
  });
  test('a unit together with a name uses the list that is needed anyway', () =>
    expect(listing(query([unit('Prod'), named('dev')]))).toBe('whole'));
  test('an exclusion by name needs names', () =>
    expect(listing(query([id('222222222222')], { exclude: [named('dev')] }))).toBe('whole'));
  test("an exclusion by unit needs every account's position", () => {
    expect(listing(query([id('222222222222')], { exclude: [unit('Sandbox')] }))).toBe('whole');
    expect(listing(query([unit('Prod'), SELF], { exclude: [unit('Prod/Test')] }))).toBe('whole');
    expect(listing(query([unit('Prod')], { within: [SELF], exclude: [unit('Prod/Test')] }))).toBe('whole');
    expect(listing(query([unit('Prod')], { exclude: [unit('Prod/Test')] }))).toBe('units');
    expect(listing(query([unit('Prod')], { within: [unit('Prod')], exclude: [unit(OU_ID)] }))).toBe('units');
  });
  test("the flags' limits apply too", () =>
    expect(listing(query([id('222222222222')], { within: [named('prod')] }))).toBe('whole'));
  test('ids need the whole list if a role rule by name or unit precedes a certain match', () => {
    const [one, other] = ['222222222222', '333333333333'];
    const rules = (...selectors: readonly string[]) =>
      new RoleRules(
        selectors.map((text) => ({ ...assumedRole(), accounts: [parseAccountSelector(text)] })),
        '111111111111',
      );
    const listingBy = (asked: InventoryQuery, ...selectors: readonly string[]) =>
      listingOf(asked, { ...UNKNOWN, rules: rules(...selectors) });
    const ids = [id(one), id(other)];
    expect(listingBy(query(ids), one, other, 'prod')).toBe('none');
    expect(listingBy(query(ids), one, 'prod', other)).toBe('whole');
    expect(listingBy(query(ids), one, 'ou:Prod')).toBe('whole');
    expect(listingBy(query([unit('Prod')]), 'prod')).toBe('units');
    expect(listingBy(query([unit('Prod'), id(one)]), 'prod')).toBe('whole');
    // Accounts outside the limit are not read, and the caller's own account needs no role.
    expect(listingBy(query(ids, { within: [id(one)] }), one, 'prod')).toBe('none');
    expect(listingBy(query(ids, { within: [id(other)] }), one, 'prod')).toBe('whole');
    expect(listingBy(query(ids, { within: [id(one), SELF] }), one, 'prod')).toBe('whole');
    expect(listingBy(query([id('111111111111'), SELF]), 'prod')).toBe('none');
    expect(planCalls(query(ids), { ...UNKNOWN, rules: rules('ou:Prod') })).toMatchObject({
      listing: 'whole',
      unitNames: true,
    });
    expect(planCalls(query(ids), { ...UNKNOWN, rules: rules(`ou:${OU_ID}`, 'prod') }).unitNames).toBe(false);
  });
  test('unit names are only read if a path or a snapshot needs them', () => {
    expect(planCalls(query([ALL]), UNKNOWN).unitNames).toBe(false);
    expect(planCalls(query([ALL, unit(OU_ID)]), UNKNOWN).unitNames).toBe(false);
    expect(planCalls(query([ALL, unit('Prod')]), UNKNOWN).unitNames).toBe(true);
    expect(planCalls(query([ALL], { organizationTree: true }), UNKNOWN).unitNames).toBe(true);
  });
});

describe('number of calls', () => {
  const scopeIds = [
    '111111111111',
    ...Array.from({ length: 200 }, (_, index) => String(200_000_000_000 + index)),
  ];

  test('the caller only: ListRoles', () => {
    expect(callsOf(query([SELF]), { scopeIds: ['111111111111'] })).toEqual({ 'iam:ListRoles': 1 });
  });
  test('201 accounts', () => {
    expect(callsOf(query([ALL]), { scopeIds, organizationSize: 201 })).toEqual({
      'organizations:ListAccounts': 11,
      'sts:AssumeRole': 200,
      'iam:ListRoles': 201,
    });
  });
  test('a number that is still unknown is null', () => {
    expect(callsOf(query([ALL]))).toEqual({
      'organizations:ListAccounts': null,
      'sts:AssumeRole': null,
      'iam:ListRoles': null,
    });
  });
  test('every permission set is listed and described', () => {
    const calls = callsOf(query([SELF], { permissionSets: 'all' }), { permissionSetCount: 130 });
    expect(calls).toMatchObject({
      'sso-admin:ListInstances': 1,
      'sso-admin:ListPermissionSets': 2,
      'sso-admin:DescribePermissionSet': 130,
    });
  });
  test('only the stated permission sets are described', () => {
    const calls = callsOf(query([SELF], { permissionSets: ['arn:a', 'arn:b'] }));
    expect(calls['sso-admin:DescribePermissionSet']).toBe(2);
    expect(calls).not.toHaveProperty('sso-admin:ListPermissionSets');
  });
  test('an empty organization also takes a page, and full pages need no extra one', () => {
    const ofSize = (organizationSize: number, permissionSetCount: number) =>
      callsOf(query([ALL], { permissionSets: 'all' }), { organizationSize, permissionSetCount });
    expect(ofSize(0, 0)).toMatchObject({
      'organizations:ListAccounts': 1,
      'sso-admin:ListPermissionSets': 1,
    });
    expect(ofSize(20, 100)).toMatchObject({
      'organizations:ListAccounts': 1,
      'sso-admin:ListPermissionSets': 1,
    });
    expect(ofSize(21, 101)).toMatchObject({
      'organizations:ListAccounts': 2,
      'sso-admin:ListPermissionSets': 2,
    });
  });
  test('unit names take one more listing', () => {
    expect(callsOf(query([ALL, unit('Prod')]), { organizationSize: 1 })).toMatchObject({
      'organizations:ListAccounts': 1,
      'organizations:ListOrganizationalUnitsForParent': null,
    });
    expect(callsOf(query([ALL]))).not.toHaveProperty('organizations:ListOrganizationalUnitsForParent');
  });
});

describe('assignments', () => {
  const people = { roleArns: null, named: [], onlyNamed: false, members: false };
  const linesOf = (rest: Parameters<typeof query>[1]) =>
    planLines(
      planCalls(query([SELF], { people, ...rest }), { ...UNKNOWN, scopeIds: ['111111111111'] }),
    ).slice(2);
  const ASSIGNMENTS = 'plan: sso-admin:ListAccountAssignments as many as needed';
  const PEOPLE = [
    'plan: identitystore:ListGroups as many as needed',
    'plan: identitystore:ListUsers as many as needed',
  ];

  test('need the names of permission sets, unless they are read anyway', () => {
    expect(linesOf({})).toEqual([
      'plan: sso-admin:ListInstances 1',
      'plan: sso-admin:ListPermissionSets as many as needed',
      'plan: sso-admin:DescribePermissionSet as many as needed',
      ASSIGNMENTS,
      ...PEOPLE,
    ]);
    expect(linesOf({ permissionSets: 'all' })).toEqual([
      'plan: sso-admin:ListInstances 1',
      'plan: sso-admin:ListPermissionSets as many as needed',
      'plan: sso-admin:DescribePermissionSet as many as needed',
      ASSIGNMENTS,
      ...PEOPLE,
    ]);
    expect(linesOf({ permissionSets: ['arn:a'] })).toEqual([
      'plan: sso-admin:ListInstances 1',
      'plan: sso-admin:DescribePermissionSet 1',
      'plan: sso-admin:DescribePermissionSet as many as needed',
      ASSIGNMENTS,
      ...PEOPLE,
    ]);
  });
  test('include group members if requested', () => {
    expect(linesOf({ permissionSets: 'all', people: { ...people, members: true } }).slice(3)).toEqual([
      ASSIGNMENTS,
      ...PEOPLE,
      'plan: identitystore:ListGroupMemberships as many as needed',
    ]);
  });
});

describe('how units are found', () => {
  const organizations = (...selectors: Parameters<typeof query>[0]) =>
    planLines(planCalls(query(selectors), UNKNOWN)).filter((line) => !/ (sts|iam):/.test(line));
  const BELOW = [
    'plan: organizations:ListOrganizationalUnitsForParent as many as needed',
    'plan: organizations:ListAccountsForParent as many as needed',
  ];
  const ROOTS = 'plan: organizations:ListRoots 1';
  const UP = 'plan: organizations:ListParents as many as needed';
  const NAMES = 'plan: organizations:DescribeOrganizationalUnit as many as needed';
  const UNITS = 'plan: accounts from their units';

  test('by path from the root', () =>
    expect(organizations(unit('Prod'), unit('Test'), SELF)).toEqual([UNITS, ROOTS, ...BELOW]));
  test('by ID with the units above', () => expect(organizations(unit(OU_ID))).toEqual([UNITS, UP, ...BELOW]));
  test('by both, with the names of the units above', () =>
    expect(organizations(unit('Prod'), unit(OU_ID))).toEqual([UNITS, ROOTS, UP, NAMES, ...BELOW]));
  test('not at all for ids', () =>
    expect(organizations(id('222222222222'))).toEqual(['plan: accounts as stated']));
});

test('the plan can be printed', () => {
  expect(planLines(planCalls(query([ALL]), { ...UNKNOWN, organizationSize: 40 }))).toEqual([
    'plan: accounts from the whole organization',
    'plan: organizations:ListAccounts 2',
    'plan: sts:AssumeRole as many as needed',
    'plan: iam:ListRoles as many as needed',
  ]);
});
