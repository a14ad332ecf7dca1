import { type AccessRequest, type Authorizer, MASTERS, type ResourceRequest } from './authorizer.ts';
import type { BoundRole, PolicyRule } from './model.ts';

/** Rights that make their holder administrator of the cluster, at once or by one step more. */
export type Risk =
  | 'cluster-admin'
  | 'escalate'
  | 'bind'
  | 'impersonate'
  | 'edit-aws-auth'
  | 'read-secrets'
  | 'exec';

/** What a risk is, for a column of a table. */
export const RISK_TEXTS: Readonly<Record<Risk, string>> = {
  'cluster-admin': 'cluster admin',
  escalate: 'may escalate roles',
  bind: 'may bind roles',
  impersonate: 'may impersonate',
  'edit-aws-auth': 'may edit aws-auth',
  'read-secrets': 'reads all secrets',
  exec: 'exec in all pods',
};

const RBAC_GROUP = 'rbac.authorization.k8s.io';

function everywhere(verbs: readonly string[], apiGroup: string, resources: readonly string[]) {
  return verbs.flatMap((verb) =>
    resources.map((path): ResourceRequest => {
      const [resource = '', subresource = null] = path.split('/');
      return { verb, apiGroup, resource, subresource, name: null, namespace: null };
    }),
  );
}

/**
 * One of the requests is enough.
 * https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks
 */
const REQUESTS: readonly (readonly [Risk, readonly AccessRequest[]])[] = [
  ['escalate', everywhere(['escalate'], RBAC_GROUP, ['clusterroles', 'roles'])],
  [
    'bind',
    [
      ...everywhere(['bind'], RBAC_GROUP, ['clusterroles']).map(named('cluster-admin')),
      ...everywhere(['bind'], RBAC_GROUP, ['roles']),
    ],
  ],
  [
    'impersonate',
    [
      ...everywhere(['impersonate'], '', ['users', 'serviceaccounts']),
      ...everywhere(['impersonate'], '', ['groups']).map(named(MASTERS)),
    ],
  ],
  ['edit-aws-auth', everywhere(['update', 'patch'], '', ['configmaps']).map(ofAwsAuth)],
  ['read-secrets', everywhere(['get', 'list', 'watch'], '', ['secrets'])],
  ['exec', everywhere(['create', 'get'], '', ['pods/exec'])],
];

function named(name: string) {
  return (request: ResourceRequest): ResourceRequest => ({ ...request, name });
}

function ofAwsAuth(request: ResourceRequest): ResourceRequest {
  return { ...request, name: 'aws-auth', namespace: 'kube-system' };
}

export interface FoundRisk {
  readonly risk: Risk;
  /** The first of the roles that give it. */
  readonly through: BoundRole;
}

/** The risks in roles, the greatest first; for an administrator, that alone. */
export function risksOf(roles: readonly BoundRole[], authorizer: Authorizer): FoundRisk[] {
  const admin = roles.find(({ role, binding }) => binding.namespace === null && role.rules.some(allowsAll));
  if (admin) return [{ risk: 'cluster-admin', through: admin }];
  return REQUESTS.flatMap(([risk, requests]) => {
    const through = requests.flatMap((request) => authorizer.rolesAllowing(roles, request))[0];
    return through ? [{ risk, through }] : [];
  });
}

/** `*` on `*`: every verb on every resource, of whatever name. */
export function allowsAll({ verbs, apiGroups, resources, resourceNames }: PolicyRule): boolean {
  return [verbs, apiGroups, resources].every((list) => list.includes('*')) && resourceNames.length === 0;
}
