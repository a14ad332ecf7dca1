import { describe, expect, test } from 'vitest';
import { combineRbac } from '../../src/rbac/combine.ts';
import { readRbacFile } from '../../src/rbac/read.ts';

const API = 'rbac.authorization.k8s.io';
const RULE = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };

function manifest(kind: string, content: object, more: object = {}): string {
  const isNamespaced = kind === 'Role' || kind === 'RoleBinding';
  const metadata = { name: 'one', ...(isNamespaced && { namespace: 'ns' }), ...more };
  return JSON.stringify({ apiVersion: `${API}/v1`, kind, metadata, ...content });
}

const role = (rule: object, kind = 'ClusterRole') => manifest(kind, { rules: [RULE, { ...RULE, ...rule }] });
const aggregating = (selector: object) =>
  manifest('ClusterRole', { aggregationRule: { clusterRoleSelectors: [selector] } });
const binding = (subject: object, roleRef: object = {}, kind = 'ClusterRoleBinding') =>
  manifest(kind, {
    roleRef: { kind: 'ClusterRole', name: 'edit', ...roleRef },
    subjects: [{ kind: 'Group', name: 'devs', ...subject }],
  });

describe('the API server refuses', () => {
  test.each<[string, string, string]>([
    ['a rule without verbs', role({ verbs: [] }), 'rules[1] has no verbs'],
    ['a rule without API groups', role({ apiGroups: [] }), 'rules[1] has no apiGroups'],
    ['a rule without resources', role({ resources: [] }), 'rules[1] has no resources'],
    [
      'paths beside resources',
      role({ nonResourceURLs: ['/metrics'] }),
      'rules[1] has both resources and nonResourceURLs',
    ],
    [
      'paths in a namespace',
      role({ apiGroups: [], resources: [], nonResourceURLs: ['/metrics'] }, 'Role'),
      'rules[1] has nonResourceURLs, which only a ClusterRole can have',
    ],
    [
      'an aggregation rule without selectors',
      manifest('ClusterRole', { aggregationRule: {} }),
      'aggregationRule has no clusterRoleSelectors',
    ],
    [
      'Exists with values',
      aggregating({ matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] }),
      'clusterRoleSelectors[0]: operator Exists takes no values',
    ],
    [
      'In without values',
      aggregating({ matchExpressions: [{ key: 'a', operator: 'In' }] }),
      'clusterRoleSelectors[0]: operator In needs values',
    ],
    [
      'a label that is none',
      aggregating({ matchLabels: { 'a b': 'c' } }),
      'clusterRoleSelectors[0]: "a b" is no name of a label',
    ],
    [
      'labels of its own that are none',
      manifest('ClusterRole', { rules: [] }, { labels: { a: 'b+c' } }),
      'metadata.labels: "b+c" is no value of a label',
    ],
    ['an unknown field', manifest('ClusterRole', { rule: [] }), 'unknown field "rule"'],
    ['one of a rule', role({ resourceName: ['x'] }), 'unknown field "rules[1].resourceName"'],
    [
      'one of a selector, which would select all',
      aggregating({ matchLabel: { a: 'b' } }),
      'unknown field "aggregationRule.clusterRoleSelectors[0].matchLabel"',
    ],
    ['one of a subject', binding({ apiVersion: 'v1' }), 'unknown field "subjects[0].apiVersion"'],
    ['one of a roleRef', binding({}, { apiVersion: 'v1' }), 'unknown field "roleRef.apiVersion"'],
    ['one of the metadata', manifest('ClusterRole', {}, { label: {} }), 'unknown field "metadata.label"'],
    [
      'an aggregation rule in a Role',
      manifest('Role', { aggregationRule: { clusterRoleSelectors: [{}] } }),
      'unknown field "aggregationRule"',
    ],
    [
      'a subject of another API group',
      binding({ apiGroup: 'v1' }),
      `subjects[0].apiGroup is "v1", expected "${API}"`,
    ],
    [
      'a role of another API group',
      binding({}, { apiGroup: 'v1' }),
      `roleRef.apiGroup is "v1", expected "${API}"`,
    ],
    [
      'a service account without a namespace',
      binding({ kind: 'ServiceAccount' }),
      'subjects[0].namespace is missing',
    ],
    [
      'a service account of an API group',
      binding({ kind: 'ServiceAccount', namespace: 'ns', apiGroup: API }),
      `subjects[0].apiGroup is "${API}", expected ""`,
    ],
    [
      'a service account that can have no such name',
      binding({ kind: 'ServiceAccount', namespace: 'ns', name: 'A_b' }),
      'subjects[0].name: "A_b" is no name of a service account',
    ],
    [
      'a name that is no segment of a path',
      binding({}, { name: 'a/b' }),
      `roleRef.name: "a/b" is no name: it can't be . or .., or contain / or %`,
    ],
    [
      'a name of its own that is none',
      manifest('ClusterRole', { rules: [] }, { name: '..' }),
      `metadata.name: ".." is no name: it can't be . or .., or contain / or %`,
    ],
  ])('%s', (_, text, problem) => {
    const { roles, bindings, findings } = readRbacFile(text, 'rbac.yaml');
    expect([...roles, ...bindings]).toEqual([]);
    expect(findings).toMatchObject([
      { code: 'rbac-refused', severity: 'warning', location: { file: 'rbac.yaml', line: 1, column: 1 } },
    ]);
    expect(findings[0]?.message).toContain(`(${problem})`);
  });

  test('another role in a binding that the cluster has', () => {
    const text = manifest(
      'ClusterRoleBinding',
      {
        roleRef: { kind: 'ClusterRole', name: 'edit' },
        subjects: [{ kind: 'Group', name: 'devs' }],
      },
      { name: 'cluster-admin' },
    );
    const { authorizer, findings } = combineRbac([readRbacFile(text, 'rbac.yaml')]);
    expect(authorizer.isBound('Group', 'devs')).toBe(false);
    expect(authorizer.isBound('Group', 'system:masters')).toBe(true);
    expect(findings).toMatchObject([
      {
        code: 'rbac-refused',
        message: expect.stringContaining(
          "ClusterRoleBinding cluster-admin (its roleRef is ClusterRole cluster-admin already, and can't change)",
        ),
      },
      { code: 'rbac-no-bindings' },
    ]);
  });
});

test('a roleRef that changes from one manifest to the next is refused, and the first stays', () => {
  const bound = (name: string) => binding({}, { name });
  const { authorizer, findings } = combineRbac([
    readRbacFile(bound('cluster-admin'), 'one.yaml'),
    readRbacFile(bound('view'), 'two.yaml'),
  ]);
  expect([...authorizer.ofName('Group', 'devs').roles.values()].flat().map(({ role }) => role.name)).toEqual([
    'cluster-admin',
  ]);
  expect(findings).toMatchObject([
    {
      code: 'rbac-refused',
      location: { file: 'two.yaml' },
      message: expect.stringContaining("its roleRef is ClusterRole cluster-admin already, and can't change"),
    },
    { code: 'rbac-default-roles' },
  ]);
});

describe('the API server takes', () => {
  test.each<[string, string]>([
    ['subjects that state their API group, or none', binding({ apiGroup: API })],
    ['an empty API group', binding({ apiGroup: '' }, { apiGroup: '' })],
    [
      'a service account of the namespace of its binding',
      binding({ kind: 'ServiceAccount' }, {}, 'RoleBinding'),
    ],
    ['any name of a user', binding({ kind: 'User', name: 'a/b%../ü' })],
    ['names with colons and spaces', manifest('ClusterRole', { rules: [] }, { name: 'a:b c' })],
    ['paths alone', manifest('ClusterRole', { rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }] })],
    ['labels with prefixes', manifest('ClusterRole', { rules: [] }, { labels: { 'acme.io/x': '', y: 'z' } })],
    ['a selector of all roles', aggregating({})],
    ['null for an empty string', role({ apiGroups: [null], resourceNames: [null] })],
    [
      'null for an empty selector',
      manifest('ClusterRole', { aggregationRule: { clusterRoleSelectors: [null] } }),
    ],
    ['null for no label', manifest('ClusterRole', { rules: null }, { labels: { a: null } })],
  ])('%s', (_, text) => {
    const { roles, bindings, findings } = readRbacFile(text, 'rbac.yaml');
    expect([...roles, ...bindings]).toHaveLength(1);
    expect(findings).toEqual([]);
  });

  test('whatever a server has already', () => {
    const text = manifest('ClusterRole', { rules: [{ verbs: [] }] }, { uid: '1' });
    expect(readRbacFile(text, 'rbac.yaml').roles).toHaveLength(1);
  });
});
