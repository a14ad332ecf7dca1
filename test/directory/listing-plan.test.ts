import { describe, expect, test } from 'vitest';
import { parseAccountSelector } from '../../src/directory/account-selector.ts';
import { planListing } from '../../src/directory/list-accounts.ts';
import type { InventoryQuery } from '../../src/directory/query.ts';
import { RoleRules } from '../../src/directory/role-rules.ts';
import { ALL, assumedRole, glob, id, named, query, SELF, unit } from './opened.ts';

const CALLER = '111111111111';
const OU_ID = 'ou-ab12-12345678';

/** @param roleFor selectors of the accounts that roles are for; by default, one role is for all */
function planOf(asked: InventoryQuery, ...roleFor: readonly string[]) {
  const rules = roleFor.map((text) => ({ ...assumedRole(), accounts: [parseAccountSelector(text)] }));
  return planListing(asked, {
    directAccountIds: new Set([CALLER]),
    rules: new RoleRules(rules.length > 0 ? rules : [assumedRole()], CALLER),
  });
}

function listing(asked: InventoryQuery, ...roleFor: readonly string[]): string {
  return planOf(asked, ...roleFor).listing;
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
    const ids = [id(one), id(other)];
    expect(listing(query(ids), one, other, 'prod')).toBe('none');
    expect(listing(query(ids), one, 'prod', other)).toBe('whole');
    expect(listing(query(ids), one, 'ou:Prod')).toBe('whole');
    expect(listing(query([unit('Prod')]), 'prod')).toBe('units');
    expect(listing(query([unit('Prod'), id(one)]), 'prod')).toBe('whole');
    // Accounts outside the limit are not read, and the caller's own account needs no role.
    expect(listing(query(ids, { within: [id(one)] }), one, 'prod')).toBe('none');
    expect(listing(query(ids, { within: [id(other)] }), one, 'prod')).toBe('whole');
    expect(listing(query(ids, { within: [id(one), SELF] }), one, 'prod')).toBe('whole');
    expect(listing(query([id(CALLER), SELF]), 'prod')).toBe('none');
    expect(planOf(query(ids), 'ou:Prod')).toMatchObject({
      listing: 'whole',
      unitNames: true,
    });
    expect(planOf(query(ids), `ou:${OU_ID}`, 'prod').unitNames).toBe(false);
  });
  test('unit names are only read if a path or a snapshot needs them', () => {
    expect(planOf(query([ALL])).unitNames).toBe(false);
    expect(planOf(query([ALL, unit(OU_ID)])).unitNames).toBe(false);
    expect(planOf(query([ALL, unit('Prod')])).unitNames).toBe(true);
    expect(planOf(query([ALL], { organizationTree: true })).unitNames).toBe(true);
  });
});
