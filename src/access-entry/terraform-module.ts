import { parseArn } from '../arn.ts';
import { type AccessEntry, type AccessPolicy, policyName } from '../eks.ts';
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
import { hclTags, terraformProblem } from './terraform.ts';
import { type Lookup, terraformPrincipals } from './terraform-lookup.ts';

/**
 * The `access_entries` of terraform-aws-modules/eks as a local value: version 20 takes any type, version 21 a map of
 * these objects.
 * https://github.com/terraform-aws-modules/terraform-aws-eks/blob/master/variables.tf
 */
export function renderTerraformModule(
  entries: readonly AccessEntry[],
  tags = NO_TAGS,
  lookup: Lookup | null = null,
): string {
  const arns = entries.map(({ principalArn }) => principalArn);
  const { principals, blocks } = terraformPrincipals(arns, lookup);
  const values = entries.map((entry, index) => {
    const { name = '', arn = '' } = principals[index] ?? {};
    return [name, entryObject(entry, arn, tags)] as const;
  });
  const local = hclAttributes({ eks_access_entries: hclObject(Object.fromEntries(values)) });
  return [...blocks, [...USAGE, 'locals {', ...hclIndented(local), '}']]
    .map((block) => `${block.join('\n')}\n`)
    .join('\n');
}

const USAGE = [
  '# Access entries for terraform-aws-modules/eks, versions 20 and 21:',
  '#',
  '#   module "eks" {',
  '#     access_entries = local.eks_access_entries',
  '#   }',
];

function entryObject(
  { principalArn, type, username, kubernetesGroups, policies }: AccessEntry,
  arn: string,
  tags: Tags,
): HclValue {
  const isStandard = type === 'STANDARD';
  return hclObject({
    principal_arn: arn,
    ...(isStandard ? {} : { type: hclString(type) }),
    ...(username === null ? {} : { user_name: hclString(username) }),
    // An omitted list leaves an imported entry its groups: see `renderTerraform`.
    ...(isStandard ? { kubernetes_groups: hclList(kubernetesGroups) } : {}),
    ...(policies.length === 0
      ? {}
      : { policy_associations: policiesObject(policies, parseArn(principalArn)?.partition) }),
    ...(tags.size === 0 ? {} : { tags: hclTags(tags) }),
  });
}

function policiesObject(policies: readonly AccessPolicy[], own: string | undefined): HclValue {
  const values = policies.map((policy) => {
    const { policyArn, scope } = policy;
    const accessScope =
      scope === 'cluster'
        ? { type: '"cluster"' }
        : { type: '"namespace"', namespaces: hclList(scope.namespaces) };
    const association = { policy_arn: hclString(policyArn), access_scope: hclObject(accessScope) };
    // Without `_`: the module joins them to the keys of entries with one.
    const { partition = own } = parseArn(policyArn) ?? {};
    const name = partition === own ? policyName(policy) : `${policyName(policy)}-${partition}`;
    const key = hclIdentifier(name.replace(/[^0-9A-Za-z]/g, '-'));
    return [key, hclObject(association)] as const;
  });
  return hclObject(Object.fromEntries(values));
}

/** The types that the module associates no policies with. */
const WITHOUT_POLICIES = ['EC2_LINUX', 'EC2_WINDOWS', 'FARGATE_LINUX', 'HYBRID_LINUX'];

/** Why the module would create a different access entry, as a clause; undefined if it creates this one. */
export function terraformModuleProblem(entry: AccessEntry): string | undefined {
  return entry.policies.length > 0 && WITHOUT_POLICIES.includes(entry.type)
    ? `the module associates no policies with access entries of type ${entry.type}`
    : terraformProblem(entry);
}
