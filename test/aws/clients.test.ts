import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ALL, opened, query } from '../directory/opened.ts';
import { userKey } from '../fake-aws/sessions.ts';
import { scratch } from '../scratch.ts';

async function configFile(lines: readonly string[]): Promise<string> {
  return join(await scratch({ config: ['[profile own]', ...lines, ''].join('\n') }), 'config');
}

test.each([
  ['that is named', { profiles: ['own'] }, {}],
  ['of AWS_PROFILE', {}, { AWS_PROFILE: 'own' }],
])('every service uses the endpoint and region of a profile %s', async (_, options, env) => {
  const world = {
    accounts: [{ id: '222222222222' }],
    permissionSets: ['Admin'],
    groups: ['Platform'],
    assignments: [{ account: '222222222222', permissionSet: 'Admin', group: 'Platform' }],
    clusters: [{ name: 'prod' }],
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
  await session.clusters([{ name: 'prod', place: null }]);
  expect(new Set(calls.map(({ service }) => service))).toEqual(
    new Set(['sts', 'iam', 'organizations', 'sso-admin', 'identitystore', 'eks']),
  );
  expect(new Set(calls.map(({ region }) => region))).toEqual(new Set(['eu-west-1']));
});
