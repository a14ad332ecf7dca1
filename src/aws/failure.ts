import { partitionOfRegion } from '../arn.ts';
import { Failure } from '../errors.ts';
import { shellWord } from '../text.ts';
import { redact } from './redact.ts';

export type Service = 'sts' | 'iam' | 'organizations' | 'sso-admin' | 'identitystore' | 'eks';

/** A call's destination and credentials. */
export interface CallTarget {
  readonly service: Service;
  readonly region: string;
  /** Null for the default credentials. */
  readonly profile: string | null;
  /** The account whose rate limits the call counts against, where limits are per account. */
  readonly accountId?: string | undefined;
}

/** The call's details for messages. */
export interface AwsCall extends CallTarget {
  readonly operation: string;
  /** The profile at the start of the credential chain, if it isn't `profile`. */
  readonly base?: string | undefined;
  /** Name of the role to assume. */
  readonly role?: string | undefined;
}

interface KindTexts {
  /** Says what went wrong, without AWS's words; failures with one cause share one summary. */
  readonly summary: (call: AwsCall) => string;
  /** The next step. */
  readonly help: (call: AwsCall) => string;
  /** Set if the failure is about the caller's credentials, whatever the call. */
  readonly ofCredentials?: true;
  /** Set if the failure is about the connection to AWS. */
  readonly ofNetwork?: true;
}

/** How a proxy's address carries credentials. */
export const PROXY_WITH_CREDENTIALS =
  'http://USER:PASSWORD@HOST:PORT, with special characters percent-encoded (@ is %40)';
const NO_PROXY_HELP = 'List hosts that need no proxy in NO_PROXY.';

const noCredentials = { summary: noUsableCredentials, ofCredentials: true } as const;

const KINDS = {
  'no-credentials': {
    ...noCredentials,
    help: ({ profile, base = profile }) =>
      base === null
        ? 'Set --profile, AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. To check them, run `aws sts get-caller-identity`.'
        : `Check the profile in ~/.aws/config and ~/.aws/credentials; to test it, run \`aws sts get-caller-identity${withProfile(base)}\`.`,
  },
  'unknown-key': {
    summary: (call) => `${noUsableCredentials(call)} in ${regionText(call)}`,
    help: () =>
      'Check the keys. If they are valid, the region may be disabled in the account or in another partition: set another one with --region.',
    ofCredentials: true,
  },
  expired: {
    summary: (call) => `the AWS credentials${forProfile(call)} have expired`,
    help: (call) => `Renew them, for example with \`aws sso login${withBase(call)}\`, then run again.`,
    ofCredentials: true,
  },
  'session-ended': {
    summary: (call) => `${iamAction(call)} failed: the session of role ${call.role ?? ''} ended`,
    help: () =>
      "Assuming the role again didn't help. Check this machine's clock, and policies that revoke the role's sessions.",
  },
  'signed-out': {
    ...noCredentials,
    help: (call) => `Sign in with \`aws sso login${withBase(call)}\`, then run again.`,
  },
  'not-assigned': {
    ...noCredentials,
    help: () =>
      'Check sso_account_id and sso_role_name in ~/.aws/config. That permission set must be assigned to you in that account; the access portal lists your assignments.',
  },
  'login-expired': {
    ...noCredentials,
    help: (call) => `Sign in with \`aws login${withBase(call)}\`, then run again.`,
  },
  process: {
    ...noCredentials,
    help: () =>
      'Run the credential_process command on its own: it must exit 0 and print JSON with Version 1, AccessKeyId and SecretAccessKey.',
  },
  'web-identity': {
    ...noCredentials,
    help: () =>
      "Check AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE (in a profile: role_arn and web_identity_token_file). The role's trust policy must match the token's issuer, audience and subject.",
  },
  container: {
    ...noCredentials,
    help: () =>
      "Check the container's task role, or the service account's Pod Identity association and the Pod Identity agent on the node.",
  },
  instance: {
    ...noCredentials,
    help: () =>
      'Outside EC2, set --profile, AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. On EC2, the instance needs an instance profile, and containers on it a metadata hop limit of 2.',
  },
  mfa: {
    ...noCredentials,
    help: ({ profile }) =>
      `Run it in a terminal. Or let the AWS CLI ask for the code, then run again without the profile: \`eval "$(aws configure export-credentials${withProfile(profile)} --format env)"\`.`,
  },
  'mfa-code': {
    ...noCredentials,
    help: () =>
      "Run again with the device's next code; each code works once. If codes keep failing, check mfa_serial in ~/.aws/config and the device's clock.",
  },
  'role-denied': {
    ...noCredentials,
    help: () =>
      'Grant sts:AssumeRole to the source credentials (source_profile or credential_source). The role must exist and trust them. If it requires an external ID or MFA, set external_id or mfa_serial in the profile.',
  },
  denied: { summary: (call) => `${iamAction(call)} is denied`, help: helpWhenDenied },
  'not-found': {
    summary: (call) => `${iamAction(call)}: not found`,
    help: () => 'Check that it still exists.',
  },
  throttled: {
    summary: (call) => `${iamAction(call)} was throttled on every attempt`,
    help: () => 'Something else is using up the rate limit of this API; run again later.',
  },
  network: {
    summary: (call) => `${iamAction(call)} got no response`,
    help: ({ operation }) =>
      `Check the network, the region (${operation === 'ListClusters' ? '--cluster-region or --region' : '--region'}) and AWS_ENDPOINT_URL if it is set. If AWS is only reachable through a proxy, set HTTPS_PROXY.`,
    ofNetwork: true,
  },
  endpoint: {
    summary: (call) => `${iamAction(call)} has no valid endpoint`,
    help: () =>
      'Set AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SERVICE or `endpoint_url` in ~/.aws/config to https://HOST or http://HOST:PORT, or remove it.',
    ofNetwork: true,
  },
  proxy: {
    summary: didNotPass,
    help: () =>
      `Check the proxy's address, and that the proxy is running and can reach AWS. ${NO_PROXY_HELP}`,
    ofNetwork: true,
  },
  'proxy-refused': {
    summary: didNotPass,
    help: () => `Allow AWS hosts on the proxy (CONNECT to port 443). ${NO_PROXY_HELP}`,
    ofNetwork: true,
  },
  'proxy-credentials': {
    summary: didNotPass,
    help: () =>
      `Put the user name and password in the proxy's address: ${PROXY_WITH_CREDENTIALS}. Only Basic authentication is supported.`,
    ofNetwork: true,
  },
  'not-aws': {
    summary: (call) => `${iamAction(call)} got a response that isn't from AWS`,
    help: () =>
      'A proxy, a network sign-in page or AWS_ENDPOINT_URL is answering instead of AWS. Allow *.amazonaws.com on the proxy, or correct the address.',
    ofNetwork: true,
  },
  untrusted: {
    summary: (call) => `${iamAction(call)} failed: the TLS certificate isn't trusted`,
    help: () =>
      "If connections to AWS go through a proxy with a private CA, set AWS_CA_BUNDLE, the profile's `ca_bundle` or NODE_EXTRA_CA_CERTS to the CA's PEM file.",
    ofNetwork: true,
  },
  'no-organization': {
    summary: () => "the account isn't in an organization",
    help: () => 'List accounts by ID or as `self`; neither needs an organization.',
  },
  region: {
    summary: (call) => `${iamAction(call)} isn't available in ${regionText(call)}`,
    help: helpWhenNotInRegion,
  },
  'not-subscribed': {
    summary: (call) =>
      `${iamAction(call)} failed: the account isn't signed up for the service in ${regionText(call)}`,
    help: () =>
      'Finish signing up the account for the service, or set --region to a region where the account uses it.',
  },
  kms: {
    summary: (call) => `${iamAction(call)} can't use Identity Center's KMS key`,
    help: () =>
      'Identity Center is encrypted with a customer managed KMS key. Grant the caller kms:Decrypt on it, in the key policy too, and check that the key is enabled.',
  },
  'invalid-response': {
    summary: (call) => `${iamAction(call)} returned an invalid response`,
    help: () =>
      'A proxy or AWS_ENDPOINT_URL might be answering instead of AWS. Run again with --debug to see the calls.',
  },
  contradiction: {
    summary: (call) => `${iamAction(call)} returned a contradictory response`,
    help: () =>
      'Run again; the data may have changed during the run. If it keeps failing, a proxy or AWS_ENDPOINT_URL might be answering instead of AWS: --debug shows the calls.',
  },
  'invalid-request': {
    summary: (call) => `${iamAction(call)} rejected the request`,
    help: () => 'Run again with --debug to see the calls.',
  },
  'page-refused': {
    summary: (call) => `${iamAction(call)} rejected the request for the next page of the list`,
    help: () => 'Run again: the list may have changed, or the token for its next page may have expired.',
  },
  other: {
    summary: (call) => `${iamAction(call)} failed`,
    help: () => 'Run again with --debug to see the calls.',
  },
} satisfies Readonly<Record<string, KindTexts>>;

export type AwsFailureKind = keyof typeof KINDS;

/** Why one call failed. */
interface AwsProblem extends AwsCall {
  readonly kind: AwsFailureKind;
  /** AWS's own words, on one line, without secrets. */
  readonly detail: string;
}

/** A request that failed at a proxy. */
export class ProxyError extends Error {
  /** The proxy's part in it; null if the proxy wasn't reached, as `code` says. */
  readonly kind: 'proxy' | 'proxy-refused' | 'proxy-credentials' | null;
  /** The system error code of the connection. */
  readonly code: string | undefined;

  constructor(message: string, kind: ProxyError['kind'], code?: string) {
    super(message);
    // The SDK's name for a timeout.
    this.name = code === 'ETIMEDOUT' ? 'TimeoutError' : 'ProxyError';
    this.kind = kind;
    this.code = code;
  }
}

/** Ends the run with exit 3, or becomes the reason why an account is unreadable. */
export class AwsFailure extends Failure implements AwsProblem {
  readonly kind: AwsFailureKind;
  readonly service: Service;
  readonly operation: string;
  readonly region: string;
  readonly profile: string | null;
  readonly base: string | undefined;
  readonly role: string | undefined;
  readonly detail: string;
  /** The message without the detail. */
  readonly summary: string;
  readonly help: string;

  constructor(problem: AwsProblem, cause?: unknown) {
    const { kind, service, operation, region, profile, role } = problem;
    const detail = redact(problem.detail);
    const [summary, help] = [KINDS[kind].summary(problem), KINDS[kind].help(problem)];
    super(3, [{ message: `${summary}: ${detail}`, help }], cause);
    this.name = 'AwsFailure';
    this.kind = kind;
    this.service = service;
    this.operation = operation;
    this.region = region;
    this.profile = profile;
    this.base = problem.base;
    this.role = role;
    this.detail = detail;
    this.summary = summary;
    this.help = help;
  }

  /** True if the failure is about the caller's credentials, whatever the call. */
  get isOfCredentials(): boolean {
    return 'ofCredentials' in KINDS[this.kind];
  }

  /** True if the failure is about the connection to AWS, whatever the call. */
  get isOfNetwork(): boolean {
    return 'ofNetwork' in KINDS[this.kind];
  }

  override get isContradiction(): boolean {
    return this.kind === 'contradiction';
  }

  /** A copy of the failure with some details replaced. */
  with(change: Partial<Pick<AwsProblem, 'kind' | 'detail' | 'base' | 'role'>>): AwsFailure {
    const { kind, service, operation, region, profile, base, role, detail } = this;
    const problem = { kind, service, operation, region, profile, base, role, detail };
    return new AwsFailure({ ...problem, ...change }, this.cause);
  }
}

/** The failure for two answers that can't both be true. */
export function contradiction(call: AwsCall, detail: string): AwsFailure {
  return new AwsFailure({ ...call, kind: 'contradiction', detail });
}

/** True if the error is an `AwsFailure` of one of these kinds. */
export function isAwsFailure(error: unknown, ...kinds: readonly AwsFailureKind[]): error is AwsFailure {
  return error instanceof AwsFailure && kinds.includes(error.kind);
}

function didNotPass(call: AwsCall): string {
  return `${iamAction(call)} didn't get through the proxy`;
}

function noUsableCredentials(call: AwsCall): string {
  return `no usable AWS credentials${forProfile(call)}`;
}

function forProfile({ profile, base }: AwsCall): string {
  const own = profile === null ? '' : ` for profile ${profile}`;
  return base === undefined ? own : `${own} from profile ${base}`;
}

/** The `--profile` option for a command that renews the credentials at the start of the chain. */
function withBase({ profile, base }: AwsCall): string {
  return withProfile(base ?? profile);
}

/** The `--profile` option, shell-quoted where necessary. */
function withProfile(profile: string | null): string {
  if (profile === null) return '';
  return ` --profile ${shellWord(profile)}`;
}

function regionText({ region }: AwsCall): string {
  return `region ${region} (partition ${partitionOfRegion(region)})`;
}

/** The action's name in IAM policies. */
function iamAction({ service, operation }: AwsCall): string {
  return `${service === 'sso-admin' ? 'sso' : service}:${operation}`;
}

function helpWhenNotInRegion({ service, operation, region }: AwsCall): string {
  switch (service) {
    case 'sts':
      return `Activate STS in ${region} for that account (IAM, account settings), or set another region with --region.`;
    case 'sso-admin':
    case 'identitystore':
      return `Enable ${region} in the account, or set Identity Center's home region with --sso-region or another region with --region.`;
    default:
      return operation === 'ListClusters'
        ? `Enable ${region} in the account, or search other regions with --cluster-region.`
        : `Enable ${region} in the account, or set another region with --region.`;
  }
}

function helpWhenDenied({ service, operation, role }: AwsCall): string {
  switch (service) {
    case 'sts':
      return operation === 'AssumeRole'
        ? `Grant the caller sts:AssumeRole, and check that ${role === undefined ? 'the role' : `role ${role}`} exists there and trusts the caller (with the external ID, if it requires one). To assume another role, use --assume-role, or \`assumeRole\` in the config to set one per account.`
        : 'Grant the caller sts:GetCallerIdentity.';
    case 'iam':
      return `Grant iam:${operation} to the credentials that read the account.`;
    case 'organizations':
      return `Grant the caller organizations:${operation}, and call from the management account or a delegated administrator (\`organizationsProfile\` in the config). Accounts listed by ID need no Organizations call.`;
    case 'sso-admin':
      return `Grant the caller sso:${operation}, and call from the management account or Identity Center's delegated administrator (\`ssoProfile\` in the config).`;
    case 'identitystore':
      return `Grant the caller identitystore:${operation}; any account in the organization may call it.`;
    case 'eks':
      if (operation === 'ListClusters')
        return 'Grant eks:ListClusters to the credentials that read the account, or name its clusters: --cluster ARN.';
      return "Grant eks:DescribeCluster, eks:ListAccessEntries, eks:DescribeAccessEntry and eks:ListAssociatedAccessPolicies to the credentials that read the cluster's account.";
  }
}
