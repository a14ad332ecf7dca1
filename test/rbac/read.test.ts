import { describe, expect, test } from 'vitest';
import { Failure, formatLocation } from '../../src/errors.ts';
import { readRbacFile } from '../../src/rbac/read.ts';
import { binding, role } from './manifests.ts';

const API = 'apiVersion: rbac.authorization.k8s.io/v1';
const HELP =
  'Give what `kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml` prints, or manifests that kubectl can apply.';

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
const JSON_READER = JSON.stringify({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'reader' },
  rules: [],
});
const CRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: roles.example.com}
spec: {names: {kind: Role, plural: roles}}
`;

const read = (...documents: readonly string[]) => readRbacFile(documents.join('---\n'), 'rbac.yaml');

/** The kinds and names of what is read. */
function names(...documents: readonly string[]): string[] {
  const { roles, bindings } = read(...documents);
  return [...roles, ...bindings].map(({ kind, namespace, name }) =>
    [kind, ...(namespace === null ? [] : [namespace]), name].join(' '),
  );
}

function refused(source: string) {
  try {
    readRbacFile(source, 'rbac.yaml');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const [finding] = error.findings;
    const where = finding?.location && formatLocation(finding.location);
    return { exitCode: error.exitCode, where, message: finding?.message, help: finding?.help };
  }
  throw new Error('not refused');
}

const indent = (text: string) => text.trimEnd().replace(/^/gm, '  ').replace(/^ {2}/, '- ');

describe('what is read', () => {
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

  test('all that a rule may have', () => {
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

  test('a subject with the API version that it had in older releases, as far as a server has it', () => {
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

  test('what kubectl has got from a cluster', () => {
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

  test('as missing: null, as in Go', () => {
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

describe('the forms of a file', () => {
  const BOTH = ['ClusterRole reader', 'RoleBinding payments devs'];

  test('several documents, with others in between', () => {
    expect(names(READER, '', CRD, '# nothing\n', DEVS)).toEqual(BOTH);
  });

  test('a List, however nested', () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n${indent(READER)}\n${indent(CRD)}\n${indent(DEVS)}\n`;
    expect(names(list)).toEqual(BOTH);
    expect(names(`apiVersion: v1\nkind: List\nitems:\n${indent(list)}\n`)).toEqual(BOTH);
    expect(read(list).bindings[0]?.location).toEqual({ file: 'rbac.yaml', line: 16, column: 3 });
  });

  test('a typed list, whose items leave their kind out', () => {
    const list = `${API}\nkind: ClusterRoleList\nitems: [{metadata: {name: a}}, {metadata: {name: b}}]\n`;
    expect(names(list)).toEqual(['ClusterRole a', 'ClusterRole b']);
    expect(names('apiVersion: v1\nkind: PodList\nitems: [{metadata: {name: a}}]\n')).toEqual([]);
    expect(names(`apiVersion: v1\nkind: List\nmetadata: {}\nitems: [{metadata: {name: a}}]\n`)).toEqual([]);
  });

  test('JSON, and a stream of it', () => {
    const one = role('reader', []);
    const two = binding('devs', 'ClusterRole/reader', ['Group a'], 'payments');
    expect(names(one)).toEqual(BOTH.slice(0, 1));
    expect(readRbacFile(`${one}\n${two}\n${one}`, 'f').roles).toHaveLength(2);
    const list = JSON.stringify(
      { apiVersion: 'v1', kind: 'List', items: [JSON.parse(one), JSON.parse(two)] },
      null,
      2,
    );
    expect(names(list)).toEqual(BOTH);
    expect(read(list).bindings[0]?.location?.line).toBe(13);
  });

  test('CRLF, a byte order mark, no final newline', () => {
    const text = `\ufeff${READER}---\n${DEVS}`.trimEnd().replaceAll('\n', '\r\n');
    expect(names(text)).toEqual(BOTH);
    expect(read(text).bindings[0]?.location?.line).toBe(10);
  });

  test('anchors, aliases and merge keys', () => {
    const { roles, bindings } = read(
      `kind: List\napiVersion: v1\nitems:\n- &a\n  ${API}\n  kind: ClusterRole\n  metadata: {name: a}\n  rules: &r [{verbs: [get], apiGroups: [apps], resources: [x]}]\n- <<: *a\n  metadata: {name: b}\n- *a\n- ${API}\n  kind: Role\n  metadata: {name: c, namespace: ns}\n  rules: *r\n`,
      `x: &pod {apiVersion: v1, kind: Pod, labels: &l {k: v}}\ny: {<<: *pod}\n`,
      `${API}\nkind: ClusterRoleBinding\nmetadata: &m {name: d}\nroleRef: {kind: ClusterRole, <<: *m}\n`,
    );
    expect(roles.map(({ name, rules }) => [name, rules[0]?.verbs])).toEqual([
      ['a', ['get']],
      ['b', ['get']],
      ['a', ['get']],
      ['c', ['get']],
    ]);
    expect(bindings[0]?.roleRef.name).toBe('d');
  });

  test('a manifest that a merge key brings', () => {
    expect(names(`<<: [${JSON_READER}]\n`)).toEqual(['ClusterRole reader']);
  });

  test('an anchor in what is of another kind', () => {
    const list = `kind: List\napiVersion: v1\nitems:\n- kind: Pod\n  apiVersion: v1\n  metadata: {name: &n a}\n- ${API}\n  kind: ClusterRole\n  metadata: {name: *n}\n`;
    expect(names(list)).toEqual(['ClusterRole a']);
    expect(names(list.replace('&n a', '"&n *x"').replace('*n', 'b'))).toEqual(['ClusterRole b']);
  });
});

describe('what is passed over', () => {
  test('roles of other API groups, and other kinds of this one', () => {
    for (const [apiVersion, kind] of [
      ['iam.example.com/v1', 'Role'],
      ['authorization.openshift.io/v1', 'ClusterRoleBinding'],
      ['rbac.authorization.k8s.io.example.com/v1', 'Role'],
      ['x.rbac.authorization.k8s.io/v1', 'Role'],
      ['v1', 'Role'],
      ['rbac.authorization.k8s.io/v1', 'Roles'],
      ['rbac.authorization.k8s.io/v1', 'role'],
    ])
      expect(names(`apiVersion: ${apiVersion}\nkind: ${kind}\nspec: {a: 1}\n`)).toEqual([]);
    expect(names('kind: Role\nmetadata: {name: a}\n')).toEqual([]);
  });

  test('what is wrong in others', () => {
    expect(names('apiVersion: v1\nkind: Pod\nrules: 7\nmetadata: []\n', READER)).toEqual([
      'ClusterRole reader',
    ]);
    expect(names('- a list\n', 'a string\n', READER)).toEqual(['ClusterRole reader']);
    expect(names('kind: 7\n', 'kind: {}\n', READER)).toEqual(['ClusterRole reader']);
    expect(names('apiVersion: v1\nkind: List\nitems: 7\n', 'apiVersion: v1\nkind: List\n')).toEqual([]);
  });

  test('what kubectl would not take in them: their content is not even kept', () => {
    const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {<<: 7}\n';
    const list = `apiVersion: v1\nkind: List\nitems:\n${indent(pod)}\n${indent(READER)}\n`;
    for (const text of [`${pod}---\n${READER}`, list, `# & *\n${list}`])
      expect(names(text)).toEqual(['ClusterRole reader']);
    expect(refused(READER.replace('rules:', '<<: 7\nrules:'))).toMatchObject({ exitCode: 2 });
  });

  test('what is inside something else, and what is wrong with it', () => {
    const broken = READER.replace('rules:', 'rules: 7\nother:');
    for (const inner of [READER, broken])
      for (const metadata of ['metadata: {name: a}\n', '']) {
        const outer = `apiVersion: example.com/v1\nkind: Template\n${metadata}objects:\n${indent(inner)}\n`;
        expect(names(outer, DEVS)).toEqual(['RoleBinding payments devs']);
        const list = `apiVersion: v1\nkind: List\nitems:\n${indent(DEVS)}\n${indent(outer)}\n`;
        expect(names(list)).toEqual(['RoleBinding payments devs']);
      }
    expect(names(`- ${JSON_READER}\n`, DEVS)).toEqual(['RoleBinding payments devs']);
  });

  test('a manifest in the place of a rule is a rule with other fields', () => {
    const outer = `${READER}  - ${JSON_READER}\n`;
    expect(read(outer).findings).toMatchObject([
      { code: 'rbac-refused', message: expect.stringContaining('unknown field "rules[1].kind"') },
    ]);
  });

  test.each(['v1beta1', 'v1alpha1'])('%s, which no server has any longer', (version) => {
    const manifest = `apiVersion: rbac.authorization.k8s.io/${version}\nkind: ClusterRole\nmetadata: {name: a}\nrules: []\n`;
    expect(names(manifest)).toEqual([]);
    expect(read(manifest).findings).toMatchObject([
      { code: 'rbac-api-version', message: expect.stringContaining(`rbac.authorization.k8s.io/${version}`) },
    ]);
  });
});

describe('what is refused', () => {
  test.each([
    '',
    '# nothing\n',
    '---\n---\n',
    'a: b\n',
    'Error from server\n',
    '<html></html>\n',
    '[]\n',
    '{}',
  ])('what has no manifests: %j', (source) => {
    expect(refused(source)).toEqual({
      exitCode: 2,
      where: 'rbac.yaml',
      message: 'has no Kubernetes manifests',
      help: HELP,
    });
  });

  test('what has no roles is not', () => {
    for (const source of [CRD, 'apiVersion: v1\nkind: List\nitems: []\n'])
      expect(read(source)).toMatchObject({ roles: [], bindings: [] });
  });

  test('invalid YAML, with the way on for a Helm chart', () => {
    expect(refused(`${READER}---\n${DEVS.replace('alice', '{{ .Values.user }}')}`)).toEqual({
      exitCode: 2,
      where: 'rbac.yaml:16:25',
      message: expect.stringMatching(/^invalid YAML: /),
      help: `${HELP}\nOf a Helm chart, give what \`helm template\` prints.`,
    });
    expect(refused('a: [1\n')).toMatchObject({ message: expect.stringMatching(/^invalid YAML: /) });
    expect(refused('{"kind": "List"} {"kind": "List"} {')).toMatchObject({
      message: 'invalid YAML: invalid JSON',
    });
    expect(refused(`${API}\nkind: ClusterRole\nmetadata: {name: *nothing}\n`)).toMatchObject({
      where: 'rbac.yaml:3:18',
      message: 'invalid YAML: the alias *nothing has no anchor before it',
    });
  });

  test.each([
    ['rules: {}', '4:8 rules is a map, expected a list'],
    ['rules: [7]', '4:9 rules[0] is the number "7", expected a map'],
    ['rules: [{}, {verbs: get}]', '4:21 rules[1].verbs is the string "get", expected a list'],
    ['rules: [{verbs: [get, yes]}]', '4:23 rules[0].verbs[1] is the boolean "yes", expected a string'],
    ['rules: [{resources: [7]}]', '4:22 rules[0].resources[0] is the number "7", expected a string'],
    ['rules: [{apiGroups: [{}]}]', '4:22 rules[0].apiGroups[0] is a map, expected a string'],
    ['rules: [{resourceNames: a}]', '4:25 rules[0].resourceNames is the string "a", expected a list'],
    ['rules: [{nonResourceURLs: [[]]}]', '4:28 rules[0].nonResourceURLs[0] is a list, expected a string'],
    ['aggregationRule: []', '4:18 aggregationRule is a list, expected a map'],
    [
      'aggregationRule: {clusterRoleSelectors: [{matchExpressions: [{key: a, operator: Is}]}]}',
      '4:81 aggregationRule.clusterRoleSelectors[0].matchExpressions[0].operator is "Is", expected In, NotIn, Exists or DoesNotExist',
    ],
    [
      'aggregationRule: {clusterRoleSelectors: [{matchExpressions: [{operator: In}]}]}',
      '4:62 aggregationRule.clusterRoleSelectors[0].matchExpressions[0].key is missing',
    ],
    [
      'aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: 1}}]}',
      '4:60 aggregationRule.clusterRoleSelectors[0].matchLabels.a is the number "1", expected a string',
    ],
  ])('a role with %s', (field, expected) => {
    const { exitCode, where, message, help } = refused(
      `${API}\nkind: ClusterRole\nmetadata: {name: a}\n${field}\n`,
    );
    expect(`${where} ${message}`).toBe(`rbac.yaml:${expected}`);
    expect({ exitCode, help }).toEqual({ exitCode: 2, help: HELP });
  });

  test.each([
    ['metadata: {}', '3:11 metadata.name is missing'],
    ['metadata: {name: ""}', '3:11 metadata.name is missing'],
    ['metadata: {name: 7}', '3:18 metadata.name is the number "7", expected a string'],
    ['metadata: {name: a, namespace: 7}', '3:32 metadata.namespace is the number "7", expected a string'],
    [
      'metadata: {name: a, labels: {a: true}}',
      '3:33 metadata.labels.a is the boolean "true", expected a string',
    ],
    ['metadata: name', '3:11 metadata is the string "name", expected a map'],
    ['metadat: {}', '1:1 metadata is missing'],
    ['metadata: {name: a}', '1:1 roleRef is missing'],
    ['metadata: {name: a}\nroleRef: {name: x}', '4:10 roleRef.kind is missing'],
    [
      'metadata: {name: a}\nroleRef: {kind: Roll, name: x}',
      '4:17 roleRef.kind is "Roll", expected Role or ClusterRole',
    ],
    ['metadata: {name: a}\nroleRef: {kind: Role}', '4:10 roleRef.name is missing'],
    [
      'metadata: {name: a}\nroleRef: {kind: Role, name: x}\nsubjects: [{kind: group, name: a}]',
      '5:19 subjects[0].kind is "group", expected User, Group or ServiceAccount',
    ],
    [
      'metadata: {name: a}\nroleRef: {kind: Role, name: x}\nsubjects: [{kind: User}]',
      '5:12 subjects[0].name is missing',
    ],
    [
      'metadata: {name: a}\nroleRef: {kind: Role, name: x}\nsubjects: {kind: User}',
      '5:11 subjects is a map, expected a list',
    ],
  ])('a binding with %s', (fields, expected) => {
    const { where, message } = refused(`${API}\nkind: ClusterRoleBinding\n${fields}\n`);
    expect(`${where} ${message}`).toBe(`rbac.yaml:${expected}`);
  });

  test('hostile names are printed safely', () => {
    for (const name of ['"\\e[31m"', '"a\\nb"', '"\\u202e"']) {
      const { message } = refused(
        `${API}\nkind: ClusterRoleBinding\nmetadata: {name: a}\nroleRef: {kind: ${name}}\n`,
      );
      expect(message).toMatch(/^roleRef\.kind is "[ -~]+", expected/);
    }
    const { message } = refused(`${API}\nkind: ClusterRole\nmetadata: {name: a, labels: {"\\e[31m": 1}}\n`);
    expect(message).toMatch(/^[ -~]+$/);
  });
});

describe('a namespace that is missing', () => {
  test('is the default one, with a warning for all of them', () => {
    const [one, two] = [
      `${API}\nkind: Role\nmetadata: {name: a}\n`,
      `${API}\nkind: RoleBinding\nmetadata: {name: "b\\e[31m", namespace: ""}\nroleRef: {kind: Role, name: a}\n`,
    ];
    expect(names(one, two, READER, DEVS)).toEqual([
      'Role default a',
      'ClusterRole reader',
      'RoleBinding default b\u001b[31m',
      'RoleBinding payments devs',
    ]);
    expect(read(READER, one, two).findings).toEqual([
      {
        severity: 'warning',
        code: 'rbac-no-namespace',
        message:
          'no namespace, so read as of namespace "default", where kubectl puts it: Role a, RoleBinding b\\u{1b}[31m (line 14)',
        location: { file: 'rbac.yaml', line: 10, column: 1 },
        help: 'Add metadata.namespace if it belongs to another.',
      },
    ]);
    expect(read(READER, DEVS).findings).toEqual([]);
  });

  test('of a kind that has none is none', () => {
    expect(names(`${API}\nkind: ClusterRole\nmetadata: {name: a, namespace: b}\n`)).toEqual([
      'ClusterRole a',
    ]);
  });
});

describe('a kind of RBAC with the apiVersion of another', () => {
  const HELP_OF_API = 'If it is meant for RBAC, write apiVersion: rbac.authorization.k8s.io/v1.';
  const wrong = (version: string, more = 'roleRef: {}') =>
    `${version}kind: ClusterRoleBinding\nmetadata: {name: ops}\n${more}\n`;
  const said = (...documents: readonly string[]) =>
    read(DEVS, ...documents).findings.map(({ message, location }) => [
      location && formatLocation(location),
      message,
    ]);
  const UNREAD = 'not read, because the apiVersion is not that of RBAC: ClusterRoleBinding ops';

  test('is not passed over in silence', () => {
    expect(read(DEVS, wrong('apiVersion: v1\n')).findings).toEqual([
      {
        severity: 'warning',
        code: 'rbac-api-version',
        message: `${UNREAD} ("v1")`,
        location: { file: 'rbac.yaml', line: 11, column: 1 },
        help: HELP_OF_API,
      },
    ]);
    expect(names(DEVS, wrong('apiVersion: v1\n'))).toEqual(['RoleBinding payments devs']);
  });

  test('has none, or a list has it', () => {
    expect(said(wrong(''))).toEqual([['rbac.yaml:11:1', `${UNREAD} (no apiVersion)`]]);
    const list = `apiVersion: v1\nkind: List\nitems:\n${indent(wrong('apiVersion: rbac/v1\n'))}\n`;
    expect(said(list)).toEqual([['rbac.yaml:14:3', `${UNREAD} ("rbac/v1")`]]);
    expect(said(`kind: RoleList\napiVersion: v1\nitems:\n- {metadata: {}, rules: []}\n`)).toEqual([
      ['rbac.yaml:14:3', 'not read, because the apiVersion is not that of RBAC: Role (no name) ("v1")'],
    ]);
  });

  test('is named with the others', () => {
    const role = 'apiVersion: v1\nkind: ClusterRole\nmetadata: {name: "a\\u001b"}\naggregationRule: {}\n';
    expect(said(wrong('apiVersion: v1\n'), role)).toEqual([
      ['rbac.yaml:11:1', `${UNREAD} ("v1"), ClusterRole a\\u{1b} ("v1") (line 16)`],
    ]);
  });

  test('may be meant for something else', () => {
    const crossplane =
      'apiVersion: iam.aws.crossplane.io/v1beta1\nkind: Role\nmetadata: {name: x}\nspec: {rules: []}\n';
    expect(said(crossplane, CRD)).toEqual([]);
  });
});
