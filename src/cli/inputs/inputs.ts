import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { type AwsAuthDocument, readDocument, readListOrDocument } from '../../aws-auth/document.ts';
import { newerPolicies } from '../../aws-auth/load-findings.ts';
import { clusterLabels } from '../../directory/known-clusters.ts';
import type { EksCluster, Inventory } from '../../directory/model.ts';
import type { ClusterSelector, Fleet, InventorySource } from '../../directory/query.ts';
import { ReadTime } from '../../directory/read-time.ts';
import { Failure, type Finding, note } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { inputName, readText } from '../../io.ts';
import { once } from '../../memo.ts';
import type { Authorizer } from '../../rbac/authorizer.ts';
import { awsAuthState } from '../../rbac/model.ts';
import { listed } from '../../text.ts';
import type { FleetSettings } from '../load-request.ts';
import {
  type CommonOptions,
  excludedAccounts,
  type FleetOptions,
  givesRbac,
  type RbacOptions,
  scopeFlags,
  selectedClusters,
} from '../option-values.ts';
import type { Shell } from '../shell.ts';
import {
  type ClusterFile,
  clusterNames,
  type FileWithCluster,
  pairFiles,
  requireSamePlace,
} from './clusters.ts';

/** Settings for reading the inputs. */
interface Reading {
  /** True to skip an unreadable account instead of failing. */
  readonly isLenient?: boolean;
  /** True to read OIDC providers and capabilities of clusters, too. */
  readonly signIns?: boolean;
  /** If the command has already loaded them; by default, those of the config are loaded on first use. */
  readonly settings?: FleetSettings;
}

/**
 * A command's inputs: aws-auth files, one per cluster, and, each once and on first use, AWS or snapshots, clusters and RBAC
 * manifests.
 */
export class Inputs {
  readonly options: CommonOptions & RbacOptions & FleetOptions;
  readonly shell: Shell;
  /** All paths, of broken files too. */
  paths: readonly string[] = [];
  /** The readable files. */
  files: readonly ClusterFile[] = [];
  /** The errors of the others. */
  failures: readonly Failure[] = [];
  readonly report: Shell['report'];
  private readonly how: Reading;
  private opened: Promise<InventorySource> | undefined;

  constructor(options: Inputs['options'], shell: Shell, how: Reading) {
    this.options = options;
    this.shell = shell;
    this.report = shell.report;
    this.how = how;
  }

  /** The names, ARNs and patterns of `--cluster`. */
  readonly selected = once(() => selectedClusters(this.options));

  /** The accounts that the scope flags select, and those that they exclude: a command that needs no AWS checks neither. */
  readonly scopeFlags = once(() => scopeFlags(this.options));
  readonly excludedAccounts = once(() => excludedAccounts(this.options));

  private readonly settings = once(async () => {
    // Imported on first use: many runs need nothing but files.
    const { loadFleet } = await import('../load-request.ts');
    return this.how.settings ?? loadFleet(this.options, this.selected().isSearched, this.shell);
  });

  /**
   * The clusters of `--cluster`, each once, with their access entries, and those of them that couldn't be read. Opens
   * nothing without the option.
   * @throws Failure (exit 2 or 3)
   */
  readonly fleet = once(async (): Promise<Fleet> => {
    const { selectors, regions } = this.selected();
    if (selectors.length === 0) return { clusters: [], unread: [], others: [], accounts: [] };
    const { skipMatcher } = await import('./source.ts');
    const { signIns = false } = this.how;
    const query = { selectors, regions, signIns, maySkip: skipMatcher(this.options.skipUnreadable) };
    const source = await this.open();
    const fleet = await source.fleet({ ...query, accounts: (await this.settings()).accounts });
    this.report(newerPolicies(fleet.clusters));
    return fleet;
  });

  /**
   * Pairs files with clusters; reports files and clusters without a partner.
   * @throws Failure (exit 2) if a pair is ambiguous
   */
  readonly pairs = once(async (): Promise<readonly FileWithCluster[]> => {
    const fleet = await this.fleet();
    const { selectors, isSearched } = this.selected();
    const { pairs, findings } = pairFiles(this.files, fleet, {
      cwd: this.shell.io.cwd,
      fileCount: this.paths.length,
      isSearched,
      isArn: selectors.some((selector) => 'name' in selector && selector.place !== null),
    });
    this.report(findings);
    return pairs;
  });

  /** AWS or snapshots, with the config's settings; `withInputs` closes it. */
  readonly open = (): Promise<InventorySource> => {
    const { options, shell, how } = this;
    this.opened ??= this.settings().then(async ({ config }) => {
      const { openSource } = await import('./source.ts');
      return openSource(options, config, shell, how.isLenient ?? false);
    });
    return this.opened;
  };

  async close(): Promise<void> {
    // The caller of `open` handles its failure.
    (await this.opened?.catch(() => undefined))?.close();
  }

  /**
   * Reads files. A broken one doesn't stop the others: the command's outcome then includes its errors.
   * @param paths as from `distinctFiles`
   * @param read reads a file; by default, it must be valid
   * @throws Failure that names every invalid (exit 2) or unreadable (exit 3) file, if none is left
   */
  async read(paths: readonly string[], read = readAwsAuth): Promise<void> {
    const names = clusterNames(paths);
    const files: ClusterFile[] = [];
    const failures: Failure[] = [];
    for (const [index, path] of paths.entries()) {
      try {
        files.push({ cluster: names[index] ?? null, path, document: await read(path, this.shell) });
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        failures.push(error);
      }
    }
    const failure = joinedFailure(failures);
    if (failure && files.length === 0) throw failure;
    this.paths = paths;
    this.files = files;
    this.failures = failures;
  }

  /**
   * Authorizers of the bindings, one for each pair; null without `--rbac`, and if no manifest belongs to the cluster.
   * @throws Failure (exit 2 or 3)
   */
  async authorizers(): Promise<readonly (Authorizer | null)[]> {
    const pairs = await this.pairs();
    if (!givesRbac(this.options)) return pairs.map(() => null);
    const { readRbac } = await import('./rbac.ts');
    const targets = pairs.map(({ file, cluster }) => ({
      name: cluster?.name ?? file?.cluster ?? null,
      arn: cluster?.arn ?? null,
      path: file?.path ?? null,
      version: cluster?.version,
    }));
    const of = { targets, paths: this.paths, fleet: await this.fleet() };
    const found = await readRbac(this.options, of, this.shell);
    return pairs.map(({ file, cluster }, index) => {
      const state = awsAuthState(file !== null, cluster?.authenticationMode);
      return found[index]?.withAwsAuth(state) ?? null;
    });
  }

  /**
   * The one cluster of `--cluster`, with its access entries; null without the option.
   * @param file the cluster's aws-auth; null if it isn't given
   * @throws Failure (exit 2 or 3)
   */
  async cluster(selector: ClusterSelector | null, file: string | null): Promise<EksCluster | null> {
    if (!selector) return null;
    const clusters = await (await this.open()).clusters([selector]);
    this.report(newerPolicies(clusters));
    const [cluster = null] = clusters;
    requireSamePlace(file, cluster, selector, this.shell.io.cwd);
    return cluster;
  }

  /**
   * Reports a snapshot's clusters that are ignored without --cluster.
   * @param isOne true if the command takes one cluster
   */
  reportUnused(inventory: Inventory, isOne = false): void {
    const { clusters = [] } = inventory;
    if (this.options.cluster !== undefined || clusters.length === 0) return;
    const help = isOne
      ? 'Add --cluster NAME to include them.'
      : "Add --cluster NAME to include one, or --cluster '*' for all.";
    const message = `ignoring the snapshot's access entries of ${listed(clusters.map(clusterLabels(clusters)))}`;
    this.report([note('clusters-unused', ReadTime.of(inventory).dated(message), { help })]);
  }
}

/**
 * Runs a command on its inputs, and closes them. With broken files, its outcome includes their errors.
 * @throws Failure of the command, joined with the errors of files
 */
export async function withInputs<Result extends object>(
  options: Inputs['options'],
  shell: Shell,
  use: (inputs: Inputs) => Promise<Result>,
  how: Reading = {},
): Promise<Result> {
  const inputs = new Inputs(options, shell, how);
  try {
    const result = await use(inputs);
    const failure = joinedFailure(inputs.failures);
    return failure ? { ...result, failure } : result;
  } catch (error) {
    throw error instanceof Failure ? joinedFailure([...inputs.failures, error]) : error;
  } finally {
    await inputs.close();
  }
}

/** Joins several failures: all of their findings, with the worst exit code. */
function joinedFailure(failures: readonly Failure[]): Failure | null {
  const [first, ...others] = failures;
  if (!first || others.length === 0) return first ?? null;
  const worst = others.reduce((one, other) => (other.exitCode > one.exitCode ? other : one), first);
  const findings = failures.flatMap((failure) => failure.findings);
  return new Failure(worst.exitCode, findings, worst);
}

/** Reads an aws-auth that must be valid. */
export async function readAwsAuth(file: string, { io }: Shell): Promise<AwsAuthDocument> {
  return readDocument(await readText(io, file), inputName(file));
}

/**
 * Like `readAwsAuth`, for commands that add or translate entries: a file may have none yet. Empty stdin is an error, since
 * kubectl didn't find the ConfigMap.
 */
export async function readAwsAuthOrEmpty(file: string, { io }: Shell): Promise<AwsAuthDocument> {
  const read = file === '-' ? readDocument : readListOrDocument;
  return read(await readText(io, file), inputName(file));
}

/**
 * Each file once, with a note about those that are listed more than once.
 * @param byTarget true if links to one file count as the same, because it is written to
 */
export function distinctFiles(given: readonly string[], shell: Shell, byTarget = false): string[] {
  const pathOf = (file: string) => {
    if (file === '-') return file;
    const path = resolve(shell.io.cwd, file);
    return byTarget ? targetOf(path) : path;
  };
  const byPath = [...groupBy(given, pathOf).values()];
  const twice = byPath.flatMap(([file = '', ...again]) => (again.length > 0 ? file : []));
  shell.report(
    twice.map((file): Finding => {
      const message = 'listed more than once, but read only once';
      return note('repeated-file', message, { location: { file: inputName(file) } });
    }),
  );
  return byPath.flatMap(([file = '']) => file);
}

function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Reading it will report why.
    return path;
  }
}
