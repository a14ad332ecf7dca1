import {
  type AccessEntry,
  type AccessPolicy,
  clusterAdminPolicy,
  entryTemplates,
  groupProblem,
  isClusterAdminPolicy,
  nodeTypeOf,
  policyText,
  usernameProblem,
} from '../access-entry.ts';
import { parseArn } from '../arn.ts';
import { describeGrant } from '../authenticator/caller.ts';
import { groupsBeside, groupsText, isClusterAdmin, isNodeEntry } from '../authenticator/groups.ts';
import { identityOfEntry, type KubernetesIdentity } from '../authenticator/resolve-caller.ts';
import type { JudgedAccessEntry } from '../inventory/access-entry-state.ts';
import type { EksCluster } from '../inventory/model.ts';
import { roleArnKey } from '../role-name.ts';
import { printable, quoted } from '../text.ts';
import type { ClusterContext, ListEntry } from './context.ts';
import {
  associatePolicy,
  createEntry,
  deleteEntry,
  disassociatePolicy,
  ofPrincipal,
  updateEntry,
} from './eks-commands.ts';
import { lineOf } from './rule.ts';

/** What an access entry gives to whom an entry of aws-auth gives something else. */
export interface GrantDifference {
  readonly before: KubernetesIdentity;
  /** Whether it lets in nodes in place of people, other nodes, or people in place of nodes. */
  readonly isOtherKind: boolean;
  readonly isAdminLost: boolean;
  readonly isAdminGained: boolean;
  /** Groups that make a difference. */
  readonly lost: readonly string[];
  readonly gained: readonly string[];
  readonly isOtherUsername: boolean;
  /** Whether there are access policies beside the one of administrators, which aws-auth has nothing like. */
  readonly hasPolicies: boolean;
}

export function differenceOf({ entry }: ListEntry, accessEntry: AccessEntry): GrantDifference {
  const before = identityOfEntry(entry) ?? { username: entry.username, groups: entry.groups ?? [] };
  const after = entryTemplates(accessEntry);
  const { type, policies } = accessEntry;
  const [wasAdmin, isAdmin] = [isClusterAdmin(before), policies.some(isClusterAdminPolicy)];
  const isOtherUsername = before.username !== after.username;
  const isOtherNode = before.username.startsWith('system:node:') && isOtherUsername;
  return {
    before,
    isOtherKind: isNodeEntry(before) ? type === 'STANDARD' || isOtherNode : type !== 'STANDARD',
    isAdminLost: wasAdmin && !isAdmin,
    isAdminGained: isAdmin && !wasAdmin,
    lost: isAdmin ? [] : groupsBeside(before.groups, after.groups, type),
    gained: wasAdmin ? [] : groupsBeside(after.groups, before.groups, type),
    isOtherUsername,
    hasPolicies: !policies.every(isClusterAdminPolicy),
  };
}

/** Whether an access entry gives what an entry of aws-auth does. */
export function isSame({
  isOtherKind,
  isAdminLost,
  isAdminGained,
  lost,
  gained,
  ...rest
}: GrantDifference): boolean {
  const { isOtherUsername, hasPolicies } = rest;
  const isOther = isOtherKind || isAdminLost || isAdminGained || isOtherUsername || hasPolicies;
  return !isOther && lost.length + gained.length === 0;
}

/** `username "…", groups […], policies AmazonEKSViewPolicy in dev-*` */
export function grantText(entry: AccessEntry): string {
  const policies = entry.policies.map((policy) => printable(policyText(policy)));
  return [
    describeGrant(entryTemplates(entry), 10),
    policies.length > 0 ? `policies ${policies.join(', ')}` : 'no access policies',
  ].join(', ');
}

/** What somebody no longer has who had it by an entry of aws-auth. */
export function lossesIn({ before, isOtherKind, isAdminLost, lost }: GrantDifference): string[] {
  if (isOtherKind) return [isNodeEntry(before) ? 'what lets nodes join' : 'what lets people in'];
  return [...(isAdminLost ? ['cluster admin'] : []), ...(lost.length > 0 ? [groupsText(lost)] : [])];
}

/** How an access entry comes to give what an entry of aws-auth does: what to do, with commands. */
export function correction(
  cluster: EksCluster,
  accessEntry: AccessEntry,
  difference: GrantDifference,
): string {
  const { before, isOtherKind, lost } = difference;
  const { principalArn, type } = accessEntry;
  const wanted = typeFor(before);
  if (wanted !== type && (isOtherKind || lost.length > 0)) {
    if (wanted === null)
      return 'Map the nodes as EKS does, and replace the access entry by one of their type.';
    return [
      'If this entry is what is meant, replace the access entry, whose type cannot be changed:',
      deleteEntry(cluster, principalArn),
      ...createEntry(cluster, wantedEntry(principalArn, wanted, before), principalArn),
      ...refusals(difference),
    ].join('\n');
  }
  if (isNodeEntry(before))
    return 'Nodes get their groups by the type of the access entry: bind what they need to system:nodes.';
  const commands = changes(cluster, accessEntry, difference);
  const steps = [
    ...(commands.length > 0
      ? ['If this entry is what is meant, correct the access entry:', ...commands]
      : []),
    ...refusals(difference),
  ];
  return steps.join('\n') || 'Compare what its access policies allow: aws-auth has nothing like them.';
}

/** The type of access entry that gives what an entry of aws-auth does; null where none does. */
function typeFor(before: KubernetesIdentity): string | null {
  return isNodeEntry(before) ? nodeTypeOf(before) : 'STANDARD';
}

function wantedEntry(principalArn: string, type: string, before: KubernetesIdentity): AccessEntry {
  return {
    principalArn,
    type,
    username: usernameProblem(before.username) === undefined ? before.username : null,
    kubernetesGroups: [...new Set(before.groups)].filter(canBeGiven),
    policies: isClusterAdmin(before) ? [adminPolicy(principalArn)] : [],
  };
}

function adminPolicy(principalArn: string): AccessPolicy {
  return { policyArn: clusterAdminPolicy(parseArn(principalArn)?.partition ?? ''), scope: 'cluster' };
}

/** The commands that change an access entry of people. */
function changes(
  cluster: EksCluster,
  accessEntry: AccessEntry,
  { before, isAdminLost, isAdminGained, lost, gained, isOtherUsername }: GrantDifference,
): string[] {
  const { principalArn } = accessEntry;
  const { username, kubernetesGroups } = wantedEntry(principalArn, 'STANDARD', before);
  const changed = {
    ...(lost.some(canBeGiven) || gained.length > 0 ? { kubernetesGroups } : {}),
    ...(isOtherUsername && username !== null ? { username } : {}),
  };
  const policy = adminPolicy(principalArn);
  return [
    ...(Object.keys(changed).length > 0 ? [updateEntry(cluster, { ...accessEntry, ...changed })] : []),
    ...(isAdminLost ? [associatePolicy(cluster, principalArn, policy)] : []),
    ...(isAdminGained ? [disassociatePolicy(cluster, principalArn, policy.policyArn)] : []),
  ];
}

function canBeGiven(group: string): boolean {
  return groupProblem(group) === undefined;
}

/** What no access entry can give. */
function refusals({ before, lost, isOtherUsername }: GrantDifference): string[] {
  if (isNodeEntry(before)) return [];
  const problem = usernameProblem(before.username);
  const groups = lost.filter((group) => !canBeGiven(group));
  return [
    ...(isOtherUsername && problem !== undefined
      ? [`No access entry can have the username ${quoted(before.username)}: ${problem}.`]
      : []),
    ...(groups.length > 0
      ? [`No access entry can have the ${groupsText(groups)}: bind another name, and map that.`]
      : []),
  ];
}

/** Behind what commands are to do: who made an access entry by other means would make it again. */
export const OWNED = ' (with Terraform, CloudFormation or eksctl, where one of them made it)';

/**
 * What to do about an access entry through which nobody gets in, with commands.
 * @param role that there is now; null where there is none
 * @param isTaken whether that role has another access entry
 */
export function replacement(
  context: Pick<ClusterContext, 'file' | 'cluster'>,
  { entry, later }: JudgedAccessEntry,
  role: JudgedAccessEntry['role'],
  isTaken: boolean,
): string[] {
  const deletion = deleteEntry(context.cluster, entry.principalArn);
  if (isTaken) return [`The role has another access entry: delete this one${OWNED}:`, deletion];
  if (later || !role) return [`Delete the access entry${OWNED}:`, deletion];
  return [
    `Delete the access entry, and create it again for the role that there is now${OWNED}; its tags are not kept:`,
    deletion,
    ...createAgain(context, entry, role.pathArn),
  ];
}

/**
 * How an access entry through which nobody gets in is created again: the commands, and what they give where that is not what the access
 * entry gave.
 * @param context its aws-auth counts once the access entry is deleted: what that gives the role is what is meant
 * @param principalArn of the role that there is now
 */
export function createAgain(
  context: Pick<ClusterContext, 'file' | 'cluster'>,
  accessEntry: AccessEntry,
  principalArn: string,
): string[] {
  const { file, cluster } = context;
  const gave = ofPrincipal(accessEntry, principalArn);
  // In mode API nobody comes back to aws-auth.
  const mayCount = cluster.authenticationMode !== 'API';
  if (!file && mayCount)
    return [
      ...createEntry(cluster, gave, principalArn),
      'Without FILE it is not known whether aws-auth gives the role something else.',
    ];
  const mapped = mayCount ? file?.entryOfCaller(roleArnKey(principalArn)) : undefined;
  const difference = mapped && differenceOf(mapped, gave);
  if (!mapped || !difference || isSame(difference)) return createEntry(cluster, gave, principalArn);
  const { before } = difference;
  const type = typeFor(before);
  const line = `line ${lineOf(mapped)} of aws-auth gives the same role: ${describeGrant(mapped.entry, 10)}`;
  if (type === null)
    return [
      ...createEntry(cluster, gave, principalArn),
      `This is what the access entry gave. What no type of access entry gives, ${line}.`,
    ];
  return [
    ...createEntry(cluster, wantedEntry(principalArn, type, before), principalArn),
    `This is what ${line}. The access entry gave something else: ${grantText(gave)}.`,
    ...refusals(difference),
  ];
}
