import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, normalize, resolve, sep } from 'node:path';
import {
  clusterLabels,
  type FleetCluster,
  knownClusters,
  knownClusterText,
  unreadArn,
} from '../../directory/known-clusters.ts';
import type { EksCluster } from '../../directory/model.ts';
import { type ClusterSelector, clusterArn, type Fleet, NOT_SELECTED } from '../../directory/query.ts';
import { type Finding, note, refusal, unavailable, warning } from '../../errors.ts';
import { globMatcher } from '../../glob-matcher.ts';
import { groupBy } from '../../group-by.ts';
import { inputName, readText, turnOfEvents } from '../../io.ts';
import { memoAsync } from '../../memo.ts';
import type { Authorizer } from '../../rbac/authorizer.ts';
import {
  type KubernetesMinor,
  kubernetesMinor,
  NEWEST,
  parseKubernetesVersion,
  versionText,
} from '../../rbac/kubernetes-version.ts';
import type { RbacFile } from '../../rbac/read.ts';
import { compareStrings, didYouMean, listed, quoted, shellWord } from '../../text.ts';
import { givesRbac, type RbacOptions, rbacInputs } from '../option-values.ts';
import type { Shell } from '../shell.ts';
import { clusterNames } from './clusters.ts';
import { ClusterIndex, PathPlaces } from './path-places.ts';

/** Maximum bytes of a file: enough for a large cluster, with all of its other manifests in between. */
const MAX_BYTES = 100_000_000;

/**
 * Reads the files and directories of `--rbac` and reports findings about them. Bindings belong to the cluster that the
 * option names, to the one whose folder they are in, or to the only one.
 * @returns an authorizer for each target; null without the option, and if no file belongs to the cluster
 * @throws Failure if a file can't be read (exit 3), isn't a valid manifest, or may belong to several clusters, or stdin is
 *   given twice (exit 2)
 */
export async function readRbac(
  options: RbacOptions,
  of: RbacTargets,
  shell: Shell,
): Promise<(Authorizer | null)[]> {
  const { targets, paths } = of;
  if (!givesRbac(options)) return targets.map(() => null);
  const { kubernetesVersion } = options;
  const given = kubernetesVersion === undefined ? undefined : parseKubernetesVersion(kubernetesVersion);
  const versionOf = ({ version }: RbacTarget) => given ?? kubernetesMinor(version);
  const files = await readFiles(options, of, shell);
  if (targets.some((target) => versionOf(target) === undefined)) {
    const message = `assuming Kubernetes ${versionText(NEWEST)}; use --kubernetes-version to change it`;
    shell.report([note('kubernetes-version', message)]);
  }
  const byKey = groupBy(
    files.flatMap((file) => file.owners.map((owner) => ({ key: targetKey(owner), file }))),
    ({ key }) => key,
  );
  const filesOf = (target: RbacTarget) => (byKey.get(targetKey(target)) ?? []).map(({ file }) => file);
  const bySet = groupBy(targets, (target) => JSON.stringify(filesOf(target).map(({ path }) => path)));
  const found = new Map<RbacTarget, Authorizer | null>();
  for (const same of bySet.values()) {
    const own = same[0] ? filesOf(same[0]) : [];
    const contents = own.map(({ content }) => content);
    if (paths.length > 1 || targets.length > 1 || own.length === 0)
      shell.report([sourceFinding(same, own, of)]);
    const authorizerOf = memoAsync((version: KubernetesMinor) => combined(contents, version, shell));
    for (const target of same)
      found.set(target, own.length > 0 ? await authorizerOf(versionOf(target) ?? NEWEST) : null);
  }
  return targets.map((target) => found.get(target) ?? null);
}

/** Like `readRbac`, for a command that takes one file and at most one cluster: as it was read, or as it was given. */
export async function readRbacOfOne(
  options: RbacOptions,
  file: string | null,
  cluster: EksCluster | ClusterSelector | null,
  shell: Shell,
): Promise<Authorizer | null> {
  const paths = file === null ? [] : [file];
  const read = cluster && 'arn' in cluster ? cluster : null;
  const stated =
    cluster && 'place' in cluster && cluster.place ? clusterArn(cluster.name, cluster.place) : null;
  const target = {
    name: cluster?.name ?? clusterNames(paths)[0] ?? null,
    arn: read?.arn ?? stated,
    path: file,
    version: read?.version,
  };
  const fleet = { clusters: [], unread: [], others: [], accounts: [] };
  const [authorizer = null] = await readRbac(options, { targets: [target], paths, fleet }, shell);
  return authorizer;
}

interface ReadFile {
  /** As given, or below the given directory. */
  readonly path: string;
  readonly content: RbacFile;
  /** The clusters of the run that have these bindings. */
  readonly owners: readonly RbacTarget[];
}

async function readFiles(options: RbacOptions, of: RbacTargets, shell: Shell): Promise<ReadFile[]> {
  const { io } = shell;
  const inputs = rbacInputs(options);
  requireOneStdin([...of.paths, ...new Set(inputs.map(({ path }) => path))]);
  const { readRbacFile } = await import('../../rbac/read.ts');
  const owners = new RbacOwners(of, io.cwd);
  const files = new Map<string, ReadFile>();
  const unread: string[] = [];
  for (const { cluster, path: given } of inputs) {
    const stated = cluster === null ? null : owners.stated(cluster);
    const isOfDirectory = isDirectory(given, io.cwd);
    for (const path of isOfDirectory ? filesIn(given, stated !== null, owners, shell) : [given]) {
      const before = files.get(path);
      const content =
        before?.content ?? readRbacFile(await readText(io, path, MAX_BYTES), inputName(path), isOfDirectory);
      // A directory may have other files, too.
      if (isOfDirectory && content.roles.length + content.bindings.length === 0) continue;
      const placed = stated ? null : owners.byPlace(path);
      if (placed === undefined && !owners.only) throw unknownOwner(path, of);
      if (placed === undefined && owners.only) requireNoNeighbor(path, owners.only, shell);
      const own = stated ?? [(placed === undefined ? owners.only : placed) ?? []].flat();
      if (own.length === 0) unread.push(inputName(path));
      else files.set(path, { path, content, owners: [...new Set([...(before?.owners ?? []), ...own])] });
    }
  }
  if (unread.length > 0) {
    const message = `ignoring ${listed(unread)}: ${unread.length === 1 ? "its cluster wasn't" : "their clusters weren't"} read`;
    shell.report([note('rbac-unused', message)]);
  }
  return [...files.values()];
}

function isDirectory(path: string, cwd: string): boolean {
  try {
    return path !== '-' && path !== '' && statSync(resolve(cwd, path)).isDirectory();
  } catch {
    // Reading it will report why.
    return false;
  }
}

/**
 * The YAML and JSON files in a directory, and in its folders with the name of a cluster; in all of its folders, if the
 * directory belongs to one cluster.
 * @throws Failure (exit 2) without any
 */
function filesIn(directory: string, isStated: boolean, owners: RbacOwners, shell: Shell): string[] {
  const isOfOne = isStated || owners.byPlace(join(directory, 'rbac.yaml')) !== undefined;
  const all = walk(directory, shell.io.cwd);
  const isTaken = (folder: string) =>
    isOfOne || folder === '.' || folder.split(sep).some((part) => owners.isNamed(part));
  const found = all.filter((path) => isTaken(dirname(path)));
  const skipped = new Set(all.map((path) => dirname(path)).filter((folder) => !isTaken(folder)));
  if (skipped.size > 0) {
    const message = `--rbac ${directory}: skipped the folders ${listed([...skipped])}, because no cluster of this run has their names`;
    const help = `If they belong to one cluster, say which: --rbac ${shellWord(`CLUSTER=${directory}`)}`;
    // Files of other clusters are expected beside those of this one.
    const say = found.some((path) => dirname(path) !== '.') ? note : warning;
    shell.report([say('rbac-folder-skipped', message, { help })]);
  }
  if (found.length > 0) return found.map((path) => join(directory, path));
  throw refusal({
    message: `--rbac ${directory}: the directory has no YAML or JSON files`,
    help: 'It must have *.yaml, *.yml or *.json files, or folders with the names of clusters.',
  });
}

/** The manifest files below a directory, by their paths in it, sorted, without hidden ones. */
function walk(directory: string, cwd: string, below = ''): string[] {
  const entries = entriesOf(join(directory, below), cwd)
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
    .sort((one, other) => compareStrings(one.name, other.name));
  return entries.flatMap((entry) => {
    const path = join(below, entry.name);
    if (entry.isDirectory()) return walk(directory, cwd, path);
    // Links to files are followed, as to a mounted ConfigMap.
    const isFile = /\.(?:ya?ml|json)$/i.test(entry.name) && !isDirectory(join(directory, path), cwd);
    return isFile ? path : [];
  });
}

async function combined(
  files: readonly RbacFile[],
  version: KubernetesMinor,
  shell: Shell,
): Promise<Authorizer> {
  const { combineRbac } = await import('../../rbac/combine.ts');
  const { defaultManifestsOf } = await import('../../rbac/default-roles.ts');
  const defaults = await defaultManifestsOf(version);
  // Parsing large files takes a while, and so do the next steps.
  await turnOfEvents();
  shell.io.signal.throwIfAborted();
  const { authorizer, findings } = combineRbac(files, version, defaults);
  shell.report(findings);
  return authorizer;
}

/** @throws Failure (exit 3) */
function entriesOf(directory: string, cwd: string) {
  try {
    return readdirSync(resolve(cwd, directory), { withFileTypes: true });
  } catch (error) {
    const message = `can't read the directory ${directory}: ${error instanceof Error ? error.message : ''}`;
    throw unavailable({ message }, error);
  }
}

/** @throws Failure (exit 2) for a file next to the aws-auth of another cluster than the only one */
function requireNoNeighbor(path: string, { name, path: input }: RbacTarget, { io: { cwd } }: Shell): void {
  if (input === null || input === '-' || path === '-') return;
  const neighbor = join(dirname(path), basename(input));
  if (resolve(cwd, neighbor) === resolve(cwd, input) || !existsSync(resolve(cwd, neighbor))) return;
  throw refusal({
    message: `--rbac ${path}: the file is next to ${neighbor}, so its bindings may belong to another cluster than ${input}`,
    help: `Pass the RBAC files of the cluster of ${input}. If these are: --rbac ${shellWord(`${name ?? '*'}=${path}`)}.`,
  });
}

function sourceFinding(
  clusters: readonly RbacTarget[],
  files: readonly ReadFile[],
  { fleet }: RbacTargets,
): Finding {
  const names = listed(targetNames(clusters, fleet));
  if (files.length > 0)
    return note('rbac-source', `${names}: bindings from ${listed(files.map(({ path }) => inputName(path)))}`);
  const message = `${names}: no RBAC file belongs to this cluster, so its bindings are unknown`;
  const help = "Add --rbac CLUSTER=FILE, or put RBAC files into a folder with the cluster's name.";
  return warning('rbac-unknown', message, { help });
}

function requireOneStdin(inputs: readonly string[]): void {
  if (inputs.filter((input) => input === '-').length <= 1) return;
  throw refusal({
    message: "stdin can't be both the aws-auth ConfigMap and RBAC manifests",
    help: 'Use a file for one of them: aws-auth-sso … aws-auth.yaml --rbac rbac.yaml, or --rbac <(kubectl get … -o yaml).',
  });
}

/** A cluster that needs bindings: an aws-auth file, a cluster in EKS, or both. */
interface RbacTarget {
  /** In EKS, else from the file's path; null if it is unknown. */
  readonly name: string | null;
  /** Null without EKS. */
  readonly arn: string | null;
  /** Its aws-auth file; null without one. */
  readonly path: string | null;
  /** Its Kubernetes version, if EKS or a snapshot says so. */
  readonly version?: string | undefined;
}

/** The clusters of a run. */
interface RbacTargets {
  readonly targets: readonly RbacTarget[];
  /** All aws-auth files, broken ones too. */
  readonly paths: readonly string[];
  readonly fleet: Fleet;
}

/** Finds the cluster that RBAC manifests belong to. */
class RbacOwners {
  private readonly of: RbacTargets;
  private readonly cwd: string;
  private readonly index: ClusterIndex;
  /** By ARN; a file without EKS has its path instead. */
  private readonly byKey: ReadonlyMap<string, RbacTarget>;
  private readonly pathsIn: ReadonlyMap<string, readonly string[]>;
  private readonly known: readonly FleetCluster[];

  constructor(of: RbacTargets, cwd: string) {
    this.of = of;
    this.cwd = cwd;
    this.byKey = new Map(of.targets.map((target) => [targetKey(target), target]));
    const inFiles = of.targets.flatMap((target) =>
      target.arn === null && target.name !== null
        ? { name: target.name, arn: targetKey(target), cluster: null, why: null }
        : [],
    );
    this.known = [...knownClusters(of.fleet), ...inFiles];
    this.index = new ClusterIndex(this.known, of.fleet.accounts);
    this.pathsIn = groupBy(of.paths, (path) => (path === '-' ? '' : dirname(resolve(cwd, path))));
  }

  /** The only cluster of the run; null if there may be several. */
  get only(): RbacTarget | null {
    const { targets, paths, fleet } = this.of;
    const isAlone = fleet.unread.length === 0 && fleet.others.every(({ why }) => why === NOT_SELECTED);
    return isAlone && targets.length === 1 && paths.length <= 1 ? (targets[0] ?? null) : null;
  }

  /**
   * The clusters that `CLUSTER=FILE` states.
   * @returns none for a cluster that couldn't be read
   * @throws Failure (exit 2) if no cluster has the name, or several
   */
  stated(text: string): readonly RbacTarget[] {
    const matches = globMatcher(text);
    const found = this.known.filter(({ name, arn }) => matches(name) || arn === text);
    const targets = found.flatMap(({ arn }) => this.byKey.get(arn) ?? []);
    // A pattern says that each of them has these bindings.
    if (found.length > 1 && found.some(({ name }) => name === text))
      throw refusal({
        message: `--rbac: several clusters are named ${quoted(text)}: ${listed(found.map(placeText))}`,
        help: 'Use the ARN of one of them: --rbac ARN=FILE.',
      });
    if (text === '*') return this.of.targets;
    if (found.length > 0) return targets;
    const names = this.of.targets.flatMap(({ name }) => name ?? []);
    const clusters = ` The clusters of this run: ${listed(targetNames(this.of.targets, this.of.fleet))}.`;
    throw refusal({
      message: `--rbac: no cluster of this run matches ${quoted(text)}`,
      help: `${didYouMean(text, names) ?? 'Use the name of a cluster, its ARN, or a pattern such as "*".'}${clusters}`,
    });
  }

  /**
   * The cluster whose folder a file is in, or that its name has: null for one that isn't read, undefined without one.
   * @throws Failure (exit 2) if it may be one of several
   */
  byPlace(path: string): RbacTarget | null | undefined {
    if (path === '-') return undefined;
    const places = new PathPlaces(path, this.index, this.cwd, 'rbac');
    const named = (part: string) =>
      this.index.named(part).filter((one) => places.compare(one).contradiction === null);
    const found = new Map<string, FleetCluster>();
    const given = normalize(dirname(path)).split(sep).length;
    let folder = dirname(resolve(this.cwd, path));
    for (let level = 0; dirname(folder) !== folder; level += 1, folder = dirname(folder)) {
      const [beside, ...others] = this.pathsIn.get(folder) ?? [];
      if (beside !== undefined && others.length === 0 && found.size === 0)
        return this.of.targets.find((target) => target.path === beside) ?? null;
      if (beside !== undefined) break;
      if (level < given) for (const one of named(basename(folder))) found.set(one.arn, one);
    }
    if (found.size === 0) for (const one of named(places.parts.at(-1) ?? '')) found.set(one.arn, one);
    const [first, ...others] = found.values();
    if (!first) return undefined;
    if (![first, ...others].some(({ arn }) => this.byKey.has(arn))) return null;
    if (others.length > 0) throw ambiguousPath(path, [first, ...others]);
    return this.byKey.get(first.arn);
  }

  /** True if a folder has the name of a known cluster. */
  isNamed(folder: string): boolean {
    return this.index.named(folder).length > 0;
  }
}

/** A cluster may have the same name in two regions; a file has one path. */
function targetKey({ arn, path }: RbacTarget): string {
  return arn ?? `file ${path}`;
}

function ambiguousPath(path: string, clusters: readonly FleetCluster[]) {
  return refusal({
    message: `--rbac: by its path, the file may belong to any of these clusters: ${listed(clusters.map(placeText))}`,
    location: { file: path },
    help: `Say which: --rbac ${shellWord(`${clusters[0]?.arn.startsWith('arn:') ? clusters[0].arn : clusters[0]?.name}=${path}`)}.`,
  });
}

/** The ARN, or the path of the aws-auth file. */
function placeText({ arn, why }: FleetCluster): string {
  return knownClusterText({ arn: arn.replace(/^file /, ''), why });
}

/** The names of clusters in messages: ARNs where several share a name. */
function targetNames(targets: readonly RbacTarget[], fleet: Fleet): string[] {
  const labelOf = clusterLabels(knownClusters(fleet));
  return targets.map(({ name, arn, path }) => {
    if (name === null) return inputName(path ?? '-');
    return arn === null ? name : labelOf({ name, arn });
  });
}

/** For a file that belongs to no cluster in particular, while there are several. */
function unknownOwner(path: string, { targets, fleet }: RbacTargets) {
  const names = [
    ...targetNames(targets, fleet),
    ...fleet.unread.map((one) => unreadArn(one) ?? `any in ${one.accountId} ${one.region}`),
  ];
  const [example = 'CLUSTER'] = targetNames(targets, fleet);
  return refusal({
    message: `--rbac ${inputName(path)}: can't tell which cluster these bindings belong to: ${listed(names)}`,
    help: `Say which: --rbac ${shellWord(`${example}=${path}`)}. Or put the file into a folder with the cluster's name.\nIf all of them have the same bindings: --rbac ${shellWord(`*=${path}`)}.`,
  });
}
