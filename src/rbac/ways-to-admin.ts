import { MASTERS } from '../aws-auth/groups.ts';
import type { KubernetesMinor } from './kubernetes-version.ts';
import type { AwsAuthState } from './model.ts';
import type { Powerful } from './powerful.ts';
import { READ, RETURNING } from './request.ts';

/**
 * Permissions that make their holder cluster admin, directly or with one more step; the greatest first. docs/audit.md
 * lists the permissions behind each, and the proof.
 */
export const RISKS = {
  'cluster-admin': 'cluster admin',
  'system-admin': 'admin of kube-system',
  escalate: 'may escalate roles',
  bind: 'may bind roles',
  impersonate: 'may impersonate',
  'impersonate-constrained': 'may impersonate for some requests',
  'create-tokens': 'may create service account tokens',
  'approve-certificates': 'may approve client certificates',
  'edit-aws-auth': 'may edit aws-auth',
  'edit-webhooks': 'may change mutating webhooks',
  'edit-mutating-policies': 'may change mutating admission policies',
  'read-secrets': 'reads all secrets',
  'read-system-secrets': 'reads secrets of kube-system',
  exec: 'exec in all pods',
  'exec-system': 'exec in pods of kube-system',
  'create-pods': 'may create pods in all namespaces',
  'create-system-pods': 'may create pods in kube-system',
  'act-as-account': 'may act as a powerful service account',
} as const;

export type Risk = keyof typeof RISKS;

/**
 * True if a step counts for objects with a name (null: for all names) in a namespace (null: in all, or for
 * cluster-scoped objects).
 */
type Counts = (name: string | null, namespace: string | null, powerful: Powerful) => boolean;

/** Interchangeable requests: any one of them completes the step. */
export interface AdminStep {
  readonly verbs: readonly string[];
  readonly apiGroup: string;
  /** `pods`, `pods/exec` */
  readonly resources: readonly string[];
  readonly counts: Counts;
  /**
   * Where a binding must be: in the namespace of the route or cluster-wide, only cluster-wide, or in any namespace.
   */
  readonly where: 'here' | 'cluster' | 'somewhere';
}

/** A route to cluster admin: permissions that together make their holder cluster admin. */
export interface AdminWay {
  /** By where to look: cluster-wide, in kube-system, or in other namespaces with a powerful service account. */
  readonly risks: Partial<Readonly<Record<'cluster' | 'system' | 'accounts', Risk>>>;
  /** For a route through aws-auth, the states in which it exists, with the risk's text there. */
  readonly awsAuth: Partial<Readonly<Record<AwsAuthState, string>>> | null;
  /** All steps are required. */
  readonly steps: readonly AdminStep[];
  /** True if all steps must be about the same object. */
  readonly isOfOneObject: boolean;
  /** The first release that has the route, and the first that no longer has it. */
  readonly since: KubernetesMinor;
  readonly until: KubernetesMinor;
}

const RBAC = 'rbac.authorization.k8s.io';
const CERTIFICATES = 'certificates.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';
const READ_SECRETS = [...READ, ...RETURNING];
const CHANGE = ['update', 'patch'];
const WRITE = ['create', ...CHANGE];
/** The signers of client certificates for the API server. */
const CLIENT_SIGNERS: readonly string[] = ['kubernetes.io/kube-apiserver-client', 'kubernetes.io/*'];

const all: Counts = (name) => name === null;
const any: Counts = () => true;
const accounts: Counts = (name, namespace, powerful) => powerful.isAccount(name, namespace);
const users: Counts = (name, _, powerful) => name === null || powerful.isUser(name);
const groups: Counts = (name, _, powerful) => name === null || name === MASTERS || powerful.isGroup(name);
/** Constrained impersonation doesn't allow system:masters. */
const otherGroups: Counts = (name, _, powerful) => name !== MASTERS && powerful.isGroup(name);
const clusterRoles: Counts = (name, namespace, powerful) => powerful.isRole('ClusterRole', name, namespace);
const roles: Counts = (name, namespace, powerful) => powerful.isRole('Role', name, namespace);
const awsAuth: Counts = (name) => name === null || name === 'aws-auth';
const signers: Counts = (name) => name === null || CLIENT_SIGNERS.includes(name);

function step(
  verbs: readonly string[],
  apiGroup: string,
  resources: readonly string[],
  counts: Counts = all,
  where: AdminStep['where'] = 'here',
): AdminStep {
  return { verbs, apiGroup, resources, counts, where };
}

function way(
  risks: AdminWay['risks'],
  steps: readonly AdminStep[],
  rest: Partial<Pick<AdminWay, 'awsAuth' | 'isOfOneObject' | 'since' | 'until'>> = {},
): AdminWay {
  const until = Number.POSITIVE_INFINITY;
  return { risks, steps, awsAuth: null, isOfOneObject: false, since: 0, until, ...rest };
}

/** The same risk in every place. */
function everywhere(risk: Risk): AdminWay['risks'] {
  return { cluster: risk, system: risk, accounts: risk };
}

function inNamespaces(risk: Risk): AdminWay['risks'] {
  return { system: risk, accounts: risk };
}

const SECRETS = {
  cluster: 'read-secrets',
  system: 'read-system-secrets',
  accounts: 'act-as-account',
} as const;
const EXEC = { cluster: 'exec', system: 'exec-system', accounts: 'act-as-account' } as const;
const PODS = { cluster: 'create-pods', system: 'create-system-pods', accounts: 'act-as-account' } as const;

/** Resources that create pods with the service account of their template. */
const WORKLOADS: readonly (readonly [apiGroup: string, resources: readonly string[]])[] = [
  ['', ['replicationcontrollers']],
  ['apps', ['deployments', 'replicasets', 'statefulsets', 'daemonsets']],
  ['batch', ['jobs', 'cronjobs']],
];

const CONSTRAINED = 'impersonate-constrained';

const APPROVE = step(CHANGE, CERTIFICATES, ['certificatesigningrequests/approval'], any);
/** https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/ */
const NEW_POLICY: readonly AdminStep[] = [
  step(['create'], ADMISSION, ['mutatingadmissionpolicies']),
  step(WRITE, ADMISSION, ['mutatingadmissionpolicybindings'], any),
];

/** The requests that let an impersonator of a cluster admin make others cluster admin, and where they do. */
const AS_ADMINISTRATOR: readonly (readonly [AdminWay['risks'], ...AdminStep[]])[] = [
  ...[
    step(WRITE, RBAC, ['clusterrolebindings', 'rolebindings'], any),
    step(CHANGE, RBAC, ['clusterroles', 'roles'], any),
    step(READ_SECRETS, '', ['secrets']),
    step(WRITE, '', ['pods'], any),
    ...WORKLOADS.map(([apiGroup, resources]) => step(WRITE, apiGroup, resources, any)),
    step(['create'], '', ['pods/exec', 'pods/attach']),
    step(['create'], '', ['serviceaccounts/token'], accounts),
    step(CHANGE, '', ['pods/ephemeralcontainers']),
  ].map((request) => [everywhere(CONSTRAINED), request] as const),
  [{ cluster: CONSTRAINED }, step(['create', 'get'], '', ['nodes/proxy'], any)],
  [{ cluster: CONSTRAINED }, step(WRITE, ADMISSION, ['mutatingwebhookconfigurations'], any)],
  [{ cluster: CONSTRAINED }, step(CHANGE, ADMISSION, ['mutatingadmissionpolicies'], any)],
  [{ cluster: CONSTRAINED }, ...NEW_POLICY],
  [{ cluster: CONSTRAINED }, APPROVE],
  [{ system: CONSTRAINED }, step(CHANGE, '', ['configmaps'], awsAuth)],
];

/**
 * Constrained impersonation, on by default since 1.36, takes two permissions: one to become someone, another for each
 * request as them.
 * https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/#constrained-impersonation
 */
function constrained(mode: string, become: readonly AdminStep[]): AdminWay[] {
  return AS_ADMINISTRATOR.map(([risks, ...requests]) => {
    const onBehalf = requests.map((request) => {
      return { ...request, verbs: request.verbs.map((verb) => `impersonate-on:${mode}:${verb}`) };
    });
    const text = RISKS[CONSTRAINED];
    const awsAuth = { counts: text, 'may count': text, 'may exist': text };
    const isOfAwsAuth = requests.some(({ resources }) => resources.includes('configmaps'));
    return way(risks, [...become, ...onBehalf], { since: 36, ...(isOfAwsAuth && { awsAuth }) });
  });
}

const EDIT_AWS_AUTH = RISKS['edit-aws-auth'];
const IF_THERE = {
  counts: EDIT_AWS_AUTH,
  'may count': `${EDIT_AWS_AUTH} unless the authentication mode is API`,
  'may exist': `${EDIT_AWS_AUTH} if it exists`,
};
const CHANGE_MAP = step(CHANGE, '', ['configmaps'], awsAuth);
/** The name of a new object is unknown when the request is authorized. */
const CREATE_MAP = step(['create'], '', ['configmaps']);

/** Routes through aws-auth: change it, replace it, or create it in a cluster that has none. */
const AWS_AUTH: readonly AdminWay[] = [
  way({ system: 'edit-aws-auth' }, [CHANGE_MAP, CREATE_MAP], { awsAuth: { 'may exist': EDIT_AWS_AUTH } }),
  way({ system: 'edit-aws-auth' }, [CHANGE_MAP], {
    awsAuth: IF_THERE,
  }),
  ...[step(['delete'], '', ['configmaps'], awsAuth), step(['deletecollection'], '', ['configmaps'])].map(
    (remove) =>
      way({ system: 'edit-aws-auth' }, [remove, CREATE_MAP], {
        awsAuth: { ...IF_THERE, 'may exist': EDIT_AWS_AUTH },
      }),
  ),
  way({ system: 'edit-aws-auth' }, [CREATE_MAP], {
    awsAuth: { 'may exist': 'may create aws-auth if it is missing' },
  }),
];

/**
 * The known routes to cluster admin; docs/audit.md describes them, and the routes that are not covered.
 * https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks
 */
export const WAYS: readonly AdminWay[] = [
  way(
    { cluster: 'escalate' },
    [step(['escalate'], RBAC, ['clusterroles'], any), step(CHANGE, RBAC, ['clusterroles'], any)],
    { isOfOneObject: true },
  ),
  way(
    inNamespaces('escalate'),
    [step(['escalate'], RBAC, ['roles'], any), step(CHANGE, RBAC, ['roles'], any)],
    { isOfOneObject: true },
  ),
  // A new role has no name when the request is authorized. Holders of an aggregated role get the rules of new roles
  // with matching labels.
  way({ cluster: 'escalate' }, [
    step(['escalate'], RBAC, ['clusterroles']),
    step(['create'], RBAC, ['clusterroles']),
  ]),
  // A new role, bound in the namespace by someone who may bind any role.
  way(inNamespaces('escalate'), [
    step(['escalate'], RBAC, ['roles']),
    step(['create'], RBAC, ['roles']),
    step(['bind'], RBAC, ['roles']),
    step(WRITE, RBAC, ['rolebindings'], any),
  ]),
  // The API server requires both steps: permission to bind the role, and to write the binding.
  way({ cluster: 'bind' }, [
    step(['bind'], RBAC, ['clusterroles'], clusterRoles),
    step(WRITE, RBAC, ['clusterrolebindings'], any),
  ]),
  way(inNamespaces('bind'), [
    step(['bind'], RBAC, ['clusterroles'], clusterRoles),
    step(WRITE, RBAC, ['rolebindings'], any),
  ]),
  way(inNamespaces('bind'), [
    step(['bind'], RBAC, ['roles'], roles),
    step(WRITE, RBAC, ['rolebindings'], any),
  ]),
  way({ cluster: 'impersonate' }, [step(['impersonate'], '', ['users'], users)]),
  way(everywhere('impersonate'), [step(['impersonate'], '', ['serviceaccounts'], accounts)]),
  // An impersonation request with groups must name a user, too.
  way({ cluster: 'impersonate' }, [
    step(['impersonate'], '', ['groups'], groups),
    step(['impersonate'], '', ['users'], any),
  ]),
  way({ cluster: 'impersonate' }, [
    step(['impersonate'], '', ['groups'], groups),
    step(['impersonate'], '', ['serviceaccounts'], any, 'somewhere'),
  ]),
  ...constrained('user-info', [
    step(['impersonate:user-info'], 'authentication.k8s.io', ['users'], users, 'cluster'),
  ]),
  ...constrained('user-info', [
    step(['impersonate:user-info'], 'authentication.k8s.io', ['users'], any, 'cluster'),
    step(['impersonate:user-info'], 'authentication.k8s.io', ['groups'], otherGroups, 'cluster'),
  ]),
  ...constrained('serviceaccount', [
    step(['impersonate:serviceaccount'], 'authentication.k8s.io', ['serviceaccounts'], accounts, 'somewhere'),
  ]),
  way(everywhere('create-tokens'), [step(['create'], '', ['serviceaccounts/token'], accounts)]),
  // https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets
  way(everywhere('create-tokens'), [
    step(['create'], '', ['secrets'], (name, namespace, powerful) => {
      return name === null && powerful.isAccount(null, namespace);
    }),
    step(READ_SECRETS, '', ['secrets'], any),
  ]),
  way({ cluster: 'approve-certificates' }, [APPROVE, step(['approve'], CERTIFICATES, ['signers'], signers)]),
  ...AWS_AUTH,
  way({ cluster: 'edit-webhooks' }, [step(WRITE, ADMISSION, ['mutatingwebhookconfigurations'], any)]),
  way({ cluster: 'edit-mutating-policies' }, NEW_POLICY, { since: 36 }),
  way({ cluster: 'edit-mutating-policies' }, [step(CHANGE, ADMISSION, ['mutatingadmissionpolicies'], any)], {
    since: 36,
  }),
  way(SECRETS, [step(READ_SECRETS, '', ['secrets'])]),
  way(EXEC, [step(['create'], '', ['pods/exec', 'pods/attach'])]),
  // Since 1.35 a WebSocket also needs the verb create.
  way(EXEC, [step(['get'], '', ['pods/exec', 'pods/attach'])], { until: 35 }),
  way(EXEC, [step(CHANGE, '', ['pods/ephemeralcontainers'])], { since: 23 }),
  // The kubelet runs commands in its node's pods.
  way({ cluster: 'exec' }, [step(['create', 'get'], '', ['nodes/proxy'])]),
  way(PODS, [step(WRITE, '', ['pods'], any)]),
  ...WORKLOADS.map(([apiGroup, resources]) => way(PODS, [step(WRITE, apiGroup, resources, any)])),
];
