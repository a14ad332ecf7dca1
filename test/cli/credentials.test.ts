import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { TOKENS } from '../fake-aws/credential-services.ts';
import { isolatedEnvironment } from '../fake-aws/environment.ts';
import { fakeAwsForTest, useEnvironment } from '../fake-aws/fake-aws-for-test.ts';
import type { FakeAws } from '../fake-aws/server.ts';
import { USER_SECRET, userKey } from '../fake-aws/sessions.ts';
import type { Call } from '../fake-aws/wire/call.ts';
import { type FakeProxy, fakeProxyForTest } from '../fake-proxy/fake-proxy.ts';
import { listenForTest } from '../fake-proxy/listen.ts';
import { scratch } from '../scratch.ts';
import { type Ran, runWithEnvironment } from './run.ts';

const [CENTRAL, MEMBER, LAST] = ['111111111111', '222222222222', '333333333333'];
const ALL = [CENTRAL, MEMBER, LAST];

type Environment = Readonly<Record<string, string | undefined>>;

/** A source of credentials: `~/.aws/config`, other files in the home directory, and the environment. */
interface Way {
  readonly config?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Environment;
  readonly argv?: readonly string[];
}

interface Setting {
  readonly fake: FakeAws;
  readonly home: string;
}

interface Outcome extends Ran {
  readonly fake: FakeAws;
  /** Calls by known callers, in order. */
  readonly calls: readonly Call[];
}

/**
 * Runs `roles` in an environment with only this source of credentials.
 * @param network how to reach AWS; directly by default
 */
async function rolesBy(
  way: (setting: Setting) => Way,
  network: (fake: FakeAws) => Environment | Promise<Environment> = () => ({}),
): Promise<Outcome> {
  const calls: Call[] = [];
  const fake = await fakeAwsForTest(
    {
      permissionSets: ['Admin'],
      groups: ['Platform'],
      accounts: [
        { id: CENTRAL, assumableRole: 'Central' },
        { id: MEMBER, assumableRole: 'Reader', externalId: 'our-id' },
        { id: LAST, assumableRole: 'Last', trusts: [MEMBER] },
      ],
      assignments: ALL.map((account) => ({ account, permissionSet: 'Admin', group: 'Platform' })),
    },
    { onCall: (call) => calls.push(call) },
  );
  const home = await scratch();
  const { config = '', files = {}, env = {}, argv = [] } = way({ fake, home });
  for (const [name, text] of Object.entries({ '.aws/config': config, ...files })) {
    await mkdir(dirname(join(home, name)), { recursive: true });
    await writeFile(join(home, name), text);
  }
  useEnvironment({
    ...fake.env,
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_CONFIG_FILE: join(home, '.aws/config'),
    AWS_LOGIN_CACHE_DIRECTORY: join(home, 'login'),
    HOME: home,
    ...(await network(fake)),
    ...env,
  });
  const ran = await runWithEnvironment(['roles', '--account', 'self', '-o', 'json', '--debug', ...argv]);
  return { ...ran, fake, calls };
}

const KEYS = `aws_access_key_id = ${userKey(CENTRAL)}\naws_secret_access_key = ${USER_SECRET}\n`;
const ENV_KEYS = { AWS_ACCESS_KEY_ID: userKey(CENTRAL), AWS_SECRET_ACCESS_KEY: USER_SECRET };
const BY_PROFILE = ['--profile', 'p'];
const READER = `role_arn = arn:aws:iam::${MEMBER}:role/Reader\nexternal_id = our-id\n`;

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

/** A profile that signs in to the portal. Each has its own name, because the SDK remembers refreshed sessions for a while. */
function portalProfile(session: string, role = 'Admin'): string {
  return `[profile p]\nsso_session = ${session}\nsso_account_id = ${MEMBER}\nsso_role_name = ${role}\n
[sso-session ${session}]\nsso_start_url = https://example.awsapps.com/start\nsso_region = eu-central-1\n`;
}

const LEGACY_PROFILE = `[profile p]\nsso_start_url = https://legacy.awsapps.com/start\nsso_region = eu-central-1\n
sso_account_id = ${MEMBER}\nsso_role_name = Admin\n`;

function portalCache(key: string, token: Readonly<Record<string, string>>) {
  return { [`.aws/sso/cache/${sha1(key)}.json`]: JSON.stringify(token) };
}

const VALID = { accessToken: TOKENS.portal, expiresAt: inSeconds(3600) };
const EXPIRED = { accessToken: 'fake-portal-token-of-yesterday', expiresAt: inSeconds(-3600) };
const CLIENT = { clientId: 'client', clientSecret: 'fake-client-secret' };
const REFRESHABLE = { ...EXPIRED, ...CLIENT, refreshToken: TOKENS.portalRefresh };

const LOGIN_SESSION = `arn:aws:iam::${CENTRAL}:user/alice`;
const LOGIN_PROFILE = `[profile p]\nlogin_session = ${LOGIN_SESSION}\n`;

/** Files that `aws login` writes. */
function loginCache({ fake }: Setting, expiresAt: string, refreshToken: string = TOKENS.loginRefresh) {
  const { accessKeyId, secretAccessKey, token } = fake.openSession(CENTRAL, LOGIN_SESSION);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cached = {
    accessToken: { accessKeyId, secretAccessKey, sessionToken: token, accountId: CENTRAL, expiresAt },
    clientId: 'arn:aws:signin:::devtools/same-device',
    refreshToken,
    dpopKey: privateKey.export({ type: 'sec1', format: 'pem' }),
  };
  return { [`login/${sha256(LOGIN_SESSION)}.json`]: JSON.stringify(cached) };
}

function sessionKeys({ fake }: Setting) {
  const {
    accessKeyId,
    secretAccessKey,
    token = '',
  } = fake.openSession(CENTRAL, sessionArn(CENTRAL, 'Session/me'));
  return { accessKeyId, secretAccessKey, token };
}

const PRINTED = JSON.stringify({ Version: 1, AccessKeyId: userKey(CENTRAL), SecretAccessKey: USER_SECRET });

const webEnv = ({ home }: Setting) => ({
  AWS_ROLE_ARN: `arn:aws:iam::${MEMBER}:role/Reader`,
  AWS_WEB_IDENTITY_TOKEN_FILE: join(home, 'token'),
});
const containerEnv = ({ fake, home }: Setting) => ({
  AWS_CONTAINER_CREDENTIALS_FULL_URI: `${fake.url}/container`,
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(home, 'token'),
});
const metadataEnv = ({ fake }: Setting) => ({
  AWS_EC2_METADATA_DISABLED: undefined,
  AWS_EC2_METADATA_SERVICE_ENDPOINT: fake.url,
});

const sessionArn = (account: string, session: string) => `arn:aws:sts::${account}:assumed-role/${session}`;
const USER = `arn:aws:iam::${CENTRAL}:user/engineer`;
const PORTAL_USER = sessionArn(MEMBER, 'AWSReservedSSO_Admin_0123456789abcdef/alice');
const POD = sessionArn(CENTRAL, 'pod-role/alice');
const INSTANCE = sessionArn(CENTRAL, 'instance-role/alice');
const ROLE = sessionArn(MEMBER, 'Reader/aws-auth-sso');
const WEB_TOKEN = { token: TOKENS.web };
const CONTAINER_TOKEN = { token: TOKENS.container };
const named = (settings: string, more = '') => ({
  config: `[profile p]\n${settings}\n${more}`,
  argv: BY_PROFILE,
});

const LEFT_KEYS = { credentials: `[p]\n${KEYS}` };
const withLeftKeys = ({ home }: Setting) => ({
  argv: BY_PROFILE,
  env: { AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials') },
});

/** Working sources that call AWS or an endpoint of this machine for credentials, with the resulting caller. */
const CALLING: readonly (readonly [string, string, (setting: Setting) => Way])[] = [
  [
    'an sso-session that is signed in',
    PORTAL_USER,
    () => ({ config: portalProfile('fresh'), files: portalCache('fresh', VALID), argv: BY_PROFILE }),
  ],
  [
    'an sso-session that is renewed',
    PORTAL_USER,
    ({ home }) => ({
      config: portalProfile(basename(home)),
      files: portalCache(basename(home), REFRESHABLE),
      argv: BY_PROFILE,
    }),
  ],
  [
    'an SSO profile without session',
    PORTAL_USER,
    () => ({
      config: LEGACY_PROFILE,
      files: portalCache('https://legacy.awsapps.com/start', VALID),
      argv: BY_PROFILE,
    }),
  ],
  [
    'aws login that is renewed',
    sessionArn(CENTRAL, 'Login/alice'),
    (setting) => ({ config: LOGIN_PROFILE, files: loginCache(setting, inSeconds(-60)), argv: BY_PROFILE }),
  ],
  [
    'a token of an identity provider in the environment (EKS, GitHub)',
    ROLE,
    (setting) => ({ env: webEnv(setting), files: WEB_TOKEN }),
  ],
  [
    'a token of an identity provider in a profile',
    ROLE,
    ({ home }) => ({
      ...named(
        `role_arn = arn:aws:iam::${MEMBER}:role/Reader\nweb_identity_token_file = ${join(home, 'token')}`,
      ),
      files: WEB_TOKEN,
    }),
  ],
  [
    'a container (EKS Pod Identity)',
    POD,
    (setting) => ({ env: containerEnv(setting), files: CONTAINER_TOKEN }),
  ],
  ['instance metadata', INSTANCE, (setting) => ({ env: metadataEnv(setting) })],
  ['a role from a profile', ROLE, () => named(`${READER}source_profile = q`, `[profile q]\n${KEYS}`)],
  [
    'a role from a role from a profile',
    sessionArn(LAST, 'Last/aws-auth-sso'),
    () =>
      named(
        `role_arn = arn:aws:iam::${LAST}:role/Last\nsource_profile = q`,
        `[profile q]\n${READER}source_profile = r\n[profile r]\n${KEYS}`,
      ),
  ],
  [
    'a role from an sso-session',
    sessionArn(LAST, 'Last/aws-auth-sso'),
    () => ({
      config: `${portalProfile('source')}[profile q]\nrole_arn = arn:aws:iam::${LAST}:role/Last\nsource_profile = p\n`,
      files: portalCache('source', VALID),
      argv: ['--profile', 'q'],
    }),
  ],
  [
    'a role from instance metadata',
    ROLE,
    (setting) => ({
      ...named(`${READER}credential_source = Ec2InstanceMetadata`),
      env: metadataEnv(setting),
    }),
  ],
  [
    'a role from a container',
    ROLE,
    (setting) => ({
      ...named(`${READER}credential_source = EcsContainer`),
      env: containerEnv(setting),
      files: CONTAINER_TOKEN,
    }),
  ],
];

/** All working sources. */
const WORKING: readonly (readonly [string, string, (setting: Setting) => Way])[] = [
  ...CALLING,
  ['keys in the environment', USER, () => ({ env: ENV_KEYS })],
  [
    'session keys in the environment',
    sessionArn(CENTRAL, 'Session/me'),
    (setting) => {
      const { accessKeyId, secretAccessKey, token } = sessionKeys(setting);
      const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
      return { env: { ...env, AWS_SESSION_TOKEN: token } };
    },
  ],
  ['keys in a profile', USER, () => named(KEYS)],
  ['keys in the default profile', USER, () => ({ config: `[default]\n${KEYS}` })],
  [
    'session keys in the file of credentials',
    sessionArn(CENTRAL, 'Session/me'),
    (setting) => {
      const { accessKeyId, secretAccessKey, token } = sessionKeys(setting);
      const lines = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}`;
      const files = { credentials: `[p]\n${lines}\naws_session_token = ${token}\n` };
      return {
        files,
        argv: BY_PROFILE,
        env: { AWS_SHARED_CREDENTIALS_FILE: join(setting.home, 'credentials') },
      };
    },
  ],
  [
    'aws login',
    LOGIN_SESSION,
    (setting) => ({ config: LOGIN_PROFILE, files: loginCache(setting, inSeconds(3600)), argv: BY_PROFILE }),
  ],
  [
    'credential_process',
    USER,
    ({ home }) => ({
      ...named(`credential_process = cat "${join(home, 'printed')}"`),
      files: { printed: PRINTED },
    }),
  ],
  [
    'a token of an identity provider in the environment, with a name for the session',
    sessionArn(MEMBER, 'Reader/nightly'),
    (setting) => ({ env: { ...webEnv(setting), AWS_ROLE_SESSION_NAME: 'nightly' }, files: WEB_TOKEN }),
  ],
  [
    'a token of an identity provider in the environment, which precedes the keys of the default profile',
    ROLE,
    (setting) => ({ env: webEnv(setting), files: WEB_TOKEN, config: `[default]\n${KEYS}` }),
  ],
  [
    'a token of an identity provider in the environment, which precedes AWS_PROFILE',
    ROLE,
    (setting) => ({
      ...named(KEYS),
      argv: [],
      env: { ...webEnv(setting), AWS_PROFILE: 'p' },
      files: WEB_TOKEN,
    }),
  ],
  ['AWS_DEFAULT_PROFILE', USER, () => ({ ...named(KEYS), argv: [], env: { AWS_DEFAULT_PROFILE: 'p' } })],
  [
    'an sso-session, which precedes leftover keys of a tool',
    PORTAL_USER,
    (setting) => ({
      ...withLeftKeys(setting),
      config: portalProfile('left'),
      files: { ...LEFT_KEYS, ...portalCache('left', VALID) },
    }),
  ],
  [
    'a role from a profile, which precedes a sign-in and keys',
    ROLE,
    (setting) => ({
      ...named(`${READER}source_profile = p\nsso_account_id = ${MEMBER}`),
      ...withLeftKeys(setting),
      files: LEFT_KEYS,
    }),
  ],
  [
    'a token of a profile, which precedes leftover keys of a tool',
    ROLE,
    (setting) => ({
      ...named(
        `role_arn = arn:aws:iam::${MEMBER}:role/Reader\nweb_identity_token_file = ${join(setting.home, 'token')}`,
      ),
      ...withLeftKeys(setting),
      files: { ...LEFT_KEYS, ...WEB_TOKEN },
    }),
  ],
  [
    'a role from the default profile',
    ROLE,
    () => ({ config: `[default]\n${READER}source_profile = q\n[profile q]\n${KEYS}` }),
  ],
  ['a role from the profile itself', ROLE, () => named(`${READER}source_profile = p\n${KEYS}`)],
  [
    'a role from keys in the environment',
    ROLE,
    () => ({ ...named(`${READER}credential_source = Environment`), env: ENV_KEYS }),
  ],
];

const SECRETS = [USER_SECRET, ...Object.values(TOKENS), CLIENT.clientSecret];

function expectNoSecret({ stdout, stderr, calls }: Outcome): void {
  const given = calls.flatMap(({ caller }) => [caller.secretAccessKey, caller.token ?? USER_SECRET]);
  for (const secret of [...SECRETS, ...given]) expect(`${stdout}${stderr}`).not.toContain(secret);
}

describe('the account is read with', () => {
  test.each(WORKING)('%s', async (_, arn, way) => {
    const outcome = await rolesBy(way);
    expect(outcome.stderr).not.toMatch(/^(error|warning):/m);
    expect(outcome.exitCode).toBe(0);
    expect(JSON.parse(outcome.stdout)).toMatchObject([
      { accountId: arn.split(':')[4], permissionSet: 'Admin' },
    ]);
    const reading = outcome.calls.filter(({ operation }) => operation === 'ListRoles');
    expect(reading.map(({ caller }) => caller.arn)).toEqual([arn]);
    expectNoSecret(outcome);
  });
});

describe('through a proxy that is the only route to AWS, the account is read with', () => {
  test.each(CALLING)('%s', async (_, arn, way) => {
    const proxies: FakeProxy[] = [];
    const { exitCode, calls, fake } = await rolesBy(way, async ({ url }) => {
      const proxy = await fakeProxyForTest({ leadsTo: Number(new URL(url).port) });
      proxies.push(proxy);
      return { AWS_ENDPOINT_URL: 'http://aws.invalid', HTTP_PROXY: proxy.url };
    });
    expect([exitCode, calls.at(-1)?.caller.arn]).toEqual([0, arn]);
    // Metadata and container endpoints are on this machine, out of reach for a proxy.
    const hosts = proxies.flatMap(({ seen }) => seen.map((line) => new URL(line.split(' ')[1] ?? '').host));
    expect(new Set(hosts)).toEqual(new Set(['aws.invalid']));
    expect(fake.calls['iam.ListRoles']).toBe(1);
  });
});

describe('a role of a profile', () => {
  test('is assumed with the settings of the profile', async () => {
    const { calls } = await rolesBy(() =>
      named(
        `${READER}source_profile = q\nrole_session_name = nightly\nduration_seconds = 1800`,
        `[profile q]\n${KEYS}`,
      ),
    );
    expect(calls[0]).toMatchObject({
      operation: 'AssumeRole',
      input: { RoleSessionName: 'nightly', ExternalId: 'our-id', DurationSeconds: '1800' },
    });
  });

  test('or of a token determines the account', async () => {
    const { fake } = await rolesBy((setting) => ({ env: webEnv(setting), files: WEB_TOKEN }));
    expect(fake.calls).toEqual({ 'iam.ListRoles': 1, 'sts.AssumeRoleWithWebIdentity': 1 });
  });

  test('is assumed in the region of the run, or in another one if STS is disabled there', async () => {
    const way = () => named(`${READER}source_profile = q\nregion = eu-south-1`, `[profile q]\n${KEYS}`);
    const regionsOf = async (env: Environment, ...argv: readonly string[]) => {
      const { calls } = await rolesBy(() => ({ ...way(), env, argv: [...BY_PROFILE, ...argv] }));
      return calls[0]?.region;
    };
    expect(await regionsOf({ AWS_REGION: undefined })).toBe('eu-south-1');
    expect(await regionsOf({}, '--region', 'eu-north-1')).toBe('eu-north-1');
    const { calls, exitCode } = await rolesBy(({ fake }) => {
      fake.inject({ kind: 'region-disabled', operation: 'sts.AssumeRole', region: 'eu-west-1' });
      return way();
    });
    expect([exitCode, ...calls.map(({ region }) => region)]).toEqual([
      0,
      'eu-west-1',
      'us-east-1',
      'eu-west-1',
    ]);
  });

  test('is assumed at the endpoint of the profile', async () => {
    const { exitCode, fake } = await rolesBy(({ fake }) => ({
      ...named(`${READER}source_profile = q\nendpoint_url = ${fake.url}`, `[profile q]\n${KEYS}`),
      env: { AWS_ENDPOINT_URL: undefined },
    }));
    expect([exitCode, fake.calls['sts.AssumeRole']]).toEqual([0, 1]);
  });

  test('is assumed again shortly before its session expires', async () => {
    const { exitCode, fake } = await rolesBy(() =>
      named(`${READER}source_profile = q\nduration_seconds = 60`, `[profile q]\n${KEYS}`),
    );
    expect(exitCode).toBe(0);
    expect(fake.calls['sts.AssumeRole']).toBeGreaterThan(1);
  });

  test('is assumed again after an interrupted call', async () => {
    const { exitCode, fake } = await rolesBy(({ fake }) => {
      fake.inject({ kind: 'reset', operation: 'sts.AssumeRole', times: 1 });
      return named(`${READER}source_profile = q`, `[profile q]\n${KEYS}`);
    });
    expect([exitCode, fake.calls['sts.AssumeRole']]).toEqual([0, 2]);
  });
});

const NONE = 'no usable AWS credentials';
const SIGN_IN = 'Sign in with `aws sso login --profile p`, then run again.';
const LOG_IN = 'Sign in with `aws login --profile p`, then run again.';
const RUN_PROCESS = 'Run the credential_process command on its own';
const CHECK_TOKEN = 'Check AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE';
const CHECK_POD = "Check the container's task role, or the service account's Pod Identity association";
const CHECK_TRUST =
  'Grant sts:AssumeRole to the source credentials (source_profile or credential_source). The role must exist and trust them.';
const CHECK_PROFILE =
  'Check the profile in ~/.aws/config and ~/.aws/credentials; to test it, run `aws sts get-caller-identity --profile p`.';

/** Failing sources, with the error and the next step. */
const FAILING: readonly (readonly [string, readonly string[], (setting: Setting) => Way])[] = [
  ['no credentials at all', [`${NONE}: no keys`, 'Set --profile, AWS_PROFILE'], () => ({})],
  [
    'session keys that have expired',
    ['the AWS credentials for profile p have expired: The security token', 'aws sso login --profile p'],
    ({ fake }) => {
      fake.inject({ kind: 'expired', operation: '*' });
      return named(KEYS);
    },
  ],
  [
    'an sso-session without a sign-in',
    [`${NONE} for profile p: The SSO session token`, SIGN_IN],
    () => ({ config: portalProfile('never'), argv: BY_PROFILE }),
  ],
  [
    'an sso-session that has expired',
    ['the AWS credentials for profile p have expired: Token is expired', '`aws sso login --profile p`'],
    () => {
      const token = { ...REFRESHABLE, refreshToken: 'fake-refresh-token-of-yesterday' };
      return { config: portalProfile('over'), files: portalCache('over', token), argv: BY_PROFILE };
    },
  ],
  [
    'an sso-session that was signed out elsewhere',
    [`${NONE} for profile p: UnauthorizedException: Session token not found or invalid`, SIGN_IN],
    () => {
      const token = { ...VALID, accessToken: 'fake-portal-token-of-nobody' };
      return { config: portalProfile('revoked'), files: portalCache('revoked', token), argv: BY_PROFILE };
    },
  ],
  [
    "a permission set that isn't assigned",
    [`${NONE} for profile p: ForbiddenException: No access`, 'Check sso_account_id and sso_role_name'],
    () => ({ config: portalProfile('other', 'Other'), files: portalCache('other', VALID), argv: BY_PROFILE }),
  ],
  [
    "an sso_session that doesn't exist",
    [`${NONE} for profile p: profile "p" names an sso_session that doesn't exist: "typo"`, CHECK_PROFILE],
    () => ({
      config: portalProfile('right').replace('sso_session = right', 'sso_session = typo'),
      argv: BY_PROFILE,
    }),
  ],
  [
    'an SSO profile without session and sign-in',
    [`${NONE} for profile p: The SSO session associated with this profile is invalid.`, SIGN_IN],
    () => ({ config: LEGACY_PROFILE, argv: BY_PROFILE }),
  ],
  [
    'an unreachable portal',
    ['sts:GetCallerIdentity got no response: connect ECONNREFUSED', 'Check the network'],
    () => ({
      config: portalProfile('remote'),
      files: portalCache('remote', VALID),
      argv: BY_PROFILE,
      env: { AWS_ENDPOINT_URL_SSO: 'http://127.0.0.1:9' },
    }),
  ],
  [
    'a portal behind a missing proxy',
    ["didn't get through the proxy: http://127.0.0.1:9 (HTTP_PROXY): connect", "Check the proxy's address"],
    () => ({
      config: portalProfile('behind'),
      files: portalCache('behind', VALID),
      argv: BY_PROFILE,
      env: { HTTP_PROXY: 'http://127.0.0.1:9' },
    }),
  ],
  [
    'aws login without a login',
    [`${NONE} for profile p: Failed to load token from`, LOG_IN],
    () => ({ config: LOGIN_PROFILE, argv: BY_PROFILE }),
  ],
  [
    'aws login that has expired',
    [`${NONE} for profile p: Your session has expired. Please reauthenticate.`, LOG_IN],
    (setting) => ({
      config: LOGIN_PROFILE,
      files: loginCache(setting, inSeconds(-60), 'fake-login-token-of-yesterday'),
      argv: BY_PROFILE,
    }),
  ],
  [
    'credential_process that fails',
    [`${NONE} for profile p: no such vault`, RUN_PROCESS],
    () => named('credential_process = sh -c "echo no such vault >&2; exit 1" fake-argument'),
  ],
  [
    'credential_process that has no connection',
    [`${NONE} for profile p: unable to get a token: connect ECONNREFUSED`, RUN_PROCESS],
    () => named('credential_process = sh -c "echo unable to get a token: connect ECONNREFUSED >&2; exit 1"'),
  ],
  [
    'credential_process that fails silently',
    [`${NONE} for profile p: its command failed`, RUN_PROCESS],
    () => named('credential_process = false fake-argument'),
  ],
  [
    'credential_process that prints something else',
    [`${NONE} for profile p: Profile p credential_process returned invalid JSON.`, RUN_PROCESS],
    () => named('credential_process = echo fake-argument'),
  ],
  [
    'credential_process that prints expired keys',
    [`${NONE} for profile p: Profile p credential_process returned expired credentials.`, RUN_PROCESS],
    ({ home }) => ({
      ...named(`credential_process = cat ${join(home, 'printed')}`),
      files: { printed: JSON.stringify({ ...JSON.parse(PRINTED), Expiration: inSeconds(-60) }) },
    }),
  ],
  [
    'credential_process of the default profile, without trying anything else',
    [`${NONE} from profile default: no such vault`, RUN_PROCESS],
    (setting) => ({
      config: '[default]\ncredential_process = sh -c "echo no such vault >&2; exit 1"\n',
      env: metadataEnv(setting),
    }),
  ],
  [
    'aws login that cannot be renewed without a connection',
    ['sts:GetCallerIdentity got no response: connect ECONNREFUSED', 'Check the network'],
    (setting) => ({
      config: LOGIN_PROFILE,
      files: loginCache(setting, inSeconds(-60)),
      argv: BY_PROFILE,
      env: { AWS_ENDPOINT_URL_SIGNIN: 'http://127.0.0.1:9' },
    }),
  ],
  [
    'a missing token',
    [`${NONE}: ENOENT: no such file or directory, open`, CHECK_TOKEN],
    (setting) => ({ env: webEnv(setting) }),
  ],
  [
    'a token that the account does not know',
    [`${NONE}: No OpenIDConnect provider found in your account`, CHECK_TOKEN],
    (setting) => ({ env: webEnv(setting), files: { token: 'fake-token-of-somebody' } }),
  ],
  [
    'a token that the role does not trust',
    [`${NONE}: Not authorized to perform sts:AssumeRoleWithWebIdentity`, CHECK_TOKEN],
    (setting) => ({
      env: { ...webEnv(setting), AWS_ROLE_ARN: `arn:aws:iam::${MEMBER}:role/Writer` },
      files: WEB_TOKEN,
    }),
  ],
  [
    'a token that cannot be sent',
    ['sts:AssumeRoleWithWebIdentity got no response: connect ECONNREFUSED', 'Check the network'],
    (setting) => ({
      env: { ...webEnv(setting), AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9' },
      files: WEB_TOKEN,
    }),
  ],
  [
    'a token where STS is off',
    ["sts:AssumeRoleWithWebIdentity isn't available in region eu-west-1", 'Activate STS'],
    (setting) => {
      setting.fake.inject({ kind: 'region-disabled', operation: 'sts.AssumeRoleWithWebIdentity' });
      return { env: webEnv(setting), files: WEB_TOKEN };
    },
  ],
  [
    'a token without a role',
    [`${NONE}: Web identity configuration not specified`, CHECK_TOKEN],
    (setting) => ({ env: { ...webEnv(setting), AWS_ROLE_ARN: undefined }, files: WEB_TOKEN }),
  ],
  [
    'a missing token of a profile',
    [`${NONE} for profile p: ENOENT: no such file or directory, open`, CHECK_TOKEN],
    () => named(`role_arn = arn:aws:iam::${MEMBER}:role/Reader\nweb_identity_token_file = /nowhere/token`),
  ],
  [
    'a container with an invalid address',
    [`${NONE}: URL not accepted.`, CHECK_POD],
    () => ({ env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://example.com/credentials' } }),
  ],
  [
    'missing instance metadata',
    [
      `${NONE}: no keys in the environment, no default profile and no instance metadata (Unable to connect`,
      'Outside EC2, set --profile',
    ],
    () => ({
      env: { AWS_EC2_METADATA_DISABLED: undefined, AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9' },
    }),
  ],
  [
    'missing instance metadata, and a default profile without credentials',
    [
      `${NONE}: no keys in the environment, no credentials in the default profile and no instance metadata (Unable`,
      'Outside EC2, set --profile',
    ],
    () => ({
      config: '[default]\nregion = eu-west-1\n',
      env: { AWS_EC2_METADATA_DISABLED: undefined, AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9' },
    }),
  ],
  [
    'a default profile without credentials',
    [`${NONE}: no keys in the environment, and no credentials in the default profile`, 'Set --profile'],
    () => ({ config: '[default]\nregion = eu-west-1\n' }),
  ],
  [
    'a role that does not trust the caller',
    [
      `${NONE} for profile p: User: ${USER} is not authorized to perform: sts:AssumeRole on resource`,
      CHECK_TRUST,
    ],
    () => named(`role_arn = arn:aws:iam::${MEMBER}:role/Reader\nsource_profile = q`, `[profile q]\n${KEYS}`),
  ],
  [
    'a role that cannot be requested',
    ['sts:AssumeRole got no response: connect ECONNREFUSED', 'Check the network'],
    () => ({
      ...named(`${READER}source_profile = q`, `[profile q]\n${KEYS}`),
      env: { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9' },
    }),
  ],
  [
    'a role with a session longer than its maximum',
    [`${NONE} for profile p: DurationSeconds must be`, CHECK_PROFILE],
    () =>
      named(
        `${READER}source_profile = q\nduration_seconds = -1`,
        `[profile q]\ncredential_process = echo '${PRINTED}'\n`,
      ),
  ],
  [
    'a role whose source has expired keys',
    ['the AWS credentials for profile p from profile q have expired', '`aws sso login --profile q`'],
    ({ fake }) => {
      fake.inject({ kind: 'expired', operation: 'sts.AssumeRole' });
      return named(`${READER}source_profile = q`, `[profile q]\n${KEYS}`);
    },
  ],
  [
    'a role whose source has unknown keys',
    [`${NONE} for profile p in region eu-west-1`, 'Check the keys.'],
    () =>
      named(
        `${READER}source_profile = q`,
        `[profile q]\naws_access_key_id = AKIASOMEBODYELSE0000\naws_secret_access_key = ${USER_SECRET}\n`,
      ),
  ],
  [
    'a role that is requested too often',
    ['sts:AssumeRole was throttled on every attempt: Rate exceeded', 'run again later'],
    ({ fake }) => {
      fake.inject({ kind: 'throttle', operation: 'sts.AssumeRole' });
      return named(`${READER}source_profile = q`, `[profile q]\n${KEYS}`);
    },
  ],
  [
    "a source that doesn't exist",
    [
      `${NONE} for profile p from profile typo: Could not resolve credentials using profile: [typo]`,
      '--profile typo`',
    ],
    () => named(`${READER}source_profile = typo`),
  ],
  [
    'a signed-out source, with its name in the next step',
    [`${NONE} for profile q from profile p: The SSO session token`, SIGN_IN],
    () => ({
      config: `${portalProfile('far')}[profile q]\n${READER}source_profile = p\n`,
      argv: ['--profile', 'q'],
    }),
  ],
  [
    'a circle of sources',
    [`${NONE} for profile p`, 'Detected a cycle'],
    () => named(`${READER}source_profile = q`, `[profile q]\n${READER}source_profile = p\n`),
  ],
  [
    'a role without a source',
    [
      `${NONE} for profile p: profile "p" has a role_arn, but neither source_profile nor credential_source`,
      CHECK_PROFILE,
    ],
    () => named(READER),
  ],
  [
    'a role with two sources',
    [`${NONE} for profile p: profile "p" has both source_profile and credential_source`, CHECK_PROFILE],
    () => named(`${READER}source_profile = q\ncredential_source = Environment`, `[profile q]\n${KEYS}`),
  ],
  [
    'a role from missing keys in the environment',
    [`${NONE} for profile p: Unable to find environment variable credentials.`, CHECK_PROFILE],
    () => named(`${READER}credential_source = Environment`),
  ],
  [
    'a role from a container, outside of one',
    [`${NONE} for profile p: No HTTP credential provider host provided.`, CHECK_POD],
    () => named(`${READER}credential_source = EcsContainer`),
  ],
  [
    'a role from missing instance metadata',
    [`${NONE} for profile p: Unable to connect to instance metadata service`, 'On EC2, the instance needs'],
    () => ({
      ...named(`${READER}credential_source = Ec2InstanceMetadata`),
      env: { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9' },
    }),
  ],
];

describe('a run fails, with a next step, for', () => {
  test.each(FAILING)('%s', async (_, said, way) => {
    const outcome = await rolesBy(way);
    expect([outcome.exitCode, outcome.stdout]).toEqual([3, '']);
    for (const words of said) expect(outcome.stderr).toContain(words);
    expect(outcome.stderr).not.toMatch(/fake-/);
    expectNoSecret(outcome);
  });

  test('a container that does not answer', async () => {
    const silent = createServer(() => {});
    const url = `http://127.0.0.1:${await listenForTest(silent)}/container`;
    useEnvironment({ ...isolatedEnvironment(url, 'eu-west-1'), AWS_CONTAINER_CREDENTIALS_FULL_URI: url });
    const outcome = await runWithEnvironment(['roles', '--account', 'self'], { timing: { timeout: 50 } });
    expect([outcome.exitCode, outcome.stdout]).toEqual([3, '']);
    expect(outcome.stderr).toContain(`${NONE}: no response within 0.05 s\n  ${CHECK_POD}`);
  });

  test('a container that is refused', async () => {
    // The SDK asks four times, a second apart.
    const { setTimeout } = globalThis;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, wait?: number) =>
      setTimeout(run, wait === 1000 ? 50 : wait)) as typeof setTimeout);
    onTestFinished(() => void vi.restoreAllMocks());
    const outcome = await rolesBy((setting) => ({
      env: containerEnv(setting),
      files: { token: 'fake-other' },
    }));
    expect([outcome.exitCode, outcome.stdout]).toEqual([3, '']);
    expect(outcome.stderr).toContain(`${NONE}: Server responded with status: 401\n  ${CHECK_POD}`);
  });
});
