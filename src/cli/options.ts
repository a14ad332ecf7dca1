import { InvalidArgumentError } from 'commander';
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

/** Options that say which bindings count. */
export interface RbacOptions {
  readonly rbac?: readonly string[];
  readonly kubernetesVersion?: string;
}

/**
 * Whether RBAC files are given.
 * @throws Failure (exit 2) for an option that is about such files where there are none
 */
export function givesRbac({ rbac, kubernetesVersion }: RbacOptions): boolean {
  requireConsistent([
    !rbac && kubernetesVersion !== undefined,
    '--kubernetes-version requires --rbac',
    'It decides which rights make administrators. Add --rbac FILE, or leave it out.',
  ]);
  return rbac !== undefined;
}

/** What options must not say together: whether they do, what is wrong with it, and what to do. */
type Contradiction = readonly [isThere: unknown, message: string, help: string];

/** @throws Failure (exit 2) for the first contradiction that is there */
export function requireConsistent(...contradictions: readonly Contradiction[]): void {
  for (const [isThere, message, help] of contradictions) if (isThere) throw refusal({ message, help });
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
