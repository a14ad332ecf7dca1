import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, isolatedEnvironment } from './environment.ts';
import { USER_SECRET, userKey } from './sessions.ts';

/** A named profile with a user's key of an account. */
export interface Profile {
  readonly accountId: string;
  readonly region: string;
  /** True to state the account in the profile (`aws_account_id`). Default false. */
  readonly accountIdStated?: boolean;
  /** URL of another fake than the one in the environment, for a world in another partition. */
  readonly url?: string;
}

/**
 * Writes `config` and `credentials` into an existing folder. Returns an environment with these profiles as the only
 * credentials; if each has a `url`, the endpoint comes from the profiles.
 */
export function writeProfiles(
  folder: string,
  url: string,
  profiles: Readonly<Record<string, Profile>>,
): Environment {
  const configFile = join(folder, 'config');
  const credentialsFile = join(folder, 'credentials');
  const entries = Object.entries(profiles);
  writeFileSync(configFile, entries.map(([name, profile]) => configSection(name, profile, url)).join('\n'));
  writeFileSync(credentialsFile, entries.map(([name, profile]) => keySection(name, profile)).join('\n'));
  const { AWS_ENDPOINT_URL: _, AWS_REGION: __, ...rest } = isolatedEnvironment(url, '');
  return { ...rest, AWS_CONFIG_FILE: configFile, AWS_SHARED_CREDENTIALS_FILE: credentialsFile };
}

function configSection(name: string, profile: Profile, url: string): string {
  const heading = name === 'default' ? '[default]' : `[profile ${name}]`;
  return `${heading}\nregion = ${profile.region}\nendpoint_url = ${profile.url ?? url}\n`;
}

function keySection(name: string, { accountId, accountIdStated }: Profile): string {
  const keys = `aws_access_key_id = ${userKey(accountId)}\naws_secret_access_key = ${USER_SECRET}\n`;
  return `[${name}]\n${keys}${accountIdStated ? `aws_account_id = ${accountId}\n` : ''}`;
}
