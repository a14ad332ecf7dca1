import {
  type AccessEntry,
  type AccessPolicy,
  type AuthenticationMode,
  defaultUsername,
} from '../access-entry.ts';
import { parseArn } from '../arn.ts';
import type { EksCluster } from '../inventory/model.ts';
import { shellWord } from '../text.ts';
import { unicodeEscape } from '../yaml/quote.ts';

/** A parameter of an operation of EKS, as the API names it. */
interface Parameter {
  readonly name: string;
  readonly value: string | readonly string[] | object;
  /** The value as words of a command, without quotes. */
  readonly words: readonly string[];
}

/** The command that deletes an access entry, with its access policies. */
export function deleteEntry(cluster: EksCluster, principalArn: string): string {
  return command(cluster, 'delete-access-entry', [text('principalArn', principalArn)]);
}

/** A cluster, as far as a command has to name it: without an ARN in the region of whoever runs it. */
export interface NamedCluster {
  readonly name: string;
  readonly arn: string | null;
}

/** The command that lists the principals of access entries. */
export function listEntries(cluster: NamedCluster): string {
  return command(cluster, 'list-access-entries', []);
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
export function ofPrincipal(entry: AccessEntry, principalArn: string): AccessEntry {
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

function command(cluster: NamedCluster, operation: string, parameters: readonly Parameter[]): string {
  return eksCommand(cluster, [operation, '--cluster-name', cluster.name, ...argumentsOf(parameters)]);
}

/** In the region of the cluster: elsewhere another one may have its name. */
function eksCommand({ arn }: NamedCluster, words: readonly string[]): string {
  const { region = '' } = parseArn(arn ?? '') ?? {};
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
