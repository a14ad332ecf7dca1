import { expect, test } from 'vitest';
import type { EntryAccess, Grant } from '../../src/access/entry-access.ts';
import { clusterAdminFindings, otherEntries } from '../../src/access/findings.ts';
import { readMapRoles } from '../../src/authenticator/load.ts';
import { NODE_GROUPS, NODE_USERNAME } from '../../src/entry.ts';

const PROD = '111122223333';

function grantOf(name: string | null, groups: readonly string[]): Grant {
  const rolearn = `arn:aws:iam::${PROD}:role/AWSReservedSSO_Admin_0123456789abcdef`;
  const [entry] = readMapRoles(JSON.stringify([{ rolearn, username: 'u', groups }])).entries;
  if (!entry) throw new Error('no entry');
  const principal = { type: 'USER', id: `id of ${name}`, name, members: null } as const;
  const found = { accountId: PROD, accountName: null, permissionSet: 'Admin' };
  const access: EntryAccess = { entry, ...found, principals: [principal], nobody: null, successor: null };
  return { principal, via: null, access };
}

test('no administrator is who was deleted, or gets other groups', () => {
  const masters = ['system:masters'];
  const grants = [grantOf('ada', masters), grantOf(null, masters), grantOf('bob', ['view'])];
  const message = `cluster administrators (system:masters): user "ada" (Admin in ${PROD})`;
  expect(clusterAdminFindings(grants)).toEqual([{ severity: 'warning', code: 'system-masters', message }]);
  expect(clusterAdminFindings(grants.slice(1))).toEqual([]);
});

test('what else lets somebody in is counted, without entries of permission sets', () => {
  const sso = { permissionSetName: 'Admin', accountID: PROD };
  const items = [
    { sso, username: 'u' },
    { rolearn: `arn:aws:iam::${PROD}:role/ops`, username: 'u' },
  ];
  const { entries } = readMapRoles(JSON.stringify(items));
  expect(entries).toHaveLength(2);
  expect(otherEntries(entries, [], [PROD], new Set()).map(({ message }) => message)).toEqual([
    'not managed by Identity Center: 1 other IAM role, 1 whole account',
  ]);
});

test.each([
  [1, '1 node role, 1 other IAM role, 1 IAM user, 1 whole account; 2 of them have system:masters'],
  [2, '2 node roles, 2 other IAM roles, 2 IAM users, 2 whole accounts; 4 of them have system:masters'],
])('%d of each kind of what else lets somebody in', (count, text) => {
  const load = (name: string, rest: object) => {
    const items = Array.from({ length: count }, (_, index) => ({
      rolearn: `arn:aws:iam::${PROD}:role/${name}${index}`,
      username: 'u',
      ...rest,
    }));
    return readMapRoles(JSON.stringify(items)).entries;
  };
  const masters = load('ops', { groups: ['system:masters'] });
  const nodes = load('node', { username: NODE_USERNAME, groups: NODE_GROUPS });
  const accounts = Array.from({ length: count }, (_, index) => `${index}`);
  const message = `not managed by Identity Center: ${text}`;
  expect(otherEntries([...masters, ...nodes], masters, accounts, new Set())).toEqual([
    { severity: 'note', code: 'other-entries', message },
  ]);
});
