import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { defaultSource, explainMissing } from '../../src/aws/profile.ts';
import { translate } from '../../src/aws/translate-error.ts';
import { useEnvironment } from '../fake-aws/fake-aws-for-test.ts';
import { scratch } from '../scratch.ts';

type Env = Readonly<Record<string, string>>;

async function sourceWith(env: Env, settings: string, credentials = '') {
  const folder = await scratch({
    config: `[default]\n${settings}\n`,
    credentials: `[default]\n${credentials}\n`,
  });
  const files = {
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
  };
  onTestFinished(() => void vi.unstubAllEnvs());
  useEnvironment(files);
  return (await defaultSource(env, () => {})).from;
}

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
const WEB = { AWS_WEB_IDENTITY_TOKEN_FILE: '/token', AWS_ROLE_ARN: 'arn:aws:iam::111111111111:role/a' };
const POD = { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1/' };

describe('without --profile, credentials come from', () => {
  test.each([
    [
      'the environment before all else',
      { ...KEYS, ...WEB, ...POD },
      'role_arn = r\nsource_profile = p',
      'environment',
    ],
    [
      'the default profile that names a role',
      { ...WEB, ...POD },
      'role_arn = r\nsource_profile = p',
      'profile',
    ],
    ['a token of the environment', { ...WEB, ...POD }, 'credential_process = p', 'web-identity'],
    [
      'a token of the environment before one of the profile',
      WEB,
      'role_arn = r\nweb_identity_token_file = t',
      'web-identity',
    ],
    ['a token of the default profile', POD, 'role_arn = r\nweb_identity_token_file = t', 'profile'],
    ['a process of the default profile', POD, 'credential_process = p', 'profile'],
    ['a sign-in of the default profile', POD, 'sso_session = s', 'profile'],
    ['a login of the default profile', POD, 'login_session = s', 'profile'],
    ['keys of the default profile', POD, 'aws_access_key_id = a', 'profile'],
    ['the container', POD, 'region = eu-west-1', 'container'],
    ['the container of ECS', { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/id' }, '', 'container'],
    ['the instance', {}, 'region = eu-west-1', 'instance'],
    ['the instance with a secret alone', { AWS_SECRET_ACCESS_KEY: 'secret' }, '', 'instance'],
    ['the instance whose metadata is not disabled', { AWS_EC2_METADATA_DISABLED: 'false' }, '', 'instance'],
  ])('%s', async (_, env, settings, from) => expect(await sourceWith(env as Env, settings)).toBe(from));

  test.each([
    ['the default profile', {}],
    ['AWS_PROFILE', { AWS_PROFILE: 'default' }],
  ])('nowhere for a key without its secret, like the AWS CLI: not from %s', async (_, env) => {
    await expect(
      sourceWith({ AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', ...env }, 'aws_access_key_id = a'),
    ).rejects.toMatchObject({
      kind: 'no-credentials',
      detail: 'AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY',
    });
  });

  test.each([
    [
      'a token of the environment before the keys of AWS_PROFILE',
      WEB,
      'aws_access_key_id = a',
      'web-identity',
    ],
    ['the role of AWS_PROFILE', WEB, 'role_arn = r\nsource_profile = p', 'profile'],
    ['AWS_PROFILE', POD, 'aws_access_key_id = a', 'profile'],
  ])('%s', async (_, env, settings, from) => {
    expect(await sourceWith({ ...env, AWS_PROFILE: 'default' }, settings)).toBe(from);
  });

  test('the default profile in the credentials file', async () => {
    expect(await sourceWith({}, 'region = eu-west-1', 'aws_access_key_id = a')).toBe('profile');
  });
});

const CALL = { service: 'sts', operation: 'GetCallerIdentity', region: 'eu-west-1', profile: 'p' } as const;

/** Errors of the SDK's providers may not mention credentials. */
test.each([
  [new TypeError('unexpected'), 'no-credentials'],
  [Object.assign(new Error('no'), { name: 'AccessDeniedException' }), 'no-credentials'],
  [Object.assign(new Error('expired'), { name: 'ExpiredTokenException' }), 'expired'],
  [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'network'],
])('without credentials, %s is %s', async (error, kind) => {
  onTestFinished(() => void vi.unstubAllEnvs());
  useEnvironment({ AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' });
  const source = { profile: 'p', from: 'profile' } as const;
  const failure = await explainMissing(translate(error, CALL), source);
  expect([failure.kind, failure.base]).toEqual([kind, undefined]);
});
