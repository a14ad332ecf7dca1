import { Argument, Command, Option } from 'commander';
import { DEFAULT_USERNAME, USERNAME_OF_EKS } from '../entry.ts';
import { DEFAULT_ROLE } from '../inventory/role-rules.ts';
import type { ShellOptions } from './options.ts';
import type { Outcome, Shell } from './shell.ts';

/** How a command passes its work to `main`, which writes the outcome only once everything succeeded. */
export type Run = (options: ShellOptions, work: (shell: Shell) => Promise<Outcome>) => Promise<void>;

/** What a command has in common with others. */
interface Shared {
  /** The aws-auth that it reads; `several`: one for each cluster. */
  readonly file?: 'one' | 'several';
  /** What mappings become. */
  readonly mapping?: 'aws-auth' | 'access entries';
  /** What it takes from a config, where that is not the mappings. */
  readonly config?: 'AWS settings' | 'accounts and AWS settings';
  /** Where it reads the accounts of the scope. */
  readonly reads?: 'AWS' | 'AWS or snapshots';
}

/**
 * A command, made where it runs or explains itself.
 * @param addOwn adds what no other command has
 * @param work gets its options and its argument: FILE, null where clusters are asked for without it, or FILEs
 */
export function defineCommand<Options extends ShellOptions, Given = undefined>(
  name: string,
  { file, mapping, config, reads }: Shared,
  addOwn: (command: Command) => Command,
  work: (options: Options, shell: Shell, given: Given) => Promise<Outcome>,
): (run: Run) => Command {
  return (run) => {
    const command = new Command(name);
    if (file === 'one') command.addArgument(fileArgument('[file]', 'aws-auth ConfigMap', '-'));
    if (file === 'several')
      command.addArgument(fileArgument('[file...]', 'aws-auth ConfigMaps, one for each cluster', ['-']));
    addOwn(command);
    if (mapping) addMappingOptions(command, mapping);
    if (config) addConfigOption(command, config);
    if (reads === 'AWS or snapshots') addSnapshotOption(command);
    if (reads) addAwsOptions(command);
    return addShellOptions(command).action(() => {
      const [given] = command.processedArgs;
      // Nothing has to be piped in where clusters are asked for.
      const isStdin = command.args.length === 0 && command.getOptionValue('cluster') !== undefined;
      const nothing = file === 'several' ? [] : null;
      return run(command.opts(), (shell) => work(command.opts(), shell, file && isStdin ? nothing : given));
    });
  };
}

function fileArgument(name: string, description: string, stdin: string | readonly string[]): Argument {
  return new Argument(name, description).default(stdin, '-, stdin');
}

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

function addMappingOptions(command: Command, target: NonNullable<Shared['mapping']>): void {
  const orEks = target === 'access entries' ? `, or ${USERNAME_OF_EKS} to leave it to EKS` : '';
  command
    .optionsGroup(GROUPS.mapping)
    .option(
      CONFIG,
      'config file with mappings (default: aws-auth-sso.yaml, if it exists and no --map is given)',
    )
    .option(
      '--map <selector=group,…>',
      'map a permission set without a config file; split at the last =; repeatable',
      repeated,
    )
    .option('--username <template>', `username of --map mappings${orEks} (default: "${DEFAULT_USERNAME}")`)
    .option('--node-role <arn>', 'add an entry for nodes with this role; repeatable', repeated)
    .optionsGroup(GROUPS.safety)
    .option('--allow-unresolved', 'continue without mappings that match no role')
    .option('--all-sets', 'let group: and user: match several permission sets in an account')
    .option('--allow-shared', 'let group: and user: match permission sets that others are assigned too');
}

const CONFIG = '-c, --config <file>';

function addConfigOption(command: Command, what: NonNullable<Shared['config']>): void {
  const description = `config file to take ${what} from (default: aws-auth-sso.yaml, if it exists)`;
  const group = what === 'AWS settings' ? GROUPS.aws : GROUPS.accounts;
  command.addOption(new Option(CONFIG, description).helpGroup(group));
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

function addSnapshotOption(command: Command): void {
  const option = new Option('--inventory <file>', 'read a snapshot instead of AWS; repeatable');
  command.addOption(option.argParser(repeated).conflicts(AWS_ONLY).helpGroup(GROUPS.aws));
}

/** The scope, and how AWS is reached. */
function addAwsOptions(command: Command): void {
  command
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
    .option('--assume-role <name>', `role to assume in other accounts (default: "${DEFAULT_ROLE}")`)
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

function addShellOptions(command: Command): Command {
  return command
    .optionsGroup(GROUPS.general)
    .option('--quiet', 'hide progress and notes, never warnings')
    .option('--debug', 'show stack traces and AWS calls, never secrets')
    .option('--no-color', 'disable colors (NO_COLOR and FORCE_COLOR work too)')
    .helpOption('-h, --help', 'display help for command');
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

/** The one cluster that a command is about; `clusterSelectors` reads the value. */
export function clusterOption(description: string): Option {
  return new Option('--cluster <name|arn>', description).helpGroup(GROUPS.aws);
}

/** Several of them, for a command that is about many clusters. */
export function clustersOption(description: string): Option {
  return clusterOption(`${description}; repeatable`).argParser(repeated);
}
