import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_USERNAME } from '../entry.ts';
import { refusal } from '../errors.ts';
import { type ClusterSelector, clusterSelectorProblem, parseClusterSelector } from '../inventory/query.ts';
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
export interface CommonOptions extends MappingOptions, InventoryOptions, ShellOptions {
  /** Of `diff` alone: then a config may name nothing but what others manage. */
  readonly strict?: boolean;
}

const AWS_ONLY = [
  'profile',
  'organizationsProfile',
  'ssoProfile',
  'assumeRole',
  'externalId',
  'region',
  'ssoRegion',
];

/** What options are about, in the order of the help, which has those of a command alone in front. */
export const GROUPS = {
  rbac: 'RBAC options:',
  mapping: 'Mapping options:',
  accounts: 'Account options:',
  aws: 'AWS options:',
  output: 'Output options:',
  safety: 'Safety options:',
  general: 'General options:',
} as const;

/** Collects the values of a repeatable option. */
export function repeated(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

export function addFileArgument(command: Command): Command {
  return command.addArgument(fileArgument('[file]', 'aws-auth ConfigMap', '-'));
}

/** Several files, one for each cluster. */
export function addFilesArgument(command: Command): Command {
  return command.addArgument(fileArgument('[file...]', 'aws-auth ConfigMaps, one for each cluster', ['-']));
}

function fileArgument(name: string, description: string, stdin: string | readonly string[]): Argument {
  return new Argument(name, description).default(stdin, '-, stdin');
}

/** `-o` with its formats, the default first. */
export function outputOption(...formats: readonly [string, ...string[]]): Option {
  return new Option('-o, --output <format>', 'output format')
    .choices(formats)
    .default(formats[0])
    .helpGroup(GROUPS.output);
}

export function maxAgeOption(description: string): Option {
  return new Option('--max-age <duration>', description).default('24h').helpGroup(GROUPS.safety);
}

/** The config of a command that takes from it `what`, and no mappings. */
export function addConfigOption(
  command: Command,
  what: 'AWS settings' | 'accounts and AWS settings',
): Command {
  const option = configOption(`config file to take ${what} from (default: aws-auth-sso.yaml, if it exists)`);
  return command.addOption(option.helpGroup(what === 'AWS settings' ? GROUPS.aws : GROUPS.accounts));
}

function configOption(description: string): Option {
  return new Option('-c, --config <file>', description);
}

export function addMappingOptions(
  command: Command,
  usernameText = `username of --map mappings (default: "${DEFAULT_USERNAME}")`,
): Command {
  return command
    .optionsGroup(GROUPS.mapping)
    .addOption(
      configOption(
        'config file with mappings (default: aws-auth-sso.yaml, if it exists and no --map is given)',
      ),
    )
    .option(
      '--map <selector=group,…>',
      'map a permission set without a config file; split at the last =; repeatable',
      repeated,
    )
    .option('--username <template>', usernameText)
    .option('--node-role <arn>', 'add an entry for nodes with this role; repeatable', repeated)
    .optionsGroup(GROUPS.safety)
    .option('--allow-unresolved', 'continue without mappings that match no role')
    .option('--all-sets', 'let group: and user: match several permission sets in an account')
    .option('--allow-shared', 'let group: and user: match permission sets that others are assigned too');
}

/** The scope and AWS, for the command that writes snapshots. */
export function addAwsOptions(command: Command): Command {
  return command
    .optionsGroup(GROUPS.accounts)
    .option('--account <id|name|glob|self>', 'limit to this account; repeatable', repeated)
    .option(
      '--ou <id|path>',
      'limit to this organizational unit and all units below it; repeatable',
      repeated,
    )
    .option('--all-accounts', 'include every account of the organization')
    .option('--exclude-account <id|name|glob>', 'exclude this account; repeatable', repeated)
    .optionsGroup(GROUPS.aws)
    .option('--profile <name>', 'AWS profile; each further one reads its own account; repeatable', repeated)
    .option('--region <region>', 'AWS region')
    .option(
      '--sso-region <region>',
      "Identity Center's home region (default: from role paths, else --region)",
    )
    .option(
      '--assume-role <name>',
      'role to assume in other accounts (default: "OrganizationAccountAccessRole")',
    )
    .option('--external-id <id>', 'external ID for that role')
    .option('--organizations-profile <name>', 'AWS profile for Organizations (default: the first --profile)')
    .option('--sso-profile <name>', 'AWS profile for Identity Center (default: the first --profile)')
    .optionsGroup(GROUPS.safety)
    .option(
      '--skip-unreadable <id|glob>',
      'continue without this account if it cannot be read; repeatable',
      repeated,
    )
    .optionsGroup(GROUPS.general)
    .option('--progress', 'show progress even if stderr is not a terminal');
}

/** The scope, and AWS or snapshots. */
export function addInventoryOptions(command: Command): Command {
  const inventory = new Option('--inventory <file>', 'read a snapshot instead of AWS; repeatable')
    .argParser(repeated)
    .conflicts(AWS_ONLY)
    .helpGroup(GROUPS.aws);
  return addAwsOptions(command.addOption(inventory));
}

/** The option of every command that can tell what groups and users may do; `readRbac` reads the files. */
export function addRbacOption(command: Command): Command {
  return command
    .addOption(
      rbacOption('--rbac <file>', 'RBAC manifests: roles and their bindings; repeatable').argParser(repeated),
    )
    .addOption(
      rbacOption(
        '--kubernetes-version <version>',
        'version of the cluster for --rbac (default: the newest known)',
      ),
    );
}

/** An option that is about what roles and bindings allow. */
export function rbacOption(flags: string, description: string): Option {
  return new Option(flags, description).helpGroup(GROUPS.rbac);
}

export interface RbacOptions {
  readonly rbac?: readonly string[];
  readonly kubernetesVersion?: string;
}

/**
 * Whether RBAC files are given.
 * @throws Failure (exit 2) for an option that is about such files where there are none
 */
export function givesRbac({ rbac, kubernetesVersion }: RbacOptions): boolean {
  if (rbac || kubernetesVersion === undefined) return rbac !== undefined;
  throw refusal({
    message: '--kubernetes-version requires --rbac',
    help: 'It decides which rights make administrators. Add --rbac FILE, or leave it out.',
  });
}

/** The one cluster that a command is about; `clusterSelectors` reads the value. */
export function clusterOption(description: string): Option {
  return new Option('--cluster <name|arn>', description).helpGroup(GROUPS.aws);
}

/** Several of them, for a command that is about many clusters. */
export function clustersOption(description: string): Option {
  return clusterOption(`${description}; repeatable`).argParser(repeated);
}

export function addShellOptions(command: Command): Command {
  return command
    .optionsGroup(GROUPS.general)
    .option('--quiet', 'hide progress and notes, never warnings')
    .option('--debug', 'show stack traces and AWS calls, never secrets')
    .option('--no-color', 'disable colors (NO_COLOR and FORCE_COLOR work too)')
    .helpOption('-h, --help', 'display help for command');
}

/**
 * The values of an option, if all are valid.
 * @throws InvalidArgumentError with the first problem: a usage error, as if commander had found it
 */
export function checked(
  flag: string,
  values: readonly string[] | undefined,
  problemOf: (value: string) => string | undefined,
): readonly string[] {
  for (const value of values ?? []) {
    const problem = problemOf(value);
    if (problem !== undefined) throw new InvalidArgumentError(`${flag}: ${quoted(value)} ${problem}`);
  }
  return values ?? [];
}

/**
 * The clusters that `--cluster` names.
 * @throws InvalidArgumentError where one is neither a name nor an ARN
 */
export function clusterSelectors(clusters: string | readonly string[] | undefined): ClusterSelector[] {
  const values = typeof clusters === 'string' ? [clusters] : clusters;
  return checked('--cluster', values, clusterSelectorProblem).map(parseClusterSelector);
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
