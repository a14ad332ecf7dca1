import { Argument, Command, Option } from 'commander';
import { DEFAULT_ROLE } from '../aws-settings.ts';
import { DEFAULT_USERNAME, USERNAME_OF_EKS } from '../map-entry.ts';
import { DEFAULT_MAX_AGE, parseDuration, type ShellOptions } from './option-values.ts';
import type { Outcome, Shell } from './shell.ts';

/** Shows the help with the options that commands share; commander itself knows only `--help`. */
export const HELP_ALL = '--help-all';

/** Passes a command's work to `main`, which writes the outcome only after everything succeeded. */
export type Run = (options: ShellOptions, work: (shell: Shell) => Promise<Outcome>) => Promise<void>;

/** Arguments and options that a command shares with others. */
interface Shared {
  /** The aws-auth to read; `several`: one for each cluster. */
  readonly file?: 'one' | 'several';
  /** Set if it takes mappings. */
  readonly mapping?: true;
  /** The part of a config that a command without mappings reads. */
  readonly config?: 'AWS settings' | 'accounts and AWS settings' | 'mappings and AWS settings';
  /** The source of the accounts in scope. */
  readonly reads?: 'AWS' | 'AWS or snapshots';
  /** Set if `--cluster` takes several clusters, by patterns too. */
  readonly clusters?: 'several';
}

/**
 * Defines a command, built only when it runs or prints its help.
 * @param addOwn adds the options that no other command has
 * @param work gets the options and the argument: FILE (null if only clusters are named), or FILEs
 */
export function defineCommand<Options extends ShellOptions, Given = undefined>(
  name: string,
  { file, mapping, config, reads, clusters }: Shared,
  addOwn: (command: Command) => Command,
  work: (options: Options, shell: Shell, given: Given) => Promise<Outcome>,
): (run: Run) => Command {
  return (run) => {
    const command = new Command(name);
    if (file === 'one') command.addArgument(fileArgument('[file]', 'aws-auth ConfigMap', '-'));
    if (file === 'several')
      command.addArgument(fileArgument('[file...]', 'aws-auth ConfigMaps, one for each cluster', ['-']));
    addOwn(command);
    if (mapping) addMappingOptions(command);
    if (config) {
      const description = `config file with ${config} (default: ./aws-auth-sso.yaml if it exists)`;
      const group = config === 'accounts and AWS settings' ? GROUPS.accounts : GROUPS.aws;
      command.addOption(new Option(CONFIG, description).helpGroup(group));
    }
    if (reads) addAwsOptions(command, reads, clusters);
    return addShellOptions(command).action(() => {
      const [given] = command.processedArgs;
      // With --cluster, FILE is optional: stdin is not read unless it is named.
      const isStdin = command.args.length === 0 && command.getOptionValue('cluster') !== undefined;
      const nothing = file === 'several' ? [] : null;
      return run(command.opts(), (shell) => work(command.opts(), shell, file && isStdin ? nothing : given));
    });
  };
}

function fileArgument(name: string, description: string, stdin: string | readonly string[]): Argument {
  return new Argument(name, description).default(stdin, '-, stdin');
}

/** Options that several commands share, in the order of the help; the options of one command come first, without a group. */
export const GROUPS = {
  rbac: 'RBAC options:',
  mapping: 'Mapping options:',
  accounts: 'Account options:',
  aws: 'AWS options:',
  safety: 'Safety options:',
  general: 'General options:',
} as const;

/** Collects the values of a repeatable option. */
export function repeated(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function addMappingOptions(command: Command): void {
  command
    .optionsGroup(GROUPS.mapping)
    .option(
      CONFIG,
      'config file with mappings (default: ./aws-auth-sso.yaml if it exists, unless --map is given)',
    )
    .option(
      '--map <selector=group,…>',
      "map a permission set to groups or access policies without a config, such as 'Dev=devs,policy:Edit@team-*'; repeatable",
      repeated,
    )
    .option(
      '--username <template>',
      `username of --map mappings; for access entries, ${USERNAME_OF_EKS} leaves it to EKS (default: "${DEFAULT_USERNAME}")`,
    )
    .option('--node-role <arn>', 'add an entry for nodes with this role; repeatable', repeated)
    .optionsGroup(GROUPS.safety)
    .option('--allow-unresolved', 'continue without mappings that match no role')
    .option('--all-sets', 'let group: and user: match several permission sets in an account')
    .option('--allow-shared', 'let group: and user: match permission sets that others are assigned too');
}

const CONFIG = '-c, --config <file>';

/** Options that select accounts and say how to reach AWS. */
function addAwsOptions(
  command: Command,
  reads: NonNullable<Shared['reads']>,
  clusters: Shared['clusters'],
): void {
  command
    .optionsGroup(GROUPS.accounts)
    .option('--account <id|name|glob|self>', 'limit to this account; repeatable', repeated)
    .option(
      '--ou <id|path>',
      'limit to this organizational unit and all units below it; repeatable',
      repeated,
    )
    .option('--all-accounts', 'include every account of the organization')
    .option('--exclude-account <id|name|glob>', 'exclude this account; repeatable', repeated);
  if (clusters)
    command.option(
      '--cluster-region <region>',
      'search this region for patterns of --cluster (default: --region); repeatable',
      repeated,
    );
  if (reads === 'AWS or snapshots')
    command.addOption(
      new Option('--inventory <file>', 'read a snapshot instead of AWS; repeatable')
        .argParser(repeated)
        .conflicts(['profile', 'assumeRole', 'region', 'ssoRegion'])
        .helpGroup(GROUPS.aws),
    );
  command
    .optionsGroup(GROUPS.aws)
    .option(
      '--profile <name>',
      'AWS profile; each additional one reads only its own account; repeatable',
      repeated,
    )
    .option('--region <region>', 'AWS region')
    .option(
      '--sso-region <region>',
      "Identity Center's home region (default: from role paths, else --region)",
    )
    .option('--assume-role <name>', `role to assume in other accounts (default: "${DEFAULT_ROLE}")`)
    .optionsGroup(GROUPS.safety)
    .option(
      '--skip-unreadable <id|glob>',
      "continue without this account if it can't be read; repeatable",
      repeated,
    )
    .optionsGroup(GROUPS.general)
    .option('--progress', "show progress even if stderr isn't a terminal");
}

function addShellOptions(command: Command): Command {
  return command
    .optionsGroup(GROUPS.general)
    .option('--quiet', 'hide progress and notes, never warnings')
    .option('--debug', 'show stack traces and AWS calls, never secrets')
    .option('--no-color', 'disable colors (NO_COLOR and FORCE_COLOR work too)')
    .helpOption('-h, --help', 'display help for command')
    .option(HELP_ALL, 'display help with all options');
}

/** `-o` with its formats, the default first. */
export function outputOption(...formats: readonly [string, ...string[]]): Option {
  return new Option('-o, --output <format>', 'output format').choices(formats).default(formats[0]);
}

export function maxAgeOption(): Option {
  return new Option(
    '--max-age <duration>',
    "don't replace or remove anything based on snapshots older than this",
  )
    .argParser((text) => {
      parseDuration(text);
      return text;
    })
    .default(DEFAULT_MAX_AGE)
    .helpGroup(GROUPS.safety);
}

/** Adds the options of commands that evaluate RBAC; `readRbac` reads the files. */
export function addRbacOption(command: Command): Command {
  return command
    .addOption(
      new Option('--rbac <file>', "a cluster's RBAC manifests: file, directory or CLUSTER=FILE; repeatable")
        .argParser(repeated)
        .helpGroup(GROUPS.rbac),
    )
    .addOption(
      new Option(
        '--kubernetes-version <version>',
        "version of the cluster for --rbac (default: the cluster's own, or the newest known)",
      ).helpGroup(GROUPS.rbac),
    );
}

/** The cluster of a command that works on one; `clusterSelectors` reads the value. */
export function clusterOption(description: string): Option {
  return new Option('--cluster <name|arn>', description);
}

/** The clusters of a command that works on several; `selectedClusters` reads the values. */
export function clustersOption(description: string): Option {
  return new Option('--cluster <name|arn|glob>', `${description}; repeatable`).argParser(repeated);
}
