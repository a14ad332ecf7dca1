import { coversNamespace } from '../access-policy.ts';
import type { AuthenticationMode } from '../eks.ts';
import { formatLocation, type Location } from '../errors.ts';
import { listed, printable } from '../text.ts';

/** The namespace that runs the cluster: its service accounts are cluster admins, and it contains aws-auth. */
export const SYSTEM = 'kube-system';

/** The group of all service accounts; with `:NAMESPACE`, that of a namespace's. */
export const ACCOUNTS = 'system:serviceaccounts';

/**
 * Knowledge about a cluster's aws-auth: it counts, it may count (the authentication mode is unknown), it counts if
 * one exists, or the cluster ignores it.
 */
export type AwsAuthState = 'counts' | 'may count' | 'may exist' | 'ignored';

/** @param isGiven false if the run has no aws-auth for the cluster; @param mode null or undefined if unknown */
export function awsAuthState(isGiven: boolean, mode: AuthenticationMode | null | undefined): AwsAuthState {
  if (mode === 'API') return 'ignored';
  if (!mode) return 'may count';
  return isGiven ? 'counts' : 'may exist';
}

/** The service account that has a username; undefined for any other username. */
export function accountOf(username: string) {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

/** The label of the bindings that `aws-auth-sso bindings` writes, and its value. */
export const MANAGED_BY = 'app.kubernetes.io/managed-by';
export const MANAGER = 'aws-auth-sso';

/** Prints the RBAC manifests of a cluster. */
export const GET_RBAC = 'kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml';

/**
 * How to include what bindings grant.
 * @param severalClusters true if a file alone belongs to none
 */
export function addRbac(severalClusters = false): string {
  return `${GET_RBAC} > rbac.yaml\nThen add --rbac ${severalClusters ? 'CLUSTER=' : ''}rbac.yaml.`;
}

/** A rule of a role, as in the API; missing fields are empty. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  /** `pods`, `pods/exec`, `*`, and for any resource: an asterisk and `/scale`. */
  readonly resources: readonly string[];
  /** Empty: all names. */
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

/** A role of RBAC, or an access policy: EKS evaluates its rules as those of a ClusterRole. */
export interface RbacRole {
  readonly kind: 'Role' | 'ClusterRole' | 'AccessPolicy';
  readonly name: string;
  /** Null for a ClusterRole. */
  readonly namespace: string | null;
  /** For an aggregated ClusterRole, the rules of all roles that it aggregates. */
  readonly rules: readonly PolicyRule[];
  /** Null for one that every cluster has and the files leave out. */
  readonly location: Location | null;
}

export interface Subject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount' | 'AccessEntry';
  /** Empty for the holder of an access policy, whose access entry names it. */
  readonly name: string;
  /** For a service account; null: the binding's namespace. */
  readonly namespace: string | null;
}

/** A binding of RBAC, or the association of an access policy. */
export interface Binding {
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding' | 'AccessPolicy';
  readonly name: string;
  /**
   * The namespace where it grants permissions; null for a ClusterRoleBinding: everywhere. For an access policy, the name
   * may have `*`, as in `dev-*`.
   */
  readonly namespace: string | null;
  readonly roleRef: Pick<RbacRole, 'kind' | 'name'>;
  readonly subjects: readonly Subject[];
  /** True with the label of `aws-auth-sso bindings`. */
  readonly isManaged?: boolean;
  /** Null for one that every cluster has and the files leave out. */
  readonly location: Location | null;
}

/** A role that a binding grants to a user. */
export interface BoundRole {
  readonly role: RbacRole;
  readonly binding: Binding;
  /** The subject that is the user, or a group of the user. */
  readonly subject: Subject;
}

/** A role as if bound to a group, in a namespace or (null) cluster-wide. */
export function boundIn(role: RbacRole, namespace: string | null): BoundRole {
  const subject = { kind: 'Group', name: 'GROUP', namespace: null } as const;
  const ofRbac = namespace === null ? 'ClusterRoleBinding' : 'RoleBinding';
  const kind = role.kind === 'AccessPolicy' ? role.kind : ofRbac;
  const roleRef = { kind: role.kind, name: role.name };
  const binding = { kind, name: 'NAME', namespace, roleRef, subjects: [subject], location: null } as const;
  return { role, subject, binding };
}

/** True for an access policy rather than a role of RBAC. */
export function isPolicy({ role }: Pick<BoundRole, 'role'>): boolean {
  return role.kind === 'AccessPolicy';
}

/** True if a binding in a namespace grants permissions in this one; false for a cluster-wide binding. */
export function appliesIn({ kind, namespace }: Pick<Binding, 'kind' | 'namespace'>, name: string): boolean {
  return namespace === name || (kind === 'AccessPolicy' && coversNamespace(namespace ?? '', name));
}

/** `ClusterRole/edit`, `AmazonEKSEditPolicy` */
export function roleText({ kind, name }: Pick<RbacRole, 'kind' | 'name'>): string {
  return kind === 'AccessPolicy' ? name : `${kind}/${name}`;
}

/** `ClusterRole/edit in payments`, `ClusterRole/view cluster-wide`, `AmazonEKSEditPolicy in team-*` */
export function boundRoleText({
  role,
  binding,
}: {
  readonly role: Pick<RbacRole, 'kind' | 'name'>;
  readonly binding: Pick<Binding, 'namespace'>;
}): string {
  return `${roleText(role)} ${binding.namespace === null ? 'cluster-wide' : `in ${binding.namespace}`}`;
}

/** Where roles are bound: `in payments, shop`; only `cluster-wide` if one is bound cluster-wide. */
export function placesText(bound: readonly Pick<BoundRole, 'binding'>[], most = 3): string {
  const namespaces = bound.map(({ binding }) => binding.namespace);
  const stated = [...new Set(namespaces.filter((namespace) => namespace !== null))];
  return namespaces.includes(null) ? 'cluster-wide' : `in ${listed(stated, most)}`;
}

/** A grant of a binding or an access policy, by name: for JSON, and for texts that name the binding. */
export function throughOf({ role, binding, subject }: BoundRole) {
  return {
    role: `${role.kind}/${role.name}`,
    binding: `${binding.kind}/${binding.name}`,
    namespace: binding.namespace,
    subject: subject.kind === 'AccessEntry' ? subject.kind : `${subject.kind}/${subject.name}`,
  };
}

type Named = Pick<RbacRole | Binding, 'kind' | 'name' | 'namespace'>;

/** Equal for two manifests of the same role or binding. */
export function manifestId({ kind, name, namespace }: Named): string {
  return `${kind} ${namespace ?? ''} ${name}`;
}

/** `RoleBinding payments/devs`, `ClusterRole view` */
export function manifestName({ kind, name, namespace }: Named): string {
  return printable(`${kind} ${namespace === null ? name : `${namespace}/${name}`}`);
}

/** `RoleBinding payments/devs at rbac.yaml:12:1`, `AmazonEKSEditPolicy in team-*` */
export function bindingText(binding: Binding): string {
  const { location, roleRef: role } = binding;
  if (role.kind === 'AccessPolicy') return printable(boundRoleText({ role, binding }));
  return `${manifestName(binding)}${location ? ` at ${formatLocation(location)}` : ''}`;
}

/** A label selector: all its requirements must hold; an empty one matches every role. */
export interface LabelSelector {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values: readonly string[];
  }[];
}

export type Labels = ReadonlyMap<string, string>;

/** A role or binding as in its manifest. */
interface Written {
  /** True if it comes from a server, which has filled in the rules of aggregated roles. */
  readonly isLive: boolean;
  /** True if it is namespaced and the manifest omits the namespace. */
  readonly lacksNamespace: boolean;
  /** Fields that RBAC doesn't have, such as misspelled ones: `rules[0].verb`. */
  readonly unknownFields: readonly string[];
}

/** A role as in its manifest. */
export interface WrittenRole extends RbacRole, Written {
  readonly kind: 'Role' | 'ClusterRole';
  readonly labels: Labels;
  /** The roles whose rules replace the ClusterRole's own; null without an aggregation rule. */
  readonly selectors: readonly LabelSelector[] | null;
  /** False without rules and aggregation rule: kubectl apply then keeps those that the cluster has. */
  readonly statesRules: boolean;
}

/** A binding as in its manifest. */
export interface WrittenBinding extends Binding, Written {
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding';
}
