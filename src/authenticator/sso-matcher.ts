/** What stands under `sso:` in an item of mapRoles: an alpha feature of the authenticator that EKS does not enable. */
export interface SsoMatcher {
  readonly permissionSetName: string;
  readonly accountID: string;
  readonly partition: string;
}

export const PARTITIONS = [
  'aws',
  'aws-cn',
  'aws-us-gov',
  'aws-iso',
  'aws-iso-b',
  'aws-iso-e',
  'aws-iso-f',
  'aws-eusc',
];

/** Why the authenticator refuses the item, or null (its `RoleMapping.Validate`). */
export function ssoProblem({ accountID, permissionSetName, partition }: SsoMatcher): string | null {
  if (!/^[0-9]{12}$/.test(accountID))
    return `sso.accountID ${JSON.stringify(accountID)} is not an account id`;
  if (!/^[\w+=,.@-]{1,32}$/.test(permissionSetName))
    return `sso.permissionSetName ${JSON.stringify(permissionSetName)} is not the name of a permission set`;
  if (partition !== '' && !PARTITIONS.includes(partition))
    return `sso.partition ${JSON.stringify(partition)} is not an AWS partition`;
  return null;
}
