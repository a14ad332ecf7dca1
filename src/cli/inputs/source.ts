import { DEFAULT_ROLE, DEFAULT_SESSION_NAME, settingProblems } from '../../aws-settings.ts';
import { hasInvisible } from '../../directory/account-matcher.ts';
import { parseAccountSelector } from '../../directory/account-selector.ts';
import type { AwsOptions } from '../../directory/connection.ts';
import { type AccountName, accountText } from '../../directory/model.ts';
import type { InventorySource } from '../../directory/query.ts';
import type { AssumeRoleRule } from '../../directory/role-rules.ts';
import { openSnapshots } from '../../directory/snapshot-source.ts';
import { globProblem } from '../../glob.ts';
import { globMatcher } from '../../glob-matcher.ts';
import { readText } from '../../io.ts';
import type { Config } from '../../mapping/config-schema.ts';
import { checked, DEFAULT_MAX_AGE, type InventoryOptions, parseDuration } from '../option-values.ts';
import type { Shell } from '../shell.ts';

/** Twice the size of 5,000 accounts with 30 permission sets each, and two principals per permission set. */
const MAX_SNAPSHOT_BYTES = 250_000_000;

/**
 * Opens AWS, or the snapshots of `--inventory`, and closes it after use.
 * @param isLenient true to skip an unreadable account instead of failing
 * @throws Failure if an option or a snapshot is wrong (exit 2) or AWS can't be reached (exit 3)
 */
export async function withSource<T>(
  options: InventoryOptions,
  config: Config,
  shell: Shell,
  use: (source: InventorySource) => Promise<T>,
  isLenient = false,
): Promise<T> {
  const source = await openSource(options, config, shell, isLenient);
  try {
    return await use(source);
  } finally {
    source.close();
  }
}

/** @throws Failure like `withSource` */
export async function openSource(
  given: InventoryOptions,
  config: Config,
  shell: Shell,
  isLenient: boolean,
): Promise<InventorySource> {
  const options = isLenient ? { ...given, skipUnreadable: ['*'] } : given;
  const [file, ...files] = options.inventory ?? [];
  if (file !== undefined)
    return openSnapshots([file, ...files], {
      read: (one) => readText(shell.io, one, MAX_SNAPSHOT_BYTES),
      maxAge: parseDuration(options.maxAge ?? DEFAULT_MAX_AGE),
      maySkip: skipMatcher(options.skipUnreadable),
      report: shell.report,
    });
  // Loaded only if AWS is called: it imports the SDK.
  const { openAws } = await import('../../directory/session.ts');
  return openAws(awsOptions(options, config, shell), shell.io.signal);
}

/** Tests for `--skip-unreadable` if an unreadable account may be skipped: globs match IDs, and names without invisible characters. */
export function skipMatcher(patterns: readonly string[] = []): (account: AccountName) => boolean {
  const matchers = checked('--skip-unreadable', patterns, globProblem).map(globMatcher);
  return ({ id, name }) =>
    matchers.some((matches) => matches(id) || (name !== null && !hasInvisible(name) && matches(name)));
}

/** `--assume-role` overrides the name of a config's one role, or all of its rules. */
function roleRules(flag: string | undefined, config: NonNullable<Config['assumeRole']>): AssumeRoleRule[] {
  if (!Array.isArray(config) || flag !== undefined) {
    const {
      name = DEFAULT_ROLE,
      externalId,
      sessionName = DEFAULT_SESSION_NAME,
    } = Array.isArray(config) ? {} : config;
    return [{ text: 'assumeRole', accounts: null, name: flag ?? name, externalId, sessionName }];
  }
  return config.map(({ accounts, name, externalId, sessionName = DEFAULT_SESSION_NAME }, index) => ({
    text: `assumeRole[${index}]`,
    accounts: accounts?.map(parseAccountSelector) ?? null,
    name,
    externalId,
    sessionName,
  }));
}

function awsOptions(options: InventoryOptions, config: Config, shell: Shell): AwsOptions {
  const valid = (flag: string, value: string | undefined, problemOf: typeof settingProblems.region) =>
    checked(flag, value === undefined ? [] : [value], problemOf)[0];
  return {
    profiles: checked('--profile', options.profile, settingProblems.profile),
    organizationsProfile: config.organizationsProfile,
    ssoProfile: config.ssoProfile,
    region: valid('--region', options.region, settingProblems.region),
    ssoRegion: valid('--sso-region', options.ssoRegion, settingProblems.region) ?? config.ssoRegion,
    assumeRole: roleRules(
      valid('--assume-role', options.assumeRole, settingProblems.roleName),
      config.assumeRole ?? {},
    ),
    skipUnreadable: skipMatcher(options.skipUnreadable),
    env: shell.io.env,
    timing: shell.io.timing,
    ask: (question, signal) => shell.ask(question, signal),
    onFinding: (finding) => shell.report([finding]),
    onProgress: (progress) => shell.progress(progress),
    onRules: (account, used, others) => {
      const rest = others.map(({ text }) => text).join(', ');
      shell.debug(
        `account ${accountText(account)}: using ${used.text} (role ${used.name}), which precedes ${rest}`,
      );
    },
    onCall: ({ service, operation, region, attempt }) => {
      shell.debug(`${service}:${operation} in ${region}${attempt > 1 ? `, attempt ${attempt}` : ''}`);
    },
  };
}
