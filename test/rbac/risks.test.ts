import { describe, expect, it, test } from 'vitest';
import { defaultManifests } from '../../src/rbac/default-roles.ts';
import { parseKubernetesVersion } from '../../src/rbac/kubernetes-version.ts';
import { boundIn } from '../../src/rbac/model.ts';
import { type FoundRisk, risksOf } from '../../src/rbac/risks.ts';
import { RISKS, WAYS } from '../../src/rbac/ways.ts';
import { describeGolden, expectOutcome, goldenFiles } from '../golden-case.ts';
import { authorizerOf, binding, role, rolesOfGroup, rulesOf } from './manifests.ts';
import { PAGE, riskRows } from './risk-table.ts';

const RBAC = 'rbac.authorization.k8s.io';
const CERTIFICATES = 'certificates.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';

/** An admin in namespace payments, and a cluster admin. */
const WORLD = [
  binding('argocd', 'ClusterRole/cluster-admin', ['ServiceAccount payments/argocd']),
  binding('admins', 'ClusterRole/cluster-admin', ['Group platform-admins', 'User root']),
];

/** A role with rules, and its binding to the group `team`. */
const bound = (name: string, rules: string, namespace?: string) => [
  role(name, rulesOf(rules)),
  binding(name, `ClusterRole/${name}`, ['Group team'], namespace),
];

/** The risks of the group `team`, with the default roles of a cluster. */
function risksIn(manifests: readonly string[], version = '1.36'): readonly FoundRisk[] {
  const authorizer = authorizerOf(...manifests);
  const kubernetesVersion = parseKubernetesVersion(version);
  const older = Object.assign(Object.create(authorizer), { kubernetesVersion });
  return risksOf(rolesOfGroup(authorizer, 'team'), older);
}

const names = (risks: readonly FoundRisk[]) => risks.map(({ risk }) => risk);

const TABLE = /^risks(?: in (?<namespace>\S+)| at (?<version>\S+))?$/;
const DEFAULTS = 'default roles';

describeGolden('risks', ['manifests.yaml', DEFAULTS, TABLE], (golden) => {
  const tables = [...golden.sections].filter(([name]) => TABLE.test(name));
  const manifests = golden.sections.get('manifests.yaml');

  it.each(tables)('%s', (name, text) => {
    const { namespace, version } = TABLE.exec(name)?.groups ?? {};
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => {
        const rules = line.replace(/ =>.*/, '');
        const found = names(
          risksIn([...(manifests ? [manifests] : []), ...bound('r', rules, namespace)], version),
        );
        return `${rules} => ${found.join(', ') || 'none'}\n`;
      });
    expectOutcome(golden, { [name]: lines.join('') });
  });

  if (golden.sections.has(DEFAULTS))
    it('come from these roles, and no others', () => {
      const authorizer = authorizerOf(binding('b', 'ClusterRole/view', ['Group team']));
      const all = defaultManifests().roles.filter(({ kind }) => kind === 'ClusterRole');
      expect(all).toHaveLength(73);
      const lines = all.flatMap(({ name }) => {
        const found = authorizer.rbac.roles.find((one) => one.kind === 'ClusterRole' && one.name === name);
        const risks = found ? names(risksOf([boundIn(found, null)], authorizer)) : [];
        return risks.length === 0 ? [] : `${name}: ${risks.join(', ')}\n`;
      });
      expectOutcome(golden, { [DEFAULTS]: lines.join('') });
    });
});

/** Routes to cluster admin that are not detected, and their names on the page. */
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

describe('the page', () => {
  test.each(ON_THE_PAGE)('documents that %s is not detected: %s (%s)', (rules = '', words, namespace) => {
    const [, list = ''] = PAGE.split('## What it cannot see');
    expect(list.replace(/\s+/g, ' ')).toContain(words);
    expect(risksIn([...WORLD, ...bound('r', rules, namespace)])).toEqual([]);
  });

  test('has at least sixty routes in the cases, with every risk', () => {
    const lines = goldenFiles('risks').flatMap(({ golden }) =>
      golden.cases.flatMap(({ sections }) => [...sections.values()].flatMap((text) => text.split('\n'))),
    );
    const risks = lines.flatMap((line) => (line.endsWith('=> none') ? [] : (line.split(' => ')[1] ?? [])));
    expect(risks.length).toBeGreaterThanOrEqual(60);
    expect(new Set(risks.flatMap((text) => text.split(', ')))).toEqual(new Set(Object.keys(RISKS)));
  });

  test('has the same risks as the code', () => {
    const rows = riskRows();
    expect(rows.map(({ risk, text }) => [risk, text])).toEqual(Object.entries(RISKS));
    for (const { rights } of rows) {
      expect(rights).toMatch(/`|the same|all verbs|as above/);
    }
    for (const { since, until } of WAYS) {
      if (since > 0) expect(PAGE).toContain(`since 1.${since}`);
      if (Number.isFinite(until)) expect(PAGE).toContain(`before 1.${until}`);
    }
  });
});

/** Each risk with the role and the binding that grant it. */
const through = (...manifests: readonly string[]) =>
  risksIn(manifests).map(
    ({
      risk,
      through: {
        role: { name },
        binding,
      },
    }) => `${risk} by ${name} (${binding.name})`,
  );

describe('with several roles', () => {
  test('the one that grants the risk is named', () => {
    const roles = [
      bound('harmless', 'get core pods'),
      bound('two', 'list core secrets,x'),
      bound('one', 'get core secrets'),
    ];
    expect(through(...roles.flat())).toEqual(['read-secrets by two (two)']);
    expect(risksOf([], authorizerOf(...WORLD))).toEqual([]);
  });

  test('the first route is named', () => {
    const roles = ['serviceaccounts', 'groups', 'users'].map((name) =>
      bound(name, `impersonate core ${name}`),
    );
    expect(through(...roles.flat())).toEqual(['impersonate by users (users)']);
  });

  test('two are a route together, though neither is alone', () => {
    const sign = bound('sign', `approve ${CERTIFICATES} signers kubernetes.io/kube-apiserver-client`);
    const approve = bound('approve', `patch ${CERTIFICATES} certificatesigningrequests/approval`);
    expect(through(...sign, ...approve)).toEqual(['approve-certificates by approve (approve)']);
  });

  test('a risk in kube-system is not listed in addition to the same cluster-wide risk', () => {
    const system = binding('system', 'ClusterRole/r', ['Group team'], 'kube-system');
    const all = bound('r', 'get core secrets; create core pods/exec');
    expect(through(system, ...all)).toEqual(['read-secrets by r (r)', 'exec by r (r)']);
  });

  test('other permissions of an admin of kube-system are listed', () => {
    const roles = [bound('all', '* * *', 'kube-system'), bound('secrets', 'get core secrets')];
    expect(names(risksIn(roles.flat()))).toEqual(['system-admin', 'read-secrets']);
  });

  test('a group with a user is checked cluster-wide, with a service account in any namespace', () => {
    const found = (resource: string) =>
      names(
        risksIn([
          ...bound('groups', 'impersonate core groups'),
          ...bound('who', `impersonate core ${resource} bob`, 'shop'),
        ]),
      );
    expect(found('users')).toEqual([]);
    expect(found('serviceaccounts')).toEqual(['impersonate']);
  });
});

test('system:masters needs no binding', () => {
  const admin = binding('cluster-admin', 'ClusterRole/cluster-admin', ['Group ops']);
  const manifests = [admin, ...bound('r', 'impersonate core groups,users system:masters')];
  expect(names(risksIn(manifests))).toEqual(['impersonate']);
});

test('every risk has a text', () => {
  expect(Object.values(RISKS).every((text) => text.length > 5)).toBe(true);
});

describe('constrained impersonation', () => {
  /** Actions as someone else are checked where they happen, and their identity where it exists. */
  const found = (become: string, onBehalf: string, places: readonly (string | undefined)[] = []) =>
    names(risksIn([...WORLD, ...bound('become', become, places[0]), ...bound('on', onBehalf, places[1])]));
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

  test('of a group requires a powerful one other than system:masters', () => {
    const rules =
      'impersonate:user-info authentication.k8s.io users bob; impersonate:user-info authentication.k8s.io groups; impersonate-on:user-info:list core secrets';
    const risks = (...others: readonly string[]) => names(risksIn([...others, ...bound('r', rules)]));
    expect(risks()).toEqual([]);
    expect(risks(...WORLD)).toEqual(['impersonate-constrained']);
  });
});

describe('a service account that is powerful', () => {
  const found = (subject: string, roleRef: string, rules: string, namespace?: string) => {
    const manifests = [
      role('tokens', rulesOf('create core serviceaccounts/token')),
      role('harmless', rulesOf('get core pods')),
      binding('powerful', roleRef, [subject]),
    ];
    return risksIn([...manifests, ...bound('r', rules, namespace)]).map(({ text }) => text);
  };

  test('is powerful with any of these permissions', () => {
    const pods = (subject: string, roleRef: string) => found(subject, roleRef, 'create core pods', 'ci');
    expect(pods('ServiceAccount ci/bot', 'ClusterRole/tokens')).toEqual(['may act as ci/bot']);
    expect(pods('User system:serviceaccount:ci:bot', 'ClusterRole/edit')).toEqual(['may act as ci/bot']);
    expect(pods('Group system:serviceaccounts:ci', 'ClusterRole/edit')).toEqual(['may act as ci/*']);
    expect(pods('Group system:serviceaccounts', 'ClusterRole/edit')).toEqual(['may act as ci/*']);
    expect(pods('ServiceAccount ci/bot', 'ClusterRole/harmless')).toEqual([]);
    expect(pods('ServiceAccount other/bot', 'ClusterRole/tokens')).toEqual([]);
    expect(pods('Group ci', 'ClusterRole/tokens')).toEqual([]);
  });

  test('is powerful through others, in any number of steps', () => {
    const through = (...manifests: readonly string[]) => {
      const roles = [
        role('bind', rulesOf(`bind ${RBAC} clusterroles; create ${RBAC} clusterrolebindings`)),
        role('act', rulesOf('impersonate core users deputy')),
      ];
      return risksIn([...roles, ...manifests, ...bound('r', 'create core pods', 'ci')]).map(
        ({ text }) => text,
      );
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

  test('includes a role whose holder can bind a powerful one', () => {
    const binder = (bound: string) =>
      `bind ${RBAC} clusterroles ${bound}; create ${RBAC} clusterrolebindings`;
    const risks = (last: string) => {
      const [two, three] = [role('two', rulesOf(binder('three'))), role('three', rulesOf(binder(last)))];
      return names(risksIn([...bound('one', binder('two')), two, three]));
    };
    expect(risks('edit')).toEqual(['bind']);
    expect(risks('view')).toEqual([]);
    expect(risks('one')).toEqual([]);
  });

  test('counts where someone can grant it to themselves', () => {
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
