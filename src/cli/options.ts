import { Argument, type Command, Option } from 'commander';
import { refusal } from '../errors.ts';
import { quoted } from '../text.ts';

/** Options that every command has. */
export interface ShellOptions {
  readonly quiet?: boolean;
  readonly debug?: boolean;
  readonly color?: boolean;
  /** Shows progress even if stderr is not a terminal. */
  readonly progress?: boolean;
}

/** Options that say which accounts are meant. */
export interface ScopeOptions {
  readonly account?: readonly string[];
  readonly ou?: readonly string[];
  readonly allAccounts?: boolean;
  readonly excludeAccount?: readonly string[];
}

/** Options that say which permission sets get which names in Kubernetes. */
export interface MappingOptions extends ScopeOptions {
  readonly config?: string;
  readonly map?: readonly string[];
  readonly username?: string;
  readonly nodeRole?: readonly string[];
  readonly allowUnresolved?: boolean;
  readonly allSets?: boolean;
  readonly allowShared?: boolean;
}

/** Options that say where the inventory comes from. */
export interface InventoryOptions {
  readonly profile?: readonly string[];
  readonly organizationsProfile?: string;
  readonly ssoProfile?: string;
  readonly assumeRole?: string;
  readonly externalId?: string;
  readonly region?: string;
  readonly ssoRegion?: string;
  readonly inventory?: readonly string[];
  readonly skipUnreadable?: readonly string[];
}

/** Options of a command that needs an inventory. */
export interface CommonOptions extends MappingOptions, InventoryOptions, ShellOptions {}

const AWS_ONLY = [
  'profile',
  'organizationsProfile',
  'ssoProfile',
  'assumeRole',
  'externalId',
  'region',
  'ssoRegion',
];

/** Collects the values of a repeatable option. */
export function repeated(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

export function addFileArgument(command: Command): Command {
  return command.argument('[file]', 'aws-auth ConfigMap, or - for stdin', '-');
}

/** Several files, one for each cluster. */
export function addFilesArgument(command: Command): Command {
  const description = 'aws-auth ConfigMaps, one for each cluster, or - for stdin';
  return command.addArgument(new Argument('[file...]', description).default(['-'], '-'));
}

/** `-o` with its formats, the default first. */
export function outputOption(...formats: readonly [string, ...string[]]): Option {
  return new Option('-o, --output <format>', 'output format').choices(formats).default(formats[0]);
}

export function maxAgeOption(description: string): Option {
  return new Option('--max-age <duration>', description).default('24h');
}

export function addConfigOption(command: Command): Command {
  return command
    .optionsGroup('Mapping options:')
    .option(
      '-c, --config <file>',
      'mapping file (default: aws-auth-sso.yaml, if it exists and no --map is given)',
    );
}

export function addMappingOptions(command: Command): Command {
  return addConfigOption(command)
    .option(
      '--map <selector=group,…>',
      'map a permission set without a config file; split at the last =; repeatable',
      repeated,
    )
    .option('--username <template>', 'username of --map mappings (default: "sso:{{SessionName}}")')
    .option('--node-role <arn>', 'add an entry for nodes with this role; repeatable', repeated)
    .option('--allow-unresolved', 'continue without mappings that match no role')
    .option('--all-sets', 'let group: and user: match several permission sets in an account')
    .option('--allow-shared', 'let group: and user: match permission sets that others are assigned too');
}

/** The scope and AWS, for the command that writes snapshots. */
export function addAwsOptions(command: Command): Command {
  return command
    .optionsGroup('Account options:')
    .option('--account <id|name|glob|self>', 'limit to this account; repeatable', repeated)
    .option(
      '--ou <id|path>',
      'limit to this organizational unit and all units below it; repeatable',
      repeated,
    )
    .option('--all-accounts', 'include every account of the organization')
    .option('--exclude-account <id|name|glob>', 'exclude this account; repeatable', repeated)
    .optionsGroup('AWS options:')
    .option('--profile <name>', 'AWS profile; each further one reads its own account; repeatable', repeated)
    .option('--organizations-profile <name>', 'AWS profile for Organizations (default: the first --profile)')
    .option('--sso-profile <name>', 'AWS profile for Identity Center (default: the first --profile)')
    .option(
      '--assume-role <name>',
      'role to assume in other accounts (default: "OrganizationAccountAccessRole")',
    )
    .option('--external-id <id>', 'external ID for that role')
    .option('--region <region>', 'AWS region')
    .option(
      '--sso-region <region>',
      "Identity Center's home region (default: from role paths, else --region)",
    )
    .option(
      '--skip-unreadable <id|glob>',
      'continue without this account if it cannot be read; repeatable',
      repeated,
    )
    .option('--progress', 'show progress even if stderr is not a terminal');
}

/** The scope, and AWS or snapshots. */
export function addInventoryOptions(command: Command): Command {
  const inventory = new Option('--inventory <file>', 'read a snapshot instead of AWS; repeatable');
  return addAwsOptions(command).addOption(inventory.argParser(repeated).conflicts(AWS_ONLY));
}

/** The option of every command that can tell what groups and users may do; `readRbac` reads the files. */
export function addRbacOption(command: Command): Command {
  return command.option(
    '--rbac <file>',
    'RBAC manifests, as from kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml; repeatable',
    repeated,
  );
}

export interface RbacOptions {
  readonly rbac?: readonly string[];
}

export function addShellOptions(command: Command): Command {
  return command
    .optionsGroup('General options:')
    .option('--quiet', 'hide progress and notes, never warnings')
    .option('--debug', 'show stack traces and AWS calls; never secrets')
    .option('--no-color', 'disable colors (NO_COLOR and FORCE_COLOR work too)');
}

/**
 * The values of an option, if all are valid.
 * @throws Failure (exit 2) with the first problem
 */
export function checked(
  flag: string,
  values: readonly string[] | undefined,
  problemOf: (value: string) => string | undefined,
): readonly string[] {
  for (const value of values ?? []) {
    const problem = problemOf(value);
    if (problem !== undefined) throw refusal({ message: `${flag}: ${quoted(value)} ${problem}` });
  }
  return values ?? [];
}

const MILLISECONDS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads `90s`, `30m`, `24h`, `7d` or `1d12h` as milliseconds.
 * @throws Failure (exit 2) for anything else
 */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+)([smhd])/g)];
  if (text === '' || parts.map(([part]) => part).join('') !== text) {
    throw refusal({
      message: `invalid duration ${quoted(text)}`,
      help: 'Write it as 90s, 30m, 24h, 7d or 1d12h.',
    });
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (MILLISECONDS[unit ?? ''] ?? 0), 0);
}
