import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromEnv, fromIni } from '@aws-sdk/credential-providers';
import { expect, test } from 'vitest';
import { scratch } from '../scratch.ts';
import { fakeAwsForTest, useEnvironment } from './fake-aws-for-test.ts';
import { writeProfiles } from './profiles.ts';

test('each profile is a user of its account', async () => {
  const fake = await fakeAwsForTest({ accounts: [{ id: '222222222222' }] });
  const profiles = {
    default: { accountId: '111111111111', region: 'eu-west-1' },
    prod: { accountId: '222222222222', region: 'us-west-2', accountIdStated: true },
  };
  useEnvironment(writeProfiles(await scratch(), fake.url, profiles));
  const accountOf = async (profile: string) => {
    const client = new STSClient({ profile, region: 'eu-west-1' });
    return (await client.send(new GetCallerIdentityCommand({}))).Account;
  };
  expect(await accountOf('default')).toBe('111111111111');
  expect(await accountOf('prod')).toBe('222222222222');
  expect(await fromIni({ profile: 'prod' })()).toMatchObject({ accountId: '222222222222' });
  expect((await fromIni({ profile: 'default' })()).accountId).toBeUndefined();
});

test('the environment includes the account ID only on request', async () => {
  await fakeAwsForTest();
  expect((await fromEnv()()).accountId).toBeUndefined();
  await fakeAwsForTest({}, { accountIdInEnv: true });
  expect((await fromEnv()()).accountId).toBe('111111111111');
});
