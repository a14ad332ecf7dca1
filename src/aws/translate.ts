import { AwsFailure, type AwsFailureKind, type AwsFault } from './failure.ts';

const KIND_BY_NAME: Readonly<Record<string, AwsFailureKind>> = {
  CredentialsProviderError: 'no-credentials',
  TokenProviderError: 'no-credentials',
  UnrecognizedClientException: 'no-credentials',
  InvalidClientTokenId: 'no-credentials',
  InvalidAccessKeyId: 'no-credentials',
  SignatureDoesNotMatch: 'no-credentials',
  InvalidSignatureException: 'no-credentials',
  IncompleteSignature: 'no-credentials',
  MissingAuthenticationToken: 'no-credentials',
  ExpiredToken: 'expired',
  ExpiredTokenException: 'expired',
  UnauthorizedException: 'expired',
  AccessDenied: 'denied',
  AccessDeniedException: 'denied',
  AuthorizationError: 'denied',
  NotAuthorized: 'denied',
  ResourceNotFoundException: 'not-found',
  AccountNotFoundException: 'not-found',
  ParentNotFoundException: 'not-found',
  ChildNotFoundException: 'not-found',
  OrganizationalUnitNotFoundException: 'not-found',
  NoSuchEntity: 'not-found',
  NoSuchEntityException: 'not-found',
  AWSOrganizationsNotInUseException: 'no-organization',
  ValidationException: 'invalid',
  ValidationError: 'invalid',
  InvalidInputException: 'invalid',
  BandwidthLimitExceeded: 'throttled',
  PriorRequestNotComplete: 'throttled',
  RequestLimitExceeded: 'throttled',
  RequestThrottled: 'throttled',
  RequestThrottledException: 'throttled',
  SlowDown: 'throttled',
  ThrottledException: 'throttled',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  TooManyRequestsException: 'throttled',
  TimeoutError: 'network',
  RequestTimeout: 'network',
  RequestTimeoutException: 'network',
};

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** Turns whatever the SDK threw into a failure with a kind, AWS's words in one line, and no secret in it. */
export function translate(
  error: unknown,
  call: Pick<AwsFault, 'service' | 'operation' | 'profile'>,
): AwsFailure {
  if (error instanceof AwsFailure) return error;
  const detail = wordsOf(error);
  return new AwsFailure({ ...call, kind: kindOf(error), detail }, withoutSecrets(error, detail));
}

/** Whether the same call may well succeed in a moment. */
export function isTransient(error: unknown): boolean {
  const kind = kindOf(error);
  if (kind === 'throttled' || kind === 'network') return true;
  return statusOf(error) >= 500 || isGarbled(error) || metadataOf(error)?.clockSkewCorrected === true;
}

/** An answer that arrived as a success and could not be read: cut off on the way. */
export function isGarbled(error: unknown): boolean {
  return kindOf(error) === 'other' && statusOf(error) === 200;
}

export function kindOf(error: unknown): AwsFailureKind {
  const { name, message } = asError(error);
  const kind = KIND_BY_NAME[name];
  if (kind === 'no-credentials' && /\bexpired\b/i.test(message)) return 'expired';
  if (kind) return kind;
  if (statusOf(error) === 429) return 'throttled';
  return NETWORK_CODES.has(codeOf(error)) || /^(aborted|socket hang up)$/.test(message) ? 'network' : 'other';
}

/** The system's code of a connection error (`ENOTFOUND`), wherever in the chain of causes it is; empty when there is none. */
export function codeOf(error: unknown): string {
  const code = property(error, 'code');
  if (typeof code === 'string') return code;
  const cause = property(error, 'cause');
  return cause === undefined || cause === error ? '' : codeOf(cause);
}

function statusOf(error: unknown): number {
  const status = metadataOf(error)?.httpStatusCode ?? property(property(error, '$response'), 'statusCode');
  return typeof status === 'number' ? status : 0;
}

function metadataOf(error: unknown): Readonly<Record<string, unknown>> | undefined {
  const metadata = property(error, '$metadata');
  return isObject(metadata) ? metadata : undefined;
}

/** The first line of what AWS says. Behind it may stand the signed request (SignatureDoesNotMatch), token and all. */
function wordsOf(error: unknown): string {
  const { name, message } = asError(error);
  if (isGarbled(error)) return 'the answer was cut off or is not what AWS sends';
  const [line = ''] = message.split(/[\r\n]/, 1);
  const words = line.trim() || codeOf(error) || name;
  return redact(words);
}

function redact(text: string): string {
  return text
    .replace(/^@smithy\/[\w-]+ - \[ERROR\] /, '')
    .replace(/\b(AKIA|ASIA)[A-Z0-9]{12,}\b/g, '$1…')
    .replace(/(x-amz-security-token|authorization|signature)(\s*[:=]\s*)\S+/gi, '$1$2…');
}

/** For --debug: where it was thrown, without the SDK's copy of the request and the answer. */
function withoutSecrets(error: unknown, detail: string): Error {
  const { name, stack } = asError(error);
  const clean = new Error(detail);
  clean.name = name;
  const frames = stack?.slice(Math.max(stack.indexOf('\n    at '), 0)) ?? '';
  clean.stack = `${name}: ${detail}${frames.startsWith('\n    at ') ? frames : ''}`;
  return clean;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function property(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
