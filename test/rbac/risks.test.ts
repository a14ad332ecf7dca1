import { describe, expect, test } from 'vitest';
import { RISK_TEXTS, risksOf } from '../../src/rbac/risks.ts';
import { authorizerOf, binding, type Names, role, rolesOfGroup } from './manifests.ts';

/** The risks in one rule, bound in a namespace or everywhere. */
function risks(rule: Names, namespace?: string): string[] {
  const authorizer = authorizerOf(
    role('r', [rule]),
    binding('b', 'ClusterRole/r', ['Group team'], namespace),
  );
  return risksOf(rolesOfGroup(authorizer, 'team')).map(({ risk }) => risk);
}

const RBAC = { apiGroups: ['rbac.authorization.k8s.io'] };
const CORE = { apiGroups: [''] };

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
    ['exec', { ...CORE, verbs: ['create'], resources: ['pods/exec'] }, ['exec']],
    ['exec by a socket', { ...CORE, verbs: ['get'], resources: ['pods/exec'] }, ['exec']],
    ['pods', { ...CORE, verbs: ['create', 'get'], resources: ['pods', 'pods/log'] }, []],
    [
      'all of the core',
      { ...CORE, verbs: ['*'], resources: ['*'] },
      ['impersonate', 'edit-aws-auth', 'read-secrets', 'exec'],
    ],
    ['reading anything', { verbs: ['get'], apiGroups: ['*'], resources: ['*'] }, ['read-secrets', 'exec']],
    ['anything of one name', { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: ['x'] }, []],
    ['any path', { verbs: ['*'], nonResourceURLs: ['*'] }, []],
    ['any verb of one group', { verbs: ['*'], apiGroups: ['apps'], resources: ['*'] }, []],
    ['any verb on one resource', { verbs: ['*'], apiGroups: ['*'], resources: ['pods'] }, []],
  ])('%s', (_, rule, expected) => {
    expect(risks(rule)).toEqual(expected);
  });
});

test('in a namespace nothing is everywhere, but aws-auth is in kube-system', () => {
  const all = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
  expect(risks(all, 'payments')).toEqual([]);
  expect(risks(all, 'kube-system')).toEqual(['edit-aws-auth']);
});

test('one rule of several is enough', () => {
  const rules = [
    { verbs: ['get'], nonResourceURLs: ['*'] },
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  ];
  const authorizer = authorizerOf(role('r', rules), binding('b', 'ClusterRole/r', ['Group team']));
  expect(risksOf(rolesOfGroup(authorizer, 'team')).map(({ risk }) => risk)).toEqual(['cluster-admin']);
});

test('the first role is named that gives it', () => {
  const authorizer = authorizerOf(
    role('harmless', [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]),
    role('one', [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }]),
    role('two', [{ verbs: ['list'], apiGroups: [''], resources: ['secrets', 'x'] }]),
    ...['harmless', 'two', 'one'].map((name) => binding(name, `ClusterRole/${name}`, ['Group team'])),
  );
  const found = risksOf(rolesOfGroup(authorizer, 'team'));
  expect(found.map(({ risk, through }) => [risk, through.role.name])).toEqual([['read-secrets', 'two']]);
  expect(risksOf([])).toEqual([]);
});

test('every risk has a text', () => {
  expect(Object.values(RISK_TEXTS).every((text) => text.length > 5)).toBe(true);
});
