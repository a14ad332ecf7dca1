import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type Finding, note, refusal, warning } from '../../errors.ts';
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
import { listed } from '../../text.ts';
import { givesRbac, type RbacOptions } from '../options.ts';
import type { Shell } from '../shell.ts';

/** Maximum bytes of a file: enough for a large cluster, with all of its other manifests in between. */
const MAX_BYTES = 100_000_000;

/** An aws-auth file, or a cluster without one. */
export interface RbacTarget {
  readonly cluster: string | null;
  readonly path: string | null;
  /** Its Kubernetes version, if EKS or a snapshot says so. */
  readonly version?: string | undefined;
}

/**
 * Reads the files of `--rbac` and reports findings about them. A file in the directory of an aws-auth file, or above it,
 * belongs to the clusters below; any other file belongs to all clusters.
 * @param targets the clusters that need bindings
 * @param paths of all aws-auth files, broken ones too
 * @returns an authorizer for each target; null without the option, and if no file belongs to the cluster
 * @throws Failure if a file can't be read (exit 3), isn't a valid manifest, or stdin is given twice (exit 2)
 */
export async function readRbac(
  options: RbacOptions,
  targets: readonly RbacTarget[],
  paths: readonly string[],
  shell: Shell,
): Promise<(Authorizer | null)[]> {
  if (!givesRbac(options)) return targets.map(() => null);
  const { kubernetesVersion } = options;
  const given = kubernetesVersion === undefined ? undefined : parseKubernetesVersion(kubernetesVersion);
  const versionOf = ({ version = '' }: RbacTarget) => given ?? kubernetesMinor(version);
  const files = await readFiles(options, paths, shell);
  if (targets.some((target) => versionOf(target) === undefined)) {
    const message = `assuming Kubernetes ${versionText(NEWEST)}; use --kubernetes-version to change it`;
    shell.report([note('kubernetes-version', message)]);
  }
  const filesOf = ({ path }: RbacTarget) =>
    files.filter((file) => isOf(file.path, path, paths, shell.io.cwd));
  const bySet = groupBy(targets, (target) => JSON.stringify(filesOf(target).map(({ path }) => path)));
  const found = new Map<RbacTarget, Authorizer | null>();
  for (const same of bySet.values()) {
    const own = same[0] ? filesOf(same[0]) : [];
    if (paths.length > 1 || targets.length > 1) shell.report([sourceFinding(same, own)]);
    shell.report(
      foreignFindings(
        own,
        same.flatMap(({ path }) => path ?? []),
        shell,
      ),
    );
    const authorizerOf = memoAsync((version: KubernetesMinor) => combined(own, version, shell));
    for (const target of same)
      found.set(target, own.length > 0 ? await authorizerOf(versionOf(target) ?? NEWEST) : null);
  }
  return targets.map((target) => found.get(target) ?? null);
}

interface ReadFile {
  /** As given. */
  readonly path: string;
  readonly content: RbacFile;
}

async function readFiles(
  { rbac = [] }: RbacOptions,
  inputs: readonly string[],
  shell: Shell,
): Promise<ReadFile[]> {
  const paths = [...new Set(rbac)];
  requireOneStdin([...inputs, ...paths]);
  const { readRbacFile } = await import('../../rbac/read.ts');
  const files: ReadFile[] = [];
  for (const path of paths)
    files.push({ path, content: readRbacFile(await readText(shell.io, path, MAX_BYTES), inputName(path)) });
  return files;
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

/** True if an RBAC file belongs to the cluster of an aws-auth file. */
function isOf(file: string, cluster: string | null, clusters: readonly string[], cwd: string): boolean {
  return isBelow(cluster, file, cwd) || !clusters.some((path) => isBelow(path, file, cwd));
}

/** True if a file is in the directory of another, or below it. */
function isBelow(path: string | null, other: string, cwd: string): boolean {
  if (!path || path === '-' || other === '-') return false;
  return !relative(resolve(cwd, dirname(other)), resolve(cwd, path)).startsWith('..');
}

/** Warns about files that are used for one cluster, but are next to the aws-auth of another. */
function foreignFindings(
  files: readonly ReadFile[],
  inputs: readonly string[],
  { io: { cwd } }: Shell,
): Finding[] {
  return inputs.flatMap((input) =>
    files.flatMap(({ path }): Finding[] => {
      const neighbor = join(dirname(path), basename(input));
      const isOfAnother =
        input !== '-' && path !== '-' && !isBelow(input, path, cwd) && existsSync(resolve(cwd, neighbor));
      if (!isOfAnother) return [];
      const message = `${path} is used for ${input}, but is next to ${neighbor}: its bindings may belong to another cluster`;
      const help = `Pass the RBAC files of the cluster of ${input}.`;
      return [warning('rbac-other-cluster', message, { help })];
    }),
  );
}

function sourceFinding(clusters: readonly RbacTarget[], files: readonly ReadFile[]): Finding {
  const names = listed(clusters.map(({ cluster, path }) => cluster ?? inputName(path ?? '-')));
  if (files.length === 0) {
    const message = `${names}: no RBAC file belongs to this cluster, so its bindings are unknown`;
    const help =
      'Put RBAC files next to its aws-auth file. To use them for all clusters, use a directory without aws-auth files.';
    return warning('rbac-unknown', message, { help });
  }
  const message = `${names}: bindings from ${listed(files.map(({ path }) => inputName(path)))}`;
  // Nothing tells which of the clusters the files are from: a file of one is often used for all.
  const areUnplaced = clusters.filter(({ path }) => path === null).length > 1;
  if (!areUnplaced) return note('rbac-source', message);
  const help = 'If these clusters have different bindings, run once per cluster, with its own RBAC files.';
  return warning('rbac-shared', `${message}, which may be those of one cluster`, { help });
}

function requireOneStdin(inputs: readonly string[]): void {
  if (inputs.filter((input) => input === '-').length <= 1) return;
  throw refusal({
    message: "stdin can't be both the aws-auth ConfigMap and RBAC manifests",
    help: 'Use a file for one of them: aws-auth-sso … aws-auth.yaml --rbac rbac.yaml, or --rbac <(kubectl get … -o yaml).',
  });
}
