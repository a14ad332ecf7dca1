import { InvalidArgumentError } from 'commander';
import { settingProblems } from '../aws-settings.ts';
import {
  type AccountSelector,
  accountSelectorProblem,
  parseAccountSelector,
} from '../directory/account-selector.ts';
import {
  type ClusterSelector,
  clusterGlobProblem,
  clusterSelectorProblem,
  type FleetQuery,
  fleetSelectorProblem,
  parseClusterSelector,
  parseFleetSelector,
} from '../directory/query.ts';
import { refusal } from '../errors.ts';
import { isGlob } from '../glob.ts';
import type { Request } from '../mapping/request.ts';
import { quoted } from '../text.ts';

/** Options that every command has. */
export interface ShellOptions {
  readonly quiet?: boolean;
  readonly debug?: boolean;
  readonly color?: boolean;
  /** Shows progress even if stderr is not a terminal. */
  readonly progress?: boolean;
}

/** Options that select accounts. */
export interface ScopeOptions {
  readonly account?: readonly string[];
  readonly ou?: readonly string[];
  readonly allAccounts?: boolean;
  readonly excludeAccount?: readonly string[];
}

/** Options that select the source of the inventory. */
export interface InventoryOptions {
  readonly profile?: readonly string[];
  readonly assumeRole?: string;
  readonly region?: string;
  readonly ssoRegion?: string;
  readonly inventory?: readonly string[];
  readonly skipUnreadable?: readonly string[];
  readonly maxAge?: string;
}

/** Options of a command that needs an inventory: only some commands have those of mappings. */
export interface CommonOptions extends ScopeOptions, InventoryOptions, ShellOptions {
  readonly config?: string;
  readonly map?: readonly string[];
  readonly username?: string;
  readonly nodeRole?: readonly string[];
  readonly allowUnresolved?: boolean;
  readonly allSets?: boolean;
  readonly allowShared?: boolean;
  /** Only for Terraform, which then finds the roles. */
  readonly lookup?: boolean;
  /** Only for `diff`: the config may then contain nothing but `otherEntries`. */
  readonly strict?: boolean;
}

/** Accounts that the scope flags select. */
export function scopeFlags(options: ScopeOptions): AccountSelector[] {
  return [
    ...checked('--account', options.account, accountSelectorProblem).map(parseAccountSelector),
    ...checked('--ou', options.ou, accountSelectorProblem).map((ou): AccountSelector => ({ kind: 'ou', ou })),
    ...(options.allAccounts ? [{ kind: 'all' } as const] : []),
  ];
}

/** Accounts that `--exclude-account` names. */
export function excludedAccounts({ excludeAccount }: ScopeOptions): AccountSelector[] {
  return checked('--exclude-account', excludeAccount, accountSelectorProblem).map(parseAccountSelector);
}

/** Options that select RBAC manifests. */
export interface RbacOptions {
  readonly rbac?: readonly string[];
  readonly kubernetesVersion?: string;
}

/**
 * True if RBAC files are given.
 * @throws Failure (exit 2) for an option that requires them, without any
 */
export function givesRbac({ rbac, kubernetesVersion }: RbacOptions): boolean {
  requireConsistent([
    !rbac && kubernetesVersion !== undefined,
    '--kubernetes-version requires --rbac',
    'The version decides which permissions make a cluster admin. Add --rbac FILE, or remove --kubernetes-version.',
  ]);
  return rbac !== undefined;
}

/**
 * The files and directories of `--rbac`. The text before the first `=` is a cluster if it can be one: a name, an ARN or a
 * pattern; `./a=b.yaml` is a file.
 * @throws InvalidArgumentError for an invalid ARN
 */
export function rbacInputs({
  rbac = [],
}: RbacOptions): { readonly cluster: string | null; readonly path: string }[] {
  return [...new Set(rbac)].map((text) => {
    const at = text.indexOf('=');
    const cluster = text.slice(0, Math.max(at, 0));
    const problem = fleetSelectorProblem(cluster);
    if (cluster.startsWith('arn:')) checked('--rbac', [cluster], () => problem);
    return problem === undefined ? { cluster, path: text.slice(at + 1) } : { cluster: null, path: text };
  });
}

/** A combination of options that makes no sense: true if it was given, and what to report then. */
type Contradiction = readonly [isGiven: unknown, message: string, help: string];

/** @throws Failure (exit 2) for the first contradiction that was given */
export function requireConsistent(...contradictions: readonly Contradiction[]): void {
  for (const [isGiven, message, help] of contradictions) if (isGiven) throw refusal({ message, help });
}

/** The contradiction of two sources for one inventory. */
export function twoSources({ aws, inventory }: InventoryOptions & { readonly aws?: boolean }): Contradiction {
  return [aws && inventory, "--aws can't be used with --inventory", 'Remove one of them.'];
}

/** The contradictions of `--prune` if nothing lists everyone who keeps access, as in a config that lost its mappings. */
export function pruneWithoutMappings(
  prune: boolean | undefined,
  { fromConfig, mappings, wantsNobody }: Request,
): Contradiction[] {
  return [
    [
      prune && !fromConfig,
      '--prune requires a config file, which lists everyone who keeps access',
      'Put the mappings in a file and pass it with -c.',
    ],
    [
      prune && mappings.length === 0 && !wantsNobody,
      '--prune requires `mappings` in the config, which list everyone who keeps access',
      `Add them. ${IF_NOBODY}`,
    ],
  ];
}

/** Next step for a config without mappings, if that is intentional. */
export const IF_NOBODY = 'If nobody should have access, write `mappings: []`.';

/** Next step for a scope that has nothing to select from. */
export const ADD_SOURCE =
  'Add --aws or --inventory FILE, or remove --account, --ou, --all-accounts and --exclude-account.';

/**
 * Returns the values of an option, if all are valid.
 * @throws InvalidArgumentError for the first invalid one: a usage error, as if from commander
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
 * Returns the clusters that `--cluster` names, for a command that takes no patterns.
 * @throws InvalidArgumentError if one is neither a name nor an ARN
 */
export function clusterSelectors(clusters: string | readonly string[] | undefined): ClusterSelector[] {
  const values = typeof clusters === 'string' ? [clusters] : clusters;
  const problemOf = (text: string) =>
    isGlob(text) && clusterGlobProblem(text) === undefined
      ? 'is a pattern, but this command takes one cluster; use its name or ARN'
      : clusterSelectorProblem(text);
  return checked('--cluster', values, problemOf).map(parseClusterSelector);
}

/** Options that select several clusters. */
export interface FleetOptions {
  readonly cluster?: string | readonly string[];
  readonly clusterRegion?: readonly string[];
}

/** The clusters that `--cluster` selects, and the regions in which its patterns are searched. */
export interface SelectedClusters extends Pick<FleetQuery, 'selectors' | 'regions'> {
  /** True if there are patterns. */
  readonly isSearched: boolean;
}

/** @throws InvalidArgumentError if one is neither a name, an ARN nor a pattern; Failure (exit 2) for regions without a pattern */
export function selectedClusters({ cluster, clusterRegion }: FleetOptions): SelectedClusters {
  const values = typeof cluster === 'string' ? [cluster] : cluster;
  const selectors = checked('--cluster', values, fleetSelectorProblem).map(parseFleetSelector);
  const regions = checked('--cluster-region', clusterRegion, settingProblems.region);
  const isSearched = selectors.some((selector) => 'glob' in selector);
  requireConsistent([
    regions.length > 0 && !isSearched,
    '--cluster-region requires a pattern in --cluster',
    "Add --cluster '*' for all clusters of these regions. To name one cluster of another region, use its ARN.",
  ]);
  return { selectors, regions, isSearched };
}

/** Age in which a snapshot counts as up to date, unless `--max-age` says otherwise. */
export const DEFAULT_MAX_AGE = '24h';

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
      help: 'Use a duration such as 90s, 30m, 24h, 7d or 1d12h.',
    });
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (MILLISECONDS[unit ?? ''] ?? 0), 0);
}
