import { parseArn } from '../../arn.ts';
import type { AwsAuthDocument } from '../../aws-auth/document.ts';
import { newerPolicies } from '../../aws-auth/load-findings.ts';
import {
  type FleetCluster,
  knownClusters,
  knownClusterText,
  unreadArn,
} from '../../directory/known-clusters.ts';
import { clusterLocation, type EksCluster, type Inventory } from '../../directory/model.ts';
import {
  ClusterNotFound,
  type ClusterSelector,
  clusterArn,
  type Fleet,
  type InventorySource,
} from '../../directory/query.ts';
import { errorFinding, Failure, type Finding, note, refusal, warning } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { inputName } from '../../io.ts';
import { listed, quoted, shellWord } from '../../text.ts';
import type { Shell } from '../shell.ts';
import { ClusterIndex, isPlaceName, PathPlaces, pathParts } from './path-places.ts';

/** An aws-auth file, and the cluster that it belongs to. */
export interface ClusterFile {
  /** From the name of the file or its directory; null for stdin. */
  readonly cluster: string | null;
  /** As given. */
  readonly path: string;
  readonly document: AwsAuthDocument;
}

/** A file, and the EKS cluster that it belongs to; one of them may be missing. */
export interface FileWithCluster {
  readonly file: ClusterFile | null;
  readonly cluster: EksCluster | null;
  /**
   * True if a search found the cluster, and the file's path doesn't say its account and region: another one, which wasn't
   * searched, might have the same name.
   */
  readonly isGuess: boolean;
}

/** The options that decide about pairs. */
interface Search {
  /** The working directory. */
  readonly cwd: string;
  /** The number of all files, broken ones included. */
  readonly fileCount: number;
  /** True if a pattern found the clusters. */
  readonly isSearched: boolean;
  /** True if `--cluster` has an ARN. */
  readonly isArn: boolean;
}

/** A file and the clusters that it may belong to. */
interface Match {
  readonly file: ClusterFile;
  readonly fitting: readonly FleetCluster[];
  /** The clusters with its name, and what else in its path excludes each. */
  readonly excluded: readonly { readonly arn: string; readonly by: string }[];
  readonly isGuess: boolean;
  /** Null on stdin. */
  readonly places: PathPlaces | null;
}

/**
 * Pairs files with clusters: a single file with a single cluster that is named, else by name. An account or
 * region in the path must be the cluster's. In the order of the files, then of the clusters; the findings name files and
 * clusters without a partner.
 * @param files the readable files
 * @throws Failure (exit 2) if a file may belong to several clusters, or a cluster to several files
 */
export function pairFiles(
  files: readonly ClusterFile[],
  fleet: Fleet,
  search: Search,
): { readonly pairs: FileWithCluster[]; readonly findings: Finding[] } {
  const { fileCount, isSearched } = search;
  const known = knownClusters(isSearched ? fleet : { ...fleet, others: [] });
  if (known.length === 0)
    return { pairs: files.map((file) => ({ file, cluster: null, isGuess: false })), findings: [] };
  const index = new ClusterIndex(known, fleet.accounts);
  const only = !isSearched && fileCount === 1 && known.length === 1 ? known[0] : undefined;
  // Files with the same name are named after a folder above, but that may also be an account or a stage.
  const areNamesKnown = files.every(
    ({ cluster }) => cluster !== null && (index.named(cluster).length > 0 || isPlaceName(cluster)),
  );
  const matches = files.map((file) =>
    only ? onlyMatch(file, only, index, search) : matchOf(file, index, search, areNamesKnown),
  );
  const pairs = matches.map(({ file, fitting: [found], isGuess }): FileWithCluster => {
    return { file, cluster: found?.cluster ?? null, isGuess };
  });
  const taken = groupBy(
    pairs.filter(({ cluster }) => cluster !== null),
    ({ cluster }) => cluster,
  );
  const problems = [
    ...matches.filter(({ fitting }) => fitting.length > 1).map(ambiguousFile),
    ...[...taken].filter(([, same]) => same.length > 1).map(([cluster, same]) => severalFiles(cluster, same)),
  ];
  if (problems.length > 0) throw new Failure(2, problems);
  const left = fleet.clusters.filter((cluster) => !taken.has(cluster));
  const lonely = matches.filter(({ fitting: [found] }) => !found?.cluster);
  return {
    pairs: [...pairs, ...left.map((cluster) => ({ file: null, cluster, isGuess: false }))],
    findings: [
      ...lonely.map(withoutCluster),
      ...matches.flatMap(contradicted),
      ...matchedByName(matches, fleet),
      ...(fileCount > 0 ? left : []).map((cluster) => {
        const message = 'no FILE belongs to this cluster: using only the access entries';
        return note('no-file', message, { location: clusterLocation(cluster) });
      }),
    ],
  };
}

/**
 * The only file and the only cluster of the run.
 * @throws Failure (exit 2) if the path contradicts, unless the cluster's ARN was given
 */
function onlyMatch(file: ClusterFile, only: FleetCluster, index: ClusterIndex, search: Search): Match {
  if (!search.isArn) requireSamePlace(file.path, only, { place: null }, search.cwd, index);
  const places = file.path === '-' ? null : new PathPlaces(file.path, index, search.cwd);
  const by = places?.compare(only).contradiction ?? places?.otherCluster(only) ?? null;
  return {
    file,
    fitting: [only],
    excluded: by === null ? [] : [{ arn: only.arn, by }],
    isGuess: by !== null && !search.isArn,
    places,
  };
}

/**
 * @param selector `--cluster`: an ARN states the cluster, whatever the path says
 * @throws Failure (exit 2) if the path of a file names another account or region than its cluster has
 */
export function requireSamePlace(
  path: string | null,
  cluster: Pick<FleetCluster, 'name' | 'arn'> | null,
  selector: Pick<ClusterSelector, 'place'>,
  cwd: string,
  index = new ClusterIndex([], []),
): void {
  if (path === null || path === '-' || !cluster || selector.place) return;
  const { contradiction } = new PathPlaces(path, index, cwd).compare(cluster);
  if (contradiction === null) return;
  throw refusal({
    message: `--cluster ${cluster.name} is ${cluster.arn}, but the path of the file names ${contradiction}`,
    location: { file: path },
    help: "Use the ARN of the file's cluster: --cluster ARN. Or select its region and account with --region and --profile.",
  });
}

/**
 * The clusters that a file may belong to: those with its name, unless its path names another region or account. For a
 * file that is named after a place, those there whose name is anywhere in the path.
 * @param areNamesKnown true if the names that distinguish the files are all names of clusters or places
 */
function matchOf(
  file: ClusterFile,
  index: ClusterIndex,
  { cwd, isSearched }: Search,
  areNamesKnown: boolean,
): Match {
  const { cluster: name, path } = file;
  if (name === null) return { file, fitting: [], excluded: [], isGuess: false, places: null };
  const places = new PathPlaces(path, index, cwd);
  const last = places.parts.at(-1) ?? '';
  const own = index.named(last);
  const named = own.length > 0 || !areNamesKnown ? own : index.named(name);
  const found =
    named.length > 0 || !isPlaceName(areNamesKnown ? name : last)
      ? named
      : [...new Set(places.parts)]
          .flatMap((part) => index.named(part))
          .filter((one) => places.compare(one).agrees);
  const all = [...new Set(found)];
  const fitting = all.filter((one) => places.compare(one).contradiction === null);
  return {
    file,
    fitting,
    excluded:
      fitting.length > 0
        ? []
        : all.map((one) => ({ arn: one.arn, by: places.compare(one).contradiction ?? '' })),
    isGuess: isSearched && fitting.some((one) => one.cluster !== null && !places.compare(one).isWhole),
    places,
  };
}

function ambiguousFile({ file: { path }, fitting }: Match): Finding {
  const [{ name, arn } = { name: '', arn: '' }] = fitting;
  const { region = '', accountId = '' } = parseArn(arn) ?? {};
  const regions = new Set(fitting.map((cluster) => parseArn(cluster.arn)?.region));
  const place = regions.size === fitting.length ? region : accountId;
  const message = `the file may belong to any of ${fitting.length} clusters: ${listed(fitting.map(knownClusterText))}`;
  const help = `Run each file separately with --cluster ARN, or add the region or account to its name, such as ${shellWord(`${name}-${place}.yaml`)} or ${shellWord(`${place}/${name}.yaml`)}.`;
  return errorFinding('ambiguous-cluster', message, { help, location: { file: inputName(path) } });
}

function severalFiles(cluster: EksCluster | null, pairs: readonly FileWithCluster[]): Finding {
  const names = listed(pairs.flatMap(({ file }) => (file ? inputName(file.path) : [])));
  const message = `${names} all match cluster ${cluster?.arn}, which has only one aws-auth`;
  const help =
    'Run with one of them, or run each file separately with --cluster ARN. To distinguish them, add the region or account to their names.';
  return errorFinding('ambiguous-file', message, { help });
}

function withoutCluster({ file: { path, cluster: name }, fitting: [found], excluded }: Match): Finding {
  const location = { file: inputName(path) };
  if (found) {
    const message = `ignoring access entries: the file belongs to cluster ${knownClusterText(found)}`;
    return warning('no-cluster', message, {
      help: 'Select it with --cluster, and allow its credentials to read it.',
      location,
    });
  }
  const [first] = excluded;
  if (first) {
    const others = excluded.length > 1 ? ` and ${excluded.length - 1} more of that name` : '';
    const message = `ignoring access entries: the path names ${first.by}, so the file doesn't belong to cluster ${first.arn}${others}`;
    const help =
      "Search its account with --account, and its region with --cluster-region. If it does belong to this cluster, run it alone with the cluster's ARN as --cluster.";
    return warning('no-cluster', message, { help, location });
  }
  const text = name === null ? '' : `, which is named ${quoted(name)}`;
  const message = `ignoring access entries: no --cluster matches this file${text}`;
  const help = 'Name the file after the cluster, or run it alone with --cluster.';
  return warning('no-cluster', message, { help, location });
}

/** A warning about a file whose path names another place or cluster than `--cluster`. */
function contradicted({ file: { path }, fitting: [found], excluded }: Match): Finding[] {
  const [first] = excluded;
  if (!first || first.arn !== found?.arn) return [];
  const message = `the path names ${first.by}, but --cluster is ${first.arn}`;
  return [warning('other-cluster', message, { location: { file: inputName(path) } })];
}

/** A warning about clusters that couldn't be listed, where a file's path doesn't exclude them. */
function matchedByName(matches: readonly Match[], { unread }: Fleet): Finding[] {
  const unlisted = unread.filter(({ name }) => name === null);
  const open = matches.flatMap(({ file, isGuess, places }) => {
    const may = unlisted.filter((one) => {
      const arn = unreadArn({ ...one, name: file.cluster });
      return arn !== null && places?.compare({ name: file.cluster ?? '', arn }).contradiction === null;
    });
    return isGuess && may.length > 0 ? { path: inputName(file.path), may } : [];
  });
  if (open.length === 0) return [];
  const where = new Set(open.flatMap(({ may }) => may.map((one) => `${one.accountId} ${one.region}`)));
  const message = `matched by name: ${listed(open.map(({ path }) => path))}; clusters in ${listed([...where])} couldn't be listed and may have the same names`;
  return [
    warning('matched-by-name', message, { help: 'Add the account and region to the paths of the files.' }),
  ];
}

/**
 * Names the cluster of each file, null for `-`: the shortest part of its path that distinguishes it, so `prod` for
 * `prod.yaml`, `aws-auth-prod.yaml` and `clusters/prod/aws-auth.yaml`.
 */
export function clusterNames(files: readonly string[]): (string | null)[] {
  const paths = files.map((file) => (file === '-' ? null : pathParts(file)));
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
 * @param file that belongs to it, if there is one
 * @throws Failure (exit 2) if there are several with that name, if the file's path names another account or region, or
 *   if it isn't in the partition of the credentials
 */
export async function readCluster(
  selector: ClusterSelector | null,
  open: () => Promise<InventorySource>,
  snapshot: Inventory | null,
  shell: Shell,
  file: string | null = null,
): Promise<KnownCluster> {
  if (!selector) return { cluster: null, arn: null };
  const { name, place } = selector;
  const stated = place && clusterArn(name, place);
  if (snapshot && !snapshot.clusters?.length) return { cluster: null, arn: stated };
  try {
    const clusters = await (await open()).clusters([selector]);
    shell.report(newerPolicies(clusters));
    const [cluster = null] = clusters;
    requireSamePlace(file, cluster, selector, shell.io.cwd);
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
    const arn = stated ?? (asked ? clusterArn(name, asked) : null);
    requireSamePlace(file, arn === null ? null : { name, arn }, selector, shell.io.cwd);
    return { cluster: null, arn };
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
