import { describe, expect, it, test } from 'vitest';
import { defaultManifests } from '../../src/rbac/default-roles.ts';
import { parseKubernetesVersion } from '../../src/rbac/kubernetes-version.ts';
import { type AwsAuthState, awsAuthState, boundIn } from '../../src/rbac/model.ts';
import { type FoundRisk, possibleRisks, risksOf } from '../../src/rbac/risks.ts';
import { RISKS, WAYS } from '../../src/rbac/ways-to-admin.ts';
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
  ['create core pods', 'creating pods or workloads in other namespaces', 'shop'],
  ['create core persistentvolumes', '`persistentvolumes`'],
  ['patch core namespaces', '`namespaces` (Pod Security)'],
  ['patch core nodes', 'labels or taints'],
  ['patch core nodes/status', '`nodes/status`'],
  ['create core pods/binding,bindings', '`pods/{portforward,proxy,binding,status}`'],
  ['create apps deployments', 'creating pods or workloads in other namespaces', 'shop'],
  ['create core nodes', 'creating them'],
  ['get core nodes/checkpoint', '`nodes/{log,checkpoint}`'],
  ['patch apps controllerrevisions', '`controllerrevisions`'],
  ['use policy podsecuritypolicies', '`use podsecuritypolicies`'],
  ['update core secrets', 'changing those of other programs'],
  ['create core secrets', 'bootstrap tokens', 'kube-system'],
  ['get core pods/log', 'credentials in logs'],
  [
    `create ${CERTIFICATES} certificatesigningrequests,certificatesigningrequests/nodeclient`,
    '`certificatesigningrequests/nodeclient`',
  ],
  [`attest ${CERTIFICATES} signers; create ${CERTIFICATES} clustertrustbundles`, '`clustertrustbundles`'],
  [`create ${CERTIFICATES} podcertificaterequests`, '`podcertificaterequests`'],
  [
    'create storage.k8s.io storageclasses,csidrivers,volumeattachments',
    '`{storageclasses,csidrivers,volumeattachments}`',
  ],
  ['create resource.k8s.io resourceclaims', '`resourceclaims` and their `{status,binding}`'],
  [
    'create resource.k8s.io deviceclasses,resourceslices; create node.k8s.io runtimeclasses',
    '`{deviceclasses,resourceslices,runtimeclasses}`',
  ],
  ['create core serviceaccounts', '`serviceaccounts` and tokens (IRSA, Pod Identity)'],
  [
    `delete ${ADMISSION} validatingwebhookconfigurations,validatingadmissionpolicies,mutatingwebhookconfigurations`,
    'deleting any webhook or policy',
  ],
  ['patch discovery.k8s.io endpointslices', 'endpointslices'],
  ['create networking.k8s.io ingresses,networkpolicies', 'ingresses,networkpolicies'],
  ['create gateway.networking.k8s.io httproutes', 'Gateway API'],
  [
    'patch core configmaps extension-apiserver-authentication',
    '`extension-apiserver-authentication`',
    'kube-system',
  ],
  ['update coordination.k8s.io leases', '`leases`', 'kube-system'],
  ['create eks.services.k8s.aws accessentries', 'ACK'],
  ['create kustomize.toolkit.fluxcd.io kustomizations', 'Flux'],
  [
    'impersonate core users alice,mallory; impersonate core groups readers',
    'impersonating a user and a group that are powerful only together',
  ],
  ['delete core pods,pods/eviction,nodes', 'deleting pods and nodes'],
  ['patch core pods/status', '`pods/{portforward,proxy,binding,status}`'],
  ['get core nodes/log', '`nodes/{log,checkpoint}`'],
  ['create core pods/exec argocd-0', 'exec in pods and nodes by their names'],
  ['patch core configmaps coredns', '`coredns`'],
  ['create apiregistration.k8s.io apiservices', '`apiservices`'],
  ['patch core serviceaccounts', '`serviceaccounts` and tokens (IRSA, Pod Identity)'],
  [
    `patch ${CERTIFICATES} certificatesigningrequests/approval; approve ${CERTIFICATES} signers kubernetes.io/kube-apiserver-client-kubelet`,
    '`kubernetes.io/kube-apiserver-client-kubelet`',
  ],
  [`sign ${CERTIFICATES} signers; patch ${CERTIFICATES} certificatesigningrequests/status`, '`sign`'],
  ['get core secrets argocd-token', 'reading them by name'],
  [`create ${ADMISSION} validatingwebhookconfigurations`, 'validating webhooks'],
  [`create ${ADMISSION} validatingadmissionpolicies`, 'validating'],
  [`patch ${ADMISSION} mutatingadmissionpolicybindings`, '`mutatingadmissionpolicybindings`'],
  ['create core pods/portforward,pods/proxy,services/proxy', '`services/proxy`'],
  ['patch core services/status', '`services/status`'],
  ['create core services,endpoints', '`{services,endpoints,'],
  ['patch apiextensions.k8s.io customresourcedefinitions', '`customresourcedefinitions`'],
  ['create argoproj.io applications', 'custom resources'],
  ['impersonate core users system:node:n1; impersonate core groups system:nodes', 'impersonating nodes'],
  [
    'impersonate:arbitrary-node authentication.k8s.io nodes; impersonate-on:arbitrary-node:get core secrets',
    '`impersonate:{arbitrary,associated}-node`',
  ],
];

describe('the page', () => {
  test.each(ON_THE_PAGE)('documents that %s is not detected: %s (%s)', (rules = '', words, namespace) => {
    const [, list = ''] = PAGE.split('## Longer routes to cluster admin');
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

describe('aws-auth', () => {
  const texts = (state: AwsAuthState, verbs: string, ...names: readonly string[]) => {
    const authorizer = authorizerOf(
      ...bound('r', [verbs, 'core configmaps', ...names].join(' '), 'kube-system'),
    ).withAwsAuth(state);
    return risksOf(rolesOfGroup(authorizer, 'team'), authorizer).map(({ text }) => text);
  };
  const edit = 'may edit aws-auth';

  test.each([
    ['update', [edit], [`${edit} unless the authentication mode is API`], [`${edit} if it exists`]],
    ['create', [], [], ['may create aws-auth if it is missing']],
    ['create,patch', [edit], [`${edit} unless the authentication mode is API`], [edit]],
    ['create,delete', [edit], [`${edit} unless the authentication mode is API`], [edit]],
    ['delete', [], [], []],
    ['get', [], [], []],
  ] as const)('with %s counts by the mode, and by what is there', (verbs, counts, mayCount, mayExist) => {
    expect(texts('counts', verbs)).toEqual(counts);
    expect(texts('may count', verbs)).toEqual(mayCount);
    expect(texts('may exist', verbs)).toEqual(mayExist);
    expect(texts('ignored', verbs)).toEqual([]);
  });

  test('has no name when it is created', () => {
    expect(texts('may exist', 'create', 'aws-auth')).toEqual([]);
  });

  test('does not count for impersonators where it is ignored', () => {
    const rules =
      'impersonate:user-info authentication.k8s.io users; impersonate-on:user-info:update core configmaps';
    const authorizer = authorizerOf(...bound('r', rules));
    const found = (state: AwsAuthState) => {
      const cluster = authorizer.withAwsAuth(state);
      return names(risksOf(rolesOfGroup(cluster, 'team'), cluster));
    };
    expect(found('counts')).toEqual(['impersonate-constrained']);
    expect(found('ignored')).toEqual([]);
  });

  test.each([
    [true, undefined, 'may count'],
    [false, null, 'may count'],
    [true, 'CONFIG_MAP', 'counts'],
    [false, 'API_AND_CONFIG_MAP', 'may exist'],
    [true, 'API', 'ignored'],
  ] as const)('given: %s, mode: %s', (isGiven, mode, state) => {
    expect(awsAuthState(isGiven, mode)).toBe(state);
  });
});

describe('constrained impersonation', () => {
  /** Actions as someone else are checked where they happen, and their identity where it exists. */
  const found = (become: string, onBehalf: string, places: readonly (string | undefined)[] = []) =>
    names(risksIn([...WORLD, ...bound('become', become, places[0]), ...bound('on', onBehalf, places[1])]));
  const USER = 'impersonate:user-info authentication.k8s.io users root';
  const ACCOUNT = 'impersonate:serviceaccount authentication.k8s.io serviceaccounts';
  const POLICIES = 'mutatingadmissionpolicies';

  test.each([
    [USER, 'impersonate-on:user-info:update core configmaps aws-auth', [undefined, 'kube-system']],
    [USER, 'impersonate-on:user-info:create core pods', [undefined, 'kube-system']],
    [USER, 'impersonate-on:user-info:get core secrets', [undefined, 'payments']],
    [USER, `impersonate-on:user-info:patch ${RBAC} clusterrolebindings argo`, []],
    [USER, 'impersonate-on:user-info:get core nodes/proxy', []],
    [USER, `impersonate-on:user-info:update ${CERTIFICATES} certificatesigningrequests/approval`, []],
    [USER, `impersonate-on:user-info:create ${ADMISSION} ${POLICIES},mutatingadmissionpolicybindings`, []],
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
    [USER, `impersonate-on:user-info:create ${ADMISSION} ${POLICIES}`, []],
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

  test('makes roles there powerful that nobody else has a step with, in any number of bindings', () => {
    const rules = `bind ${RBAC} clusterroles; create ${RBAC} rolebindings`;
    expect(found('ServiceAccount ci/bot', 'ClusterRole/cluster-admin', rules, 'ci')).toEqual([
      'may bind roles in ci',
    ]);
    const binder = (name: string) => `bind ${RBAC} clusterroles ${name}; create ${RBAC} rolebindings`;
    const chain = [2, 3, 4].map((index) => role(`r${index}`, rulesOf(binder(`r${index + 1}`))));
    const risks = (last: string) => {
      const admin = binding('bot', 'ClusterRole/cluster-admin', ['ServiceAccount ci/bot']);
      return risksIn([admin, ...chain, role('r5', rulesOf(last)), ...bound('r', binder('r2'), 'ci')]).map(
        ({ text }) => text,
      );
    };
    expect(risks('create core serviceaccounts/token')).toEqual(['may bind roles in ci']);
    expect(risks('create core serviceaccounts')).toEqual([]);
  });

  test('has what its groups have', () => {
    const parts = [
      role('b1', rulesOf(`bind ${RBAC} clusterroles`)),
      role('b2', rulesOf(`create ${RBAC} clusterrolebindings`)),
    ];
    const risks = (one: string, other: string, namespace = 'ci') =>
      risksIn([
        ...parts,
        binding('b1', 'ClusterRole/b1', [one]),
        binding('b2', 'ClusterRole/b2', [other]),
        ...bound('r', 'create core serviceaccounts/token', namespace),
      ]).map(({ text }) => text);
    const may = ['may create service account tokens in ci'];
    expect(risks('ServiceAccount ci/bot', 'ServiceAccount ci/bot')).toEqual(may);
    expect(risks('ServiceAccount ci/bot', 'Group system:serviceaccounts:ci')).toEqual(may);
    expect(risks('ServiceAccount ci/bot', 'Group system:serviceaccounts')).toEqual(may);
    expect(risks('ServiceAccount ci/bot', 'Group system:authenticated')).toEqual(may);
    expect(risks('Group system:serviceaccounts:ci', 'Group system:serviceaccounts')).toEqual(may);
    expect(risks('Group system:serviceaccounts', 'Group system:authenticated')).toEqual(may);
    expect(risks('ServiceAccount ci/bot', 'ServiceAccount ci/other')).toEqual([]);
    expect(risks('ServiceAccount ci/bot', 'Group system:serviceaccounts:shop')).toEqual([]);
    expect(risks('ServiceAccount ci/bot', 'Group system:unauthenticated')).toEqual([]);
    expect(risks('ServiceAccount ci/bot', 'Group system:serviceaccounts:ci', 'shop')).toEqual([]);
  });
});

test('the roles of all names in a session add up', () => {
  const authorizer = authorizerOf(
    role('b1', rulesOf(`bind ${RBAC} clusterroles`)),
    role('b2', rulesOf(`create ${RBAC} clusterrolebindings`)),
    binding('b1', 'ClusterRole/b1', ['User ci:deploy', 'User ci:erin-example.com']),
    binding('b2', 'ClusterRole/b2', ['Group grp:deploy', 'Group grp:test', 'Group raw:erin@example.com']),
    binding('raw', 'ClusterRole/b1', ['Group raw:erin-example.com']),
  );
  const risks = (username: string, ...groups: readonly string[]) => {
    const { own, callers, everybody } = authorizer.rightsOf({ username, groups });
    return names(possibleRisks(own, callers(), everybody, authorizer));
  };
  expect(risks('ci:{{SessionName}}', 'grp:{{SessionName}}')).toEqual(['bind']);
  expect(risks('ci:{{SessionName}}', 'grp:test')).toEqual(['bind']);
  expect(risks('ci:deploy', 'grp:{{SessionName}}')).toEqual(['bind']);
  expect(risks('ci:{{SessionName}}', 'raw:{{SessionNameRaw}}')).toEqual(['bind']);
  expect(risks('ci:{{SessionName}}', 'g{{SessionName}}:deploy')).toEqual([]);
  expect(risks('raw:{{SessionNameRaw}}', 'raw:{{SessionNameRaw}}')).toEqual([]);
});
