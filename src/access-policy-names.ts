import { parseArn } from './arn.ts';
import { consistsOf, nearNames, quoted } from './text.ts';

/** An access policy with its scope, as a config or a flag states it. */
export interface StatedPolicy {
  /** The full name, such as `AmazonEKSEditPolicy`. */
  readonly policy: string;
  /** The partition of the policy's ARN; null if it is stated by its name. */
  readonly partition: string | null;
  /** Names, and prefixes such as `team-*`; null: the whole cluster. */
  readonly namespaces: readonly string[] | null;
}

/** The names that people write for the policies that are meant for them, and the full names. */
const SHORT_NAMES = {
  ClusterAdmin: 'AmazonEKSClusterAdminPolicy',
  Admin: 'AmazonEKSAdminPolicy',
  AdminView: 'AmazonEKSAdminViewPolicy',
  Edit: 'AmazonEKSEditPolicy',
  View: 'AmazonEKSViewPolicy',
  SecretReader: 'AmazonEKSSecretReaderPolicy',
} as const;

/** The access policy that corresponds to `system:masters`. */
export const CLUSTER_ADMIN_POLICY = SHORT_NAMES.ClusterAdmin;

/** The policy for EKS Auto Mode nodes. */
export const AUTO_NODE_POLICY = 'AmazonEKSAutoNodePolicy';

const HYBRID_POLICY = 'AmazonEKSHybridPolicy';

/** The policies whose rules AWS publishes: `src/rbac/policy-rules.ts` has them. */
export const PUBLISHED_POLICIES: readonly string[] = [...Object.values(SHORT_NAMES), HYBRID_POLICY];

/**
 * The policies that grant cluster admin, or a route to it, cluster-wide or in kube-system: through impersonation of
 * service accounts, or their tokens in secrets. The routes in `src/rbac` tell why.
 */
export const ADMIN_POLICIES: readonly string[] = [
  SHORT_NAMES.Admin,
  SHORT_NAMES.AdminView,
  SHORT_NAMES.Edit,
  SHORT_NAMES.SecretReader,
];

/** The policies that EKS associates with service-linked roles alone. */
const SERVICE_POLICIES: readonly string[] = [
  'AmazonEKSBlockStoragePolicy',
  'AmazonEKSComputePolicy',
  'AmazonEKSBlockStorageClusterPolicy',
  'AmazonEKSComputeClusterPolicy',
  HYBRID_POLICY,
  'AmazonEKSClusterInsightsPolicy',
];

/**
 * The policies that EKS associates with the role of a capability, whose entry it creates:
 * https://docs.aws.amazon.com/eks/latest/userguide/capabilities-security.html and the pages about creating each one.
 */
export const CAPABILITY_POLICIES: readonly string[] = [
  'AmazonEKSACKPolicy',
  'AmazonEKSKROPolicy',
  'AmazonEKSArgoCDPolicy',
  'AmazonEKSArgoCDClusterPolicy',
];

const UNPUBLISHED_POLICIES: readonly string[] = [
  AUTO_NODE_POLICY,
  'AmazonEKSBlockStoragePolicy',
  'AmazonEKSLoadBalancingPolicy',
  'AmazonEKSNetworkingPolicy',
  'AmazonEKSComputePolicy',
  'AmazonEKSBlockStorageClusterPolicy',
  'AmazonEKSComputeClusterPolicy',
  'AmazonEKSLoadBalancingClusterPolicy',
  'AmazonEKSNetworkingClusterPolicy',
  'AmazonEKSClusterInsightsPolicy',
  'AmazonAIOpsAssistantPolicy',
  'AmazonARCRegionSwitchScalingPolicy',
  ...CAPABILITY_POLICIES,
];

/**
 * Every policy that this program knows, by its full name. AWS adds policies
 * (https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html).
 */
export const KNOWN_POLICIES: readonly string[] = [...PUBLISHED_POLICIES, ...UNPUBLISHED_POLICIES];

/** True if AWS publishes the rules of a policy, given its full name. */
export function hasPublishedRules(policy: string): boolean {
  return PUBLISHED_POLICIES.includes(policy);
}

/** True if this program knows a policy, given its full name. */
export function isKnownPolicy(policy: string): boolean {
  return KNOWN_POLICIES.includes(policy);
}

/** The short names, then the full names, of the known policies that people can have. */
export const MAPPABLE_POLICIES: readonly string[] = [
  ...Object.keys(SHORT_NAMES),
  ...KNOWN_POLICIES.filter((name) => policyOfServices(name) === undefined),
];

/** The start of an item of `--map` that is an access policy. */
export const POLICY_ITEM = 'policy:';

/** The ARN of an access policy, whose name can be one that this program doesn't know. */
export const POLICY_ARN = /^arn:[a-z-]+:eks::aws:cluster-access-policy\/[0-9A-Za-z]{1,128}$/;

const SHORT: ReadonlyMap<string, string> = new Map(Object.entries(SHORT_NAMES));

/** `Edit` for `AmazonEKSEditPolicy`; the full name if there is no other. */
export function shortPolicyName(name: string): string {
  return [...SHORT].find(([, full]) => full === name)?.[0] ?? name;
}

/** Reads a short name, full name or ARN in which `policyNameProblem` finds no problem. */
export function statedPolicy(text: string, namespaces: readonly string[] | null): StatedPolicy {
  const isArn = text.startsWith('arn:');
  return {
    policy: isArn ? text.slice(text.lastIndexOf('/') + 1) : (SHORT.get(text) ?? text),
    partition: isArn ? (parseArn(text)?.partition ?? null) : null,
    namespaces: namespaces && [...new Set(namespaces)],
  };
}

/** Why a string doesn't name an access policy; undefined if it does. An ARN can name one that AWS has added since. */
export function policyNameProblem(text: string): string | undefined {
  if (POLICY_ARN.test(text) || SHORT.has(text) || KNOWN_POLICIES.includes(text)) return undefined;
  if (text.startsWith('arn:'))
    return "isn't the ARN of an access policy (arn:aws:eks::aws:cluster-access-policy/NAME)";
  const near = nearNames(text, MAPPABLE_POLICIES);
  const names = near.length > 0 ? `did you mean ${near.map(quoted).join(' or ')}?` : `use ${listOfNames()}`;
  if (!/^Amazon\w+Policy$/.test(text)) return `isn't an access policy; ${names}`;
  return `isn't an access policy that this version knows; ${names} If it's newer, write its ARN: arn:aws:eks::aws:cluster-access-policy/${text}`;
}

function listOfNames(): string {
  return `${[...SHORT.keys()].join(', ')}, a name such as AmazonEKSEditPolicy, or an ARN`;
}

/** Why people can't have a policy, given its full name; undefined if they can. */
export function policyOfServices(name: string): string | undefined {
  if (name === AUTO_NODE_POLICY) return 'is for the nodes of EKS Auto Mode; people need another policy';
  if (CAPABILITY_POLICIES.includes(name))
    return 'is for the role of an EKS capability, and EKS associates it itself; people need another policy';
  return SERVICE_POLICIES.includes(name)
    ? 'is for service-linked roles, and EKS associates it itself; people need another policy'
    : undefined;
}

/** @param pattern a namespace, or a pattern whose `*` matches any characters */
export function coversNamespace(pattern: string, namespace: string): boolean {
  return consistsOf(namespace, pattern.split('*'));
}

/** A namespace in the scope of a policy, or the start of some. */
export const POLICY_NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}\*|(?:[-a-z0-9]{0,61}[a-z0-9])?)$/;

/** Why EKS may not accept a namespace in the scope of a policy; undefined if it accepts it. */
export function namespaceProblem(text: string): string | undefined {
  if (text === '') return 'is empty; name a namespace, or omit namespaces for the whole cluster';
  if (text === '*') return 'is every namespace; omit namespaces for the whole cluster';
  return POLICY_NAMESPACE.test(text)
    ? undefined
    : "isn't a namespace (up to 63 lower-case letters, digits and -), or the start of some followed by *, such as team-*";
}
