import { describe, expect, test } from 'vitest';
import { defaultManifests } from '../../src/rbac/default-roles.ts';
import type { Binding } from '../../src/rbac/model.ts';
import { allows, authorizerOf, binding, request } from './manifests.ts';

// Findings about several files are covered in test/golden/rbac/combines-files.txtar.

const AUTHORIZER = authorizerOf(
  binding('e', 'ClusterRole/edit', ['Group editors']),
  binding('v', 'ClusterRole/view', ['Group viewers']),
);
const account = (name: string) => `system:serviceaccount:kube-system:${name}`;

describe('the roles that every cluster has', () => {
  test.each([
    ['x', 'get /healthz', true],
    ['x', 'get /apis/apps', true],
    ['x', 'post /healthz', false],
    ['x', 'create authorization.k8s.io|selfsubjectaccessreviews', true],
    ['x', 'create authorization.k8s.io|subjectaccessreviews', false],
    ['system:kube-controller-manager', 'list |secrets', true],
    [account('bootstrap-signer'), 'list |secrets', true],
    [account('other'), 'list |secrets', false],
  ])('let %s %s: %s', (username, text, expected) => {
    expect(allows(AUTHORIZER, { username, groups: [] }, request(text, 'kube-system'))).toBe(expected);
  });

  test.each(['daemonsets', 'deployments', 'ingresses', 'networkpolicies', 'replicasets'])(
    'let editors change %s of the old API group, and viewers read them',
    (resource) => {
      const verbs = (group: string) =>
        ['get', 'create', 'patch', 'delete'].filter((verb) =>
          allows(AUTHORIZER, { username: 'x', groups: [group] }, request(`${verb} extensions|${resource}`)),
        );
      expect(verbs('editors')).toEqual(['get', 'create', 'patch', 'delete']);
      expect(verbs('viewers')).toEqual(['get']);
    },
  );

  test('are all there', () => {
    const { roles, bindings } = defaultManifests();
    expect(new Set(roles.map(({ name }) => name))).toContain('system:auth-delegator');
    const known = new Set(roles.map(({ kind, name, namespace }) => `${kind} ${namespace} ${name}`));
    const roleOf = ({ roleRef: { kind, name }, namespace }: Binding) =>
      `${kind} ${kind === 'Role' ? namespace : null} ${name}`;
    expect(bindings.filter((binding) => !known.has(roleOf(binding)))).toEqual([]);
    expect(roles.filter(({ location }) => location !== null)).toEqual([]);
  });
});
