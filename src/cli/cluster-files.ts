import { normalize, resolve, sep } from 'node:path';
import { type AwsAuthDocument, readDocument } from '../configmap/document.ts';
import { Failure, type Finding } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { inputName, readText } from '../io.ts';
import type { Shell } from './shell.ts';

/** An aws-auth file, and the cluster that it is of. */
export interface ClusterFile {
  /** By the name of the file or of its directory; null for stdin. */
  readonly cluster: string | null;
  /** As it was given. */
  readonly path: string;
  readonly document: AwsAuthDocument;
}

/**
 * Reads one file for each cluster; a file that is given twice is read once, with a note.
 * @throws Failure that names every file that is wrong (exit 2) or cannot be read (exit 3)
 */
export async function readClusterFiles(given: readonly string[], shell: Shell): Promise<ClusterFile[]> {
  const files = distinctFiles(given, shell);
  const names = clusterNames(files);
  const read: ClusterFile[] = [];
  const failures: Failure[] = [];
  for (const [index, file] of files.entries()) {
    try {
      const document = readDocument(await readText(shell.io, file), inputName(file));
      read.push({ cluster: names[index] ?? null, path: file, document });
    } catch (error) {
      if (!(error instanceof Failure) || files.length === 1) throw error;
      failures.push(error);
    }
  }
  const [first] = failures;
  if (!first) return read;
  const worst = failures.reduce((one, other) => (other.exitCode > one.exitCode ? other : one), first);
  throw new Failure(
    worst.exitCode,
    failures.flatMap(({ findings }) => findings),
    first,
  );
}

function distinctFiles(given: readonly string[], shell: Shell): string[] {
  const pathOf = (file: string) => (file === '-' ? file : resolve(shell.io.cwd, file));
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
