import { type Arn, parseArn } from './arn.ts';
import { NODE_GROUPS, NODE_USERNAME } from './entry.ts';
import { listed } from './text.ts';

/** What the EKS API keeps instead of an entry of aws-auth. */
export interface AccessEntry {
  /** With the path of the role. */
  readonly principalArn: string;
  /** `STANDARD` for people; of an entry read from EKS, whatever EKS says. */
  readonly type: string;
  /** Null: EKS makes one, see `defaultUsername`. Nodes have none of their own. */
  readonly username: string | null;
  readonly kubernetesGroups: readonly string[];
  readonly policies: readonly AccessPolicy[];
}

/** An access policy, associated with an access entry. */
export interface AccessPolicy {
  readonly policyArn: string;
  /** Namespaces may hold `*` at their end, such as `dev-*`. */
  readonly scope: 'cluster' | { readonly namespaces: readonly string[] };
}

/** `AmazonEKSEditPolicy in dev-*, test`, `AmazonEKSViewPolicy cluster-wide` */
export function policyText(policy: AccessPolicy, mostNamespaces = 3): string {
  const { scope } = policy;
  const where = scope === 'cluster' ? 'cluster-wide' : `in ${listed(scope.namespaces, mostNamespaces)}`;
  return `${policyName(policy)} ${where}`;
}

/** With all its namespaces. */
export function wholePolicyText(policy: AccessPolicy): string {
  return policyText(policy, Number.POSITIVE_INFINITY);
}

/** `AmazonEKSEditPolicy` */
export function policyName({ policyArn }: Pick<AccessPolicy, 'policyArn'>): string {
  return policyArn.slice(policyArn.lastIndexOf('/') + 1);
}

/** The types of access entries (API reference, CreateAccessEntry); only STANDARD takes a username and groups of one's own. */
export const ENTRY_TYPES = [
  'STANDARD',
  'EC2_LINUX',
  'EC2_WINDOWS',
  'FARGATE_LINUX',
  'HYBRID_LINUX',
  'HYPERPOD_LINUX',
  'EC2',
] as const;

const WITHOUT_POLICIES = new Set([
  'EC2_LINUX',
  'EC2_WINDOWS',
  'FARGATE_LINUX',
  'HYBRID_LINUX',
  'HYPERPOD_LINUX',
]);

/**
 * Whether access policies can be associated with entries of a type: with STANDARD, and with EC2, whose nodes (those of EKS Auto Mode) get all
 * that they may do by AmazonEKSAutoNodePolicy (https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html). Of a type that EKS
 * has added since, nobody knows.
 */
export function mayHavePolicies(type: string): boolean {
  return !WITHOUT_POLICIES.has(type);
}

/** The policy that EKS Auto Mode's nodes are for. */
const AUTO_NODE_POLICY = 'AmazonEKSAutoNodePolicy';

/** Whether an access policy can be associated with an entry of a type. */
export function mayHavePolicy(type: string, policy: AccessPolicy): boolean {
  if (type !== 'EC2') return mayHavePolicies(type);
  return policyName(policy) === AUTO_NODE_POLICY && policy.scope === 'cluster';
}

/** The groups that EKS gives nodes: no others are possible. */
const GROUPS_OF_NODES = new Set<string>([...NODE_GROUPS, 'system:node-proxier', 'eks:kube-proxy-windows']);

/** Whether an entry of a type can have a Kubernetes group. */
export function mayHaveGroup(type: string, group: string): boolean {
  return type === 'STANDARD' ? !group.startsWith('system:') : GROUPS_OF_NODES.has(group);
}

/** Whether an entry can have a username: those that EKS reserves are of its nodes and of the roles of AWS services. */
export function mayHaveUsername({ principalArn, type }: AccessEntry, username: string): boolean {
  if (type !== 'STANDARD') return username.startsWith('system:node:');
  const [reserved] = RESERVED_USERNAME.exec(username) ?? [];
  const isOfService = principalArn.includes(':role/aws-service-role/');
  return reserved === undefined || (isOfService && reserved !== 'system:');
}

/** Which of the two says who gets into a cluster. */
export const AUTHENTICATION_MODES = ['CONFIG_MAP', 'API_AND_CONFIG_MAP', 'API'] as const;
export type AuthenticationMode = (typeof AUTHENTICATION_MODES)[number];

/** The name of the access policy that stands for `system:masters`. */
export const CLUSTER_ADMIN_POLICY = 'AmazonEKSClusterAdminPolicy';

/** The ARN of the access policy that stands for `system:masters`. */
export function clusterAdminPolicy(partition: string): string {
  return accessPolicyArn(partition, CLUSTER_ADMIN_POLICY);
}

/** @param name such as `AmazonEKSViewPolicy` */
export function accessPolicyArn(partition: string, name: string): string {
  return `arn:${partition}:eks::aws:cluster-access-policy/${name}`;
}

/** Whether a policy, in any partition, gives the whole cluster. */
export function isClusterAdminPolicy(policy: AccessPolicy): boolean {
  return isClusterWide(policy, CLUSTER_ADMIN_POLICY);
}

/** Whether nodes of a type need a policy to be nodes: those of EKS Auto Mode get all that they may do by it, where others get it by a group. */
export function isOfType(policy: AccessPolicy, type: string): boolean {
  return type === 'EC2' && isClusterWide(policy, AUTO_NODE_POLICY);
}

function isClusterWide({ policyArn, scope }: AccessPolicy, name: string): boolean {
  return scope === 'cluster' && policyArn.endsWith(`:cluster-access-policy/${name}`);
}

const RESERVED_USERNAME = /^(?:system|eks|aws|amazon|iam):/;

/**
 * Why EKS refuses a username, as a clause; undefined where it takes it.
 * https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html and set-custom-username.html have the rules.
 */
export function usernameProblem(username: string): string | undefined {
  if (username === '') return 'it is empty';
  const [reserved] = RESERVED_USERNAME.exec(username) ?? [];
  if (reserved !== undefined) return `it starts with ${reserved}`;
  const variables = username.match(/\{\{.*?\}\}/gs) ?? [];
  const unknown = variables.find((variable) => !SESSION_NAMES.includes(variable));
  if (unknown !== undefined) return `access entries do not have ${unknown}`;
  const [session] = variables;
  return session !== undefined && !username.slice(0, username.indexOf(session)).includes(':')
    ? `no colon stands before ${session}`
    : undefined;
}

/** What usernames differ in that are the same but for the variable of the session's name; nothing of any others. */
export function sessionNameNotes(one: string, other: string): string[] {
  const plain = (username: string) => username.replaceAll('{{SessionNameRaw}}', SESSION_NAME);
  if (one === other || plain(one) !== plain(other)) return [];
  return [
    `{{SessionNameRaw}} keeps the @ of a session name, where ${SESSION_NAME} has -: without an @ the usernames are the same.`,
  ];
}

/** Why no access entry can give people a Kubernetes group, as a clause; undefined where one can. */
export function groupProblem(group: string): string | undefined {
  if (group === '') return 'it is empty';
  if (group.startsWith('system:')) return 'EKS refuses groups that start with system:';
  // The authenticator fills in its variables, and keeps other braces; of EKS neither is documented.
  return group.includes('{{') ? 'access entries fill in no variables in groups' : undefined;
}

const SESSION_NAME = '{{SessionName}}';

/** The variables of access entries: who assumes a role names the session. The second keeps an `@`, where the first has `-`. */
const SESSION_NAMES: readonly string[] = [SESSION_NAME, '{{SessionNameRaw}}'];

/**
 * The username that EKS gives an access entry without one: of a role, the ARN of its session without the path; else the ARN itself.
 * https://docs.aws.amazon.com/eks/latest/userguide/set-custom-username.html
 */
export function defaultUsername(principalArn: string): string {
  const arn = parseArn(principalArn);
  return arn?.resource.startsWith('role/') ? sessionUsername(arn) : principalArn;
}

/** The names that somebody gets, with variables. */
interface Templates {
  readonly username: string;
  readonly groups: readonly string[];
}

/** As whom an access entry lets somebody in; nodes get theirs by the type of the entry. */
export function entryTemplates({ principalArn, type, username, kubernetesGroups }: AccessEntry): Templates {
  const node = NODE_TEMPLATES[type];
  return {
    username: username ?? node?.username ?? defaultUsername(principalArn),
    groups: node && kubernetesGroups.length === 0 ? node.groups : kubernetesGroups,
  };
}

const NODES = ['system:nodes'];

/** https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html, for entries whose answer leaves these out. */
const NODE_TEMPLATES: Readonly<Record<string, Templates>> = {
  EC2_LINUX: { username: NODE_USERNAME, groups: NODES },
  EC2_WINDOWS: { username: NODE_USERNAME, groups: [...NODES, 'eks:kube-proxy-windows'] },
  EC2: { username: NODE_USERNAME, groups: NODES },
  FARGATE_LINUX: { username: `system:node:${SESSION_NAME}`, groups: NODES },
  HYBRID_LINUX: { username: `system:node:${SESSION_NAME}`, groups: NODES },
};

/** Whose access entries nobody has to write. */
export const MANAGED_NODES =
  'EKS makes the access entries of managed node groups, Fargate profiles and Auto Mode itself';

/** The type of access entry that gives nodes what an entry of aws-auth does; null where none does. */
export function nodeTypeOf({ username, groups }: Templates): string | null {
  if (!groups.includes('system:nodes')) return null;
  if (username === NODE_USERNAME)
    return groups.includes('eks:kube-proxy-windows') ? 'EC2_WINDOWS' : 'EC2_LINUX';
  if (username === NODE_TEMPLATES.FARGATE_LINUX?.username)
    return groups.includes('system:node-proxier') ? 'FARGATE_LINUX' : 'HYBRID_LINUX';
  return null;
}

function sessionUsername({ partition, accountId, resource }: Arn): string {
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  return `arn:${partition}:sts::${accountId}:assumed-role/${name}/${SESSION_NAME}`;
}

/** Why EKS cannot have a cluster of that name; undefined where it can (API reference, CreateCluster). */
export function clusterNameProblem(name: string): string | undefined {
  return /^[0-9A-Za-z][\w-]{0,99}$/.test(name)
    ? undefined
    : 'is not the name of an EKS cluster: 1-100 letters, digits, "-" and "_", a letter or digit first';
}
