import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Cluster } from '../../access-entry/cluster.ts';
import { parseArn } from '../../arn.ts';
import { AwsAuth } from '../../aws-auth/aws-auth.ts';
import { requireNoTemplates } from '../../aws-auth/helm.ts';
import { requireParsable } from '../../aws-auth/load-findings.ts';
import { type AccountSelector, parseAccountSelector } from '../../directory/account-selector.ts';
import { provisionedAccounts, withNamesakes } from '../../directory/look-up.ts';
import { accountText, clusterText, type EksCluster } from '../../directory/model.ts';
import type { InventorySource } from '../../directory/query.ts';
import { ReadTime } from '../../directory/read-time.ts';
import { bug, Failure, type Finding, note, refusal } from '../../errors.ts';
import { MAP_KEYS } from '../../map-entry.ts';
import { parseConfig } from '../../mapping/config.ts';
import { type Proposal, proposeConfig } from '../../mapping/proposal.ts';
import { queryOf, scopeMappings } from '../../mapping/request.ts';
import { renderStarterConfig } from '../../mapping/starter-config.ts';
import { shellWord } from '../../text.ts';
import { clusterOption, defineCommand } from '../define-command.ts';
import { requireSamePlace } from '../inputs/clusters.ts';
import { readAwsAuthOrEmpty } from '../inputs/inputs.ts';
import { withSource } from '../inputs/source.ts';
import { accountsRequest, DEFAULT_CONFIG } from '../load-request.ts';
import {
  clusterSelectors,
  excludedAccounts,
  type InventoryOptions,
  type ScopeOptions,
  type ShellOptions,
  scopeFlags,
} from '../option-values.ts';
import { requireCreatable } from '../replace-file.ts';
import type { Outcome, Shell } from '../shell.ts';

interface InitOptions extends ScopeOptions, InventoryOptions, ShellOptions {
  readonly config: string;
  readonly from?: string;
  readonly cluster?: string;
  readonly force?: boolean;
}

export const initCommand = defineCommand(
  'init',
  { reads: 'AWS or snapshots' },
  (command) =>
    command
      .option('-c, --config <file>', 'write the config to this file, or - for stdout', DEFAULT_CONFIG)
      .option(
        '--from <file>',
        'start from this aws-auth ConfigMap, or - for stdin; AWS is then read only if an option below requires it',
      )
      .addOption(clusterOption("start from this cluster's access entries").conflicts('from'))
      .option('--force', 'overwrite an existing config'),
  init,
);

async function init(options: InitOptions, shell: Shell): Promise<Outcome> {
  const { config, from, force = false } = options;
  const isPrinted = config === '-';
  const before = isPrinted ? null : await requireCreatable(shell.io, config, force);
  if (before) await requireNoInput(options, shell);
  const map = from === undefined ? null : new AwsAuth(await readAwsAuthOrEmpty(from, shell));
  if (map) {
    requireNoTemplates(map.document);
    requireParsable(map);
  }
  const asksForRoles = Object.entries(options).some(
    ([name, value]) => value !== undefined && !OFFLINE_OPTIONS.includes(name),
  );
  const found = map && !asksForRoles ? null : await readRoles(map, options, shell);
  const eks = found?.eks ?? null;
  const proposal = proposeConfig(map || eks ? new Cluster(null, map, eks) : null, found);
  const text = renderStarterConfig(proposal, {
    sources: [
      ...(from === undefined ? [] : [from === '-' ? 'stdin' : from]),
      ...(eks ? [clusterText(eks)] : []),
      ...(found ? (options.inventory ?? ['AWS']) : []),
    ],
    assumeRole: options.assumeRole,
    ssoRegion: options.ssoRegion,
    partition: found?.inventory.partition ?? 'aws',
    readTime: ReadTime.of(found?.inventory ?? {}),
  });
  requireValid(text, config);
  const entries = map && !eks ? MAP_KEYS.reduce((sum, key) => sum + map[key].entries.length, 0) : null;
  const summary = [proposalNote(proposal, entries, options)];
  if (isPrinted) return { stdout: text, summary };
  return { stdout: '', replacements: [{ name: config, before, after: text }], summary };
}

/** @throws Failure (exit 2) if --force would overwrite an input of the config */
async function requireNoInput({ config, from, inventory = [] }: InitOptions, { io }: Shell): Promise<void> {
  const pathOf = (file: string) => realpath(resolve(io.cwd, file)).catch(() => undefined);
  const replaced = await pathOf(config);
  for (const file of from === undefined ? inventory : [from, ...inventory]) {
    if ((await pathOf(file)) !== replaced) continue;
    const message = 'the config would overwrite the file that it is generated from';
    throw refusal({ message, location: { file: config }, help: 'Use another file with -c.' });
  }
}

/** Options that don't concern AWS, accounts or a snapshot. Without others, --from doesn't read AWS. */
const OFFLINE_OPTIONS = ['config', 'from', 'force', 'quiet', 'debug', 'color', 'progress'];

/** @returns the inventory, the IDs of the accounts that are proposed, and the cluster, null without `--cluster` */
async function readRoles(map: AwsAuth | null, options: InitOptions, shell: Shell) {
  const [selector] = clusterSelectors(options.cluster);
  const limits = { flags: scopeFlags(options), exclude: excludedAccounts(options), excludeFlags: [] };
  // Even without some accounts, a map, a cluster or a snapshot is enough for a proposal.
  const isLenient = map !== null || selector !== undefined || options.inventory !== undefined;
  const read = async (source: InventorySource) => {
    const [cluster = null] = selector ? await source.clusters([selector]) : [];
    if (cluster) requireAccessEntries(cluster);
    if (selector) requireSamePlace(options.from ?? null, cluster, selector, shell.io.cwd);
    const stated = accountsIn(map, cluster, source.partition);
    // Without provisioned roles: the cluster's account, which need not be the caller's.
    const own = options.inventory ? undefined : cluster && parseArn(cluster.arn)?.accountId;
    const usual = own ? parseAccountSelector(own) : ({ kind: options.inventory ? 'all' : 'self' } as const);
    const request = accountsRequest({ ...limits, config: stated.length > 0 ? stated : [usual] });
    const arns = (map?.mapRoles.entries ?? []).map(({ arn }) => arn);
    const inventory = await withNamesakes(await source.read(queryOf(request)), arns, source);
    const { accountIds, findings } = scopeMappings(request, inventory);
    shell.report([
      ...findings,
      ...(cluster?.authenticationMode === 'API_AND_CONFIG_MAP' ? [alsoFrom(cluster)] : []),
    ]);
    return { inventory, scope: new Set(accountIds), eks: cluster };
  };
  try {
    return await withSource(options, {}, shell, read, isLenient);
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode !== 3 || isLenient) throw error;
    throw new Failure(3, [...error.findings, NOTHING_READ], error);
  }
}

const NOTHING_READ = {
  message: "can't propose a config: AWS couldn't be read",
  help: 'Choose a profile with --profile, or pass a snapshot from someone who can read AWS with --inventory FILE.\nOr start from an existing aws-auth: kubectl get configmap aws-auth -n kube-system -o yaml | aws-auth-sso init --from -',
};

/** @throws Failure (exit 2) if a cluster's mode has no access entries */
function requireAccessEntries(cluster: EksCluster): void {
  if (cluster.authenticationMode !== 'CONFIG_MAP') return;
  throw refusal({
    message: ReadTime.of(cluster).dated(
      `${clusterText(cluster)} has authentication mode CONFIG_MAP, so it has no access entries`,
    ),
    help: 'Start from its aws-auth: kubectl get configmap aws-auth -n kube-system -o yaml | aws-auth-sso init --from -',
  });
}

function alsoFrom(cluster: EksCluster): Finding {
  const message = `${clusterText(cluster)} also grants access through aws-auth, which this config ignores`;
  const help =
    'To propose its entries: kubectl get configmap aws-auth -n kube-system -o yaml | aws-auth-sso init --from - -c -';
  return note('config-map-not-read', message, { help });
}

/** The accounts of the provisioned roles in a map or a cluster: the scope, unless flags select one. */
function accountsIn(map: AwsAuth | null, cluster: EksCluster | null, partition: string): AccountSelector[] {
  const arns = [
    ...(map?.mapRoles.entries.map(({ arn }) => arn) ?? []),
    ...(cluster?.accessEntries.map(({ principalArn }) => principalArn) ?? []),
  ];
  return provisionedAccounts(arns, partition).map(parseAccountSelector);
}

/** @throws Failure (exit 4) if the program can't read the config that it generated */
function requireValid(text: string, file: string): void {
  try {
    parseConfig(text, file);
  } catch (error) {
    throw bug(`the generated config is invalid: ${error instanceof Error ? error.message : error}`, error);
  }
}

/** @param entries the number of entries in aws-auth, which the config covers; null without aws-auth alone */
function proposalNote(
  { accounts, nodeRoles, mappings, others, skipped }: Proposal,
  entries: number | null,
  options: InitOptions,
): Finding {
  const counts = [
    counted(nodeRoles.length, 'node role'),
    counted(mappings.length, 'mapping'),
    ...(others.length > 0 ? [counted(others.length, 'other entry', 'other entries')] : []),
    ...(skipped > 0 ? [`${counted(skipped, 'entry', 'entries')} without effect skipped`] : []),
  ];
  const from = entries === null ? '' : ` from ${counted(entries, 'entry', 'entries')}`;
  const what = options.config === '-' ? 'printed a config' : `wrote ${options.config}`;
  const isFromAwsAlone = entries === null && options.cluster === undefined;
  const [only] = isFromAwsAlone && accounts.length === 1 ? accounts : [];
  const whose = only ? `account ${accountText(only)}` : counted(accounts.length, 'account');
  const message = `${what} for ${whose}${from}: ${counts.join(', ')}`;
  const unread = isFromAwsAlone
    ? "It doesn't start from a cluster: for that, use --from with its aws-auth, or --cluster.\n"
    : '';
  const first =
    mappings.length > 0
      ? 'Review it, then see what it changes:'
      : 'Review it and uncomment the mappings you want, then run:';
  return note('summary', message, {
    help: `${unread}${first}\n  ${nextCommand(options, others.length > 0)}`,
  });
}

function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}

/** @param isStrict true if the config lists the map's other entries */
function nextCommand(
  { config, from, cluster, inventory = [], profile = [], region }: InitOptions,
  isStrict: boolean,
): string {
  const isFile = from !== undefined && from !== '-';
  const words = [
    ...(isFile ? ['aws-auth-sso', 'diff', from] : ['aws-auth-sso', 'diff']),
    ...(cluster === undefined ? [] : ['--cluster', cluster]),
    ...(config === DEFAULT_CONFIG ? [] : ['-c', config === '-' ? 'FILE' : config]),
    ...inventory.flatMap((file) => ['--inventory', file]),
    ...profile.flatMap((name) => ['--profile', name]),
    ...(region === undefined ? [] : ['--region', region]),
    ...(isStrict ? ['--strict'] : []),
  ];
  const command = words.map(shellWord).join(' ');
  return isFile || cluster !== undefined
    ? command
    : `kubectl get configmap aws-auth -n kube-system -o yaml | ${command}`;
}
