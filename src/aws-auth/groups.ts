import leven from 'leven';
import { type AccessPolicy, isClusterAdminPolicy, policyName } from '../eks.ts';
import { NODE_GROUPS, NODE_USERNAME } from '../map-entry.ts';
import { listed, quoted } from '../text.ts';
import type { GivenNames } from './loaded.ts';
import { reservedPrefixOf, templateMatcher } from './templates.ts';

/**
 * Members of this group are cluster admins without any binding (k8s.io/apiserver,
 * pkg/authorization/authorizerfactory).
 */
export const MASTERS = 'system:masters';

/** Kubernetes adds this group to every authenticated caller (k8s.io/apiserver, pkg/authentication/group). */
export const AUTHENTICATED = 'system:authenticated';

/** `group "viewers"` or `groups "viewers", "editors"` */
export function groupsText(groups: readonly string[]): string {
  return `${groups.length === 1 ? 'group' : 'groups'} ${listed(groups.map(quoted))}`;
}

/**
 * Groups with a meaning to Kubernetes or EKS; any other `system:` group has only what bindings grant it.
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
/**
 * Users of the control plane, whose permissions Kubernetes and EKS bind in every cluster, and one of the most
 * powerful service accounts.
 */
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
/** Names with built-in permissions; where there are many of a kind, one example. */
const SYSTEM_NAMES = {
  username: SYSTEM_USERS,
  group: [
    ...SYSTEM_GROUPS.filter((group) => group !== AUTHENTICATED),
    'system:serviceaccounts:kube-system',
    'eks:kube-proxy-windows',
  ],
} as const;
const OPEN_ENDED = /^system:(?:bootstrappers|serviceaccounts):./;

/** Common mistakes for system:masters, in lower case and without punctuation. */
const MEANT_FOR_MASTERS = /^system(?:cluster)?(?:admins?|administrators?|roots?|superusers?)$/;

/** The groups that EKS assigns to its nodes; Windows nodes also have eks:kube-proxy-windows. */
const ALL_NODE_GROUPS: readonly string[] = [...NODE_GROUPS, 'system:node-proxier'];

/**
 * True if a group makes its members act as nodes or node helpers, or is a misspelling of such a group. Not for
 * people.
 */
export function isNodeGroup(group: string): boolean {
  return /^system:(?:node|bootstrappers(?:$|:))/.test(group) || group === 'eks:kube-proxy-windows';
}

/**
 * True if an entry grants access to nodes: EC2, Fargate or Windows. Narrower than `isNodeGroup`: a misspelled group
 * grants nodes no access.
 */
export function isNodeEntry(entry: GivenNames): boolean {
  return (
    entry.username.startsWith('system:node:') ||
    (entry.groups ?? []).some((group) => ALL_NODE_GROUPS.includes(group))
  );
}

/** The usernames and groups that EKS documents for nodes: EC2 with Linux, EC2 with Windows, and Fargate. */
const NODE_GRANTS = [
  { username: NODE_USERNAME, groups: NODE_GROUPS },
  { username: NODE_USERNAME, groups: [...NODE_GROUPS, 'eks:kube-proxy-windows'] },
  { username: 'system:node:{{SessionName}}', groups: ALL_NODE_GROUPS },
];

/** True if an entry has exactly what EKS documents for one kind of nodes, in any order. */
export function isNodeGrant(entry: GivenNames): boolean {
  const given = new Set(entry.groups);
  return NODE_GRANTS.some(
    ({ username, groups }) =>
      username === entry.username &&
      given.size === groups.length &&
      groups.every((group) => given.has(group)),
  );
}

/** The groups and policies that an aws-auth entry or an access entry grants. */
export interface Granted {
  readonly groups: readonly string[] | null;
  /** Only access entries have policies. */
  readonly policies?: readonly AccessPolicy[];
}

/** True if an entry makes its callers cluster admins without any binding. */
export function isClusterAdmin(granted: Granted): boolean {
  return clusterAdminBy(granted) !== null;
}

/** The group or access policy that makes callers cluster admins, or null. */
export function clusterAdminBy({ groups, policies }: Granted): string | null {
  if (groups?.includes(MASTERS)) return MASTERS;
  const policy = policies?.find(isClusterAdminPolicy);
  return policy ? policyName(policy) : null;
}

/** True if a username or group equals a name, or its variables can turn it into that name. */
export function canBecome(template: string, name: string): boolean {
  return template === name || (templateMatcher(template)?.(name) ?? false);
}

/**
 * Like `clusterAdminBy`, but also finds callers who can become cluster admin with a session name: the caller chooses
 * it, so `system:{{SessionName}}` becomes `system:masters` in a session named `masters`.
 */
export function possibleAdminBy(granted: Granted): string | null {
  const becomesMasters = (group: string) => hasSession(group) && canBecome(group, MASTERS);
  return clusterAdminBy(granted) ?? (granted.groups?.some(becomesMasters) ? BY_SESSION : null);
}

export const BY_SESSION = `${MASTERS} through a session name`;

/** True if the route to cluster admin is system:masters, not a binding or an access policy. */
export function isByMasters(way: string): boolean {
  return way === MASTERS || way === BY_SESSION;
}

/**
 * The reserved name, or the beginning of reserved names, that variables can turn a username or group into, as a noun
 * phrase; undefined if they can't.
 */
export function reservedNameOf(kind: 'username' | 'group', template: string): string | undefined {
  const prefix = templateMatcher(template) && reservedPrefixOf(template);
  if (prefix === undefined) return undefined;
  const known = SYSTEM_NAMES[kind].find((name) => canBecome(template, name));
  return known === undefined ? `a name that starts with ${quoted(prefix)}` : quoted(known);
}

/**
 * The group or username with which an aws-auth entry makes its callers cluster admins, or can with a session name,
 * without anyone's binding: a group that is system:masters or becomes a reserved name, or a reserved username. Null if
 * it does not; a binding may still do so.
 */
export function administratorBy({
  username,
  groups,
}: GivenNames): { readonly field: 'groups' | 'username'; readonly name: string } | null {
  const group = groups?.find((name) => name === MASTERS || reservedNameOf('group', name) !== undefined);
  if (group !== undefined) return { field: 'groups', name: group };
  const isReserved = reservedPrefixOf(username) !== undefined && !username.startsWith('system:node:');
  return isReserved ? { field: 'username', name: username } : null;
}

/** True if a username or group depends on the session name. */
export function hasSession(template: string): boolean {
  return template.includes('{{SessionName');
}

/**
 * The distinct groups that are not in `others`, except those that make no difference to an access entry of the type.
 */
export function groupsBeside(groups: readonly string[], others: readonly string[], type: string): string[] {
  const aside = [
    // A policy replaces the first, and everyone has the second.
    MASTERS,
    AUTHENTICATED,
    // EKS issues kubelet certificates, so nodes need not bootstrap; Fargate runs its own proxies.
    ...(type === 'STANDARD' ? [] : ['system:bootstrappers']),
    ...(type === 'FARGATE_LINUX' ? ['system:node-proxier'] : []),
  ];
  return [...new Set(groups)].filter((group) => !others.includes(group) && !aside.includes(group));
}

/** True if a group starts with `system:`, which Kubernetes reserves, but is not a known one. */
export function isUnknownSystemGroup(group: string): boolean {
  return group.startsWith('system:') && !isKnown(group);
}

/**
 * The system group that a name is a slip of, by a letter, its case or its punctuation; undefined if the name is
 * right, or far from all of them.
 */
export function nearSystemGroup(group: string): string | undefined {
  // Surrounding white space has its own rule.
  if (isKnown(group.trim())) return undefined;
  const name = plain(group);
  if (MEANT_FOR_MASTERS.test(name)) return MASTERS;
  return PLAIN_GROUPS.find((known) => isSlip(name, known.plain))?.group;
}

/** Continues a sentence about a group name. */
export const LOOKS_LIKE_MASTERS = 'looks like a misspelling of the cluster admin group';

/**
 * The next step for a misspelled system group. Never suggests making someone cluster admin because of a similar name.
 */
export function nearGroupHelp(near: string): string {
  return near === MASTERS
    ? `It ${LOOKS_LIKE_MASTERS}. Use one of your groups instead, and bind it to the role that these people need.`
    : `Did you mean ${quoted(near)}?`;
}

function isKnown(group: string): boolean {
  return SYSTEM_GROUPS.includes(group) || OPEN_ENDED.test(group);
}

function plain(group: string): string {
  return group.toLowerCase().replace(/[^a-z0-9]/g, '');
}

const PLAIN_GROUPS = SYSTEM_GROUPS.map((group) => ({ group, plain: plain(group) }));

/**
 * True for a few added, missing or changed letters, or the same letters in another order. `system:testers` is not a
 * slip.
 */
function isSlip(name: string, known: string): boolean {
  const few = Math.floor(known.length / 8);
  if (Math.abs(name.length - known.length) > few) return false;
  const sorted = (text: string) => [...text].sort().join('');
  return leven(name, known) <= few || (name.length === known.length && sorted(name) === sorted(known));
}
