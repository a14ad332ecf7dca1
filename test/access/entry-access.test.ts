import { expect, test } from 'vitest';
import { directAdmins, entryAccess, grantsOf } from '../../src/access/entry-access.ts';
import { readMapRoles } from '../../src/authenticator/load.ts';
import type { Principal } from '../../src/inventory/model.ts';
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
    const assignees = new Assignees(world);
    const access = entryAccess(load([{ rolearn: role(PROD, 'Admin').roleArn }]), world, assignees);
    const users = new Set([ADA.id]);
    return [
      grantsOf(access, assignees, { users: null, groups: null, expand: true }),
      grantsOf(access, assignees, { users, groups: null, expand: false }),
    ].map((grants) => grants.map(({ principal, via }) => `${principal.id} ${via?.id}`));
  };
  expect(viaOf('Platform')).toEqual([['g undefined', 'u-ada g'], ['u-ada g']]);
  expect(viaOf(null)).toEqual([['g undefined'], []]);
});

test('who is administrator directly is told of the entries that count', () => {
  const ops = `arn:aws:iam::${PROD}:role/ops`;
  const masters = ['system:masters'];
  const namesIn = (items: readonly Item[]) => directAdmins(load(items), []).map(({ name }) => name);
  expect(namesIn([{ rolearn: ops, groups: masters }])).toEqual(['ops']);
  expect(namesIn([{ rolearn: ops, groups: masters }, { rolearn: ops.toUpperCase() }])).toEqual([]);
  expect(namesIn([{ rolearn: ops.replace('ops', 'path/ops'), groups: masters }])).toEqual([]);
  expect(namesIn([{ rolearn: role(PROD, 'Admin').roleArn, groups: masters }])).toEqual([]);
});
