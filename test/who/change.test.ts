import { expect, test } from 'vitest';
import { AwsAuth } from '../../src/aws-auth/aws-auth.ts';
import { readList } from '../../src/aws-auth/document.ts';
import type { Inventory, Principal } from '../../src/directory/model.ts';
import { changedEntries, explainChange, rolesOfChange } from '../../src/who/changed-access.ts';
import type { Item } from '../access-entry/aws-auth-of.ts';
import { account, inventory, role } from '../directory/build-inventory.ts';

const PROD = '111122223333';
const [ADMIN, OLD, OPEN] = [role(PROD, 'Admin', 2), role(PROD, 'Admin', 1), role('222233334444', 'Admin')];
const ADA: Principal = { type: 'USER', id: 'u-ada', name: 'ada', members: null };
const BOB: Principal = { type: 'USER', id: 'u-bob', name: 'bob', members: null };
const SET = 'arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef';
const GONE: Principal = { type: 'USER', id: 'u-gone', name: null, members: null };
const EMPTY: Principal = { type: 'GROUP', id: 'g-empty', name: 'Empty', members: [] };

function worldOf(...principals: readonly Principal[]): Inventory {
  const assignments = principals.map(({ type, id }) => {
    return {
      accountId: PROD,
      permissionSet: 'Admin',
      permissionSetArn: SET,
      principalType: type,
      principalId: id,
    };
  });
  const accounts = [account(PROD, 'prod', { assignmentsRead: true }), account('222233334444', 'dark')];
  return inventory(accounts, [ADMIN, OLD, OPEN], {
    permissionSets: [{ arn: SET, name: 'Admin' }],
    assignments,
    principals,
  });
}

const effective = (items: readonly Item[]) =>
  new AwsAuth(readList(JSON.stringify(items.map((item) => ({ username: 'u', ...item }))), 'aws-auth.yaml'));

/** The notes on a change, without the account. */
function told(before: readonly Item[], after: readonly Item[], world = worldOf(ADA, BOB, GONE)): string[] {
  const changed = changedEntries(effective(before), effective(after));
  return explainChange(changed, world).map(({ message }) =>
    message.replace('Admin in account 111122223333 (prod): ', ''),
  );
}

const admin = (rest: Partial<Item> = {}): Item => ({ rolearn: ADMIN.roleArn, groups: ['a'], ...rest });
const SAME = 'nobody gains or loses access through this change';
const REPLACED = 'nobody gains or loses access, because the permission set has a newer role';
const UNKNOWN = "Admin in account 222233334444 (dark): can't tell who gains or loses access";
const BOTH = 'user "ada", user "bob"';
const GAIN = `${BOTH} gain "a", as "u"`;

// Changes that no config makes; test/golden/explain has the output of `diff --explain`.
test.each<[string, Item[], Item[], string[]]>([
  ['no groups, and an empty list', [{ rolearn: ADMIN.roleArn }], [admin({ groups: [] })], [SAME]],
  [
    'an entry without groups',
    [],
    [{ rolearn: ADMIN.roleArn }],
    [`${BOTH} gain access without groups, as "u"`],
  ],
  ['an entry that loses its groups', [admin()], [{ rolearn: ADMIN.roleArn }], [`${BOTH} lose "a"`]],
  ['a role that was already replaced', [], [admin({ rolearn: OLD.roleArn })], [REPLACED]],
  ['removing an entry for such a role', [admin({ rolearn: OLD.roleArn })], [], [REPLACED]],
  ['a dead entry before a live one', [], [admin({ rolearn: OLD.roleArn }), admin()], [GAIN]],
  ['a dead entry after a live one', [], [admin(), admin({ rolearn: OLD.roleArn, groups: ['b'] })], [GAIN]],
  ['an account whose assignments are unknown', [], [admin({ rolearn: OPEN.roleArn })], [UNKNOWN]],
  ['removing an entry in such an account', [admin({ rolearn: OPEN.roleArn })], [], [UNKNOWN]],
])('%s', (_, before, after, notes) => {
  expect(told(before, after)).toEqual(notes);
});

test.each([
  [[admin(), admin({ rolearn: OLD.roleArn, groups: ['b'] })]],
  [[admin({ rolearn: OLD.roleArn, groups: ['b'] }), admin()]],
])('a live entry counts, also of a group without members, and next to a dead one', (before) => {
  const texts = ['group "Empty" gains "c"; group "Empty" loses "a"'];
  expect(told(before, [admin({ groups: ['c'] })], worldOf(EMPTY))).toEqual(texts);
});

test('needs the assignments of removed and added roles', () => {
  const arnsOf = (before: readonly Item[], after: readonly Item[]) => [
    ...rolesOfChange(changedEntries(effective(before), effective(after)), worldOf(ADA)),
  ];
  const open = admin({ rolearn: OPEN.roleArn });
  expect(arnsOf([admin(), open], [open])).toEqual([ADMIN.roleArn]);
  expect(arnsOf([open], [admin(), open])).toEqual([ADMIN.roleArn]);
  expect(arnsOf([open], [open])).toEqual([]);
});
