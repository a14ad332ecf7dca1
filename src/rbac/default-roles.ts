import { CONTROL_PLANE_ROLES } from './controller-roles.ts';
import { type Subject, SYSTEM, type WrittenBinding, type WrittenRole } from './model.ts';
import { ALL, blocks, READ, ruleOf, WRITE } from './role-text.ts';

/**
 * The roles that the API server creates in every cluster (plugin/pkg/auth/authorizer/rbac/bootstrappolicy): manifests
 * in Git refer to them without containing them. Here are the roles that people bind; roles for control plane programs
 * are in controller-roles.ts.
 */
export function defaultRoles(): readonly WrittenRole[] {
  return [
    ...AGGREGATED.map(([name, into]) => ({ ...role(name, [], into), selectors: aggregatedFrom(name) })),
    ...[...blocks(CLUSTER_ROLES), ...blocks(CONTROL_PLANE_ROLES)].map(([name, rules]) =>
      role(name, rules, INTO.exec(name)?.[1]),
    ),
  ];
}

type DefaultBinding = Omit<WrittenBinding, 'isLive'>;

/** The bindings that every cluster has. */
export function defaultBindings(): readonly DefaultBinding[] {
  const ofControllers = blocks(CONTROL_PLANE_ROLES).flatMap(([name]) => {
    const [, account] = OF_CONTROLLER.exec(name) ?? [];
    return account === undefined ? [] : binding(name, [`ServiceAccount ${account}`]);
  });
  const written = (text: string) => blocks(text).map(([head, subjects]) => binding(head, subjects));
  return [...written(BINDINGS), ...ofControllers, ...written(NAMESPACED_BINDINGS)];
}

const OF_CONTROLLER = /^system:controller:(.+)$/;
const LABEL = 'rbac.authorization.k8s.io/aggregate-to-';
const INTO = /^system:aggregate-to-(.+)$/;

/** Aggregated roles: which labels select which roles, and the label of each itself. */
const AGGREGATED: readonly (readonly [name: string, into?: string])[] = [
  ['admin'],
  ['edit', 'admin'],
  ['view', 'edit'],
];

/**
 * Each role as `NAME` or `NAMESPACE/NAME`, followed by its rules: `VERBS GROUPS RESOURCES [NAMES]`, or `VERBS PATHS`.
 */
const CLUSTER_ROLES = `
cluster-admin
  * * *
  * *
system:aggregate-to-admin
  create authorization.k8s.io localsubjectaccessreviews
  ${ALL} rbac.authorization.k8s.io rolebindings,roles
system:aggregate-to-edit
  ${READ} core pods/attach,pods/exec,pods/portforward,pods/proxy,secrets,services/proxy
  impersonate core serviceaccounts
  ${WRITE} core pods,pods/attach,pods/exec,pods/portforward,pods/proxy
  create core pods/eviction
  ${WRITE} core configmaps,persistentvolumeclaims,replicationcontrollers,replicationcontrollers/scale,secrets,serviceaccounts,services,services/proxy
  create core serviceaccounts/token
  ${WRITE} core,events.k8s.io events
  ${WRITE} apps daemonsets,deployments,deployments/rollback,deployments/scale,replicasets,replicasets/scale,statefulsets,statefulsets/scale
  ${WRITE} autoscaling horizontalpodautoscalers
  ${WRITE} batch cronjobs,jobs
  ${WRITE} extensions daemonsets,deployments,deployments/rollback,deployments/scale,ingresses,networkpolicies,replicasets,replicasets/scale,replicationcontrollers/scale
  ${WRITE} policy poddisruptionbudgets
  ${WRITE} networking.k8s.io ingresses,networkpolicies
  ${ALL} coordination.k8s.io leases
  ${WRITE} resource.k8s.io resourceclaims,resourceclaimtemplates
system:aggregate-to-view
  ${READ} core configmaps,endpoints,persistentvolumeclaims,persistentvolumeclaims/status,pods,replicationcontrollers,replicationcontrollers/scale,serviceaccounts,services,services/status
  ${READ} core bindings,limitranges,namespaces/status,pods/log,pods/status,replicationcontrollers/status,resourcequotas,resourcequotas/status
  ${READ} core namespaces
  ${READ} core,events.k8s.io events
  ${READ} discovery.k8s.io endpointslices
  ${READ} apps controllerrevisions,daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,replicasets,replicasets/scale,replicasets/status,statefulsets,statefulsets/scale,statefulsets/status
  ${READ} autoscaling horizontalpodautoscalers,horizontalpodautoscalers/status
  ${READ} batch cronjobs,cronjobs/status,jobs,jobs/status
  ${READ} extensions daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,ingresses,ingresses/status,networkpolicies,replicasets,replicasets/scale,replicasets/status,replicationcontrollers/scale
  ${READ} policy poddisruptionbudgets,poddisruptionbudgets/status
  ${READ} networking.k8s.io ingresses,ingresses/status,networkpolicies
  ${READ} resource.k8s.io resourceclaims,resourceclaims/status,resourceclaimtemplates
system:auth-delegator
  create authentication.k8s.io tokenreviews
  create authorization.k8s.io subjectaccessreviews
system:basic-user
  create authorization.k8s.io selfsubjectaccessreviews,selfsubjectrulesreviews
  create authentication.k8s.io selfsubjectreviews
system:certificates.k8s.io:certificatesigningrequests:nodeclient
  create certificates.k8s.io certificatesigningrequests/nodeclient
system:certificates.k8s.io:certificatesigningrequests:selfnodeclient
  create certificates.k8s.io certificatesigningrequests/selfnodeclient
system:certificates.k8s.io:kube-apiserver-client-approver
  approve certificates.k8s.io signers kubernetes.io/kube-apiserver-client
system:certificates.k8s.io:kube-apiserver-client-kubelet-approver
  approve certificates.k8s.io signers kubernetes.io/kube-apiserver-client-kubelet
system:certificates.k8s.io:kubelet-serving-approver
  approve certificates.k8s.io signers kubernetes.io/kubelet-serving
system:certificates.k8s.io:legacy-unknown-approver
  approve certificates.k8s.io signers kubernetes.io/legacy-unknown
system:discovery
  get /api,/api/*,/apis,/apis/*,/healthz,/livez,/openapi,/openapi/*,/readyz,/version,/version/
system:heapster
  ${READ} core events,namespaces,nodes,pods
  ${READ} extensions deployments
system:kube-aggregator
  ${READ} core endpoints,services
system:kube-dns
  list,watch core endpoints,services
system:kube-scheduler
  create,patch,update core,events.k8s.io events
  create coordination.k8s.io leases
  get,list,update,watch coordination.k8s.io leases kube-scheduler
  ${ALL} coordination.k8s.io leasecandidates
  ${READ} core nodes
  delete,${READ} core pods
  create core bindings,pods/binding
  patch,update core pods/status
  ${READ} core replicationcontrollers,services
  ${READ} apps,extensions replicasets
  ${READ} apps statefulsets
  ${READ} policy poddisruptionbudgets
  ${READ} core persistentvolumeclaims,persistentvolumes
  create authentication.k8s.io tokenreviews
  create authorization.k8s.io subjectaccessreviews
  ${READ} storage.k8s.io csinodes
  ${READ} storage.k8s.io volumeattachments
  ${READ} core namespaces
  ${READ} storage.k8s.io csidrivers
  ${READ} storage.k8s.io csistoragecapacities
  ${READ} resource.k8s.io deviceclasses
  get,list,patch,update,watch resource.k8s.io resourceclaims
  get,list,patch,update,watch resource.k8s.io resourceclaims/status
  update core pods/finalizers
  ${READ} resource.k8s.io resourceslices
  create,delete resource.k8s.io resourceclaims
  patch,update resource.k8s.io resourceclaims/binding
system:kubelet-api-admin
  ${READ} core nodes
  proxy core nodes
  * core nodes/log,nodes/metrics,nodes/proxy,nodes/stats
  * core nodes/configz,nodes/healthz,nodes/pods
system:monitoring
  get /flagz,/healthz,/healthz/*,/livez,/livez/*,/metrics,/metrics/slis,/readyz,/readyz/*,/statusz
  get core nodes/metrics
system:node
  create authentication.k8s.io tokenreviews
  create authorization.k8s.io localsubjectaccessreviews,subjectaccessreviews
  ${READ} core services
  create,${READ} core nodes
  patch,update core nodes/status
  patch,update core nodes
  create,patch,update core,events.k8s.io events
  ${READ} core pods
  create,delete core pods
  patch,update core pods/status
  create core pods/eviction
  ${READ} core configmaps,secrets
  get core persistentvolumeclaims,persistentvolumes
  get core endpoints
  create,${READ} certificates.k8s.io certificatesigningrequests
  create,delete,get,patch,update coordination.k8s.io leases
  get storage.k8s.io volumeattachments
  create core serviceaccounts/token
  get,patch,update core persistentvolumeclaims/status
  ${READ} storage.k8s.io csidrivers
  create,delete,get,patch,update storage.k8s.io csinodes
  ${READ} node.k8s.io runtimeclasses
  get resource.k8s.io resourceclaims
  deletecollection resource.k8s.io resourceslices
  get core serviceaccounts
system:node-bootstrapper
  create,${READ} certificates.k8s.io certificatesigningrequests
system:node-problem-detector
  get core nodes
  patch core nodes/status
  create,patch,update core,events.k8s.io events
system:node-proxier
  list,watch core endpoints,services
  ${READ} core nodes
  create,patch,update core,events.k8s.io events
  list,watch networking.k8s.io servicecidrs
  list,watch discovery.k8s.io endpointslices
system:persistent-volume-provisioner
  create,delete,${READ} core persistentvolumes
  get,list,update,watch core persistentvolumeclaims
  ${READ} storage.k8s.io storageclasses
  watch core events
  create,patch,update core,events.k8s.io events
system:public-info-viewer
  get /healthz,/livez,/readyz,/version,/version/
system:service-account-issuer-discovery
  get /.well-known/openid-configuration,/.well-known/openid-configuration/,/openid/v1/jwks,/openid/v1/jwks/
system:volume-scheduler
  get,list,patch,update,watch core persistentvolumes
  ${READ} storage.k8s.io storageclasses
  get,list,patch,update,watch core persistentvolumeclaims`;

/** Each role, followed by the subjects of the binding with the same name; service accounts are all in kube-system. */
const BINDINGS = `
cluster-admin
  Group system:masters
system:basic-user
  Group system:authenticated
system:discovery
  Group system:authenticated
system:kube-controller-manager
  User system:kube-controller-manager
system:kube-dns
  ServiceAccount kube-dns
system:kube-scheduler
  User system:kube-scheduler
system:monitoring
  Group system:monitoring
system:node
system:node-proxier
  User system:kube-proxy
system:public-info-viewer
  Group system:authenticated
  Group system:unauthenticated
system:service-account-issuer-discovery
  Group system:serviceaccounts
system:volume-scheduler
  User system:kube-scheduler`;

/** The same for roles in namespaces; one binding has a different name. */
const NAMESPACED_BINDINGS = `
kube-public/system:controller:bootstrap-signer
  ServiceAccount bootstrap-signer
kube-system/extension-apiserver-authentication-reader system::extension-apiserver-authentication-reader
  User system:kube-controller-manager
  User system:kube-scheduler
kube-system/system::leader-locking-kube-controller-manager
  User system:kube-controller-manager
  ServiceAccount kube-controller-manager
  ServiceAccount leader-election-controller
kube-system/system::leader-locking-kube-scheduler
  User system:kube-scheduler
  ServiceAccount kube-scheduler
kube-system/system:controller:bootstrap-signer
  ServiceAccount bootstrap-signer
kube-system/system:controller:cloud-provider
  ServiceAccount cloud-provider
kube-system/system:controller:token-cleaner
  ServiceAccount token-cleaner`;

/** The kind, namespace and name of a role; the namespace is null for a ClusterRole. */
function placeOf(written: string): Pick<WrittenRole, 'kind' | 'namespace' | 'name'> {
  const [name = '', namespace = null] = written.split('/').toReversed();
  return { kind: namespace === null ? 'ClusterRole' : 'Role', name, namespace };
}

function role(written: string, rules: readonly string[], into?: string): WrittenRole {
  const labels = new Map([['kubernetes.io/bootstrapping', 'rbac-defaults']]);
  if (into !== undefined) labels.set(LABEL + into, 'true');
  return {
    ...placeOf(written),
    labels,
    rules: rules.map(ruleOf),
    selectors: null,
    isLive: false,
    applied: { rules: false, aggregationRule: false, labels: new Set() },
    location: null,
  };
}

function aggregatedFrom(name: string): WrittenRole['selectors'] {
  return [{ matchLabels: new Map([[LABEL + name, 'true']]), matchExpressions: [] }];
}

/** @param head the role, and the name of the binding if different */
function binding(head: string, subjects: readonly string[]): DefaultBinding {
  const [written = '', bindingName] = head.split(' ');
  const { kind, name, namespace } = placeOf(written);
  return {
    kind: `${kind}Binding`,
    name: bindingName ?? name,
    namespace,
    roleRef: { kind, name },
    subjects: subjects.map(subjectOf),
    location: null,
  };
}

function subjectOf(written: string): Subject {
  const [kind, name = ''] = written.split(' ');
  if (kind === 'User' || kind === 'Group') return { kind, name, namespace: null };
  return { kind: 'ServiceAccount', name, namespace: SYSTEM };
}
