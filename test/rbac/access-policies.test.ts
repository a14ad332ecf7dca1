import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AccessPolicy, accessPolicyArn, isAdministratorPolicy } from '../../src/eks.ts';
import { boundPolicy, policyRules } from '../../src/rbac/access-policies.ts';
import { Authorizer, withoutRbac } from '../../src/rbac/authorizer.ts';
import type { Binding, RbacRole } from '../../src/rbac/model.ts';
import { type ResourceRequest, rolesAllowing } from '../../src/rbac/request.ts';
import { knownResources } from '../../src/rbac/resources.ts';
import { risksOf } from '../../src/rbac/risks.ts';

const NAMES = [...policyRules().keys()];
const NAMESPACES = ['default', 'kube-system', 'payments', 'team-a', 'team-b', 'team'];

function policy(name: string, namespaces: readonly string[] | null): AccessPolicy {
  return { policyArn: accessPolicyArn('aws', name), scope: namespaces ? { namespaces } : 'cluster' };
}

/** The roles that access policies grant through an access entry. */
function rolesOf(policies: readonly AccessPolicy[], authorizer = withoutRbac()) {
  return authorizer.rightsOf({ username: 'ada', groups: [], policies }).own;
}

/** A cluster in which RBAC grants ada what the policy grants, with a binding in each namespace. */
function clusterWithBindings(name: string, namespaces: readonly string[] | null): Authorizer {
  const rules = policyRules().get(name) ?? [];
  const role: RbacRole = { kind: 'ClusterRole', name, namespace: null, rules, location: null };
  const bindings = (namespaces ?? [null]).map(
    (namespace): Binding => ({
      kind: namespace === null ? 'ClusterRoleBinding' : 'RoleBinding',
      name,
      namespace,
      roleRef: { kind: 'ClusterRole', name },
      subjects: [{ kind: 'User', name: 'ada', namespace: null }],
      location: null,
    }),
  );
  return new Authorizer({ roles: [role], bindings });
}

const verbs = fc.constantFrom(
  ...[
    'get',
    'list',
    'watch',
    'create',
    'update',
    'patch',
    'delete',
    'deletecollection',
    'impersonate',
    'bind',
  ],
);
const resources = fc.constantFrom(
  ...knownResources.flatMap(({ name, apiGroup, subresources }) =>
    [null, ...subresources].map((subresource) => ({ resource: name, apiGroup, subresource })),
  ),
);
const requests: fc.Arbitrary<ResourceRequest> = fc
  .record({
    verb: verbs,
    of: resources,
    name: fc.constantFrom(null, 'a'),
    namespace: fc.constantFrom(null, ...NAMESPACES),
  })
  .map(({ of, ...rest }) => ({ ...of, ...rest }));

const scopes = fc.constantFrom(
  [null, null],
  [['payments'], ['payments']],
  [['team-*'], ['team-a', 'team-b']],
  [
    ['team*', 'payments'],
    ['team-a', 'team-b', 'team', 'payments'],
  ],
  [['kube-*'], ['kube-system']],
  [['*-system'], ['kube-system']],
  [['t*a', '*-*-*'], ['team-a']],
  [['*'], NAMESPACES],
) as fc.Arbitrary<readonly [readonly string[] | null, readonly string[] | null]>;

describe('an access policy', () => {
  test('allows what a binding to its rules allows, in each namespace that its scope matches', () => {
    let allowed = 0;
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), scopes, requests, (name, [patterns, namespaces], request) => {
        const byPolicy = rolesAllowing(boundPolicy(policy(name, patterns)), request).length;
        const { own } = clusterWithBindings(name, namespaces).rightsOf({ username: 'ada', groups: [] });
        const byBinding = rolesAllowing(own, request).length;
        if (byBinding > 0) allowed += 1;
        expect(byPolicy > 0).toBe(byBinding > 0);
      }),
      { numRuns: 3000 },
    );
    expect(allowed).toBeGreaterThan(100);
  });

  test('brings the risks that a binding to its rules brings', () => {
    for (const name of NAMES.filter((one) => one !== 'AmazonEKSClusterAdminPolicy'))
      for (const [patterns, namespaces] of [
        [null, null],
        [['kube-*'], ['kube-system']],
        [['team-*'], ['team-a']],
      ]) {
        const bound = clusterWithBindings(name, namespaces ?? null);
        const { own } = bound.rightsOf({ username: 'ada', groups: [] });
        const risksIn = (roles: typeof own, authorizer: Authorizer) =>
          risksOf(roles, authorizer).map(({ text }) => text);
        expect(risksIn(rolesOf([policy(name, patterns ?? null)]), withoutRbac())).toEqual(
          risksIn(own, bound),
        );
      }
  });

  test('is for administrators, hidden by no pattern of otherEntries, if it alone is a risk', () => {
    for (const name of NAMES)
      for (const namespaces of [
        null,
        ['kube-system'],
        ['a', 'kube-*'],
        ['*'],
        ['*-system'],
        ['k*m'],
        ['team-*'],
      ]) {
        const one = policy(name, namespaces);
        const isClusterAdmin = name === 'AmazonEKSClusterAdminPolicy';
        const isRisk = isClusterAdmin || risksOf(boundPolicy(one), withoutRbac()).length > 0;
        expect(isAdministratorPolicy(one), `${name} in ${namespaces}`).toBe(isRisk);
      }
  });

  test('counts the powerful service accounts of the namespaces that its pattern matches', () => {
    const admin: RbacRole = {
      kind: 'ClusterRole',
      name: 'cluster-admin',
      namespace: null,
      rules: policyRules().get('AmazonEKSClusterAdminPolicy') ?? [],
      location: null,
    };
    const binding: Binding = {
      kind: 'ClusterRoleBinding',
      name: 'argocd',
      namespace: null,
      roleRef: { kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'argocd', namespace: 'team-cd' }],
      location: null,
    };
    const authorizer = new Authorizer({ roles: [admin], bindings: [binding] });
    const textsOf = (pattern: string) =>
      risksOf(rolesOf([policy('AmazonEKSSecretReaderPolicy', [pattern])], authorizer), authorizer).map(
        ({ text }) => text,
      );
    expect(textsOf('team-*')).toEqual(['may act as team-cd/argocd']);
    expect(textsOf('team-cd')).toEqual(['may act as team-cd/argocd']);
    expect(textsOf('*-cd')).toEqual(['may act as team-cd/argocd']);
    expect(textsOf('payments')).toEqual([]);
  });

  test('adds up with others of the same entry', () => {
    const roles = rolesOf([
      policy('AmazonEKSViewPolicy', null),
      policy('AmazonEKSSecretReaderPolicy', ['payments', 'payments', 'shop']),
    ]);
    expect(roles.map(({ role, binding }) => [role.name, binding.namespace])).toEqual([
      ['AmazonEKSViewPolicy', null],
      ['AmazonEKSSecretReaderPolicy', 'payments'],
      ['AmazonEKSSecretReaderPolicy', 'shop'],
    ]);
  });

  test('that AWS gives no rules for allows nothing that is known', () => {
    const unknown = policy('AmazonAIOpsAssistantPolicy', null);
    expect(rolesOf([unknown])).toEqual([]);
  });
});
