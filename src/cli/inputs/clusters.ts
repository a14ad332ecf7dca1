import { normalize, sep } from 'node:path';
import { parseArn } from '../../arn.ts';
import type { AwsAuthDocument } from '../../configmap/document.ts';
import { errorFinding, Failure, type Finding, note, refusal, warning } from '../../errors.ts';
import { countBy } from '../../group-by.ts';
import { clusterLocation, type EksCluster, type Inventory } from '../../inventory/model.ts';
import { ClusterNotFound, type ClusterSelector, clusterArn } from '../../inventory/query.ts';
import { inputName } from '../../io.ts';
import { listed, quoted, shellWord } from '../../text.ts';
import type { Shell } from '../shell.ts';
import type { OpenSource } from './source.ts';

/** An aws-auth file, and the cluster that it is of. */
export interface ClusterFile {
  /** By the name of the file or of its directory; null for stdin. */
  readonly cluster: string | null;
  /** As it was given. */
  readonly path: string;
  readonly document: AwsAuthDocument;
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
  return errorFinding('ambiguous-cluster', message, { help, location: { file: inputName(path) } });
}

function withoutCluster({ path, cluster }: ClusterFile): Finding {
  const name = cluster === null ? '' : ` ${quoted(cluster)}`;
  const message = `no --cluster is of the name of this file${name}, so no access entries are counted in`;
  const help = 'Name the file after the cluster, or give it alone with --cluster.';
  return warning('no-cluster', message, { help, location: { file: inputName(path) } });
}

function withoutFile(left: readonly EksCluster[], clusters: readonly EksCluster[]): Finding[] {
  const labels = clusterLabels(clusters);
  return left.map((cluster) => {
    const message = `no FILE is of the name ${quoted(cluster.name)}, so the access entries are looked at alone`;
    const name = labels.get(cluster) ?? cluster.name;
    return note('no-file', message, { location: clusterLocation({ name }) });
  });
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

/** What is known of the cluster that `--cluster` names. */
export interface KnownCluster {
  /** Null where it was not read. */
  readonly cluster: EksCluster | null;
  /** Its ARN, as it was read, given or asked for; null where its account is not known. */
  readonly arn: string | null;
}

/**
 * The cluster as EKS or a snapshot has it. Where EKS cannot be asked, or has none yet, a warning says so: then it is known at most where the
 * cluster was looked for.
 * @param snapshot null where AWS is asked
 * @throws Failure (exit 2) where there are several of that name, or it is in another partition than the credentials
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
    const [cluster = null] = await (await open()).clusters([selector]);
    return { cluster, arn: cluster?.arn ?? stated };
  } catch (error) {
    const isMissing = error instanceof ClusterNotFound;
    const isUnavailable = error instanceof Failure && error.exitCode === 3 && !error.isContradiction;
    if (!isMissing && !isUnavailable) throw error;
    const [{ help = '' } = {}] = error.findings;
    const message = `what access entries cluster ${name} has is not known: ${error.message}`;
    const next = isMissing ? `Unless it is yet to be created: ${help}` : help;
    shell.report([warning('cluster-unknown', message, { help: next || undefined })]);
    // Without credentials it was looked for nowhere.
    const asked = await open().then(
      ({ clusterPlace }) => clusterPlace,
      () => undefined,
    );
    return { cluster: null, arn: stated ?? (asked ? clusterArn(name, asked) : null) };
  }
}

/** @throws Failure (exit 2) where a cluster's ARN is of another partition than the accounts */
export function requireAccountsOf(selector: ClusterSelector | null, { partition }: Inventory): void {
  if (!selector?.place || selector.place.partition === partition) return;
  throw refusal({
    message: `cluster ${selector.name} is in partition ${selector.place.partition}, but the accounts are in ${partition}`,
    help: `Use the ARN in partition ${partition}.`,
  });
}
