import { describe, expect, test } from 'vitest';
import { type EntryAccess, entryAccess, grantsOf, liveRoleArns } from '../../src/access/entry-access.ts';
import { readMapRoles } from '../../src/authenticator/load.ts';
import type { Inventory, Principal } from '../../src/inventory/model.ts';
import { Assignees } from '../../src/inventory/people/assignees.ts';
import { account, inventory, role } from '../inventory/build-inventory.ts';
import type { Item } from './aws-auth-of.ts';

const PROD = '111122223333';
const SET = 'arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef';
const ADA: Principal = { type: 'USER', id: 'u-ada', name: 'ada', members: null };

const load = (items: readonly Item[]) =>
  readMapRoles(JSON.stringify(items.map((item) => ({ username: 'u', ...item })))).entries;

test('nobody comes in through a group that was deleted, even where its members are still known', () => {
  const assigned = { accountId: PROD, permissionSet: 'Admin', permissionSetArn: SET } as const;
  const viaOf = (name: string | null) => {
    const group: Principal = { type: 'GROUP', id: 'g', name, members: [ADA.id] };
    const world = inventory([account(PROD, 'prod', { assignmentsRead: true })], [role(PROD, 'Admin')], {
      permissionSets: [{ arn: SET, name: 'Admin' }],
      assignments: [{ ...assigned, principalType: 'GROUP', principalId: 'g' }],
      principals: [ADA, group],
    });
    const assignees = Assignees.of(world);
    const access = entryAccess(load([{ rolearn: role(PROD, 'Admin').roleArn }]), world, assignees);
    const users = new Set([ADA.id]);
    return [
      grantsOf(access, assignees, { users: null, groups: null, expand: () => true }),
      grantsOf(access, assignees, { users, groups: null, expand: () => false }),
    ].map((grants) => grants.map(({ principal, via }) => `${principal.id} ${via?.id}`));
  };
  expect(viaOf('Platform')).toEqual([['g undefined', 'u-ada g'], ['u-ada g']]);
  expect(viaOf(null)).toEqual([['g undefined'], []]);
});

describe('who gets in through an entry', () => {
  const [NEW, OLD, VIEW] = [role(PROD, 'Admin', 2), role(PROD, 'Admin', 1), role(PROD, 'View')];
  const FULL: Principal = { type: 'GROUP', id: 'g-full', name: 'full', members: [ADA.id] };
  const EMPTY: Principal = { type: 'GROUP', id: 'g-empty', name: 'empty', members: [] };
  const UNREAD: Principal = { type: 'GROUP', id: 'g-unread', name: 'unread', members: null };
  const PRINCIPALS = [ADA, FULL, EMPTY, UNREAD];

  function worldOf(assigned: readonly Principal[]): Inventory {
    const assignments = assigned.map(({ type, id }) => {
      return { accountId: PROD, permissionSetArn: SET, principalType: type, principalId: id };
    });
    const accounts = [
      account(PROD, 'prod', { assignmentsRead: true }),
      account('222233334444', 'dark', { rolesRead: false, assignmentsRead: true }),
    ];
    const permissionSets = [{ arn: SET, name: 'Admin' }];
    return inventory(accounts, [NEW, OLD, VIEW], { permissionSets, assignments, principals: PRINCIPALS });
  }

  function accessOf(rolearn: string, assigned: readonly Principal[] = [ADA]): Omit<EntryAccess, 'entry'> {
    const world = worldOf(assigned);
    const [found] = entryAccess(load([{ rolearn }]), world, Assignees.of(world));
    if (!found) throw new Error('no entry');
    const { entry, ...access } = found;
    return access;
  }

  const IN_PROD = { accountId: PROD, accountName: 'prod', permissionSet: 'Admin' };

  test('those who are assigned its permission set', () => {
    expect(accessOf(NEW.roleArn)).toStrictEqual({
      ...IN_PROD,
      principals: [ADA],
      nobody: null,
      successor: null,
    });
  });

  test.each([
    ['the path of its ARN', NEW.pathArn, 'path-in-arn', null],
    ['a role that is newer', OLD.roleArn, 'role-superseded', NEW],
    ['a role that is gone', role(PROD, 'Admin', 3).roleArn, 'role-gone', NEW],
  ])('nobody, for %s', (_, rolearn, nobody, successor) => {
    expect(accessOf(rolearn)).toStrictEqual({ ...IN_PROD, principals: [], nobody, successor });
  });

  test.each([
    ['nobody is assigned', [], 'unassigned'],
    ['groups without members', [EMPTY], 'groups-empty'],
    ['one of the groups has a member', [EMPTY, FULL], null],
    ['a user is assigned too', [EMPTY, ADA], null],
    ['the members of one group are not known', [EMPTY, UNREAD], null],
  ])('%s', (_, assigned, nobody) => {
    expect(accessOf(NEW.roleArn, assigned).nobody).toBe(nobody);
  });

  test.each([
    ['222233334444', 'dark'],
    ['333344445555', null],
  ])('nobody knows, where the roles of %s were not read', (accountId, accountName) => {
    const { roleArn } = role(accountId, 'Admin');
    const known = { accountId, accountName, permissionSet: 'Admin' };
    expect(accessOf(roleArn)).toStrictEqual({ ...known, principals: null, nobody: null, successor: null });
  });

  test('is told of the entry that counts alone', () => {
    const world = worldOf([ADA]);
    const entries = load([{ rolearn: NEW.roleArn }, { rolearn: NEW.roleArn }]);
    expect(entryAccess(entries, world, Assignees.of(world)).map(({ entry }) => entry)).toEqual([entries[1]]);
  });

  test('is asked of the roles that may let somebody in', () => {
    const world = worldOf([ADA]);
    const items = [NEW, OLD].map(({ roleArn }) => ({ rolearn: roleArn }));
    const access = entryAccess(load(items), world, Assignees.of(world));
    expect([...liveRoleArns(access, world)]).toEqual([NEW.roleArn]);
  });
});
