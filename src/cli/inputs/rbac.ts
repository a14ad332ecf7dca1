import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type Finding, note, refusal, warning } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { inputName, readText, turnOfEvents } from '../../io.ts';
import type { Authorizer } from '../../rbac/authorizer.ts';
import {
  type KubernetesMinor,
  NEWEST,
  parseKubernetesVersion,
  versionText,
} from '../../rbac/kubernetes-version.ts';
import type { RbacFile } from '../../rbac/read.ts';
import { listed } from '../../text.ts';
import { givesRbac, type RbacOptions } from '../options.ts';
import type { Shell } from '../shell.ts';

/** Maximum bytes of a file: what a large cluster has, with the manifests of everything else in between. */
const MAX_BYTES = 100_000_000;

/** @throws Failure (exit 2) for an invalid option, before any file is read */
function versionOf({ kubernetesVersion }: RbacOptions): KubernetesMinor {
  return kubernetesVersion === undefined ? NEWEST : parseKubernetesVersion(kubernetesVersion);
}

/** Says which version is assumed where none is given. */
function reportVersion({ kubernetesVersion }: RbacOptions, version: KubernetesMinor, shell: Shell): void {
  if (kubernetesVersion !== undefined) return;
  const message = `assuming Kubernetes ${versionText(version)}; set --kubernetes-version for another version`;
  shell.report([note('kubernetes-version', message)]);
}

/** An aws-auth file, or a cluster without one. */
export interface RbacTarget {
  readonly cluster: string | null;
  readonly path: string | null;
}

/**
 * Reads the files of `--rbac` and reports what is odd about them. A file in the directory of an aws-auth file, or in one above it, is of the
 * clusters below; any other is of all.
 * @param targets what they are for
 * @param paths of all aws-auth files, also of those that are broken
 * @returns for each target what its bindings allow; null without the option, and where no file is of the cluster
 * @throws Failure where a file cannot be read (exit 3), or is no valid manifest, or stdin is asked for twice (exit 2)
 */
export async function readRbac(
  options: RbacOptions,
  targets: readonly RbacTarget[],
  paths: readonly string[],
  shell: Shell,
): Promise<(Authorizer | null)[]> {
  if (!givesRbac(options)) return targets.map(() => null);
  const version = versionOf(options);
  const files = await readFiles(options, paths, shell);
  reportVersion(options, version, shell);
  const filesOf = ({ path }: RbacTarget) =>
    files.filter((file) => isOf(file.path, path, paths, shell.io.cwd));
  const bySet = groupBy(targets, (target) => JSON.stringify(filesOf(target).map(({ path }) => path)));
  const found = new Map<RbacTarget, Authorizer | null>();
  for (const same of bySet.values()) {
    const own = same[0] ? filesOf(same[0]) : [];
    if (paths.length > 1) shell.report([sourceFinding(same, own)]);
    shell.report(
      foreignFindings(
        own,
        same.flatMap(({ path }) => path ?? []),
        shell,
      ),
    );
    const authorizer = own.length > 0 ? await combined(own, version, shell) : null;
    for (const target of same) found.set(target, authorizer);
  }
  return targets.map((target) => found.get(target) ?? null);
}

interface ReadFile {
  /** As it was given. */
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
  // To parse large files takes a while, and so does what follows.
  await turnOfEvents();
  shell.io.signal.throwIfAborted();
  const { authorizer, findings } = combineRbac(
    files.map(({ content }) => content),
    version,
  );
  shell.report(findings);
  return authorizer;
}

/** Whether an RBAC file is of the cluster with one of the aws-auth files. */
function isOf(file: string, cluster: string | null, clusters: readonly string[], cwd: string): boolean {
  return isBelow(cluster, file, cwd) || !clusters.some((path) => isBelow(path, file, cwd));
}

/** Whether a file is in the directory of another, or below it. */
function isBelow(path: string | null, other: string, cwd: string): boolean {
  if (!path || path === '-' || other === '-') return false;
  return !relative(resolve(cwd, dirname(other)), resolve(cwd, path)).startsWith('..');
}

/** Warns of files that are used for one cluster, and have the aws-auth of another beside them. */
function foreignFindings(
  files: readonly ReadFile[],
  inputs: readonly string[],
  { io: { cwd } }: Shell,
): Finding[] {
  return inputs.flatMap((input) =>
    files.flatMap(({ path }): Finding[] => {
      const beside = join(dirname(path), basename(input));
      const isOfAnother =
        input !== '-' && path !== '-' && !isBelow(input, path, cwd) && existsSync(resolve(cwd, beside));
      if (!isOfAnother) return [];
      const message = `${path} is used for ${input}, and stands beside ${beside}: the bindings may be those of another cluster`;
      const help = `Give the RBAC files of the cluster of ${input}.`;
      return [warning('rbac-other-cluster', message, { help })];
    }),
  );
}

function sourceFinding(clusters: readonly RbacTarget[], files: readonly ReadFile[]): Finding {
  const names = listed(clusters.map(({ cluster, path }) => cluster ?? inputName(path ?? '-')));
  if (files.length === 0) {
    const message = `${names}: none of the RBAC files is of this cluster, so its bindings are not known`;
    const help = 'Put them beside its aws-auth file, or in a directory of no cluster to use them for all.';
    return warning('rbac-unknown', message, { help });
  }
  const message = `${names}: bindings from ${listed(files.map(({ path }) => inputName(path)))}`;
  return note('rbac-source', message);
}

function requireOneStdin(inputs: readonly string[]): void {
  if (inputs.filter((input) => input === '-').length <= 1) return;
  throw refusal({
    message: 'stdin cannot be both the aws-auth ConfigMap and RBAC manifests',
    help: 'Give a file for one of them: aws-auth-sso … aws-auth.yaml --rbac rbac.yaml, or --rbac <(kubectl get … -o yaml).',
  });
}
