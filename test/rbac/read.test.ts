import { describe, expect, test } from 'vitest';
import { readRbacFile } from '../../src/rbac/read.ts';
import { role } from './manifests.ts';

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
        lacksNamespace: false,
        unknownFields: [],
        statesRules: true,
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
        isManaged: false,
        isLive: false,
        lacksNamespace: false,
        unknownFields: [],
        location: { file: 'rbac.yaml', line: 1, column: 1 },
      },
    ]);
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
    expect(read(role('r', [], 'ns', { aggregationRule })).roles[0]?.selectors).toBe(null);
  });

  test('the output of kubectl from a cluster', () => {
    const live = read(READER.replace('name: reader', "name: reader\n  uid: '1'"));
    expect(live.roles.map(({ isLive }) => isLive)).toEqual([true]);
    expect(read(READER, DEVS).bindings.map(({ isLive }) => isLive)).toEqual([false]);
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
