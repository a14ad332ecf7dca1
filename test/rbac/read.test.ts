import { describe, expect, test } from 'vitest';
import { readRbacFile } from '../../src/rbac/read.ts';
import { binding, role } from './manifests.ts';

const API = 'apiVersion: rbac.authorization.k8s.io/v1';
const READER = `${API}
kind: ClusterRole
metadata:
  name: reader
rules:
  - apiGroups: [""]
    resources: [pods, pods/log]
    verbs: [get]
`;
const DEVS = `${API}
kind: RoleBinding
metadata: {name: devs, namespace: payments}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects:
  - {kind: Group, name: developers, apiGroup: rbac.authorization.k8s.io}
  - {kind: User, name: alice}
  - {kind: ServiceAccount, name: bot}
  - {kind: ServiceAccount, name: ci, namespace: tools}
`;
const read = (...documents: readonly string[]) => readRbacFile(documents.join('---\n'), 'rbac.yaml');

// Other forms, and rejected manifests, are in test/golden/rbac.
describe('reads', () => {
  test('a role', () => {
    expect(read(READER).roles).toEqual([
      {
        kind: 'ClusterRole',
        name: 'reader',
        namespace: null,
        labels: new Map(),
        rules: [
          {
            verbs: ['get'],
            apiGroups: [''],
            resources: ['pods', 'pods/log'],
            resourceNames: [],
            nonResourceURLs: [],
          },
        ],
        selectors: null,
        isLive: false,
        applied: { rules: true, aggregationRule: false, labels: new Set() },
        location: { file: 'rbac.yaml', line: 1, column: 1 },
      },
    ]);
  });

  test('everything that a rule can have', () => {
    const resources = {
      verbs: ['a'],
      apiGroups: ['b'],
      resources: ['c'],
      resourceNames: ['d'],
      nonResourceURLs: [],
    };
    const paths = { verbs: ['a'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['/e'] };
    expect(read(role('r', [resources, paths])).roles[0]?.rules).toEqual([resources, paths]);
  });

  test('a binding and its subjects', () => {
    expect(read(DEVS).bindings).toEqual([
      {
        kind: 'RoleBinding',
        name: 'devs',
        namespace: 'payments',
        roleRef: { kind: 'ClusterRole', name: 'reader' },
        subjects: [
          { kind: 'Group', name: 'developers', namespace: null },
          { kind: 'User', name: 'alice', namespace: null },
          { kind: 'ServiceAccount', name: 'bot', namespace: null },
          { kind: 'ServiceAccount', name: 'ci', namespace: 'tools' },
        ],
        isLive: false,
        location: { file: 'rbac.yaml', line: 1, column: 1 },
      },
    ]);
  });

  test('a subject with the API version of older releases, if it comes from a server', () => {
    const live = DEVS.replace('metadata: {', "metadata: {uid: '1', ");
    const older = live.replace(
      '{kind: User,',
      '{kind: User, apiVersion: rbac.authorization.k8s.io/v1alpha1,',
    );
    expect(older).not.toBe(live);
    expect(read(older).bindings).toEqual(read(live).bindings);
    expect(read(older).bindings[0]?.subjects).toHaveLength(4);
    const json = binding('b', 'ClusterRole/r', ['User alice']);
    const refused = read(json.replace('{"kind":"User"', '{"apiVersion":"v1","kind":"User"'));
    expect(refused.bindings).toEqual([]);
    expect(refused.findings).toMatchObject([{ code: 'rbac-refused' }]);
  });

  test('the labels and the aggregation rule of a ClusterRole', () => {
    const aggregationRule = {
      clusterRoleSelectors: [
        { matchLabels: { a: 'b' } },
        {
          matchExpressions: [
            { key: 'k', operator: 'In', values: ['v'] },
            { key: 'l', operator: 'Exists' },
          ],
        },
      ],
    };
    const metadata = { name: 'all', labels: { x: 'y' } };
    const [first] = read(role('r', [], undefined, { metadata, aggregationRule })).roles;
    expect(first?.labels).toEqual(new Map([['x', 'y']]));
    expect(first?.selectors).toEqual([
      { matchLabels: new Map([['a', 'b']]), matchExpressions: [] },
      {
        matchLabels: new Map(),
        matchExpressions: [
          { key: 'k', operator: 'In', values: ['v'] },
          { key: 'l', operator: 'Exists', values: [] },
        ],
      },
    ]);
    expect(read(role('r', [], 'ns', { aggregationRule })).roles).toEqual([]);
  });

  test('the output of kubectl from a cluster', () => {
    const object = (kind: string, uid: object) => {
      const metadata = { name: 'x', namespace: 'ns', ...uid };
      const roleRef = { kind: 'Role', name: 'x' };
      return `${JSON.stringify({ apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata, roleRef })}\n`;
    };
    const kinds = ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'];
    const { live, roles } = read(...kinds.map((kind) => object(kind, { uid: '1' })));
    expect([...live]).toEqual(['Role ns/x', 'ClusterRole x', 'RoleBinding ns/x', 'ClusterRoleBinding x']);
    expect(roles.map(({ isLive }) => isLive)).toEqual([true, true]);
    expect(read(...kinds.map((kind) => object(kind, {}))).live.size).toBe(0);
  });

  test('null as missing, like Go', () => {
    const { roles, bindings } = read(
      `${API}\nkind: ClusterRole\nmetadata: {name: a, labels: null}\nrules: null\naggregationRule: null\n`,
      `${API}\nkind: Role\nmetadata: {name: b, namespace: ns}\nrules: [{verbs: [get], apiGroups: [''], resources: [pods], resourceNames: null, nonResourceURLs: ~}]\n`,
      `${API}\nkind: ClusterRoleBinding\nmetadata: {name: c}\nroleRef: {kind: ClusterRole, name: a}\nsubjects: null\n`,
      `${API}\nkind: ClusterRoleBinding\nmetadata: {name: d}\nroleRef: {kind: ClusterRole, name: a}\n`,
    );
    expect(roles.map(({ rules, selectors }) => [rules, selectors])).toEqual([
      [[], null],
      [
        [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: [], nonResourceURLs: [] }],
        null,
      ],
    ]);
    expect(bindings.map(({ subjects }) => subjects)).toEqual([[], []]);
  });
});

test('CRLF, a byte order mark, no final newline', () => {
  const text = `\ufeff${READER}---\n${DEVS}`.trimEnd().replaceAll('\n', '\r\n');
  expect(read(text).roles.map(({ name }) => name)).toEqual(['reader']);
  expect(read(text).bindings[0]?.location?.line).toBe(10);
});
