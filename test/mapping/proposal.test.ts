import { expect, test } from 'vitest';
import { Cluster } from '../../src/access-entry/cluster.ts';
import { AwsAuth } from '../../src/aws-auth/aws-auth.ts';
import { readList } from '../../src/aws-auth/document.ts';
import type { Account, Role } from '../../src/directory/model.ts';
import { NODE_GROUPS, NODE_USERNAME } from '../../src/map-entry.ts';
import { proposeConfig } from '../../src/mapping/proposal.ts';
import type { Item } from '../access-entry/aws-auth-of.ts';
import { account, inventory, role } from '../directory/build-inventory.ts';

const PROD = '111122223333';
const DEV = '222233334444';
const NODE = { rolearn: `arn:aws:iam::${PROD}:role/node`, username: NODE_USERNAME, groups: NODE_GROUPS };

interface Known {
  readonly accounts?: readonly Account[];
  readonly roles?: readonly Role[];
}

/** With `others` as the ARN and the reason of each. */
function propose(items: readonly Item[], known: Known | null = {}) {
  const text = JSON.stringify(items.map((item) => ({ username: 'u', ...item })));
  const accounts = known?.accounts ?? [account(PROD, 'prod'), account(DEV, 'dev')];
  const found = { inventory: inventory(accounts, known?.roles ?? []), scope: new Set([PROD, DEV]) };
  const cluster = new Cluster(null, new AwsAuth(readList(text, 'f')), null);
  const { others, ...proposal } = proposeConfig(cluster, known && found);
  return { ...proposal, others: others.map(({ entry, reason }) => [entry.arn, reason]) };
}

const item = (generation: number, groups: readonly string[] = ['g'], accountId = PROD): Item => ({
  rolearn: role(accountId, 'Admin', generation).roleArn,
  groups,
});
const inChina = <T extends Item>(one: T): T => ({
  ...one,
  rolearn: one.rolearn.replace('arn:aws:', 'arn:aws-cn:'),
});

test("the partition is the accounts', or else the first role's", () => {
  expect(propose([inChina(item(1)), inChina(NODE), NODE])).toMatchObject({
    mappings: [],
    nodeRoles: [NODE.rolearn],
    others: [],
    skipped: 2,
  });
  expect(propose([inChina(item(1)), item(2), NODE], null)).toMatchObject({
    mappings: [{ permissionSet: 'Admin' }],
    nodeRoles: [],
    others: [
      [item(2).rolearn, 'is in partition aws'],
      [NODE.rolearn, null],
    ],
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

const OLDER = "isn't for the newest role of its permission set";

test.each([
  ['its last entry', [item(2, ['a']), item(2, ['b'])], [['b']], []],
  ['its own, whatever that of a role that is gone has', [item(2, ['a']), item(9, ['b'])], [['a']], []],
  [
    'that of a role that is gone, and never that of an older one',
    [item(9, ['a']), item(1, ['b'])],
    [['a']],
    [[item(1).rolearn, OLDER]],
  ],
  ['nothing from an older one: merge would add an entry', [item(1, ['a'])], [], [[item(1).rolearn, OLDER]]],
  [
    'no entry that lists a group twice',
    [item(2, ['a', 'b', 'b', 'a'])],
    [],
    [[item(2).rolearn, 'lists the group "b" twice']],
  ],
])('the newest role takes over %s', (_, items, groups, others) => {
  const proposal = propose(items, { roles: [role(PROD, 'Admin', 1), role(PROD, 'Admin', 2)] });
  expect(proposal.mappings.map((mapping) => mapping.groups)).toEqual(groups);
  expect(proposal).toMatchObject({ others, skipped: items.length - groups.length - others.length });
});

test('without AWS, a permission set with several roles is not mapped: one may have more than the current one', () => {
  const reason = 'is for one of several roles of its permission set: AWS was not read';
  const items = [item(1, ['viewers']), item(2, ['system:masters'])];
  expect(propose(items, null)).toMatchObject({
    mappings: [],
    others: items.map(({ rolearn }) => [rolearn, reason]),
  });
});

test('the accounts are the ones with roles, or all if none has any', () => {
  const idsOf = (known: Known) => propose([], known).accounts.map(({ id }) => id);
  expect(idsOf({ roles: [role(DEV, 'Admin')] })).toEqual([DEV]);
  expect(idsOf({})).toEqual([PROD, DEV]);
});
