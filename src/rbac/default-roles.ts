import { CONTROLLER_MANAGER, CONTROLLERS, NAMESPACED_ROLES } from './controller-roles.ts';
import type { Binding, PolicyRule, Subject, WrittenRole } from './model.ts';

/** The release whose roles these are; `test:cluster` holds them to it. */
export const DEFAULTS_OF = 'Kubernetes 1.36';

/**
 * The roles that the API server makes in every cluster (plugin/pkg/auth/authorizer/rbac/bootstrappolicy): manifests in Git refer to
 * them, and do not hold them. Those that people bind stand here, those of the control plane's programs in controller-roles.ts.
 */
export function defaultRoles(): readonly WrittenRole[] {
  return [
    ...AGGREGATED.map(([name, into]) => clusterRole(name, [], into, aggregatedFrom(name))),
    ...[...CLUSTER_ROLES, ...OF_CONTROLLERS].map(([name, rules]) =>
      clusterRole(name, rules, INTO.exec(name)?.[1]),
    ),
    ...NAMESPACED_ROLES.map(({ namespace, name, rules }) => ({
      ...clusterRole(name, rules),
      kind: 'Role' as const,
      namespace,
    })),
  ];
}

/** The bindings that every cluster has. */
export function defaultBindings(): readonly Binding[] {
  const everywhere = [...BINDINGS, ...CONTROLLERS.map(bindingOfController)].map(
    ([role, subjects]): Binding => ({
      kind: 'ClusterRoleBinding',
      name: role,
      namespace: null,
      roleRef: { kind: 'ClusterRole', name: role },
      subjects,
      location: null,
    }),
  );
  const inNamespaces = NAMESPACED_ROLES.map(
    ({ namespace, name, binding = name, subjects }): Binding => ({
      kind: 'RoleBinding',
      name: binding,
      namespace,
      roleRef: { kind: 'Role', name },
      subjects: subjects.map(writtenSubject),
      location: null,
    }),
  );
  return [...everywhere, ...inNamespaces];
}

const READ = 'get,list,watch';
const WRITE = 'create,delete,deletecollection,patch,update';
const ALL = 'create,delete,deletecollection,get,list,patch,update,watch';
const LABEL = 'rbac.authorization.k8s.io/aggregate-to-';
const INTO = /^system:aggregate-to-(.+)$/;

/** What takes in the roles with its label, and into which of them it is taken in turn. */
const AGGREGATED: readonly (readonly [name: string, into?: string])[] = [
  ['admin'],
  ['edit', 'admin'],
  ['view', 'edit'],
];

/** Rules as `VERBS GROUPS RESOURCES [NAMES]`, or `VERBS PATHS`. */
const CLUSTER_ROLES: readonly (readonly [name: string, rules: readonly string[]])[] = [
  ['cluster-admin', ['* * *', '* *']],
  [
    'system:aggregate-to-admin',
    [
      'create authorization.k8s.io localsubjectaccessreviews',
      `${ALL} rbac.authorization.k8s.io rolebindings,roles`,
    ],
  ],
  [
    'system:aggregate-to-edit',
    [
      `${READ} core pods/attach,pods/exec,pods/portforward,pods/proxy,secrets,services/proxy`,
      'impersonate core serviceaccounts',
      `${WRITE} core pods,pods/attach,pods/exec,pods/portforward,pods/proxy`,
      'create core pods/eviction',
      `${WRITE} core configmaps,persistentvolumeclaims,replicationcontrollers,replicationcontrollers/scale,secrets,serviceaccounts,services,services/proxy`,
      'create core serviceaccounts/token',
      `${WRITE} core,events.k8s.io events`,
      `${WRITE} apps daemonsets,deployments,deployments/rollback,deployments/scale,replicasets,replicasets/scale,statefulsets,statefulsets/scale`,
      `${WRITE} autoscaling horizontalpodautoscalers`,
      `${WRITE} batch cronjobs,jobs`,
      `${WRITE} extensions daemonsets,deployments,deployments/rollback,deployments/scale,ingresses,networkpolicies,replicasets,replicasets/scale,replicationcontrollers/scale`,
      `${WRITE} policy poddisruptionbudgets`,
      `${WRITE} networking.k8s.io ingresses,networkpolicies`,
      `${ALL} coordination.k8s.io leases`,
      `${WRITE} resource.k8s.io resourceclaims,resourceclaimtemplates`,
    ],
  ],
  [
    'system:aggregate-to-view',
    [
      `${READ} core configmaps,endpoints,persistentvolumeclaims,persistentvolumeclaims/status,pods,replicationcontrollers,replicationcontrollers/scale,serviceaccounts,services,services/status`,
      `${READ} core bindings,limitranges,namespaces/status,pods/log,pods/status,replicationcontrollers/status,resourcequotas,resourcequotas/status`,
      `${READ} core namespaces`,
      `${READ} core,events.k8s.io events`,
      `${READ} discovery.k8s.io endpointslices`,
      `${READ} apps controllerrevisions,daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,replicasets,replicasets/scale,replicasets/status,statefulsets,statefulsets/scale,statefulsets/status`,
      `${READ} autoscaling horizontalpodautoscalers,horizontalpodautoscalers/status`,
      `${READ} batch cronjobs,cronjobs/status,jobs,jobs/status`,
      `${READ} extensions daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,ingresses,ingresses/status,networkpolicies,replicasets,replicasets/scale,replicasets/status,replicationcontrollers/scale`,
      `${READ} policy poddisruptionbudgets,poddisruptionbudgets/status`,
      `${READ} networking.k8s.io ingresses,ingresses/status,networkpolicies`,
      `${READ} resource.k8s.io resourceclaims,resourceclaims/status,resourceclaimtemplates`,
    ],
  ],
  [
    'system:auth-delegator',
    ['create authentication.k8s.io tokenreviews', 'create authorization.k8s.io subjectaccessreviews'],
  ],
  [
    'system:basic-user',
    [
      'create authorization.k8s.io selfsubjectaccessreviews,selfsubjectrulesreviews',
      'create authentication.k8s.io selfsubjectreviews',
    ],
  ],
  [
    'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
    ['create certificates.k8s.io certificatesigningrequests/nodeclient'],
  ],
  [
    'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    ['create certificates.k8s.io certificatesigningrequests/selfnodeclient'],
  ],
  [
    'system:certificates.k8s.io:kube-apiserver-client-approver',
    ['approve certificates.k8s.io signers kubernetes.io/kube-apiserver-client'],
  ],
  [
    'system:certificates.k8s.io:kube-apiserver-client-kubelet-approver',
    ['approve certificates.k8s.io signers kubernetes.io/kube-apiserver-client-kubelet'],
  ],
  [
    'system:certificates.k8s.io:kubelet-serving-approver',
    ['approve certificates.k8s.io signers kubernetes.io/kubelet-serving'],
  ],
  [
    'system:certificates.k8s.io:legacy-unknown-approver',
    ['approve certificates.k8s.io signers kubernetes.io/legacy-unknown'],
  ],
  [
    'system:discovery',
    ['get /api,/api/*,/apis,/apis/*,/healthz,/livez,/openapi,/openapi/*,/readyz,/version,/version/'],
  ],
  ['system:heapster', [`${READ} core events,namespaces,nodes,pods`, `${READ} extensions deployments`]],
  ['system:kube-aggregator', [`${READ} core endpoints,services`]],
  ['system:kube-dns', ['list,watch core endpoints,services']],
  [
    'system:kube-scheduler',
    [
      'create,patch,update core,events.k8s.io events',
      'create coordination.k8s.io leases',
      'get,list,update,watch coordination.k8s.io leases kube-scheduler',
      `${ALL} coordination.k8s.io leasecandidates`,
      `${READ} core nodes`,
      `delete,${READ} core pods`,
      'create core bindings,pods/binding',
      'patch,update core pods/status',
      `${READ} core replicationcontrollers,services`,
      `${READ} apps,extensions replicasets`,
      `${READ} apps statefulsets`,
      `${READ} policy poddisruptionbudgets`,
      `${READ} core persistentvolumeclaims,persistentvolumes`,
      'create authentication.k8s.io tokenreviews',
      'create authorization.k8s.io subjectaccessreviews',
      `${READ} storage.k8s.io csinodes`,
      `${READ} storage.k8s.io volumeattachments`,
      `${READ} core namespaces`,
      `${READ} storage.k8s.io csidrivers`,
      `${READ} storage.k8s.io csistoragecapacities`,
      `${READ} resource.k8s.io deviceclasses`,
      'get,list,patch,update,watch resource.k8s.io resourceclaims',
      'get,list,patch,update,watch resource.k8s.io resourceclaims/status',
      'update core pods/finalizers',
      `${READ} resource.k8s.io resourceslices`,
      'create,delete resource.k8s.io resourceclaims',
      'patch,update resource.k8s.io resourceclaims/binding',
    ],
  ],
  [
    'system:kubelet-api-admin',
    [
      `${READ} core nodes`,
      'proxy core nodes',
      '* core nodes/log,nodes/metrics,nodes/proxy,nodes/stats',
      '* core nodes/configz,nodes/healthz,nodes/pods',
    ],
  ],
  [
    'system:monitoring',
    [
      'get /flagz,/healthz,/healthz/*,/livez,/livez/*,/metrics,/metrics/slis,/readyz,/readyz/*,/statusz',
      'get core nodes/metrics',
    ],
  ],
  [
    'system:node',
    [
      'create authentication.k8s.io tokenreviews',
      'create authorization.k8s.io localsubjectaccessreviews,subjectaccessreviews',
      `${READ} core services`,
      `create,${READ} core nodes`,
      'patch,update core nodes/status',
      'patch,update core nodes',
      'create,patch,update core,events.k8s.io events',
      `${READ} core pods`,
      'create,delete core pods',
      'patch,update core pods/status',
      'create core pods/eviction',
      `${READ} core configmaps,secrets`,
      'get core persistentvolumeclaims,persistentvolumes',
      'get core endpoints',
      `create,${READ} certificates.k8s.io certificatesigningrequests`,
      'create,delete,get,patch,update coordination.k8s.io leases',
      'get storage.k8s.io volumeattachments',
      'create core serviceaccounts/token',
      'get,patch,update core persistentvolumeclaims/status',
      `${READ} storage.k8s.io csidrivers`,
      'create,delete,get,patch,update storage.k8s.io csinodes',
      `${READ} node.k8s.io runtimeclasses`,
      'get resource.k8s.io resourceclaims',
      'deletecollection resource.k8s.io resourceslices',
      'get core serviceaccounts',
    ],
  ],
  ['system:node-bootstrapper', [`create,${READ} certificates.k8s.io certificatesigningrequests`]],
  [
    'system:node-problem-detector',
    ['get core nodes', 'patch core nodes/status', 'create,patch,update core,events.k8s.io events'],
  ],
  [
    'system:node-proxier',
    [
      'list,watch core endpoints,services',
      `${READ} core nodes`,
      'create,patch,update core,events.k8s.io events',
      'list,watch networking.k8s.io servicecidrs',
      'list,watch discovery.k8s.io endpointslices',
    ],
  ],
  [
    'system:persistent-volume-provisioner',
    [
      `create,delete,${READ} core persistentvolumes`,
      'get,list,update,watch core persistentvolumeclaims',
      `${READ} storage.k8s.io storageclasses`,
      'watch core events',
      'create,patch,update core,events.k8s.io events',
    ],
  ],
  ['system:public-info-viewer', ['get /healthz,/livez,/readyz,/version,/version/']],
  [
    'system:service-account-issuer-discovery',
    [
      'get /.well-known/openid-configuration,/.well-known/openid-configuration/,/openid/v1/jwks,/openid/v1/jwks/',
    ],
  ],
  [
    'system:volume-scheduler',
    [
      'get,list,patch,update,watch core persistentvolumes',
      `${READ} storage.k8s.io storageclasses`,
      'get,list,patch,update,watch core persistentvolumeclaims',
    ],
  ],
];

const OF_CONTROLLERS: typeof CLUSTER_ROLES = [
  ['system:kube-controller-manager', CONTROLLER_MANAGER],
  ...CONTROLLERS.map(([name, rules]) => [roleOfController(name), rules] as const),
];

const BINDINGS: readonly (readonly [role: string, subjects: readonly Subject[]])[] = [
  ['cluster-admin', [group('system:masters')]],
  ['system:basic-user', [group('system:authenticated')]],
  ['system:discovery', [group('system:authenticated')]],
  ['system:kube-controller-manager', [user('system:kube-controller-manager')]],
  ['system:kube-dns', [serviceAccount('kube-dns')]],
  ['system:kube-scheduler', [user('system:kube-scheduler')]],
  ['system:monitoring', [group('system:monitoring')]],
  ['system:node', []],
  ['system:node-proxier', [user('system:kube-proxy')]],
  ['system:public-info-viewer', [group('system:authenticated'), group('system:unauthenticated')]],
  ['system:service-account-issuer-discovery', [group('system:serviceaccounts')]],
  ['system:volume-scheduler', [user('system:kube-scheduler')]],
];

function group(name: string): Subject {
  return { kind: 'Group', name, namespace: null };
}

function user(name: string): Subject {
  return { kind: 'User', name, namespace: null };
}

/** Those that have bindings from the start are all in kube-system. */
function serviceAccount(name: string): Subject {
  return { kind: 'ServiceAccount', name, namespace: 'kube-system' };
}

/** `User NAME`, or `ServiceAccount NAME`. */
function writtenSubject(written: string): Subject {
  const [kind, name = ''] = written.split(' ');
  return kind === 'User' ? user(name) : serviceAccount(name);
}

function roleOfController(name: string): string {
  return `system:controller:${name}`;
}

function bindingOfController([name]: (typeof CONTROLLERS)[number]): (typeof BINDINGS)[number] {
  return [roleOfController(name), [serviceAccount(name)]];
}

function clusterRole(
  name: string,
  rules: readonly string[],
  into?: string,
  selectors: WrittenRole['selectors'] = null,
): WrittenRole {
  const labels = new Map([['kubernetes.io/bootstrapping', 'rbac-defaults']]);
  if (into !== undefined) labels.set(LABEL + into, 'true');
  return {
    kind: 'ClusterRole',
    name,
    namespace: null,
    labels,
    rules: rules.map(ruleOf),
    selectors,
    isLive: false,
    applied: { rules: false, aggregationRule: false, labels: new Set() },
    location: null,
  };
}

function aggregatedFrom(name: string): WrittenRole['selectors'] {
  return [{ matchLabels: new Map([[LABEL + name, 'true']]), matchExpressions: [] }];
}

function ruleOf(written: string): PolicyRule {
  const [verbs = [], second = [], resources, resourceNames = []] = written
    .split(' ')
    .map((list) => list.split(','));
  if (!resources) return { verbs, apiGroups: [], resources: [], resourceNames, nonResourceURLs: second };
  const apiGroups = second.map((name) => (name === 'core' ? '' : name));
  return { verbs, apiGroups, resources, resourceNames, nonResourceURLs: [] };
}
