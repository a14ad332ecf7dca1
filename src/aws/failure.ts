import { partitionOfRegion } from '../arn.ts';
import { Failure } from '../errors.ts';
import { shellWord } from '../text.ts';
import { redact } from './redact.ts';

export type Service = 'sts' | 'iam' | 'organizations' | 'sso-admin' | 'identitystore' | 'eks';

/** Where a call goes and with whose credentials. */
export interface CallTarget {
  readonly service: Service;
  readonly region: string;
  /** Null: the default credentials. */
  readonly profile: string | null;
  /** Whose limits the call counts for, where each account has its own. */
  readonly accountId?: string | undefined;
}

/** One call, as far as a message about it needs to know. */
export interface AwsCall extends CallTarget {
  readonly operation: string;
  /** Another profile that the credentials start with. */
  readonly base?: string | undefined;
  /** The name of the role that was to be assumed. */
  readonly role?: string | undefined;
}

interface KindTexts {
  /** What went wrong, without AWS's words: failures of one cause have one summary. */
  readonly summary: (call: AwsCall) => string;
  /** What to do about it. */
  readonly help: (call: AwsCall) => string;
  /** Whether it is about the caller's credentials, whatever was asked with them. */
  readonly ofCredentials?: true;
  /** Whether it is about the way to AWS. */
  readonly ofNetwork?: true;
}

const noCredentials = { summary: noUsableCredentials, ofCredentials: true } as const;

const KINDS = {
  'no-credentials': {
    ...noCredentials,
    help: ({ profile, base = profile }) =>
      base === null
        ? 'Set AWS_PROFILE or --profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; check with `aws sts get-caller-identity`.'
        : `Check the profile in ~/.aws/config and ~/.aws/credentials, with \`aws sts get-caller-identity${withProfile(base)}\`.`,
  },
  'unknown-key': {
    summary: (call) => `${noUsableCredentials(call)} in ${regionText(call)}`,
    help: () =>
      'Check the keys. A region that the account has not enabled, or one of another partition, rejects valid keys with the same error: use another with --region.',
    ofCredentials: true,
  },
  expired: {
    summary: (call) => `the AWS credentials${forProfile(call)} have expired`,
    help: (call) => `Renew them, for example with \`aws sso login${withBase(call)}\`, and run again.`,
    ofCredentials: true,
  },
  'signed-out': {
    ...noCredentials,
    help: (call) => `Sign in with \`aws sso login${withBase(call)}\`, and run again.`,
  },
  'not-assigned': {
    ...noCredentials,
    help: () =>
      'Check sso_account_id and sso_role_name in ~/.aws/config: that permission set has to be assigned to you in that account. The access portal shows what is.',
  },
  'login-expired': {
    ...noCredentials,
    help: (call) => `Sign in with \`aws login${withBase(call)}\`, and run again.`,
  },
  process: {
    ...noCredentials,
    help: () =>
      'Run the command of credential_process by itself: it has to print JSON with Version 1, AccessKeyId and SecretAccessKey, and to exit with 0.',
  },
  'web-identity': {
    ...noCredentials,
    help: () =>
      'Check AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE (in a profile role_arn and web_identity_token_file), and that the trust policy of the role names issuer, audience and subject of the token.',
  },
  container: {
    ...noCredentials,
    help: () =>
      'Check the task role of the container, or the Pod Identity association of the service account and its agent on the node.',
  },
  instance: {
    ...noCredentials,
    help: () =>
      'Anywhere but on EC2 name a profile with --profile or AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. On EC2 the instance needs an instance profile, and for containers a metadata hop limit of 2.',
  },
  mfa: {
    ...noCredentials,
    help: ({ profile }) =>
      `Run it on a terminal; or let the AWS CLI ask for the code, and run again without the profile: \`eval "$(aws configure export-credentials${withProfile(profile)} --format env)"\`.`,
  },
  'mfa-code': {
    ...noCredentials,
    help: () =>
      'Run again with the next code of the device: each works once. If none is accepted, check mfa_serial in ~/.aws/config and the clock of the device.',
  },
  'role-denied': {
    ...noCredentials,
    help: () =>
      'The credentials before it (source_profile, credential_source) need sts:AssumeRole, and the role must exist and trust them, with the external_id and mfa_serial of the profile if it asks for them.',
  },
  denied: { summary: (call) => `${iamAction(call)} is denied`, help: helpWhenDenied },
  'not-found': {
    summary: (call) => `${iamAction(call)}: not found`,
    help: () => 'Check that it still exists.',
  },
  throttled: {
    summary: (call) => `${iamAction(call)} was throttled on every attempt`,
    help: () => 'Something else uses up the limit of these calls; run again later.',
  },
  network: {
    summary: (call) => `${iamAction(call)} got no response`,
    help: () =>
      'Check the network, the region (--region) and AWS_ENDPOINT_URL if it is set; if AWS is only reached through a proxy, name it in HTTPS_PROXY.',
    ofNetwork: true,
  },
  endpoint: {
    summary: (call) => `${iamAction(call)} has no valid endpoint`,
    help: () =>
      'Give AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SERVICE or `endpoint_url` in ~/.aws/config as https://HOST or http://HOST:PORT, or remove it.',
    ofNetwork: true,
  },
  proxy: {
    summary: didNotPass,
    help: () =>
      'Check the address of the proxy, and that it runs and reaches AWS; hosts that need no proxy belong in NO_PROXY.',
    ofNetwork: true,
  },
  'proxy-refused': {
    summary: didNotPass,
    help: () =>
      'The proxy has to allow the hosts of AWS (CONNECT to port 443); hosts that need no proxy belong in NO_PROXY.',
    ofNetwork: true,
  },
  'proxy-credentials': {
    summary: didNotPass,
    help: () =>
      'Give user name and password in its address, http://USER:PASSWORD@HOST:PORT, with special characters percent-encoded (@ is %40). Only Basic authentication is supported.',
    ofNetwork: true,
  },
  'not-aws': {
    summary: (call) => `${iamAction(call)} got an answer that is not from AWS`,
    help: () =>
      'A proxy, a sign-in page of the network or AWS_ENDPOINT_URL answers in place of AWS: have the proxy allow the hosts of AWS (*.amazonaws.com), or correct the address.',
    ofNetwork: true,
  },
  untrusted: {
    summary: (call) => `${iamAction(call)} failed: the TLS certificate is not trusted`,
    help: () =>
      'If a private CA stands between here and AWS, such as that of a proxy, name its file (PEM) in AWS_CA_BUNDLE, in `ca_bundle` of the profile or in NODE_EXTRA_CA_CERTS.',
    ofNetwork: true,
  },
  'no-organization': {
    summary: () => 'the account is not in an organization',
    help: () => 'Give accounts by id or as `self`: that needs no organization.',
  },
  region: {
    summary: (call) => `${iamAction(call)} is not available in ${regionText(call)}`,
    help: helpWhenNotInRegion,
  },
  'not-subscribed': {
    summary: (call) =>
      `${iamAction(call)} failed: the account is not signed up for the service in ${regionText(call)}`,
    help: () => 'Finish signing the account up for it, or use a region where it is in use with --region.',
  },
  kms: {
    summary: (call) => `${iamAction(call)} cannot use the KMS key of Identity Center`,
    help: () =>
      'Identity Center is encrypted with a customer managed KMS key: allow kms:Decrypt on it to the caller, in the key policy too, and check that the key is enabled.',
  },
  'invalid-response': {
    summary: (call) => `${iamAction(call)} returned an invalid response`,
    help: () =>
      'A proxy or AWS_ENDPOINT_URL may answer in place of AWS; run again, with --debug to see the calls.',
  },
  contradiction: {
    summary: (call) => `${iamAction(call)} returned a contradictory response`,
    help: () =>
      'Run again: AWS may have changed meanwhile. If it stays, a proxy or AWS_ENDPOINT_URL may answer in place of AWS; --debug shows the calls.',
  },
  'invalid-request': {
    summary: (call) => `${iamAction(call)} rejected the request`,
    help: () => 'Run again with --debug to see the calls.',
  },
  other: {
    summary: (call) => `${iamAction(call)} failed`,
    help: () => 'Run again with --debug to see the calls.',
  },
} satisfies Readonly<Record<string, KindTexts>>;

export type AwsFailureKind = keyof typeof KINDS;

/** What AWS, or the way to it, answered to one call. */
interface AwsProblem extends AwsCall {
  readonly kind: AwsFailureKind;
  /** AWS's own words, one line, without secrets. */
  readonly detail: string;
}

/** A request that did not get through a proxy. */
export class ProxyError extends Error {
  /** What the proxy has to do with it; null: it was not reached, as `code` says. */
  readonly kind: 'proxy' | 'proxy-refused' | 'proxy-credentials' | null;
  /** The system's code of a connection error. */
  readonly code: string | undefined;

  constructor(message: string, kind: ProxyError['kind'], code?: string) {
    super(message);
    // As the SDK calls it.
    this.name = code === 'ETIMEDOUT' ? 'TimeoutError' : 'ProxyError';
    this.kind = kind;
    this.code = code;
  }
}

/** Ends the run with exit 3, or becomes the reason why one account is unreadable. */
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

  /** Whether it is about the caller's credentials, whatever was asked with them. */
  get isOfCredentials(): boolean {
    return 'ofCredentials' in KINDS[this.kind];
  }

  /** Whether it is about the way to AWS, whatever was asked there. */
  get isOfNetwork(): boolean {
    return 'ofNetwork' in KINDS[this.kind];
  }

  override get isContradiction(): boolean {
    return this.kind === 'contradiction';
  }

  /** The same failure where some of it is known better. */
  with(change: Partial<Pick<AwsProblem, 'kind' | 'detail' | 'base' | 'role'>>): AwsFailure {
    const { kind, service, operation, region, profile, base, role, detail } = this;
    const problem = { kind, service, operation, region, profile, base, role, detail };
    return new AwsFailure({ ...problem, ...change }, this.cause);
  }
}

/** What answers to different questions say, where both cannot be true. */
export function contradiction(call: AwsCall, detail: string): AwsFailure {
  return new AwsFailure({ ...call, kind: 'contradiction', detail });
}

/** Whether this is a call's failure, of one of these kinds. */
export function isAwsFailure(error: unknown, ...kinds: readonly AwsFailureKind[]): error is AwsFailure {
  return error instanceof AwsFailure && kinds.includes(error.kind);
}

function didNotPass(call: AwsCall): string {
  return `${iamAction(call)} did not get through the proxy`;
}

function noUsableCredentials(call: AwsCall): string {
  return `no usable AWS credentials${forProfile(call)}`;
}

function forProfile({ profile, base }: AwsCall): string {
  const own = profile === null ? '' : ` for profile ${profile}`;
  return base === undefined ? own : `${own} from profile ${base}`;
}

/** For a command that renews what the profile's credentials start with. */
function withBase({ profile, base }: AwsCall): string {
  return withProfile(base ?? profile);
}

/** Quoted for a shell where it needs to be. */
function withProfile(profile: string | null): string {
  if (profile === null) return '';
  return ` --profile ${shellWord(profile)}`;
}

function regionText({ region }: AwsCall): string {
  return `region ${region} (partition ${partitionOfRegion(region)})`;
}

/** The action as IAM policies name it. */
function iamAction({ service, operation }: AwsCall): string {
  return `${service === 'sso-admin' ? 'sso' : service}:${operation}`;
}

function helpWhenNotInRegion({ service, region }: AwsCall): string {
  switch (service) {
    case 'sts':
      return `Activate STS for ${region} in that account (IAM, account settings), or use another region with --region.`;
    case 'sso-admin':
    case 'identitystore':
      return `Enable ${region} in the account, or name the home region of Identity Center with --sso-region, another region with --region.`;
    default:
      return `Enable ${region} in the account, or use another region with --region.`;
  }
}

function helpWhenDenied({ service, operation, role }: AwsCall): string {
  switch (service) {
    case 'sts':
      return operation === 'AssumeRole'
        ? `The caller needs sts:AssumeRole, and ${role === undefined ? 'the role' : `role ${role}`} must exist there and trust the caller (with the external id, if it asks for one); --assume-role names another role, \`assumeRole\` in the config one for each account.`
        : 'Allow sts:GetCallerIdentity.';
    case 'iam':
      return `Allow iam:${operation} to the credentials that read the account.`;
    case 'organizations':
      return `Allow organizations:${operation}, and call from the management account or a delegated administrator (--organizations-profile); accounts given by id need no Organizations call.`;
    case 'sso-admin':
      return `Allow sso:${operation}, and call from the management account or the delegated administrator of Identity Center (--sso-profile).`;
    case 'identitystore':
      return `Allow identitystore:${operation}; any account of the organization may call it.`;
    case 'eks':
      return 'Allow eks:DescribeCluster, eks:ListAccessEntries, eks:DescribeAccessEntry and eks:ListAssociatedAccessPolicies to the credentials that read the account of the cluster.';
  }
}
