import { partitionOfRegion } from '../arn.ts';
import { Failure } from '../errors.ts';

export type AwsFailureKind =
  | 'no-credentials'
  | 'unknown-key'
  | 'expired'
  | 'signed-out'
  | 'login-expired'
  | 'mfa'
  | 'denied'
  | 'not-found'
  | 'throttled'
  | 'network'
  | 'untrusted'
  | 'no-organization'
  | 'region'
  | 'not-subscribed'
  | 'kms'
  | 'garbled'
  | 'invalid'
  | 'other';

/** The kinds that are about the caller's credentials, whatever was asked with them. */
const OF_CREDENTIALS: ReadonlySet<AwsFailureKind> = new Set([
  'no-credentials',
  'unknown-key',
  'expired',
  'signed-out',
  'login-expired',
  'mfa',
]);

export function isOfCredentials({ kind }: Pick<AwsProblem, 'kind'>): boolean {
  return OF_CREDENTIALS.has(kind);
}

export type Service = 'sts' | 'iam' | 'organizations' | 'sso-admin' | 'identitystore';

/** What AWS, or the way to it, answered to one call. */
export interface AwsProblem {
  readonly kind: AwsFailureKind;
  readonly service: Service;
  readonly operation: string;
  readonly region: string;
  /** AWS's own words, one line, without secrets. */
  readonly detail: string;
  /** The profile whose credentials made the call; null for the default ones. */
  readonly profile: string | null;
}

/** Ends the run with exit 3, or becomes the reason why one account is unreadable. */
export class AwsFailure extends Failure implements AwsProblem {
  readonly kind: AwsFailureKind;
  readonly service: Service;
  readonly operation: string;
  readonly region: string;
  readonly detail: string;
  readonly profile: string | null;

  constructor(fault: AwsProblem, cause?: unknown) {
    super(3, [{ message: `${summary(fault)}: ${fault.detail}`, help: nextStep(fault) }], cause);
    this.name = 'AwsFailure';
    this.kind = fault.kind;
    this.service = fault.service;
    this.operation = fault.operation;
    this.region = fault.region;
    this.detail = fault.detail;
    this.profile = fault.profile;
  }

  /** The same failure where some of it is known better. */
  with(change: Partial<Pick<AwsProblem, 'kind' | 'detail'>>): AwsFailure {
    const { kind, service, operation, region, detail, profile } = this;
    return new AwsFailure({ kind, service, operation, region, detail, profile, ...change }, this.cause);
  }
}

/** What went wrong, without AWS's words: faults of one cause have one summary. */
export function summary({ kind, service, operation, region, profile }: Omit<AwsProblem, 'detail'>): string {
  const of = profile === null ? '' : ` of profile ${profile}`;
  const action = iamAction(service, operation);
  switch (kind) {
    case 'no-credentials':
    case 'signed-out':
    case 'login-expired':
    case 'mfa':
      return `no usable AWS credentials${of}`;
    case 'unknown-key':
      return `no usable AWS credentials${of} for ${regionText(region)}`;
    case 'expired':
      return `the AWS credentials${of} have expired`;
    case 'denied':
      return `${action} is denied`;
    case 'not-found':
      return `${action} found nothing`;
    case 'throttled':
      return `${action} was throttled again and again`;
    case 'network':
      return `${action} got no answer`;
    case 'untrusted':
      return `${action} met a certificate that is not trusted`;
    case 'no-organization':
      return 'the account is in no organization';
    case 'region':
      return `${action} is not to be had in ${regionText(region)}`;
    case 'not-subscribed':
      return `${action}: the account is not signed up for the service in ${regionText(region)}`;
    case 'kms':
      return `${action} cannot use the KMS key of Identity Center`;
    case 'garbled':
      return `${action} gave a garbled answer`;
    case 'invalid':
      return `${action} was refused`;
    case 'other':
      return `${action} failed`;
  }
}

function regionText(region: string): string {
  return `region ${region} (partition ${partitionOfRegion(region)})`;
}

/** The action as IAM policies name it. */
export function iamAction(service: Service, operation: string): string {
  return `${service === 'sso-admin' ? 'sso' : service}:${operation}`;
}

/** What to do about a fault, as a sentence. */
export function nextStep(fault: Omit<AwsProblem, 'detail'>): string {
  const { kind, profile } = fault;
  switch (kind) {
    case 'no-credentials':
      return profile === null
        ? 'Set AWS_PROFILE or --profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `aws sts get-caller-identity` tells whether they work.'
        : `Check the profile in ~/.aws/config and ~/.aws/credentials; \`aws sts get-caller-identity${withProfile(profile)}\` tells whether it works.`;
    case 'unknown-key':
      return 'Check the keys. A region that the account has not enabled, and one of another partition, refuse good keys in the same words: --region names another.';
    case 'expired':
      return `Renew them, for example with \`aws sso login${withProfile(profile)}\`, and run again.`;
    case 'signed-out':
      return `Sign in with \`aws sso login${withProfile(profile)}\`, and run again.`;
    case 'login-expired':
      return `Sign in with \`aws login${withProfile(profile)}\`, and run again.`;
    case 'mfa':
      return `Nobody is asked for a code here. Let the AWS CLI ask, and run again without the profile: \`eval "$(aws configure export-credentials${withProfile(profile)} --format env)"\`.`;
    case 'denied':
      return whenDenied(fault);
    case 'not-found':
      return 'Check that it still exists.';
    case 'throttled':
      return 'Something else uses up the limit of these calls; run again later.';
    case 'network':
      return 'Check the network, the proxy and the region (--region).';
    case 'untrusted':
      return 'If a private CA stands between here and AWS, set NODE_EXTRA_CA_CERTS to its file, the one that AWS_CA_BUNDLE names for the AWS CLI.';
    case 'no-organization':
      return 'Name accounts by id or `self`, which needs no organization.';
    case 'region':
      return whenNotInRegion(fault);
    case 'not-subscribed':
      return 'Finish signing the account up for it, or name a region where it is in use with --region.';
    case 'kms':
      return 'Identity Center is encrypted with a customer managed KMS key: allow kms:Decrypt on it to the caller, in the key policy too, and check that the key is enabled.';
    case 'garbled':
      return 'Something on the way (a proxy, AWS_ENDPOINT_URL) may answer in the place of AWS; run again, with --debug to see the calls.';
    case 'invalid':
    case 'other':
      return 'Run again with --debug to see the calls.';
  }
}

/** Quoted for a shell where it needs to be. */
function withProfile(profile: string | null): string {
  if (profile === null) return '';
  return ` --profile ${/^[\w.@/-]+$/.test(profile) ? profile : `'${profile.replaceAll("'", "'\\''")}'`}`;
}

function whenNotInRegion({ service, region }: Omit<AwsProblem, 'detail'>): string {
  switch (service) {
    case 'sts':
      return `Activate STS for ${region} in that account (IAM, account settings), or name another region with --region.`;
    case 'sso-admin':
    case 'identitystore':
      return `Enable ${region} in the account, or name the home region of Identity Center with --sso-region, another region with --region.`;
    default:
      return `Enable ${region} in the account, or name another region with --region.`;
  }
}

function whenDenied({ service, operation }: Omit<AwsProblem, 'detail'>): string {
  switch (service) {
    case 'sts':
      return operation === 'AssumeRole'
        ? 'The caller needs sts:AssumeRole, and the role must exist there and trust the caller (with the external id, if it asks for one); --assume-role names another role.'
        : 'Allow sts:GetCallerIdentity.';
    case 'iam':
      return 'Allow iam:ListRoles to the credentials that read the account.';
    case 'organizations':
      return `Allow organizations:${operation}, and call from the management account or a delegated administrator; accounts given by id need no Organizations call.`;
    case 'sso-admin':
      return `Allow sso:${operation}, and call from the management account or the delegated administrator of Identity Center.`;
    case 'identitystore':
      return `Allow identitystore:${operation}; any account of the organization may call it.`;
  }
}
