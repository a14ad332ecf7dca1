import { normalize, sep } from 'node:path';
import { parseArn } from '../../arn.ts';
import { newerPolicies } from '../../cluster/load-findings.ts';
import type { AwsAuthDocument } from '../../configmap/document.ts';
import { errorFinding, Failure, type Finding, note, refusal, warning } from '../../errors.ts';
import { countBy } from '../../group-by.ts';
import { clusterLocation, type EksCluster, type Inventory } from '../../inventory/model.ts';
import { ClusterNotFound, type ClusterSelector, clusterArn } from '../../inventory/query.ts';
import { inputName } from '../../io.ts';
import { listed, quoted, shellWord } from '../../text.ts';
import type { Shell } from '../shell.ts';
import type { OpenSource } from './source.ts';

/** An aws-auth file, and the cluster that it belongs to. */
export interface ClusterFile {
  /** From the name of the file or its directory; null for stdin. */
  readonly cluster: string | null;
  /** As given. */
  readonly path: string;
  readonly document: AwsAuthDocument;
}

/** A file, and the EKS cluster that it belongs to; one of them may be missing. */
export interface ClusterPair {
  readonly file: ClusterFile | null;
  readonly cluster: EksCluster | null;
}

/** Labels of clusters in messages: the name, or the ARN if several clusters share the name. */
export function clusterLabels(clusters: readonly EksCluster[]): ReadonlyMap<EksCluster, string> {
  const counts = countBy(clusters.map(({ name }) => name));
  return new Map(
    clusters.map((cluster) => [cluster, counts.get(cluster.name) === 1 ? cluster.name : cluster.arn]),
  );
}

/**
 * Pairs files with clusters: a single file with a single cluster, else by name. In the order of the files, then of the
 * clusters; the findings name files and clusters without a partner.
 * @param files the readable files
 * @param count of all files, broken ones included
 * @param areNamed false if a pattern found the clusters: then a single one needn't be the file's
 * @throws Failure (exit 2) if a file may belong to several clusters: results would ignore the access entries
 */
export function pairClusters(
  files: readonly ClusterFile[],
  count: number,
  clusters: readonly EksCluster[],
  areNamed = true,
): { readonly pairs: ClusterPair[]; readonly findings: Finding[] } {
  const isOnly = areNamed && count === 1 && clusters.length === 1;
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

/** Clusters with the file's name. Unless exactly one has it, also uses the region or account in its path. */
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

/** True if a path names a cluster with its region or account: `prod-eu-west-1`, or `eu-west-1` and `prod`. */
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
  const message = `the file may belong to any of ${clusters.length} clusters: ${listed(clusters.map((cluster) => cluster.arn))}`;
  const help = `Run each file separately with --cluster ARN, or add the region or account to its name, such as ${shellWord(`${name}-${place}.yaml`)} or ${shellWord(`${place}/${name}.yaml`)}.`;
  return errorFinding('ambiguous-cluster', message, { help, location: { file: inputName(path) } });
}

function withoutCluster({ path, cluster }: ClusterFile): Finding {
  const name = cluster === null ? '' : `, which is named ${quoted(cluster)}`;
  const message = `ignoring access entries: no --cluster matches this file${name}`;
  const help = 'Name the file after the cluster, or run it alone with --cluster.';
  return warning('no-cluster', message, { help, location: { file: inputName(path) } });
}

function withoutFile(left: readonly EksCluster[], clusters: readonly EksCluster[]): Finding[] {
  const labels = clusterLabels(clusters);
  return left.map((cluster) => {
    const message = `no FILE is named ${quoted(cluster.name)}: using only the access entries`;
    const name = labels.get(cluster) ?? cluster.name;
    return note('no-file', message, { location: clusterLocation({ name }) });
  });
}

/**
 * Names the cluster of each file, null for `-`: the shortest part of its path that distinguishes it, so `prod` for
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

/** The parts of a path that can distinguish clusters. */
function partsOf(file: string): string[] {
  const parts = normalize(file)
    .split(sep)
    .filter((part) => part !== '');
  const stem = (parts.pop() ?? '').replace(/(?<=.)\.(?:ya?ml|json)$/i, '');
  const name = stem.replace(/^aws-auth[-_.](?=.)|(?<=.)[-_.]aws-auth$/, '');
  const parent = parts.at(-1) ?? '..';
  return name === 'aws-auth' && parent !== '..' ? parts : [...parts, name];
}

/** The number of parts that all paths share at their ends; each path keeps at least one part for its name. */
function commonEnd(paths: readonly (readonly string[])[]): number {
  const [first] = paths;
  if (!first || paths.length === 1) return 0;
  let count = 0;
  const isShared = (path: readonly string[]) =>
    path.length > count + 1 && path.at(-1 - count) === first.at(-1 - count);
  while (paths.every(isShared)) count += 1;
  return count;
}

/** The cluster of `--cluster`, as far as it is known. */
export interface KnownCluster {
  /** Null if it wasn't read. */
  readonly cluster: EksCluster | null;
  /** Its ARN, as read, given or requested; null if its account is unknown. */
  readonly arn: string | null;
}

/**
 * Reads the cluster from EKS or a snapshot. Warns if EKS can't be reached or doesn't have it yet: then at most the ARN is
 * known, from the place of the search.
 * @param snapshot null to read AWS
 * @throws Failure (exit 2) if there are several with that name, or it isn't in the partition of the credentials
 */
export async function readCluster(
  selector: ClusterSelector | null,
  open: OpenSource,
  snapshot: Inventory | null,
  shell: Shell,
): Promise<KnownCluster> {
  if (!selector) return { cluster: null, arn: null };
  const { name, place } = selector;
  const stated = place && clusterArn(name, place);
  if (snapshot && !snapshot.clusters?.length) return { cluster: null, arn: stated };
  try {
    const clusters = await (await open()).clusters([selector]);
    shell.report(newerPolicies(clusters));
    const [cluster = null] = clusters;
    return { cluster, arn: cluster?.arn ?? stated };
  } catch (error) {
    const isMissing = error instanceof ClusterNotFound;
    const isUnavailable = error instanceof Failure && error.exitCode === 3 && !error.isContradiction;
    if (!isMissing && !isUnavailable) throw error;
    const [{ help = '' } = {}] = error.findings;
    const message = `the access entries of cluster ${name} are unknown: ${error.message}`;
    const next = isMissing ? `${help}\nIf the cluster doesn't exist yet, ignore this warning.` : help;
    shell.report([warning('cluster-unknown', message, { help: next || undefined })]);
    // Without credentials, there was no search.
    const asked = await open().then(
      ({ clusterPlace }) => clusterPlace,
      () => undefined,
    );
    return { cluster: null, arn: stated ?? (asked ? clusterArn(name, asked) : null) };
  }
}

/** @throws Failure (exit 2) if a cluster's ARN isn't in the partition of the accounts */
export function requireAccountsOf(selector: ClusterSelector | null, { partition }: Inventory): void {
  if (!selector?.place || selector.place.partition === partition) return;
  throw refusal({
    message: `cluster ${selector.name} is in partition ${selector.place.partition}, but the accounts are in ${partition}`,
    help: `Use the ARN in partition ${partition}.`,
  });
}
