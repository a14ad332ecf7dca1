import leven from 'leven';
import { type AccessPolicy, isClusterAdminPolicy, policyName } from '../access-entry.ts';
import { NODE_GROUPS, NODE_USERNAME } from '../entry.ts';
import { listed, quoted } from '../text.ts';
import type { GivenNames } from './loaded.ts';
import { templateMatcher } from './templates.ts';

/** This group may do anything, without any binding (k8s.io/apiserver, pkg/authorization/authorizerfactory). */
export const MASTERS = 'system:masters';

/** Kubernetes gives it to everyone who gets in (k8s.io/apiserver, pkg/authentication/group). */
export const AUTHENTICATED = 'system:authenticated';

/** `group "viewers"` or `groups "viewers", "editors"` */
export function groupsText(groups: readonly string[]): string {
  return `${groups.length === 1 ? 'group' : 'groups'} ${listed(groups.map(quoted))}`;
}

/**
 * Groups that Kubernetes or EKS give a meaning; whatever else begins with `system:` has none but what a binding gives it.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings,
 * https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html
 */
const SYSTEM_GROUPS: readonly string[] = [
  MASTERS,
  'system:nodes',
  'system:bootstrappers',
  'system:node-proxier',
  AUTHENTICATED,
  'system:unauthenticated',
  'system:serviceaccounts',
  'system:monitoring',
];
/** Users of the control plane, whose rights Kubernetes and EKS bind in every cluster; of the service accounts, one of the most powerful. */
const SYSTEM_USERS: readonly string[] = [
  'system:kube-controller-manager',
  'system:kube-scheduler',
  'system:kube-proxy',
  'system:apiserver',
  'system:serviceaccount:kube-system:clusterrole-aggregation-controller',
  ...['addon-manager', 'node-manager', 'certificate-controller', 'cloud-controller-manager'].map(
    (name) => `eks:${name}`,
  ),
];
/** Those with rights of their own, and one of each kind of which there are many. */
const SYSTEM_NAMES = {
  username: SYSTEM_USERS,
  group: [
    ...SYSTEM_GROUPS.filter((group) => group !== AUTHENTICATED),
    'system:serviceaccounts:kube-system',
    'eks:kube-proxy-windows',
  ],
} as const;
const OPEN_ENDED = /^system:(?:bootstrappers|serviceaccounts):./;

/** What people write for system:masters, in lower case and without punctuation. */
const MEANT_FOR_MASTERS = /^system(?:cluster)?(?:admins?|administrators?|roots?|superusers?)$/;

/** What EKS gives the groups of its nodes; Windows nodes have eks:kube-proxy-windows besides. */
const ALL_NODE_GROUPS: readonly string[] = [...NODE_GROUPS, 'system:node-proxier'];

/** Whether a group makes its members act as nodes, or helpers of nodes, or is misspelled for one that does: nothing for people. */
export function isNodeGroup(group: string): boolean {
  return /^system:(?:node|bootstrappers(?:$|:))/.test(group) || group === 'eks:kube-proxy-windows';
}

/** Whether an entry lets nodes in: EC2, Fargate or Windows. Narrower than `isNodeGroup`, for a misspelled group lets no node in. */
export function isNodeEntry(entry: GivenNames): boolean {
  return (
    entry.username.startsWith('system:node:') ||
    (entry.groups ?? []).some((group) => ALL_NODE_GROUPS.includes(group))
  );
}

/** The usernames and groups of nodes that EKS documents: of EC2 with Linux, with Windows, and of Fargate. */
const NODE_GRANTS = [
  { username: NODE_USERNAME, groups: NODE_GROUPS },
  { username: NODE_USERNAME, groups: [...NODE_GROUPS, 'eks:kube-proxy-windows'] },
  { username: 'system:node:{{SessionName}}', groups: ALL_NODE_GROUPS },
];

/** Whether an entry has exactly what EKS documents for nodes of one kind, in any order. */
export function isNodeGrant(entry: GivenNames): boolean {
  const given = new Set(entry.groups);
  return NODE_GRANTS.some(
    ({ username, groups }) =>
      username === entry.username &&
      given.size === groups.length &&
      groups.every((group) => given.has(group)),
  );
}

/** What an entry of aws-auth, or an access entry, gives. */
export interface Granted {
  readonly groups: readonly string[] | null;
  /** Only access entries have these. */
  readonly policies?: readonly AccessPolicy[];
}

/** Whether an entry gives all rights on the cluster, without any binding. */
export function isClusterAdmin(granted: Granted): boolean {
  return clusterAdminBy(granted) !== null;
}

/** The group or access policy that gives all rights on the cluster; null where none does. */
export function clusterAdminBy({ groups, policies }: Granted): string | null {
  if (groups?.includes(MASTERS)) return MASTERS;
  const policy = policies?.find(isClusterAdminPolicy);
  return policy ? policyName(policy) : null;
}

/** Whether a username or group is a name, or its variables can make it so. */
export function canBecome(template: string, name: string): boolean {
  return template === name || (templateMatcher(template)?.(name) ?? false);
}

/**
 * As `clusterAdminBy`, also of who is administrator only by the name of a session: whoever assumes a role chooses that, so
 * `system:{{SessionName}}` is the group of administrators for whoever calls a session `masters`.
 */
export function possibleAdminBy(granted: Granted): string | null {
  return clusterAdminBy(granted) ?? (granted.groups?.some(becomesMasters) ? BY_SESSION : null);
}

export const BY_SESSION = `${MASTERS} by a session name`;

/** Whether what makes administrators is that group, and no binding or access policy. */
export function isByMasters(way: string): boolean {
  return way === MASTERS || way === BY_SESSION;
}

function becomesMasters(group: string): boolean {
  return hasSession(group) && canBecome(group, MASTERS);
}

/** The group or username by which an entry makes administrators. */
export interface AdministratorName {
  readonly field: 'groups' | 'username';
  readonly name: string;
}

/**
 * By what an entry of aws-auth makes administrators without any binding that somebody made, or can make them by the name of a session: a
 * group that is or becomes system:masters, or a username of the control plane. Null where it makes none; a binding may do so still.
 */
export function administratorBy({
  username,
  groups,
}: Granted & { readonly username: string }): AdministratorName | null {
  const group = groups?.find((name) => name === MASTERS || becomesMasters(name));
  if (group !== undefined) return { field: 'groups', name: group };
  // Kubernetes and EKS keep these prefixes for themselves.
  const isReserved = /^(?:system|eks):/.test(username) && !username.startsWith('system:node:');
  const isOfSystem = isReserved || systemNameOf('username', username) !== undefined;
  return isOfSystem ? { field: 'username', name: username } : null;
}

/** Whether a username or group depends on the name of the session. */
export function hasSession(template: string): boolean {
  return template.includes('{{SessionName');
}

/**
 * The name of Kubernetes or EKS with rights of its own that a session can make of a username or group; undefined where it can make
 * none. Of nodes, whose usernames end in a variable, there is none.
 */
export function systemNameOf(kind: 'username' | 'group', template: string): string | undefined {
  if (!hasSession(template) || (kind === 'username' && template.startsWith('system:node:'))) return undefined;
  return SYSTEM_NAMES[kind].find((name) => canBecome(template, name));
}

/** The groups that are not among others, each once, but for those that make no difference to an access entry of that type. */
export function groupsBeside(groups: readonly string[], others: readonly string[], type: string): string[] {
  const aside = [
    // A policy is in the place of the first, and everybody has the second.
    MASTERS,
    AUTHENTICATED,
    // EKS issues the certificates of kubelets, so a node need not bootstrap; proxies of Fargate are its own.
    ...(type === 'STANDARD' ? [] : ['system:bootstrappers']),
    ...(type === 'FARGATE_LINUX' ? ['system:node-proxier'] : []),
  ];
  return [...new Set(groups)].filter((group) => !others.includes(group) && !aside.includes(group));
}

/** Whether a group begins with `system:`, which Kubernetes keeps to itself, but is none that it knows. */
export function isUnknownSystemGroup(group: string): boolean {
  return group.startsWith('system:') && !isKnown(group);
}

/** The system group that a name misses by a letter, its case or its punctuation; undefined for one that is right, or far from all. */
export function nearSystemGroup(group: string): string | undefined {
  // White space around it has a rule of its own.
  if (isKnown(group.trim())) return undefined;
  const name = plain(group);
  if (MEANT_FOR_MASTERS.test(name)) return MASTERS;
  return PLAIN_GROUPS.find((known) => isSlip(name, known.plain))?.group;
}

/** What to do about a name that misses a system group. Nobody is made an administrator because a name looks like it. */
export function nearGroupHelp(near: string): string {
  return near === MASTERS
    ? 'It looks like the group of cluster administrators, misspelled. Write one of your own groups, and bind it to the role that these people need.'
    : `Did you mean ${quoted(near)}?`;
}

function isKnown(group: string): boolean {
  return SYSTEM_GROUPS.includes(group) || OPEN_ENDED.test(group);
}

function plain(group: string): string {
  return group.toLowerCase().replace(/[^a-z0-9]/g, '');
}

const PLAIN_GROUPS = SYSTEM_GROUPS.map((group) => ({ group, plain: plain(group) }));

/** Few letters more, less or other, or the same letters in another order: `system:testers` is nobody's slip. */
function isSlip(name: string, known: string): boolean {
  const few = Math.floor(known.length / 8);
  if (Math.abs(name.length - known.length) > few) return false;
  if (leven(name, known) <= few) return true;
  return name.length === known.length && sorted(name) === sorted(known);
}

function sorted(name: string): string {
  return [...name].sort().join('');
}
