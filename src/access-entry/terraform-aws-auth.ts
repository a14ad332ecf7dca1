import type { DesiredEntry } from '../map-entry.ts';
import { hclAttributes, hclIndented, hclList, hclObject, hclString } from './hcl.ts';
import { terraformPrincipals } from './terraform-lookup.ts';

/**
 * The `mapRoles` of aws-auth as a Terraform resource. Needs force: another field manager owns it in every cluster that has
 * an aws-auth.
 * https://registry.terraform.io/providers/hashicorp/kubernetes/latest/docs/resources/config_map_v1_data
 * @param isLookup true to look up roles by the names of their permission sets
 */
export function renderTerraformAwsAuth(entries: readonly DesiredEntry[], isLookup: boolean): string {
  const { blocks, principals } = terraformPrincipals(
    entries.map(({ rolearn }) => rolearn),
    isLookup ? { clusterAccount: null } : null,
  );
  const items = entries.flatMap(({ username, groups, role }, index) => {
    const { arn = '' } = principals[index] ?? {};
    const [first = '', ...rest] = hclObject({
      // aws-auth needs the ARN without its path.
      rolearn: isLookup && role ? `replace(${arn}, "/role/.*//", "role/")` : arn,
      username: hclString(username),
      groups: hclList(groups),
    });
    return [first, ...rest.slice(0, -1), `${rest.at(-1)},`];
  });
  const resource = [
    '# Terraform replaces all of mapRoles with these entries.',
    'resource "kubernetes_config_map_v1_data" "aws_auth" {',
    '  metadata {',
    ...hclIndented(hclIndented(hclAttributes({ name: '"aws-auth"', namespace: '"kube-system"' }))),
    '  }',
    '',
    ...hclIndented(
      hclAttributes({
        data: hclObject({ mapRoles: ['yamlencode([', ...hclIndented(items), '])'] }),
        force: 'true',
      }),
    ),
    '}',
  ];
  return [...blocks, resource].map((block) => `${block.join('\n')}\n`).join('\n');
}
