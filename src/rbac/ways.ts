import { MASTERS } from '../authenticator/groups.ts';
import type { KubernetesMinor } from './kubernetes-version.ts';

const GOOD_PRACTICES =
  '[documented](https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks)';

/** The namespace that runs the cluster: its service accounts are administrators, and aws-auth is in it. */
export const SYSTEM = 'kube-system';

/**
 * What makes its holder administrator of the cluster, at once or by one step more; the greatest first. docs/audit.md has this table:
 * the rights, and what they are held to, "proven" where `test:cluster` carries the way out before a real API server.
 */
export const RISKS = {
  'cluster-admin': {
    text: 'cluster admin',
    rights: 'all verbs on all resources, cluster-wide',
    proof: 'proven',
  },
  'system-admin': {
    text: 'admin of kube-system',
    rights: 'all verbs on all resources in `kube-system`',
    proof: 'proven',
  },
  escalate: {
    text: 'may escalate roles',
    rights:
      '`escalate` with `create`, `update` or `patch` of cluster roles; in a powerful namespace with `update` or `patch` of roles, or with `create` and the right to bind them',
    proof: 'proven',
  },
  bind: {
    text: 'may bind roles',
    rights:
      '`bind` of a role with any of these rights, with `create`, `update` or `patch` of cluster role bindings, or of role bindings in a powerful namespace',
    proof: 'proven',
  },
  impersonate: {
    text: 'may impersonate',
    rights:
      '`impersonate` all users, or a powerful one by name, such as `system:kube-controller-manager`; powerful service accounts; `system:masters`, a powerful group or all groups, with any user or service account',
    proof: 'proven',
  },
  'impersonate-constrained': {
    text: 'may impersonate for some requests',
    rights:
      'since 1.36: `impersonate:user-info` of the same users and groups (`system:masters` excepted), or `impersonate:serviceaccount` of the same accounts, with `impersonate-on:…` for a request that makes administrators',
    proof: 'proven',
  },
  'create-tokens': {
    text: 'may create service account tokens',
    rights:
      '`create serviceaccounts/token` of powerful service accounts; `create secrets` in a powerful namespace with `get`, `list`, `watch` or `patch` of any, as a secret can request a token',
    proof: 'proven',
  },
  'approve-certificates': {
    text: 'may approve client certificates',
    rights:
      '`update` or `patch certificatesigningrequests/approval`, with `approve` for the signer `kubernetes.io/kube-apiserver-client`',
    proof: 'proven',
  },
  'edit-aws-auth': {
    text: 'may edit aws-auth',
    rights: '`update` or `patch` the ConfigMap, or `delete` and `create` it',
    proof: 'proven',
  },
  'edit-webhooks': {
    text: 'may change mutating webhooks',
    rights: '`create`, `update` or `patch mutatingwebhookconfigurations`',
    proof: 'proven',
  },
  'edit-mutating-policies': {
    text: 'may change mutating admission policies',
    rights:
      'since 1.36: `create mutatingadmissionpolicies` with `create`, `update` or `patch mutatingadmissionpolicybindings`, or `update` or `patch` a policy',
    proof: 'proven',
  },
  'read-secrets': {
    text: 'reads all secrets',
    rights: '`get`, `list` or `watch secrets` without names',
    proof: 'proven',
  },
  'read-system-secrets': {
    text: 'reads secrets of kube-system',
    rights: 'the same in `kube-system`',
    proof: 'proven',
  },
  exec: {
    text: 'exec in all pods',
    rights:
      '`create pods/exec` or `pods/attach` (before 1.35 also `get`), since 1.23 `update` or `patch pods/ephemeralcontainers`, `create` or `get nodes/proxy`',
    proof: GOOD_PRACTICES,
  },
  'exec-system': {
    text: 'exec in pods of kube-system',
    rights: 'the same in `kube-system`, except `nodes/proxy`',
    proof: GOOD_PRACTICES,
  },
  'create-pods': {
    text: 'may create pods in all namespaces',
    rights:
      '`create`, `update` or `patch` pods, deployments, replica sets, stateful sets, daemon sets, replication controllers, jobs or cron jobs',
    proof: GOOD_PRACTICES,
  },
  'create-system-pods': {
    text: 'may create pods in kube-system',
    rights: 'the same in `kube-system`',
    proof: GOOD_PRACTICES,
  },
  'act-as-account': {
    text: 'may act as a powerful service account',
    rights: 'creating pods, exec or reading secrets, as above, in another powerful namespace',
    proof: 'proven',
  },
} as const satisfies Readonly<
  Record<string, { readonly text: string; readonly rights: string; readonly proof: string }>
>;

export type Risk = keyof typeof RISKS;

/** A risk that needs no word beside a greater one. */
export const PART_OF: Partial<Readonly<Record<Risk, Risk>>> = {
  'read-system-secrets': 'read-secrets',
  'exec-system': 'exec',
  'create-system-pods': 'create-pods',
  'impersonate-constrained': 'impersonate',
};

/** Who holds any of these rights by bindings of the cluster: to act as one of them is a way, too. */
export interface Powerful {
  isUser(name: string): boolean;
  /** @param name null: any, but system:masters */
  isGroup(name: string | null): boolean;
  /** @param name null: all accounts of the namespace; @param namespace null: cluster-wide */
  isAccount(name: string | null, namespace: string | null): boolean;
  /** Whether to bind a role makes administrators. @param name null: all roles of the kind; @param namespace null: cluster-wide */
  isRole(kind: 'Role' | 'ClusterRole', name: string | null, namespace: string | null): boolean;
}

/** Whether a step counts for objects of a name (null: for all of them) in a namespace (null: in all, or for what is in none). */
type Counts = (name: string | null, namespace: string | null, powerful: Powerful) => boolean;

/** Requests of which one is as good as another. */
export interface Step {
  readonly verbs: readonly string[];
  readonly apiGroup: string;
  /** `pods`, `pods/exec` */
  readonly resources: readonly string[];
  readonly counts: Counts;
  /** Where a binding has to be: in the namespace of the way or cluster-wide, only cluster-wide, or in any namespace. */
  readonly where: 'here' | 'cluster' | 'somewhere';
}

/** Where a way is looked for: cluster-wide, in kube-system, and in other namespaces with a powerful service account. */
export type PlaceKind = 'cluster' | 'system' | 'accounts';

/** Rights that together make an administrator. */
export interface Way {
  readonly risks: Partial<Readonly<Record<PlaceKind, Risk>>>;
  /** All of them are needed. */
  readonly steps: readonly Step[];
  /** Whether all steps have to be about the same object. */
  readonly isOfOneObject: boolean;
  /** The first release that has the way, and the first that no longer has it. */
  readonly since: KubernetesMinor;
  readonly until: KubernetesMinor;
}

const RBAC = 'rbac.authorization.k8s.io';
const CERTIFICATES = 'certificates.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';
const READ = ['get', 'list', 'watch'];
const CHANGE = ['update', 'patch'];
const WRITE = ['create', ...CHANGE];
/** What certificates for the API server are signed by. */
const CLIENT_SIGNERS: readonly string[] = ['kubernetes.io/kube-apiserver-client', 'kubernetes.io/*'];

const all: Counts = (name) => name === null;
const any: Counts = () => true;
const accounts: Counts = (name, namespace, powerful) => powerful.isAccount(name, namespace);
const users: Counts = (name, _, powerful) => name === null || powerful.isUser(name);
const groups: Counts = (name, _, powerful) => name === null || name === MASTERS || powerful.isGroup(name);
/** Constrained impersonation takes nobody for a member of system:masters. */
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
  where: Step['where'] = 'here',
): Step {
  return { verbs, apiGroup, resources, counts, where };
}

function way(
  risks: Way['risks'],
  steps: readonly Step[],
  rest: Partial<Pick<Way, 'isOfOneObject' | 'since' | 'until'>> = {},
): Way {
  return { risks, steps, isOfOneObject: false, since: 0, until: Number.POSITIVE_INFINITY, ...rest };
}

/** One risk wherever it is. */
function everywhere(risk: Risk): Way['risks'] {
  return { cluster: risk, system: risk, accounts: risk };
}

function inNamespaces(risk: Risk): Way['risks'] {
  return { system: risk, accounts: risk };
}

const SECRETS = {
  cluster: 'read-secrets',
  system: 'read-system-secrets',
  accounts: 'act-as-account',
} as const;
const EXEC = { cluster: 'exec', system: 'exec-system', accounts: 'act-as-account' } as const;
const PODS = { cluster: 'create-pods', system: 'create-system-pods', accounts: 'act-as-account' } as const;

/** What makes pods, whose service account its template names. */
const WORKLOADS: readonly (readonly [apiGroup: string, resources: readonly string[]])[] = [
  ['', ['replicationcontrollers']],
  ['apps', ['deployments', 'replicasets', 'statefulsets', 'daemonsets']],
  ['batch', ['jobs', 'cronjobs']],
];

/** The requests with which somebody who acts as an administrator can make others administrators. */
const AS_ADMINISTRATOR: readonly (readonly [
  verbs: readonly string[],
  apiGroup: string,
  resources: readonly string[],
  counts: Counts,
])[] = [
  [WRITE, RBAC, ['clusterrolebindings', 'rolebindings'], any],
  [CHANGE, RBAC, ['clusterroles', 'roles'], any],
  [READ, '', ['secrets'], all],
  [WRITE, '', ['pods'], any],
  ...WORKLOADS.map(([apiGroup, resources]) => [WRITE, apiGroup, resources, any] as const),
  [['create'], '', ['pods/exec', 'pods/attach'], all],
  [['create'], '', ['serviceaccounts/token'], accounts],
  [CHANGE, '', ['pods/ephemeralcontainers'], all],
];

/** The same, of what is in no namespace, or in kube-system alone. */
const AS_ADMINISTRATOR_OF: readonly (readonly [PlaceKind, ...(typeof AS_ADMINISTRATOR)[number]])[] = [
  ['cluster', ['create', 'get'], '', ['nodes/proxy'], any],
  ['cluster', WRITE, ADMISSION, ['mutatingwebhookconfigurations'], any],
  ['cluster', CHANGE, ADMISSION, ['mutatingadmissionpolicies'], any],
  ['system', CHANGE, '', ['configmaps'], awsAuth],
];

/**
 * Constrained impersonation, on by default since 1.36: one right to become somebody, another for what is done as them, each where it is
 * needed. https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/#constrained-impersonation
 */
function constrained(mode: string, become: readonly Step[]): Way[] {
  const onBehalf = (
    risks: Way['risks'],
    [verbs, apiGroup, resources, counts]: (typeof AS_ADMINISTRATOR)[number],
  ) => {
    const own = verbs.map((verb) => `impersonate-on:${mode}:${verb}`);
    return way(risks, [...become, step(own, apiGroup, resources, counts)], { since: 36 });
  };
  return [
    ...AS_ADMINISTRATOR.map((request) => onBehalf(everywhere('impersonate-constrained'), request)),
    ...AS_ADMINISTRATOR_OF.map(([place, ...request]) =>
      onBehalf({ [place]: 'impersonate-constrained' }, request),
    ),
  ];
}

/**
 * The ways to become administrator that are named; docs/audit.md has them in words, with those that are not.
 * https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks
 */
export const WAYS: readonly Way[] = [
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
  // A new role has no name when the request is authorized; who has a role that takes in others by their labels has the rules of new ones.
  way({ cluster: 'escalate' }, [
    step(['escalate'], RBAC, ['clusterroles']),
    step(['create'], RBAC, ['clusterroles']),
  ]),
  // A new role, bound in the namespace by whoever may bind any.
  way(inNamespaces('escalate'), [
    step(['escalate'], RBAC, ['roles']),
    step(['create'], RBAC, ['roles']),
    step(['bind'], RBAC, ['roles']),
    step(WRITE, RBAC, ['rolebindings'], any),
  ]),
  // The API server refuses to write a binding to whoever may only bind, and the other way round.
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
  // A request that names groups has to name a user, too.
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
    // A patch answers with the whole secret.
    step([...READ, 'patch'], '', ['secrets'], any),
  ]),
  way({ cluster: 'approve-certificates' }, [
    step(CHANGE, CERTIFICATES, ['certificatesigningrequests/approval'], any),
    step(['approve'], CERTIFICATES, ['signers'], signers),
  ]),
  way({ system: 'edit-aws-auth' }, [step(CHANGE, '', ['configmaps'], awsAuth)]),
  // The name of a new object is not known when the request is authorized.
  way({ system: 'edit-aws-auth' }, [
    step(['delete'], '', ['configmaps'], awsAuth),
    step(['create'], '', ['configmaps']),
  ]),
  way({ system: 'edit-aws-auth' }, [
    step(['deletecollection'], '', ['configmaps']),
    step(['create'], '', ['configmaps']),
  ]),
  way({ cluster: 'edit-webhooks' }, [step(WRITE, ADMISSION, ['mutatingwebhookconfigurations'], any)]),
  // https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/
  way(
    { cluster: 'edit-mutating-policies' },
    [
      step(['create'], ADMISSION, ['mutatingadmissionpolicies']),
      step(WRITE, ADMISSION, ['mutatingadmissionpolicybindings'], any),
    ],
    { since: 36 },
  ),
  way({ cluster: 'edit-mutating-policies' }, [step(CHANGE, ADMISSION, ['mutatingadmissionpolicies'], any)], {
    since: 36,
  }),
  way(SECRETS, [step(READ, '', ['secrets'])]),
  way(EXEC, [step(['create'], '', ['pods/exec', 'pods/attach'])]),
  // Since 1.35 a WebSocket needs the verb create, too.
  way(EXEC, [step(['get'], '', ['pods/exec', 'pods/attach'])], { until: 35 }),
  way(EXEC, [step(CHANGE, '', ['pods/ephemeralcontainers'])], { since: 23 }),
  // The kubelet runs commands in the pods of its node.
  way({ cluster: 'exec' }, [step(['create', 'get'], '', ['nodes/proxy'])]),
  way(PODS, [step(WRITE, '', ['pods'], any)]),
  ...WORKLOADS.map(([apiGroup, resources]) => way(PODS, [step(WRITE, apiGroup, resources, any)])),
];
