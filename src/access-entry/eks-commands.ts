import { parseArn } from '../arn.ts';
import type { EksCluster } from '../directory/model.ts';
import {
  type AccessEntry,
  type AccessPolicy,
  type AuthenticationMode,
  defaultUsername,
  widestFirst,
} from '../eks.ts';
import { shellWord } from '../text.ts';
import { unicodeEscape } from '../yaml/quote.ts';

/** A parameter of an EKS API operation, under its API name. */
interface Parameter {
  readonly name: string;
  readonly value: string | readonly string[] | object;
  /** The value as unquoted words of a command. */
  readonly words: readonly string[];
}

/** The command that deletes an access entry, with its access policies. */
export function deleteEntry(cluster: EksCluster, principalArn: string): string {
  return command(cluster, 'delete-access-entry', [text('principalArn', principalArn)]);
}

/** The command that shows when an IAM user was created: an access entry older than its user is dead. */
export function lookUpUser(arn: string): string {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  return `aws iam get-user --user-name ${shellWord(name)} --query 'User.[Arn,CreateDate]'`;
}

/** A cluster in a command; without an ARN, the command uses the caller's default region. */
export interface NamedCluster {
  readonly name: string;
  readonly arn: string | null;
}

/** The command that lists the principals of access entries. */
export function listEntries(cluster: NamedCluster): string {
  return command(cluster, 'list-access-entries', []);
}

/** The command that changes the authentication mode, which can't be undone. */
export function changeMode(cluster: EksCluster, mode: AuthenticationMode): string {
  const words = ['update-cluster-config', '--name', cluster.name];
  return eksCommand(cluster, [...words, '--access-config', `authenticationMode=${mode}`]);
}

/** The commands, one per line, that create an access entry's grant for a principal. */
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
      // EKS sets username and groups for all other types.
      ...(type === 'STANDARD' ? named : []),
    ]),
    ...widestFirst(policies).map((policy) => associatePolicy(cluster, principalArn, policy)),
  ];
}

/** The same access entry for another principal. Drops a username that EKS derived from the principal's name. */
export function ofPrincipal(entry: AccessEntry, principalArn: string): AccessEntry {
  const isOwn = entry.username !== defaultUsername(entry.principalArn);
  return { ...entry, principalArn, username: isOwn ? entry.username : null };
}

/**
 * The command that updates an access entry's username and groups. Sends both: EKS resets whatever an update omits
 * (https://github.com/hashicorp/terraform-provider-aws/pull/36484).
 */
export function updateEntry(cluster: EksCluster, entry: AccessEntry): string {
  const { principalArn, kubernetesGroups, username } = entry;
  const named = username === null ? [] : [text('username', username)];
  const parameters = [text('principalArn', principalArn), groupsOf(kubernetesGroups), ...named];
  return command(cluster, 'update-access-entry', parameters);
}

/** The command that associates an access policy with an access entry. */
function associatePolicy(
  cluster: EksCluster,
  principalArn: string,
  { policyArn, scope }: AccessPolicy,
): string {
  const parameters = [text('principalArn', principalArn), text('policyArn', policyArn), scopeOf(scope)];
  return command(cluster, 'associate-access-policy', parameters);
}

/** The command that disassociates an access policy from an access entry. */
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
  // Other characters have a meaning in the AWS CLI's shorthand syntax.
  const isShort = namespaces.every((namespace) => /^[\w.*-]+$/.test(namespace));
  const words = isShort ? [`type=namespace,namespaces=${namespaces.join(',')}`] : [''];
  return { name, value: { type: 'namespace', namespaces }, words };
}

function command(cluster: NamedCluster, operation: string, parameters: readonly Parameter[]): string {
  return eksCommand(cluster, [operation, '--cluster-name', cluster.name, ...argumentsOf(parameters)]);
}

/** Names the cluster's region: another cluster may have the same name elsewhere. */
function eksCommand({ arn }: NamedCluster, words: readonly string[]): string {
  const { region = '' } = parseArn(arn ?? '') ?? {};
  const options = /^[a-z0-9-]+$/.test(region) ? ['--region', region] : [];
  return ['aws', 'eks', ...words, ...options].map(shellWord).join(' ');
}

/**
 * Parameters as options. Uses JSON if the AWS CLI would read a value as an option or a file name, or if a terminal
 * can't show it.
 */
function argumentsOf(parameters: readonly Parameter[]): string[] {
  const json = JSON.stringify(Object.fromEntries(parameters.map(({ name, value }) => [name, value])));
  if (parameters.some(({ words }) => words.length === 0 || !words.every((word) => PLAIN.test(word))))
    return ['--cli-input-json', json.replace(/[^ -"$-~]/g, unicodeEscape)];
  return parameters.flatMap(({ name, words }) => {
    const option = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return [`--${option}`, ...words];
  });
}

const PLAIN = /^(?!-|file:|fileb:|.*##)[!-~]+$/;
