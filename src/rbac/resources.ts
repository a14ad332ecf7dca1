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
