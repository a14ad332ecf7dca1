import { describe, expect, test } from 'vitest';
import { defaultRoles } from '../../src/rbac/default-roles.ts';
import { parseKubernetesVersion } from '../../src/rbac/kubernetes-version.ts';
import { boundIn } from '../../src/rbac/model.ts';
import { risksOf } from '../../src/rbac/risks.ts';
import { RISKS, type Risk, WAYS } from '../../src/rbac/ways.ts';
import { authorizerOf, binding, type Names, role, rolesOfGroup } from './manifests.ts';
import { PAGE, riskRows } from './risk-table.ts';

const RBAC = 'rbac.authorization.k8s.io';
const CERTIFICATES = 'certificates.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';

/** `create,patch apps deployments/scale [names]`; the core group is `core`. */
function rule(written: string): Names {
  const [verbs = '', group = '', resources = '', names] = written.split(' ');
  return {
    verbs: verbs.split(','),
    apiGroups: group.split(',').map((one) => (one === 'core' ? '' : one)),
    resources: resources.split(','),
    ...(names !== undefined && { resourceNames: names.split(',') }),
  };
}

/** An administrator in namespace payments, and one of the cluster. */
const WORLD = [
  binding('argocd', 'ClusterRole/cluster-admin', ['ServiceAccount payments/argocd']),
  binding('admins', 'ClusterRole/cluster-admin', ['Group platform-admins', 'User root']),
];

function risksBy(rules: string, namespace?: string): Risk[] {
  const authorizer = authorizerOf(
    ...WORLD,
    role('r', rules.split('; ').map(rule)),
    binding('b', 'ClusterRole/r', ['Group team'], namespace),
  );
  return risksOf(rolesOfGroup(authorizer, 'team'), authorizer).map(({ risk }) => risk);
}

/**
 * Ways to administrator, as the good practices of Kubernetes, KubiScan, rbac-police and others name them: rules, and where they are
 * bound. They are named, or stand among what the page says that it cannot see.
 */
const NAMED: readonly (readonly [rules: string, risk: Risk, namespace?: string])[] = [
  ['* * *', 'cluster-admin'],
  ['* * *', 'system-admin', 'kube-system'],
  [`escalate,update ${RBAC} clusterroles`, 'escalate'],
  [`escalate,patch ${RBAC} clusterroles`, 'escalate'],
  [`escalate,create ${RBAC} clusterroles`, 'escalate'],
  [`escalate,patch ${RBAC} clusterroles mine`, 'escalate'],
  [`escalate,update ${RBAC} roles`, 'escalate'],
  [`escalate,update ${RBAC} roles`, 'escalate', 'kube-system'],
  [`escalate,update ${RBAC} roles`, 'escalate', 'payments'],
  [`escalate,create,bind ${RBAC} roles; create ${RBAC} rolebindings`, 'escalate', 'payments'],
  [`* ${RBAC} *`, 'escalate'],
  [`bind ${RBAC} clusterroles; create ${RBAC} clusterrolebindings`, 'bind'],
  [`bind ${RBAC} clusterroles cluster-admin; create ${RBAC} clusterrolebindings`, 'bind'],
  [`bind ${RBAC} clusterroles; patch ${RBAC} clusterrolebindings`, 'bind'],
  [`bind ${RBAC} clusterroles; update ${RBAC} clusterrolebindings`, 'bind'],
  [`bind ${RBAC} clusterroles; create ${RBAC} rolebindings`, 'bind'],
  [`bind ${RBAC} clusterroles; create ${RBAC} rolebindings`, 'bind', 'kube-system'],
  [`bind ${RBAC} clusterroles; create ${RBAC} rolebindings`, 'bind', 'payments'],
  [`bind ${RBAC} roles; create ${RBAC} rolebindings`, 'bind', 'kube-system'],
  ['impersonate core users', 'impersonate'],
  ['impersonate core users root', 'impersonate'],
  ['impersonate core users system:kube-controller-manager', 'impersonate'],
  ['impersonate core groups; impersonate core users bob', 'impersonate'],
  ['impersonate core groups system:masters; impersonate core users bob', 'impersonate'],
  ['impersonate core groups platform-admins; impersonate core serviceaccounts x', 'impersonate'],
  ['impersonate core serviceaccounts', 'impersonate'],
  ['impersonate core serviceaccounts argocd', 'impersonate'],
  ['impersonate core serviceaccounts clusterrole-aggregation-controller', 'impersonate'],
  ['impersonate core serviceaccounts', 'impersonate', 'kube-system'],
  ['impersonate core serviceaccounts', 'impersonate', 'payments'],
  ['* core serviceaccounts', 'impersonate'],
  [
    `impersonate:user-info authentication.k8s.io users,groups; impersonate-on:user-info:create ${RBAC} clusterrolebindings`,
    'impersonate-constrained',
  ],
  [
    'impersonate:user-info authentication.k8s.io users; impersonate-on:user-info:list core secrets',
    'impersonate-constrained',
  ],
  [
    'impersonate:serviceaccount authentication.k8s.io serviceaccounts; impersonate-on:serviceaccount:create core serviceaccounts/token',
    'impersonate-constrained',
    'payments',
  ],
  ['create core serviceaccounts/token', 'create-tokens'],
  ['create core serviceaccounts/token argocd', 'create-tokens'],
  ['create core serviceaccounts/token', 'create-tokens', 'kube-system'],
  ['create core serviceaccounts/token', 'create-tokens', 'payments'],
  ['create core secrets; get core secrets mine', 'create-tokens', 'kube-system'],
  ['create core secrets; get core secrets mine', 'create-tokens', 'payments'],
  ['create core secrets; list core secrets mine', 'create-tokens', 'payments'],
  ['create,patch core secrets', 'create-tokens', 'kube-system'],
  [
    `update ${CERTIFICATES} certificatesigningrequests/approval; approve ${CERTIFICATES} signers kubernetes.io/kube-apiserver-client`,
    'approve-certificates',
  ],
  ['patch core configmaps aws-auth', 'edit-aws-auth', 'kube-system'],
  ['update core configmaps', 'edit-aws-auth'],
  ['delete,create core configmaps', 'edit-aws-auth'],
  [`create ${ADMISSION} mutatingwebhookconfigurations`, 'edit-webhooks'],
  [`patch ${ADMISSION} mutatingwebhookconfigurations x`, 'edit-webhooks'],
  [`create ${ADMISSION} mutatingadmissionpolicies,mutatingadmissionpolicybindings`, 'edit-mutating-policies'],
  [`update ${ADMISSION} mutatingadmissionpolicies x`, 'edit-mutating-policies'],
  ['get core secrets', 'read-secrets'],
  ['list core secrets', 'read-secrets'],
  ['watch core secrets', 'read-secrets'],
  ['* core secrets', 'read-secrets'],
  ['get * *', 'read-secrets'],
  ['list core secrets', 'read-system-secrets', 'kube-system'],
  ['create core pods/exec', 'exec'],
  ['create core pods/attach', 'exec'],
  ['patch core pods/ephemeralcontainers', 'exec'],
  ['create core nodes/proxy', 'exec'],
  ['get core nodes/proxy', 'exec'],
  ['create core pods/exec', 'exec-system', 'kube-system'],
  ['create core pods', 'create-pods'],
  ['patch core pods', 'create-pods'],
  ['create core replicationcontrollers', 'create-pods'],
  ['create apps deployments', 'create-pods'],
  ['update apps daemonsets', 'create-pods'],
  ['patch apps statefulsets', 'create-pods'],
  ['create apps replicasets', 'create-pods'],
  ['create batch jobs', 'create-pods'],
  ['create batch cronjobs', 'create-pods'],
  ['create core pods', 'create-system-pods', 'kube-system'],
  ['patch apps deployments coredns', 'create-system-pods', 'kube-system'],
  ['create core pods', 'act-as-account', 'payments'],
  ['create batch jobs', 'act-as-account', 'payments'],
  ['create core pods/exec', 'act-as-account', 'payments'],
  ['get core secrets', 'act-as-account', 'payments'],
];

/** What is not named, and how the page calls it. */
const ON_THE_PAGE: readonly (readonly [rules: string, words: string, namespace?: string])[] = [
  ['create core pods', 'creating pods in other namespaces', 'shop'],
  ['create core persistentvolumes', '`persistentvolumes`'],
  ['patch core namespaces', '`patch namespaces`'],
  ['patch core nodes', 'labels and taints of nodes'],
  ['patch core nodes/status', '`nodes/status`'],
  ['create core pods/binding,bindings', '`pods/binding`'],
  ['delete core pods,pods/eviction,nodes', 'evicting or deleting pods and nodes'],
  ['patch core pods/status', '`pods/status`'],
  ['get core nodes/log', '`nodes/log`'],
  ['patch core secrets', '`patch` or `deletecollection` of secrets'],
  ['deletecollection core secrets', '`patch` or `deletecollection` of secrets'],
  ['create core pods/exec argocd-0', 'exec in pods and nodes by their names'],
  ['patch core configmaps coredns', '`coredns`'],
  ['create apiregistration.k8s.io apiservices', '`apiservices`'],
  ['patch core serviceaccounts', '`patch serviceaccounts`'],
  [
    `patch ${CERTIFICATES} certificatesigningrequests/approval; approve ${CERTIFICATES} signers kubernetes.io/kube-apiserver-client-kubelet`,
    '`kubernetes.io/kube-apiserver-client-kubelet`',
  ],
  [`sign ${CERTIFICATES} signers; patch ${CERTIFICATES} certificatesigningrequests/status`, '`sign`'],
  ['get core secrets argocd-token', 'secrets by their names'],
  [`create ${ADMISSION} validatingwebhookconfigurations`, 'validating webhooks'],
  [`create ${ADMISSION} validatingadmissionpolicies`, 'validating'],
  [`patch ${ADMISSION} mutatingadmissionpolicybindings`, '`mutatingadmissionpolicybindings`'],
  ['create core pods/portforward,pods/proxy,services/proxy', '`pods/portforward`'],
  ['patch core services/status', '`services/status`'],
  ['create core services,endpoints', 'services and endpoints'],
  ['patch apiextensions.k8s.io customresourcedefinitions', '`customresourcedefinitions`'],
  ['create argoproj.io applications', 'custom resources'],
  ['impersonate core users system:node:n1; impersonate core groups system:nodes', 'impersonating nodes'],
  [
    'impersonate:arbitrary-node authentication.k8s.io nodes; impersonate-on:arbitrary-node:get core secrets',
    '`impersonate:arbitrary-node`',
  ],
];

describe('a way to administrator', () => {
  test.each(NAMED)('is named: %s (%s)', (rules = '', risk, namespace) => {
    expect(risksBy(rules, namespace)).toContain(risk);
  });

  test.each(ON_THE_PAGE)('is on the page: %s (%s)', (rules = '', words, namespace) => {
    const [, list = ''] = PAGE.split('## What it cannot see');
    expect(list.replace(/\s+/g, ' ')).toContain(words);
    expect(risksBy(rules, namespace)).toEqual([]);
  });

  test('there are as many as the aim says, and each risk is among them', () => {
    expect(NAMED.length + ON_THE_PAGE.length).toBeGreaterThanOrEqual(60);
    expect(new Set(NAMED.map(([, risk]) => risk))).toEqual(new Set(Object.keys(RISKS)));
  });
});

test('what the page names is what the code names', () => {
  const rows = riskRows();
  expect(rows.map(({ risk, text }) => [risk, text])).toEqual(Object.entries(RISKS));
  for (const { rights, proof } of rows) {
    expect(rights).toMatch(/`|the same|all verbs|as above/);
    expect(proof).toMatch(/^(?:proven|\[documented\]\(https:.+\))$/);
  }
  for (const { since, until } of WAYS) {
    if (since > 0) expect(PAGE).toContain(`since 1.${since}`);
    if (Number.isFinite(until)) expect(PAGE).toContain(`before 1.${until}`);
  }
});

describe('the API server refuses, and nothing is named', () => {
  test.each([
    `escalate ${RBAC} clusterroles,roles`,
    `bind ${RBAC} clusterroles,roles`,
    `bind ${RBAC} clusterroles view; create ${RBAC} clusterrolebindings`,
    `bind ${RBAC} roles; create ${RBAC} clusterrolebindings`,
    `create,update,patch ${RBAC} clusterroles,clusterrolebindings,roles,rolebindings`,
    `escalate ${RBAC} clusterroles view; patch ${RBAC} clusterroles mine`,
    'impersonate core groups',
    'impersonate core groups system:masters',
    'impersonate authentication.k8s.io users,groups',
    'impersonate core users system:serviceaccount:payments:argocd',
    'impersonate core users,groups bob',
    'impersonate:user-info authentication.k8s.io users,groups',
    'impersonate-on:user-info:* core secrets',
    'impersonate:user-info core users; impersonate-on:user-info:list core secrets',
    'impersonate:user-info authentication.k8s.io users,groups system:masters; impersonate-on:user-info:list core secrets',
    'impersonate:user-info authentication.k8s.io users; impersonate-on:user-info:list core pods',
    `impersonate:user-info authentication.k8s.io users; impersonate-on:user-info:create ${ADMISSION} mutatingadmissionpolicies`,
    `impersonate:user-info authentication.k8s.io users; impersonate-on:user-info:create ${RBAC} roles`,
    'impersonate:user-info authentication.k8s.io users; impersonate-on:serviceaccount:list core secrets',
    'get core pods/exec,pods/attach',
    'create core pods/exec db',
    'create core secrets',
    'create core configmaps aws-auth',
    'get core secrets db',
    `create ${ADMISSION} mutatingadmissionpolicies`,
  ])('%s', (rules) => {
    expect(risksBy(rules)).toEqual([]);
  });

  test('in a namespace, what is asked for cluster-wide', () => {
    for (const namespace of ['payments', 'kube-system'])
      for (const rules of [
        'impersonate core users,groups',
        `escalate,patch ${RBAC} clusterroles`,
        `bind ${RBAC} clusterroles; create ${RBAC} clusterrolebindings`,
        `create ${ADMISSION} mutatingwebhookconfigurations`,
        'impersonate:user-info authentication.k8s.io users; impersonate-on:user-info:list core secrets',
      ])
        expect(risksBy(rules, namespace)).toEqual([]);
  });
});

test('a group with a user is asked for cluster-wide, one with a service account in any namespace', () => {
  const found = (resource: string) => {
    const authorizer = authorizerOf(
      role('groups', [rule('impersonate core groups')]),
      role('who', [rule(`impersonate core ${resource} bob`)]),
      binding('groups', 'ClusterRole/groups', ['Group team']),
      binding('who', 'ClusterRole/who', ['Group team'], 'shop'),
    );
    return risksOf(rolesOfGroup(authorizer, 'team'), authorizer).map(({ risk }) => risk);
  };
  expect(found('users')).toEqual([]);
  expect(found('serviceaccounts')).toEqual(['impersonate']);
});

describe('constrained impersonation', () => {
  /** What is done as somebody is asked for where it is done, and who one is where they are. */
  const found = (become: string, onBehalf: string, places: readonly (string | undefined)[] = []) => {
    const [there, here] = places;
    const authorizer = authorizerOf(
      ...WORLD,
      role('become', [rule(become)]),
      role('on', [rule(onBehalf)]),
      binding('become', 'ClusterRole/become', ['Group team'], there),
      binding('on', 'ClusterRole/on', ['Group team'], here),
    );
    return risksOf(rolesOfGroup(authorizer, 'team'), authorizer).map(({ risk }) => risk);
  };
  const USER = 'impersonate:user-info authentication.k8s.io users root';
  const ACCOUNT = 'impersonate:serviceaccount authentication.k8s.io serviceaccounts';

  test.each([
    [USER, 'impersonate-on:user-info:update core configmaps aws-auth', [undefined, 'kube-system']],
    [USER, 'impersonate-on:user-info:create core pods', [undefined, 'kube-system']],
    [USER, 'impersonate-on:user-info:get core secrets', [undefined, 'payments']],
    [USER, `impersonate-on:user-info:patch ${RBAC} clusterrolebindings argo`, []],
    [USER, 'impersonate-on:user-info:get core nodes/proxy', []],
    [ACCOUNT, 'impersonate-on:serviceaccount:get core secrets', ['payments', 'kube-system']],
    [`${ACCOUNT} argocd`, 'impersonate-on:serviceaccount:get core secrets', [undefined, 'kube-system']],
  ] as const)('%s; %s %j', (become, onBehalf, places) => {
    expect(found(become, onBehalf, places)).toEqual(['impersonate-constrained']);
  });

  test.each([
    [
      'impersonate:user-info authentication.k8s.io users bob',
      'impersonate-on:user-info:list core secrets',
      [],
    ],
    [USER, 'impersonate-on:user-info:list core secrets', ['payments', undefined]],
    [USER, 'impersonate-on:user-info:get core secrets', [undefined, 'shop']],
    [ACCOUNT, 'impersonate-on:serviceaccount:get core secrets', ['shop', 'kube-system']],
    [ACCOUNT, 'impersonate-on:user-info:get core secrets', []],
  ] as const)('not %s; %s %j', (become, onBehalf, places) => {
    expect(found(become, onBehalf, places)).toEqual([]);
  });

  test('of a group takes one that is powerful, other than system:masters', () => {
    const rules = [
      rule('impersonate:user-info authentication.k8s.io users bob'),
      rule('impersonate:user-info authentication.k8s.io groups'),
      rule('impersonate-on:user-info:list core secrets'),
    ];
    const risks = (...others: readonly string[]) => {
      const authorizer = authorizerOf(
        ...others,
        role('r', rules),
        binding('b', 'ClusterRole/r', ['Group team']),
      );
      return risksOf(rolesOfGroup(authorizer, 'team'), authorizer).map(({ risk }) => risk);
    };
    expect(risks()).toEqual([]);
    expect(risks(...WORLD)).toEqual(['impersonate-constrained']);
  });
});

describe('by version of Kubernetes', () => {
  const at = (rules: string, version: string) => {
    const manifests = [
      ...WORLD,
      role('r', rules.split('; ').map(rule)),
      binding('b', 'ClusterRole/r', ['Group team']),
    ];
    const authorizer = authorizerOf(...manifests);
    const older = Object.assign(Object.create(authorizer), {
      kubernetesVersion: parseKubernetesVersion(version),
    });
    return risksOf(rolesOfGroup(authorizer, 'team'), older).map(({ risk }) => risk);
  };

  test.each([
    ['get core pods/exec', '1.34', ['exec']],
    ['get core pods/exec', '1.35', []],
    [`create ${ADMISSION} mutatingadmissionpolicies,mutatingadmissionpolicybindings`, '1.35', []],
    [
      `create ${ADMISSION} mutatingadmissionpolicies,mutatingadmissionpolicybindings`,
      '1.36',
      ['edit-mutating-policies'],
    ],
    [
      'impersonate:user-info authentication.k8s.io users; impersonate-on:user-info:list core secrets',
      '1.35',
      [],
    ],
  ])('%s at %s', (rules, version, expected) => {
    expect(at(rules, version)).toEqual(expected);
  });
});

describe('a service account that is powerful', () => {
  const found = (subject: string, roleRef: string, rules: string, namespace?: string) => {
    const authorizer = authorizerOf(
      role('tokens', [rule('create core serviceaccounts/token')]),
      role('harmless', [rule('get core pods')]),
      binding('powerful', roleRef, [subject]),
      role('r', rules.split('; ').map(rule)),
      binding('b', 'ClusterRole/r', ['Group team'], namespace),
    );
    return risksOf(rolesOfGroup(authorizer, 'team'), authorizer).map(({ text }) => text);
  };

  test('is so by any of these rights', () => {
    const pods = (subject: string, roleRef: string) => found(subject, roleRef, 'create core pods', 'ci');
    expect(pods('ServiceAccount ci/bot', 'ClusterRole/tokens')).toEqual(['may act as ci/bot']);
    expect(pods('User system:serviceaccount:ci:bot', 'ClusterRole/edit')).toEqual(['may act as ci/bot']);
    expect(pods('Group system:serviceaccounts:ci', 'ClusterRole/edit')).toEqual(['may act as ci/*']);
    expect(pods('Group system:serviceaccounts', 'ClusterRole/edit')).toEqual(['may act as ci/*']);
    expect(pods('ServiceAccount ci/bot', 'ClusterRole/harmless')).toEqual([]);
    expect(pods('ServiceAccount other/bot', 'ClusterRole/tokens')).toEqual([]);
    expect(pods('Group ci', 'ClusterRole/tokens')).toEqual([]);
  });

  test('is so by others that are powerful, however many it takes', () => {
    const through = (...manifests: readonly string[]) => {
      const authorizer = authorizerOf(
        role('bind', [rule(`bind ${RBAC} clusterroles`), rule(`create ${RBAC} clusterrolebindings`)]),
        role('act', [rule('impersonate core users deputy')]),
        ...manifests,
        role('r', [rule('create core pods')]),
        binding('b', 'ClusterRole/r', ['Group team'], 'ci'),
      );
      return risksOf(rolesOfGroup(authorizer, 'team'), authorizer).map(({ text }) => text);
    };
    expect(through(binding('bot', 'ClusterRole/bind', ['ServiceAccount ci/bot']))).toEqual([
      'may act as ci/bot',
    ]);
    expect(
      through(
        binding('bot', 'ClusterRole/act', ['ServiceAccount ci/bot']),
        binding('deputy', 'ClusterRole/bind', ['User deputy']),
      ),
    ).toEqual(['may act as ci/bot']);
    expect(through(binding('bot', 'ClusterRole/act', ['ServiceAccount ci/bot']))).toEqual([]);
  });

  test('and a role is so, whose holder can bind another that is', () => {
    const binder = (name: string, bound: string) =>
      role(name, [
        { ...rule(`bind ${RBAC} clusterroles`), resourceNames: [bound] },
        rule(`create ${RBAC} clusterrolebindings`),
      ]);
    const risks = (bound: string) => {
      const authorizer = authorizerOf(
        binder('one', 'two'),
        binder('two', 'three'),
        binder('three', bound),
        binding('b', 'ClusterRole/one', ['Group team']),
      );
      return risksOf(rolesOfGroup(authorizer, 'team'), authorizer).map(({ risk }) => risk);
    };
    expect(risks('edit')).toEqual(['bind']);
    expect(risks('view')).toEqual([]);
    expect(risks('one')).toEqual([]);
  });

  test('counts where somebody can give it to themselves', () => {
    const bind = `bind ${RBAC} clusterroles; create ${RBAC} rolebindings`;
    expect(found('ServiceAccount ci/bot', 'ClusterRole/tokens', bind, 'ci')).toEqual([
      'may bind roles in ci',
    ]);
    expect(found('ServiceAccount ci/bot', 'ClusterRole/tokens', bind, 'shop')).toEqual([]);
    const edit = `bind ${RBAC} clusterroles edit; create ${RBAC} rolebindings`;
    expect(found('ServiceAccount ci/bot', 'ClusterRole/tokens', edit, 'ci')).toEqual([
      'may bind roles in ci',
    ]);
    const view = `bind ${RBAC} clusterroles view; create ${RBAC} rolebindings`;
    expect(found('ServiceAccount ci/bot', 'ClusterRole/tokens', view, 'ci')).toEqual([]);
  });
});

/** Those of the default ClusterRoles that make an administrator of whoever is bound to them cluster-wide, with what does. */
const POWERFUL_DEFAULTS = `
admin: impersonate, create-tokens, edit-aws-auth, read-secrets, exec, create-pods
edit: impersonate, create-tokens, edit-aws-auth, read-secrets, exec, create-pods
cluster-admin: cluster-admin
system:aggregate-to-edit: impersonate, create-tokens, edit-aws-auth, read-secrets, exec, create-pods
system:kubelet-api-admin: exec
system:node: create-tokens, read-secrets, create-pods
system:kube-controller-manager: create-tokens, read-secrets
system:controller:clusterrole-aggregation-controller: escalate
system:controller:cronjob-controller: create-pods
system:controller:daemon-set-controller: create-pods
system:controller:deployment-controller: create-pods
system:controller:generic-garbage-collector: edit-aws-auth, edit-webhooks, edit-mutating-policies, read-secrets, exec, create-pods
system:controller:job-controller: create-pods
system:controller:namespace-controller: read-secrets, exec
system:controller:persistent-volume-binder: create-pods
system:controller:replicaset-controller: create-pods
system:controller:replication-controller: create-pods
system:controller:resourcequota-controller: read-secrets
system:controller:root-ca-cert-publisher: edit-aws-auth
system:controller:statefulset-controller: create-pods
`;

test('of the default roles, those are powerful that are', () => {
  const authorizer = authorizerOf(binding('b', 'ClusterRole/view', ['Group team']));
  const all = defaultRoles().filter(({ kind }) => kind === 'ClusterRole');
  expect(all).toHaveLength(69);
  const lines = all.flatMap(({ name }) => {
    const found = authorizer.rbac.roles.find((one) => one.kind === 'ClusterRole' && one.name === name);
    const risks = found ? risksOf([boundIn(found, null)], authorizer) : [];
    return risks.length === 0 ? [] : `${name}: ${risks.map(({ risk }) => risk).join(', ')}`;
  });
  expect(lines).toEqual(POWERFUL_DEFAULTS.trim().split('\n'));
});
