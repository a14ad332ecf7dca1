import { loadSharedConfigFiles } from '@smithy/core/config';
import { quoted } from '../text.ts';
import type { AwsFailure, AwsFailureKind } from './failure.ts';
import type { CredentialSource } from './profile.ts';

type Settings = Readonly<Record<string, string | undefined>>;
type Profiles = Readonly<Record<string, Settings | undefined>>;

/** What gives the first credentials, which all others follow from. */
type Origin = Exclude<CredentialSource['from'], 'profile'> | 'login' | 'process' | 'other';

interface First {
  /** Null: no profile. */
  readonly profile: string | null;
  readonly origin: Origin;
  /** What is wrong with the settings themselves. */
  readonly problem?: string | undefined;
}

/**
 * What a failure to find credentials is about: that there are none, for whatever denied, missing or unreadable thing on the way to
 * them, and what to do where the first of them should have come from.
 */
export async function explainMissing(failure: AwsFailure, source: CredentialSource): Promise<AwsFailure> {
  const { kind, operation, detail } = failure;
  const { profile, origin, problem } = await firstOf(source);
  const base = profile === failure.profile || profile === null ? undefined : profile;
  // The first credentials are there, and the role that they are for is not.
  if (operation === 'AssumeRole') {
    if (kind === 'expired') return failure.with({ base });
    return kind === 'invalid-request' ? failure.with({ kind: 'no-credentials' }) : failure;
  }
  if (problem !== undefined) return failure.with({ kind: 'no-credentials', detail: problem, base });
  if (source.from === 'instance')
    return failure.with({ kind: 'instance', detail: `${NOTHING_ELSE} (${detail})` });
  return failure.with({ kind: kindOf(failure, origin), base });
}

const NOTHING_ELSE = 'there are no keys in the environment, no default profile and no instance metadata';

/** Ways in which STS fails whatever it is given. */
const NOT_OF_THE_TOKEN: ReadonlySet<AwsFailureKind> = new Set(['region', 'invalid-response', 'throttled']);

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

async function firstOf({ profile, from }: CredentialSource): Promise<First> {
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

/** A slip in the settings that the SDK says nothing of, or nothing that would lead to it. */
function problemOf(name: string, settings: Settings = {}, profiles: Profiles): string | undefined {
  const { sso_session: session, role_arn: role, source_profile: source, credential_source: given } = settings;
  if (session !== undefined && !profiles[`sso-session.${session}`])
    return `profile ${quoted(name)} names an sso_session that does not exist: ${quoted(session)}`;
  if (role === undefined || settings.web_identity_token_file) return undefined;
  if (source === undefined && given === undefined)
    return `profile ${quoted(name)} has a role_arn, but neither source_profile nor credential_source`;
  if (source !== undefined && given !== undefined)
    return `profile ${quoted(name)} has both source_profile and credential_source`;
  return undefined;
}
