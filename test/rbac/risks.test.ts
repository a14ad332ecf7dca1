import { describe, expect, test } from 'vitest';
import { RISK_TEXTS, risksOf } from '../../src/rbac/risks.ts';
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
    ['escalate', { ...RBAC, verbs: ['escalate'], resources: ['clusterroles'] }, ['escalate']],
    ['escalate roles', { ...RBAC, verbs: ['escalate'], resources: ['roles'] }, ['escalate']],
    ['bind', { ...RBAC, verbs: ['bind'], resources: ['clusterroles'] }, ['bind']],
    [
      'bind the administrator',
      { ...RBAC, verbs: ['bind'], resources: ['clusterroles'], resourceNames: ['cluster-admin'] },
      ['bind'],
    ],
    ['bind another', { ...RBAC, verbs: ['bind'], resources: ['clusterroles'], resourceNames: ['view'] }, []],
    ['bind roles', { ...RBAC, verbs: ['bind'], resources: ['roles'] }, ['bind']],
    ['any verb on roles', { ...RBAC, verbs: ['*'], resources: ['*'] }, ['escalate', 'bind']],
    ['impersonate users', { ...CORE, verbs: ['impersonate'], resources: ['users'] }, ['impersonate']],
    ['impersonate groups', { ...CORE, verbs: ['impersonate'], resources: ['groups'] }, ['impersonate']],
    [
      'impersonate masters',
      { ...CORE, verbs: ['impersonate'], resources: ['groups'], resourceNames: ['system:masters'] },
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
    ['exec by a socket', { ...CORE, verbs: ['get'], resources: ['pods/exec'] }, ['exec']],
    ['pods', { ...CORE, verbs: ['create', 'get'], resources: ['pods', 'pods/log'] }, []],
    [
      'all of the core',
      { ...CORE, verbs: ['*'], resources: ['*'] },
      ['impersonate', 'create-tokens', 'edit-aws-auth', 'read-secrets', 'exec'],
    ],
    ['attach', { ...CORE, verbs: ['create'], resources: ['pods/attach'] }, ['exec']],
    ['attach by a socket', { ...CORE, verbs: ['get'], resources: ['pods/attach'] }, ['exec']],
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
      { ...RBAC, verbs: ['escalate'], resources: ['clusterroles'], resourceNames: ['mine'] },
      ['escalate'],
    ],
    [
      'bind admin',
      { ...RBAC, verbs: ['bind'], resources: ['clusterroles'], resourceNames: ['admin'] },
      ['bind'],
    ],
    ['bind none', { ...RBAC, verbs: ['bind'], resources: ['clusterroles'], resourceNames: ['gone'] }, []],
    ['bind a role', { ...RBAC, verbs: ['bind'], resources: ['roles'], resourceNames: ['x'] }, []],
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
      ['escalate', 'edit-webhooks'],
    ],
    ['any path', { verbs: ['*'], nonResourceURLs: ['*'] }, []],
    ['any verb of one group', { verbs: ['*'], apiGroups: ['apps'], resources: ['*'] }, []],
    ['any verb on one resource', { verbs: ['*'], apiGroups: ['*'], resources: ['pods'] }, []],
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
    ['a role', { ...RBAC, verbs: ['escalate'], resources: ['roles'], resourceNames: ['x'] }, ['escalate']],
    ['cluster roles', { ...RBAC, verbs: ['escalate', 'bind'], resources: ['clusterroles'] }, ['bind']],
    ['secrets', { ...CORE, verbs: ['list'], resources: ['secrets'] }, ['read-system-secrets']],
    ['a secret', { ...CORE, verbs: ['get'], resources: ['secrets'], resourceNames: ['x'] }, []],
    ['attach', { ...CORE, verbs: ['get'], resources: ['pods/attach'] }, ['exec-system']],
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
      role('r', [{ ...CORE, verbs: ['get', 'create'], resources: ['secrets', 'pods/exec'] }]),
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
    ['users', 'system:serviceaccount:flux:applier', true],
  ])('impersonate %s %s', (resource, name, isRisk) => {
    const rule = { ...CORE, verbs: ['impersonate'], resources: [resource], resourceNames: ['no', name] };
    expect(found(rule)).toEqual(isRisk ? ['impersonate'] : []);
  });

  test('system:masters needs no binding', () => {
    const rule = {
      ...CORE,
      verbs: ['impersonate'],
      resources: ['groups'],
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
    const rule = { ...RBAC, verbs: ['bind'], resources: ['clusterroles'], resourceNames: [name] };
    expect(found(rule)).toEqual(isRisk ? ['bind'] : []);
    expect(found(rule, 'kube-system')).toEqual(isRisk ? ['bind'] : []);
    expect(found(rule, 'web')).toEqual([]);
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
  expect(Object.values(RISK_TEXTS).every((text) => text.length > 5)).toBe(true);
});
