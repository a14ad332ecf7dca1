import { loadSharedConfigFiles } from '@smithy/core/config';
import { isRegion } from '../arn.ts';
import { type Finding, note, refusal } from '../errors.ts';
import { quoted } from '../text.ts';
import { AwsFailure, type AwsFailureKind } from './failure.ts';

/** Source of an identity's credentials. */
export interface CredentialSource {
  /** Null if no profile is named. */
  readonly profile: string | null;
  /** `profile`: the named profile, else `default`. `environment`: only the keys in the environment. */
  readonly from: 'profile' | 'environment' | 'web-identity' | 'container' | 'instance';
}

type Env = Readonly<Record<string, string | undefined>>;

/** The source for a profile named with --profile. */
export function statedProfile(profile: string): CredentialSource {
  return { profile, from: 'profile' };
}

/**
 * Without --profile, as in the AWS CLI: keys or a token in the environment take precedence over AWS_PROFILE, which then
 * only provides settings but still has to exist. Without them, AWS_PROFILE counts like --profile.
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html
 * @throws AwsFailure `no-credentials` if AWS_PROFILE doesn't exist, half a key pair is missing, or there is no source
 *   to try
 */
export async function defaultSource(
  env: Env,
  onFinding: (finding: Finding) => void,
): Promise<CredentialSource> {
  const profile = env.AWS_PROFILE || null;
  const { AWS_ACCESS_KEY_ID: hasKeys, AWS_SECRET_ACCESS_KEY: secret } = env;
  if (hasKeys && !secret) throw noCredentials(null, 'AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY');
  if (profile === null) return hasKeys ? { profile, from: 'environment' } : unnamedSource(env);
  const isToken = !hasKeys && (await tokenCounts(env, profile));
  if (!hasKeys && !isToken) return statedProfile(profile);
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  if (!Object.hasOwn(configFile, profile) && !Object.hasOwn(credentialsFile, profile))
    throw noCredentials(profile, `AWS_PROFILE names a profile that doesn't exist: ${quoted(profile)}`);
  const variable = isToken ? 'AWS_WEB_IDENTITY_TOKEN_FILE' : 'AWS_ACCESS_KEY_ID';
  const message = `using the credentials from ${variable}; AWS_PROFILE ${quoted(profile)} only provides settings (use --profile ${quoted(profile)} for its credentials)`;
  onFinding(note('credentials-from-environment', message));
  return { profile: null, from: isToken ? 'web-identity' : 'environment' };
}

type Settings = Readonly<Record<string, string | undefined>>;

async function settingsOf(profile: string): Promise<Settings> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  return { ...configFile[profile], ...credentialsFile[profile] };
}

/** True if a token in the environment takes precedence over the profile's credentials. */
async function tokenCounts(env: Env, profile: string): Promise<boolean> {
  return Boolean(env.AWS_WEB_IDENTITY_TOKEN_FILE) && !isRoleOfProfile(await settingsOf(profile));
}

/**
 * True if a profile's keys in the credentials file must be ignored: the SDK prefers them to a sign-in or token under
 * the same name in the config file, the AWS CLI doesn't. Tools leave such keys behind, often another account's.
 */
export async function overridesKeys(profile: string): Promise<boolean> {
  const { [profile]: settings = {} } = (await loadSharedConfigFiles()).configFile;
  if (isRoleOfProfile(settings)) return false;
  const { sso_account_id: account, sso_role_name: role, web_identity_token_file: token } = settings;
  return [account, role, token].some((setting) => setting !== undefined);
}

/**
 * True for a role assumed from another profile, not with a token: it takes precedence over the profile's other
 * credentials.
 */
function isRoleOfProfile({ role_arn: role, web_identity_token_file: token }: Settings): boolean {
  return role !== undefined && token === undefined;
}

/** Profile settings that lead to credentials. */
const LEADS_TO_CREDENTIALS =
  /^(aws_access_key_id|role_arn|credential_source|credential_process|login_session|sso_\w+|web_identity_token_file)$/;

/** The one source to use with neither a profile nor keys, in the AWS CLI's order. */
async function unnamedSource(env: Env): Promise<CredentialSource> {
  // AWS_PROFILE's old name; the AWS CLI still reads it.
  if (env.AWS_DEFAULT_PROFILE) return statedProfile(env.AWS_DEFAULT_PROFILE);
  const profile = null;
  if (await tokenCounts(env, 'default')) return { profile, from: 'web-identity' };
  const settings = await settingsOf('default');
  if (Object.keys(settings).some((name) => LEADS_TO_CREDENTIALS.test(name)))
    return { profile, from: 'profile' };
  if (env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI || env.AWS_CONTAINER_CREDENTIALS_FULL_URI)
    return { profile, from: 'container' };
  if (env.AWS_EC2_METADATA_DISABLED?.toLowerCase() !== 'true') return { profile, from: 'instance' };
  throw noCredentials(null, `no keys in the environment, and ${await withoutDefault()}`);
}

/** Why the default profile provides no credentials: it may have other settings. */
async function withoutDefault(): Promise<string> {
  const isThere = Object.keys(await settingsOf('default')).length > 0;
  return isThere ? 'no credentials in the default profile' : 'no default profile';
}

function noCredentials(profile: string | null, detail: string): AwsFailure {
  const call = { service: 'sts', operation: 'GetCallerIdentity', region: '', profile } as const;
  return new AwsFailure({ ...call, kind: 'no-credentials', detail });
}

/** A region to call. */
export interface RunRegion {
  readonly region: string;
  /** False if nothing sets a region: then only services that answer alike in every region may be called there. */
  readonly isRegionSet: boolean;
}

const FALLBACK = 'us-east-1';

/**
 * The region to call, in the order of the AWS CLI: `stated`, AWS_REGION, AWS_DEFAULT_REGION, the profile. The SDK
 * ignores AWS_DEFAULT_REGION, and whatever is malformed.
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html
 * @throws Failure (exit 2) for a malformed region, naming its source
 */
export async function findRegion(
  stated: string | undefined,
  profile: string | null,
  env: Env,
): Promise<RunRegion> {
  const found = stated ? { region: stated, source: '--region' } : await configuredRegion(profile, env);
  if (!found) return { region: FALLBACK, isRegionSet: false };
  const { region, source } = found;
  if (isRegion(region)) return { region, isRegionSet: true };
  throw refusal({
    message: `${source}: ${quoted(region)} isn't an AWS region, such as eu-west-1`,
    help: 'Correct it, without quotes and spaces, or set the region with --region.',
  });
}

/** The first region that is set and not empty, with its source for messages. */
async function configuredRegion(profile: string | null, env: Env) {
  for (const source of ['AWS_REGION', 'AWS_DEFAULT_REGION']) {
    const region = env[source];
    if (region) return { region, source };
  }
  const name = profile ?? (env.AWS_PROFILE || 'default');
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  const files = [
    [credentialsFile, env.AWS_SHARED_CREDENTIALS_FILE || '~/.aws/credentials'],
    [configFile, env.AWS_CONFIG_FILE || '~/.aws/config'],
  ] as const;
  for (const [settings, file] of files) {
    const region = settings[name]?.region;
    if (region) return { region, source: `region of profile ${quoted(name)} in ${file}` };
  }
  return undefined;
}

/** Source of the first credentials in the chain. */
type Origin = Exclude<CredentialSource['from'], 'profile'> | 'login' | 'process' | 'other';

/**
 * Rewrites a failure to find credentials: whatever was denied, missing or unreadable on the way, the message says that
 * credentials are missing, and the help fits the source of the first ones.
 */
export async function explainMissing(failure: AwsFailure, source: CredentialSource): Promise<AwsFailure> {
  const { kind, operation, detail } = failure;
  const { profile, origin, problem } = await firstOf(source);
  const base = profile === failure.profile || profile === null ? undefined : profile;
  // The first credentials exist; assuming the role with them failed.
  if (operation === 'AssumeRole') {
    if (kind === 'expired') return failure.with({ base });
    return kind === 'invalid-request' ? failure.with({ kind: 'no-credentials' }) : failure;
  }
  if (problem !== undefined) return failure.with({ kind: 'no-credentials', detail: problem, base });
  if (source.from === 'instance')
    return failure.with({
      kind: 'instance',
      detail: `no keys in the environment, ${await withoutDefault()} and no instance metadata (${detail})`,
    });
  return failure.with({ kind: kindOf(failure, origin), base });
}

/** STS failures that don't depend on the token. */
const NOT_OF_THE_TOKEN: ReadonlySet<AwsFailureKind> = new Set([
  'region',
  'invalid-response',
  'contradiction',
  'throttled',
]);

function kindOf({ kind, detail, isOfNetwork, isOfCredentials }: AwsFailure, origin: Origin): AwsFailureKind {
  switch (origin) {
    case 'container':
    case 'instance':
    case 'process':
      return origin;
    case 'web-identity':
      return isOfNetwork || NOT_OF_THE_TOKEN.has(kind) ? kind : origin;
    case 'login':
      return isOfNetwork ? kind : 'login-expired';
    default:
      if (/^ForbiddenException\b/.test(detail)) return 'not-assigned';
      if (/^UnauthorizedException\b/.test(detail)) return 'signed-out';
      return isOfNetwork || isOfCredentials ? kind : 'no-credentials';
  }
}

async function firstOf({ profile, from }: CredentialSource): Promise<{
  /** Null without a profile. */
  readonly profile: string | null;
  readonly origin: Origin;
  /** The error in the settings, if any. */
  readonly problem?: string | undefined;
}> {
  if (from !== 'profile') return { profile: null, origin: from };
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  const settingsOf = (name: string): Settings | undefined =>
    configFile[name] || credentialsFile[name] ? { ...configFile[name], ...credentialsFile[name] } : undefined;
  const visited = new Set<string>();
  for (let name = profile ?? 'default'; ; ) {
    visited.add(name);
    const settings = settingsOf(name);
    const next = settings?.role_arn && !settings.credential_source ? settings.source_profile : undefined;
    if (next === undefined || visited.has(next))
      return { profile: name, origin: originOf(settings), problem: problemOf(name, settings, configFile) };
    name = next;
  }
}

function originOf(settings: Settings = {}): Origin {
  const { credential_source: source } = settings;
  if (settings.role_arn && source === 'EcsContainer') return 'container';
  if (settings.role_arn && source === 'Ec2InstanceMetadata') return 'instance';
  if (settings.aws_access_key_id) return 'other';
  if (settings.web_identity_token_file) return 'web-identity';
  if (settings.credential_process) return 'process';
  return settings.login_session ? 'login' : 'other';
}

/** A mistake in the settings that the SDK doesn't report, or reports unclearly. */
function problemOf(
  name: string,
  settings: Settings = {},
  profiles: Readonly<Record<string, Settings | undefined>>,
): string | undefined {
  const { sso_session: session, role_arn: role, source_profile: source, credential_source: given } = settings;
  if (session !== undefined && !profiles[`sso-session.${session}`])
    return `profile ${quoted(name)} names an sso_session that doesn't exist: ${quoted(session)}`;
  if (role === undefined || settings.web_identity_token_file) return undefined;
  if (source === undefined && given === undefined)
    return `profile ${quoted(name)} has a role_arn, but neither source_profile nor credential_source`;
  if (source !== undefined && given !== undefined)
    return `profile ${quoted(name)} has both source_profile and credential_source`;
  return undefined;
}
