import { STSClient } from '@aws-sdk/client-sts';
import { loadSharedConfigFiles } from '@smithy/core/config';
import type { Finding } from '../errors.ts';
import { quoted } from '../text.ts';
import { AwsFailure } from './failure.ts';

/** Where the credentials of an identity come from. */
export interface CredentialSource {
  /** Null: the SDK's default chain. */
  readonly profile: string | null;
  /** Only AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY count. */
  readonly fromEnvironment: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

/** A profile that was named with --profile. */
export function statedProfile(profile: string): CredentialSource {
  return { profile, fromEnvironment: false };
}

/**
 * What the AWS CLI does where no profile is stated: keys in the environment go before AWS_PROFILE, which then gives its settings alone,
 * and has to exist all the same. Without keys AWS_PROFILE is a stated profile.
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html
 * @throws AwsFailure `no-credentials` where AWS_PROFILE names none
 */
export async function defaultSource(
  env: Env,
  onFinding: (finding: Finding) => void,
): Promise<CredentialSource> {
  const profile = env.AWS_PROFILE || null;
  if (profile === null) return { profile: null, fromEnvironment: false };
  if (!env.AWS_ACCESS_KEY_ID || !env.AWS_SECRET_ACCESS_KEY) return statedProfile(profile);
  await requireProfile(profile);
  onFinding({
    severity: 'note',
    code: 'credentials-from-environment',
    message: `using the credentials from AWS_ACCESS_KEY_ID; AWS_PROFILE ${quoted(profile)} only provides settings (use --profile ${quoted(profile)} for its credentials)`,
  });
  return { profile: null, fromEnvironment: true };
}

async function requireProfile(profile: string): Promise<void> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  if (Object.hasOwn(configFile, profile) || Object.hasOwn(credentialsFile, profile)) return;
  throw new AwsFailure({
    kind: 'no-credentials',
    service: 'sts',
    operation: 'GetCallerIdentity',
    region: '',
    profile,
    detail: `AWS_PROFILE names a profile that does not exist: ${quoted(profile)}`,
  });
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
