import data from './data/kubernetes-1.37.json' with { type: 'json' };

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
 * Resources in rules that no API serves: for impersonation, signing certificates, and the kubelet's own
 * authorization.
 */
const IN_RULES_ALONE: readonly KubernetesResource[] = [
  inRulesAlone('', 'users'),
  inRulesAlone('', 'groups'),
  inRulesAlone('authentication.k8s.io', 'uids'),
  inRulesAlone('authentication.k8s.io', 'userextras', ['scopes']),
  inRulesAlone('certificates.k8s.io', 'signers'),
];
const OF_KUBELET = ['checkpoint', 'configz', 'healthz', 'log', 'metrics', 'pods', 'spec', 'stats'];

/**
 * All resources that Kubernetes itself checks permissions for: the ones that the API server serves by default, in the
 * order in which kubectl resolves names, and the others.
 */
export const knownResources: readonly KubernetesResource[] = [...data.resources, ...IN_RULES_ALONE];

function inRulesAlone(
  apiGroup: string,
  name: string,
  subresources: readonly string[] = [],
): KubernetesResource {
  return { name, apiGroup, shortNames: [], isNamespaced: false, subresources };
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
