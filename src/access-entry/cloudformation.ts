import type { AccessEntry } from '../eks.ts';
import { asciiQuoted } from '../yaml/quote.ts';
import { entryYaml } from './entry-yaml.ts';
import { type NameStyle, resourceNames } from './principal.ts';
import { NO_TAGS, type Tags } from './tags.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MAX_RESOURCES = 500;

/**
 * A CloudFormation template in YAML: one resource per access entry.
 * @param cluster its name, valid for EKS; null writes a parameter
 */
export function renderCloudFormation(
  entries: readonly AccessEntry[],
  { cluster, tags = NO_TAGS }: { readonly cluster: string | null; readonly tags?: Tags },
): string {
  const names = resourceNames(
    entries.map(({ principalArn }) => principalArn),
    LOGICAL_IDS,
  );
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
      `      ClusterName: ${clusterName}`,
      ...entryYaml(entry, FIELDS, asciiQuoted).map((line) => `      ${line}`),
      ...tagLines(tags),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function tagLines(tags: Tags): string[] {
  if (tags.size === 0) return [];
  const items = [...tags].flatMap(([key, value]) => [
    `        - Key: ${asciiQuoted(key)}`,
    `          Value: ${asciiQuoted(value)}`,
  ]);
  return ['      Tags:', ...items];
}

const CLUSTER_PARAMETER = [
  'Parameters:',
  '  ClusterName:',
  '    Type: String',
  '    Description: Name of the EKS cluster',
  '    AllowedPattern: "[0-9A-Za-z][0-9A-Za-z_-]{0,99}"',
];

const FIELDS = {
  principalArn: 'PrincipalArn',
  type: 'Type',
  username: 'Username',
  groups: 'KubernetesGroups',
  policies: 'AccessPolicies',
  policyArn: 'PolicyArn',
  scope: 'AccessScope',
  namespaces: 'Namespaces',
};

/** Keeps only letters and digits and capitalizes each part. */
function pascalCase(word: string): string {
  const parts = word.match(/[0-9A-Za-z]+/g) ?? [];
  return parts.map(([first = '', ...rest]) => [first.toUpperCase(), ...rest].join('')).join('');
}

/** Logical IDs: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html */
const LOGICAL_IDS: NameStyle = {
  join: (words) => words.map(pascalCase).join(''),
  // Permission sets can differ by case alone; IAM's names can't.
  keeps: ([first = '', ...others]) =>
    /^[0-9A-Za-z]*$/.test(first + others.join('')) &&
    (others.length > 1 || first === 'root' || pascalCase(first) === first),
  ambiguous: /^(?:Role|User|[Rr]oot)[0-9A-Z_]/,
  separator: 'H',
};

/** Why CloudFormation rejects a template with these entries, as a clause; undefined if it accepts it. */
export function cloudFormationProblem(entries: readonly AccessEntry[]): string | undefined {
  return entries.length > MAX_RESOURCES
    ? `a CloudFormation template can have at most ${MAX_RESOURCES} resources, but there are ${entries.length} access entries`
    : undefined;
}
