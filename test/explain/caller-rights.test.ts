import fc from 'fast-check';
import { expect, test } from 'vitest';
import { callerRights } from '../../src/explain/caller-rights.ts';
import type { AllowedRow } from '../../src/rbac/allowed-rows.ts';
import { Authorizer } from '../../src/rbac/authorizer.ts';
import type { PolicyRule } from '../../src/rbac/model.ts';
import { type AccessRequest, ruleAllows } from '../../src/rbac/request.ts';
import { allows } from '../rbac/manifests.ts';
import { runs } from '../runs.ts';

/** A row as a rule, splitting what kubectl joins. */
function rulesOf(row: AllowedRow): PolicyRule[] {
  const { resources, nonResourceURLs, resourceNames, verbs } = row;
  const rest = { verbs, resourceNames };
  return [
    { ...rest, apiGroups: [], resources: [], nonResourceURLs },
    ...resources.map((text) => {
      const [head = '', ...subresource] = text.split('/');
      const [name = '', ...group] = head.split('.');
      const resource = [name, ...subresource].join('/');
      return { ...rest, apiGroups: [group.join('.')], resources: [resource], nonResourceURLs: [] };
    }),
  ];
}

const some = (...items: readonly string[]) => fc.subarray([...items], { minLength: 1, maxLength: 2 });
const RULE = fc.oneof(
  fc.record({
    verbs: some('get', 'list', 'create', '*'),
    apiGroups: some('', 'apps', 'batch.k8s.io', '*'),
    resources: some('pods', 'pods/log', 'deployments', 'deployments/scale', '*', '*/scale'),
    resourceNames: fc.oneof(fc.constant([]), some('x', 'y')),
    nonResourceURLs: fc.constant([]),
  }),
  fc.record({
    verbs: some('get', 'post', '*'),
    apiGroups: fc.constant([]),
    resources: fc.constant([]),
    resourceNames: fc.constant([]),
    nonResourceURLs: some('/metrics', '/logs/*', '*'),
  }),
);
const REQUEST: fc.Arbitrary<AccessRequest> = fc.oneof(
  fc.record({
    verb: fc.constantFrom('get', 'list', 'create', 'delete'),
    apiGroup: fc.constantFrom('', 'apps', 'batch.k8s.io', 'other'),
    resource: fc.constantFrom('pods', 'deployments', 'jobs'),
    subresource: fc.constantFrom(null, 'log', 'scale'),
    name: fc.constantFrom(null, 'x', 'z'),
    namespace: fc.constantFrom(null, 'a', 'b'),
  }),
  fc.record({ verb: fc.constantFrom('get', 'post'), path: fc.constantFrom('/metrics', '/logs/a', '/x') }),
);

const UNNAMED = ['create', 'deletecollection'];

test('the rows allow exactly what the API server allows', () => {
  const binding = fc.record({
    namespace: fc.constantFrom(null, 'a', 'b'),
    rules: fc.array(RULE, { minLength: 1, maxLength: 3 }),
  });
  fc.assert(
    fc.property(
      fc.array(binding, { maxLength: 4 }),
      fc.array(REQUEST, { minLength: 30, maxLength: 30 }),
      (all, requests) => {
        const authorizer = new Authorizer({
          roles: all.map(({ rules }, at) => ({
            kind: 'ClusterRole',
            name: `r${at}`,
            namespace: null,
            rules,
            location: null,
          })),
          bindings: all.map(({ namespace }, at) => ({
            kind: namespace === null ? 'ClusterRoleBinding' : 'RoleBinding',
            name: `b${at}`,
            namespace,
            roleRef: { kind: 'ClusterRole', name: `r${at}` },
            subjects: [{ kind: 'Group', name: 'dev', namespace: null }],
            location: null,
          })),
        });
        const user = { username: 'u', groups: ['dev'] };
        const { rows: allowed } = callerRights(user, 'mapRoles', authorizer);
        for (const asked of requests) {
          // Requests that create an object or delete a collection have no name for the authorizer.
          const isUnnamed = 'resource' in asked && asked.subresource === null && UNNAMED.includes(asked.verb);
          const request = isUnnamed ? { ...asked, name: null } : asked;
          const namespace = 'resource' in request ? request.namespace : null;
          const isIn = allowed.some(
            (row) =>
              (row.namespaces === null || (namespace !== null && row.namespaces.includes(namespace))) &&
              rulesOf(row).some((one) => ruleAllows(one, request)),
          );
          expect(isIn, JSON.stringify({ request, allowed })).toBe(allows(authorizer, user, request));
        }
      },
    ),
    runs(300),
  );
});
