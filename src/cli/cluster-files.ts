import { realpathSync } from 'node:fs';
import { normalize, resolve, sep } from 'node:path';
import { AUTHENTICATION_MODES, type AuthenticationMode } from '../access-entry.ts';
import { parseArn } from '../arn.ts';
import { type AwsAuthDocument, readDocument } from '../configmap/document.ts';
import { Failure, type Finding } from '../errors.ts';
import { countBy, groupBy } from '../group-by.ts';
import { clusterLocation, type EksCluster } from '../inventory/model.ts';
import { inputName, readText } from '../io.ts';
import { listed, quoted, shellWord } from '../text.ts';
import type { Outcome, Shell } from './shell.ts';

/** An aws-auth file, and the cluster that it is of. */
export interface ClusterFile {
  /** By the name of the file or of its directory; null for stdin. */
  readonly cluster: string | null;
  /** As it was given. */
  readonly path: string;
  readonly document: AwsAuthDocument;
}

/**
 * Reads one file for each cluster, and does with them what a command does. A broken one among several does not stop the others: the
 * outcome then says what is wrong with it, too.
 * @param given as from `distinctFiles`
 * @param read what reads one of them
 * @param use gets those that could be read, and what is wrong with the others; null where nothing is
 * @throws Failure that names every file that is invalid (exit 2) or cannot be read (exit 3) where none is left, or the command fails, too
 */
export async function withClusterFiles(
  given: readonly string[],
  read: (file: string) => Promise<AwsAuthDocument>,
  use: (files: readonly ClusterFile[], failure: Failure | null) => Promise<Outcome>,
): Promise<Outcome> {
  const names = clusterNames(given);
  const files: ClusterFile[] = [];
  const failures: Failure[] = [];
  for (const [index, path] of given.entries()) {
    try {
      files.push({ cluster: names[index] ?? null, path, document: await read(path) });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(error);
    }
  }
  const failure = joinedFailure(failures);
  if (failure && files.length === 0) throw failure;
  try {
    const outcome = await use(files, failure);
    return failure ? { ...outcome, failure } : outcome;
  } catch (error) {
    throw error instanceof Failure ? joinedFailure([...failures, error]) : error;
  }
}

/** Reads a file that has to be valid. */
export async function readClusterFile(file: string, { io }: Shell): Promise<AwsAuthDocument> {
  return readDocument(await readText(io, file), inputName(file));
}

/** Whether other commands refuse the file, and kubectl as well. */
export function isInvalid({ configMap, problems }: AwsAuthDocument): boolean {
  return problems.some(({ rule }) => rule !== null || configMap === null);
}

/** A file, and the EKS cluster that it belongs to; one of them may be missing. */
export interface ClusterPair {
  readonly file: ClusterFile | null;
  readonly cluster: EksCluster | null;
}

/** How messages call clusters: by name, of several with one name by ARN. */
export function clusterLabels(clusters: readonly EksCluster[]): ReadonlyMap<EksCluster, string> {
  const counts = countBy(clusters.map(({ name }) => name));
  return new Map(
    clusters.map((cluster) => [cluster, counts.get(cluster.name) === 1 ? cluster.name : cluster.arn]),
  );
}

/**
 * Which file belongs to which cluster: where there is one of each, they belong together, else by name. In the order of the files, then of
 * the clusters; the findings name what has no partner.
 * @param files those that could be read
 * @param count of files, broken ones included
 * @throws Failure (exit 2) where a file may be of several clusters: whom it lets in would be told without the access entries
 */
export function pairClusters(
  files: readonly ClusterFile[],
  count: number,
  clusters: readonly EksCluster[],
): { readonly pairs: ClusterPair[]; readonly findings: Finding[] } {
  const isOnly = count === 1 && clusters.length === 1;
  const partnersOf = (file: ClusterFile) => (isOnly ? clusters : clustersNamed(file, clusters));
  const partners = files.map((file) => ({ file, all: partnersOf(file) }));
  const ambiguous = partners.filter(({ all }) => all.length > 1);
  if (ambiguous.length > 0)
    throw new Failure(
      2,
      ambiguous.map(({ file, all }) => ambiguousFile(file, all)),
    );
  const pairs = partners.map(({ file, all }): ClusterPair => ({ file, cluster: all[0] ?? null }));
  const taken = new Set(pairs.map(({ cluster }) => cluster));
  const left = clusters.filter((cluster) => !taken.has(cluster));
  const lonely = pairs.flatMap(({ file, cluster }) => (cluster ? [] : (file ?? [])));
  return {
    pairs: [...pairs, ...left.map((cluster) => ({ file: null, cluster }))],
    findings: [
      ...(clusters.length > 0 ? lonely : []).map(withoutCluster),
      ...withoutFile(count > 0 ? left : [], clusters),
    ],
  };
}

/** The clusters of the name of a file; where that is of none or of several, those whose region or account is in its path, too. */
function clustersNamed({ cluster: name, path }: ClusterFile, clusters: readonly EksCluster[]): EksCluster[] {
  if (name === null) return [];
  const parts = partsOf(path);
  const isPlaced = (cluster: EksCluster) => {
    const { region = '', accountId = '' } = parseArn(cluster.arn) ?? {};
    return [region, accountId].some((place) => isOfPlace(parts, cluster.name, place));
  };
  const named = clusters.filter((cluster) => cluster.name === name);
  if (named.length === 1) return named;
  const placed = (named.length === 0 ? clusters : named).filter(isPlaced);
  return placed.length === 1 || named.length === 0 ? placed : named;
}

/** Whether the parts of a path are of a cluster in a region or account: `prod-eu-west-1`, or `eu-west-1` and `prod`. */
function isOfPlace(parts: readonly string[], name: string, place: string): boolean {
  if (place === '') return false;
  const joined = ['-', '_', '.'].flatMap((dot) => [`${name}${dot}${place}`, `${place}${dot}${name}`]);
  return (parts.includes(name) && parts.includes(place)) || joined.some((one) => parts.includes(one));
}

function ambiguousFile({ path }: ClusterFile, clusters: readonly EksCluster[]): Finding {
  const [{ name = '', arn = '' } = {}] = clusters;
  const { region = '', accountId = '' } = parseArn(arn) ?? {};
  const regions = new Set(clusters.map((cluster) => parseArn(cluster.arn)?.region));
  const place = regions.size === clusters.length ? region : accountId;
  const message = `the file may be of ${clusters.length} clusters of the name ${quoted(name)}: ${listed(clusters.map((cluster) => cluster.arn))}`;
  const help = `Give each file alone with --cluster ARN, or name the files by region or account, too, such as ${shellWord(`${name}-${place}.yaml`)} or ${shellWord(`${place}/${name}.yaml`)}.`;
  return { severity: 'error', code: 'ambiguous-cluster', message, help, location: { file: inputName(path) } };
}

function withoutCluster({ path, cluster }: ClusterFile): Finding {
  const name = cluster === null ? '' : ` ${quoted(cluster)}`;
  const message = `no --cluster is of the name of this file${name}, so no access entries are counted in`;
  const help = 'Name the file after the cluster, or give it alone with --cluster.';
  return { severity: 'warning', code: 'no-cluster', message, help, location: { file: inputName(path) } };
}

function withoutFile(left: readonly EksCluster[], clusters: readonly EksCluster[]): Finding[] {
  const labels = clusterLabels(clusters);
  return left.map((cluster) => {
    const message = `no FILE is of the name ${quoted(cluster.name)}, so the access entries are looked at alone`;
    const name = labels.get(cluster) ?? cluster.name;
    return { severity: 'note', code: 'no-file', message, location: clusterLocation({ name }) };
  });
}

/** The file of a pair; of a cluster without one, an empty file. */
export function fileOf({ file, cluster }: ClusterPair): ClusterFile {
  if (file) return file;
  const name = cluster?.name ?? null;
  return { cluster: name, path: '-', document: readDocument('[]', `cluster ${name}`) };
}

/** The mode that is given with `--authentication-mode`; undefined where the cluster has it, or can no longer get it. */
export function assumedMode(
  cluster: EksCluster | null,
  mode: AuthenticationMode | undefined,
): AuthenticationMode | undefined {
  if (!cluster || !mode) return mode;
  const orderOf = (one: AuthenticationMode) => AUTHENTICATION_MODES.indexOf(one);
  return orderOf(mode) > orderOf(cluster.authenticationMode) ? mode : undefined;
}

/** Where that mode is not assumed, or not all of it can be told. */
export function assumedModeFindings(
  [cluster, name]: readonly [EksCluster, string],
  paths: readonly string[],
  mode: AuthenticationMode | undefined,
): Finding[] {
  const location = clusterLocation({ name });
  if (mode && mode !== cluster.authenticationMode && !assumedMode(cluster, mode)) {
    const message = `has authentication mode ${cluster.authenticationMode}, which cannot be changed back to ${mode}: it is checked as it is`;
    return [{ severity: 'warning', code: 'mode-cannot-be-changed-back', message, location }];
  }
  if (mode !== 'API' || paths.length > 0) return [];
  const message = 'who is locked out in mode API is not checked, without the aws-auth ConfigMap';
  const help = 'Give it as FILE.';
  return [{ severity: 'note', code: 'no-file', message, location, help }];
}

/** Where there are no access entries to look at. */
export function modeNote({ file, cluster }: ClusterPair, name: string): Finding[] {
  if (cluster?.authenticationMode !== 'CONFIG_MAP') return [];
  const message =
    'has authentication mode CONFIG_MAP, so it has no access entries, and aws-auth alone counts';
  const help = file
    ? {}
    : { help: 'Give the aws-auth ConfigMap as FILE: without it there is nothing to check.' };
  const location = clusterLocation({ name });
  return [{ severity: 'note', code: 'config-map-only', message, ...help, location }];
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
      return { severity: 'note', code: 'repeated-file', message, location: { file: inputName(file) } };
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

/**
 * A name for the cluster of each of these files, null for `-`: the shortest part of its path that tells it from the others, so `prod` for
 * `prod.yaml`, `aws-auth-prod.yaml` and `clusters/prod/aws-auth.yaml`.
 */
export function clusterNames(files: readonly string[]): (string | null)[] {
  const paths = files.map((file) => (file === '-' ? null : partsOf(file)));
  const named = paths.filter((path) => path !== null);
  const end = commonEnd(named);
  const longest = Math.max(0, ...named.map(({ length }) => length));
  for (let count = 1; count <= longest - end; count += 1) {
    const names = paths.map(
      (path) =>
        path
          ?.slice(0, path.length - end)
          .slice(-count)
          .join('/') ?? null,
    );
    if (new Set(names).size === names.length) return names;
  }
  return files.map((file) => (file === '-' ? null : file));
}

/** The parts of a path that may tell clusters apart. */
function partsOf(file: string): string[] {
  const parts = normalize(file)
    .split(sep)
    .filter((part) => part !== '');
  const stem = (parts.pop() ?? '').replace(/(?<=.)\.(?:ya?ml|json)$/i, '');
  const name = stem.replace(/^aws-auth[-_.](?=.)|(?<=.)[-_.]aws-auth$/, '');
  const parent = parts.at(-1) ?? '..';
  return name === 'aws-auth' && parent !== '..' ? parts : [...parts, name];
}

/** How many parts at their ends all of several paths share; each keeps one that it may be called by. */
function commonEnd(paths: readonly (readonly string[])[]): number {
  const [first] = paths;
  if (!first || paths.length === 1) return 0;
  let count = 0;
  const isShared = (path: readonly string[]) =>
    path.length > count + 1 && path.at(-1 - count) === first.at(-1 - count);
  while (paths.every(isShared)) count += 1;
  return count;
}
