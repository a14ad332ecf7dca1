import { describe, expect, test } from 'vitest';
import { changedEntries, explainChange } from '../../src/access/change.ts';
import { readMapRoles } from '../../src/authenticator/load.ts';
import type { Inventory, Principal } from '../../src/inventory/model.ts';
import { account, inventory, role } from '../inventory/build-inventory.ts';
import { authorizerOf } from '../lint/check-case.ts';
import type { Item } from './aws-auth-of.ts';

const PROD = '111122223333';
const ADMIN = role(PROD, 'Admin');
const user = (name: string): Principal => ({ type: 'USER', id: `u-${name}`, name, members: null });
const [ADA, BOB] = [user('ada@x.org'), user('bob')];
const group = (name: string, ...members: readonly Principal[]): Principal => {
  return { type: 'GROUP', id: `g-${name}`, name, members: members.map(({ id }) => id) };
};
const DEVS = group('Devs', ADA, BOB);
const SET = 'arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef';

const clusterRole = (name: string, rule: string) =>
  `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: ${name} }\nrules: [${rule}]\n---\n`;
function binding(roleName: string, subject: string, namespace = ''): string {
  const [kind, name] = subject.split(' ');
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: ${namespace ? 'RoleBinding' : 'ClusterRoleBinding'}
metadata: { name: ${roleName}-${subject.replaceAll(/\W/g, '-').toLowerCase()}${namespace && `, namespace: ${namespace}`} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${roleName} }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: ${kind}, name: "${name}" }]
---
`;
}
const ROLES = [
  clusterRole('look', '{ apiGroups: [""], resources: [pods], verbs: [get] }'),
  clusterRole('change', '{ apiGroups: [""], resources: [services], verbs: [update] }'),
  clusterRole('ops', '{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }'),
  clusterRole(
    'keep',
    '{ apiGroups: [""], resources: [secrets], verbs: [get] }, { apiGroups: [""], resources: [pods/exec], verbs: [create] }',
  ),
].join('');

function worldOf(assigned: readonly Principal[], others: readonly Principal[] = []): Inventory {
  const assignments = assigned.map(({ type, id }) => {
    return {
      accountId: PROD,
      permissionSet: 'Admin',
      permissionSetArn: SET,
      principalType: type,
      principalId: id,
    };
  });
  return inventory([account(PROD, 'prod', { assignmentsRead: true })], [ADMIN], {
    permissionSets: [{ arn: SET, name: 'Admin' }],
    assignments,
    principals: [...assigned, ...others],
  });
}

const effective = (items: readonly Item[]) =>
  readMapRoles(JSON.stringify(items.map((item) => ({ username: 'sso:{{SessionName}}', ...item })))).entries;
const admin = (...groups: readonly string[]): Item => ({ rolearn: ADMIN.roleArn, groups });

/** What is said of a change with these bindings; notes without the account. */
function told(
  before: readonly Item[],
  after: readonly Item[],
  bindings: readonly string[],
  world = worldOf([DEVS]),
): string[] {
  const changed = changedEntries(effective(before), effective(after));
  return explainChange(changed, world, authorizerOf(ROLES + bindings.join(''))).map(
    ({ severity, code, message }) =>
      code === 'access-change'
        ? message.replace(`Admin in account ${PROD} (prod): `, '')
        : `${severity}: ${message}`,
  );
}

const LOOK = binding('look', 'Group viewers');
const CHANGE = binding('change', 'Group devs', 'payments');

describe('the roles that people gain and lose', () => {
  test.each<[string, Item[], Item[], string[], string]>([
    [
      'by an entry that comes in',
      [],
      [admin('viewers', 'devs')],
      [LOOK, CHANGE],
      'group "Devs" gains "viewers", "devs", as "sso:{{SessionName}}": ClusterRole/look cluster-wide, ClusterRole/change in payments',
    ],
    [
      'by an entry that goes',
      [admin('viewers')],
      [],
      [LOOK],
      'group "Devs" loses "viewers", as "sso:{{SessionName}}": ClusterRole/look cluster-wide',
    ],
    [
      'by a group more, none that another group gives already',
      [admin('viewers')],
      [admin('viewers', 'devs')],
      [LOOK, CHANGE, binding('look', 'Group devs')],
      'group "Devs" gains "devs": ClusterRole/change in payments',
    ],
    [
      'by a group fewer, none that another group gives still',
      [admin('viewers', 'devs')],
      [admin('viewers')],
      [LOOK, CHANGE, binding('look', 'Group devs')],
      'group "Devs" loses "devs": ClusterRole/change in payments',
    ],
    [
      'none, by groups that give the same',
      [admin('viewers')],
      [admin('devs')],
      [LOOK, binding('look', 'Group devs')],
      'group "Devs" gains "devs": no more rights; group "Devs" loses "viewers": no fewer rights',
    ],
    [
      'none, by a group that no binding names',
      [],
      [admin('left')],
      [LOOK],
      'group "Devs" gains "left" (no binding names it), as "sso:{{SessionName}}": no rights',
    ],
    [
      'none, by a group whose role does not exist',
      [admin('left')],
      [],
      [binding('gone', 'Group left')],
      'group "Devs" loses "left", as "sso:{{SessionName}}": no rights',
    ],
    [
      'by what is for those without credentials, too',
      [admin('viewers')],
      [admin('system:unauthenticated')],
      [LOOK, binding('change', 'Group system:unauthenticated', 'payments')],
      'group "Devs" gains "system:unauthenticated": ClusterRole/change in payments; group "Devs" loses "viewers": ClusterRole/look cluster-wide',
    ],
    [
      'what everybody has, who did not get in',
      [],
      [admin('left')],
      [binding('look', 'Group system:authenticated')],
      'group "Devs" gains "left" (no binding names it), as "sso:{{SessionName}}": ClusterRole/look cluster-wide',
    ],
    [
      'all, by system:masters',
      [admin('viewers')],
      [admin('system:masters')],
      [LOOK],
      'group "Devs" gains "system:masters": cluster admin; group "Devs" loses "viewers": ClusterRole/look cluster-wide',
    ],
    [
      'of those in system:masters before and after, none',
      [admin('system:masters')],
      [admin('system:masters', 'viewers')],
      [LOOK],
      'group "Devs" gains "viewers": no more rights',
    ],
    [
      'with the risks in them first',
      [],
      [admin('viewers', 'keepers')],
      [LOOK, binding('keep', 'Group keepers')],
      'group "Devs" gains "viewers", "keepers", as "sso:{{SessionName}}": ClusterRole/keep cluster-wide (reads all secrets, exec in all pods), ClusterRole/look cluster-wide',
    ],
    [
      'once, by two bindings of one role',
      [],
      [admin('viewers', 'lookers')],
      [LOOK, binding('look', 'Group lookers')],
      'group "Devs" gains "viewers", "lookers", as "sso:{{SessionName}}": ClusterRole/look cluster-wide',
    ],
  ])('%s', (_, before, after, bindings, note) => {
    expect(told(before, after, bindings)).toEqual([note]);
  });

  test('are those of the groups with variables that a user becomes', () => {
    const note =
      'user "bob" gains "{{SessionName}}-team", as "sso:{{SessionName}}": ClusterRole/look cluster-wide';
    expect(
      told([], [admin('{{SessionName}}-team')], [binding('look', 'Group bob-team')], worldOf([BOB])),
    ).toEqual([note]);
  });
});

describe('a user whom a binding names', () => {
  const ADAS = binding('change', 'User sso:ada-x.org', 'payments');

  test('is told of apart from those with other rights', () => {
    const notes = told([], [admin('viewers')], [LOOK, ADAS], worldOf([ADA, BOB, DEVS]));
    expect(notes).toEqual([
      'group "Devs", user "bob" gain "viewers", as "sso:{{SessionName}}": ClusterRole/look cluster-wide; user "ada@x.org" gains "viewers", as "sso:{{SessionName}}": ClusterRole/change in payments, ClusterRole/look cluster-wide',
    ]);
  });

  test('is told of where a group lets them in, with what the others lack', () => {
    const world = worldOf([DEVS, group('Other', ADA)], [ADA, BOB]);
    const them = 'group "Devs", group "Other"';
    expect(told([], [admin('viewers')], [LOOK, ADAS], world)).toEqual([
      `${them} gain "viewers", as "sso:{{SessionName}}": ClusterRole/look cluster-wide; user "ada@x.org" gains ClusterRole/change in payments`,
    ]);
    expect(told([admin('viewers')], [], [LOOK, ADAS], world)).toEqual([
      `${them} lose "viewers", as "sso:{{SessionName}}": ClusterRole/look cluster-wide; user "ada@x.org" loses ClusterRole/change in payments`,
    ]);
    expect(told([admin('viewers')], [admin('viewers', 'x')], [LOOK, ADAS], world)).toEqual([
      `${them} gain "x" (no binding names it): no more rights`,
    ]);
    const devs = binding('change', 'Group viewers', 'payments');
    expect(told([], [admin('viewers')], [devs, ADAS], world)).toEqual([
      `${them} gain "viewers", as "sso:{{SessionName}}": ClusterRole/change in payments`,
    ]);
  });

  test('gains and loses by another username', () => {
    const renamed = { ...admin('viewers'), username: 'x:{{SessionName}}' };
    const bindings = [LOOK, binding('change', 'User x:bob'), binding('look', 'User sso:bob', 'web')];
    const becomes = '"x:{{SessionName}}" instead of "sso:{{SessionName}}"';
    expect(told([admin('viewers')], [renamed], bindings, worldOf([BOB]))).toEqual([
      `user "bob" becomes ${becomes}: gains ClusterRole/change cluster-wide, loses ClusterRole/look in web`,
    ]);
    expect(told([renamed], [admin('viewers')], [LOOK], worldOf([BOB]))).toEqual([
      'user "bob" becomes "sso:{{SessionName}}" instead of "x:{{SessionName}}"',
    ]);
    // Where groups change too, all that comes or goes is said with them.
    const more = { ...renamed, groups: ['viewers', 'devs'] };
    expect(told([admin('viewers')], [more], bindings, worldOf([BOB]))).toEqual([
      `user "bob" gains "devs" (no binding names it): ClusterRole/change cluster-wide; user "bob" becomes ${becomes}: loses ClusterRole/look in web`,
    ]);
    expect(told([more], [admin('viewers')], bindings, worldOf([BOB]))).toEqual([
      'user "bob" loses "devs" (no binding names it): ClusterRole/change cluster-wide; user "bob" becomes "sso:{{SessionName}}" instead of "x:{{SessionName}}": gains ClusterRole/look in web',
    ]);
  });

  test('who was deleted gains nothing', () => {
    const gone = { ...ADA, name: null };
    expect(told([], [admin('viewers')], [LOOK, ADAS], worldOf([group('Devs', gone)], [gone]))).toEqual([
      'group "Devs" gains "viewers", as "sso:{{SessionName}}": ClusterRole/look cluster-wide',
    ]);
  });
});

describe('administrators by a binding', () => {
  const OPS = binding('ops', 'Group oncall');

  test('stand out in a warning', () => {
    expect(told([], [admin('oncall')], [OPS])).toEqual([
      'group "Devs" gains "oncall", as "sso:{{SessionName}}": ClusterRole/ops cluster-wide (cluster admin)',
      `warning: cluster administrators by a binding, once this change is applied: group "Devs" (ClusterRoleBinding ops-group-oncall at rbac.yaml:21:1)`,
    ]);
  });

  test('members of a group, too', () => {
    expect(
      told([], [admin('viewers')], [LOOK, binding('ops', 'User sso:bob')], worldOf([DEVS], [ADA, BOB]))[1],
    ).toBe(
      `warning: cluster administrators by a binding, once this change is applied: user "bob" (ClusterRoleBinding ops-user-sso-bob at rbac.yaml:27:1)`,
    );
  });

  test.each<[string, Item[], Item[], string[]]>([
    ['not who is one already', [admin('oncall')], [admin('oncall', 'viewers')], [OPS]],
    ['not who is one no longer', [admin('oncall')], [admin('viewers')], [OPS]],
    ['not who is in system:masters', [admin('system:masters')], [admin('oncall')], [OPS]],
    ['not who comes into system:masters as well', [], [admin('system:masters', 'oncall')], [OPS]],
    ['not in one namespace', [], [admin('oncall')], [binding('ops', 'Group oncall', 'payments')]],
    ['not with lesser risks', [], [admin('oncall')], [binding('keep', 'Group oncall')]],
  ])('%s', (_, before, after, bindings) => {
    expect(told(before, after, bindings).filter((text) => text.startsWith('warning'))).toEqual([]);
  });
});
