import { isAccountId, parseArn, roleArn } from './arn.ts';
import { asciiTwin, DOTTED_I, foldKey } from './go-strings.ts';

/** The parsed name of a provisioned role. */
export interface ProvisionedRoleName {
  readonly permissionSet: string;
  /** Unique: it changes each time the role is re-created. */
  readonly suffix: string;
}

/** The IAM path of provisioned roles; the home region follows, unless it is us-east-1. */
export const PROVISIONED_PATH = '/aws-reserved/sso.amazonaws.com/';
const HOME_PATH = /^\/aws-reserved\/sso\.amazonaws\.com\/(?:([a-z]{2,4}(?:-[a-z]+)+-\d+)\/)?$/;

export const ROLE_PREFIX = 'AWSReservedSSO_';
/**
 * `AWSReservedSSO_<permission set>_<suffix>`; the suffix is 16 lower-case hexadecimal digits. A name without a suffix
 * belongs to no permission set. Permission set names may contain `_`, so the suffix follows the last one.
 * https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html defines the characters of
 * names.
 */
const NAME = String.raw`AWSReservedSSO_([\w+=,.@-]{1,32})_([0-9a-f]{16})`;
const PATTERN = new RegExp(`^${NAME}$`);
const ANY_CASE = new RegExp(`^${NAME}$`, 'i');

/** The suffix of a role that is only known by its permission set. Not for output. */
export const UNKNOWN_SUFFIX = '0'.repeat(16);

/** Parses a role name as IAM returns it; undefined if it cannot be the name of a provisioned role. */
export function parseRoleName(roleName: string): ProvisionedRoleName | undefined {
  const [, permissionSet, suffix] = PATTERN.exec(roleName) ?? [];
  return permissionSet && suffix ? { permissionSet, suffix } : undefined;
}

export function formatRoleName({ permissionSet, suffix }: ProvisionedRoleName): string {
  return `${ROLE_PREFIX}${permissionSet}_${suffix}`;
}

/** True if a role name, in any case, looks provisioned but lacks the suffix: its permission set is unknown. */
export function lacksSuffix(roleName: string): boolean {
  return /^AWSReservedSSO_/i.test(roleName) && !ANY_CASE.test(roleName);
}

/** A provisioned role, from its ARN with or without the path. */
export interface ProvisionedRoleArn extends ProvisionedRoleName {
  readonly partition: string;
  readonly accountId: string;
  /** Without the path. */
  readonly roleArn: string;
}

// One pass over the text: a merge reads thousands of ARNs.
const ARN_PATTERN = new RegExp(String.raw`^arn:([^:]+):iam::([^:]*):role\/(?:.*\/)?(${NAME})$`, 'is');

/**
 * Parses the ARN of a provisioned role, with or without path, in any spelling that the authenticator treats as equal;
 * undefined for anything else.
 */
export function parseProvisionedRoleArn(text: string): ProvisionedRoleArn | undefined {
  const [, partition = '', accountId = '', roleName = '', permissionSet = '', suffix = ''] =
    ARN_PATTERN.exec(text.includes(DOTTED_I) ? text : asciiTwin(text)) ?? [];
  if (roleName === '') return undefined;
  return {
    permissionSet,
    suffix: suffix.toLowerCase(),
    partition: partition.toLowerCase(),
    accountId,
    roleArn: roleArn(partition, accountId, roleName),
  };
}

/** Parses the ARN of any IAM role, with or without a path; undefined for anything else. */
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

/** Equal for two roles of the same permission set in the same account, whatever their suffixes. */
export function setKey(role: Pick<ProvisionedRoleArn, 'accountId' | 'permissionSet'>): string {
  return `${role.accountId} ${role.permissionSet}`;
}

/** True if a role name has the case that Identity Center uses, so the permission set name in it is exact, too. */
export function hasOwnCase({ roleArn }: Pick<ProvisionedRoleArn, 'roleArn'>): boolean {
  return roleArn.includes(`/${ROLE_PREFIX}`);
}

/**
 * True if two roles may belong to the same permission set in the same account. A name in another case may belong to
 * any set of that name.
 */
export function maySameSet(one: ProvisionedRoleArn, other: ProvisionedRoleArn): boolean {
  if (hasOwnCase(one) && hasOwnCase(other)) return setKey(one) === setKey(other);
  return foldKey(setKey(one)) === foldKey(setKey(other));
}

/**
 * The home region in the path of a provisioned role, `/aws-reserved/sso.amazonaws.com/[region/]`; us-east-1 if it is
 * missing. Undefined for any other path, including longer ones.
 */
export function homeRegionOf(path: string): string | undefined {
  const match = HOME_PATH.exec(path);
  return match ? (match[1] ?? 'us-east-1') : undefined;
}
