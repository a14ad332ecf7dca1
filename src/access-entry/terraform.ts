import type { AccessEntry, AccessPolicy } from '../eks.ts';
import { quoted } from '../text.ts';
import {
  type HclValue,
  hclAttributes,
  hclIdentifier,
  hclIndented,
  hclList,
  hclObject,
  hclString,
} from './hcl.ts';
import { NO_TAGS, type Tags } from './tags.ts';
import { type Lookup, terraformPrincipals } from './terraform-lookup.ts';

interface TerraformTarget {
  /** The cluster's name, valid for EKS; null writes a variable. */
  readonly cluster: string | null;
  /** The cluster's entries and policies to write `import` blocks for. Needs a cluster. */
  readonly imports: readonly AccessEntry[];
  readonly tags?: Tags;
  /** Set to look up roles by the names of their permission sets, instead of writing ARNs. */
  readonly lookup?: Lookup | null;
}

/** Terraform resources, formatted like `terraform fmt`. */
export function renderTerraform(entries: readonly AccessEntry[], target: TerraformTarget): string {
  const arns = entries.map(({ principalArn }) => principalArn);
  const { principals, blocks: lookups } = terraformPrincipals(arns, target.lookup ?? null);
  const clusterName = target.cluster === null ? 'var.cluster_name' : hclString(target.cluster);
  const blocks = [
    ...lookups,
    ...(target.cluster === null ? [CLUSTER_VARIABLE] : []),
    ...entries.flatMap((entry, index) => {
      const { name = '', arn = '' } = principals[index] ?? {};
      return entryBlocks(entry, { name, arn, clusterName }, target);
    }),
  ];
  return blocks.map((block) => `${block.join('\n')}\n`).join('\n');
}

const CLUSTER_VARIABLE = [
  'variable "cluster_name" {',
  ...attributes({ description: '"Name of the EKS cluster"', type: 'string' }),
  '}',
];

/** An entry's parts in Terraform: the name of its resource, and expressions. */
type Written = Readonly<Record<'name' | 'arn' | 'clusterName', string>>;

/** The resources of an entry and its policies, each after its import. */
function entryBlocks(
  entry: AccessEntry,
  written: Written,
  { cluster, imports, tags = NO_TAGS }: TerraformTarget,
): string[][] {
  const { principalArn, policies } = entry;
  const { name, clusterName } = written;
  const existing = imports.find((one) => one.principalArn === principalArn);
  const importBlock = (to: string, id: string) => ['import {', ...attributes({ to, id: hclString(id) }), '}'];
  const importEntry = importBlock(`aws_eks_access_entry.${name}`, `${cluster}:${principalArn}`);
  return [
    ...(existing && cluster !== null ? [importEntry] : []),
    entryBlock(entry, written, tags),
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
  const short = (arn: string) => hclIdentifier(arn.slice(arn.lastIndexOf('/') + 1));
  return new Map(policies.map(({ policyArn }) => [policyArn, `${name}_${short(policyArn)}`]));
}

/**
 * Writes groups even if the list is empty: otherwise an imported entry would keep its groups, because the provider
 * computes omitted attributes. EKS rejects such an update for nodes. An omitted username is kept on purpose: see
 * `keptBy`.
 * https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/eks/access_entry.go
 */
function entryBlock(
  { type, username, kubernetesGroups }: AccessEntry,
  { name, arn, clusterName }: Written,
  tags: Tags,
): string[] {
  return [
    `resource "aws_eks_access_entry" "${name}" {`,
    ...attributes({
      cluster_name: clusterName,
      principal_arn: arn,
      ...(type === 'STANDARD' ? {} : { type: hclString(type) }),
      ...(username === null ? {} : { user_name: hclString(username) }),
      ...(type === 'STANDARD' ? { kubernetes_groups: hclList(kubernetesGroups) } : {}),
      ...(tags.size === 0 ? {} : { tags: hclTags(tags) }),
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
    ...hclIndented(attributes(scoped)),
    '  }',
    '}',
  ];
}

/** Tags as a map; a key may have any character. */
export function hclTags(tags: Tags): HclValue {
  return hclObject(Object.fromEntries([...tags].map(([key, value]) => [hclString(key), hclString(value)])));
}

/** The attributes of a block, hclIndented. */
function attributes(values: Parameters<typeof hclAttributes>[0]): string[] {
  return hclIndented(hclAttributes(values));
}

/** Why Terraform would create a different access entry, as a clause; undefined if it creates this one. */
export function terraformProblem({ username, kubernetesGroups }: AccessEntry): string | undefined {
  // https://developer.hashicorp.com/terraform/language/expressions/strings; Kubernetes compares bytes.
  const changed = [username ?? '', ...kubernetesGroups].find((name) => name !== name.normalize('NFC'));
  return changed === undefined
    ? undefined
    : `Terraform changes the name ${quoted(changed)}, which isn't in Unicode Normalization Form C`;
}
