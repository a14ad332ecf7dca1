import { partitionOfRegion } from '../arn.ts';
import { Failure } from '../errors.ts';
import { nextStep } from './next-step.ts';

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

export function isOfCredentials({ kind }: Pick<AwsFault, 'kind'>): boolean {
  return OF_CREDENTIALS.has(kind);
}

export type Service = 'sts' | 'iam' | 'organizations' | 'sso-admin' | 'identitystore';

/** What AWS, or the way to it, answered to one call. */
export interface AwsFault {
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
export class AwsFailure extends Failure implements AwsFault {
  readonly kind: AwsFailureKind;
  readonly service: Service;
  readonly operation: string;
  readonly region: string;
  readonly detail: string;
  readonly profile: string | null;

  constructor(fault: AwsFault, cause?: unknown) {
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
  with(change: Partial<Pick<AwsFault, 'kind' | 'detail'>>): AwsFailure {
    const { kind, service, operation, region, detail, profile } = this;
    return new AwsFailure({ kind, service, operation, region, detail, profile, ...change }, this.cause);
  }
}

/** What went wrong, without AWS's words: faults of one cause have one summary. */
export function summary({ kind, service, operation, region, profile }: Omit<AwsFault, 'detail'>): string {
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
