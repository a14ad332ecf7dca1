import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { newerPolicies } from '../../cluster/load-findings.ts';
import { type AwsAuthDocument, readDocument, readListOrDocument } from '../../configmap/document.ts';
import { Failure, type Finding, note } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { clusterLabels } from '../../inventory/known-clusters.ts';
import type { EksCluster, Inventory } from '../../inventory/model.ts';
import type { Fleet, FleetScope, InventorySource } from '../../inventory/query.ts';
import { ReadTime } from '../../inventory/read-time.ts';
import { inputName, readText } from '../../io.ts';
import { once } from '../../memo.ts';
import type { Authorizer } from '../../rbac/authorizer.ts';
import { awsAuthState } from '../../rbac/model.ts';
import { listed } from '../../text.ts';
import {
  type CommonOptions,
  clusterSelectors,
  type FleetOptions,
  fleetOf,
  givesRbac,
  isSearched,
  type RbacOptions,
} from '../options.ts';
import type { Outcome, Shell } from '../shell.ts';
import {
  type ClusterFile,
  type ClusterPair,
  clusterNames,
  pairClusters,
  requireSamePlace,
} from './clusters.ts';
import type { OpenSource } from './source.ts';

/** Options for the inputs other than files. */
interface InputOptions extends CommonOptions, RbacOptions, FleetOptions {
  /** True to read OIDC providers and capabilities of clusters, too. */
  readonly signIns?: boolean;
}

/** AWS or snapshots, opened on first use, and the options for what to read from them. */
export interface Reading {
  readonly options: InputOptions;
  readonly shell: Shell;
  readonly open: OpenSource;
  /** The accounts whose clusters patterns of `--cluster` select. */
  readonly accounts: () => Promise<FleetScope>;
}

/** A command's inputs: aws-auth files, one per cluster, and, on first use, clusters, RBAC manifests, an inventory. */
export class Inputs implements Reading {
  readonly options: InputOptions;
  readonly shell: Shell;
  readonly open: OpenSource;
  readonly accounts: () => Promise<FleetScope>;
  /** All paths, of broken files too. */
  readonly paths: readonly string[];
  /** The readable files. */
  readonly files: readonly ClusterFile[];
  /** The errors of the others; null without any. */
  readonly failure: Failure | null;

  /** The clusters of `--cluster`, and those of them that couldn't be read. */
  readonly fleet = once(() => readFleet(this));
  readonly clusters = once(async () => (await this.fleet()).clusters);

  /**
   * Pairs files with clusters; reports files and clusters without a partner.
   * @throws Failure (exit 2) if a pair is ambiguous
   */
  readonly pairs = once(async (): Promise<readonly ClusterPair[]> => {
    const { pairs, findings } = pairClusters(this.files, await this.fleet(), {
      cwd: this.shell.io.cwd,
      fileCount: this.paths.length,
      isSearched: isSearched(this.options),
      isArn: fleetOf(this.options).selectors.some(
        (selector) => 'name' in selector && selector.place !== null,
      ),
    });
    this.shell.report(findings);
    return pairs;
  });

  constructor(
    { options, shell, open, accounts }: Reading,
    read: Pick<Inputs, 'paths' | 'files' | 'failure'>,
  ) {
    this.options = options;
    this.shell = shell;
    this.open = open;
    this.accounts = accounts;
    this.paths = read.paths;
    this.files = read.files;
    this.failure = read.failure;
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
}

/**
 * Reports a snapshot's clusters that are ignored without --cluster.
 * @param isOne true if the command takes one cluster
 */
export function reportUnusedClusters(inventory: Inventory, { options, shell }: Reading, isOne = false): void {
  const { clusters = [] } = inventory;
  if (options.cluster !== undefined || clusters.length === 0) return;
  const help = isOne
    ? 'Add --cluster NAME to include them.'
    : "Add --cluster NAME to include one, or --cluster '*' for all.";
  const message = `ignoring the snapshot's access entries of ${listed(clusters.map(clusterLabels(clusters)))}`;
  shell.report([note('clusters-unused', ReadTime.of(inventory).dated(message), { help })]);
}

interface ReadOptions {
  /** Reads a file; by default, it must be valid. */
  readonly read?: (file: string, shell: Shell) => Promise<AwsAuthDocument>;
  /** See `withReading`. */
  readonly isLenient?: boolean;
}

/**
 * Reads files and runs a command on them. A broken file doesn't stop the others: the outcome then includes its errors.
 * @param paths as from `distinctFiles`
 * @throws Failure that names every invalid (exit 2) or unreadable (exit 3) file, if none is left or the command fails
 */
export async function withInputs(
  paths: readonly string[],
  options: InputOptions,
  shell: Shell,
  use: (inputs: Inputs) => Promise<Outcome>,
  { read = readAwsAuth, isLenient = false }: ReadOptions = {},
): Promise<Outcome> {
  const names = clusterNames(paths);
  const files: ClusterFile[] = [];
  const failures: Failure[] = [];
  for (const [index, path] of paths.entries()) {
    try {
      files.push({ cluster: names[index] ?? null, path, document: await read(path, shell) });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(error);
    }
  }
  const failure = joinedFailure(failures);
  if (failure && files.length === 0) throw failure;
  try {
    const outcome = await withReading(options, shell, isLenient, (reading) =>
      use(new Inputs(reading, { paths, files, failure })),
    );
    return failure ? { ...outcome, failure } : outcome;
  } catch (error) {
    throw error instanceof Failure ? joinedFailure([...failures, error]) : error;
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

/**
 * For commands that read a file and look it up in AWS or snapshots: opens these on first use, with the config's
 * settings, and closes them at the end.
 * @param isLenient true to skip an unreadable account instead of failing
 */
export async function withReading<T>(
  options: InputOptions,
  shell: Shell,
  isLenient: boolean,
  use: (reading: Reading) => Promise<T>,
): Promise<T> {
  // Imported on first use: many runs need nothing but files.
  const settings = once(async () => (await import('../load-request.ts')).loadFleet(options, shell));
  let opened: Promise<InventorySource> | undefined;
  const opening = async () => {
    const [{ config }, { openSource }] = [await settings(), await import('./source.ts')];
    return openSource(options, config, shell, isLenient);
  };
  const open = () => {
    opened ??= opening();
    return opened;
  };
  const accounts = async () => (await settings()).accounts;
  try {
    return await use({ options, shell, open, accounts });
  } finally {
    // The caller of `open` handles its failure.
    (await opened?.catch(() => undefined))?.close();
  }
}

/**
 * Reads the one cluster of `--cluster`, with its access entries; null without the option.
 * @param file the cluster's aws-auth; null if it isn't given
 * @throws Failure (exit 2 or 3)
 */
export async function readOneCluster(
  { options, open, shell }: Pick<Reading, 'options' | 'shell' | 'open'>,
  file: string | null,
): Promise<EksCluster | null> {
  const [selector] = clusterSelectors(options.cluster);
  if (!selector) return null;
  const clusters = await (await open()).clusters([selector]);
  shell.report(newerPolicies(clusters));
  const [cluster = null] = clusters;
  requireSamePlace(file, cluster, selector, shell.io.cwd);
  return cluster;
}

/**
 * Reads the clusters of `--cluster`, each once, with their access entries. Opens nothing without the option.
 * @throws Failure (exit 2 or 3)
 */
export async function readFleet({ options, shell, open, accounts }: Reading): Promise<Fleet> {
  const { selectors, regions } = fleetOf(options);
  if (selectors.length === 0) return { clusters: [], unread: [], others: [], accounts: [] };
  const { skipMatcher } = await import('./source.ts');
  const { signIns = false } = options;
  const query = { selectors, regions, signIns, maySkip: skipMatcher(options.skipUnreadable) };
  const fleet = await (await open()).fleet({ ...query, accounts: await accounts() });
  shell.report(newerPolicies(fleet.clusters));
  return fleet;
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
