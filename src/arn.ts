/** `arn:partition:service:region:account:resource`; the resource may contain colons and slashes. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly accountId: string;
  readonly resource: string;
}

/** Parses an ARN; undefined for any other string. Case is kept. */
export function parseArn(text: string): Arn | undefined {
  const [scheme, partition, service, region = '', accountId = '', ...rest] = text.split(':');
  const resource = rest.join(':');
  if (scheme !== 'arn' || !partition || !service || !resource) return undefined;
  return { partition, service, region, accountId, resource };
}

export function formatArn(arn: Arn): string {
  return `arn:${arn.partition}:${arn.service}:${arn.region}:${arn.accountId}:${arn.resource}`;
}

/** The kind of thing that an ARN names, as far as aws-auth is concerned. */
export function arnKind(
  arn: Arn,
): 'role' | 'user' | 'root' | 'instance-profile' | 'session' | 'permission-set' | 'identity-store' | 'other' {
  const type = arn.resource.split(/[/:]/, 1)[0];
  switch (arn.service) {
    case 'iam':
      return type === 'role' || type === 'user' || type === 'root' || type === 'instance-profile'
        ? type
        : 'other';
    case 'sts':
      return type === 'assumed-role' || type === 'federated-user' ? 'session' : 'other';
    case 'sso':
      return type === 'permissionSet' ? 'permission-set' : 'other';
    case 'identitystore':
      return 'identity-store';
    default:
      return 'other';
  }
}

/**
 * True if IAM can have this role, user or root user.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export function isPrincipal({ service, region, accountId, resource }: Arn): boolean {
  if (service !== 'iam' || region !== '' || !isAccountId(accountId)) return false;
  return resource === 'root' || /^(?:role|user)\/(?:[!-~]{0,510}\/)?[\w+=,.@-]{1,64}$/.test(resource);
}

/** A role ARN without its path; other ARNs come back unchanged. */
export function stripPath(arn: Arn): Arn {
  if (arnKind(arn) !== 'role') return arn;
  return { ...arn, resource: `role/${arn.resource.slice(arn.resource.lastIndexOf('/') + 1)}` };
}

/** A role ARN without its path, as aws-auth needs it; any other text unchanged. */
export function withoutPath(text: string): string {
  const arn = parseArn(text);
  return arn ? formatArn(stripPath(arn)) : text;
}

export function roleArn(partition: string, accountId: string, roleName: string): string {
  return formatArn({ partition, service: 'iam', region: '', accountId, resource: `role/${roleName}` });
}

export function isAccountId(text: string): boolean {
  return /^\d{12}$/.test(text);
}

const PARTITION_BY_REGION: readonly (readonly [RegExp, string])[] = [
  [/^cn-/, 'aws-cn'],
  [/^us-gov-/, 'aws-us-gov'],
  [/^us-iso-/, 'aws-iso'],
  [/^us-isob-/, 'aws-iso-b'],
  [/^eu-isoe-/, 'aws-iso-e'],
  [/^us-isof-/, 'aws-iso-f'],
  [/^eusc-/, 'aws-eusc'],
];

/** True for a region's name, in any partition. */
export function isRegion(text: string): boolean {
  return /^[a-z]{2,}(-[a-z]+)+-\d+$/.test(text);
}

/** The partition of a region (from the SDK's partitions.json, by region prefix). */
export function partitionOfRegion(region: string): string {
  return PARTITION_BY_REGION.find(([pattern]) => pattern.test(region))?.[1] ?? 'aws';
}

export const PARTITIONS: readonly string[] = [
  'aws',
  ...PARTITION_BY_REGION.map(([, partition]) => partition),
];
