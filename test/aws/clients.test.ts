import { join } from 'node:path';
import { IdentitystoreClient } from '@aws-sdk/client-identitystore';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ProfileClients } from '../../src/aws/clients.ts';
import { openTransport } from '../../src/aws/request-handler.ts';
import { userKey } from '../fake-aws/sessions.ts';
import { ALL, opened, query } from '../inventory/opened.ts';
import { scratch } from '../scratch.ts';

async function configFile(lines: readonly string[]): Promise<string> {
  return join(await scratch({ config: ['[profile own]', ...lines, ''].join('\n') }), 'config');
}

test('a profile that wants FIPS endpoints gets them for every client', async () => {
  vi.stubEnv('AWS_CONFIG_FILE', await configFile(['use_fips_endpoint = true', 'region = us-gov-west-1']));
  vi.stubEnv('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true');
  onTestFinished(() => void vi.unstubAllEnvs());
  const source = { profile: 'own', from: 'profile' } as const;
  const transport = await openTransport({ env: {}, proxies: undefined }, 'own', 1000);
  const clients = new ProfileClients({ source, region: 'us-gov-west-1' }, transport, {});
  onTestFinished(() => clients.close());
  const { sts } = clients;
  const organizations = clients.organizations(OrganizationsClient);
  const others = [clients.stsIn('us-gov-east-1'), clients.ssoAdmin('us-gov-west-1')];
  const store = clients.identityStore(IdentitystoreClient, 'us-gov-west-1');
  const iam = await clients.withIam(undefined, async ({ config }) => config.useFipsEndpoint());
  const all = [sts, organizations, ...others, store].map(({ config }) => config.useFipsEndpoint());
  expect([...(await Promise.all(all)), iam]).toEqual([true, true, true, true, true, true]);
});

test.each([
  ['that is named', { profiles: ['own'] }, {}],
  ['of AWS_PROFILE', {}, { AWS_PROFILE: 'own' }],
])('endpoint and region of a profile %s reach every service', async (_, options, env) => {
  const world = {
    accounts: [{ id: '222222222222' }],
    permissionSets: ['Admin'],
    groups: ['Platform'],
    assignments: [{ account: '222222222222', permissionSet: 'Admin', group: 'Platform' }],
  };
  const { fake, calls, open } = await opened(
    world,
    {},
    { AWS_ENDPOINT_URL: undefined, AWS_REGION: undefined, ...env },
  );
  const keys = [`aws_access_key_id = ${userKey('111111111111')}`, 'aws_secret_access_key = secret'];
  const settings = [`endpoint_url = ${fake.url}`, 'region = eu-west-1'];
  vi.stubEnv('AWS_CONFIG_FILE', await configFile([...keys, ...settings]));
  const session = await open(options);
  const people = { roleArns: null, named: [], onlyNamed: false, members: false };
  const inventory = await session.read(query([ALL], { permissionSets: 'all', people }));
  expect(inventory.assignments).toHaveLength(1);
  expect(new Set(calls.map(({ service }) => service))).toEqual(
    new Set(['sts', 'iam', 'organizations', 'sso-admin', 'identitystore']),
  );
  expect(new Set(calls.map(({ region }) => region))).toEqual(new Set(['eu-west-1']));
});
