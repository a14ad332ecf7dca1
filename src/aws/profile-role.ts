import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { parseArn } from '../arn.ts';
import type { Ask } from '../io.ts';
import type { Answer } from './answers.ts';
import type { ProfileRoles, TemporaryCredentials } from './clients.ts';
import { AwsFailure, isAwsFailure } from './failure.ts';
import { keepSecret } from './redact.ts';

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
export interface RoleSteps {
  readonly profile: string | null;
  readonly region: string;
  readonly ask: Ask | undefined;
  readonly mfaSessions: MfaSessions;
  readonly signal: AbortSignal;
  readonly call: <Name extends 'AssumeRole' | 'AssumeRoleWithWebIdentity'>(
    credentials: Source | undefined,
    operation: Name,
    input: object,
    send: (client: STSClient) => Promise<unknown>,
  ) => Promise<Answer<Name>>;
}

type AssumeRole = NonNullable<ProfileRoles['roleAssumer']>;
type Source = Parameters<AssumeRole>[0];
type Role = Parameters<AssumeRole>[1];
type WebRole = Parameters<NonNullable<ProfileRoles['roleAssumerWithWebIdentity']>>[0];

/** Number of prompts for a code before the run fails. */
const ATTEMPTS = 2;

/**
 * Assumes a profile's role with the previous step's credentials, and prompts for an MFA code if the profile has a
 * device.
 * @throws AwsFailure `role-denied`, `mfa`, `mfa-code`, or another STS failure
 */
export async function assumeProfileRole(steps: RoleSteps, source: Source, role: Role): Promise<RoleSession> {
  const named = { ...role, RoleSessionName: sessionName(role.RoleSessionName) };
  if (role.SerialNumber === undefined) return assume(steps, source, named);
  const { mfaSessions } = steps;
  const key = JSON.stringify(named);
  const session = mfaSessions.get(key) ?? afterLast(mfaSessions, () => assumeWithCode(steps, source, named));
  mfaSessions.set(key, session);
  return session;
}

/** Asks one question at a time, and none after one failed. */
async function afterLast(sessions: MfaSessions, open: () => Promise<RoleSession>): Promise<RoleSession> {
  await [...sessions.values()].at(-1);
  return open();
}

async function assumeWithCode(steps: RoleSteps, source: Source, role: Role): Promise<RoleSession> {
  const { ask, profile, region, signal } = steps;
  const problem = { service: 'sts', operation: 'AssumeRole', region, profile } as const;
  let before = '';
  for (let attempt = 1; ; attempt += 1) {
    const code = (await ask?.(`${before}Enter MFA code for ${role.SerialNumber}: `, signal))?.replaceAll(
      ' ',
      '',
    );
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
  const call = steps.call(source, 'AssumeRole', role, (client) => client.send(new AssumeRoleCommand(role)));
  const answer = await call.catch((error: unknown) => {
    if (!isAwsFailure(error, 'denied')) throw error;
    const isOfCode = /\bMultiFactorAuthentication failed\b/.test(error.detail);
    throw error.with({ kind: isOfCode ? 'mfa-code' : 'role-denied' });
  });
  return sessionOf(answer, role.RoleArn, { CREDENTIALS_STS_ASSUME_ROLE: 'i' });
}

/** Assumes a role with a token from Kubernetes, GitHub or another identity provider of the account. */
export async function assumeRoleWithToken(steps: RoleSteps, role: WebRole): Promise<RoleSession> {
  const named = { ...role, RoleSessionName: sessionName(role.RoleSessionName) };
  // The call is not signed.
  const answer = await steps.call(undefined, 'AssumeRoleWithWebIdentity', named, (client) =>
    client.send(new AssumeRoleWithWebIdentityCommand(named)),
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
export function credentialsOf({ Credentials }: Answer<'AssumeRole'>): TemporaryCredentials {
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials;
  keepSecret(SecretAccessKey, SessionToken);
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/** The session name for CloudTrail, if the profile sets none: the SDK would generate one from the time. */
function sessionName(stated = ''): string {
  return /^aws-sdk-js-(session-)?\d+$/.test(stated) ? 'aws-auth-sso' : stated;
}
