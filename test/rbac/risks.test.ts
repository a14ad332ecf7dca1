import { describe, expect, test } from 'vitest';
import { risksOf } from '../../src/rbac/risks.ts';
import { RISKS } from '../../src/rbac/ways.ts';
import { authorizerOf, binding, type Names, role, rolesOfGroup } from './manifests.ts';

/** The risks in one rule, bound in a namespace or everywhere. */
function risks(rule: Names, namespace?: string): string[] {
  const authorizer = authorizerOf(
    role('r', [rule]),
    binding('b', 'ClusterRole/r', ['Group team'], namespace),
  );
  return risksOf(rolesOfGroup(authorizer, 'team'), authorizer).map(({ risk }) => risk);
}

const RBAC = { apiGroups: ['rbac.authorization.k8s.io'] };
const CORE = { apiGroups: [''] };
const CERTIFICATES = { apiGroups: ['certificates.k8s.io'] };
const ADMISSION = { apiGroups: ['admissionregistration.k8s.io'] };
const CSR = 'certificatesigningrequests';

describe('everywhere', () => {
  test.each<[string, Names, readonly string[]]>([
    ['any verb on anything', { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, ['cluster-admin']],
    ['with more', { verbs: ['get', '*'], apiGroups: ['', '*'], resources: ['pods', '*'] }, ['cluster-admin']],
    ['escalate alone', { ...RBAC, verbs: ['escalate'], resources: ['clusterroles'] }, []],
    ...['create', 'update', 'patch'].map((verb): [string, Names, string[]] => [
      `escalate and ${verb}`,
      { ...RBAC, verbs: ['escalate', verb], resources: ['clusterroles'] },
      ['escalate'],
    ]),
    ['escalate and read', { ...RBAC, verbs: ['escalate', 'get'], resources: ['clusterroles'] }, []],
    ['escalate roles', { ...RBAC, verbs: ['escalate', 'patch'], resources: ['roles'] }, ['escalate']],
    ['escalate roles alone', { ...RBAC, verbs: ['escalate'], resources: ['roles'] }, []],
    ['bind alone', { ...RBAC, verbs: ['bind'], resources: ['clusterroles'] }, []],
    ['write bindings alone', { ...RBAC, verbs: ['create', 'patch'], resources: ['*'] }, []],
    ...['create', 'update', 'patch'].map((verb): [string, Names, string[]] => [
      `bind and ${verb}`,
      { ...RBAC, verbs: ['bind', verb], resources: ['clusterroles', 'clusterrolebindings'] },
      ['bind'],
    ]),
    [
      'bind the administrator',
      { ...RBAC, verbs: ['bind', 'patch'], resources: ['*'], resourceNames: ['cluster-admin'] },
      ['bind'],
    ],
    ['bind another', { ...RBAC, verbs: ['bind', 'patch'], resources: ['*'], resourceNames: ['view'] }, []],
    ['bind roles', { ...RBAC, verbs: ['bind', 'create'], resources: ['roles', 'rolebindings'] }, ['bind']],
    ['any verb on roles', { ...RBAC, verbs: ['*'], resources: ['*'] }, ['escalate', 'bind']],
    ['impersonate users', { ...CORE, verbs: ['impersonate'], resources: ['users'] }, ['impersonate']],
    ['impersonate groups', { ...CORE, verbs: ['impersonate'], resources: ['groups'] }, []],
    [
      'impersonate masters',
      {
        ...CORE,
        verbs: ['impersonate'],
        resources: ['groups', 'users'],
        resourceNames: ['system:masters'],
      },
      ['impersonate'],
    ],
    [
      'impersonate a group',
      { ...CORE, verbs: ['impersonate'], resources: ['groups'], resourceNames: ['dev'] },
      [],
    ],
    [
      'impersonate service accounts',
      { ...CORE, verbs: ['impersonate'], resources: ['serviceaccounts'] },
      ['impersonate'],
    ],
    ['write configmaps', { ...CORE, verbs: ['update'], resources: ['configmaps'] }, ['edit-aws-auth']],
    [
      'patch aws-auth',
      { ...CORE, verbs: ['patch'], resources: ['configmaps'], resourceNames: ['aws-auth'] },
      ['edit-aws-auth'],
    ],
    ['patch another', { ...CORE, verbs: ['patch'], resources: ['configmaps'], resourceNames: ['other'] }, []],
    ['read configmaps', { ...CORE, verbs: ['get'], resources: ['configmaps'] }, []],
    ['get secrets', { ...CORE, verbs: ['get'], resources: ['secrets'] }, ['read-secrets']],
    ['list secrets', { ...CORE, verbs: ['list'], resources: ['secrets'] }, ['read-secrets']],
    ['watch secrets', { ...CORE, verbs: ['watch'], resources: ['secrets'] }, ['read-secrets']],
    ['create secrets', { ...CORE, verbs: ['create'], resources: ['secrets'] }, []],
    ['one secret', { ...CORE, verbs: ['get'], resources: ['secrets'], resourceNames: ['db'] }, []],
    [
      'secrets of no name, listed',
      { ...CORE, verbs: ['list'], resources: ['secrets'], resourceNames: [''] },
      ['read-secrets'],
    ],
    [
      'secrets of no name, one by one',
      { ...CORE, verbs: ['get'], resources: ['secrets'], resourceNames: [''] },
      [],
    ],
    ['pods of no name', { ...CORE, verbs: ['create'], resources: ['pods/exec'], resourceNames: [''] }, []],
    [
      'roles of no name',
      { ...RBAC, verbs: ['escalate'], resources: ['clusterroles'], resourceNames: [''] },
      [],
    ],
    ['exec', { ...CORE, verbs: ['create'], resources: ['pods/exec'] }, ['exec']],
    ['exec by a socket', { ...CORE, verbs: ['get'], resources: ['pods/exec'] }, []],
    ['pods', { ...CORE, verbs: ['create', 'get'], resources: ['pods', 'pods/log'] }, ['create-pods']],
    ['reading pods', { ...CORE, verbs: ['get', 'delete'], resources: ['pods', 'pods/log'] }, []],
    ['states of pods', { ...CORE, verbs: ['patch'], resources: ['pods/status', 'pods/binding'] }, []],
    ...['create', 'update', 'patch'].map((verb): [string, Names, string[]] => [
      `${verb} deployments`,
      { apiGroups: ['apps'], verbs: [verb], resources: ['deployments'] },
      ['create-pods'],
    ]),
    [
      'a deployment',
      { apiGroups: ['apps'], verbs: ['patch'], resources: ['deployments'], resourceNames: ['web'] },
      ['create-pods'],
    ],
    ['jobs', { apiGroups: ['batch'], verbs: ['create'], resources: ['cronjobs'] }, ['create-pods']],
    ['how many pods', { apiGroups: ['apps'], verbs: ['patch'], resources: ['deployments/scale'] }, []],
    [
      'secrets for tokens',
      { ...CORE, verbs: ['create', 'get'], resources: ['secrets'] },
      ['create-tokens', 'read-secrets'],
    ],
    [
      'all of the core',
      { ...CORE, verbs: ['*'], resources: ['*'] },
      ['impersonate', 'create-tokens', 'edit-aws-auth', 'read-secrets', 'exec', 'create-pods'],
    ],
    ['attach', { ...CORE, verbs: ['create'], resources: ['pods/attach'] }, ['exec']],
    ['attach by a socket', { ...CORE, verbs: ['get'], resources: ['pods/attach'] }, []],
    [
      'containers for debugging',
      { ...CORE, verbs: ['patch'], resources: ['pods/ephemeralcontainers'] },
      ['exec'],
    ],
    [
      'containers for debugging, as a whole',
      { ...CORE, verbs: ['update'], resources: ['pods/ephemeralcontainers'] },
      ['exec'],
    ],
    ['looking at such', { ...CORE, verbs: ['get'], resources: ['pods/ephemeralcontainers'] }, []],
    ['exec in one pod', { ...CORE, verbs: ['create'], resources: ['pods/exec'], resourceNames: ['db'] }, []],
    ['the kubelet', { ...CORE, verbs: ['create'], resources: ['nodes/proxy'] }, ['exec']],
    ['the kubelet by a socket', { ...CORE, verbs: ['get'], resources: ['nodes/proxy'] }, ['exec']],
    ['other parts of nodes', { ...CORE, verbs: ['get', 'patch'], resources: ['nodes', 'nodes/status'] }, []],
    ['tokens', { ...CORE, verbs: ['create'], resources: ['serviceaccounts/token'] }, ['create-tokens']],
    ['service accounts', { ...CORE, verbs: ['create'], resources: ['serviceaccounts'] }, []],
    [
      'tokens of a name',
      { ...CORE, verbs: ['create'], resources: ['serviceaccounts/token'], resourceNames: ['x'] },
      [],
    ],
    [
      'escalate a role',
      { ...RBAC, verbs: ['escalate', 'patch'], resources: ['clusterroles'], resourceNames: ['mine'] },
      ['escalate'],
    ],
    [
      'bind admin',
      { ...RBAC, verbs: ['bind', 'update'], resources: ['*'], resourceNames: ['admin'] },
      ['bind'],
    ],
    ['bind none', { ...RBAC, verbs: ['bind', 'update'], resources: ['*'], resourceNames: ['gone'] }, []],
    [
      'bind a role',
      { ...RBAC, verbs: ['bind', 'update'], resources: ['roles', 'rolebindings'], resourceNames: ['x'] },
      [],
    ],
    [
      'replace configmaps',
      { ...CORE, verbs: ['create', 'delete'], resources: ['configmaps'] },
      ['edit-aws-auth'],
    ],
    [
      'replace all configmaps',
      { ...CORE, verbs: ['create', 'deletecollection'], resources: ['configmaps'] },
      ['edit-aws-auth'],
    ],
    ['create configmaps', { ...CORE, verbs: ['create'], resources: ['configmaps'] }, []],
    ['delete configmaps', { ...CORE, verbs: ['delete', 'deletecollection'], resources: ['configmaps'] }, []],
    // No request to create an object is allowed by its name.
    [
      'replace aws-auth',
      { ...CORE, verbs: ['create', 'delete'], resources: ['configmaps'], resourceNames: ['aws-auth'] },
      [],
    ],
    ['approve requests alone', { ...CERTIFICATES, verbs: ['patch'], resources: [`${CSR}/approval`] }, []],
    ['approve as signers alone', { ...CERTIFICATES, verbs: ['approve'], resources: ['signers'] }, []],
    [
      'approve certificates',
      { ...CERTIFICATES, verbs: ['update', 'approve'], resources: [`${CSR}/approval`, 'signers'] },
      ['approve-certificates'],
    ],
    ...['create', 'update', 'patch'].map((verb): [string, Names, string[]] => [
      `${verb} webhooks`,
      { ...ADMISSION, verbs: [verb], resources: ['mutatingwebhookconfigurations'] },
      ['edit-webhooks'],
    ]),
    [
      'patch a webhook',
      { ...ADMISSION, verbs: ['patch'], resources: ['mutatingwebhookconfigurations'], resourceNames: ['x'] },
      ['edit-webhooks'],
    ],
    ['read webhooks', { ...ADMISSION, verbs: ['get'], resources: ['mutatingwebhookconfigurations'] }, []],
    ['reading anything', { verbs: ['get'], apiGroups: ['*'], resources: ['*'] }, ['read-secrets', 'exec']],
    [
      'anything of one name',
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: ['x'] },
      ['escalate', 'edit-webhooks', 'edit-mutating-policies', 'create-pods'],
    ],
    ['any path', { verbs: ['*'], nonResourceURLs: ['*'] }, []],
    [
      'any verb of one group',
      { verbs: ['*'], apiGroups: ['networking.k8s.io', 'policy'], resources: ['*'] },
      [],
    ],
    ['any verb on one resource', { verbs: ['*'], apiGroups: ['*'], resources: ['services'] }, []],
  ])('%s', (_, rule, expected) => {
    expect(risks(rule)).toEqual(expected);
  });
});

describe('in a namespace', () => {
  const ALL = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
  const EVERY_CORE = { ...CORE, verbs: ['*'], resources: ['*'] };

  test('nothing is everywhere, but aws-auth and the service accounts of the cluster are in kube-system', () => {
    expect(risks(ALL, 'payments')).toEqual([]);
    expect(risks(ALL, 'kube-system')).toEqual(['system-admin']);
    expect(risks(EVERY_CORE, 'payments')).toEqual([]);
    expect(risks(EVERY_CORE, 'kube-system')).toEqual([
      'impersonate',
      'create-tokens',
      'edit-aws-auth',
      'read-system-secrets',
      'exec-system',
      'create-system-pods',
    ]);
  });

  test.each<[string, Names, readonly string[]]>([
    ['users', { ...CORE, verbs: ['impersonate'], resources: ['users', 'groups'] }, []],
    [
      'service accounts',
      { ...CORE, verbs: ['impersonate'], resources: ['serviceaccounts'] },
      ['impersonate'],
    ],
    [
      'one of the service accounts',
      { ...CORE, verbs: ['impersonate'], resources: ['serviceaccounts'], resourceNames: ['x'] },
      [],
    ],
    ['roles', { ...RBAC, verbs: ['*'], resources: ['roles', 'rolebindings'] }, ['escalate', 'bind']],
    [
      'a role',
      { ...RBAC, verbs: ['escalate', 'patch'], resources: ['roles'], resourceNames: ['x'] },
      ['escalate'],
    ],
    [
      'one role, and another',
      { ...RBAC, verbs: ['escalate'], resources: ['roles'], resourceNames: ['x'] },
      [],
    ],
    [
      'cluster roles',
      {
        ...RBAC,
        verbs: ['escalate', 'bind', 'patch'],
        resources: ['clusterroles', 'rolebindings', 'clusterrolebindings'],
      },
      ['bind'],
    ],
    ['secrets', { ...CORE, verbs: ['list'], resources: ['secrets'] }, ['read-system-secrets']],
    ['a secret', { ...CORE, verbs: ['get'], resources: ['secrets'], resourceNames: ['x'] }, []],
    ['attach', { ...CORE, verbs: ['create'], resources: ['pods/attach'] }, ['exec-system']],
    ['pods', { ...CORE, verbs: ['create'], resources: ['pods'] }, ['create-system-pods']],
    ['ephemeral', { ...CORE, verbs: ['patch'], resources: ['pods/ephemeralcontainers'] }, ['exec-system']],
    ['nodes', { ...CORE, verbs: ['create'], resources: ['nodes/proxy'] }, []],
    ['webhooks', { ...ADMISSION, verbs: ['*'], resources: ['*'] }, []],
    ['certificates', { ...CERTIFICATES, verbs: ['*'], resources: ['*'] }, []],
    [
      'aws-auth',
      { ...CORE, verbs: ['update'], resources: ['configmaps'], resourceNames: ['aws-auth'] },
      ['edit-aws-auth'],
    ],
  ])('kube-system: %s', (_, rule, expected) => {
    expect(risks(rule, 'kube-system')).toEqual(expected);
    expect(risks(rule, 'payments')).toEqual([]);
  });

  test('what is in kube-system needs no word beside the same everywhere', () => {
    const authorizer = authorizerOf(
      role('r', [
        { ...CORE, verbs: ['get'], resources: ['secrets'] },
        { ...CORE, verbs: ['create'], resources: ['pods/exec'] },
      ]),
      binding('system', 'ClusterRole/r', ['Group team'], 'kube-system'),
      binding('all', 'ClusterRole/r', ['Group team']),
    );
    const found = risksOf(rolesOfGroup(authorizer, 'team'), authorizer);
    expect(found.map(({ risk, through }) => [risk, through.binding.name])).toEqual([
      ['read-secrets', 'all'],
      ['exec', 'all'],
    ]);
  });

  test('what an administrator of kube-system has besides is named', () => {
    const authorizer = authorizerOf(
      role('all', [ALL]),
      role('secrets', [{ ...CORE, verbs: ['get'], resources: ['secrets'] }]),
      binding('system', 'ClusterRole/all', ['Group team'], 'kube-system'),
      binding('b', 'ClusterRole/secrets', ['Group team']),
    );
    const found = risksOf(rolesOfGroup(authorizer, 'team'), authorizer);
    expect(found.map(({ risk }) => risk)).toEqual(['system-admin', 'read-secrets']);
  });
});

describe('of certain names', () => {
  const ADMINS = [
    binding('ops', 'ClusterRole/cluster-admin', [
      'Group super',
      'User root',
      'ServiceAccount ci/deployer',
      'User system:serviceaccount:flux:applier',
    ]),
    binding('near', 'ClusterRole/view', ['Group readers', 'User alice', 'ServiceAccount web/app']),
    binding('local', 'ClusterRole/cluster-admin', ['Group local', 'User bob', 'ServiceAccount web/x'], 'web'),
    role('powerful', [{ ...CORE, verbs: ['get'], resources: ['secrets'] }]),
    role('everything', [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]),
    role('binder', [{ ...RBAC, verbs: ['bind'], resources: ['clusterroles'], resourceNames: ['binder'] }]),
    role('view', [{ ...CORE, verbs: ['get'], resources: ['secrets'] }], 'web'),
  ];

  function found(rule: Names, namespace?: string) {
    const authorizer = authorizerOf(
      ...ADMINS,
      role('r', [rule]),
      binding('b', 'ClusterRole/r', ['Group team'], namespace),
    );
    return risksOf(rolesOfGroup(authorizer, 'team'), authorizer).map(({ risk }) => risk);
  }

  test.each([
    ['users', 'root', true],
    ['users', 'alice', false],
    ['users', 'bob', false],
    ['users', 'super', false],
    ['groups', 'super', true],
    ['groups', 'readers', false],
    ['groups', 'local', false],
    ['groups', 'root', false],
    ['serviceaccounts', 'deployer', true],
    ['serviceaccounts', 'applier', true],
    ['serviceaccounts', 'app', false],
    ['serviceaccounts', 'x', false],
    // The API server asks for the service account instead.
    ['users', 'system:serviceaccount:flux:applier', false],
    ['users', 'system:kube-controller-manager', true],
    ['users', 'system:kube-scheduler', false],
    ['serviceaccounts', 'clusterrole-aggregation-controller', true],
  ])('impersonate %s %s', (resource, name, isRisk) => {
    // To be in a group, one has to be somebody.
    const resources = resource === 'groups' ? ['groups', 'users'] : [resource];
    const rule = { ...CORE, verbs: ['impersonate'], resources, resourceNames: ['no', name] };
    const isUser = resource === 'groups' && name === 'root';
    expect(found(rule)).toEqual(isRisk || isUser ? ['impersonate'] : []);
  });

  test('system:masters needs no binding', () => {
    const rule = {
      ...CORE,
      verbs: ['impersonate'],
      resources: ['groups', 'users'],
      resourceNames: ['system:masters'],
    };
    const authorizer = authorizerOf(
      binding('cluster-admin', 'ClusterRole/cluster-admin', ['Group ops']),
      role('r', [rule]),
      binding('b', 'ClusterRole/r', ['Group team']),
    );
    expect(risksOf(rolesOfGroup(authorizer, 'team'), authorizer)).toMatchObject([{ risk: 'impersonate' }]);
  });

  test('the first of the ways is named', () => {
    const authorizer = authorizerOf(
      ...['serviceaccounts', 'groups', 'users'].flatMap((resource) => [
        role(resource, [{ ...CORE, verbs: ['impersonate'], resources: [resource] }]),
        binding(resource, `ClusterRole/${resource}`, ['Group team']),
      ]),
    );
    const found = risksOf(rolesOfGroup(authorizer, 'team'), authorizer);
    expect(found.map(({ through }) => through.role.name)).toEqual(['users']);
  });

  test.each([
    ['ci', 'deployer', true],
    ['ci', 'app', false],
    ['ci', undefined, true],
    ['flux', 'applier', true],
    ['flux', 'deployer', false],
    ['flux', undefined, true],
    ['web', undefined, false],
  ])('service accounts of a namespace: %s %s', (namespace, name, isRisk) => {
    const names = name === undefined ? {} : { resourceNames: [name] };
    const rule = { ...CORE, ...names, verbs: ['impersonate'], resources: ['serviceaccounts'] };
    expect(found(rule, namespace)).toEqual(isRisk ? ['impersonate'] : []);
    const token = { ...CORE, ...names, verbs: ['create'], resources: ['serviceaccounts/token'] };
    expect(found(token, namespace)).toEqual(isRisk ? ['create-tokens'] : []);
  });

  test.each([
    ['powerful', true],
    ['everything', true],
    ['cluster-admin', true],
    ['edit', true],
    ['view', false],
    ['binder', false],
  ])('bind the role %s', (name, isRisk) => {
    const rule = { ...RBAC, verbs: ['bind', 'patch'], resources: ['*'], resourceNames: [name] };
    expect(found(rule)).toEqual(isRisk ? ['bind'] : []);
    expect(found(rule, 'kube-system')).toEqual(isRisk ? ['bind'] : []);
    expect(found(rule, 'web')).toEqual([]);
    expect(found(rule, 'ci')).toEqual(isRisk ? ['bind'] : []);
  });

  test.each([
    ['kubernetes.io/kube-apiserver-client', true],
    ['kubernetes.io/*', true],
    ['kubernetes.io/kubelet-serving', false],
  ])('approve what %s signs', (name, isRisk) => {
    const authorizer = authorizerOf(
      role('approve', [{ ...CERTIFICATES, verbs: ['patch'], resources: [`${CSR}/approval`] }]),
      role('sign', [{ ...CERTIFICATES, verbs: ['approve'], resources: ['signers'], resourceNames: [name] }]),
      // Together they are a way, though each is none.
      binding('sign', 'ClusterRole/sign', ['Group team']),
      binding('approve', 'ClusterRole/approve', ['Group team']),
    );
    const all = risksOf(rolesOfGroup(authorizer, 'team'), authorizer);
    expect(all.map(({ risk, through }) => [risk, through.binding.name])).toEqual(
      isRisk ? [['approve-certificates', 'approve']] : [],
    );
  });
});

test('one rule of several is enough', () => {
  const rules = [
    { verbs: ['get'], nonResourceURLs: ['*'] },
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  ];
  const authorizer = authorizerOf(role('r', rules), binding('b', 'ClusterRole/r', ['Group team']));
  expect(risksOf(rolesOfGroup(authorizer, 'team'), authorizer).map(({ risk }) => risk)).toEqual([
    'cluster-admin',
  ]);
});

test('the role is named that gives it', () => {
  const authorizer = authorizerOf(
    role('harmless', [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]),
    role('one', [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }]),
    role('two', [{ verbs: ['list'], apiGroups: [''], resources: ['secrets', 'x'] }]),
    ...['harmless', 'two', 'one'].map((name) => binding(name, `ClusterRole/${name}`, ['Group team'])),
  );
  const found = risksOf(rolesOfGroup(authorizer, 'team'), authorizer);
  expect(found.map(({ risk, through }) => [risk, through.role.name])).toEqual([['read-secrets', 'two']]);
  expect(risksOf([], authorizer)).toEqual([]);
});

test('every risk has a text', () => {
  expect(Object.values(RISKS).every((text) => text.length > 5)).toBe(true);
});
