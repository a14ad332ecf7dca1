import { STSClient } from '@aws-sdk/client-sts';

const FALLBACK = 'us-east-1';

/**
 * The region to call: the one stated, else what the SDK finds (AWS_REGION, the profile), else AWS_DEFAULT_REGION, which the AWS CLI
 * knows and the SDK does not.
 */
export async function findRegion(
  stated: string | undefined,
  profile: string | null,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if (stated) return stated;
  const { config } = new STSClient(profile === null ? {} : { profile });
  const found = await config.region().catch(() => undefined);
  return found || env.AWS_DEFAULT_REGION || FALLBACK;
}
