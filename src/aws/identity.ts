import { AssumeRoleCommand, GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { parseArn, partitionOfRegion } from '../arn.ts';
import { type Failure, refusal } from '../errors.ts';
import { quoted } from '../text.ts';
import { orAbort } from './abort.ts';
import type { Answer } from './answers.ts';
import { type ClientOptions, ProfileClients, type TemporaryCredentials } from './clients.ts';
import { AwsFailure, isOfCredentials, type Service } from './failure.ts';
import type { CallTarget, Retrier } from './retry.ts';
import { translate } from './translate-error.ts';

/** Who calls AWS with a profile's credentials. */
export interface Identity {
  readonly accountId: string;
  readonly partition: string;
  readonly clients: ProfileClients;
  /** Where this identity's calls to a service go; the region is the profile's unless another is given. */
  readonly target: (service: Service, region?: string) => CallTarget;
}

/**
 * Finds out whose credentials these are: from themselves where AWS made them for an account, else from STS. AWS_ACCOUNT_ID and
 * aws_account_id are what somebody wrote beside the keys, and often of another account.
 * @throws AwsFailure `no-credentials`, `expired` and the like; Failure (exit 2) where an account is stated and it is another one
 */
export async function identify(options: ClientOptions, retrier: Retrier): Promise<Identity> {
  const clients = new ProfileClients(options, retrier.timing.timeout);
  const { region, source } = options;
  const target = (service: Service, of = region): CallTarget => ({
    service,
    region: of,
    profile: source.profile,
  });
  const stated = await statedAccount(clients, target('sts'), retrier);
  if (stated?.isProven) return { ...stated, partition: partitionOfRegion(region), clients, target };
  const { Account, Arn } = await callSts(
    clients,
    target('sts'),
    retrier,
    'GetCallerIdentity',
    (client, sdk) => client.send(new GetCallerIdentityCommand({}), sdk),
  );
  if (stated && stated.accountId !== Account) throw contradiction(stated.accountId, Account, source.profile);
  const partition = parseArn(Arn)?.partition ?? partitionOfRegion(region);
  return { accountId: Account, partition, clients, target };
}

interface StatedAccount {
  readonly accountId: string;
  /** Whether AWS gave the credentials out for that account. */
  readonly isProven: boolean;
}

async function statedAccount(
  clients: ProfileClients,
  target: CallTarget,
  retrier: Retrier,
): Promise<StatedAccount | undefined> {
  try {
    const credentials = await orAbort(clients.sts.config.credentials(), retrier.signal);
    const { accountId } = credentials;
    return accountId ? { accountId, isProven: isProven(credentials) } : undefined;
  } catch (error) {
    if (retrier.signal.aborted) throw error;
    throw withoutCredentials(translate(error, { ...target, operation: 'GetCallerIdentity' }));
  }
}

/** The SDK notes on credentials how they came about; of an assumed role, and of a role in Identity Center, AWS itself says the account. */
const PROVEN = [
  'CREDENTIALS_STS_ASSUME_ROLE',
  'CREDENTIALS_STS_ASSUME_ROLE_WEB_ID',
  'CREDENTIALS_SSO',
  'CREDENTIALS_SSO_LEGACY',
];

function isProven(credentials: object): boolean {
  const source: unknown = '$source' in credentials ? credentials.$source : undefined;
  return typeof source === 'object' && source !== null && PROVEN.some((feature) => feature in source);
}

/** Finding credentials can fail in other services (a denied sign-in, say); what matters here is that there are none. */
function withoutCredentials(failure: AwsFailure): AwsFailure {
  const isSaid = isOfCredentials(failure) || ['network', 'untrusted', 'region'].includes(failure.kind);
  return isSaid ? failure : failure.with({ kind: 'no-credentials' });
}

function contradiction(stated: string, account: string, profile: string | null): Failure {
  const where =
    profile === null
      ? 'AWS_ACCOUNT_ID'
      : `profile ${quoted(profile)} (aws_account_id, or what its process says)`;
  return refusal({
    message: `the credentials are of account ${account}, but ${where} says ${quoted(stated)}`,
    help: 'Correct or remove what is stated, or use credentials of the account that is meant.',
  });
}

/** What to assume in another account. */
export interface RoleToAssume {
  readonly accountId: string;
  /** A name or path/name. */
  readonly name: string;
  readonly externalId?: string | undefined;
}

const SESSION_NAME = 'aws-auth-sso';
/** The least that STS gives; reading an account's roles takes seconds. */
const DURATION_SECONDS = 900;

export async function assumeRole(
  { clients, partition, target }: Identity,
  retrier: Retrier,
  { accountId, name, externalId }: RoleToAssume,
): Promise<TemporaryCredentials> {
  const command = {
    RoleArn: `arn:${partition}:iam::${accountId}:role/${name.replace(/^\/+/, '')}`,
    RoleSessionName: SESSION_NAME,
    DurationSeconds: DURATION_SECONDS,
    ExternalId: externalId,
  };
  const { Credentials } = await callSts(clients, target('sts'), retrier, 'AssumeRole', (client, options) =>
    client.send(new AssumeRoleCommand(command), options),
  );
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials;
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/** Where STS is on in every account: it cannot be switched off there. */
const ALWAYS_ON = 'us-east-1';

/**
 * Calls STS in the region of the profile and, where that refuses (STS is off for the account that is asked about, or the region is
 * one that it has not enabled), in us-east-1.
 * @throws AwsFailure the second one where it says something else
 */
export async function callSts<Name extends 'GetCallerIdentity' | 'AssumeRole'>(
  clients: ProfileClients,
  target: CallTarget,
  retrier: Retrier,
  operation: Name,
  send: (client: STSClient, options: { abortSignal: AbortSignal }) => Promise<unknown>,
): Promise<Answer<Name>> {
  try {
    return await retrier.call(target, operation, (options) => send(clients.sts, options));
  } catch (first) {
    if (!(first instanceof AwsFailure) || !mayWorkElsewhere(first)) throw first;
    try {
      const elsewhere = clients.stsIn(ALWAYS_ON);
      return await retrier.call({ ...target, region: ALWAYS_ON }, operation, (options) =>
        send(elsewhere, options),
      );
    } catch (second) {
      throw second instanceof AwsFailure && second.kind === first.kind ? first : second;
    }
  }
}

function mayWorkElsewhere({ kind, region }: AwsFailure): boolean {
  if (region === ALWAYS_ON || partitionOfRegion(region) !== 'aws') return false;
  return kind === 'region' || kind === 'not-subscribed' || kind === 'unknown-key';
}
