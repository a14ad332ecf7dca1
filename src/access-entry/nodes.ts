import { groupsText, MASTERS } from '../aws-auth/groups.ts';
import type { Caller, KubernetesIdentity } from '../aws-auth/resolve-caller.ts';
import { type AccessEntry, entryTemplates, MANAGED_NODES, nodeTypeOf } from '../eks.ts';
import { type Finding, type Location, note, warning } from '../errors.ts';
import { NODE_VARIABLE } from '../map-entry.ts';
import { listed, printable, quoted } from '../text.ts';
import { listEntries, type NamedCluster } from './eks-commands.ts';
import { type JudgedAccessEntry, mayLive, principalKey } from './existing-entries.ts';
import { KEEP_MODE, type Refusal } from './principal.ts';
import { grantDifference } from './translate-entry.ts';

/** True if an entry of aws-auth has a node's username, which no STANDARD access entry can have. */
export function isNamedAsNode({ username }: Pick<KubernetesIdentity, 'username'>): boolean {
  return username.startsWith('system:node:');
}

/**
 * The access entry type for an entry of aws-auth with a node's username, or why it gets none.
 * @param nodes the type for nodes; `own` for the type that their entry implies; null refuses them
 * @param clusterAccount null if unknown
 */
export function nodeTypeFor(
  { kind, accountId }: Caller,
  identity: KubernetesIdentity,
  { nodes, clusterAccount }: { readonly nodes: string | null; readonly clusterAccount: string | null },
): string | Refusal {
  if (kind !== 'role') return { reason: 'nodes need a role', help: "Use the nodes' role." };
  const own = nodeTypeOf(identity);
  if (own === null)
    return {
      reason: `no access entry type gives nodes the username ${quoted(identity.username)} with groups [${listed(identity.groups.map(quoted))}]`,
      help: `${KEEP_MODE}, or map the nodes as EKS does: system:node:{{EC2PrivateDNSName}} in system:bootstrappers and system:nodes.`,
    };
  if (nodes === null)
    return {
      reason: 'it is a node role',
      help: `${MANAGED_NODES} once the authentication mode includes API. For other nodes, add --nodes.`,
      isLeftOut: true,
    };
  const refusal = clusterAccount === null ? undefined : otherAccount(accountId, clusterAccount);
  return refusal ?? (nodes === 'own' ? own : nodes);
}

/** EKS accepts node entries only for roles in the cluster's account. */
export function otherAccount(accountId: string | undefined, clusterAccount: string): Refusal | undefined {
  if (accountId === clusterAccount) return undefined;
  return {
    reason: `access entries for nodes need a role in the cluster's account, ${clusterAccount}`,
    help: `${KEEP_MODE}, or give the nodes a role in account ${clusterAccount}.`,
  };
}

/**
 * Warnings about what nodes lose with their access entry: groups, because it has no policy in place of `system:masters`,
 * and their username, if the type is not the one that their aws-auth entry implies. A username with the session name
 * lets anyone who assumes the role choose which node to be.
 */
export function nodeFindings(
  identity: KubernetesIdentity,
  entry: AccessEntry,
  location: Location,
): Finding[] {
  const { principalArn, type } = entry;
  const { before, after, fewer, isOtherUsername } = grantDifference(identity, entry);
  const consequence = after.username.includes(NODE_VARIABLE)
    ? "so nodes that aren't EC2 instances can no longer join"
    : 'which is broader: anyone who can assume the role chooses the session name and can act as any node in the cluster; an EC2 instance can only act as itself';
  const renamed = `${printable(principalArn)}: type ${type} changes the username from ${quoted(before.username)} to ${quoted(after.username)}, ${consequence}`;
  const lost = [...new Set(before.groups)].filter((group) => group === MASTERS || fewer.includes(group));
  const left = `${printable(principalArn)} loses ${groupsText(lost)}: nodes get their groups from the type ${type}`;
  return [
    ...(isOtherUsername ? [warning('node-username-changed', renamed, { location, help: OWN_TYPE })] : []),
    ...(lost.length > 0 ? [warning('group-left-out', left, { location, help: OTHER_ROLE })] : []),
  ];
}

const OWN_TYPE = 'Use --nodes without a type to write the type that each entry implies.';
const OTHER_ROLE = 'Grant the permissions to another role, or bind what the nodes need to system:nodes.';

/** The access entries that grant access to nodes, by the key of their role. */
export function nodeEntriesOf(
  existing: readonly JudgedAccessEntry[],
): ReadonlyMap<string, JudgedAccessEntry> {
  const nodes = existing.filter((one) => mayLive(one) && one.entry.type !== 'STANDARD');
  return new Map(nodes.map((one) => [principalKey(one.entry), one]));
}

/**
 * A node access entry with the type and policies of the cluster's existing one, if that one grants access to the same
 * nodes: it needs no replacement, and its type can't be changed.
 */
export function asClusterHas(
  entry: AccessEntry,
  existing?: JudgedAccessEntry,
): { readonly entry: AccessEntry; readonly findings: readonly Finding[] } {
  const kept = { entry, findings: [] };
  if (!existing || !mayLive(existing)) return kept;
  const { type, policies } = existing.entry;
  if ([type, entry.type].includes('STANDARD') || type === entry.type) return kept;
  const [there, here] = [entryTemplates(existing.entry), entryTemplates(entry)];
  if (there.username !== here.username || !here.groups.every((group) => there.groups.includes(group)))
    return kept;
  const message = `${printable(entry.principalArn)} keeps the type ${printable(type)} from the cluster: it grants access to the same nodes as ${entry.type}`;
  return {
    entry: { ...entry, type, policies },
    findings: [note('node-type-kept', message)],
  };
}

/**
 * A note on node roles without an access entry, which EKS creates for most.
 * @param cluster null if none is named
 */
export function nodesLeftOut(arns: readonly string[], cluster: NamedCluster | null): Finding[] {
  if (arns.length === 0) return [];
  const roles = arns.length === 1 ? 'node role' : `${arns.length} node roles:`;
  const message = `skipped ${roles} ${listed(arns.map(printable))}`;
  const help = [
    `${MANAGED_NODES} once the authentication mode includes API. Before you switch to mode API, check that these exist:`,
    listEntries(cluster ?? { name: 'NAME', arn: null }),
    "For roles that aren't listed (self-managed and hybrid nodes), add --nodes.",
  ].join('\n');
  return [note('nodes-left-out', message, { help })];
}
