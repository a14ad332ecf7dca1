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
 * What the AWS CLI does where no profile is stated: keys and a token in the environment go before AWS_PROFILE, which then gives its settings alone,
 * and has to exist all the same. Without these AWS_PROFILE is a stated profile.
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
  if (profile === null) return hasKeys ? { profile, from: 'environment' } : unnamedSource(env);
  const isToken = !hasKeys && (await tokenCounts(env, profile));
  if (!hasKeys && !isToken) return statedProfile(profile);
  await requireProfile(profile);
  const variable = isToken ? 'AWS_WEB_IDENTITY_TOKEN_FILE' : 'AWS_ACCESS_KEY_ID';
  onFinding({
    severity: 'note',
    code: 'credentials-from-environment',
    message: `using the credentials from ${variable}; AWS_PROFILE ${quoted(profile)} only provides settings (use --profile ${quoted(profile)} for its credentials)`,
  });
  return { profile: null, from: isToken ? 'web-identity' : 'environment' };
}

type Settings = Readonly<Record<string, string | undefined>>;

async function settingsOf(profile: string): Promise<Settings> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  return { ...configFile[profile], ...credentialsFile[profile] };
}

/** Whether a token in the environment goes before what the profile has. */
async function tokenCounts(env: Env, profile: string): Promise<boolean> {
  return Boolean(env.AWS_WEB_IDENTITY_TOKEN_FILE) && !isRoleOfProfile(await settingsOf(profile));
}

/**
 * Whether the keys that a profile has in the file of credentials are not to be used: the SDK prefers them to a sign-in or a token that the
 * config has under the same name, the AWS CLI does not. Tools leave such keys behind, often of another account.
 */
export async function overridesKeys(profile: string): Promise<boolean> {
  const { [profile]: settings = {} } = (await loadSharedConfigFiles()).configFile;
  if (isRoleOfProfile(settings)) return false;
  const { sso_account_id: account, sso_role_name: role, web_identity_token_file: token } = settings;
  return [account, role, token].some((setting) => setting !== undefined);
}

/** A role that is assumed from another profile, not by a token, goes before all else that the profile has. */
function isRoleOfProfile({ role_arn: role, web_identity_token_file: token }: Settings): boolean {
  return role !== undefined && token === undefined;
}

/** Settings of a profile that lead to credentials. */
const LEADS_TO_CREDENTIALS =
  /^(aws_access_key_id|role_arn|credential_source|credential_process|login_session|sso_\w+|web_identity_token_file)$/;

/** Which comes first where neither a profile nor keys are stated: as with the AWS CLI, and that one alone. */
async function unnamedSource(env: Env): Promise<CredentialSource> {
  // An old name of AWS_PROFILE, which the AWS CLI still reads.
  if (env.AWS_DEFAULT_PROFILE) return statedProfile(env.AWS_DEFAULT_PROFILE);
  const profile = null;
  if (await tokenCounts(env, 'default')) return { profile, from: 'web-identity' };
  const settings = await settingsOf('default');
  if (Object.keys(settings).some((name) => LEADS_TO_CREDENTIALS.test(name)))
    return { profile, from: 'profile' };
  if (env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI || env.AWS_CONTAINER_CREDENTIALS_FULL_URI)
    return { profile, from: 'container' };
  if (env.AWS_EC2_METADATA_DISABLED?.toLowerCase() !== 'true') return { profile, from: 'instance' };
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
