import {
  ADMIN_POLICIES,
  AUTO_NODE_POLICY,
  CLUSTER_ADMIN_POLICY,
  coversNamespace,
  isKnownPolicy,
  policyData,
  type StatedPolicy,
  shortPolicyName,
} from './access-policy.ts';
import { parseArn } from './arn.ts';
import { NODE_USERNAME } from './map-entry.ts';
import { listed, printable } from './text.ts';

/** The EKS API's counterpart of an aws-auth entry. */
export interface AccessEntry {
  /** Includes the role's path. */
  readonly principalArn: string;
  /** `STANDARD` for people; for an entry read from EKS, whatever EKS returned. */
  readonly type: string;
  /** Null: EKS generates one, see `defaultUsername`. Nodes have no username in their access entries. */
  readonly username: string | null;
  readonly kubernetesGroups: readonly string[];
  readonly policies: readonly AccessPolicy[];
}

/** An access policy associated with an access entry. */
export interface AccessPolicy {
  readonly policyArn: string;
  /** Namespaces may have `*` for any characters, as in `dev-*`. */
  readonly scope: 'cluster' | { readonly namespaces: readonly string[] };
}

/** `AmazonEKSEditPolicy in dev-*, test`, `AmazonEKSViewPolicy cluster-wide` */
export function policyText(policy: AccessPolicy, mostNamespaces = 3): string {
  const { scope } = policy;
  const where = scope === 'cluster' ? 'cluster-wide' : `in ${listed(scope.namespaces, mostNamespaces)}`;
  return `${policyName(policy)} ${where}`;
}

/** Like `policyText`, with all namespaces. */
export function wholePolicyText(policy: AccessPolicy): string {
  return policyText(policy, Number.POSITIVE_INFINITY);
}

/** Why what these access policies allow is unknown, as a clause: the program has no rules of them. */
export function unknownRules(policies: readonly Pick<AccessPolicy, 'policyArn'>[]): string {
  const isKnown = policies.map((policy) => isKnownPolicy(policyName(policy)));
  const newer = `newer than this version's data of ${policyData().namesDate}`;
  if (!isKnown.includes(true)) return `these access policies are ${newer}`;
  const unpublished = "AWS doesn't publish the rules of these access policies";
  return isKnown.includes(false) ? `${unpublished}, or they are ${newer}` : unpublished;
}

/** `policies AmazonEKSEditPolicy in dev-*, AmazonEKSViewPolicy cluster-wide` */
export function policiesText(policies: readonly AccessPolicy[]): string {
  const texts = policies.map((policy) => printable(policyText(policy)));
  return texts.length > 0 ? `policies ${texts.join(', ')}` : 'no access policies';
}

/** `AmazonEKSEditPolicy` */
export function policyName({ policyArn }: Pick<AccessPolicy, 'policyArn'>): string {
  return policyArn.slice(policyArn.lastIndexOf('/') + 1);
}

/**
 * The types of access entries (API reference, CreateAccessEntry); only STANDARD takes a custom username and groups.
 */
export const ENTRY_TYPES = [
  'STANDARD',
  'EC2_LINUX',
  'EC2_WINDOWS',
  'FARGATE_LINUX',
  'HYBRID_LINUX',
  'HYPERPOD_LINUX',
  'EC2',
] as const;

/** A type of access entries, which may be newer than `ENTRY_TYPES`. */
export const ENTRY_TYPE = /^[A-Z][A-Z0-9_]*$/;
/** A namespace in a policy's scope; `*` matches any characters, as in `dev-*`. */
export const POLICY_SCOPE_NAMESPACE = /^[-a-z0-9*]+$/;

const WITHOUT_POLICIES = new Set([
  'EC2_LINUX',
  'EC2_WINDOWS',
  'FARGATE_LINUX',
  'HYBRID_LINUX',
  'HYPERPOD_LINUX',
]);

/**
 * True if access policies can be associated with entries of a type: STANDARD, and EC2, whose nodes (EKS Auto Mode)
 * get all their permissions from AmazonEKSAutoNodePolicy
 * (https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html). Types that EKS has added since count as
 * true: unknown.
 */
export function mayHavePolicies(type: string): boolean {
  return !WITHOUT_POLICIES.has(type);
}

/** True if people may use an access entry: EKS creates those of nodes and of service-linked roles for its own use. */
export function isForPeople(entry: Pick<AccessEntry, 'type' | 'principalArn'>): boolean {
  return entry.type === 'STANDARD' && !isServiceLinked(entry);
}

/** True for a service-linked role. */
export function isServiceLinked({ principalArn }: Pick<AccessEntry, 'principalArn'>): boolean {
  return principalArn.includes(':role/aws-service-role/');
}

/** Which source a cluster takes access from: the ConfigMap, access entries, or both. */
export const AUTHENTICATION_MODES = ['CONFIG_MAP', 'API_AND_CONFIG_MAP', 'API'] as const;
export type AuthenticationMode = (typeof AUTHENTICATION_MODES)[number];

/** The ARN of the access policy that corresponds to `system:masters`. */
export function clusterAdminPolicy(partition: string): string {
  return accessPolicyArn(partition, CLUSTER_ADMIN_POLICY);
}

/** The access policy that a config or flag states, in the partition of the principal. */
export function accessPolicyOf({ policy, namespaces }: StatedPolicy, partition: string): AccessPolicy {
  const policyArn = accessPolicyArn(partition, policy);
  return { policyArn, scope: namespaces === null ? 'cluster' : { namespaces } };
}

/** An access policy as a config states it. */
export function statedPolicyOf(policy: AccessPolicy): StatedPolicy {
  const { scope } = policy;
  return {
    policy: policyName(policy),
    partition: parseArn(policy.policyArn)?.partition ?? null,
    namespaces: scope === 'cluster' ? null : scope.namespaces,
  };
}

/** True if two scopes are the same, whatever the order of their namespaces. */
export function isSameScope(one: AccessPolicy['scope'], other: AccessPolicy['scope']): boolean {
  if (one === 'cluster' || other === 'cluster') return one === other;
  const [first, second] = [new Set(one.namespaces), new Set(other.namespaces)];
  return first.size === second.size && [...first].every((namespace) => second.has(namespace));
}

/** The shortest way to write a policy in a config: an ARN for one that this program doesn't know. */
export function writtenPolicy({ policy, partition }: StatedPolicy): string {
  return partition === null || isKnownPolicy(policy)
    ? shortPolicyName(policy)
    : accessPolicyArn(partition, policy);
}

/** @param name such as `AmazonEKSViewPolicy` */
export function accessPolicyArn(partition: string, name: string): string {
  return `arn:${partition}:eks::aws:cluster-access-policy/${name}`;
}

/** True if a policy, in any partition, makes its holder cluster admin. */
export function isClusterAdminPolicy(policy: AccessPolicy): boolean {
  return isClusterWide(policy, CLUSTER_ADMIN_POLICY);
}

/** In the order to associate them: an interruption between two of them leaves most of the access. */
export function widestFirst(policies: readonly AccessPolicy[]): readonly AccessPolicy[] {
  const rank = (policy: AccessPolicy) =>
    isClusterAdminPolicy(policy) ? 0 : policy.scope === 'cluster' ? 1 : 2;
  return policies.toSorted((one, other) => rank(one) - rank(other));
}

/**
 * True if a policy makes its holder cluster admin, or opens a route to it, whatever bindings there are; the policy of
 * cluster admins counts in any scope.
 */
export function isAdministratorPolicy({ policyArn, scope }: AccessPolicy): boolean {
  const name = policyName({ policyArn });
  if (name === CLUSTER_ADMIN_POLICY) return true;
  if (!ADMIN_POLICIES.includes(name)) return false;
  return scope === 'cluster' || scope.namespaces.some((pattern) => coversNamespace(pattern, 'kube-system'));
}

/**
 * True if nodes of a type need this policy to work: EKS Auto Mode nodes get all their permissions from it, others
 * from a group.
 */
export function isOfType(policy: AccessPolicy, type: string): boolean {
  return type === 'EC2' && isClusterWide(policy, AUTO_NODE_POLICY);
}

function isClusterWide({ policyArn, scope }: AccessPolicy, name: string): boolean {
  return scope === 'cluster' && policyArn.endsWith(`:cluster-access-policy/${name}`);
}

const RESERVED_USERNAME = /^(?:system|eks|aws|amazon|iam):/;

/**
 * Why EKS refuses a username, as a clause; undefined if it accepts it.
 * https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html and set-custom-username.html have the
 * rules.
 */
export function usernameProblem(username: string): string | undefined {
  if (username === '') return 'it is empty';
  const [reserved] = RESERVED_USERNAME.exec(username) ?? [];
  if (reserved !== undefined) return `it starts with ${reserved}`;
  const variables = username.match(/\{\{.*?\}\}/gs) ?? [];
  const unknown = variables.find((variable) => !SESSION_NAMES.includes(variable));
  if (unknown !== undefined) return `access entries don't support ${unknown}`;
  const [session] = variables;
  return session !== undefined && !username.slice(0, username.indexOf(session)).includes(':')
    ? `it has no colon before ${session}`
    : undefined;
}

/** Explains the difference between usernames that differ only in the session name variable; empty for any others. */
export function sessionNameNotes(one: string, other: string): string[] {
  const plain = (username: string) => username.replaceAll('{{SessionNameRaw}}', SESSION_NAME);
  if (one === other || plain(one) !== plain(other)) return [];
  return [
    `{{SessionNameRaw}} keeps the @ of a session name, and ${SESSION_NAME} replaces it with -. Without an @, the usernames are the same.`,
  ];
}

/** Why no access entry for people can have a Kubernetes group, as a clause; undefined if one can. */
export function groupProblem(group: string): string | undefined {
  if (group === '') return 'it is empty';
  if (group.startsWith('system:')) return 'EKS refuses groups that start with system:';
  // The authenticator replaces its variables and keeps other braces; EKS doesn't document what it does.
  return group.includes('{{') ? "access entries don't support variables in groups" : undefined;
}

const SESSION_NAME = '{{SessionName}}';

/**
 * The variables of access entries: the caller chooses the session name. The second one keeps an `@`; the first
 * replaces it with `-`.
 */
const SESSION_NAMES: readonly string[] = [SESSION_NAME, '{{SessionNameRaw}}'];

/**
 * The username that EKS generates for an access entry: for a role, the ARN of its session without the path; otherwise
 * the ARN itself. https://docs.aws.amazon.com/eks/latest/userguide/set-custom-username.html
 */
export function defaultUsername(principalArn: string): string {
  const arn = parseArn(principalArn);
  if (!arn?.resource.startsWith('role/')) return principalArn;
  const name = arn.resource.slice(arn.resource.lastIndexOf('/') + 1);
  return `arn:${arn.partition}:sts::${arn.accountId}:assumed-role/${name}/${SESSION_NAME}`;
}

/** A username and groups, with variables. */
interface Templates {
  readonly username: string;
  readonly groups: readonly string[];
}

/** The username and groups of an access entry; for nodes, from the type of the entry. */
export function entryTemplates({ principalArn, type, username, kubernetesGroups }: AccessEntry): Templates {
  const node = NODE_TEMPLATES[type];
  return {
    username: username ?? node?.username ?? defaultUsername(principalArn),
    groups: node && kubernetesGroups.length === 0 ? node.groups : kubernetesGroups,
  };
}

const NODES = ['system:nodes'];

/**
 * https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html, for entries that EKS returns without
 * them.
 */
const NODE_TEMPLATES: Readonly<Record<string, Templates>> = {
  EC2_LINUX: { username: NODE_USERNAME, groups: NODES },
  EC2_WINDOWS: { username: NODE_USERNAME, groups: [...NODES, 'eks:kube-proxy-windows'] },
  EC2: { username: NODE_USERNAME, groups: NODES },
  FARGATE_LINUX: { username: `system:node:${SESSION_NAME}`, groups: NODES },
  HYBRID_LINUX: { username: `system:node:${SESSION_NAME}`, groups: NODES },
};

/** The access entries that need no writing. */
export const MANAGED_NODES =
  'EKS creates the access entries of managed node groups, Fargate profiles and Auto Mode itself';

/** The access entry type that grants nodes the same as an aws-auth entry; null if no type does. */
export function nodeTypeOf({ username, groups }: Templates): string | null {
  if (!groups.includes('system:nodes')) return null;
  if (username === NODE_USERNAME)
    return groups.includes('eks:kube-proxy-windows') ? 'EC2_WINDOWS' : 'EC2_LINUX';
  if (username === NODE_TEMPLATES.FARGATE_LINUX?.username)
    return groups.includes('system:node-proxier') ? 'FARGATE_LINUX' : 'HYBRID_LINUX';
  return null;
}

/** Why EKS cannot have a cluster with this name; undefined if it can (API reference, CreateCluster). */
export function clusterNameProblem(name: string): string | undefined {
  return /^[0-9A-Za-z][\w-]{0,99}$/.test(name)
    ? undefined
    : 'isn\'t a valid EKS cluster name; use 1 to 100 letters, digits, "-" and "_", starting with a letter or digit';
}
