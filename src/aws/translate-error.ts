import { type AwsCall, AwsFailure, type AwsFailureKind, ProxyError } from './failure.ts';
import { redact } from './redact.ts';

const KIND_BY_NAME: Readonly<Record<string, AwsFailureKind>> = {
  EndpointError: 'endpoint',
  CredentialsProviderError: 'no-credentials',
  TokenProviderError: 'no-credentials',
  UnrecognizedClientException: 'unknown-key',
  InvalidClientTokenId: 'unknown-key',
  InvalidAccessKeyId: 'unknown-key',
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
  RegionDisabledException: 'region',
  OptInRequired: 'not-subscribed',
  SubscriptionRequiredException: 'not-subscribed',
  InvalidResponse: 'invalid-response',
  Contradiction: 'contradiction',
  InvalidParameterException: 'invalid-request',
  InvalidRequestException: 'invalid-request',
  ValidationException: 'invalid-request',
  ValidationError: 'invalid-request',
  InvalidInputException: 'invalid-request',
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

/** TLS error codes: Node trusts neither the certificate nor its authority. */
const UNTRUSTED_CODES = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** The SDK's names for an error response without an AWS code, or in HTML. */
const NAMES_OF_STRANGERS = new Set(['Unknown', 'Error', 'SyntaxError']);

/** The SDK's words for missing credentials, by kind of source. */
const WORDS_OF_CREDENTIALS: readonly (readonly [RegExp, AwsFailureKind])[] = [
  [/\baws login\b/i, 'login-expired'],
  [/\bexpired\b/i, 'expired'],
  [/\baws sso login\b|\bSSO (session|token)\b/i, 'signed-out'],
];

/** Turns any error from the SDK into a failure with a kind, AWS's words on one line, and no secrets. */
export function translate(error: unknown, call: AwsCall): AwsFailure {
  if (error instanceof AwsFailure) return error;
  const { service, operation, region, profile } = call;
  const detail = wordsOf(error);
  // STS already accepted the key: if Identity Center or EKS rejects it, the account hasn't enabled the region.
  // https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
  const isRegional = service === 'sso-admin' || service === 'identitystore' || service === 'eks';
  const own = kindOf(error);
  const kind = own === 'unknown-key' && isRegional ? 'region' : own;
  return new AwsFailure({ kind, service, operation, region, profile, detail }, withoutSecrets(error, detail));
}

/** An error's properties that decide on a retry. */
export interface Classified {
  readonly kind: AwsFailureKind;
  /** The system error code of the connection; empty without one. */
  readonly code: string;
  /** True if a retry might succeed. */
  readonly isTransient: boolean;
  readonly isTimeout: boolean;
  /** Milliseconds that AWS asks a throttled call to wait. */
  readonly askedPause: number;
}

const TRANSIENT: ReadonlySet<AwsFailureKind> = new Set([
  'throttled',
  'network',
  'proxy',
  'invalid-response',
  'contradiction',
]);

export function classify(error: unknown): Classified {
  const [kind, code] = [kindOf(error), codeOf(error)];
  const isSkewed = metadataOf(error)?.clockSkewCorrected === true;
  return {
    kind,
    code,
    isTransient: TRANSIENT.has(kind) || statusOf(error) >= 500 || isSkewed,
    // The SDK also calls a reset connection a timeout; only the code distinguishes them.
    isTimeout:
      error instanceof Error && error.name === 'TimeoutError' && code !== 'ECONNRESET' && code !== 'EPIPE',
    askedPause: kind === 'throttled' ? retryAfter(error) * 1000 : 0,
  };
}

function kindOf(error: unknown): AwsFailureKind {
  if (error instanceof ProxyError)
    return error.kind ?? (UNTRUSTED_CODES.has(codeOf(error)) ? 'untrusted' : 'proxy');
  const { name, message } = asError(error);
  const kind = KIND_BY_NAME[name];
  if (kind === 'no-credentials') {
    // If the connection to the source of the credentials failed, the cause has the code.
    if (UNTRUSTED_CODES.has(codeOf(error)) || /self-signed certificate|unable to (get|verify)/.test(message))
      return 'untrusted';
    return WORDS_OF_CREDENTIALS.find(([words]) => words.test(message))?.[1] ?? kind;
  }
  if (kind === 'unknown-key' && /\bexpired\b/i.test(message)) return 'expired';
  // Identity Center can't decrypt its data, whatever the exception says: nothing is missing, denied or invalid.
  if (kind !== 'throttled' && /^KMS_/.test(String(property(error, 'Reason') ?? ''))) return 'kms';
  if (kind) return kind;
  const status = statusOf(error);
  if (status === 429) return 'throttled';
  const code = codeOf(error);
  if (UNTRUSTED_CODES.has(code)) return 'untrusted';
  if (NETWORK_CODES.has(code) || /^(aborted|socket hang up)$/.test(message)) return 'network';
  if (status >= 300 && status < 500 && NAMES_OF_STRANGERS.has(name)) return 'not-aws';
  // It arrived as a success but couldn't be parsed.
  return status >= 200 && status < 300 ? 'invalid-response' : 'other';
}

/** The system error code of the connection (`ENOTFOUND`), from anywhere in the chain of causes; empty without one. */
function codeOf(error: unknown): string {
  const code = property(error, 'code');
  if (typeof code === 'string') return code;
  const cause = property(error, 'cause');
  return cause === undefined || cause === error ? '' : codeOf(cause);
}

function statusOf(error: unknown): number {
  const status = metadataOf(error)?.httpStatusCode ?? property(property(error, '$response'), 'statusCode');
  return typeof status === 'number' ? status : 0;
}

/** Seconds until AWS allows a retry, from the answer or a header; 0 without either. */
function retryAfter(error: unknown): number {
  const headers = property(property(error, '$response'), 'headers');
  const stated = Number(property(error, 'RetryAfterSeconds') ?? property(headers, 'retry-after') ?? 0);
  return stated > 0 && Number.isFinite(stated) ? stated : 0;
}

function metadataOf(error: unknown): Readonly<Record<string, unknown>> | undefined {
  const metadata = property(error, '$metadata');
  return isObject(metadata) ? metadata : undefined;
}

/** The first line of AWS's message. The rest may contain the signed request (SignatureDoesNotMatch), token and all. */
function wordsOf(error: unknown): string {
  const { name, message } = asError(error);
  // A parser's complaint about a truncated response or an HTML page helps nobody.
  if (kindOf(error) === 'invalid-response' && name !== 'InvalidResponse')
    return 'it is truncated or not from AWS';
  if (kindOf(error) === 'not-aws') return `HTTP ${statusOf(error)}`;
  const lines = message.split(/[\r\n]+/);
  // Only the output of a failed command: its command line may contain a secret.
  const [line = ''] = lines[0]?.startsWith('Command failed: ') ? [lines[1] || 'its command failed'] : lines;
  const words = line.trim() || codeOf(error) || name;
  const reason = property(error, 'Reason');
  const own = words.replace(/^@smithy\/[\w-]+ - \[ERROR\] /, '');
  return redact(typeof reason === 'string' && /^\w+$/.test(reason) ? `${own} (${reason})` : own);
}

/** The stack trace for --debug, without the SDK's copy of the request and response. */
function withoutSecrets(error: unknown, detail: string): Error {
  const { name, stack } = asError(error);
  const clean = new Error(detail);
  const frames = stack?.slice(Math.max(stack.indexOf('\n    at '), 0)) ?? '';
  clean.stack = `${redact(name)}: ${detail}${frames.startsWith('\n    at ') ? frames : ''}`;
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
