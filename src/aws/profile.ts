import { STSClient } from '@aws-sdk/client-sts';
import { loadSharedConfigFiles } from '@smithy/core/config';
import type { Finding } from '../errors.ts';
import { quoted } from '../text.ts';
import { AwsFailure } from './failure.ts';

/** Where the credentials of an identity come from. */
export interface CredentialSource {
  /** Null: none was named. */
  readonly profile: string | null;
  /** `profile`: the one that was named, else the one called default. `environment`: the keys there alone. */
  readonly from: 'profile' | 'environment' | 'web-identity' | 'container' | 'instance';
}

type Env = Readonly<Record<string, string | undefined>>;

/** A profile that was named with --profile. */
export function statedProfile(profile: string): CredentialSource {
  return { profile, from: 'profile' };
}

/**
 * What the AWS CLI does where no profile is stated: keys in the environment go before AWS_PROFILE, which then gives its settings alone,
 * and has to exist all the same. Without keys AWS_PROFILE is a stated profile.
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html
 * @throws AwsFailure `no-credentials` where AWS_PROFILE names none, for half a pair of keys, or where there is nothing to look for them in
 */
export async function defaultSource(
  env: Env,
  onFinding: (finding: Finding) => void,
): Promise<CredentialSource> {
  const profile = env.AWS_PROFILE || null;
  const { AWS_ACCESS_KEY_ID: hasKeys, AWS_SECRET_ACCESS_KEY: secret } = env;
  if (hasKeys && !secret) throw noCredentials(null, 'AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY');
  if (profile === null) return { profile, from: hasKeys ? 'environment' : await unnamedSource(env) };
  if (!hasKeys) return statedProfile(profile);
  await requireProfile(profile);
  onFinding({
    severity: 'note',
    code: 'credentials-from-environment',
    message: `using the credentials from AWS_ACCESS_KEY_ID; AWS_PROFILE ${quoted(profile)} only provides settings (use --profile ${quoted(profile)} for its credentials)`,
  });
  return { profile: null, from: 'environment' };
}

/** Settings of a profile that lead to credentials. */
const LEADS_TO_CREDENTIALS =
  /^(aws_access_key_id|role_arn|credential_source|credential_process|login_session|sso_\w+|web_identity_token_file)$/;

/** Which comes first where neither a profile nor keys are stated: as with the AWS CLI, and that one alone. */
async function unnamedSource(env: Env): Promise<CredentialSource['from']> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  const settings = { ...configFile.default, ...credentialsFile.default };
  if (settings.role_arn && !settings.web_identity_token_file) return 'profile';
  if (env.AWS_WEB_IDENTITY_TOKEN_FILE) return 'web-identity';
  if (Object.keys(settings).some((name) => LEADS_TO_CREDENTIALS.test(name))) return 'profile';
  if (env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI || env.AWS_CONTAINER_CREDENTIALS_FULL_URI)
    return 'container';
  if (env.AWS_EC2_METADATA_DISABLED?.toLowerCase() !== 'true') return 'instance';
  throw noCredentials(null, 'there are no keys in the environment, and no default profile');
}

async function requireProfile(profile: string): Promise<void> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  if (Object.hasOwn(configFile, profile) || Object.hasOwn(credentialsFile, profile)) return;
  throw noCredentials(profile, `AWS_PROFILE names a profile that does not exist: ${quoted(profile)}`);
}

function noCredentials(profile: string | null, detail: string): AwsFailure {
  const call = { service: 'sts', operation: 'GetCallerIdentity', region: '', profile } as const;
  return new AwsFailure({ ...call, kind: 'no-credentials', detail });
}

const FALLBACK = 'us-east-1';

/**
 * The region to call: the one stated, else what the SDK finds (AWS_REGION, the profile), else AWS_DEFAULT_REGION, which the AWS CLI
 * knows and the SDK does not.
 */
export async function findRegion(
  stated: string | undefined,
  profile: string | null,
  env: Env,
): Promise<string> {
  if (stated) return stated;
  const { config } = new STSClient(profile === null ? {} : { profile });
  const found = await config.region().catch(() => undefined);
  return found || env.AWS_DEFAULT_REGION || FALLBACK;
}
