import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  type STSClient,
} from '@aws-sdk/client-sts';
import { parseArn, partitionOfRegion } from '../arn.ts';
import { type Failure, refusal } from '../errors.ts';
import type { Ask } from '../io.ts';
import { quoted } from '../text.ts';
import type { Expected } from './agreement.ts';
import type { Answer, Operation } from './answers.ts';
import { ProfileClients, type ProfileRoles, type TemporaryCredentials } from './clients.ts';
import type { CredentialProcesses } from './credential-process.ts';
import { AwsFailure, isAwsFailure } from './failure.ts';
import { type CredentialSource, explainMissing, type RunRegion } from './profile.ts';
import { keepSecret } from './redact.ts';
import { type NetworkOptions, openTransport, type Transport } from './request-handler.ts';
import { inTime, orAbort, type Retrier } from './retry.ts';
import { translate } from './translate-error.ts';

/** Everything needed to make calls. */
interface Access extends RunRegion {
  /** Null for the default credentials. */
  readonly profile: string | null;
  readonly clients: ProfileClients;
  readonly retrier: Retrier;
  readonly renewal: Renewal;
}

/** The caller behind a profile's credentials. */
export interface Identity extends Access {
  readonly accountId: string;
  readonly partition: string;
}

/**
 * Finds the account of the credentials: from the credentials themselves if AWS issued them for an account, else from
 * STS. AWS_ACCOUNT_ID and aws_account_id are set by hand, next to the keys, and often belong to another account.
 * @throws AwsFailure `no-credentials`, `expired` and so on; Failure (exit 2) if the stated account is wrong
 */
export async function identify(
  options: NetworkOptions &
    RunRegion & {
      readonly source: CredentialSource;
      /** Prompts for an MFA code. */
      readonly ask: Ask | undefined;
      /** Shared by all identities of a run. */
      readonly mfaSessions: MfaSessions;
      readonly processes: CredentialProcesses;
    },
  retrier: Retrier,
): Promise<Identity> {
  const { region, isRegionSet, source, ask, mfaSessions, processes } = options;
  const { profile } = source;
  keepSecret(options.env.AWS_SECRET_ACCESS_KEY, options.env.AWS_SESSION_TOKEN);
  const transport = await openTransport(options, profile, retrier.timing.timeout);
  const clients = new ProfileClients(options, transport, {
    roleAssumer: (credentials, role) => assumeProfileRole(steps, credentials, role),
    roleAssumerWithWebIdentity: (role) => assumeRoleWithToken(steps, role),
  });
  const renew = () => {
    processes.forget();
    mfaSessions.clear();
    return statedAccount(access, source, transport, true);
  };
  const renewal = new Renewal(source.from === 'environment' ? null : renew);
  const access: Access = { profile, region, isRegionSet, clients, retrier, renewal };
  const steps: RoleSteps = { ...access, ask, mfaSessions };
  const stated = await statedAccount(access, source, transport);
  const accountId = stated?.isProven ? stated.accountId : (await whoami(access, undefined)).Account;
  if (stated && stated.accountId !== accountId) throw otherAccount(stated.accountId, accountId, profile);
  return { ...access, accountId, partition: partitionOfRegion(region) };
}

/** @param accountId the account of the credentials, once known */
function whoami(access: Access, accountId: string | undefined): Promise<Answer<'GetCallerIdentity'>> {
  const send = (client: STSClient) => client.send(new GetCallerIdentityCommand({}));
  return access.renewal.call(() => callSts(access, 'GetCallerIdentity', send, { input: {}, accountId }));
}

/**
 * The caller's ARN.
 * @throws AwsFailure
 */
export async function callerArn(identity: Identity): Promise<string> {
  return (await whoami(identity, identity.accountId)).Arn;
}

/** The SDK's notes on credentials whose account comes from AWS itself: assumed roles, and roles in Identity Center. */
const PROVEN = [
  'CREDENTIALS_STS_ASSUME_ROLE',
  'CREDENTIALS_STS_ASSUME_ROLE_WEB_ID',
  'CREDENTIALS_SSO',
  'CREDENTIALS_SSO_LEGACY',
];

/**
 * The account stated with the credentials; `isProven` if AWS issued them for it.
 * @param forceRefresh true to request new credentials
 */
async function statedAccount(
  { profile, region, clients, retrier }: Access,
  source: CredentialSource,
  transport: Transport,
  forceRefresh = false,
) {
  try {
    const found = orAbort(clients.sts.config.credentials({ forceRefresh }), retrier.signal);
    // The SDK sets no timeout for the container's response.
    const credentials = await (source.from === 'container' ? inTime(found, retrier.timing.timeout) : found);
    const { accountId, secretAccessKey, sessionToken } = credentials;
    keepSecret(secretAccessKey, sessionToken);
    const noted: unknown = '$source' in credentials ? credentials.$source : undefined;
    const isProven =
      typeof noted === 'object' && noted !== null && PROVEN.some((feature) => feature in noted);
    return accountId ? { accountId, isProven } : undefined;
  } catch (error) {
    if (retrier.signal.aborted) throw error;
    const call = { service: 'sts', operation: 'GetCallerIdentity', region, profile } as const;
    const reason = error instanceof AwsFailure ? error : (transport.connectionError() ?? error);
    throw await explainMissing(translate(reason, call), source);
  }
}

function otherAccount(stated: string, account: string, profile: string | null): Failure {
  const where =
    profile === null
      ? 'AWS_ACCOUNT_ID'
      : `profile ${quoted(profile)} (aws_account_id, or its credential_process)`;
  return refusal({
    message: `the credentials belong to account ${account}, but ${where} says ${quoted(stated)}`,
    help: 'Correct or remove that account ID, or use credentials of the intended account.',
  });
}

/** A role to assume in another account. */
interface RoleToAssume {
  readonly accountId: string;
  /** A name or path/name. */
  readonly name: string;
  readonly externalId?: string | undefined;
  /** Shows in CloudTrail. */
  readonly sessionName: string;
}

/** A session of a role in another account, which is assumed once more if it ends. */
export class AssumedSession {
  private readonly role: string;
  private readonly renewal: Renewal;
  private current: TemporaryCredentials;

  private constructor(role: RoleToAssume, current: TemporaryCredentials, identity: Identity) {
    this.role = role.name;
    this.current = current;
    this.renewal = new Renewal(async () => {
      this.current = await assumeRole(identity, role);
    });
  }

  /** @throws AwsFailure that names the role */
  static async open(identity: Identity, role: RoleToAssume): Promise<AssumedSession> {
    return new AssumedSession(role, await assumeRole(identity, role), identity);
  }

  get credentials(): TemporaryCredentials {
    return this.current;
  }

  /** Makes a call, as `Renewal` does. */
  async call<T>(make: () => Promise<T>): Promise<T> {
    try {
      return await this.renewal.call(make);
    } catch (error) {
      if (!isAwsFailure(error, 'expired') || error.service === 'sts') throw error;
      throw error.with({ kind: 'session-ended', role: this.role });
    }
  }
}

/** The shortest session that STS allows; reading an account's roles takes seconds. */
const DURATION_SECONDS = 900;

async function assumeRole(
  identity: Identity,
  { accountId, name, externalId, sessionName }: RoleToAssume,
): Promise<TemporaryCredentials> {
  const input = {
    RoleArn: `arn:${identity.partition}:iam::${accountId}:role/${name}`,
    RoleSessionName: sessionName,
    DurationSeconds: DURATION_SECONDS,
    ExternalId: externalId,
  };
  const send = (client: STSClient) => client.send(new AssumeRoleCommand(input));
  try {
    const assume = () => callSts(identity, 'AssumeRole', send, { input });
    return credentialsOf(await identity.renewal.call(assume));
  } catch (error) {
    throw error instanceof AwsFailure ? error.with({ role: name }) : error;
  }
}

/** STS can't be disabled in this region. */
const ALWAYS_ON = 'us-east-1';

/**
 * Calls STS in the profile's region. If that region refuses (STS is off for the target account, or the region isn't
 * enabled), calls STS in us-east-1.
 * @throws AwsFailure the second one, unless both are of the same kind
 */
async function callSts<Name extends Extract<Operation, 'GetCallerIdentity' | `AssumeRole${string}`>>(
  { profile, region, clients, retrier }: Access,
  operation: Name,
  send: (client: STSClient) => Promise<unknown>,
  asked: Pick<Expected, 'input' | 'accountId'>,
  clientIn = (of: string) => (of === region ? clients.sts : clients.stsIn(of)),
): Promise<Answer<Name>> {
  const callIn = (of: string) => {
    const target = { service: 'sts', region: of, profile } as const;
    return retrier.call(target, operation, () => send(clientIn(of)), { ...asked, region: of });
  };
  try {
    return await callIn(region);
  } catch (first) {
    const mayWorkElsewhere =
      first instanceof AwsFailure &&
      first.region !== ALWAYS_ON &&
      partitionOfRegion(first.region) === 'aws' &&
      ['region', 'not-subscribed', 'unknown-key'].includes(first.kind);
    if (!mayWorkElsewhere) throw first;
    try {
      return await callIn(ALWAYS_ON);
    } catch (second) {
      throw second instanceof AwsFailure && second.kind === first.kind ? first : second;
    }
  }
}

/** Credentials of calls; they may end before the run does. */
class Renewal {
  private readonly renew: (() => Promise<unknown>) | null;
  private count = 0;
  private latest: Promise<unknown> = Promise.resolve();

  /** @param renew requests new credentials; null if there can't be any */
  constructor(renew: (() => Promise<unknown>) | null) {
    this.renew = renew;
  }

  /**
   * Makes a call, and once more with new credentials if AWS says that they have expired. Calls that fail together request
   * new ones together.
   * @throws AwsFailure also if there are no new credentials
   */
  async call<T>(make: () => Promise<T>): Promise<T> {
    await this.latest;
    const { count, renew } = this;
    try {
      return await make();
    } catch (error) {
      if (!renew || !isAwsFailure(error, 'expired')) throw error;
      if (count === this.count) {
        this.count += 1;
        this.latest = renew();
      }
      await this.latest;
      return make();
    }
  }
}

/** Credentials of a profile's role, with the account that AWS issued them for. */
interface RoleSession extends TemporaryCredentials {
  readonly expiration?: Date;
  readonly accountId?: string;
  /** The SDK's note on the credentials' source. */
  readonly $source: Readonly<Record<string, string>>;
}

/** Sessions opened with an MFA code, by role: several profiles may share a role, and each code works once. */
export type MfaSessions = Map<string, Promise<RoleSession>>;

/** Everything needed to assume a profile's roles. */
interface RoleSteps extends Access {
  readonly ask: Ask | undefined;
  readonly mfaSessions: MfaSessions;
}

type AssumeRole = NonNullable<ProfileRoles['roleAssumer']>;
type Source = Parameters<AssumeRole>[0];
type Role = Parameters<AssumeRole>[1];

/** Number of prompts for a code before the run fails. */
const ATTEMPTS = 2;

/**
 * Assumes a profile's role with the previous step's credentials, and prompts for an MFA code if the profile has a
 * device.
 * @throws AwsFailure `role-denied`, `mfa`, `mfa-code`, or another STS failure
 */
async function assumeProfileRole(steps: RoleSteps, source: Source, role: Role): Promise<RoleSession> {
  const named = { ...role, RoleSessionName: sessionName(role.RoleSessionName) };
  if (role.SerialNumber === undefined) return assume(steps, source, named);
  const { mfaSessions } = steps;
  const key = JSON.stringify(named);
  // Asks one question at a time, and none after one failed.
  const open = async (last: Promise<RoleSession> | undefined) => {
    await last;
    return assumeWithCode(steps, source, named);
  };
  const session = mfaSessions.get(key) ?? open([...mfaSessions.values()].at(-1));
  mfaSessions.set(key, session);
  return session;
}

async function assumeWithCode(steps: RoleSteps, source: Source, role: Role): Promise<RoleSession> {
  const { ask, profile, region, retrier } = steps;
  const problem = { service: 'sts', operation: 'AssumeRole', region, profile } as const;
  let before = '';
  for (let attempt = 1; ; attempt += 1) {
    const code = (
      await ask?.(`${before}Enter MFA code for ${role.SerialNumber}: `, retrier.signal)
    )?.replaceAll(' ', '');
    if (code === undefined) {
      const detail = `${role.RoleArn} requires an MFA code, but there is no terminal to ask for it`;
      throw new AwsFailure({ ...problem, kind: 'mfa', detail });
    }
    try {
      if (/^\d{6}$/.test(code)) return await assume(steps, source, { ...role, TokenCode: code });
      throw new AwsFailure({ ...problem, kind: 'mfa-code', detail: 'an MFA code has 6 digits' });
    } catch (error) {
      if (!isAwsFailure(error, 'mfa-code') || attempt === ATTEMPTS) throw error;
      before = `Code rejected: ${error.detail}\n`;
    }
  }
}

async function assume(steps: RoleSteps, source: Source, role: Role): Promise<RoleSession> {
  const send = (client: STSClient) => client.send(new AssumeRoleCommand(role));
  const call = callSts(steps, 'AssumeRole', send, { input: role }, (region) =>
    steps.clients.stsWith(source, region),
  );
  const answer = await call.catch((error: unknown) => {
    if (!isAwsFailure(error, 'denied')) throw error;
    const isOfCode = /\bMultiFactorAuthentication failed\b/.test(error.detail);
    throw error.with({ kind: isOfCode ? 'mfa-code' : 'role-denied' });
  });
  return sessionOf(answer, role.RoleArn, { CREDENTIALS_STS_ASSUME_ROLE: 'i' });
}

/** Assumes a role with a token from Kubernetes, GitHub or another identity provider of the account. */
async function assumeRoleWithToken(
  steps: RoleSteps,
  role: Parameters<NonNullable<ProfileRoles['roleAssumerWithWebIdentity']>>[0],
): Promise<RoleSession> {
  const named = { ...role, RoleSessionName: sessionName(role.RoleSessionName) };
  const send = (client: STSClient) => client.send(new AssumeRoleWithWebIdentityCommand(named));
  // The call is not signed.
  const answer = await callSts(steps, 'AssumeRoleWithWebIdentity', send, { input: named }, (region) =>
    steps.clients.stsWith(undefined, region),
  );
  return sessionOf(answer, role.RoleArn, { CREDENTIALS_STS_ASSUME_ROLE_WEB_ID: 'k' });
}

function sessionOf(
  answer: Answer<'AssumeRole'>,
  roleArn: string | undefined,
  $source: RoleSession['$source'],
): RoleSession {
  const { Expiration } = answer.Credentials;
  const accountId = parseArn(roleArn ?? '')?.accountId;
  return {
    ...credentialsOf(answer),
    ...(Expiration && { expiration: Expiration }),
    ...(accountId && { accountId }),
    $source: { ...$source },
  };
}

/** The credentials from STS, registered as secrets. */
function credentialsOf({ Credentials }: Answer<'AssumeRole'>): TemporaryCredentials {
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials;
  keepSecret(SecretAccessKey, SessionToken);
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/** The session name for CloudTrail, if the profile sets none: the SDK would generate one from the time. */
function sessionName(stated = ''): string {
  return /^aws-sdk-js-(session-)?\d+$/.test(stated) ? 'aws-auth-sso' : stated;
}
