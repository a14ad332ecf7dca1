import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { userKey } from '../fake-aws/sessions.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';
import { ALL, failureOf, id, opened, query, SELF, textOf } from './opened.ts';

const [DEV, PROD] = ['200000000000', '300000000000'];
const WORLD: WorldInput = {
  accounts: [
    { id: DEV, name: 'dev', assumableRole: null },
    { id: PROD, name: 'prod', assumableRole: null },
  ],
  permissionSets: ['Admin'],
  groups: ['Platform'],
  assignments: [DEV, PROD].map((account) => ({ account, permissionSet: 'Admin', group: 'Platform' })),
};
const NO_KEYS = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };

async function filesWith(profiles: Readonly<Record<string, readonly string[]>>) {
  const sections = Object.entries(profiles).map(([name, lines]) =>
    [`[profile ${name}]`, ...lines, ''].join('\n'),
  );
  const folder = await scratch({ config: sections.join('\n') });
  return { ...NO_KEYS, AWS_CONFIG_FILE: join(folder, 'config') };
}

function keysOf(account: string): string[] {
  return [`aws_access_key_id = ${userKey(account)}`, 'aws_secret_access_key = secret'];
}

describe('several profiles', () => {
  test('each further one reads its own account, without assuming a role', async () => {
    const files = await filesWith({ dev: keysOf(DEV), prod: keysOf(PROD) });
    const { fake, open } = await opened(WORLD, {}, files);
    const session = await open({ profiles: ['dev', 'prod'] });
    expect(session.callerAccountId).toBe(DEV);
    const inventory = await session.read(query([id(PROD), id(DEV)]));
    expect(inventory.roles.map(({ accountId }) => accountId)).toEqual([DEV, PROD]);
    expect(fake.calls).toEqual({ 'iam.ListRoles': 2, 'sts.GetCallerIdentity': 2 });
  });

  test("self is the first profile's account", async () => {
    const files = await filesWith({ dev: keysOf(DEV), prod: keysOf(PROD) });
    const { findings, open } = await opened(WORLD, {}, files);
    const inventory = await (await open({ profiles: ['prod', 'dev'] })).read(query([SELF]));
    expect(inventory.accounts.map((account) => account.id)).toEqual([PROD]);
    expect(findings).toMatchObject([
      {
        severity: 'note',
        code: 'profile-unused',
        message: expect.stringMatching(/^profile "dev" belongs to account \d{12}, which/),
      },
    ]);
    expect(findings[0]?.message).toContain(DEV);
  });

  test('of two for the same account, the first reads it', async () => {
    const profiles = {
      one: [...keysOf(DEV), 'region = eu-west-1'],
      two: [...keysOf(DEV), 'region = eu-north-1'],
    };
    const { calls, open } = await opened(
      WORLD,
      {},
      { ...(await filesWith(profiles)), AWS_REGION: undefined },
    );
    await (await open({ profiles: ['one', 'two'] })).read(query([SELF]));
    expect(calls.filter(({ service }) => service === 'iam').map(({ region }) => region)).toEqual([
      'eu-west-1',
    ]);
  });

  test('an unknown one is named, and no other credentials are used', async () => {
    const { fake, open } = await opened(WORLD);
    const failure = await failureOf(open({ profiles: ['prd'] }));
    expect(failure.exitCode).toBe(3);
    expect(textOf(failure)).toMatch(/no usable AWS credentials for profile prd: .*\[prd\]/);
    expect(fake.calls).toEqual({});
  });

  test('a signed-out one is named, with the command to sign in', async () => {
    const sso = [
      'sso_start_url = https://example.awsapps.com/start',
      'sso_region = eu-west-1',
      `sso_account_id = ${DEV}`,
      'sso_role_name = Admin',
    ];
    const { open } = await opened(WORLD, {}, await filesWith({ dev: keysOf(DEV), signedout: sso }));
    const failure = await failureOf(open({ profiles: ['dev', 'signedout'] }));
    expect(failure.exitCode).toBe(3);
    expect(textOf(failure)).toMatch(/profile signedout: .*aws sso login/s);
  });
});

describe('the account of the credentials', () => {
  test('comes from STS, regardless of AWS_ACCOUNT_ID next to the keys', async () => {
    const { fake, open } = await opened(WORLD, { callerAccountId: DEV }, { AWS_ACCOUNT_ID: PROD });
    const failure = await failureOf(open());
    expect(failure.exitCode).toBe(2);
    expect(textOf(failure)).toContain(
      `the credentials belong to account ${DEV}, but AWS_ACCOUNT_ID says "${PROD}"\nCorrect or remove that account ID, or use`,
    );
    expect(fake.calls).toEqual({ 'sts.GetCallerIdentity': 1 });
  });

  test('AWS_ACCOUNT_ID may be the same', async () => {
    const { fake, open } = await opened(WORLD, { callerAccountId: DEV }, { AWS_ACCOUNT_ID: DEV });
    expect((await open()).callerAccountId).toBe(DEV);
    expect(fake.calls).toEqual({ 'sts.GetCallerIdentity': 1 });
  });

  test('a profile with keys may state another one, and is refused by name', async () => {
    const files = await filesWith({ dev: [...keysOf(DEV), `aws_account_id = ${PROD}`] });
    const { open } = await opened(WORLD, {}, files);
    const failure = await failureOf(open({ profiles: ['dev'] }));
    expect(failure.exitCode).toBe(2);
    expect(textOf(failure)).toMatch(
      new RegExp(`belong to account ${DEV}, but profile "dev" .* says "${PROD}"`),
    );
  });

  test('so may the output of a process', async () => {
    const keys = { Version: 1, AccessKeyId: userKey(DEV), SecretAccessKey: 's', AccountId: PROD };
    const folder = await scratch({ 'keys.json': JSON.stringify(keys) });
    const files = await filesWith({ dev: [`credential_process = cat ${join(folder, 'keys.json')}`] });
    const { open } = await opened(WORLD, {}, files);
    const failure = await failureOf(open({ profiles: ['dev'] }));
    expect([failure.exitCode, textOf(failure)]).toEqual([2, expect.stringContaining(DEV)]);
  });

  test("comes from AWS itself for a profile's role, without a call", async () => {
    const files = await filesWith({
      central: keysOf('111111111111'),
      reader: [
        `role_arn = arn:aws:iam::${DEV}:role/Reader`,
        'source_profile = central',
        'region = eu-west-1',
      ],
    });
    const accounts = [{ id: DEV, assumableRole: 'Reader' }];
    const { fake, open } = await opened({ accounts }, {}, files);
    expect((await open({ profiles: ['reader'] })).callerAccountId).toBe(DEV);
    expect(fake.calls).toEqual({ 'sts.AssumeRole': 1 });
  });
});

describe('AWS_PROFILE', () => {
  test('without a matching profile is refused, and no other credentials are used', async () => {
    const { fake, open } = await opened(WORLD, {}, { ...NO_KEYS, AWS_PROFILE: 'typo' });
    const failure = await failureOf(open());
    expect([failure.exitCode, textOf(failure)]).toEqual([
      3,
      expect.stringContaining('no usable AWS credentials for profile typo'),
    ]);
    expect(fake.calls).toEqual({});
  });

  test('also with keys in the environment, like the AWS CLI', async () => {
    const { fake, open } = await opened(WORLD, {}, { AWS_PROFILE: 'typo' });
    const failure = await failureOf(open());
    expect([failure.exitCode, textOf(failure)]).toEqual([
      3,
      expect.stringContaining('AWS_PROFILE names a profile that doesn\'t exist: "typo"'),
    ]);
    expect(fake.calls).toEqual({});
  });

  test('gives way to keys in the environment, and a note says so', async () => {
    const files = await filesWith({ dev: [...keysOf(DEV), 'region = eu-south-1'] });
    const { AWS_CONFIG_FILE } = files;
    const env = { AWS_CONFIG_FILE, AWS_PROFILE: 'dev', AWS_REGION: undefined };
    const { calls, findings, open } = await opened(WORLD, { callerAccountId: PROD }, env);
    expect((await open()).callerAccountId).toBe(PROD);
    expect(findings).toMatchObject([{ severity: 'note', code: 'credentials-from-environment' }]);
    expect(findings[0]?.message).toMatch(/AWS_ACCESS_KEY_ID; AWS_PROFILE "dev" only provides settings/);
    expect(calls[0]?.region).toBe('eu-south-1');
  });

  test('gives way to a token in the environment, and a note says so', async () => {
    const folder = await scratch({ token: 'fake-web-identity-token' });
    const files = await filesWith({ dev: keysOf(DEV) });
    const env = {
      ...files,
      AWS_PROFILE: 'dev',
      AWS_ROLE_ARN: `arn:aws:iam::${PROD}:role/OrganizationAccountAccessRole`,
      AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'token'),
    };
    const { findings, open } = await opened(WORLD, {}, env);
    expect(textOf(await failureOf(open()))).toContain(
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    );
    expect(findings[0]?.message).toMatch(
      /^using the credentials from AWS_WEB_IDENTITY_TOKEN_FILE; AWS_PROFILE "dev" only provides settings/,
    );
  });

  test('is the profile if there are no keys', async () => {
    const files = await filesWith({ dev: keysOf(DEV), prod: keysOf(PROD) });
    const { findings, open } = await opened(WORLD, {}, { ...files, AWS_PROFILE: 'prod' });
    expect((await open()).callerAccountId).toBe(PROD);
    expect(findings).toEqual([]);
  });

  test('is ignored with half a key pair, like the AWS CLI', async () => {
    const files = await filesWith({ prod: keysOf(PROD) });
    const env = { ...files, AWS_ACCESS_KEY_ID: 'AKIASOMEBODYELSE0000', AWS_PROFILE: 'prod' };
    const { open } = await opened(WORLD, {}, env);
    const text = textOf(await failureOf(open()));
    expect(text).toContain('AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY');
  });

  test('may be in the credentials file only', async () => {
    const folder = await scratch({ credentials: ['[dev]', ...keysOf(DEV), ''].join('\n') });
    const env = { AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'), AWS_PROFILE: 'dev' };
    const { findings, open } = await opened(WORLD, { callerAccountId: PROD }, env);
    expect((await open()).callerAccountId).toBe(PROD);
    expect(findings).toMatchObject([{ code: 'credentials-from-environment' }]);
  });

  test('is ignored with --profile', async () => {
    const files = await filesWith({ dev: keysOf(DEV), prod: keysOf(PROD) });
    const { findings, open } = await opened(WORLD, {}, { ...files, AWS_PROFILE: 'typo' });
    expect((await open({ profiles: ['dev'] })).callerAccountId).toBe(DEV);
    expect(findings).toEqual([]);
  });
});

describe("STS that refuses in the run's region", () => {
  const refusing = { kind: 'region-disabled', region: 'eu-west-1' } as const;

  test.each(['region-disabled', 'unknown-key', 'not-subscribed'] as const)(
    'is asked again in us-east-1 who the caller is (%s)',
    async (kind) => {
      const { fake, calls, open } = await opened(WORLD, { callerAccountId: DEV });
      fake.inject({ ...refusing, kind, operation: 'sts.GetCallerIdentity' });
      expect((await open()).callerAccountId).toBe(DEV);
      expect(calls.map(({ region }) => region)).toEqual(['eu-west-1', 'us-east-1']);
    },
  );

  test('also for the role in an account with STS disabled', async () => {
    const world = { ...WORLD, accounts: [{ id: DEV }, { id: PROD }] };
    const { fake, open } = await opened(world);
    fake.inject({ ...refusing, operation: 'sts.AssumeRole', accountId: DEV });
    const inventory = await (await open()).read(query([id(DEV), id(PROD)]));
    expect(inventory.roles.map(({ accountId }) => accountId)).toEqual([DEV, PROD]);
    expect(fake.calls['sts.AssumeRole']).toBe(3);
  });

  test('is reported with region and partition if it refuses everywhere', async () => {
    const { fake, open } = await opened(WORLD);
    fake.inject({ kind: 'region-disabled', operation: 'sts.GetCallerIdentity' });
    expect(textOf(await failureOf(open()))).toMatch(
      /sts:GetCallerIdentity isn't available in region eu-west-1 \(partition aws\): .*\nActivate STS in eu-west-1.*--region/,
    );
  });

  test('is not called again for another reason, or in the same region', async () => {
    const denied = await opened(WORLD);
    denied.fake.inject({ kind: 'denied', operation: 'sts.GetCallerIdentity' });
    expect(textOf(await failureOf(denied.open()))).toMatch(/^sts:GetCallerIdentity is denied: /);
    expect(denied.calls).toHaveLength(1);
    const there = await opened(WORLD, { region: 'us-east-1' });
    there.fake.inject({ kind: 'region-disabled', operation: 'sts.GetCallerIdentity' });
    expect(textOf(await failureOf(there.open()))).toContain('region us-east-1');
    expect(there.calls).toHaveLength(1);
  });

  test('reports the second failure if it differs', async () => {
    const { fake, open } = await opened(WORLD);
    fake.inject({ ...refusing, operation: 'sts.GetCallerIdentity' });
    fake.inject({ kind: 'denied', region: 'us-east-1', operation: 'sts.GetCallerIdentity' });
    expect(textOf(await failureOf(open()))).toMatch(/^sts:GetCallerIdentity is denied: /);
  });

  test('is called in no other region in another partition', async () => {
    const { fake, calls, open } = await opened({ ...WORLD, homeRegion: 'cn-north-1' });
    fake.inject({ kind: 'region-disabled', operation: 'sts.GetCallerIdentity' });
    expect(textOf(await failureOf(open()))).toContain('region cn-north-1 (partition aws-cn)');
    expect(calls.map(({ region }) => region)).toEqual(['cn-north-1']);
  });
});

describe('credentials that do not work', () => {
  test('none at all: the help says what to set', async () => {
    const { fake, open } = await opened(WORLD, {}, NO_KEYS);
    const failure = await failureOf(open());
    expect(failure.exitCode).toBe(3);
    expect(textOf(failure)).toMatch(
      /no usable AWS credentials: .*\n.*--profile.*AWS_PROFILE.*AWS_ACCESS_KEY_ID/,
    );
    expect(fake.calls).toEqual({});
  });

  test('unknown ones', async () => {
    const { open } = await opened(WORLD, {}, { AWS_ACCESS_KEY_ID: 'AKIASOMEBODYELSE0000' });
    const failure = await failureOf(open());
    expect([failure.exitCode, textOf(failure)]).toEqual([
      3,
      expect.stringContaining('no usable AWS credentials'),
    ]);
  });

  test('expired ones: the help says once how to renew them', async () => {
    const { fake, open } = await opened(WORLD);
    fake.inject({ kind: 'expired', operation: '*' });
    const failure = await failureOf(open());
    expect([failure.exitCode, failure.findings.length]).toEqual([3, 1]);
    expect(textOf(failure)).toMatch(/the AWS credentials have expired: .*\n.*aws sso login/);
    expect(fake.calls).toEqual({ 'sts.GetCallerIdentity': 1 });
  });

  test('ones that expire midway name the account reached', async () => {
    const members = Array.from({ length: 60 }, (_, index) => ({
      id: String(200_000_000_000 + index),
      name: `member-${index}`,
    }));
    const { fake, open } = await opened({ accounts: members });
    const session = await open();
    fake.inject({ kind: 'expired', operation: 'sts.AssumeRole', after: 30 });
    const failure = await failureOf(session.read(query([ALL])));
    expect([failure.exitCode, failure.findings.length]).toEqual([3, 1]);
    expect(textOf(failure)).toMatch(
      /credentials have expired: .*failed at account 2000000000\d\d \(member-\d+\), after reading \d+ accounts/,
    );
    expect(fake.calls['sts.AssumeRole']).toBeLessThan(60);
  });

  test('no key, secret or token is ever shown', async () => {
    const { fake, open } = await opened(WORLD);
    const session = await open();
    fake.inject({ kind: 'denied', operation: 'iam.ListRoles' });
    const failure = await failureOf(session.read(query([SELF])));
    const { AWS_ACCESS_KEY_ID = 'missing' } = fake.env;
    expect(`${textOf(failure)}${failure.stack}${String(failure.cause)}`).not.toContain(AWS_ACCESS_KEY_ID);
  });
});

describe('the region', () => {
  async function regionOf(
    env: Readonly<Record<string, string | undefined>>,
    region?: string,
  ): Promise<string | undefined> {
    const { calls, open } = await opened(WORLD, {}, env);
    await open({ region });
    return calls[0]?.region;
  }

  test('is the one stated', async () => expect(await regionOf({}, 'eu-north-1')).toBe('eu-north-1'));
  test('else AWS_REGION', async () =>
    expect(await regionOf({ AWS_DEFAULT_REGION: 'eu-north-1' })).toBe('eu-west-1'));
  test.each([undefined, ''])('else AWS_DEFAULT_REGION, if AWS_REGION is %j', async (AWS_REGION) =>
    expect(await regionOf({ AWS_REGION, AWS_DEFAULT_REGION: 'eu-north-1' })).toBe('eu-north-1'),
  );
  test('else us-east-1, where only what every region answers alike is asked', async () =>
    expect(await regionOf({ AWS_REGION: undefined })).toBe('us-east-1'));

  async function regionWith(settings: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const files = await filesWith({ dev: [...keysOf(DEV), ...settings] });
    const { calls, open } = await opened(WORLD, {}, { ...files, AWS_REGION: undefined, ...env });
    const failure = await open({ profiles: ['dev'] }).then(() => undefined, textOf);
    return failure?.replace(files.AWS_CONFIG_FILE, 'CONFIG') ?? calls[0]?.region;
  }

  test('or the profile’s', async () => expect(await regionWith(['region = eu-south-1'])).toBe('eu-south-1'));
  test('not the profile’s if AWS_DEFAULT_REGION is set, like the AWS CLI', async () =>
    expect(await regionWith(['region = eu-south-1'], { AWS_DEFAULT_REGION: 'eu-north-1' })).toBe(
      'eu-north-1',
    ));
  test.each(['"eu-south-1"', 'eu_south_1', 'EU-SOUTH-1'])(
    'is refused with profile and file if it is %s there',
    async (region) =>
      expect(await regionWith([`region = ${region}`])).toContain(
        `region of profile "dev" in CONFIG: "${region}" isn't an AWS region`,
      ),
  );
  test('isn’t read from the profile if a variable precedes it', async () =>
    expect(await regionWith(['region = eu_south_1'], { AWS_REGION: 'eu-north-1' })).toBe('eu-north-1'));
});

describe.each([
  ['cn-north-1', 'aws-cn'],
  ['us-gov-west-1', 'aws-us-gov'],
  ['eusc-de-east-1', 'aws-eusc'],
])('in %s', (homeRegion, partition) => {
  test.each([true, false])(
    'ARNs are of the partition, account ID in the credentials: %s',
    async (accountIdInEnv) => {
      const world: WorldInput = {
        homeRegion,
        accounts: [{ id: DEV, name: 'dev' }],
        permissionSets: ['Admin'],
        groups: ['Platform'],
        assignments: [{ account: DEV, permissionSet: 'Admin', group: 'Platform' }],
      };
      const { open } = await opened(world, { accountIdInEnv });
      const session = await open();
      const inventory = await session.read(query([ALL], { permissionSets: 'all' }));
      expect(inventory.partition).toBe(partition);
      expect(inventory.roles.map(({ roleArn }) => roleArn.split(':')[1])).toEqual([partition]);
      expect(inventory.permissionSets?.map(({ name }) => name)).toEqual(['Admin']);
    },
  );
});
