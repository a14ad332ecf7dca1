import type { AccessEntry } from '../eks.ts';
import { yamlQuoted } from '../yaml/quote.ts';
import { entryYaml } from './entry-yaml.ts';
import { NO_TAGS, type Tags } from './tags.ts';

/**
 * The types that eksctl supports, each with the first version that does; null for all versions with access entries.
 * https://github.com/eksctl-io/eksctl/blob/main/pkg/apis/eksctl.io/v1alpha5/access_entry.go, https://github.com/eksctl-io/eksctl/pull/8228
 */
const EKSCTL_TYPES: Readonly<Record<string, string | null>> = {
  STANDARD: null,
  EC2_LINUX: null,
  EC2_WINDOWS: null,
  FARGATE_LINUX: null,
  HYBRID_LINUX: 'eksctl 0.195.0',
  EC2: 'an eksctl from March 2025',
};

/** eksctl looks for its own stacks and creates entries that have none: https://github.com/eksctl-io/eksctl/blob/main/pkg/ctl/create/access_entry.go */
const ONLY_ADDS = [
  '# `eksctl create accessentry -f FILE` only adds access entries. It skips entries that it created itself,',
  '# even if they differ, and fails for entries that the cluster has from elsewhere.',
];

/** A config file for `eksctl create accessentry -f`, or part of one for `eksctl create cluster`. */
export function renderEksctl(
  entries: readonly AccessEntry[],
  {
    cluster,
    region,
    tags = NO_TAGS,
  }: { readonly [K in 'cluster' | 'region']: string } & { readonly tags?: Tags },
): string {
  const lines = [
    ...ONLY_ADDS,
    'apiVersion: eksctl.io/v1alpha5',
    'kind: ClusterConfig',
    'metadata:',
    `  name: ${yamlQuoted(cluster)}`,
    `  region: ${yamlQuoted(region)}`,
    ...tagLines(tags),
    'accessConfig:',
    entries.length === 0 ? '  accessEntries: []' : '  accessEntries:',
    ...entries.flatMap((entry) =>
      entryYaml(entry, FIELDS, yamlQuoted).map((line, index) => `    ${index === 0 ? '- ' : '  '}${line}`),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * An access entry of eksctl has no tags. These are the tags of its stacks, which CloudFormation passes on to the access
 * entry: https://github.com/eksctl-io/eksctl/blob/main/pkg/cfn/manager/api.go
 */
function tagLines(tags: Tags): string[] {
  if (tags.size === 0) return [];
  return ['  tags:', ...[...tags].map(([key, value]) => `    ${yamlQuoted(key)}: ${yamlQuoted(value)}`)];
}

const FIELDS = {
  principalArn: 'principalARN',
  type: 'type',
  username: 'kubernetesUsername',
  groups: 'kubernetesGroups',
  policies: 'accessPolicies',
  policyArn: 'policyARN',
  scope: 'accessScope',
  namespaces: 'namespaces',
};

/** CloudFormation's limit for a stack, less the tags that eksctl adds. */
const MAX_TAGS = 50 - 3;

/** Why eksctl can't tag its stacks, as a clause; undefined if it can. */
export function eksctlTagsProblem({ size }: Tags): string | undefined {
  return size > MAX_TAGS
    ? `--tag gives ${size} tags, but -o eksctl allows ${MAX_TAGS}: a stack can have 50, and eksctl adds 3`
    : undefined;
}

/** Why eksctl rejects a config file with this entry, as a clause; undefined if it accepts it. */
export function eksctlProblem({ type }: AccessEntry): string | undefined {
  return EKSCTL_TYPES[type] === undefined
    ? `eksctl doesn't support access entries of type ${type}`
    : undefined;
}

/** The eksctl versions that these entries need: a clause for each type that older versions reject. */
export function eksctlVersions(entries: readonly AccessEntry[]): string[] {
  return [...new Set(entries.map(({ type }) => type))].flatMap((type) => {
    const version = EKSCTL_TYPES[type];
    return version ? [`access entries of type ${type} need ${version} or later`] : [];
  });
}
