import { describe, expect, test } from 'vitest';
import { combineRbac } from '../../src/rbac/combine.ts';
import { defaultBindings, defaultRoles } from '../../src/rbac/default-roles.ts';
import type { Binding } from '../../src/rbac/model.ts';
import { readRbacFile } from '../../src/rbac/read.ts';
import { allows, binding, role, rolesOf } from './manifests.ts';

const verb = (name: string) => [{ verbs: [name], apiGroups: [''], resources: ['pods'] }];
const HELP =
  'Give what `kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml` prints, or manifests that kubectl can apply.';
const READER = role('reader', verb('get'));
const BOUND = binding('b', 'ClusterRole/reader', ['Group team']);

/** Files of one manifest a line, by name. */
function combined(files: Readonly<Record<string, readonly string[]>>) {
  return combineRbac(Object.entries(files).map(([name, lines]) => readRbacFile(lines.join('\n'), name)));
}

function rolesNamed(name: string, files: Readonly<Record<string, readonly string[]>>) {
  const { roles } = combined(files).authorizer.rbac;
  return roles.filter((one) => one.name === name).flatMap(({ rules }) => rules.flatMap(({ verbs }) => verbs));
}

function live(manifest: string): string {
  const object = JSON.parse(manifest);
  return JSON.stringify({ ...object, metadata: { ...object.metadata, uid: '1' } });
}

const SIGNER = 'system:controller:bootstrap-signer';
/** What every cluster has, by which all of it is known to be there. */
const OF_CLUSTER = {
  clusterRole: live(role('cluster-admin', [])),
  clusterRoleBinding: live(binding('cluster-admin', 'ClusterRole/cluster-admin', ['Group system:masters'])),
  publicRole: live(role(SIGNER, [], 'kube-public')),
  systemRole: live(role(SIGNER, [], 'kube-system')),
  publicBinding: live(binding(SIGNER, `Role/${SIGNER}`, ['ServiceAccount a/b'], 'kube-public')),
  systemBinding: live(binding(SIGNER, `Role/${SIGNER}`, ['ServiceAccount a/b'], 'kube-system')),
};

test('what is in order needs no word', () => {
  expect(combined({ a: [READER], b: [BOUND] }).findings).toEqual([]);
});

test('what single files say comes first', () => {
  const lost = binding('lost', 'ClusterRole/reader', ['User u'], '');
  expect(combined({ a: [READER, lost] }).findings).toMatchObject([{ code: 'rbac-no-namespace' }]);
});

describe('the same name again', () => {
  test('replaces the one before, with a warning', () => {
    const files = {
      one: [READER, BOUND, role('reader', verb('list'))],
      two: [role('reader', verb('watch'))],
    };
    expect(rolesNamed('reader', files)).toEqual(['watch']);
    expect(combined(files).findings).toEqual([
      {
        severity: 'warning',
        code: 'rbac-duplicate',
        message:
          'defined again further on, and the last definition is used: ClusterRole reader, ClusterRole reader (line 3)',
        location: { file: 'one', line: 1, column: 1 },
        help: 'Remove the others; of several clusters, give the files of one at a time.',
      },
    ]);
  });

  test('counts for bindings, too', () => {
    const again = binding('b', 'ClusterRole/reader', ['Group others']);
    const { authorizer, findings } = combined({ a: [READER, BOUND, again] });
    expect(authorizer.isBound('Group', 'team')).toBe(false);
    expect(authorizer.isBound('Group', 'others')).toBe(true);
    expect(findings).toMatchObject([
      { code: 'rbac-duplicate', message: expect.stringContaining('ClusterRoleBinding b') },
    ]);
  });

  test('needs no word where nothing differs', () => {
    expect(
      combined({ a: [READER, BOUND], b: [READER, BOUND], c: [live(READER), ...Object.values(OF_CLUSTER)] })
        .findings,
    ).toEqual([]);
  });

  test('differs by labels, for they decide what is taken in', () => {
    const metadata = { name: 'reader', labels: { a: 'b' } };
    expect(
      combined({ a: [READER, BOUND, role('reader', verb('get'), undefined, { metadata })] }).findings,
    ).toMatchObject([{ code: 'rbac-duplicate' }]);
  });

  test('is another of another kind or namespace', () => {
    const files = {
      a: [READER, role('reader', verb('a'), 'one'), role('reader', verb('b'), 'two'), BOUND],
      b: [binding('b', 'Role/reader', ['Group x'], 'one')],
    };
    expect(combined(files).findings).toEqual([]);
    expect(rolesNamed('reader', files)).toEqual(['get', 'a', 'b']);
  });
});

describe('a role that does not exist', () => {
  test('is named with its bindings', () => {
    const bindings = [
      BOUND,
      binding('x', 'ClusterRole/gone\u001b[31m', ['Group a']),
      binding('y', 'Role/reader', ['Group a'], 'payments'),
      binding('z\u001b[31m', 'ClusterRole/gone', ['Group a']),
    ];
    expect(combined({ a: [READER, ...bindings] }).findings).toEqual([
      {
        severity: 'warning',
        code: 'rbac-dangling',
        message:
          'the role of these bindings does not exist, so they grant nothing: ClusterRoleBinding x (ClusterRole gone\\u{1b}[31m), RoleBinding payments/y (Role reader) (line 4), ClusterRoleBinding z\\u{1b}[31m (ClusterRole gone) (line 5)',
        location: { file: 'a', line: 3, column: 1 },
        help: 'Create the role or delete the binding; if the cluster has the role, give its manifest with --rbac, too.',
      },
    ]);
  });
});

describe('no bindings', () => {
  test('are a warning', () => {
    expect(combined({ 'a.yaml': [READER], 'b.yaml': [READER] }).findings).toEqual([
      {
        severity: 'warning',
        code: 'rbac-no-bindings',
        message:
          'no RoleBinding or ClusterRoleBinding in a.yaml, b.yaml: nobody but system:masters has rights',
        help: HELP,
      },
    ]);
  });
});

describe('the roles that every cluster has', () => {
  const toEdit = binding('e', 'ClusterRole/edit', ['Group team'], 'payments');

  test('are known, and those that are bound are named', () => {
    const more = [
      binding('v', 'ClusterRole/view', ['Group team']),
      toEdit,
      binding('f', 'ClusterRole/edit', ['User u']),
    ];
    const { authorizer, findings } = combined({ a: more });
    expect(rolesOf(authorizer, { username: 'x', groups: ['team'] }).map((one) => one.role.name)).toEqual(
      expect.arrayContaining(['edit', 'view']),
    );
    expect(findings).toEqual([
      {
        severity: 'note',
        code: 'rbac-default-roles',
        message:
          'roles that the files do not have are those of Kubernetes 1.36: ClusterRole edit, ClusterRole view',
      },
    ]);
  });

  test('a Role for metrics servers is among them', () => {
    const name = 'Role/extension-apiserver-authentication-reader';
    expect(
      combined({ a: [binding('m', name, ['ServiceAccount a/b'], 'kube-system')] }).findings,
    ).toMatchObject([{ code: 'rbac-default-roles' }]);
    expect(combined({ a: [binding('m', name, ['ServiceAccount a/b'], 'other')] }).findings).toMatchObject([
      { code: 'rbac-dangling' },
    ]);
  });

  test('are those of the cluster where it is known', () => {
    const all = live(role('cluster-admin', verb('*')));
    const { authorizer, findings } = combined({ a: [all, toEdit] });
    const namesOf = (kind: string) =>
      authorizer.rbac.roles.filter((one) => one.kind === kind).map(({ name }) => name);
    expect(namesOf('ClusterRole')).toEqual(['cluster-admin']);
    expect(namesOf('Role')).toContain('extension-apiserver-authentication-reader');
    expect(findings).toMatchObject([{ code: 'rbac-dangling' }, { code: 'rbac-partial' }]);
    expect(authorizer.isBound('Group', 'system:masters')).toBe(true);
    const bindings = live(binding('cluster-admin', 'ClusterRole/edit', ['Group ops']));
    expect([...combined({ a: [bindings] }).authorizer.boundNames('Group')]).toEqual(['ops']);
  });

  test('give everybody what they give in a cluster', () => {
    const { authorizer } = combined({ a: [READER, BOUND] });
    const anybody = { username: 'x', groups: [] };
    const path = (verb: string, path: string) => allows(authorizer, anybody, { verb, path });
    expect([path('get', '/healthz'), path('get', '/apis/apps'), path('post', '/healthz')]).toEqual([
      true,
      true,
      false,
    ]);
    const review = {
      verb: 'create',
      apiGroup: 'authorization.k8s.io',
      subresource: null,
      name: null,
      namespace: null,
    };
    expect(allows(authorizer, anybody, { ...review, resource: 'selfsubjectaccessreviews' })).toBe(true);
    expect(allows(authorizer, anybody, { ...review, resource: 'subjectaccessreviews' })).toBe(false);
  });

  test('give the built-in users of the control plane their rights', () => {
    const { authorizer } = combined({ a: [READER, BOUND] });
    const secrets = {
      verb: 'list',
      apiGroup: '',
      resource: 'secrets',
      subresource: null,
      name: null,
      namespace: 'kube-system',
    };
    const account = (name: string) => `system:serviceaccount:kube-system:${name}`;
    const may = ['system:kube-controller-manager', account('bootstrap-signer'), account('other')].map(
      (username) => allows(authorizer, { username, groups: [] }, secrets),
    );
    expect(may).toEqual([true, true, false]);
  });

  test('let whoever may edit change what the old group of the API has, and who may view read it', () => {
    const { authorizer } = combined({
      a: [
        binding('e', 'ClusterRole/edit', ['Group editors']),
        binding('v', 'ClusterRole/view', ['Group viewers']),
      ],
    });
    const may = (group: string, verb: string, resource: string) =>
      allows(
        authorizer,
        { username: 'x', groups: [group] },
        { verb, apiGroup: 'extensions', resource, subresource: null, name: null, namespace: 'a' },
      );
    for (const resource of ['daemonsets', 'deployments', 'ingresses', 'networkpolicies', 'replicasets']) {
      const verbs = (group: string) =>
        ['get', 'create', 'patch', 'delete'].filter((verb) => may(group, verb, resource));
      expect([resource, verbs('editors'), verbs('viewers')]).toEqual([
        resource,
        ['get', 'create', 'patch', 'delete'],
        ['get'],
      ]);
    }
  });

  test('are all there', () => {
    expect(new Set(defaultRoles().map(({ name }) => name))).toContain('system:auth-delegator');
    const known = new Set(defaultRoles().map(({ kind, name, namespace }) => `${kind} ${namespace} ${name}`));
    const roleOf = ({ roleRef: { kind, name }, namespace }: Binding) =>
      `${kind} ${kind === 'Role' ? namespace : null} ${name}`;
    expect(defaultBindings().filter((binding) => !known.has(roleOf(binding)))).toEqual([]);
    expect(defaultRoles().filter(({ location }) => location !== null)).toEqual([]);
  });
});

test('a ClusterRoleBinding to a Role can never grant anything, whether the Role is there or not', () => {
  const files = {
    a: [
      role('local', verb('get'), 'payments'),
      binding('one', 'Role/local', ['Group team']),
      binding('two', 'Role/gone', ['Group team']),
      binding('three', 'ClusterRole/gone', ['Group team']),
      binding('four', 'Role/gone', ['Group team'], 'payments'),
    ],
  };
  expect(combined(files).findings).toMatchObject([
    {
      code: 'rbac-dangling',
      message:
        'the role of these bindings does not exist, so they grant nothing: ClusterRoleBinding three (ClusterRole gone), RoleBinding payments/four (Role gone) (line 5)',
    },
    {
      code: 'rbac-role-everywhere',
      message:
        'a ClusterRoleBinding takes no Role, so these grant nothing: ClusterRoleBinding one (Role local), ClusterRoleBinding two (Role gone) (line 3)',
      location: { file: 'a', line: 2, column: 1 },
      help: 'Bind the Role in its namespace with a RoleBinding, or make it a ClusterRole.',
    },
  ]);
});

describe('output of kubectl that is not of the whole cluster', () => {
  const said = (files: Readonly<Record<string, readonly string[]>>) =>
    combined(files).findings.filter(({ code }) => code === 'rbac-partial');

  test.each([
    ['clusterRole', 'ClusterRoles'],
    ['clusterRoleBinding', 'ClusterRoleBindings'],
    // Such as with -n kube-system.
    ['publicRole', 'Roles'],
    ['systemRole', 'Roles'],
    ['publicBinding', 'RoleBindings'],
    ['systemBinding', 'RoleBindings'],
  ] as const)('lacks %s', (name, kinds) => {
    const others = Object.entries(OF_CLUSTER).flatMap(([one, text]) => (one === name ? [] : text));
    expect(said({ live: [live(BOUND), ...others] })).toEqual([
      {
        severity: 'warning',
        code: 'rbac-partial',
        message: `live: not all ${kinds} of the cluster, not even those that every cluster has, so people may have more rights than are shown`,
        help: 'Get all of them from all namespaces: `kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml`, without a name, -n or -l.',
      },
    ]);
  });

  test('has no kind but one', () => {
    const files = { git: [READER], live: [OF_CLUSTER.publicBinding, OF_CLUSTER.systemBinding] };
    expect(said(files)).toMatchObject([
      { message: expect.stringMatching(/^live: not all Roles, ClusterRoles, ClusterRoleBindings of/) },
    ]);
  });

  test('may be in several files', () => {
    const { publicBinding, ...others } = OF_CLUSTER;
    expect(said({ a: [publicBinding], b: Object.values(others) })).toEqual([]);
  });

  test('is nothing that Git could have', () => {
    expect(said({ git: [READER, BOUND, role(SIGNER, [], 'kube-system')] })).toEqual([]);
  });

  test('has no word where there is no binding at all: that is said already', () => {
    expect(combined({ live: [live(READER)] }).findings).toMatchObject([{ code: 'rbac-no-bindings' }]);
  });
});
