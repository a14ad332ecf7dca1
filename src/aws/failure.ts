import { Failure } from '../errors.ts';
import { nextStep } from './next-step.ts';

export type AwsFailureKind =
  | 'no-credentials'
  | 'expired'
  | 'denied'
  | 'not-found'
  | 'throttled'
  | 'network'
  | 'no-organization'
  | 'invalid'
  | 'other';

export type Service = 'sts' | 'iam' | 'organizations' | 'sso-admin' | 'identitystore';

/** What AWS, or the way to it, answered to one call. */
export interface AwsFault {
  readonly kind: AwsFailureKind;
  readonly service: Service;
  readonly operation: string;
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
  readonly detail: string;
  readonly profile: string | null;

  constructor(fault: AwsFault, cause?: unknown) {
    super(3, [{ message: `${summary(fault)}: ${fault.detail}`, next: nextStep(fault) }], cause);
    this.name = 'AwsFailure';
    this.kind = fault.kind;
    this.service = fault.service;
    this.operation = fault.operation;
    this.detail = fault.detail;
    this.profile = fault.profile;
  }
}

/** What went wrong, without AWS's words: faults of one cause have one summary. */
export function summary({ kind, service, operation, profile }: Omit<AwsFault, 'detail'>): string {
  const of = profile === null ? '' : ` of profile ${profile}`;
  switch (kind) {
    case 'no-credentials':
      return `no usable AWS credentials${of}`;
    case 'expired':
      return `the AWS credentials${of} have expired`;
    case 'denied':
      return `${iamAction(service, operation)} is denied`;
    case 'not-found':
      return `${iamAction(service, operation)} found nothing`;
    case 'throttled':
      return `${iamAction(service, operation)} was throttled again and again`;
    case 'network':
      return `${iamAction(service, operation)} got no answer`;
    case 'no-organization':
      return 'the account is in no organization';
    case 'invalid':
      return `${iamAction(service, operation)} was refused`;
    case 'other':
      return `${iamAction(service, operation)} failed`;
  }
}

/** The action as IAM policies name it. */
export function iamAction(service: Service, operation: string): string {
  return `${service === 'sso-admin' ? 'sso' : service}:${operation}`;
}
