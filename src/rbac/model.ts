import { formatLocation, type Location } from '../errors.ts';
import { printable } from '../text.ts';

/** The namespace that runs the cluster: its service accounts are administrators, and aws-auth is in it. */
export const SYSTEM = 'kube-system';

/** A rule of a role, as the API has it: what is missing is empty. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  /** `pods`, `pods/exec`, `*`, and with any resource: an asterisk and `/scale`. */
  readonly resources: readonly string[];
  /** Empty: all of them. */
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

export interface RbacRole {
  readonly kind: 'Role' | 'ClusterRole';
  readonly name: string;
  /** Null for a ClusterRole. */
  readonly namespace: string | null;
  /** Of an aggregated ClusterRole, those of all the roles that it takes in. */
  readonly rules: readonly PolicyRule[];
  /** Null for one that every cluster has and the files leave out. */
  readonly location: Location | null;
}

export interface Subject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount';
  readonly name: string;
  /** Of a service account; null where it is that of the binding. */
  readonly namespace: string | null;
}

export interface Binding {
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding';
  readonly name: string;
  /** Where it gives rights; null, of a ClusterRoleBinding: everywhere. */
  readonly namespace: string | null;
  readonly roleRef: Pick<RbacRole, 'kind' | 'name'>;
  readonly subjects: readonly Subject[];
  /** Null for one that every cluster has and the files leave out. */
  readonly location: Location | null;
}

/** A role that a binding gives to a user. */
export interface BoundRole {
  readonly role: RbacRole;
  readonly binding: Binding;
  /** The subject of the binding that the user is, or is in. */
  readonly subject: Subject;
}

/** A role as it would be bound to a group, in a namespace or (null) cluster-wide. */
export function boundIn(role: RbacRole, namespace: string | null): BoundRole {
  const subject = { kind: 'Group', name: 'GROUP', namespace: null } as const;
  const kind = namespace === null ? 'ClusterRoleBinding' : 'RoleBinding';
  const roleRef = { kind: role.kind, name: role.name };
  const binding = { kind, name: 'NAME', namespace, roleRef, subjects: [subject], location: null } as const;
  return { role, subject, binding };
}

/** `ClusterRole/edit in payments`, `ClusterRole/view cluster-wide` */
export function boundRoleText({ role, binding }: Pick<BoundRole, 'role' | 'binding'>): string {
  return `${role.kind}/${role.name} ${binding.namespace === null ? 'cluster-wide' : `in ${binding.namespace}`}`;
}

/** What a binding gives, by names: for JSON, and where a text names the binding. */
export function throughOf({ role, binding, subject }: BoundRole) {
  return {
    role: `${role.kind}/${role.name}`,
    binding: `${binding.kind}/${binding.name}`,
    namespace: binding.namespace,
    subject: `${subject.kind}/${subject.name}`,
  };
}

type Named = Pick<RbacRole | Binding, 'kind' | 'name' | 'namespace'>;

/** Equal for two manifests of one role or binding. */
export function manifestId({ kind, name, namespace }: Named): string {
  return `${kind} ${namespace ?? ''} ${name}`;
}

/** Whether a binding has no effect, whatever roles there are: the API server passes over it. */
export function bindsRoleEverywhere({ kind, roleRef }: Pick<Binding, 'kind' | 'roleRef'>): boolean {
  return kind === 'ClusterRoleBinding' && roleRef.kind === 'Role';
}

/** `RoleBinding payments/devs`, `ClusterRole view` */
export function manifestName({ kind, name, namespace }: Named): string {
  return printable(`${kind} ${namespace === null ? name : `${namespace}/${name}`}`);
}

/** `RoleBinding payments/devs at rbac.yaml:12:1` */
export function bindingText(binding: Binding): string {
  const { location } = binding;
  return `${manifestName(binding)}${location ? ` at ${formatLocation(location)}` : ''}`;
}

/** A selector of labels: all that it asks for must hold; one that asks for nothing takes every role. */
export interface LabelSelector {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly Requirement[];
}

export interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

export type Labels = ReadonlyMap<string, string>;

/** A role as its manifest has it. */
export interface WrittenRole extends RbacRole {
  readonly labels: Labels;
  /** The roles whose rules a ClusterRole takes in place of its own; null where it has no aggregation rule. */
  readonly selectors: readonly LabelSelector[] | null;
  /** From a server, which has written the rules of all roles that it knows into those with an aggregation rule. */
  readonly isLive: boolean;
  readonly applied: AppliedFields;
}

/**
 * What kubectl apply writes, or has written, of a role: what a manifest has, and what the annotation of a role from a server says. The next
 * apply removes what its manifest no longer has of this, and leaves all else.
 */
interface AppliedFields {
  readonly rules: boolean;
  readonly aggregationRule: boolean;
  /** The names of labels. */
  readonly labels: ReadonlySet<string>;
}

/** A binding as its manifest has it. */
export interface WrittenBinding extends Binding {
  /** From a server. */
  readonly isLive: boolean;
}
