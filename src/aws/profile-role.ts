import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { parseArn } from '../arn.ts';
import type { Ask } from '../io.ts';
import type { Answer } from './answers.ts';
import type { ProfileRoles, TemporaryCredentials } from './clients.ts';
import { AwsFailure, isAwsFailure } from './failure.ts';
import { keepSecret } from './redact.ts';

/** Credentials of a role that a profile names, with the account that AWS made them for. */
interface RoleSession extends TemporaryCredentials {
  readonly expiration?: Date;
  readonly accountId?: string;
  /** The SDK's note of where credentials come from. */
  readonly $source: Readonly<Record<string, string>>;
}

/** Sessions that an MFA code opened, by role: several profiles may lead through one, and a code works once. */
export type MfaSessions = Map<string, Promise<RoleSession>>;

/** What it takes to assume the roles of a profile. */
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

/** How often a code is asked for before the run ends. */
const ATTEMPTS = 2;

/**
 * Assumes the role of a profile with the credentials of the step before it, and asks for an MFA code where the profile has a device.
 * @throws AwsFailure `role-denied`, `mfa`, `mfa-code`, or what else STS says
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

/** One question at a time, and none any more once one has failed. */
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
      const detail = `${role.RoleArn} requires an MFA code, and there is no terminal to ask for it`;
      throw new AwsFailure({ ...problem, kind: 'mfa', detail });
    }
    try {
      if (/^\d{6}$/.test(code)) return await assume(steps, source, { ...role, TokenCode: code });
      throw new AwsFailure({ ...problem, kind: 'mfa-code', detail: 'an MFA code has 6 digits' });
    } catch (error) {
      if (!isAwsFailure(error, 'mfa-code') || attempt === ATTEMPTS) throw error;
      before = `Not accepted: ${error.detail}\n`;
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

/** Assumes a role with a token of Kubernetes, GitHub or another that the account knows as an identity provider. */
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

/** The credentials that STS gave out, which no message may hold from now on. */
export function credentialsOf({ Credentials }: Answer<'AssumeRole'>): TemporaryCredentials {
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials;
  keepSecret(SecretAccessKey, SessionToken);
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/** The name in CloudTrail, where the profile states none: the SDK would make one of the time. */
function sessionName(stated = ''): string {
  return /^aws-sdk-js-(session-)?\d+$/.test(stated) ? 'aws-auth-sso' : stated;
}
