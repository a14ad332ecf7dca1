import { formatArn, parseArn, stripPath } from './arn.ts';

/** `AWSReservedSSO_<permission set>_<suffix>`, taken apart. */
export interface ProvisionedRoleName {
  readonly permissionSet: string;
  readonly suffix: string;
}

/** The IAM path that Identity Center provisions roles under; behind it stands the home region, unless that is us-east-1. */
export const PROVISIONED_PATH = '/aws-reserved/sso.amazonaws.com/';

const PREFIX = 'AWSReservedSSO_';
// Permission set names hold `_` themselves, so the suffix is what stands behind the last one.
// https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html gives the name's alphabet.
const PATTERN = /^AWSReservedSSO_([\w+=,.@-]{1,32})_([0-9A-Za-z]+)$/;
const PATTERN_ANY_CASE = new RegExp(PATTERN, 'i');

/** Parses from the right; undefined when Identity Center cannot have made this name. */
export function parseRoleName(roleName: string): ProvisionedRoleName | undefined {
  return partsOf(PATTERN.exec(roleName));
}

/** As `parseRoleName`, for a name whose case somebody changed: the authenticator ignores case. */
export function parseRoleNameAnyCase(roleName: string): ProvisionedRoleName | undefined {
  return partsOf(PATTERN_ANY_CASE.exec(roleName));
}

export function formatRoleName({ permissionSet, suffix }: ProvisionedRoleName): string {
  return `${PREFIX}${permissionSet}_${suffix}`;
}

/** A provisioned role as its ARN names it, whether or not the path was left in. */
export interface ProvisionedRoleArn extends ProvisionedRoleName {
  readonly partition: string;
  readonly accountId: string;
  /** Without the path. */
  readonly roleArn: string;
}

/** Reads a role ARN (any case, with or without path) as that of a provisioned role; undefined for anything else. */
export function parseProvisionedRoleArn(text: string): ProvisionedRoleArn | undefined {
  const arn = parseArn(text.replace(/^arn/i, 'arn'));
  if (arn?.service.toLowerCase() !== 'iam' || arn.region !== '') return undefined;
  const [type, ...path] = arn.resource.split('/');
  const name = parseRoleNameAnyCase(path.at(-1) ?? '');
  if (!name || type?.toLowerCase() !== 'role') return undefined;
  const lower = { ...arn, service: 'iam', resource: `role/${path.join('/')}` };
  return {
    ...name,
    partition: arn.partition.toLowerCase(),
    accountId: arn.accountId,
    roleArn: formatArn(stripPath(lower)),
  };
}

/** The home region in a provisioned role's path: `/aws-reserved/sso.amazonaws.com/[region/]`, us-east-1 where it is missing. */
export function homeRegionOf(path: string): string | undefined {
  if (!path.startsWith(PROVISIONED_PATH)) return undefined;
  return path.slice(PROVISIONED_PATH.length).split('/', 1)[0] || 'us-east-1';
}

function partsOf(match: RegExpExecArray | null): ProvisionedRoleName | undefined {
  const [, permissionSet, suffix] = match ?? [];
  return permissionSet && suffix ? { permissionSet, suffix } : undefined;
}
