import { type AccessEntry, entryTemplates, MANAGED_NODES, nodeTypeOf } from '../access-entry.ts';
import { groupsText, MASTERS } from '../authenticator/groups.ts';
import type { Caller, KubernetesIdentity } from '../authenticator/resolve-caller.ts';
import { type JudgedAccessEntry, mayLive, principalKey } from '../cluster/access-entry-state.ts';
import { grantDifference } from '../cluster/translate.ts';
import { NODE_VARIABLE } from '../entry.ts';
import { type Finding, type Location, note, warning } from '../errors.ts';
import { listEntries, type NamedCluster } from '../lint/eks-commands.ts';
import { listed, printable, quoted } from '../text.ts';
import { KEEP_MODE, type Refusal } from './principal.ts';

/** Whether an entry of aws-auth names whoever comes in as a node, which no STANDARD access entry can. */
export function isNamedAsNode({ username }: Pick<KubernetesIdentity, 'username'>): boolean {
  return username.startsWith('system:node:');
}

/**
 * The type of access entry for an entry of aws-auth that is named as a node, or why it gets none.
 * @param nodes which type nodes get; `own`: the one that their entry tells; null: they are refused
 * @param clusterAccount null where it is not known
 */
export function nodeTypeFor(
  { kind, accountId }: Caller,
  identity: KubernetesIdentity,
  { nodes, clusterAccount }: { readonly nodes: string | null; readonly clusterAccount: string | null },
): string | Refusal {
  if (kind !== 'role') return { reason: 'nodes have roles', help: 'Name the role of the nodes.' };
  const own = nodeTypeOf(identity);
  if (own === null) return notOfNodes(identity);
  if (nodes === null)
    return {
      reason: 'it is a node role',
      help: `${MANAGED_NODES}, once the authentication mode has the API. For other nodes add --nodes.`,
      isLeftOut: true,
    };
  const refusal = clusterAccount === null ? undefined : otherAccount(accountId, clusterAccount);
  return refusal ?? (nodes === 'own' ? own : nodes);
}

/** EKS takes entries of nodes for roles of its own account alone. */
export function otherAccount(accountId: string | undefined, clusterAccount: string): Refusal | undefined {
  if (accountId === clusterAccount) return undefined;
  return {
    reason: `access entries of nodes are of roles in the account of the cluster, ${clusterAccount}`,
    help: `${KEEP_MODE}, or give the nodes a role in account ${clusterAccount}.`,
  };
}

/** Where no type of access entry gives nodes what their entry of aws-auth does. */
function notOfNodes({ username, groups }: KubernetesIdentity): Refusal {
  return {
    reason: `no type of access entry gives nodes the username ${quoted(username)} with groups [${listed(groups.map(quoted))}]`,
    help: `${KEEP_MODE}, or map the nodes as EKS does: system:node:{{EC2PrivateDNSName}} in system:bootstrappers and system:nodes.`,
  };
}

/**
 * What nodes lose by their access entry: groups, since it has no policy in place of `system:masters`; and their name where it is not of the
 * type that their entry of aws-auth tells, for with the name of a session whoever assumes the role says which node they are.
 */
export function nodeFindings(
  identity: KubernetesIdentity,
  entry: AccessEntry,
  location: Location,
): Finding[] {
  const { principalArn, type } = entry;
  const { before, after, fewer, isOtherUsername } = grantDifference(identity, entry);
  const consequence = after.username.includes(NODE_VARIABLE)
    ? 'so that nodes that are not EC2 instances can no longer join'
    : 'which is wider: whoever can assume the role chooses the session name, and so can act as any node of the cluster; an EC2 instance can only be itself';
  const renamed = `${printable(principalArn)}: type ${type} changes the username from ${quoted(before.username)} to ${quoted(after.username)}, ${consequence}`;
  const lost = [...new Set(before.groups)].filter((group) => group === MASTERS || fewer.includes(group));
  const left = `${printable(principalArn)} is left without ${groupsText(lost)}: nodes get their groups by the type ${type}`;
  return [
    ...(isOtherUsername ? [warning('node-username-changed', renamed, { location, help: OWN_TYPE })] : []),
    ...(lost.length > 0 ? [warning('group-left-out', left, { location, help: OTHER_ROLE })] : []),
  ];
}

const OWN_TYPE = 'Use --nodes without a type: it writes the type that each entry tells.';
const OTHER_ROLE = 'Give them rights by another role, or bind what the nodes need to system:nodes.';

/** The access entries that let nodes in, by the key of their role. */
export function nodesOf(existing: readonly JudgedAccessEntry[]): ReadonlyMap<string, JudgedAccessEntry> {
  const nodes = existing.filter((one) => mayLive(one) && one.entry.type !== 'STANDARD');
  return new Map(nodes.map((one) => [principalKey(one.entry), one]));
}

/**
 * An access entry of nodes with the type and policies that the cluster's has, where the same nodes get in through that one: it need not be
 * replaced, and its type cannot be changed.
 */
export function asClusterHas(
  entry: AccessEntry,
  existing?: JudgedAccessEntry,
): { readonly entry: AccessEntry; readonly findings: readonly Finding[] } {
  if (!existing || !mayLive(existing) || !letsInSameNodes(existing.entry, entry))
    return { entry, findings: [] };
  const { type, policies } = existing.entry;
  const message = `${printable(entry.principalArn)} is written with the type ${printable(type)}, as the cluster has it: the same nodes get in through it as with ${entry.type}`;
  return {
    entry: { ...entry, type, policies },
    findings: [note('node-type-kept', message)],
  };
}

function letsInSameNodes(found: AccessEntry, wanted: AccessEntry): boolean {
  if ([found.type, wanted.type].includes('STANDARD') || found.type === wanted.type) return false;
  const [there, here] = [entryTemplates(found), entryTemplates(wanted)];
  return there.username === here.username && here.groups.every((group) => there.groups.includes(group));
}

/**
 * A note on node roles without an access entry, which EKS makes for most.
 * @param cluster null where none is named
 */
export function nodesLeftOut(arns: readonly string[], cluster: NamedCluster | null): Finding[] {
  if (arns.length === 0) return [];
  const [roles, are] = arns.length === 1 ? ['the node role', 'is'] : [`${arns.length} node roles`, 'are'];
  const message = `${roles} ${listed(arns.map(printable))} ${are} left out`;
  const help = [
    `${MANAGED_NODES}, once the authentication mode has the API. Before the mode is API, see that it has made these:`,
    listEntries(cluster ?? { name: 'NAME', arn: null }),
    'For roles that are not listed, those of self-managed and hybrid nodes, add --nodes.',
  ].join('\n');
  return [note('nodes-left-out', message, { help })];
}
