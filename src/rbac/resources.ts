/** A Kubernetes resource, as listed by `kubectl api-resources`. */
export interface KubernetesResource {
  /** The plural, which rules use. */
  readonly name: string;
  /** Empty: the core group. */
  readonly apiGroup: string;
  readonly shortNames: readonly string[];
  readonly isNamespaced: boolean;
  readonly subresources: readonly string[];
}

/**
 * `GROUP: NAMESPACED | CLUSTER-SCOPED`, with each resource as `name,short
 * names/subresources`, in the order in which kubectl resolves names. It is what the API server of Kubernetes 1.36
 * serves by default; `test:cluster` verifies it.
 */
const SERVED = `
core: bindings configmaps,cm endpoints,ep events,ev limitranges,limits persistentvolumeclaims,pvc/status pods,po/attach/binding/ephemeralcontainers/eviction/exec/log/portforward/proxy/resize/status podtemplates replicationcontrollers,rc/scale/status resourcequotas,quota/status secrets serviceaccounts,sa/token services,svc/proxy/status | componentstatuses,cs namespaces,ns/finalize/status nodes,no/proxy/status persistentvolumes,pv/status
apiregistration.k8s.io: | apiservices/status
apps: controllerrevisions daemonsets,ds/status deployments,deploy/scale/status replicasets,rs/scale/status statefulsets,sts/scale/status
events.k8s.io: events,ev
authentication.k8s.io: | selfsubjectreviews tokenreviews
authorization.k8s.io: localsubjectaccessreviews | selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews
autoscaling: horizontalpodautoscalers,hpa/status
batch: cronjobs,cj/status jobs/status
certificates.k8s.io: | certificatesigningrequests,csr/approval/status
networking.k8s.io: ingresses,ing/status networkpolicies,netpol | ingressclasses ipaddresses,ip servicecidrs/status
policy: poddisruptionbudgets,pdb/status
rbac.authorization.k8s.io: rolebindings roles | clusterrolebindings clusterroles
storage.k8s.io: csistoragecapacities | csidrivers csinodes storageclasses,sc volumeattachments/status volumeattributesclasses,vac
admissionregistration.k8s.io: | mutatingadmissionpolicies mutatingadmissionpolicybindings mutatingwebhookconfigurations validatingadmissionpolicies/status validatingadmissionpolicybindings validatingwebhookconfigurations
apiextensions.k8s.io: | customresourcedefinitions,crd,crds/status
scheduling.k8s.io: | priorityclasses,pc
coordination.k8s.io: leases
node.k8s.io: | runtimeclasses
discovery.k8s.io: endpointslices
resource.k8s.io: resourceclaims/status resourceclaimtemplates | deviceclasses resourceslices
flowcontrol.apiserver.k8s.io: | flowschemas/status prioritylevelconfigurations/status`;

/**
 * Resources in rules that no API serves: for impersonation, signing certificates, and the kubelet's own
 * authorization.
 */
const IN_RULES_ALONE = `
core: | users groups
authentication.k8s.io: | uids userextras/scopes
certificates.k8s.io: | signers`;
const OF_KUBELET = ['checkpoint', 'configz', 'healthz', 'log', 'metrics', 'pods', 'spec', 'stats'];

/** The resources that the API server serves by default. */
export const servedResources: readonly KubernetesResource[] = resourcesIn(SERVED);

/** All resources that Kubernetes itself checks permissions for. */
export const knownResources: readonly KubernetesResource[] = [
  ...servedResources,
  ...resourcesIn(IN_RULES_ALONE),
];

function resourcesIn(table: string): KubernetesResource[] {
  return table
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [group = '', namespaced = '', clusterScoped = ''] = line.split(/:|\|/);
      const apiGroup = group === 'core' ? '' : group;
      return [...listed(namespaced, apiGroup, true), ...listed(clusterScoped, apiGroup, false)];
    });
}

function listed(list: string, apiGroup: string, isNamespaced: boolean): KubernetesResource[] {
  const all = list.split(' ').filter((written) => written !== '');
  return all.map((written) => {
    const [names = '', ...subresources] = written.split('/');
    const [name = '', ...shortNames] = names.split(',');
    return { name, apiGroup, shortNames, isNamespaced, subresources };
  });
}

/** The singular of a resource name, in lower case like its kind. For `endpoints` the API itself uses the plural. */
export function singularOf(name: string): string {
  if (name.endsWith('ies')) return `${name.slice(0, -3)}y`;
  return name.replace(/(?<=ss|us|x|ch|sh)es$|s$/, '');
}

/** The subresources of a Kubernetes resource, including those that exist only in rules. */
export function subresourcesOf({ apiGroup, name, subresources }: KubernetesResource): readonly string[] {
  const isNode = apiGroup === '' && name === 'nodes';
  // `finalizers` is for the admission plugin OwnerReferencesPermissionEnforcement.
  return [...subresources, ...(isNode ? OF_KUBELET : []), 'finalizers'];
}
