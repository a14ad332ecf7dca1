import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { type Finding, note, refusal, unavailable, warning } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import type { EksCluster } from '../../inventory/model.ts';
import { type ClusterSelector, clusterArn } from '../../inventory/query.ts';
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
import { compareStrings, listed, shellWord } from '../../text.ts';
import { givesRbac, type RbacOptions, rbacInputs } from '../options.ts';
import type { Shell } from '../shell.ts';
import { clusterNames } from './clusters.ts';
import {
  keyOf,
  RbacOwners,
  type RbacTarget,
  type RbacTargets,
  targetNames,
  unknownOwner,
} from './rbac-owners.ts';

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
    files.flatMap((file) => file.owners.map((owner) => ({ key: keyOf(owner), file }))),
    ({ key }) => key,
  );
  const filesOf = (target: RbacTarget) => (byKey.get(keyOf(target)) ?? []).map(({ file }) => file);
  const bySet = groupBy(targets, (target) => JSON.stringify(filesOf(target).map(({ path }) => path)));
  const found = new Map<RbacTarget, Authorizer | null>();
  for (const same of bySet.values()) {
    const own = same[0] ? filesOf(same[0]) : [];
    if (paths.length > 1 || targets.length > 1 || own.length === 0)
      shell.report([sourceFinding(same, own, of)]);
    const authorizerOf = memoAsync((version: KubernetesMinor) => combined(own, version, shell));
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
  const target = { name: cluster?.name ?? clusterNames(paths)[0] ?? null, arn: arnOf(cluster), path: file };
  const version = cluster && 'arn' in cluster ? cluster.version : undefined;
  const fleet = { clusters: [], unread: [], others: [], accounts: [] };
  const [authorizer = null] = await readRbac(
    options,
    { targets: [{ ...target, version }], paths, fleet },
    shell,
  );
  return authorizer;
}

function arnOf(cluster: EksCluster | ClusterSelector | null): string | null {
  if (cluster && 'arn' in cluster) return cluster.arn;
  return cluster?.place ? clusterArn(cluster.name, cluster.place) : null;
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
  files: readonly ReadFile[],
  version: KubernetesMinor,
  shell: Shell,
): Promise<Authorizer> {
  const { combineRbac } = await import('../../rbac/combine.ts');
  const { defaultManifestsOf } = await import('../../rbac/default-roles.ts');
  const defaults = await defaultManifestsOf(version);
  // Parsing large files takes a while, and so do the next steps.
  await turnOfEvents();
  shell.io.signal.throwIfAborted();
  const { authorizer, findings } = combineRbac(
    files.map(({ content }) => content),
    version,
    defaults,
  );
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
