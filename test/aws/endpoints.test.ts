import { join } from 'node:path';
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { ListRolesCommand } from '@aws-sdk/client-iam';
import { IdentitystoreClient, ListUsersCommand } from '@aws-sdk/client-identitystore';
import { ListAccountsCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { ListInstancesCommand, SSOAdminClient } from '@aws-sdk/client-sso-admin';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ProfileClients } from '../../src/aws/clients.ts';
import type { CredentialSource } from '../../src/aws/profile.ts';
import { useEnvironment } from '../fake-aws/fake-aws-for-test.ts';
import { scratch } from '../scratch.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
const FIPS = { AWS_USE_FIPS_ENDPOINT: 'true' };
const DUAL_STACK = { AWS_USE_DUALSTACK_ENDPOINT: 'true' };

async function filesWith(profiles: Readonly<Record<string, readonly string[]>>) {
  const keys = Object.entries(KEYS).map(([name, value]) => `${name.toLowerCase()} = ${value}`);
  const text = Object.entries(profiles).map(([name, lines]) =>
    [`[profile ${name}]`, ...keys, ...lines, ''].join('\n'),
  );
  return { AWS_CONFIG_FILE: join(await scratch({ config: text.join('\n') }), 'config') };
}

/** The hosts of requests by a profile's clients, or by clients with keys from the environment. */
async function hostsIn(
  region: string,
  env: Readonly<Record<string, string>> = {},
  profile: string | null = null,
): Promise<Record<string, string>> {
  onTestFinished(() => void vi.unstubAllEnvs());
  useEnvironment({ AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...KEYS, ...env });
  const hosts: string[] = [];
  const requestHandler = {
    handle: async ({ protocol, hostname }: { protocol: string; hostname: string }) => {
      hosts.push(`${protocol}//${hostname}`);
      throw new Error('no network');
    },
  } as unknown as ConstructorParameters<typeof ProfileClients>[1]['requestHandler'];
  const source: CredentialSource = { profile, from: profile === null ? 'environment' : 'profile' };
  const clients = new ProfileClients({ source, region }, { requestHandler }, {});
  onTestFinished(() => clients.close());
  const IdentityStoreId = 'd-1234567890';
  const sent: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['sts', () => clients.sts.send(new GetCallerIdentityCommand({}))],
    ['elsewhere', () => clients.stsIn('us-east-1').send(new GetCallerIdentityCommand({}))],
    ['iam', () => clients.withIam(undefined, (client) => client.send(new ListRolesCommand({})))],
    ['organizations', () => clients.of(OrganizationsClient, region).send(new ListAccountsCommand({}))],
    ['eks', () => clients.of(EKSClient, region).send(new DescribeClusterCommand({ name: 'prod' }))],
    ['sso', () => clients.of(SSOAdminClient, region).send(new ListInstancesCommand({}))],
    [
      'identitystore',
      () => clients.of(IdentitystoreClient, region).send(new ListUsersCommand({ IdentityStoreId })),
    ],
  ];
  for (const [, send] of sent) await expect(send()).rejects.toThrow('no network');
  return Object.fromEntries(sent.map(([name], index) => [name, hosts[index] ?? '']));
}

/** STS, IAM, Organizations, EKS, Identity Center and its identity store, called from a region. */
const HOSTS: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  [
    'eu-west-1',
    {},
    `sts.eu-west-1.amazonaws.com iam.amazonaws.com organizations.us-east-1.amazonaws.com
     eks.eu-west-1.amazonaws.com sso.eu-west-1.amazonaws.com identitystore.eu-west-1.amazonaws.com`,
  ],
  [
    'cn-north-1',
    {},
    `sts.cn-north-1.amazonaws.com.cn iam.cn-north-1.amazonaws.com.cn organizations.cn-northwest-1.amazonaws.com.cn
     eks.cn-north-1.amazonaws.com.cn sso.cn-north-1.amazonaws.com.cn identitystore.cn-north-1.amazonaws.com.cn`,
  ],
  [
    'us-gov-east-1',
    {},
    `sts.us-gov-east-1.amazonaws.com iam.us-gov.amazonaws.com organizations.us-gov-west-1.amazonaws.com
     eks.us-gov-east-1.amazonaws.com sso.us-gov-east-1.amazonaws.com identitystore.us-gov-east-1.amazonaws.com`,
  ],
  [
    'eusc-de-east-1',
    {},
    `sts.eusc-de-east-1.amazonaws.eu iam.eusc-de-east-1.amazonaws.eu organizations.eusc-de-east-1.amazonaws.eu
     eks.eusc-de-east-1.amazonaws.eu sso.eusc-de-east-1.amazonaws.eu identitystore.eusc-de-east-1.amazonaws.eu`,
  ],
  [
    'us-east-2',
    FIPS,
    `sts-fips.us-east-2.amazonaws.com iam-fips.amazonaws.com organizations-fips.us-east-1.amazonaws.com
     fips.eks.us-east-2.amazonaws.com sso-fips.us-east-2.amazonaws.com identitystore-fips.us-east-2.amazonaws.com`,
  ],
  // A region with only FIPS endpoints.
  [
    'us-gov-west-1',
    FIPS,
    `sts.us-gov-west-1.amazonaws.com iam.us-gov.amazonaws.com organizations.us-gov-west-1.amazonaws.com
     eks.us-gov-west-1.amazonaws.com sso.us-gov-west-1.amazonaws.com identitystore.us-gov-west-1.amazonaws.com`,
  ],
  [
    'eu-west-1',
    DUAL_STACK,
    `sts.eu-west-1.api.aws iam.global.api.aws organizations.us-east-1.api.aws
     eks.eu-west-1.api.aws sso.eu-west-1.api.aws identitystore.eu-west-1.api.aws`,
  ],
  [
    'cn-north-1',
    DUAL_STACK,
    `sts.cn-north-1.api.amazonwebservices.com.cn iam.global.api.amazonwebservices.com.cn organizations.cn-northwest-1.api.amazonwebservices.com.cn
     eks.cn-north-1.api.amazonwebservices.com.cn sso.cn-north-1.api.amazonwebservices.com.cn identitystore.cn-north-1.api.amazonwebservices.com.cn`,
  ],
  [
    'us-east-2',
    { ...FIPS, ...DUAL_STACK },
    `sts-fips.us-east-2.api.aws iam-fips.global.api.aws organizations-fips.us-east-1.api.aws
     eks-fips.us-east-2.api.aws sso-fips.us-east-2.api.aws identitystore-fips.us-east-2.api.aws`,
  ],
];

describe('hosts', () => {
  test.each(HOSTS)('in %s with %o', async (region, env, expected) => {
    const { elsewhere: _, ...hosts } = await hostsIn(region, env);
    expect(Object.values(hosts).join(' ').replaceAll('https://', '')).toBe(expected.replaceAll(/\s+/g, ' '));
  });

  test.each([
    ['use_fips_endpoint = true', FIPS],
    ['use_dualstack_endpoint = true', DUAL_STACK],
  ])('follow a profile with %s, regardless of AWS_PROFILE', async (setting, env) => {
    const files = await filesWith({ own: [setting], other: [] });
    const own = await hostsIn('us-east-2', { ...files, AWS_PROFILE: 'other' }, 'own');
    expect(own).toEqual(await hostsIn('us-east-2', env));
    const other = await hostsIn('us-east-2', { ...files, AWS_PROFILE: 'own' }, 'other');
    expect(other).toEqual(await hostsIn('us-east-2'));
    expect(other).not.toEqual(own);
  });

  test('follow AWS_PROFILE even if keys in the environment take precedence over its own', async () => {
    const files = await filesWith({ own: ['use_fips_endpoint = true'] });
    const hosts = await hostsIn('us-east-2', { ...files, AWS_PROFILE: 'own' });
    expect(hosts).toEqual(await hostsIn('us-east-2', FIPS));
  });

  test('of STS in us-east-1, after another region refuses, follow the same settings', async () => {
    const { elsewhere } = await hostsIn('eu-west-1');
    expect(elsewhere).toBe('https://sts.us-east-1.amazonaws.com');
    expect((await hostsIn('us-east-2', FIPS)).elsewhere).toBe('https://sts-fips.us-east-1.amazonaws.com');
  });
});
