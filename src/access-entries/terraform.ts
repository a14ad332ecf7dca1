import type { AccessEntry, AccessPolicy } from '../access-entry.ts';
import { quoted, withoutCommands } from '../text.ts';
import { resourceNames } from './principal.ts';

interface TerraformTarget {
  /** The cluster's name, valid for EKS; null writes a variable. */
  readonly cluster: string | null;
  /** The cluster's entries and policies to write `import` blocks for. Needs a cluster. */
  readonly imports: readonly AccessEntry[];
}

/** Terraform resources, formatted like `terraform fmt`. */
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

/** The resources of an entry and its policies, each after its import. */
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

/** The resource names of an entry's policies: the entry's name, then the policy's. */
function policyNames({ policies }: AccessEntry, name: string): Map<string, string> {
  const short = (arn: string) => identifier(arn.slice(arn.lastIndexOf('/') + 1));
  return new Map(policies.map(({ policyArn }) => [policyArn, `${name}_${short(policyArn)}`]));
}

/**
 * Writes groups even if the list is empty: otherwise an imported entry would keep its groups, because the provider
 * computes omitted attributes. EKS rejects such an update for nodes. An omitted username is kept on purpose: see
 * `usernameLeft`.
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

/** Attributes of a block, with aligned equals signs for those on a single line. A multi-line one must come last. */
function attributes(values: Readonly<Record<string, string>>): string[] {
  const isLong = (value: string) => value.includes('\n');
  const short = Object.entries(values).filter(([, value]) => !isLong(value));
  const width = Math.max(...short.map(([key]) => key.length));
  return Object.entries(values).flatMap(([key, value]) =>
    `  ${isLong(value) ? key : key.padEnd(width)} = ${value}`.split('\n'),
  );
}

/** A list, on a single line if it is short. */
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

/** Text as the name of a Terraform resource, which can't start with a digit or a dash. */
function identifier(text: string): string {
  return text.replace(/[^0-9A-Za-z_-]/g, '_').replace(/^(?=[0-9-])/, '_');
}

/** Why Terraform would create a different access entry, as a clause; undefined if it creates this one. */
export function terraformProblem({ username, kubernetesGroups }: AccessEntry): string | undefined {
  // https://developer.hashicorp.com/terraform/language/expressions/strings; Kubernetes compares bytes.
  const changed = [username ?? '', ...kubernetesGroups].find((name) => name !== name.normalize('NFC'));
  return changed === undefined
    ? undefined
    : `Terraform changes the name ${quoted(changed)}, which isn't in Unicode Normalization Form C`;
}
