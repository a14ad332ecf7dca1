import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArn, partitionOfRegion } from '../arn.ts';
import { NO_OTHER_ENTRIES } from '../aws-auth/other-entries.ts';
import { parseAccountSelector } from '../directory/account-selector.ts';
import type { ClusterPlace, FleetScope, InventorySource } from '../directory/query.ts';
import { snapshotSource } from '../directory/snapshot-source.ts';
import { Failure, note, refusal } from '../errors.ts';
import { type Io, inputName, readText } from '../io.ts';
import type { LoadedConfig } from '../mapping/config.ts';
import { groupNotes, type Mapping, parseMapFlags, requireForConfigMap } from '../mapping/mapping.ts';
import { nodeRoleProblem } from '../mapping/problems.ts';
import { queryOf, type Request } from '../mapping/request.ts';
import { type Desired, mappingsOf, resolveRequest } from '../mapping/resolve.ts';
import { listed } from '../text.ts';
import { withSource } from './inputs/source.ts';
import {
  type CommonOptions,
  checked,
  excludedAccounts,
  IF_NOBODY,
  type ScopeOptions,
  scopeFlags,
} from './option-values.ts';
import type { Shell } from './shell.ts';

export const DEFAULT_CONFIG = 'aws-auth-sso.yaml';

/** The request that flags and config combine to, and the rest of the config. */
interface LoadedRequest {
  readonly request: Request;
  readonly config: LoadedConfig['config'];
}

/**
 * Combines flags and config.
 * @throws Failure (exit 2) if they are invalid or select no accounts
 */
async function loadRequest(options: CommonOptions, shell: Shell): Promise<LoadedRequest> {
  if (options.username !== undefined && !options.map) {
    throw refusal({
      message: '--username requires --map',
      help: 'In a config, set `username:` on each mapping.',
    });
  }
  const loaded = await readConfig(options, shell.io);
  const config = loaded?.config ?? {};
  const flagged = parseMapFlags(options.map ?? [], options.username);
  shell.report(groupNotes(flagged));
  const request: Request = {
    mappings: [...(loaded?.mappings ?? []), ...flagged],
    nodeRoles: {
      config: config.nodeRoles ?? [],
      flags: checked('--node-role', options.nodeRole, nodeRoleProblem),
    },
    otherEntries: loaded?.otherEntries ?? NO_OTHER_ENTRIES,
    scope: scopeOf(options, config),
    fromConfig: loaded !== undefined,
    wantsNobody: config.mappings?.length === 0 && flagged.length === 0,
  };
  requireScope(request);
  if (loaded) noteDefaultConfig(options, limitsOf(options, config), shell);
  return { request, config };
}

/**
 * For commands that list what accounts have. A config names the accounts of its clusters, so scope flags replace them.
 * A snapshot is a scope in itself.
 * @param isScopeOptional true if the command finds accounts by itself: without a scope, the request has no mappings
 * @returns also whether nothing selects accounts, so all accounts of a snapshot are listed
 * @throws Failure (exit 2) if flags or config are invalid or select no accounts
 */
export async function loadListing(
  options: CommonOptions,
  shell: Shell,
  isScopeOptional = false,
): Promise<LoadedRequest & { readonly isOfSnapshot: boolean }> {
  const loaded = await readConfig(options, shell.io);
  const config = loaded?.config ?? {};
  const scope = scopeOf(options, config);
  const areFlagged = scope.flags.length > 0;
  const request: Request = {
    ...accountsRequest(areFlagged ? { ...scope, config: [] } : scope),
    mappings: areFlagged ? [] : (loaded?.mappings ?? []),
    fromConfig: loaded !== undefined,
  };
  if (isScopeOptional && !hasScope(request)) {
    if (loaded) noteDefaultConfig(options, SETTINGS, shell);
    return { request: { ...request, mappings: [] }, config, isOfSnapshot: false };
  }
  if (options.inventory && !hasScope(request)) {
    const message = 'no accounts selected: listing all accounts in the snapshot';
    shell.report([note('snapshot-accounts', message)]);
    const whole = { ...scope, config: [{ kind: 'all' } as const] };
    return { request: { ...request, mappings: [], scope: whole }, config, isOfSnapshot: true };
  }
  requireScope(request);
  if (loaded) {
    const namesAccounts =
      scope.config.length > 0 || loaded.mappings.some(({ accounts }) => accounts !== null);
    const limits = areFlagged
      ? '; scope flags replace its accounts'
      : '; limited to its accounts, unless --account, --ou or --all-accounts is given';
    const excluded = config.excludeAccounts ? '; its `excludeAccounts` apply' : '';
    noteDefaultConfig(options, `${namesAccounts ? limits : ''}${excluded}`, shell);
  }
  return { request, config, isOfSnapshot: false };
}

/** @throws Failure (exit 2) if neither flags nor config select accounts; the default is never all of them */
function requireScope(request: Request): void {
  if (hasScope(request)) return;
  const unscoped = request.mappings.find(({ accounts }) => accounts === null);
  const location = unscoped?.origin.location;
  throw refusal({
    message: unscoped && !location ? `${unscoped.origin.text}: no accounts selected` : 'no accounts selected',
    help: `Select accounts with --account ID|NAME|GLOB|self, --ou or --all-accounts, or with \`accounts:\` in the config.${unscoped && !location ? ' With --map, a config only counts if -c names it.' : ''}`,
    ...(location ? { location } : {}),
  });
}

function hasScope({ mappings, scope }: Request): boolean {
  const everyMappingScoped = mappings.length > 0 && mappings.every(({ accounts }) => accounts !== null);
  return scope.flags.length + scope.config.length > 0 || everyMappingScoped;
}

/**
 * Resolves options to desired entries and passes them on while their source is still open.
 * @param isFor the form that the entries are written in
 * @param place the cluster's, if known
 * @throws Failure if something doesn't resolve (exit 2) or can't be read (exit 3)
 */
export async function withDesired<T>(
  options: CommonOptions,
  shell: Shell,
  use: (desired: Desired, source: InventorySource) => T | Promise<T>,
  isFor: 'aws-auth' | 'access entries' = 'aws-auth',
  place: ClusterPlace | null = null,
): Promise<T> {
  const { request, config } = await loadRequest(options, shell);
  const { mappings, nodeRoles, otherEntries } = request;
  const isNothingWanted = mappings.length + nodeRoles.config.length + nodeRoles.flags.length === 0;
  const isComparedOnly = request.wantsNobody || (options.strict && !otherEntries.isEmpty);
  if (isNothingWanted && !isComparedOnly) throw noMappings(request);
  const resolveFrom = async (source: InventorySource) => {
    const { allowUnresolved = false, allSets = false, allowShared = false, lookup = false } = options;
    const desired = await resolveRequest(request, source, { allowUnresolved, allSets, allowShared, lookup });
    if (isFor === 'aws-auth') requireForConfigMap(mappingsOf(desired));
    for (const arn of desired.scoped.nodeRolesLeftOut)
      shell.debug(`skipping node role ${arn}: the scope flags exclude its account`);
    return use(desired, source);
  };
  if (options.lookup && !options.inventory) {
    const { namedRoles } = await import('../mapping/named-roles.ts');
    const partition = place?.partition ?? partitionFor(request, options, shell);
    const named = options.allowUnresolved ? null : namedRoles(request, partition, place?.accountId ?? null);
    if (named) return resolveFrom(snapshotSource(named, () => false, shell.report));
    shell.report([LOOKUP_READS_AWS]);
  }
  return withSource(options, config, shell, resolveFrom);
}

const LOOKUP_READS_AWS = note('lookup-reads-aws', '--lookup reads AWS to resolve these mappings', {
  help: 'It reads nothing for exact names of permission sets and IDs of accounts, without `optional` and --allow-unresolved.',
});

/** The partition of the region, as far as it is known without reading files of AWS; else that of ARNs in the request. */
function partitionFor({ mappings, nodeRoles }: Request, { region }: CommonOptions, { io }: Shell): string {
  const known = region ?? (io.env.AWS_REGION || io.env.AWS_DEFAULT_REGION || '');
  if (known !== '') return partitionOfRegion(known);
  const ofNodes = [...nodeRoles.config, ...nodeRoles.flags].map((arn) => parseArn(arn)?.partition);
  const ofPolicies = mappings.flatMap(({ policies }) => policies.map(({ partition }) => partition));
  return [...ofNodes, ...ofPolicies].find(Boolean) ?? partitionOfRegion('');
}

function noMappings({ fromConfig }: Request): Failure {
  if (fromConfig) {
    const help = `Add or uncomment some under \`mappings:\`, or pass --map SELECTOR=GROUP. ${IF_NOBODY}`;
    return refusal({ message: 'the config has no mappings', help });
  }
  return refusal({
    message: 'no mappings given',
    help: 'Pass --map SELECTOR=GROUP, or a config file with -c (default: ./aws-auth-sso.yaml). Run `aws-auth-sso init` to create one.',
  });
}

/** For commands that take only AWS settings from a config: loads that of `-c`, or the one in the working directory. */
export async function loadConfig(options: CommonOptions, shell: Shell): Promise<LoadedConfig | undefined> {
  const loaded = await readConfig(options, shell.io);
  if (loaded && !options.inventory) noteDefaultConfig(options, SETTINGS, shell);
  return loaded;
}

/** For commands that read nothing but the mappings of a config; undefined without a config. */
export async function loadMappings(
  options: CommonOptions,
  shell: Shell,
): Promise<readonly Mapping[] | undefined> {
  const loaded = await readConfig(options, shell.io);
  if (loaded) noteDefaultConfig(options, '', shell);
  return loaded?.mappings;
}

/**
 * Mappings that only make hints better; undefined without a config.
 * @param isOptional true if nothing else needs the config: an invalid one that no option names gets a note
 */
export async function loadMappingsForHints(
  options: CommonOptions,
  shell: Shell,
  isOptional: boolean,
): Promise<readonly Mapping[] | undefined> {
  try {
    return (await readConfig(options, shell.io))?.mappings;
  } catch (error) {
    const [problem] = error instanceof Failure ? error.findings : [];
    if (!problem || !isOptional || options.config !== undefined) throw error;
    const { message, location } = problem;
    const help = 'Hints that need its mappings are missing. Fix it, or pass another config with -c.';
    shell.report([note('config-ignored', `ignoring the config: ${message}`, { location, help })]);
    return undefined;
  }
}

async function readConfig({ config, map }: CommonOptions, io: Io): Promise<LoadedConfig | undefined> {
  const isDefault = config === undefined && !map && existsSync(join(io.cwd, DEFAULT_CONFIG));
  const file = isDefault ? DEFAULT_CONFIG : config;
  if (file === undefined) return undefined;
  const { parseConfig } = await import('../mapping/config.ts');
  return parseConfig(await readText(io, file), inputName(file));
}

const SETTINGS = ' for regions, profiles and roles to assume';

/** Settings for reading clusters. */
export interface FleetSettings extends Pick<LoadedRequest, 'config'> {
  /** The accounts whose clusters patterns of `--cluster` select. */
  readonly accounts: FleetScope;
}

/**
 * For commands that read clusters: the accounts of the scope flags, else of the config. A snapshot is a scope in itself.
 * @throws Failure (exit 2) if flags or config are invalid
 */
export async function loadFleet(
  options: CommonOptions,
  isSearched: boolean,
  shell: Shell,
): Promise<FleetSettings> {
  if (!isSearched || options.inventory) {
    const { config = {} } = (await loadConfig(options, shell)) ?? {};
    return {
      config,
      accounts: { scope: scopeFlags(options), within: null, exclude: excludedAccounts(options) },
    };
  }
  const { request, config } = await loadListing(options, shell, true);
  return { config, accounts: queryOf(request) };
}

/** Reports that the default config is used, if no option names one. */
function noteDefaultConfig({ config }: CommonOptions, use: string, shell: Shell): void {
  if (config === undefined) shell.report([note('default-config', `using ${DEFAULT_CONFIG}${use}`)]);
}

/** `; limited to account prod-eks (--account)`: how the scope flags and the config's accounts limit each other. */
function limitsOf(
  { account = [], ou = [], allAccounts, excludeAccount = [] }: ScopeOptions,
  config: LoadedConfig['config'],
): string {
  const units = ou.length === 1 ? 'organizational unit' : 'organizational units';
  const selected = [
    ...(account.length > 0 ? [`${accountsText(account)} (--account)`] : []),
    ...(ou.length > 0 ? [`${units} ${listed(ou)} (--ou)`] : []),
  ].join(' and ');
  const limits = [
    ...(selected !== '' && !allAccounts ? [`limited to ${selected}`] : []),
    ...(allAccounts && config.accounts ? ['--all-accounts is limited to its `accounts`'] : []),
    ...(excludeAccount.length > 0 ? [`excluding ${accountsText(excludeAccount)} (--exclude-account)`] : []),
  ];
  return limits.map((limit) => `; ${limit}`).join('');
}

function accountsText(accounts: readonly string[]): string {
  return `${accounts.length === 1 ? 'account' : 'accounts'} ${listed(accounts)}`;
}

/** A request for accounts alone. */
export function accountsRequest(scope: Request['scope']): Request {
  const nodeRoles = { config: [], flags: [] };
  return {
    mappings: [],
    nodeRoles,
    otherEntries: NO_OTHER_ENTRIES,
    scope,
    fromConfig: false,
    wantsNobody: false,
  };
}

function scopeOf(options: ScopeOptions, config: LoadedConfig['config']): Request['scope'] {
  const excludeFlags = excludedAccounts(options);
  return {
    flags: scopeFlags(options),
    config: (config.accounts ?? []).map(parseAccountSelector),
    exclude: [...excludeFlags, ...(config.excludeAccounts ?? []).map(parseAccountSelector)],
    excludeFlags,
  };
}
