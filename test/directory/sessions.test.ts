import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { USER_SECRET, userKey } from '../fake-aws/sessions.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';
import { NO_WAITS } from '../timing.ts';
import { ALL, failureOf, id, opened, query, SELF, textOf } from './opened.ts';

const CENTRAL = '111111111111';
const [DEV, PROD] = ['200000000000', '300000000000'];
const WORLD: WorldInput = {
  accounts: [
    { id: CENTRAL, assumableRole: 'Central', trusts: [CENTRAL, DEV] },
    { id: DEV, name: 'dev', trusts: [CENTRAL] },
    { id: PROD, name: 'prod', trusts: [CENTRAL] },
  ],
  permissionSets: ['Admin', 'Audit', 'Dev'],
  groups: ['Platform'],
  assignments: [DEV, PROD].flatMap((account) =>
    ['Admin', 'Audit', 'Dev'].map((permissionSet) => ({ account, permissionSet, group: 'Platform' })),
  ),
  clusters: [{ name: 'one', account: DEV, accessEntries: [{ permissionSet: 'Admin' }] }],
};
const EKS_ARN = { partition: 'aws', region: 'eu-west-1', accountId: DEV };

/** `[profile p]` with these lines, as the only source of credentials. */
async function profileWith(lines: readonly string[], ...more: readonly string[]) {
  const folder = await scratch({ config: ['[profile p]', ...lines, ...more, ''].join('\n') });
  return {
    folder,
    env: {
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_CONFIG_FILE: join(folder, 'config'),
    },
  };
}

describe('a session that ends during the run', () => {
  test('of a role in an account is assumed once more, page by page', async () => {
    const { fake, open } = await opened(WORLD, { sessionCalls: 1, pageSize: 1 });
    const inventory = await (await open()).read(query([id(DEV), id(PROD)]));
    expect(inventory.roles).toHaveLength(6);
    expect(fake.calls['sts.AssumeRole']).toBe(6);
  });

  test('of a role in an account with clusters', async () => {
    const { open } = await opened(WORLD, { sessionCalls: 1 });
    const [cluster] = await (await open()).clusters([{ name: 'one', place: EKS_ARN }]);
    expect(cluster?.accessEntries).toHaveLength(1);
  });

  test('that ends again at once is about the role, not about the caller’s sign-in', async () => {
    const { fake, open } = await opened(WORLD);
    fake.inject({ kind: 'expired', operation: 'iam.ListRoles', accountId: DEV });
    const failure = await failureOf((await open()).read(query([id(DEV), id(PROD)])));
    expect(failure.exitCode).toBe(3);
    expect(textOf(failure)).toContain('the session of role OrganizationAccountAccessRole ended');
    expect(textOf(failure)).toContain("Assuming the role again didn't help");
    expect(textOf(failure)).not.toContain('aws sso login');
    expect(fake.calls['sts.AssumeRole']).toBe(3);
  });

  const ROLE = [`role_arn = arn:aws:iam::${CENTRAL}:role/Central`, 'source_profile = q'];
  const SOURCE = [
    '[profile q]',
    `aws_access_key_id = ${userKey(DEV)}`,
    `aws_secret_access_key = ${USER_SECRET}`,
  ];

  test('of the profile’s role is assumed once more, for every service', async () => {
    const { env } = await profileWith(ROLE, ...SOURCE);
    const { fake, open } = await opened(WORLD, { sessionCalls: 5 }, env);
    const session = await open({ profiles: ['p'] });
    const inventory = await session.read(query([ALL], { permissionSets: 'all' }));
    expect(inventory.roles).toHaveLength(6);
    expect(inventory.permissionSets).toHaveLength(3);
    expect(fake.calls['sts.AssumeRole']).toBeGreaterThan(3);
  });

  test('of a profile is the caller’s if it ends again', async () => {
    const { env } = await profileWith(ROLE, ...SOURCE);
    const { fake, open } = await opened(WORLD, {}, env);
    const session = await open({ profiles: ['p'] });
    fake.inject({ kind: 'expired', operation: 'iam.ListRoles', accountId: CENTRAL });
    const failure = await failureOf(session.read(query([SELF])));
    expect(textOf(failure)).toContain('the AWS credentials for profile p have expired');
    expect(fake.calls['sts.AssumeRole']).toBe(2);
  });

  test('isn’t renewed for keys in the environment, which stay the same', async () => {
    const { fake, open } = await opened(WORLD, { userCalls: 1 });
    const failure = await failureOf((await open()).read(query([SELF])));
    expect(textOf(failure)).toContain('have expired');
    expect(fake.calls).toEqual({ 'sts.GetCallerIdentity': 1, 'iam.ListRoles': 1 });
  });
});

describe('a credential_process', () => {
  /** A command that counts its runs, and prints keys that are valid for some seconds. */
  async function counting(seconds: number | null) {
    const folder = await scratch();
    const expires =
      seconds === null ? '' : `,"Expiration":"${new Date(Date.now() + seconds * 1000).toISOString()}"`;
    const keys = `{"Version":1,"AccessKeyId":"${userKey(CENTRAL)}","SecretAccessKey":"${USER_SECRET}"${expires}}`;
    const file = join(folder, 'runs');
    const { env } = await profileWith([`credential_process = echo run >> ${file}; echo '${keys}'`]);
    return { env, runs: async () => (await readFile(file, 'utf8')).trim().split('\n').length };
  }

  test.each([200, 3600, null])('runs once while its keys are valid: %s seconds', async (seconds) => {
    const { env, runs } = await counting(seconds);
    const { open } = await opened(WORLD, {}, env);
    const session = await open({ profiles: ['p'] });
    await session.read(query([ALL], { permissionSets: 'all' }));
    expect(await runs()).toBe(1);
  });

  test('runs once more if AWS says that its keys have expired', async () => {
    const { env, runs } = await counting(200);
    const { fake, open } = await opened(WORLD, {}, env);
    const session = await open({ profiles: ['p'] });
    fake.inject({ kind: 'expired', operation: 'iam.ListRoles', times: 1 });
    await session.read(query([SELF]));
    expect(await runs()).toBe(2);
  });

  test('that hangs is stopped, and the profile is named', async () => {
    const { env } = await profileWith(['credential_process = exec sleep 600']);
    const { open } = await opened(WORLD, {}, env);
    const failure = await failureOf(open({ profiles: ['p'], timing: { ...NO_WAITS, deadline: 200 } }));
    expect([failure.exitCode, textOf(failure)]).toEqual([
      3,
      expect.stringMatching(
        /^no usable AWS credentials for profile p: its credential_process didn't finish within 0\.2 s\nRun the credential_process/,
      ),
    ]);
  });
});

describe('a page token that AWS refuses', () => {
  test.each([
    ['sso-admin.ListPermissionSets', 'NextToken', 'sso:ListPermissionSets', CENTRAL],
    ['iam.ListRoles', 'Marker', 'iam:ListRoles', DEV],
    ['organizations.ListAccounts', 'NextToken', 'organizations:ListAccounts', CENTRAL],
  ])('of %s is what the message says', async (operation, member, action, accountId) => {
    const { fake, open } = await opened(WORLD, { pageSize: 1 });
    const change = (answer: object) => ({ ...answer, [member]: 'bm90aGluZw' });
    fake.inject({ kind: 'changed', operation, accountId, times: 1, change });
    const failure = await failureOf((await open()).read(query([ALL], { permissionSets: 'all' })));
    expect([failure.exitCode, textOf(failure)]).toEqual([
      3,
      expect.stringContaining(`${action} rejected the request for the next page of the list`),
    ]);
    expect(textOf(failure)).toContain('Run again');
  });
});
