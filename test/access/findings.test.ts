import { expect, test } from 'vitest';
import type { EntryAccess, Grant } from '../../src/access/entry-access.ts';
import { clusterAdminFindings, otherEntries } from '../../src/access/findings.ts';
import { readMapRoles } from '../../src/authenticator/load.ts';

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
  expect(clusterAdminFindings(grants).map(({ message }) => message)).toEqual([
    `cluster administrators (system:masters): user "ada" (Admin in ${PROD})`,
  ]);
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
