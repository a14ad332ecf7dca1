import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { type AwsAuthDocument, readDocument, readListOrDocument } from '../../configmap/document.ts';
import { Failure, type Finding, note } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import type { EksCluster, Inventory } from '../../inventory/model.ts';
import type { InventorySource } from '../../inventory/query.ts';
import { inputName, readText } from '../../io.ts';
import { once } from '../../memo.ts';
import type { Authorizer } from '../../rbac/authorizer.ts';
import { listed } from '../../text.ts';
import { loadConfig } from '../load-request.ts';
import { type CommonOptions, clusterSelectors, givesRbac, type RbacOptions } from '../options.ts';
import type { Outcome, Shell } from '../shell.ts';
import { type ClusterFile, type ClusterPair, clusterNames, pairClusters } from './clusters.ts';
import { type OpenSource, openSource } from './source.ts';

/** Options that say what is read beside the files. */
interface InputOptions extends CommonOptions, RbacOptions {
  readonly cluster?: string | readonly string[];
}

/** AWS or snapshots, opened when they are first asked for, and the options that say what is read of them. */
export interface Reading {
  readonly options: InputOptions;
  readonly shell: Shell;
  readonly open: OpenSource;
}

/** What a command reads: aws-auth files, one for each cluster, and beside them, when first asked for, clusters, RBAC manifests and an inventory. */
export class Inputs implements Reading {
  readonly options: InputOptions;
  readonly shell: Shell;
  readonly open: OpenSource;
  /** Of all files, broken ones included. */
  readonly paths: readonly string[];
  /** Those that could be read. */
  readonly files: readonly ClusterFile[];
  /** What is wrong with the others; null where nothing is. */
  readonly failure: Failure | null;

  /** The clusters of `--cluster`. */
  readonly clusters = once(() => readClusters(this));

  /**
   * Which file belongs to which cluster; a note or warning says what has no partner.
   * @throws Failure (exit 2) where that is ambiguous
   */
  readonly pairs = once(async (): Promise<readonly ClusterPair[]> => {
    const { pairs, findings } = pairClusters(this.files, this.paths.length, await this.clusters());
    this.shell.report(findings);
    return pairs;
  });

  constructor({ options, shell, open }: Reading, read: Pick<Inputs, 'paths' | 'files' | 'failure'>) {
    this.options = options;
    this.shell = shell;
    this.open = open;
    this.paths = read.paths;
    this.files = read.files;
    this.failure = read.failure;
  }

  /**
   * What bindings allow, for each of the pairs; null without `--rbac`, and where no manifest is of the cluster.
   * @throws Failure (exit 2 or 3)
   */
  async authorizers(): Promise<readonly (Authorizer | null)[]> {
    const pairs = await this.pairs();
    if (!givesRbac(this.options)) return pairs.map(() => null);
    const { readRbac } = await import('./rbac.ts');
    const targets = pairs.map(({ file, cluster }) => file ?? { path: null, cluster: cluster?.name ?? null });
    return readRbac(this.options, targets, this.paths, this.shell);
  }
}

/** Says of a snapshot's clusters that they are not counted in, where none was asked for. */
export function reportUnusedClusters({ clusters = [] }: Inventory, { options, shell }: Reading): void {
  if (options.cluster !== undefined || clusters.length === 0) return;
  const message = `the snapshot has access entries of ${listed(clusters.map(({ name }) => name))}, which are not counted in`;
  shell.report([note('clusters-unused', message, { help: 'Add --cluster NAME to count them in.' })]);
}

interface ReadOptions {
  /** Reads a file; missing: one that has to be valid. */
  readonly read?: (file: string, shell: Shell) => Promise<AwsAuthDocument>;
  /** As for `withReading`. */
  readonly isLenient?: boolean;
}

/**
 * Reads files, and does with them what a command does. A broken one among several does not stop the others: the outcome then says what is wrong
 * with it, too.
 * @param paths as from `distinctFiles`
 * @throws Failure that names every file that is invalid (exit 2) or cannot be read (exit 3) where none is left, or the command fails, too
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

/** All that several failures say, with the worst exit code of them. */
function joinedFailure(failures: readonly Failure[]): Failure | null {
  const [first, ...others] = failures;
  if (!first || others.length === 0) return first ?? null;
  const worst = others.reduce((one, other) => (other.exitCode > one.exitCode ? other : one), first);
  const findings = failures.flatMap((failure) => failure.findings);
  return new Failure(worst.exitCode, findings, worst);
}

/**
 * For commands that read a file and what AWS or snapshots say of it: opens these when first asked for, with the settings of the config,
 * and closes them after use.
 * @param isLenient leaves an account unread that cannot be read, else it is a failure
 */
export async function withReading<T>(
  options: InputOptions,
  shell: Shell,
  isLenient: boolean,
  use: (reading: Reading) => Promise<T>,
): Promise<T> {
  let opened: Promise<InventorySource> | undefined;
  const open = () => {
    opened ??= openWithConfig(options, shell, isLenient);
    return opened;
  };
  try {
    return await use({ options, shell, open });
  } finally {
    // Whoever asked for it knows of the failure.
    (await opened?.catch(() => undefined))?.close();
  }
}

async function openWithConfig(
  options: InputOptions,
  shell: Shell,
  isLenient: boolean,
): Promise<InventorySource> {
  const { config = {} } = (await loadConfig(options, shell)) ?? {};
  return openSource(options, config, shell, isLenient);
}

/**
 * The clusters of `--cluster`, each once, with their access entries; nothing is opened without the option.
 * @throws Failure (exit 2 or 3)
 */
export async function readClusters({
  options,
  open,
}: Pick<Reading, 'options' | 'open'>): Promise<readonly EksCluster[]> {
  const selectors = clusterSelectors(options.cluster);
  if (selectors.length === 0) return [];
  const clusters = await (await open()).clusters(selectors);
  return [...new Map(clusters.map((cluster) => [cluster.arn, cluster])).values()];
}

/** Reads an aws-auth that has to be valid. */
export async function readAwsAuth(file: string, { io }: Shell): Promise<AwsAuthDocument> {
  return readDocument(await readText(io, file), inputName(file));
}

/** As `readAwsAuth`, for who adds or takes over entries: a file may have none yet, but empty stdin is a ConfigMap that kubectl did not find. */
export async function readAwsAuthOrEmpty(file: string, { io }: Shell): Promise<AwsAuthDocument> {
  const read = file === '-' ? readDocument : readListOrDocument;
  return read(await readText(io, file), inputName(file));
}

/**
 * Each of the files once, with a note on those that are given more than once.
 * @param byTarget whether links to one file are the same, as they are for what writes to it
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
      const message = 'is given more than once and read once';
      return note('repeated-file', message, { location: { file: inputName(file) } });
    }),
  );
  return byPath.flatMap(([file = '']) => file);
}

function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Whoever reads it says why.
    return path;
  }
}
