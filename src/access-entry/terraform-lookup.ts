import {
  PROVISIONED_PATH,
  type ProvisionedRoleArn,
  parseProvisionedRoleArn,
  ROLE_PREFIX,
} from '../role-name.ts';
import { quoted } from '../text.ts';
import { HCL_NAMES, hclAttributes, hclIndented, hclString } from './hcl.ts';
import { resourceNames } from './principal.ts';

/** Set to let Terraform find roles by the names of their permission sets. */
export interface Lookup {
  /** The account of Terraform's default provider; null if unknown. */
  readonly clusterAccount: string | null;
}

/** A principal in Terraform. */
interface NamedPrincipal {
  /** The name of its resource, without the suffix of its role. */
  readonly name: string;
  /** An expression for its ARN. */
  readonly arn: string;
}

/**
 * Names principals, in their order. With a lookup, `blocks` has comments and data sources, which find provisioned roles by
 * the exact names of their permission sets; other principals are literal.
 */
export function terraformPrincipals(
  principalArns: readonly string[],
  lookup: Lookup | null,
): { readonly principals: readonly NamedPrincipal[]; readonly blocks: readonly (readonly string[])[] } {
  const names = resourceNames(principalArns, HCL_NAMES);
  const principals = principalArns.map((principalArn, index) => ({
    name: names[index] ?? '',
    arn: hclString(principalArn),
    role: (lookup && parseProvisionedRoleArn(principalArn)) ?? null,
  }));
  const found = principals.flatMap(({ name, role }) => (role ? { name, role } : []));
  const byAccount = new Map(found.map(({ role }) => [role.accountId, role]));
  const [first = null, ...more] = byAccount.keys();
  const own = lookup?.clusterAccount ?? (more.length === 0 ? first : null);
  const others = [...byAccount.values()].filter(({ accountId }) => accountId !== own);
  return {
    blocks:
      found.length === 0
        ? []
        : [comment(own, others), ...found.map(({ name, role }) => dataBlock(role, name, own))],
    principals: principals.map(({ name, arn, role }) => ({
      name,
      // `one` would fail a `terraform destroy` after the role is gone.
      arn: role ? `join("", data.aws_iam_roles.${name}.arns)` : arn,
    })),
  };
}

/** @param others a role of each account that needs another provider */
function comment(own: string | null, others: readonly ProvisionedRoleArn[]): string[] {
  const provider = ({ partition, accountId }: ProvisionedRoleArn) => [
    'provider "aws" {',
    ...hclIndented(hclAttributes({ alias: hclString(aliasOf(accountId)) })),
    '  assume_role {',
    `    role_arn = "arn:${partition}:iam::${accountId}:role/ROLE"`,
    '  }',
    '}',
  ];
  const lines = [
    "Each data source finds a permission set's role by its exact name, so a new suffix needs no change here.",
    'Unlike one(), join() lets `terraform destroy` work when a role is missing.',
    ...(own ? [`The default provider must be for account ${own}.`] : []),
    ...(others.length === 0
      ? []
      : [
          `Each ${own ? 'other ' : ''}account needs its own provider, with the permission iam:ListRoles:`,
          '',
          ...others.flatMap((role) => hclIndented(provider(role))),
        ]),
  ];
  return lines.map((line) => (line === '' ? '#' : `# ${line}`));
}

function aliasOf(accountId: string): string {
  return `account_${accountId}`;
}

/**
 * The conditions are the data source's own: so they also hold where a module's resources use it, and neither one blocks
 * `terraform destroy`.
 */
function dataBlock(
  { permissionSet, accountId }: ProvisionedRoleArn,
  name: string,
  own: string | null,
): string[] {
  // The only characters of permission set names that RE2 gives a meaning.
  const pattern = permissionSet.replace(/[.+]/g, '\\$&');
  const where = accountId === '' ? "the provider's account" : `account ${accountId}`;
  const condition = (attributes: Parameters<typeof hclAttributes>[0]) => [
    'postcondition {',
    ...hclIndented(hclAttributes(attributes)),
    '}',
  ];
  return [
    `data "aws_iam_roles" "${name}" {`,
    ...hclIndented(
      hclAttributes({
        ...(accountId === own ? {} : { provider: `aws.${aliasOf(accountId)}` }),
        name_regex: hclString(`^${ROLE_PREFIX}${pattern}_[0-9a-f]{16}$`),
        path_prefix: hclString(PROVISIONED_PATH),
      }),
    ),
    '',
    '  lifecycle {',
    ...hclIndented(
      hclIndented([
        ...condition({
          condition: 'length(self.arns) == 1',
          error_message: hclString(
            `Permission set ${quoted(permissionSet)} must have exactly one role in ${where}. If it has none, assign it to a user or group there, remove its mapping, or correct the provider. If it has two, wait until Identity Center has removed the older one.`,
          ),
        }),
        ...(accountId === ''
          ? []
          : condition({
              condition: `alltrue([for arn in self.arns : split(":", arn)[4] == ${hclString(accountId)}])`,
              error_message: hclString(
                `The provider is for a different account than ${accountId}, so it finds the wrong role. Set a provider for ${accountId}.`,
              ),
            })),
      ]),
    ),
    '  }',
    '}',
  ];
}
