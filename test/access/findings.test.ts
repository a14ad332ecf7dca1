import { describe, expect, test } from 'vitest';
import type { ClusterAccess, OtherAccess, OtherType } from '../../src/access/cluster-access.ts';
import { ClusterRights } from '../../src/access/cluster-rights.ts';
import type { EntryAccess, Grant } from '../../src/access/entry-access.ts';
import {
  anybodyFindings,
  certainNamesFindings,
  clusterAdminFindings,
  everybodyFindings,
  hiddenFindings,
} from '../../src/access/findings.ts';
import { readMapRoles } from '../../src/authenticator/load.ts';
import { parseQuestion } from '../../src/rbac/question.ts';

import { authorizerOf, binding, role } from '../rbac/manifests.ts';

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
  const cluster = {
    name,
    file: 'a.yaml',
    eks: null,
    ignored: [],
    provisioned: [],
    others: [],
    groups: new Set<string>(),
    locationOf,
  };
  return { cluster, access: [], grants: [], nobody: [], others: [], hidden: [], rights: null, ...rest };
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

describe('by bindings', () => {
  const ALL = role('all', [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]);
  const boundTo = (...subjects: string[]) =>
    new ClusterRights(authorizerOf(ALL, binding('b', 'ClusterRole/all', subjects)));

  test('administrators, apart from system:masters', () => {
    const grants = [grantOf('ada', ['ops']), grantOf('bob', MASTERS), grantOf(null, ['ops'])];
    const others = [
      other('IAM_ROLE', 'ci', { groups: ['ops'] }),
      other('IAM_ROLE', 'old', { groups: ['ops'], nobody: 'shadowed' }),
    ];
    const found = clusterAdminFindings(accessOf({ grants, others, rights: boundTo('Group ops') }), false);
    expect(found.map(({ code, message }) => [code, message])).toEqual([
      [
        'cluster-admin',
        `cluster administrators (ClusterRole/all cluster-wide): user "ada" (Admin in ${PROD}), IAM role "ci" (in ${PROD})`,
      ],
      ['system-masters', `cluster administrators (system:masters): user "bob" (Admin in ${PROD})`],
    ]);
  });

  test('everybody', () => {
    const shown = accessOf({
      grants: [grantOf('ada', ['ops'])],
      rights: boundTo('Group system:authenticated'),
    });
    const message = 'everybody who gets in: cluster admin (ClusterRole/all cluster-wide)';
    expect(everybodyFindings(shown, true)).toEqual([
      { severity: 'warning', code: 'everybody', message, location: { file: 'prod' } },
    ]);
    expect(clusterAdminFindings(shown, false)).toEqual([]);
    expect(everybodyFindings(accessOf({ rights: boundTo('Group ops') }), false)).toEqual([]);
    expect(everybodyFindings(accessOf({}), false)).toEqual([]);
  });

  test('anybody, without credentials; of a question, whatever allows it', () => {
    const everybody = accessOf({ rights: boundTo('Group system:authenticated') });
    expect(anybodyFindings(everybody, true)).toEqual([]);
    expect(anybodyFindings(accessOf({}), true)).toEqual([]);
    const shown = accessOf({ rights: boundTo('Group system:unauthenticated') });
    const admin =
      'anybody who reaches the API server, without credentials: cluster admin (ClusterRole/all cluster-wide)';
    expect(anybodyFindings(shown, true)).toEqual([
      { severity: 'warning', code: 'anybody', message: admin, location: { file: 'prod' } },
    ]);
    const look = role('look', [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]);
    const authorizer = authorizerOf(look, binding('b', 'ClusterRole/look', ['User system:anonymous']));
    const told = (text: string | undefined) => {
      const question = text === undefined ? null : parseQuestion([text], null, authorizer);
      const rights = new ClusterRights(authorizer, question);
      return anybodyFindings(accessOf({ rights }), false).map(({ message }) => message);
    };
    expect(told(undefined)).toEqual([]);
    expect(told('list pods')).toEqual([]);
    expect(told('get pods')).toEqual([
      'anybody who reaches the API server, without credentials: can get pods (ClusterRole/look cluster-wide)',
    ]);
  });

  test('administrators among those who are not shown', () => {
    const hidden = [
      other('IAM_ROLE', 'a', { groups: ['ops'] }),
      other('IAM_ROLE', 'b', { groups: ['ops'] }),
      other('IAM_ROLE', 'c', { groups: MASTERS }),
      other('IAM_ROLE', 'd', { groups: ['view'] }),
    ];
    const textOf = (some: readonly OtherAccess[]) =>
      hiddenFindings(accessOf({ hidden: some, rights: boundTo('Group ops') }), false)[0]?.message;
    expect(textOf(hidden)).toMatch(
      /; 1 of them has system:masters; 2 of them are cluster admins by a binding$/,
    );
    expect(textOf(hidden.slice(1, 2))).toMatch(/; 1 of them is cluster admin by a binding$/);
    expect(textOf(hidden.slice(3))).toMatch(/: 1 other IAM role$/);
  });

  test('entries of which it is not known who gets in', () => {
    const entryOf = (groups: readonly string[], rest: Partial<EntryAccess> = { principals: null }) => {
      return { ...grantOf('x', groups).access, ...rest };
    };
    const nobody = [
      entryOf(['ops']),
      entryOf(MASTERS),
      entryOf(['view']),
      entryOf(['ops'], { principals: [], nobody: 'unassigned' }),
    ];
    const found = clusterAdminFindings(accessOf({ nobody, rights: boundTo('Group ops') }), false);
    expect(found.map(({ message }) => message)).toEqual([
      `cluster administrators (ClusterRole/all cluster-wide): whoever gets in through Admin in ${PROD}`,
      `cluster administrators (system:masters): whoever gets in through Admin in ${PROD}`,
    ]);
    expect(clusterAdminFindings(accessOf({ nobody }), false)).toHaveLength(1);
  });

  test('who is allowed something for objects of certain names', () => {
    const named = role('named', [
      { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a', 'b'] },
    ]);
    const authorizer = authorizerOf(named, binding('b', 'ClusterRole/named', ['Group ops']));
    const rights = new ClusterRights(authorizer, parseQuestion(['get secrets'], null, authorizer));
    const grants = [grantOf('ada', ['ops']), grantOf(null, ['ops']), grantOf('bob', ['view'])];
    const others = [other('IAM_ROLE', 'ci', { groups: ['ops'] })];
    const message = `only for objects of certain names: user "ada" (Admin in ${PROD}): "a", "b" by ClusterRole/named cluster-wide, IAM role "ci" (in ${PROD}): "a", "b" by ClusterRole/named cluster-wide`;
    expect(certainNamesFindings(accessOf({ grants, others, rights }), ['get secrets'], false)).toEqual([
      { severity: 'note', code: 'certain-names', message },
    ]);
    expect(
      certainNamesFindings(accessOf({ grants: grants.slice(2), rights }), ['get secrets'], false),
    ).toEqual([]);
    const unknown = { ...grantOf('x', ['ops']).access, principals: null };
    expect(
      certainNamesFindings(accessOf({ nobody: [unknown], rights }), ['get secrets'], false)[0]?.message,
    ).toContain(`: whoever gets in through Admin in ${PROD}: "a", "b" by`);
    expect(certainNamesFindings(accessOf({ grants }), ['get secrets'], false)).toEqual([]);
  });
});
