import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import type { Caller } from './caller.ts';
import type { Identity } from './identity.ts';
import { callSts } from './sts.ts';

/** Credentials of an assumed role. */
export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
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
  caller: Caller,
  { accountId, name, externalId }: RoleToAssume,
): Promise<TemporaryCredentials> {
  const command = {
    RoleArn: `arn:${partition}:iam::${accountId}:role/${name.replace(/^\/+/, '')}`,
    RoleSessionName: SESSION_NAME,
    DurationSeconds: DURATION_SECONDS,
    ExternalId: externalId,
  };
  const { Credentials } = await callSts(clients, target('sts'), caller, 'AssumeRole', (client, options) =>
    client.send(new AssumeRoleCommand(command), options),
  );
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials;
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}
