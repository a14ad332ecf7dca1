import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromEnv, fromIni } from '@aws-sdk/credential-providers';
import { expect, onTestFinished, test } from 'vitest';
import { fakeAwsForTest, useEnvironment } from './fake-aws-for-test.ts';
import { writeProfiles } from './profiles.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'profiles-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('each profile is a user of its account', async () => {
  const fake = await fakeAwsForTest({ accounts: [{ id: '222222222222' }] });
  const profiles = {
    default: { accountId: '111111111111', region: 'eu-west-1' },
    prod: { accountId: '222222222222', region: 'us-west-2', accountIdStated: true },
  };
  useEnvironment(writeProfiles(temporaryFolder(), fake.url, profiles));
  const accountOf = async (profile: string) => {
    const client = new STSClient({ profile, region: 'eu-west-1' });
    return (await client.send(new GetCallerIdentityCommand({}))).Account;
  };
  expect(await accountOf('default')).toBe('111111111111');
  expect(await accountOf('prod')).toBe('222222222222');
  expect(await fromIni({ profile: 'prod' })()).toMatchObject({ accountId: '222222222222' });
  expect((await fromIni({ profile: 'default' })()).accountId).toBeUndefined();
});

test('the environment carries the account id only where that is asked for', async () => {
  await fakeAwsForTest();
  expect((await fromEnv()()).accountId).toBeUndefined();
  await fakeAwsForTest({}, { accountIdInEnv: true });
  expect((await fromEnv()()).accountId).toBe('111111111111');
});
