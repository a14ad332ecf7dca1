import type { AccessEntry, AccessPolicy } from '../access-entry.ts';
import { quoted, withoutCommands } from '../text.ts';
import { resourceNames } from './principal.ts';

interface TerraformTarget {
  /** The cluster's name, which EKS could have; null: a variable. */
  readonly cluster: string | null;
  /** Write `import` blocks for these entries and policies, which the cluster has. Needs a cluster. */
  readonly imports: readonly AccessEntry[];
}

/** Terraform resources, as `terraform fmt` would format them. */
export function renderTerraform(entries: readonly AccessEntry[], target: TerraformTarget): string {
  const names = resourceNames(entries, (words) => identifier(words.join('_')), '_');
  const clusterName = target.cluster === null ? 'var.cluster_name' : hclString(target.cluster);
  const blocks = [
    ...(target.cluster === null ? [CLUSTER_VARIABLE] : []),
    ...entries.flatMap((entry, index) => entryBlocks(entry, names[index] ?? '', clusterName, target)),
  ];
  return blocks.map((block) => `${block.join('\n')}\n`).join('\n');
}

const CLUSTER_VARIABLE = [
  'variable "cluster_name" {',
  ...attributes({ description: '"Name of the EKS cluster"', type: 'string' }),
  '}',
];

/** The resource of an entry and those of its policies, each after its import. */
function entryBlocks(
  entry: AccessEntry,
  name: string,
  clusterName: string,
  target: TerraformTarget,
): string[][] {
  const { principalArn, policies } = entry;
  const { cluster, imports } = target;
  const existing = imports.find((one) => one.principalArn === principalArn);
  const importBlock = (to: string, id: string) => ['import {', ...attributes({ to, id: hclString(id) }), '}'];
  const importEntry = importBlock(`aws_eks_access_entry.${name}`, `${cluster}:${principalArn}`);
  return [
    ...(existing && cluster !== null ? [importEntry] : []),
    entryBlock(entry, name, clusterName),
    ...policies.flatMap((policy) => {
      const { policyArn } = policy;
      const policyName = policyNames(entry, name).get(policyArn) ?? '';
      const to = `aws_eks_access_policy_association.${policyName}`;
      const isThere = existing?.policies.some((one) => one.policyArn === policyArn) && cluster !== null;
      return [
        ...(isThere ? [importBlock(to, `${cluster}#${principalArn}#${policyArn}`)] : []),
        policyBlock(policy, name, policyName, clusterName),
      ];
    }),
  ];
}

/** The resource names of an entry's policies: the entry's own and, where there are several, that of the policy. */
function policyNames({ policies }: AccessEntry, name: string): Map<string, string> {
  const short = (arn: string) => identifier(arn.slice(arn.lastIndexOf('/') + 1));
  return new Map(policies.map(({ policyArn }) => [policyArn, `${name}_${short(policyArn)}`]));
}

/**
 * Groups are stated even where there are none: an entry that is taken over would keep those it has, since the provider computes what is not
 * stated. EKS refuses such an update of nodes. A username that is not stated is kept, which is what is meant: see `usernameLeft`.
 * https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/eks/access_entry.go
 */
function entryBlock(entry: AccessEntry, name: string, clusterName: string): string[] {
  const { principalArn, type, username, kubernetesGroups } = entry;
  return [
    `resource "aws_eks_access_entry" "${name}" {`,
    ...attributes({
      cluster_name: clusterName,
      principal_arn: hclString(principalArn),
      ...(type === 'STANDARD' ? {} : { type: hclString(type) }),
      ...(username === null ? {} : { user_name: hclString(username) }),
      ...(type === 'STANDARD' ? { kubernetes_groups: hclList(kubernetesGroups) } : {}),
    }),
    '}',
  ];
}

function policyBlock(
  { policyArn, scope }: AccessPolicy,
  name: string,
  policyName: string,
  clusterName: string,
): string[] {
  const scoped =
    scope === 'cluster'
      ? { type: '"cluster"' }
      : { type: '"namespace"', namespaces: hclList(scope.namespaces) };
  return [
    `resource "aws_eks_access_policy_association" "${policyName}" {`,
    ...attributes({
      cluster_name: clusterName,
      principal_arn: `aws_eks_access_entry.${name}.principal_arn`,
      policy_arn: hclString(policyArn),
    }),
    '',
    '  access_scope {',
    ...attributes(scoped).map((line) => `  ${line}`),
    '  }',
    '}',
  ];
}

/** Attributes of a block, the equals signs of those on one line one below the other. A longer one comes last. */
function attributes(values: Readonly<Record<string, string>>): string[] {
  const isLong = (value: string) => value.includes('\n');
  const short = Object.entries(values).filter(([, value]) => !isLong(value));
  const width = Math.max(...short.map(([key]) => key.length));
  return Object.entries(values).flatMap(([key, value]) =>
    `  ${isLong(value) ? key : key.padEnd(width)} = ${value}`.split('\n'),
  );
}

/** On one line where it is short. */
function hclList(texts: readonly string[]): string {
  const items = texts.map(hclString);
  const line = `[${items.join(', ')}]`;
  return line.length <= 80 ? line : ['[', ...items.map((item) => `    ${item},`), '  ]'].join('\n');
}

/** A quoted template without interpolation. */
function hclString(text: string): string {
  const body = text.replace(/["\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|[$%](?=\{)/gu, escaped);
  return `"${withoutCommands(body)}"`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  $: '$$',
  '%': '%%',
};

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return (
    ESCAPES[character] ?? (code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`)
  );
}

/** A text as the name of a Terraform resource, which does not begin with a digit or a dash. */
function identifier(text: string): string {
  return text.replace(/[^0-9A-Za-z_-]/g, '_').replace(/^(?=[0-9-])/, '_');
}

/** Why Terraform would give another access entry than this one, as a clause; undefined where it gives the same. */
export function terraformProblem({ username, kubernetesGroups }: AccessEntry): string | undefined {
  // https://developer.hashicorp.com/terraform/language/expressions/strings; Kubernetes compares bytes.
  const changed = [username ?? '', ...kubernetesGroups].find((name) => name !== name.normalize('NFC'));
  return changed === undefined
    ? undefined
    : `Terraform changes the name ${quoted(changed)}, which is not in Unicode Normalization Form C`;
}
