import { parseArn } from './arn.ts';
import data from './rbac/data/access-policies.json' with { type: 'json' };
import { consistsOf, isTypo, nearNames, quoted } from './text.ts';

/** An access policy with its scope, as a config or a flag states it. */
export interface StatedPolicy {
  /** The full name, such as `AmazonEKSEditPolicy`. */
  readonly policy: string;
  /** The partition of the policy's ARN; null if it is stated by its name. */
  readonly partition: string | null;
  /** Names, and prefixes such as `team-*`; null: the whole cluster. */
  readonly namespaces: readonly string[] | null;
}

/** Names and rules of access policies that AWS publishes, with their dates: src/rbac/data/access-policies.json. */
export interface PolicyData {
  /** When AWS's table of rules looked like this; `npm run compare:policies` compares it with a newer one. */
  readonly date: string;
  /** When EKS listed these names. */
  readonly namesDate: string;
  readonly policies: Readonly<Record<string, PublishedPolicy>>;
}

interface PublishedPolicy {
  /** The holders that EKS associates it with, if these aren't people. */
  readonly for?: string;
  /** Missing if AWS doesn't publish them. */
  readonly rules?: readonly PublishedRule[];
  /** The source of the name, if it isn't in EKS's list. */
  readonly source?: string;
  /** The source of the rules, if it isn't AWS's table. */
  readonly rulesSource?: string;
}

/** A rule as the data has it: lists may be missing. */
export type PublishedRule = { readonly verbs: readonly string[] } & {
  readonly [K in 'apiGroups' | 'resources' | 'nonResourceURLs']?: readonly string[] | undefined;
};

/** The access policies that this program knows. AWS adds some: any other one may be newer than the data. */
export function policyData(): PolicyData {
  return data;
}

const POLICIES: ReadonlyMap<string, PublishedPolicy> = new Map(Object.entries(policyData().policies));

/** The names that people write for the policies that are meant for them, and the full names. */
const SHORT_NAMES = {
  ClusterAdmin: 'AmazonEKSClusterAdminPolicy',
  Admin: 'AmazonEKSAdminPolicy',
  AdminView: 'AmazonEKSAdminViewPolicy',
  Edit: 'AmazonEKSEditPolicy',
  View: 'AmazonEKSViewPolicy',
  SecretAdmin: 'AmazonEKSSecretAdminPolicy',
  SecretReader: 'AmazonEKSSecretReaderPolicy',
} as const;

/** The access policy that corresponds to `system:masters`. */
export const CLUSTER_ADMIN_POLICY = SHORT_NAMES.ClusterAdmin;

/** The policy for EKS Auto Mode nodes. */
export const AUTO_NODE_POLICY = 'AmazonEKSAutoNodePolicy';

/**
 * The policies that grant cluster admin, or a route to it, cluster-wide or in kube-system: through impersonation of
 * service accounts, or their tokens in secrets. The routes in `src/rbac` tell why.
 */
export const ADMIN_POLICIES: readonly string[] = [
  SHORT_NAMES.Admin,
  SHORT_NAMES.AdminView,
  SHORT_NAMES.Edit,
  SHORT_NAMES.SecretAdmin,
  SHORT_NAMES.SecretReader,
];

/** Every policy that this program knows, by its full name. */
export const KNOWN_POLICIES: readonly string[] = [...POLICIES.keys()];

/** True if the rules of a policy are known, given its full name. */
export function hasPublishedRules(policy: string): boolean {
  return POLICIES.get(policy)?.rules !== undefined;
}

/** True if this program knows a policy, given its full name; otherwise it may be newer than `policyData()`. */
export function isKnownPolicy(policy: string): boolean {
  return POLICIES.has(policy);
}

/** The holders of a policy, by `for` of the data. */
const OF_SERVICES: Readonly<Record<string, string>> = {
  nodes: 'is for the nodes of EKS Auto Mode',
  capabilities: 'is for the role of an EKS capability, and EKS associates it automatically',
  'service-linked-roles': 'is for service-linked roles, and EKS associates it automatically',
};

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

/**
 * Why a string doesn't name an access policy; undefined if it does. AWS may have added one since, unless its name looks
 * like a misspelled one: then its ARN names it.
 */
export function policyNameProblem(text: string): string | undefined {
  if (POLICY_ARN.test(text) || SHORT.has(text) || isKnownPolicy(text)) return undefined;
  if (text.startsWith('arn:'))
    return "isn't the ARN of an access policy (arn:aws:eks::aws:cluster-access-policy/NAME)";
  const isFullName = POLICY_NAME.test(text);
  // Compares what tells names apart: another first letter makes another word.
  const isMisspelled = (known: string) => {
    const [one = '', other = ''] = [text, known].map((name) => name.replace(/^Amazon(?:EKS)?/, ''));
    return one[0] === other[0] && isTypo(one, other);
  };
  if (isFullName && !KNOWN_POLICIES.some(isMisspelled)) return undefined;
  const near = nearNames(text, MAPPABLE_POLICIES);
  const list = `${[...SHORT.keys()].join(', ')}, a name such as AmazonEKSEditPolicy, or an ARN`;
  const names = near.length > 0 ? `did you mean ${near.map(quoted).join(' or ')}?` : `use ${list}`;
  if (!isFullName) return `isn't an access policy; ${names}`;
  return `isn't an access policy that this version knows; ${names} If it's newer, write its ARN: arn:aws:eks::aws:cluster-access-policy/${text}`;
}

/** The names that AWS gives its access policies, such as `AWSBackupFullAccessPolicyForBackup`. */
export const POLICY_NAME = /^(?:Amazon|AWS|AI)[0-9A-Za-z]+Policy(?:For[0-9A-Za-z]+)?$/;

/** Why people can't have a policy, given its full name; undefined if they can. */
export function policyOfServices(name: string): string | undefined {
  const whose = POLICIES.get(name)?.for;
  return whose === undefined ? undefined : `${OF_SERVICES[whose]}; people need another access policy`;
}

/**
 * True for a policy that EKS associates with the role of a capability, whose entry it creates:
 * https://docs.aws.amazon.com/eks/latest/userguide/capabilities-security.html and the pages about creating each one.
 */
export function isOfCapabilities(name: string): boolean {
  return POLICIES.get(name)?.for === 'capabilities';
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
