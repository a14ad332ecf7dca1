import { isAccountId, parseArn, roleArn } from './arn.ts';
import { asciiTwin, DOTTED_I, foldKey } from './go-strings.ts';

/** The name of a provisioned role, parsed. */
export interface ProvisionedRoleName {
  readonly permissionSet: string;
  /** Unique: another one each time the role is re-created. */
  readonly suffix: string;
}

/** The IAM path of provisioned roles; the home region follows, unless that is us-east-1. */
export const PROVISIONED_PATH = '/aws-reserved/sso.amazonaws.com/';
const HOME_PATH = /^\/aws-reserved\/sso\.amazonaws\.com\/(?:([a-z]{2,4}(?:-[a-z]+)+-\d+)\/)?$/;

const PREFIX = 'AWSReservedSSO_';
/**
 * `AWSReservedSSO_<permission set>_<suffix>`, the suffix 16 lower-case hexadecimal digits: a name without one belongs to no permission
 * set, whatever it looks like. Names of sets may contain `_`, so the suffix is what follows the last one.
 * https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html has the alphabet of names.
 */
const NAME = String.raw`AWSReservedSSO_([\w+=,.@-]{1,32})_([0-9a-f]{16})`;
const PATTERN = new RegExp(`^${NAME}$`);
const ANY_CASE = new RegExp(`^${NAME}$`, 'i');

/** Parses the name that IAM has of a role; undefined if it cannot be that of a provisioned role. */
export function parseRoleName(roleName: string): ProvisionedRoleName | undefined {
  const [, permissionSet, suffix] = PATTERN.exec(roleName) ?? [];
  return permissionSet && suffix ? { permissionSet, suffix } : undefined;
}

export function formatRoleName({ permissionSet, suffix }: ProvisionedRoleName): string {
  return `${PREFIX}${permissionSet}_${suffix}`;
}

/** Whether a role, in any case, is named as if it were provisioned, but without a suffix: whom it was meant for is not known. */
export function lacksSuffix(roleName: string): boolean {
  return /^AWSReservedSSO_/i.test(roleName) && !ANY_CASE.test(roleName);
}

/** A provisioned role by its ARN, with or without the path. */
export interface ProvisionedRoleArn extends ProvisionedRoleName {
  readonly partition: string;
  readonly accountId: string;
  /** Without the path. */
  readonly roleArn: string;
}

// One pass over the text: a merge reads thousands of these.
const ARN_PATTERN = new RegExp(String.raw`^arn:([^:]+):iam::([^:]*):role\/(?:.*\/)?(${NAME})$`, 'is');

/**
 * Parses the ARN of a provisioned role, with or without path, in whatever case the authenticator takes for the same; undefined for
 * anything else.
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

/** Equal for two roles of one permission set in one account, whatever their suffixes. */
export function setKey(role: Pick<ProvisionedRoleArn, 'accountId' | 'permissionSet'>): string {
  return `${role.accountId} ${role.permissionSet}`;
}

/** Whether the name of a role is written as Identity Center writes it, so that the name of its permission set is, too. */
export function hasOwnCase({ roleArn }: Pick<ProvisionedRoleArn, 'roleArn'>): boolean {
  return roleArn.includes(`/${PREFIX}`);
}

/** Whether two roles are of one permission set in one account, as far as their names tell: one in another case may be of any set of that name. */
export function maySameSet(one: ProvisionedRoleArn, other: ProvisionedRoleArn): boolean {
  if (hasOwnCase(one) && hasOwnCase(other)) return setKey(one) === setKey(other);
  return foldKey(setKey(one)) === foldKey(setKey(other));
}

/**
 * The home region in a provisioned role's path: `/aws-reserved/sso.amazonaws.com/[region/]`, us-east-1 where it is missing; undefined
 * for any other path, including one below that.
 */
export function homeRegionOf(path: string): string | undefined {
  const match = HOME_PATH.exec(path);
  return match ? (match[1] ?? 'us-east-1') : undefined;
}
