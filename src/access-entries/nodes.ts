import type { AccessEntry } from '../access-entry.ts';
import type { KubernetesIdentity } from '../authenticator/resolve-caller.ts';
import { NODE_USERNAME } from '../entry.ts';
import type { Finding, Location } from '../errors.ts';
import { listed, printable, quoted } from '../text.ts';
import { EVERYONE } from './grant.ts';

/** What Fargate and hybrid nodes are called. */
const SESSION_USERNAME = 'system:node:{{SessionName}}';

/** What EKS gives nodes by the type of their access entry. */
const IDENTITIES: Readonly<Record<string, KubernetesIdentity>> = {
  EC2_LINUX: { username: NODE_USERNAME, groups: ['system:nodes'] },
  EC2_WINDOWS: { username: NODE_USERNAME, groups: ['system:nodes', 'eks:kube-proxy-windows'] },
  EC2: { username: NODE_USERNAME, groups: ['system:nodes'] },
  FARGATE_LINUX: { username: SESSION_USERNAME, groups: ['system:nodes', 'system:node-proxier'] },
  HYBRID_LINUX: { username: SESSION_USERNAME, groups: ['system:nodes'] },
};

/** As whom nodes get in through an access entry of a type. */
export function nodeIdentity(type: string): KubernetesIdentity | undefined {
  return IDENTITIES[type];
}

/** Whether an entry of aws-auth names whoever comes in as a node, which no STANDARD access entry can. */
export function isNamedAsNode({ username }: Pick<KubernetesIdentity, 'username'>): boolean {
  return username.startsWith('system:node:');
}

/** The type of access entry that gives nodes what an entry of aws-auth does; null where none does. */
export function nodeTypeOf({ username, groups }: KubernetesIdentity): string | null {
  if (!groups.includes('system:nodes')) return null;
  if (username === NODE_USERNAME)
    return groups.includes('eks:kube-proxy-windows') ? 'EC2_WINDOWS' : 'EC2_LINUX';
  if (username === SESSION_USERNAME)
    return groups.includes('system:node-proxier') ? 'FARGATE_LINUX' : 'HYBRID_LINUX';
  return null;
}

/** The access entry of a node role: EKS gives it username and groups by its type. */
export function nodeEntry(principalArn: string, type: string): AccessEntry {
  return { principalArn, type, username: null, kubernetesGroups: [], policies: [] };
}

/** A node that has joined no longer needs it: it asks for the first certificate of a kubelet, which EKS issues otherwise. */
const BOOTSTRAP = 'system:bootstrappers';

/** The groups of an entry of aws-auth that nodes lose by an access entry of a type, as far as it makes a difference. */
export function lostByNodes(groups: readonly string[], type: string): string[] {
  const kept = [...(nodeIdentity(type)?.groups ?? []), BOOTSTRAP, EVERYONE];
  return [...new Set(groups)].filter((group) => !kept.includes(group));
}

export function nodeFindings(
  principalArn: string,
  groups: readonly string[],
  type: string,
  location: Location,
): Finding[] {
  const lost = lostByNodes(groups, type);
  if (lost.length === 0) return [];
  const message = `${printable(principalArn)} is left without ${lost.length === 1 ? 'group' : 'groups'} ${listed(lost.map(quoted))}: nodes get their groups by the type ${type}`;
  const help = 'Give them rights by another role, or bind what the nodes need to system:nodes.';
  return [{ severity: 'warning', code: 'group-left-out', message, location, help }];
}
