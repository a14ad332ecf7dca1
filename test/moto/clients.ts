import { IAMClient } from '@aws-sdk/client-iam';
import { IdentitystoreClient } from '@aws-sdk/client-identitystore';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { SSOAdminClient } from '@aws-sdk/client-sso-admin';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { HOME_REGION } from './organization.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** moto assigns every key that it didn't issue to its default account. */
export const MANAGEMENT_CREDENTIALS: Credentials = {
  accessKeyId: 'AKIAMANAGEMENT000000',
  secretAccessKey: 'x',
};

// Node 20 is the oldest tested version; the SDK's reminder isn't about the program.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** SDK clients for a moto server. */
export function clientsOf(endpoint: string, credentials: Credentials) {
  const config = { endpoint, credentials, region: HOME_REGION };
  return {
    iam: new IAMClient(config),
    identityStore: new IdentitystoreClient(config),
    organizations: new OrganizationsClient(config),
    ssoAdmin: new SSOAdminClient(config),
    sts: new STSClient(config),
  };
}

export type Clients = ReturnType<typeof clientsOf>;

/** Credentials in a member account. */
export async function assume({ sts }: Clients, accountId: string, roleName: string): Promise<Credentials> {
  const command = new AssumeRoleCommand({
    RoleArn: `arn:aws:iam::${accountId}:role/${roleName}`,
    RoleSessionName: 'test',
  });
  const { Credentials: given } = await sts.send(command);
  return {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  };
}
