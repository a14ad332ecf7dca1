import { isAccountId, parseArn, roleArn, withoutPath } from './arn.ts';

/** `AWSReservedSSO_<permission set>_<suffix>`, parsed. */
export interface ProvisionedRoleName {
  readonly permissionSet: string;
  readonly suffix: string;
}

/** The IAM path of provisioned roles; the home region follows, unless that is us-east-1. */
export const PROVISIONED_PATH = '/aws-reserved/sso.amazonaws.com/';
const HOME_PATH = /^\/aws-reserved\/sso\.amazonaws\.com\/(?:([a-z]{2,4}(?:-[a-z]+)+-\d+)\/)?$/;

const PREFIX = 'AWSReservedSSO_';
// Permission set names may contain `_`, so the suffix is what follows the last one.
// https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html has the alphabet of names.
const PATTERN = /^AWSReservedSSO_([\w+=,.@-]{1,32})_([0-9A-Za-z]+)$/;

/** Parses from the right; undefined if it cannot be the name of a provisioned role. */
export function parseRoleName(roleName: string): ProvisionedRoleName | undefined {
  const [, permissionSet, suffix] = PATTERN.exec(roleName) ?? [];
  return permissionSet && suffix ? { permissionSet, suffix } : undefined;
}

export function formatRoleName({ permissionSet, suffix }: ProvisionedRoleName): string {
  return `${PREFIX}${permissionSet}_${suffix}`;
}

/**
 * Whether a role, in any case, is named after a permission set but lacks the suffix, 16 hexadecimal digits, that Identity Center appends
 * to every name; a last part without a digit belongs to the name.
 */
export function lacksSuffix(roleName: string): boolean {
  if (!/^AWSReservedSSO_./i.test(roleName)) return false;
  const [, suffix] = /^AWSReservedSSO_[\w+=,.@-]+_([0-9a-z]+)$/i.exec(roleName) ?? [];
  return suffix === undefined || !(/\d/.test(suffix) || /^[a-f]{16}$/i.test(suffix));
}

/** A provisioned role by its ARN, with or without the path. */
export interface ProvisionedRoleArn extends ProvisionedRoleName {
  readonly partition: string;
  readonly accountId: string;
  /** Without the path. */
  readonly roleArn: string;
}

// One pass over the text: a merge reads thousands of these.
const ARN_PATTERN =
  /^arn:([^:]+):iam::([^:]*):role\/(?:.*\/)?(AWSReservedSSO_([\w+=,.@-]{1,32})_([0-9A-Za-z]+))$/is;

/** Parses the ARN of a provisioned role (any case, with or without path); undefined for anything else. */
export function parseProvisionedRoleArn(text: string): ProvisionedRoleArn | undefined {
  const [, partition = '', accountId = '', roleName = '', permissionSet = '', suffix = ''] =
    ARN_PATTERN.exec(text) ?? [];
  if (roleName === '') return undefined;
  return {
    permissionSet,
    suffix,
    partition: partition.toLowerCase(),
    accountId,
    roleArn: roleArn(partition, accountId, roleName),
  };
}

/** Equal for two ARNs of one role: IAM names are unique without regard to case. */
export function roleKey({ roleArn }: Pick<ProvisionedRoleArn, 'roleArn'>): string {
  return roleArn.toLowerCase();
}

/** Parses the ARN of any role of IAM, with a path or without; undefined for anything else. */
export function parseRoleArn(
  text: string,
): Pick<ProvisionedRoleArn, 'partition' | 'accountId' | 'roleArn'> | undefined {
  const arn = parseArn(text);
  if (arn?.service !== 'iam' || arn.region !== '' || !isAccountId(arn.accountId)) return undefined;
  const { partition, accountId } = arn;
  const [, name] = /^role\/(?:.*\/)?([\w+=,.@-]+)$/.exec(arn.resource) ?? [];
  return name === undefined
    ? undefined
    : { partition, accountId, roleArn: roleArn(partition, accountId, name) };
}

/** Equal for the ARNs of one role, in any case, with a path or without; for any role. */
export function roleArnKey(arn: string): string {
  return withoutPath(arn.toLowerCase());
}

/** Equal for two roles of one permission set in one account, whatever their suffixes. */
export function setKey(role: Pick<ProvisionedRoleArn, 'accountId' | 'permissionSet'>): string {
  return `${role.accountId} ${role.permissionSet.toLowerCase()}`;
}

/**
 * The home region in a provisioned role's path: `/aws-reserved/sso.amazonaws.com/[region/]`, us-east-1 where it is missing; undefined
 * for any other path, including one below that.
 */
export function homeRegionOf(path: string): string | undefined {
  const match = HOME_PATH.exec(path);
  return match ? (match[1] ?? 'us-east-1') : undefined;
}
