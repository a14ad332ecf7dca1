import { MASTERS } from '../authenticator/groups.ts';
import { type AccessRequest, type ResourceRequest, rolesAllowing } from './authorizer.ts';
import type { BoundRole } from './model.ts';

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
export function risksOf(roles: readonly BoundRole[]): FoundRisk[] {
  const found = new Map<Risk, BoundRole>();
  for (const bound of roles)
    for (const risk of risksOfOne(bound)) if (!found.has(risk)) found.set(risk, bound);
  const risks = found.has('cluster-admin') ? (['cluster-admin'] as const) : RISKS;
  return risks.flatMap((risk) => {
    const through = found.get(risk);
    return through ? [{ risk, through }] : [];
  });
}

const RISKS = Object.keys(RISK_TEXTS) as Risk[];

/** Thousands of people share a few hundred bindings, of which each is looked at once. */
const KNOWN = new WeakMap<BoundRole, readonly Risk[]>();

function risksOfOne(bound: BoundRole): readonly Risk[] {
  const known = KNOWN.get(bound);
  if (known) return known;
  const risks = makesAdmin(bound)
    ? (['cluster-admin'] as const)
    : REQUESTS.flatMap(([risk, requests]) =>
        requests.some((request) => rolesAllowing([bound], request).length > 0) ? [risk] : [],
      );
  KNOWN.set(bound, risks);
  return risks;
}

/** Whether a role gives every verb on every resource, of whatever name, everywhere: `*` on `*`. */
export function makesAdmin({ role, binding }: BoundRole): boolean {
  return (
    binding.namespace === null &&
    role.rules.some(
      ({ verbs, apiGroups, resources, resourceNames }) =>
        [verbs, apiGroups, resources].every((list) => list.includes('*')) && resourceNames.length === 0,
    )
  );
}
