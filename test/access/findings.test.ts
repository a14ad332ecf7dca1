import { expect, test } from 'vitest';
import type { ClusterAccess, OtherAccess, OtherType } from '../../src/access/cluster-access.ts';
import type { EntryAccess, Grant } from '../../src/access/entry-access.ts';
import { clusterAdminFindings, hiddenFindings } from '../../src/access/findings.ts';
import { readMapRoles } from '../../src/authenticator/load.ts';

const PROD = '111122223333';
const MASTERS = ['system:masters'];

function grantOf(name: string | null, groups: readonly string[]): Grant {
  const rolearn = `arn:aws:iam::${PROD}:role/AWSReservedSSO_Admin_0123456789abcdef`;
  const [entry] = readMapRoles(JSON.stringify([{ rolearn, username: 'u', groups }])).entries;
  if (!entry) throw new Error('no entry');
  const principal = { type: 'USER', id: `id of ${name}`, name, members: null } as const;
  const found = { accountId: PROD, accountName: null, permissionSet: 'Admin' };
  const access: EntryAccess = { entry, ...found, principals: [principal], nobody: null, successor: null };
  return { principal, via: null, access };
}

function other(type: OtherType, name: string, rest: Partial<OtherAccess> = {}): OtherAccess {
  const base = { accountId: PROD, accountName: null, permissionSet: null, username: 'u', groups: [] };
  return { ...base, type, id: name, name, isNode: false, nobody: null, ...rest };
}

function accessOf(rest: Partial<ClusterAccess>, name: string | null = 'prod'): ClusterAccess {
  const locationOf = () => ({ file: 'a.yaml' });
  const cluster = { name, file: 'a.yaml', provisioned: [], others: [], locationOf };
  return { cluster, access: [], grants: [], nobody: [], others: [], hidden: [], ...rest };
}

test('no administrator is who was deleted, or gets other groups', () => {
  const grants = [grantOf('ada', MASTERS), grantOf(null, MASTERS), grantOf('bob', ['view'])];
  const message = `cluster administrators (system:masters): user "ada" (Admin in ${PROD})`;
  expect(clusterAdminFindings(accessOf({ grants }), false)).toEqual([
    { severity: 'warning', code: 'system-masters', message },
  ]);
  expect(clusterAdminFindings(accessOf({ grants: grants.slice(1) }), false)).toEqual([]);
});

test('administrators of IAM, unless their entry never matches, and the cluster where there are several', () => {
  const others = [
    other('IAM_ROLE', 'ci', { groups: MASTERS }),
    other('IAM_ROLE', 'old', { groups: MASTERS, nobody: 'path-in-arn' }),
    other('IAM_USER', 'ann', { groups: ['view'] }),
  ];
  const message = `cluster administrators (system:masters): IAM role "ci" (in ${PROD})`;
  expect(clusterAdminFindings(accessOf({ others }), true)).toEqual([
    { severity: 'warning', code: 'system-masters', message, location: { file: 'prod' } },
  ]);
  expect(clusterAdminFindings(accessOf({ others }, null), true)[0]?.location).toEqual({ file: 'a.yaml' });
});

test.each([
  [1, '1 node role, 1 other IAM role, 1 IAM user, 1 whole account; 2 of them have system:masters'],
  [2, '2 node roles, 2 other IAM roles, 2 IAM users, 2 whole accounts; 4 of them have system:masters'],
])('%d of each kind of what lets somebody in and is not shown', (count, text) => {
  const hidden = Array.from({ length: count }, (_, index) => [
    other('IAM_ROLE', `node${index}`, { isNode: true }),
    other('IAM_ROLE', `ops${index}`, { groups: MASTERS }),
    other('IAM_ROLE', `old${index}`, { groups: MASTERS, nobody: 'shadowed' }),
    other('IAM_USER', `ann${index}`, { groups: MASTERS }),
    other('ACCOUNT', `${index}`),
  ]).flat();
  const message = `other entries, not shown: ${text}`;
  const finding = { severity: 'note', code: 'other-entries', message };
  expect(hiddenFindings(accessOf({ hidden }), false)).toEqual([finding]);
  expect(hiddenFindings(accessOf({ hidden }), true)).toEqual([{ ...finding, location: { file: 'a.yaml' } }]);
});

test('one that has system:masters, and none', () => {
  const textOf = (groups: readonly string[]) =>
    hiddenFindings(accessOf({ hidden: [other('IAM_ROLE', 'ci', { groups })] }), false)[0]?.message;
  expect(textOf(MASTERS)).toMatch(/: 1 other IAM role; 1 of them has system:masters$/);
  expect(textOf([])).toMatch(/: 1 other IAM role$/);
  expect(
    hiddenFindings(accessOf({ hidden: [other('ACCOUNT', 'x', { nobody: 'invalid-account' })] }), false),
  ).toEqual([]);
});
