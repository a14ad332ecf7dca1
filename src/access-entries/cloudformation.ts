import type { AccessEntry, AccessPolicy } from '../access-entry.ts';
import { asciiQuoted } from '../yaml/quote.ts';
import { resourceNames } from './principal.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MAX_RESOURCES = 500;

/**
 * A CloudFormation template in YAML: one resource per access entry.
 * @param cluster its name, which EKS could have; null: a parameter
 */
export function renderCloudFormation(
  entries: readonly AccessEntry[],
  { cluster }: { readonly cluster: string | null },
): string {
  const names = resourceNames(entries, (words) => words.map(pascalCase).join(''), 'N');
  const clusterName = cluster === null ? '!Ref ClusterName' : asciiQuoted(cluster);
  const lines = [
    'AWSTemplateFormatVersion: "2010-09-09"',
    'Description: Access entries of an EKS cluster',
    '',
    ...(cluster === null ? [...CLUSTER_PARAMETER, ''] : []),
    entries.length === 0 ? 'Resources: {}' : 'Resources:',
    ...entries.flatMap((entry, index) => [
      ...(index === 0 ? [] : ['']),
      `  ${names[index]}:`,
      '    Type: AWS::EKS::AccessEntry',
      '    Properties:',
      ...properties(entry, clusterName).map((line) => `      ${line}`),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

const CLUSTER_PARAMETER = [
  'Parameters:',
  '  ClusterName:',
  '    Type: String',
  '    Description: Name of the EKS cluster',
  '    AllowedPattern: "[0-9A-Za-z][0-9A-Za-z_-]{0,99}"',
];

function properties(entry: AccessEntry, clusterName: string): string[] {
  const { principalArn, type, username, kubernetesGroups, policies } = entry;
  return [
    `ClusterName: ${clusterName}`,
    `PrincipalArn: ${asciiQuoted(principalArn)}`,
    ...(type === 'STANDARD' ? [] : [`Type: ${asciiQuoted(type)}`]),
    ...(username === null ? [] : [`Username: ${asciiQuoted(username)}`]),
    ...(kubernetesGroups.length > 0 ? ['KubernetesGroups:', ...items(kubernetesGroups)] : []),
    ...(policies.length > 0 ? ['AccessPolicies:', ...policies.flatMap(policyItem)] : []),
  ];
}

function policyItem({ policyArn, scope }: AccessPolicy): string[] {
  return [
    `  - PolicyArn: ${asciiQuoted(policyArn)}`,
    '    AccessScope:',
    `      Type: ${scope === 'cluster' ? 'cluster' : 'namespace'}`,
    ...(scope === 'cluster'
      ? []
      : ['      Namespaces:', ...items(scope.namespaces).map((line) => `      ${line}`)]),
  ];
}

function items(names: readonly string[]): string[] {
  return names.map((name) => `  - ${asciiQuoted(name)}`);
}

/** Only letters and digits, each word of the name with a capital letter. */
function pascalCase(word: string): string {
  const parts = word.match(/[0-9A-Za-z]+/g) ?? [];
  return parts.map(([first = '', ...rest]) => [first.toUpperCase(), ...rest].join('')).join('');
}

/** Why CloudFormation cannot take a template of these entries, as a sentence without its end; undefined where it can. */
export function cloudFormationProblem(entries: readonly AccessEntry[]): string | undefined {
  return entries.length > MAX_RESOURCES
    ? `a CloudFormation template has at most ${MAX_RESOURCES} resources, and there are ${entries.length} access entries`
    : undefined;
}
