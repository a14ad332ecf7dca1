import { describe, expect, test } from 'vitest';
import { ClusterRights, mayNamePeople } from '../../src/access/cluster-rights.ts';
import type { EntryAccess, Grant } from '../../src/access/entry-access.ts';
import { readMapRoles } from '../../src/authenticator/load.ts';
import type { PrincipalType } from '../../src/inventory/model.ts';
import { boundRoleText } from '../../src/rbac/model.ts';
import { parseQuestion } from '../../src/rbac/question.ts';
import { authorizerOf, binding, role } from '../rbac/manifests.ts';

const PROD = '111122223333';
const OTHER = '444455556666';
const SECRETS = [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }];
const PODS = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }];
const AUTHORIZER = authorizerOf(
  role('secrets', SECRETS),
  role('pods', PODS, 'shop'),
  role('all', [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]),
  binding('a', 'ClusterRole/secrets', ['Group ops', 'Group lead'], 'payments'),
  binding(
    'b',
    'Role/pods',
    ['User sso:ada-example.com', 'User raw:ada@example.com', `User in-${PROD}`, 'User ann'],
    'shop',
  ),
  binding('c', 'ClusterRole/all', ['Group team-bob']),
  binding('d', 'ClusterRole/secrets', ['Group system:authenticated'], 'public'),
  binding('e', 'ClusterRole/secrets', ['ServiceAccount ci/bot']),
);

function grant(
  name: string | null,
  username: string,
  groups: readonly string[] = [],
  type: PrincipalType = 'USER',
): Grant {
  const rolearn = `arn:aws:iam::${PROD}:role/AWSReservedSSO_Admin_0123456789abcdef`;
  const [entry] = readMapRoles(JSON.stringify([{ rolearn, username, groups }])).entries;
  if (!entry) throw new Error('no entry');
  const principal = { type, id: 'u-1', name, members: null };
  const found = { accountId: PROD, accountName: null, permissionSet: 'Admin' };
  const access: EntryAccess = { entry, ...found, principals: [principal], nobody: null, successor: null };
  return { principal, via: null, access };
}

function other(type: string, username: string, rest: object = {}) {
  const id = `arn:aws:iam::${PROD}:${type === 'IAM_USER' ? 'user' : 'role'}/x`;
  return { type, id, accountId: PROD, username, groups: [], isNode: false, nobody: null, ...rest } as const;
}

describe('the bindings of', () => {
  const finder = new ClusterRights(AUTHORIZER);
  const bindingsOf = (one: Parameters<typeof finder.of>[0]) => finder.of(one).bindings;

  test('the groups of an entry, without what everybody has', () => {
    expect(bindingsOf(grant('eve', 'sso:{{SessionName}}', ['ops']))).toEqual([
      'ClusterRole/secrets in payments',
    ]);
    expect(bindingsOf(grant('Team', 'sso:{{SessionName}}', ['ops'], 'GROUP'))).toEqual([
      'ClusterRole/secrets in payments',
    ]);
    expect(bindingsOf(grant('eve', 'x', ['none']))).toEqual([]);
  });

  test('a binding of two groups, once', () => {
    expect(bindingsOf(grant('eve', 'x', ['lead', 'ops']))).toHaveLength(1);
  });

  test('a binding of a person and a group of theirs, by the name', () => {
    const both = authorizerOf(
      role('pods', PODS),
      binding('b', 'ClusterRole/pods', ['Group ops', 'User ann']),
    );
    const { roles } = new ClusterRights(both).of(grant('x', 'ann', ['ops']));
    expect(roles.map(({ subject }) => subject.kind)).toEqual(['User']);
  });

  test('a person by name, as the authenticator writes it', () => {
    expect(bindingsOf(grant('ada@example.com', 'sso:{{SessionName}}', ['ops']))).toEqual([
      'Role/pods in shop',
      'ClusterRole/secrets in payments',
    ]);
    expect(bindingsOf(grant('ada@example.com', 'raw:{{SessionNameRaw}}'))).toEqual(['Role/pods in shop']);
    expect(bindingsOf(grant('ada@example.com', 'sso:{{SessionNameRaw}}'))).toEqual([]);
    expect(bindingsOf(grant('x', 'in-{{AccountID}}'))).toEqual(['Role/pods in shop']);
  });

  test('a name that stands in a group', () => {
    expect(bindingsOf(grant('bob', 'x', ['team-{{SessionName}}']))).toEqual(['ClusterRole/all cluster-wide']);
  });

  test('a person whose session makes a group that is bound, whom no other member is like', () => {
    expect(finder.isNamed(grant('bob', 'x', ['team-{{SessionName}}']))).toBe(true);
    expect(finder.isNamed(grant('eve', 'x', ['team-{{SessionName}}']))).toBe(false);
    expect(finder.isNamed(grant('bob', 'x', ['team-bob']))).toBe(false);
    expect(mayNamePeople(AUTHORIZER, [{ username: 'x', groups: ['team-{{SessionName}}'] }])).toBe(true);
    expect(mayNamePeople(AUTHORIZER, [{ username: 'in-{{AccountID}}', groups: null }])).toBe(false);
  });

  test('a person in the account that a binding names, and not in another one', () => {
    const own = new ClusterRights(AUTHORIZER);
    const here = grant('ann', 'in-{{AccountID}}');
    const [entry] = readMapRoles(
      JSON.stringify([{ rolearn: here.access.entry.arn.replace(PROD, OTHER), username: 'in-{{AccountID}}' }]),
    ).entries;
    if (!entry) throw new Error('no entry');
    const there = { ...here, access: { ...here.access, entry, accountId: OTHER } };
    expect([own.isNamed(here), own.isNamed(there)]).toEqual([true, false]);
    expect([own.of(here).bindings, own.of(there).bindings]).toEqual([['Role/pods in shop'], []]);
  });

  test('whoever has the access key that a name depends on', () => {
    expect(bindingsOf(grant('eve', 'x', ['team-{{AccessKeyID}}']))).toEqual(['ClusterRole/all cluster-wide']);
    expect(bindingsOf(grant('Team', 'x', ['team-{{AccessKeyID}}'], 'GROUP'))).toEqual([]);
  });

  test('a group of people has no name of one of them', () => {
    expect(bindingsOf(grant('ada@example.com', 'sso:{{SessionName}}', [], 'GROUP'))).toEqual([]);
    expect(bindingsOf(grant('Team', 'ann', [], 'GROUP'))).toEqual(['Role/pods in shop']);
  });

  test('nobody who was deleted, nor by an entry for nodes', () => {
    expect(bindingsOf(grant(null, 'x', ['ops']))).toEqual([]);
    expect(bindingsOf(grant('ann', 'system:node:{{EC2PrivateDNSName}}', ['ops']))).toEqual([]);
  });

  test('IAM roles, users, and nodes', () => {
    expect(bindingsOf(other('IAM_USER', 'ann', { groups: ['ops'] }))).toEqual([
      'Role/pods in shop',
      'ClusterRole/secrets in payments',
    ]);
    expect(bindingsOf(other('IAM_USER', 'ann{{SessionName}}'))).toEqual(['Role/pods in shop']);
    expect(bindingsOf(other('IAM_USER', 'ann', { nobody: 'path-in-arn' }))).toEqual([]);
    const node = { isNode: true, groups: ['ops'] };
    expect(bindingsOf(other('IAM_ROLE', 'system:node:{{EC2PrivateDNSName}}', node))).toHaveLength(1);
    expect(bindingsOf(other('IAM_USER', 'system:node:{{EC2PrivateDNSName}}', node))).toEqual([]);
    expect(bindingsOf(other('ACCOUNT', ''))).toEqual([]);
  });

  test('all whom whoever assumes an IAM role may be, for that chooses the name of the session', () => {
    expect(bindingsOf(other('IAM_ROLE', 'ann{{SessionName}}'))).toEqual(['Role/pods in shop']);
    expect(bindingsOf(other('IAM_ROLE', 'sso:{{SessionName}}', { groups: ['ops'] }))).toEqual([
      'ClusterRole/secrets in payments',
      'Role/pods in shop',
    ]);
    expect(bindingsOf(other('IAM_ROLE', 'bob{{SessionName}}'))).toEqual([]);
    expect(bindingsOf(other('IAM_ROLE', 'x', { groups: ['team-{{SessionName}}'] }))).toEqual([
      'ClusterRole/all cluster-wide',
    ]);
    const risksOf = (type: string) =>
      finder.of(other(type, 'x', { groups: ['system:{{SessionName}}'] })).risks.map(({ risk }) => risk);
    expect(risksOf('IAM_ROLE')).toEqual(['cluster-admin']);
    expect(risksOf('IAM_USER')).toEqual([]);
  });

  test('the ARNs of a whole account', () => {
    const arn = (id: string) => `arn:aws:iam::${id}:role/ci`;
    const byArn = new ClusterRights(
      authorizerOf(role('pods', PODS), binding('b', 'ClusterRole/pods', [`User ${arn(PROD)}`])),
    );
    expect(byArn.of(other('ACCOUNT', '')).bindings).toEqual(['ClusterRole/pods cluster-wide']);
    expect(byArn.of(other('ACCOUNT', '', { accountId: '444455556666' })).bindings).toEqual([]);
  });

  test('a service account by its name', () => {
    expect(bindingsOf(grant('x', 'system:serviceaccount:ci:bot'))).toEqual([
      'ClusterRole/secrets cluster-wide',
    ]);
  });

  test('one group alone', () => {
    expect(finder.ofGroup('ops').map(({ binding: { name } }) => name)).toEqual(['a']);
    expect(finder.ofGroup('system:authenticated')).toEqual([]);
  });
});

test('rights are found once for all with the same name and groups', () => {
  const finder = new ClusterRights(AUTHORIZER);
  const first = finder.of(grant('eve', 'sso:{{SessionName}}', ['ops']));
  expect(finder.of(grant('max', 'sso:{{SessionName}}', ['ops']))).toBe(first);
  expect(finder.of(grant('ada@example.com', 'sso:{{SessionName}}', ['ops']))).not.toBe(first);
});

test('administrators by any way, with what makes them', () => {
  const finder = new ClusterRights(AUTHORIZER);
  const { admin, risks } = finder.of(grant('bob', 'x', ['team-bob']));
  expect([admin, risks]).toEqual([
    null,
    [
      {
        risk: 'cluster-admin',
        text: 'cluster admin',
        through: 'ClusterRole/all cluster-wide',
        isTogether: false,
      },
    ],
  ]);
  const master = finder.of(grant('bob', 'x', ['system:masters', 'ops']));
  expect(master).toMatchObject({
    admin: 'system:masters',
    bindings: ['system:masters', 'ClusterRole/secrets in payments'],
    risks: [{ risk: 'cluster-admin', text: 'cluster admin', through: 'system:masters' }],
  });
  expect(finder.ofGroup('system:masters')).toEqual([]);
  const template = ['system:{{SessionName}}'];
  expect(finder.of(grant('masters', 'x', template)).admin).toBe('system:masters');
  expect(finder.of(grant('bob', 'x', template)).admin).toBe(null);
  expect(finder.everybody.risks).toEqual([]);
});

describe('a question', () => {
  const allowed = (
    one: Parameters<ClusterRights['of']>[0],
    text: string,
    namespace: string | null = null,
  ) => {
    const finder = new ClusterRights(AUTHORIZER, parseQuestion([text], namespace, AUTHORIZER));
    const { admin, bindings, rolesOfEverybody } = finder.of(one);
    const ofEverybody = rolesOfEverybody.map((bound) => `everybody: ${boundRoleText(bound)}`);
    const all = [...bindings, ...ofEverybody];
    expect(finder.allows(one)).toBe(admin !== null || all.length > 0);
    return finder.allows(one) ? all : null;
  };

  test('is answered by the bindings that allow it', () => {
    const ada = grant('ada@example.com', 'sso:{{SessionName}}', ['ops']);
    expect(allowed(ada, 'get secrets', 'payments')).toEqual(['ClusterRole/secrets in payments']);
    expect(allowed(ada, 'get pods')).toEqual(['Role/pods in shop']);
    expect(allowed(ada, 'get pods', 'payments')).toBeNull();
  });

  test('is answered by what everybody may', () => {
    const answer = ['everybody: ClusterRole/secrets in public'];
    expect(allowed(grant('eve', 'x'), 'get secrets', 'public')).toEqual(answer);
    expect(allowed(other('ACCOUNT', ''), 'get secrets', 'public')).toEqual(answer);
  });

  test('is answered by system:masters without any binding', () => {
    expect(allowed(grant('eve', 'x', ['system:masters']), 'delete nodes')).toEqual(['system:masters']);
  });
});

test.each([
  ['sso:{{SessionName}}', true],
  ['raw:{{SessionNameRaw}}', true],
  ['sso:{{SessionName}}-example.com', true],
  ['{{SessionName}}', true],
  ['sso:{{SessionName}}-x', false],
  ['other:{{SessionName}}', false],
  ['ann', false],
])('bindings may name people by %s: %s', (username, expected) => {
  expect(
    mayNamePeople(AUTHORIZER, [
      { username: 'fixed', groups: null },
      { username, groups: [] },
    ]),
  ).toBe(expected);
});
