import type { AccessEntry, AccessPolicy } from '../access-entry.ts';
import { yamlQuoted } from '../configmap/quote.ts';

/** https://github.com/eksctl-io/eksctl/blob/main/pkg/apis/eksctl.io/v1alpha5/access_entry.go */
const EKSCTL_TYPES = ['STANDARD', 'EC2_LINUX', 'EC2_WINDOWS', 'FARGATE_LINUX'];

/** It looks for its own stacks, and creates what has none: https://github.com/eksctl-io/eksctl/blob/main/pkg/ctl/create/access_entry.go */
const ONLY_ADDS = [
  '# `eksctl create accessentry -f FILE` only adds access entries. It skips those that it has created itself,',
  '# whatever they give, and fails for those that the cluster has from elsewhere.',
];

/** A config file for `eksctl create accessentry -f`, or a part of one for `eksctl create cluster`. */
export function renderEksctl(
  entries: readonly AccessEntry[],
  { cluster, region }: { readonly [K in 'cluster' | 'region']: string },
): string {
  const lines = [
    ...ONLY_ADDS,
    'apiVersion: eksctl.io/v1alpha5',
    'kind: ClusterConfig',
    'metadata:',
    `  name: ${yamlQuoted(cluster)}`,
    `  region: ${yamlQuoted(region)}`,
    'accessConfig:',
    entries.length === 0 ? '  accessEntries: []' : '  accessEntries:',
    ...entries.flatMap(entryItem).map((line) => `    ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

function entryItem(entry: AccessEntry): string[] {
  const { principalArn, type, username, kubernetesGroups, policies } = entry;
  return [
    `- principalARN: ${yamlQuoted(principalArn)}`,
    ...(type === 'STANDARD' ? [] : [`  type: ${yamlQuoted(type)}`]),
    ...(username === null ? [] : [`  kubernetesUsername: ${yamlQuoted(username)}`]),
    ...(kubernetesGroups.length > 0 ? ['  kubernetesGroups:', ...items(kubernetesGroups, 4)] : []),
    ...(policies.length > 0 ? ['  accessPolicies:', ...policies.flatMap(policyItem)] : []),
  ];
}

function policyItem({ policyArn, scope }: AccessPolicy): string[] {
  return [
    `    - policyARN: ${yamlQuoted(policyArn)}`,
    '      accessScope:',
    `        type: ${scope === 'cluster' ? 'cluster' : 'namespace'}`,
    ...(scope === 'cluster' ? [] : ['        namespaces:', ...items(scope.namespaces, 10)]),
  ];
}

function items(names: readonly string[], column: number): string[] {
  return names.map((name) => `${' '.repeat(column)}- ${yamlQuoted(name)}`);
}

/** Why eksctl refuses a config file with this entry, as a clause; undefined where it takes it. */
export function eksctlProblem({ type }: AccessEntry): string | undefined {
  return EKSCTL_TYPES.includes(type) ? undefined : `eksctl has no access entries of type ${type}`;
}
