import { expect, test } from 'vitest';
import { changedEntries, explainChange, rolesOfChange } from '../../src/access/change.ts';
import { readMapRoles } from '../../src/authenticator/load.ts';
import type { Inventory, Principal } from '../../src/inventory/model.ts';
import { account, inventory, role } from '../inventory/build-inventory.ts';
import type { Item } from './aws-auth-of.ts';

const PROD = '111122223333';
const [ADMIN, OLD, OPEN] = [role(PROD, 'Admin', 2), role(PROD, 'Admin', 1), role('222233334444', 'Admin')];
const ADA: Principal = { type: 'USER', id: 'u-ada', name: 'ada', members: null };
const BOB: Principal = { type: 'USER', id: 'u-bob', name: 'bob', members: null };
const SET = 'arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef';
const GONE: Principal = { type: 'USER', id: 'u-gone', name: null, members: null };

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
  readMapRoles(JSON.stringify(items.map((item) => ({ username: 'u', ...item })))).entries;

/** What is said of a change, without the account. */
function told(before: readonly Item[], after: readonly Item[], world = worldOf(ADA, BOB, GONE)): string[] {
  const changed = changedEntries(effective(before), effective(after));
  return explainChange(changed, world).map(({ message }) =>
    message.replace('Admin in account 111122223333 (prod): ', ''),
  );
}

const admin = (rest: Partial<Item> = {}): Item => ({ rolearn: ADMIN.roleArn, groups: ['a'], ...rest });
const SAME = 'nobody gains or loses access through this change';

test.each<[string, Item[], Item[], string[]]>([
  ['nothing', [admin()], [admin()], [SAME]],
  ['the order of groups', [admin({ groups: ['a', 'b'] })], [admin({ groups: ['b', 'a'] })], [SAME]],
  ['a group that is repeated', [admin()], [admin({ groups: ['a', 'a'] })], ['nobody gains or loses access']],
  ['the case of an ARN', [admin()], [admin({ rolearn: ADMIN.roleArn.toUpperCase() })], [SAME]],
  ['no groups stated, and an empty list', [{ rolearn: ADMIN.roleArn }], [admin({ groups: [] })], [SAME]],
  [
    'an entry without groups that comes in',
    [],
    [{ rolearn: ADMIN.roleArn }],
    ['user "ada", user "bob" gain a username without groups, as "u"'],
  ],
  [
    'an entry that loses its groups',
    [admin({ groups: ['a', 'b'] })],
    [{ rolearn: ADMIN.roleArn }],
    ['user "ada", user "bob" lose "a", "b"'],
  ],
  ['an entry that gets groups', [{ rolearn: ADMIN.roleArn }], [admin()], ['user "ada", user "bob" gain "a"']],
  [
    'a role that was replaced already',
    [],
    [admin({ rolearn: OLD.roleArn })],
    ['nobody gains or loses access: a newer role of the permission set replaced it'],
  ],
  [
    'an entry of such a role that goes',
    [admin({ rolearn: OLD.roleArn })],
    [],
    ['nobody gains or loses access: a newer role of the permission set replaced it'],
  ],
  [
    'a dead entry beside a living one',
    [],
    [admin({ rolearn: OLD.roleArn }), admin()],
    ['user "ada", user "bob" gain "a", as "u"'],
  ],
  [
    'a living entry in front of a dead one',
    [],
    [admin(), admin({ rolearn: OLD.roleArn, groups: ['b'] })],
    ['user "ada", user "bob" gain "a", as "u"'],
  ],
  [
    'an entry in place of a dead one with other groups',
    [admin({ rolearn: OLD.roleArn, groups: ['b'], username: 'v' })],
    [admin()],
    ['user "ada", user "bob" gain "a", as "u"'],
  ],
  [
    'an account whose assignments are unknown',
    [],
    [admin({ rolearn: OPEN.roleArn })],
    ['Admin in account 222233334444 (dark): who gains or loses access is not known'],
  ],
  [
    'such an entry that goes',
    [admin({ rolearn: OPEN.roleArn })],
    [],
    ['Admin in account 222233334444 (dark): who gains or loses access is not known'],
  ],
])('%s', (_, before, after, notes) => {
  expect(told(before, after)).toEqual(notes);
});

test('it is told as a note', () => {
  expect(explainChange(changedEntries([], []), worldOf())).toEqual([
    { severity: 'note', code: 'access-change', message: SAME },
  ]);
});

test('one person is told of in the singular', () => {
  const world = worldOf(ADA);
  expect(told([], [admin()], world)).toEqual(['user "ada" gains "a", as "u"']);
  expect(told([admin()], [], world)).toEqual(['user "ada" loses "a", as "u"']);
  expect(told([admin()], [admin({ username: 'v' })], world)).toEqual([
    'user "ada" becomes "v" instead of "u"',
  ]);
});

test('those who were deleted gain and lose nothing', () => {
  const note = 'nobody gains or loses access: everyone assigned was deleted';
  expect(told([], [admin()], worldOf(GONE))).toEqual([note]);
  expect(told([admin()], [], worldOf(GONE))).toEqual([note]);
});

test('who is assigned has to be known of the roles that go, and of those that come', () => {
  const arnsOf = (before: readonly Item[], after: readonly Item[]) => [
    ...rolesOfChange(changedEntries(effective(before), effective(after)), worldOf(ADA)),
  ];
  const open = admin({ rolearn: OPEN.roleArn });
  expect(arnsOf([admin(), open], [open])).toEqual([ADMIN.roleArn]);
  expect(arnsOf([open], [admin(), open])).toEqual([ADMIN.roleArn]);
  expect(arnsOf([open], [open])).toEqual([]);
});
