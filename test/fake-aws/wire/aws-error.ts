import type { Call } from './call.ts';
import { DIALECTS, type Service } from './service.ts';

/** An error response in AWS's words. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of the error, such as `Reason`. */
  readonly members: Readonly<Record<string, string | number>>;

  constructor(code: string, message: string, status = 400, members: AwsError['members'] = {}) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = status;
    this.members = members;
  }
}

export function denied(call: Call, resource = ''): AwsError {
  const { denied: code, actionPrefix, protocol } = DIALECTS[call.service];
  const what = `${actionPrefix}:${call.operation}`;
  const where = resource && ` on resource: ${resource}`;
  const why =
    call.operation === 'AssumeRole' ? '' : ` because no identity-based policy allows the ${what} action`;
  const message = `User: ${call.caller.arn} is not authorized to perform: ${what}${where}${why}`;
  return new AwsError(code, message, protocol === 'json' ? 400 : 403);
}

/** @param retryAfter retry delay in seconds; omitted if missing */
export function throttled(service: Service, retryAfter: number | undefined): AwsError {
  const { throttled: code, throttledMessage, protocol } = DIALECTS[service];
  return new AwsError(
    code,
    throttledMessage,
    protocol === 'rest' ? 429 : 400,
    retryAfter === undefined ? {} : { RetryAfterSeconds: retryAfter },
  );
}

export function internalError(service: Service): AwsError {
  return new AwsError(DIALECTS[service].internal, 'An internal error occurred. Please try again.', 500);
}

/** The error for expired temporary credentials. */
export function expired(service: Service): AwsError {
  const message = 'The security token included in the request is expired';
  const { protocol } = DIALECTS[service];
  if (protocol === 'query') return new AwsError('ExpiredToken', message, 403);
  return new AwsError('ExpiredTokenException', message, protocol === 'rest' ? 403 : 400);
}

/** The error for an unknown access key. */
export function unknownKey(service: Service): AwsError {
  const message = 'The security token included in the request is invalid';
  const { protocol } = DIALECTS[service];
  if (protocol === 'query') return new AwsError('InvalidClientTokenId', message, 403);
  return new AwsError('UnrecognizedClientException', message, protocol === 'rest' ? 403 : 400);
}

export function invalid(service: Service, message: string): AwsError {
  return new AwsError(DIALECTS[service].invalid, message);
}

export function notFound(
  message: string,
  members: Readonly<Record<string, string>> = {},
  status = 400,
): AwsError {
  return new AwsError('ResourceNotFoundException', message, status, members);
}
