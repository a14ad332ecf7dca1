import {
  type AccessEntry,
  type AccessPolicy,
  clusterAdminPolicy,
  defaultUsername,
  entryTemplates,
  groupProblem,
  MANAGED_NODES,
  nodeTypeOf,
  usernameProblem,
} from '../access-entry.ts';
import { parseArn } from '../arn.ts';
import { AUTHENTICATED, groupsBeside, groupsText, isNodeGroup, MASTERS } from '../authenticator/groups.ts';
import { type Caller, identityOfEntry, type KubernetesIdentity } from '../authenticator/resolve-caller.ts';
import { type DesiredEntry, NODE_VARIABLE, USERNAME_OF_EKS } from '../entry.ts';
import type { Finding, Location } from '../errors.ts';
import { listEntries, type NamedCluster } from '../lint/eks-commands.ts';
import { roleArnKey } from '../same-arn.ts';
import { listed, printable, quoted } from '../text.ts';
import {
  hasPath,
  KEEP_MODE,
  NODE_ROLE_OPTIONS,
  type PathFacts,
  type Refusal,
  unreadRole,
} from './principal.ts';

/** A group that access entries cannot give. */
export interface RefusedGroup {
  readonly group: string;
  /** Why, as a clause. */
  readonly reason: string;
  readonly help: string;
}

/** What an access entry gives in place of a username and groups of aws-auth. */
export interface Grant {
  /** Null: left out, so that EKS makes one. */
  readonly username: string | null;
  /** Why it is left out, as a clause. */
  readonly usernameProblem: string | null;
  readonly kubernetesGroups: readonly string[];
  readonly policies: readonly AccessPolicy[];
  readonly refused: readonly RefusedGroup[];
}

/**
 * Says username and groups as an access entry has them: `system:masters` becomes a policy, and `system:authenticated` is left out, since
 * everyone has it.
 * @param identity with its variables filled in as far as they are known
 */
export function grantOf({ username, groups }: KubernetesIdentity, partition: string): Grant {
  const problem = usernameProblem(username) ?? null;
  const named = [...new Set(groups)].filter((group) => group !== MASTERS && group !== AUTHENTICATED);
  const refused = named.flatMap((group) => refusedGroup(group) ?? []);
  const isRefused = new Set(refused.map(({ group }) => group));
  return {
    username: problem === null ? username : null,
    usernameProblem: problem,
    kubernetesGroups: named.filter((group) => !isRefused.has(group)),
    policies: groups.includes(MASTERS)
      ? [{ policyArn: clusterAdminPolicy(partition), scope: 'cluster' as const }]
      : [],
    refused,
  };
}

/** Why access entries cannot give a group other than `system:masters`, and what to do; undefined where they can. */
function refusedGroup(group: string): RefusedGroup | undefined {
  const reason = groupProblem(group);
  return reason === undefined ? undefined : { group, reason, help: refusedGroupHelp(group) };
}

function refusedGroupHelp(group: string): string {
  if (group === '') return 'Name a group, or remove it.';
  if (!group.startsWith('system:')) return 'Map a group without variables.';
  return isNodeGroup(group)
    ? 'It is for nodes, which get it by the type of their access entry: leave it out.'
    : 'Bind what it is bound to, to a group of another name, and map that group.';
}

/** Whether all that an entry gives is refused, so that an access entry would give nothing of it. */
export function isRefused({ kubernetesGroups, policies, refused }: Grant): boolean {
  return refused.length > 0 && kubernetesGroups.length + policies.length === 0;
}

/** `group "system:nodes": EKS refuses groups that start with system:`, a clause for each reason. */
export function refusedGroupsText(refused: readonly RefusedGroup[]): string {
  const reasons = [...new Set(refused.map(({ reason }) => reason))];
  return reasons
    .map((reason) => {
      const groups = refused.filter((one) => one.reason === reason).map(({ group }) => group);
      return `${groupsText(groups)}: ${reason}`;
    })
    .join('; ');
}

/** The steps for refused groups, each once. */
export function refusedGroupsHelp(refused: readonly RefusedGroup[]): string {
  return [...new Set(refused.map(({ help }) => help))].join('\n');
}

/** The access entry of somebody, with what is to be said of it. */
export function standardEntry(principalArn: string, grant: Grant): AccessEntry {
  const { username, kubernetesGroups, policies } = grant;
  return { principalArn, type: 'STANDARD', username, kubernetesGroups, policies };
}

/** What is lost by it: groups beside others, as a warning, and a username, as a note. */
export function grantFindings(
  username: string,
  principalArn: string,
  grant: Grant,
  location: Location | undefined,
): Finding[] {
  const where = location ? { location } : {};
  const findings: Finding[] = [];
  if (grant.refused.length > 0)
    findings.push({
      severity: 'warning',
      code: 'group-left-out',
      message: `${printable(principalArn)} is left without ${refusedGroupsText(grant.refused)}`,
      help: refusedGroupsHelp(grant.refused),
      ...where,
    });
  if (grant.usernameProblem !== null)
    findings.push({
      severity: 'note',
      code: 'username-left-out',
      message: `${printable(principalArn)}: the username ${quoted(username)} is left out, since ${grant.usernameProblem}: EKS makes it ${quoted(defaultUsername(principalArn))}`,
      ...where,
    });
  return findings;
}

/** Whether an entry of aws-auth names whoever comes in as a node, which no STANDARD access entry can. */
export function isNamedAsNode({ username }: Pick<KubernetesIdentity, 'username'>): boolean {
  return username.startsWith('system:node:');
}

/**
 * Why an entry of aws-auth that is named as a node gets no access entry of nodes; undefined where it does.
 * @param nodes null: nodes are refused
 * @param clusterAccount null where it is not known
 */
export function nodeRefusal(
  { kind, accountId }: Caller,
  identity: KubernetesIdentity,
  { nodes, clusterAccount }: { readonly nodes: string | null; readonly clusterAccount: string | null },
): Refusal | undefined {
  if (kind !== 'role') return { reason: 'nodes have roles', help: 'Name the role of the nodes.' };
  if (nodeTypeOf(identity) === null) return notOfNodes(identity);
  if (nodes === null)
    return {
      reason: 'it is a node role',
      help: `${MANAGED_NODES}, once the authentication mode has the API. For other nodes add --nodes.`,
      isLeftOut: true,
    };
  return clusterAccount === null ? undefined : otherAccount(accountId, clusterAccount);
}

/** EKS takes entries of nodes for roles of its own account alone. */
function otherAccount(accountId: string | undefined, clusterAccount: string): Refusal | undefined {
  if (accountId === clusterAccount) return undefined;
  return {
    reason: `access entries of nodes are of roles in the account of the cluster, ${clusterAccount}`,
    help: `${KEEP_MODE}, or give the nodes a role in account ${clusterAccount}.`,
  };
}

/** Where no type of access entry gives nodes what their entry of aws-auth does. */
export function notOfNodes({ username, groups }: KubernetesIdentity): Refusal {
  return {
    reason: `no type of access entry gives nodes the username ${quoted(username)} with groups [${listed(groups.map(quoted))}]`,
    help: `${KEEP_MODE}, or map the nodes as EKS does: system:node:{{EC2PrivateDNSName}} in system:bootstrappers and system:nodes.`,
  };
}

/** The access entry of a node role: EKS gives it username and groups by its type. */
export function nodeEntry(principalArn: string, type: string): AccessEntry {
  return { principalArn, type, username: null, kubernetesGroups: [], policies: [] };
}

/** The groups of an entry of aws-auth that nodes lose by their access entry, which has no policy in place of `system:masters`. */
export function nodeFindings(groups: readonly string[], entry: AccessEntry, location: Location): Finding[] {
  const { principalArn, type } = entry;
  const beside = groupsBeside(groups, entryTemplates(entry).groups, type);
  const lost = [...new Set(groups)].filter((group) => group === MASTERS || beside.includes(group));
  if (lost.length === 0) return [];
  const message = `${printable(principalArn)} is left without ${groupsText(lost)}: nodes get their groups by the type ${type}`;
  const help = 'Give them rights by another role, or bind what the nodes need to system:nodes.';
  return [{ severity: 'warning', code: 'group-left-out', message, location, help }];
}

/**
 * What becomes of the name of nodes whose access entry has another type than the one that their entry of aws-auth tells: a warning, for with
 * the name of a session whoever assumes the role says which node they are.
 */
export function nodeNameFindings(username: string, entry: AccessEntry, location: Location): Finding[] {
  const { principalArn, type } = entry;
  const after = entryTemplates(entry).username;
  if (after === username) return [];
  const consequence = after.includes(NODE_VARIABLE)
    ? 'so that nodes that are not EC2 instances can no longer join'
    : 'which is wider: whoever can assume the role chooses the session name, and so can act as any node of the cluster; an EC2 instance can only be itself';
  return [
    {
      severity: 'warning',
      code: 'node-username-changed',
      message: `${printable(principalArn)}: type ${type} changes the username from ${quoted(username)} to ${quoted(after)}, ${consequence}`,
      location,
      help: 'Use --nodes without a type: it writes the type that each entry tells.',
    },
  ];
}

/** What the translation of desired entries rests on. */
export interface DesiredFacts {
  readonly partition: string;
  /** The type of the nodes' entries; null: they are left out. */
  readonly nodeType: string | null;
  /** ARNs of node roles, as written. */
  readonly nodeRoles: readonly string[];
  /** What IAM has of them, see `PathFacts`. */
  readonly others: PathFacts['others'];
  /** The account of the cluster; null where it is not known. */
  readonly clusterAccount: string | null;
  /** Null where none is named. */
  readonly cluster: NamedCluster | null;
  /** Of the node roles whose access entry it has, by `roleArnKey`. */
  readonly there: ReadonlySet<string>;
}

/** Access entries, and what there is to say of them. */
export interface Translated {
  readonly entries: readonly AccessEntry[];
  readonly findings: readonly Finding[];
}

/** Access entries for what mappings ask for, in their order. */
export function translateDesired(desired: readonly DesiredEntry[], facts: DesiredFacts): Translated {
  const { partition, nodeType, nodeRoles, cluster, there } = facts;
  const pathArns = new Map(nodeRoles.toReversed().map((arn) => [roleArnKey(arn), arn]));
  const entries: AccessEntry[] = [];
  const findings: Finding[] = [];
  const leftOut: string[] = [];
  for (const entry of desired) {
    if (entry.role === null) {
      const stated = pathArns.get(roleArnKey(entry.rolearn)) ?? entry.rolearn;
      const refused = nodeType === null ? undefined : nodeRoleRefusal(stated, facts);
      if (nodeType === null) leftOut.push(...(there.has(roleArnKey(stated)) ? [] : [stated]));
      else if (refused) findings.push(refused);
      else {
        const pathArn = facts.others.get(roleArnKey(stated));
        entries.push(nodeEntry(pathArn ?? stated, nodeType));
        if (pathArn === undefined && !hasPath(stated)) findings.push(unreadRole(stated, NODE_ROLE_OPTIONS));
      }
      continue;
    }
    const { pathArn } = entry.role;
    const isOfEks = entry.username === USERNAME_OF_EKS;
    const identity = identityOfEntry({ ...entry, arn: entry.rolearn });
    const given = grantOf(identity ?? entry, partition);
    const grant = isOfEks ? { ...given, username: null } : given;
    entries.push(standardEntry(pathArn, grant));
    findings.push(...grantFindings(entry.username, pathArn, grant, undefined));
  }
  return { entries, findings: [...findings, ...nodesLeftOut(leftOut, cluster)] };
}

/** Of a node role that can have no access entry, a warning. */
function nodeRoleRefusal(arn: string, { others, clusterAccount }: DesiredFacts): Finding | undefined {
  const isGone = others.get(roleArnKey(arn)) === null;
  const refused = isGone
    ? { reason: 'the role does not exist', help: 'Check account and name of the role.' }
    : clusterAccount !== null && otherAccount(parseArn(arn)?.accountId, clusterAccount);
  if (!refused) return undefined;
  const message = `node role ${arn} is refused: ${refused.reason}`;
  return { severity: 'warning', code: 'node-role-refused', message, help: refused.help };
}

/**
 * A note on node roles without an access entry, which EKS makes for most.
 * @param cluster null where none is named
 */
export function nodesLeftOut(arns: readonly string[], cluster: NamedCluster | null): Finding[] {
  if (arns.length === 0) return [];
  const [roles, are] = arns.length === 1 ? ['the node role', 'is'] : [`${arns.length} node roles`, 'are'];
  return [
    {
      severity: 'note',
      code: 'nodes-left-out',
      message: `${roles} ${listed(arns.map(printable))} ${are} left out`,
      help: [
        `${MANAGED_NODES}, once the authentication mode has the API. Before the mode is API, see that it has made these:`,
        listEntries(cluster ?? { name: 'NAME', arn: null }),
        'For roles that are not listed, those of self-managed and hybrid nodes, add --nodes.',
      ].join('\n'),
    },
  ];
}
