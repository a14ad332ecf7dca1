import type { FakeAwsOptions } from './options.ts';
import { USER_SECRET, userKey } from './sessions.ts';
import type { World } from './world/world.ts';

/** Environment variables for a program that must only see the fake as AWS. */
export type Environment = Readonly<Record<string, string>>;

/** With the credentials of `callerAccountId`, by default the management account's. */
export function environmentOf(url: string, world: World, options: FakeAwsOptions): Environment {
  const accountId = options.callerAccountId ?? world.managementAccountId;
  return {
    ...isolatedEnvironment(url, options.region ?? world.homeRegion),
    AWS_ACCESS_KEY_ID: userKey(accountId),
    AWS_SECRET_ACCESS_KEY: USER_SECRET,
    ...(options.accountIdInEnv ? { AWS_ACCOUNT_ID: accountId } : {}),
  };
}

/** An environment without any credentials: no profile, instance metadata or file of this machine. */
export function isolatedEnvironment(url: string, region: string): Environment {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}
