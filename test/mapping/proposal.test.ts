import { expect, test } from 'vitest';
import { AwsAuth } from '../../src/cluster/aws-auth.ts';
import { readList } from '../../src/configmap/document.ts';
import { NODE_GROUPS, NODE_USERNAME } from '../../src/entry.ts';
import type { Account, Role } from '../../src/inventory/model.ts';
import { proposeConfig } from '../../src/mapping/proposal.ts';
import type { Item } from '../access/aws-auth-of.ts';
import { account, inventory, role } from '../inventory/build-inventory.ts';

const PROD = '111122223333';
const DEV = '222233334444';
const NODE = { rolearn: `arn:aws:iam::${PROD}:role/node`, username: NODE_USERNAME, groups: NODE_GROUPS };

interface Known {
  readonly accounts?: readonly Account[];
  readonly roles?: readonly Role[];
}

function propose(items: readonly Item[], known: Known | null = {}) {
  const text = JSON.stringify(items.map((item) => ({ username: 'u', ...item })));
  const accounts = known?.accounts ?? [account(PROD, 'prod'), account(DEV, 'dev')];
  const found = { inventory: inventory(accounts, known?.roles ?? []), scope: new Set([PROD, DEV]) };
  const { others, ...proposal } = proposeConfig(new AwsAuth(readList(text, 'f')), known && found);
  const leftOut = [...others.listed, ...others.dead].sort(
    (one, other) => one.entry.index - other.entry.index,
  );
  return { ...proposal, leftOut: leftOut.map(({ entry, reason }) => `${entry.index}: ${reason}`) };
}

const item = (generation: number, groups: readonly string[] = ['g'], accountId = PROD): Item => ({
  rolearn: role(accountId, 'Admin', generation).roleArn,
  groups,
});

test('omitted entries are reported in the order of the map', () => {
  const other = { rolearn: `arn:aws:iam::${PROD}:role/ops` };
  const { leftOut } = propose(
    [item(1, []), other, item(1, ['g'], '333344445555'), { ...other, rolearn: `${other.rolearn}2` }],
    {
      roles: [role(PROD, 'Admin')],
    },
  );
  expect(leftOut).toEqual([
    '0: has no groups',
    "1: isn't an Identity Center role",
    "2: is in account 333344445555, which wasn't read",
    "3: isn't an Identity Center role",
  ]);
});

test("the partition is the accounts', or else the first role's", () => {
  const china = (generation: number) => ({
    ...item(generation),
    rolearn: item(generation).rolearn.replace('arn:aws:', 'arn:aws-cn:'),
  });
  expect(propose([china(1)]).leftOut).toEqual(['0: is in partition aws-cn']);
  expect(propose([china(1), item(2)], null).leftOut).toEqual(['1: is in partition aws']);
  const chinese = { ...NODE, rolearn: NODE.rolearn.replace('arn:aws:', 'arn:aws-cn:') };
  expect(propose([NODE, chinese])).toMatchObject({
    nodeRoles: [NODE.rolearn],
    leftOut: ['1: is a node entry that nodeRoles would write differently'],
  });
  expect(propose([NODE, chinese], null)).toMatchObject({
    nodeRoles: [NODE.rolearn, chinese.rolearn],
    leftOut: [],
  });
});

test.each([
  [[...NODE_GROUPS].reverse(), true],
  [[...NODE_GROUPS, ...NODE_GROUPS], true],
  [[...NODE_GROUPS, 'system:node-proxier'], false],
  [[...NODE_GROUPS, 'x'], false],
  [NODE_GROUPS.slice(0, 1), false],
  [['x', 'y'], false],
])('an entry with groups %j is one that nodeRoles creates: %s', (groups, isMade) => {
  expect(propose([{ ...NODE, groups }]).nodeRoles).toEqual(isMade ? [NODE.rolearn] : []);
});

const OTHER = "isn't the effective entry for its permission set and account";

test.each([
  ['its last entry', [item(2, ['a']), item(2, ['b'])], ['b'], [`0: ${OTHER}`]],
  ['its own before that of a role that is gone', [item(2, ['a']), item(9, ['b'])], ['a'], [`1: ${OTHER}`]],
  [
    'that of a role that is gone before that of an older one',
    [item(9, ['a']), item(1, ['b'])],
    ['a'],
    [`1: ${OTHER}`],
  ],
  ['that of an older one where there is no other', [item(1, ['a'])], ['a'], []],
])('the newest role takes over %s of the permission set', (_, items, groups, leftOut) => {
  const proposal = propose(items, { roles: [role(PROD, 'Admin', 1), role(PROD, 'Admin', 2)] });
  expect(proposal.mappings).toMatchObject([{ permissionSet: 'Admin', groups }]);
  expect(proposal.leftOut).toEqual(leftOut);
});

test('the first of several duplicate groups is named', () => {
  const { leftOut } = propose([item(1, ['a', 'b', 'b', 'a'])], { roles: [role(PROD, 'Admin')] });
  expect(leftOut).toEqual(['0: lists the group "b" twice']);
});

test('the accounts are the ones with roles, or all if none has any', () => {
  const idsOf = (known: Known) => propose([], known).accounts.map(({ id }) => id);
  expect(idsOf({ roles: [role(DEV, 'Admin')] })).toEqual([DEV]);
  expect(idsOf({})).toEqual([PROD, DEV]);
});
