import { type Command, Option } from 'commander';

/** Gathers the values of an option that may be repeated. */
export function repeated(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

export function addShellOptions(command: Command): Command {
  return command
    .option('--quiet', 'hide progress and notes, never warnings')
    .option('--debug', 'show stacks and AWS calls; never secrets')
    .option('--no-color', 'no colour (NO_COLOR and FORCE_COLOR are honoured too)');
}

/** Options that say which accounts are meant. */
export interface ScopeOptions {
  readonly account?: readonly string[];
  readonly ou?: readonly string[];
  readonly allAccounts?: boolean;
  readonly excludeAccount?: readonly string[];
}

export function addScopeOptions(command: Command): Command {
  return command
    .option('--account <id|name|glob|self>', 'an account of the scope; repeatable', repeated)
    .option('--ou <id|path>', 'an organizational unit and all below it; repeatable', repeated)
    .option('--all-accounts', 'every account of the organization')
    .option('--exclude-account <id|name|glob>', 'take an account out of the scope; repeatable', repeated);
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

export function addConfigOption(command: Command): Command {
  return command.option(
    '-c, --config <file>',
    'mapping file (default: aws-auth-sso.yaml, if it exists and no --map is given)',
  );
}

export function addMappingOptions(command: Command): Command {
  return addConfigOption(command)
    .option(
      '--map <selector=group,…>',
      'map a permission set without a file; repeatable; split at the last =',
      repeated,
    )
    .option('--username <template>', 'username of --map mappings (default: "sso:{{SessionName}}")')
    .option('--node-role <arn>', 'add an entry for nodes of this role; repeatable', repeated)
    .option('--allow-unresolved', 'go on without mappings that lead to no role')
    .option('--all-sets', 'group: and user: may lead to several permission sets in an account')
    .option('--allow-shared', 'group: and user: may lead to permission sets that others are assigned too');
}

/** Options that say where the inventory comes from. */
export interface InventoryOptions {
  readonly profile?: readonly string[];
  readonly assumeRole?: string;
  readonly externalId?: string;
  readonly region?: string;
  readonly ssoRegion?: string;
  readonly inventory?: readonly string[];
  readonly skipUnreadable?: readonly string[];
}

const AWS_ONLY = ['profile', 'assumeRole', 'externalId', 'region', 'ssoRegion'];

export function addAwsOptions(command: Command): Command {
  return command
    .option('--profile <name>', 'AWS profile; each further one reads its own account; repeatable', repeated)
    .option(
      '--assume-role <name>',
      'role assumed in other accounts (default: "OrganizationAccountAccessRole")',
    )
    .option('--external-id <id>', 'external id for that role')
    .option('--region <region>', 'AWS region')
    .option(
      '--sso-region <region>',
      "Identity Center's home region (default: as role paths say, else --region)",
    )
    .option(
      '--skip-unreadable <id|glob>',
      'go on without these accounts if they cannot be read; repeatable',
      repeated,
    )
    .option('--progress', 'show progress even where stderr is no terminal');
}

export function addInventoryOptions(command: Command): Command {
  const inventory = new Option('--inventory <file>', 'use a snapshot and touch no network; repeatable');
  return addAwsOptions(command).addOption(inventory.argParser(repeated).conflicts(AWS_ONLY));
}
