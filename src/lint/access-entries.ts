import {
  type AccessEntry,
  type AccessPolicy,
  type AuthenticationMode,
  clusterAdminPolicy,
  defaultUsername,
  entryTemplates,
  groupProblem,
  isClusterAdminPolicy,
  nodeTypeOf,
  policyText,
  usernameProblem,
} from '../access-entry.ts';
import { parseArn } from '../arn.ts';
import { describeGrant } from '../authenticator/caller.ts';
import { AUTHENTICATED, groupsText, isClusterAdmin, isNodeEntry, MASTERS } from '../authenticator/groups.ts';
import { identityOfEntry, type KubernetesIdentity } from '../authenticator/resolve-caller.ts';
import { unicodeEscape } from '../configmap/quote.ts';
import type { EksCluster } from '../inventory/model.ts';
import { roleArnKey } from '../role-name.ts';
import { printable, quoted, shellWord } from '../text.ts';
import type { ClusterContext, ListEntry } from './context.ts';
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
  const isNode = isNodeEntry(before);
  const wanted = isNode ? nodeTypeOf(before) : 'STANDARD';
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
  if (isNode)
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

/** A parameter of an operation of EKS, as the API names it. */
interface Parameter {
  readonly name: string;
  readonly value: string | readonly string[] | object;
  /** The value as words of a command, without quotes. */
  readonly words: readonly string[];
}

/** Behind what commands are to do: who made an access entry by other means would make it again. */
export const OWNED = ' (with Terraform, CloudFormation or eksctl, where one of them made it)';

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
  if (!file && cluster.authenticationMode !== 'API')
    return [
      ...createEntry(cluster, gave, principalArn),
      'Without FILE it is not known whether aws-auth gives the role something else.',
    ];
  // Of mode API nobody comes back to aws-auth.
  const mapped =
    cluster.authenticationMode === 'API' ? undefined : file?.entryOfCaller(roleArnKey(principalArn));
  const difference = mapped && differenceOf(mapped, gave);
  if (!mapped || !difference || isSame(difference)) return createEntry(cluster, gave, principalArn);
  const { before } = difference;
  const type = isNodeEntry(before) ? nodeTypeOf(before) : 'STANDARD';
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

/** The command that deletes an access entry, with its access policies. */
export function deleteEntry(cluster: EksCluster, principalArn: string): string {
  return command(cluster, 'delete-access-entry', [text('principalArn', principalArn)]);
}

/** The command that changes the authentication mode, which cannot be changed back. */
export function changeMode(cluster: EksCluster, mode: AuthenticationMode): string {
  const words = ['update-cluster-config', '--name', cluster.name];
  return eksCommand(cluster, [...words, '--access-config', `authenticationMode=${mode}`]);
}

/** The commands that create for a principal what an access entry gives, a line each. */
export function createEntry(cluster: EksCluster, entry: AccessEntry, principalArn: string): string[] {
  const { type, kubernetesGroups, username, policies } = ofPrincipal(entry, principalArn);
  const named = [
    ...(kubernetesGroups.length > 0 ? [groupsOf(kubernetesGroups)] : []),
    ...(username === null ? [] : [text('username', username)]),
  ];
  return [
    command(cluster, 'create-access-entry', [
      text('principalArn', principalArn),
      text('type', type),
      // Other types have names of their own, and none that could be given.
      ...(type === 'STANDARD' ? named : []),
    ]),
    ...policies.map((policy) => associatePolicy(cluster, principalArn, policy)),
  ];
}

/** For another principal. A username that EKS made of the principal's name is left to EKS again. */
function ofPrincipal(entry: AccessEntry, principalArn: string): AccessEntry {
  const isOwn = entry.username !== defaultUsername(entry.principalArn);
  return { ...entry, principalArn, username: isOwn ? entry.username : null };
}

/**
 * The command that updates username and groups of an access entry: EKS puts back what an update leaves out
 * (https://github.com/hashicorp/terraform-provider-aws/pull/36484).
 */
export function updateEntry(cluster: EksCluster, entry: AccessEntry): string {
  const { principalArn, kubernetesGroups, username } = entry;
  const named = username === null ? [] : [text('username', username)];
  const parameters = [text('principalArn', principalArn), groupsOf(kubernetesGroups), ...named];
  return command(cluster, 'update-access-entry', parameters);
}

/** The command that gives an access policy to an access entry. */
export function associatePolicy(
  cluster: EksCluster,
  principalArn: string,
  { policyArn, scope }: AccessPolicy,
): string {
  const parameters = [text('principalArn', principalArn), text('policyArn', policyArn), scopeOf(scope)];
  return command(cluster, 'associate-access-policy', parameters);
}

/** The command that takes an access policy from an access entry. */
export function disassociatePolicy(cluster: EksCluster, principalArn: string, policyArn: string): string {
  const parameters = [text('principalArn', principalArn), text('policyArn', policyArn)];
  return command(cluster, 'disassociate-access-policy', parameters);
}

function text(name: string, value: string): Parameter {
  return { name, value, words: [value] };
}

function groupsOf(groups: readonly string[]): Parameter {
  return { name: 'kubernetesGroups', value: groups, words: groups };
}

function scopeOf(scope: AccessPolicy['scope']): Parameter {
  const name = 'accessScope';
  if (scope === 'cluster') return { name, value: { type: 'cluster' }, words: ['type=cluster'] };
  const { namespaces } = scope;
  // In the short form of the AWS CLI other characters have a meaning.
  const isShort = namespaces.every((namespace) => /^[\w.*-]+$/.test(namespace));
  const words = isShort ? [`type=namespace,namespaces=${namespaces.join(',')}`] : [''];
  return { name, value: { type: 'namespace', namespaces }, words };
}

function command(cluster: EksCluster, operation: string, parameters: readonly Parameter[]): string {
  return eksCommand(cluster, [operation, '--cluster-name', cluster.name, ...argumentsOf(parameters)]);
}

/** In the region of the cluster: elsewhere another one may have its name. */
function eksCommand({ arn }: EksCluster, words: readonly string[]): string {
  const { region = '' } = parseArn(arn) ?? {};
  const options = /^[a-z0-9-]+$/.test(region) ? ['--region', region] : [];
  return ['aws', 'eks', ...words, ...options].map(shellWord).join(' ');
}

/** As options; as JSON where the AWS CLI would take a value for an option or for the name of a file, or a terminal cannot show it. */
function argumentsOf(parameters: readonly Parameter[]): string[] {
  if (parameters.some(({ words }) => words.length === 0 || !words.every((word) => PLAIN.test(word))))
    return ['--cli-input-json', asciiJson(parameters)];
  return parameters.flatMap(({ name, words }) => [`--${kebabCase(name)}`, ...words]);
}

const PLAIN = /^(?!-|file:|fileb:|.*##)[!-~]+$/;

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** JSON that a terminal and a runner show as it is. */
function asciiJson(parameters: readonly Parameter[]): string {
  const json = JSON.stringify(Object.fromEntries(parameters.map(({ name, value }) => [name, value])));
  return json.replace(/[^ -"$-~]/g, unicodeEscape);
}
