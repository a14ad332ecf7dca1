import { randomBytes } from 'node:crypto';
import * as nodeFs from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { kill, pid } from 'node:process';
import { Failure, refusal, unavailable } from '../errors.ts';
import { errorCode, type Io, reasonOf, requireFileName } from '../io.ts';

/** A file's new content, and the content that it was made from. */
export interface Replacement {
  readonly path: string;
  /** As the user wrote it. */
  readonly name: string;
  /** Null: the file doesn't exist yet. */
  readonly before: string | Uint8Array | null;
  readonly after: string;
}

type PromisedFiles = Pick<
  typeof nodeFs.promises,
  'open' | 'readFile' | 'readdir' | 'realpath' | 'rename' | 'stat' | 'unlink'
>;

/** The file system calls that replacing a file needs; tests pass failing ones. */
export type Files = Pick<typeof nodeFs, 'readFileSync' | 'renameSync' | 'lstatSync'> & {
  readonly promises: PromisedFiles;
};

/**
 * Replaces a file's content, or leaves the old file intact: writes a temporary file next to it, flushes it to disk and
 * renames it. Keeps owner and mode; follows symbolic links. One run at a time does so, and only while the file still
 * holds `before`, or is still missing.
 * @param signal leaves the file unchanged if aborted before the rename
 * @param onReplaced called right after the rename
 * @throws Failure if the file must not be replaced (exit 2), has changed meanwhile or can't be written (exit 3)
 */
export async function replaceFile(
  replacement: Replacement,
  signal: AbortSignal,
  onReplaced: () => void = () => {},
  files: Files = nodeFs,
): Promise<void> {
  const { path, before } = replacement;
  try {
    const target =
      before === null
        ? join(await files.promises.realpath(dirname(path)), basename(path))
        : await files.promises.realpath(path);
    const lock = join(dirname(target), `.${basename(target)}.aws-auth-sso.lock`);
    await withFileLock(lock, signal, files.promises, async () => {
      await removeLeftovers(target, files);
      await replace({ ...replacement, path: target }, signal, files);
      onReplaced();
      await flushFolder(dirname(target), files);
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw failureFor(error, replacement);
  }
}

/**
 * Refuses, before anything is read, a FILE that `--write` can't replace in kind. A missing file is reported when it is
 * read.
 * @throws Failure if it is stdin, not a regular file, or has several names (exit 2), or is read-only (exit 3)
 */
export async function requireReplaceable({ cwd }: Io, file: string): Promise<void> {
  if (file === '-') throw refusal({ message: '--write requires a FILE, not stdin', help: WITHOUT_WRITE });
  requireFileName(file);
  const stats = await nodeFs.promises.stat(resolve(cwd, file)).catch(() => undefined);
  if (stats) requireReplaceableStats(stats, file, WITHOUT_WRITE);
}

const WITHOUT_WRITE = 'Without --write, the result goes to stdout.';

/**
 * Checks, before anything is read, that a file can be created, or replaced; returns its current content, if any.
 * @param force true if an existing file may be replaced
 * @throws Failure if the file exists or isn't a regular file (exit 2), or its directory isn't writable (exit 3)
 */
export async function requireCreatable(
  { cwd }: Io,
  file: string,
  force: boolean,
): Promise<Uint8Array | null> {
  const path = resolve(cwd, file);
  const { lstat, stat, access, readFile } = nodeFs.promises;
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  const location = { file };
  try {
    const stats = isThere ? await stat(path) : null;
    if (stats?.isFile() === false || file.endsWith('/'))
      throw refusal({ message: 'not a regular file', location, help: `Use ${ANOTHER_FILE}` });
    if (stats && !force) {
      const help = `Pass --force to overwrite it, or use ${ANOTHER_FILE}`;
      throw refusal({ message: 'the file already exists; nothing was written', location, help });
    }
    if (stats) requireReplaceableStats(stats, file, `Use ${ANOTHER_FILE}`);
    // The trailing slash matches only a directory.
    await access(`${dirname(path)}/`, nodeFs.constants.W_OK);
    return stats && (await readFile(path));
  } catch (error) {
    if (error instanceof Failure) throw error;
    const message = `can't write the file: ${isThere ? linkReasonOf(error) : folderReasonOf(error)}`;
    const help = `Make ${dirname(file)} a writable directory, or use ${ANOTHER_FILE}`;
    throw unavailable({ message, location, help: isThere ? `Use ${ANOTHER_FILE}` : help }, error);
  }
}

const ANOTHER_FILE = 'another file with -c (-c - prints to stdout).';

function linkReasonOf(error: unknown): string {
  return errorCode(error) === 'ENOENT' ? 'it is a symbolic link to a missing file' : reasonOf(error);
}

function folderReasonOf(error: unknown): string {
  return /^ENO(?:ENT|TDIR)$/.test(errorCode(error) ?? '') ? 'no such directory' : reasonOf(error);
}

function requireReplaceableStats(stats: nodeFs.Stats, file: string, help: string): void {
  if (!stats.isFile()) throw refusal({ message: 'not a regular file', location: { file }, help });
  if (stats.nlink > 1) {
    const message = `the file has ${stats.nlink} hard links, and the others would keep the old content`;
    throw refusal({ message, location: { file }, help });
  }
  if ((stats.mode & 0o222) === 0)
    throw unavailable({
      message: 'the file is read-only',
      location: { file },
      help: 'Make it writable.',
    });
}

async function replace({ path, name, before, after }: Replacement, signal: AbortSignal, files: Files) {
  const stats = before === null ? null : await files.promises.stat(path);
  if (stats) requireReplaceableStats(stats, name, WITHOUT_WRITE);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeFlushed(temporary, after, stats, files);
    signal.throwIfAborted();
    // Synchronous, so that nothing can happen between the comparison and the rename.
    if (!stillHolds(before, path, files))
      throw before === null ? createdMeanwhile(name) : changedMeanwhile(name);
    files.renameSync(temporary, path);
  } catch (error) {
    await files.promises.unlink(temporary).catch(() => {});
    throw error;
  }
}

function stillHolds(before: Replacement['before'], path: string, files: Files): boolean {
  if (before === null) return files.lstatSync(path, { throwIfNoEntry: false }) === undefined;
  return files.readFileSync(path).equals(Buffer.from(before));
}

/** @param like the file to copy owner and mode from; null for the defaults of a new file */
async function writeFlushed(
  path: string,
  text: string,
  like: nodeFs.Stats | null,
  { promises }: Files,
): Promise<void> {
  const handle = await promises.open(path, 'wx', like ? like.mode & 0o7777 : 0o666);
  try {
    await handle.writeFile(text);
    if (like) await takeOver(handle, like);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function takeOver(handle: nodeFs.promises.FileHandle, { mode, uid, gid }: nodeFs.Stats): Promise<void> {
  const own = await handle.stat();
  if (own.uid !== uid || own.gid !== gid) await handle.chown(uid, gid);
  // The umask may have cleared bits on creation, and chown may have cleared others.
  await handle.chmod(mode & 0o7777);
}

/** Removes temporary files of killed runs. The holder of the lock has created none yet, and no other run may. */
async function removeLeftovers(target: string, { promises }: Files): Promise<void> {
  const [folder, start] = [dirname(target), `.${basename(target)}.`];
  const isLeftover = (name: string) =>
    name.startsWith(start) && /^[0-9a-f]{12}\.tmp$/.test(name.slice(start.length));
  const names = await promises.readdir(folder).catch(() => []);
  for (const name of names.filter(isLeftover)) await promises.unlink(join(folder, name)).catch(() => {});
}

/** Makes the rename survive a power failure, if the file system can. */
async function flushFolder(folder: string, { promises }: Files): Promise<void> {
  const handle = await promises.open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

function changedMeanwhile(file: string): Failure {
  return unavailable({
    message: "the file changed on disk since it was read; it wasn't overwritten",
    location: { file },
    help: 'Run it again on the current file.',
  });
}

function createdMeanwhile(file: string): Failure {
  return unavailable({
    message: 'another process created the file in the meantime; nothing was written',
    location: { file },
    help: 'Check that file, then run it again.',
  });
}

function failureFor(error: unknown, { name: file, before }: Replacement): Failure {
  if (error instanceof Failure) {
    const located = error.findings.map((problem) => ({ location: { file }, ...problem }));
    return new Failure(error.exitCode, located, error);
  }
  const isOwner = error instanceof Error && 'syscall' in error && String(error.syscall).endsWith('chown');
  const message = isOwner
    ? "can't write the file without changing its owner, because it belongs to another user or group"
    : `can't write the file: ${before === null && errorCode(error) === 'ENOENT' ? 'its directory accepts no new files' : reasonOf(error)}`;
  const next = isOwner
    ? 'Run as its owner, or redirect stdout.'
    : (NEXT_STEPS[errorCode(error) ?? ''] ??
      'Free up disk space, or make the file and its directory writable, then run it again.');
  return unavailable(
    {
      message,
      location: { file },
      help: `${before === null ? "The file still doesn't exist" : 'The file is unchanged'}. ${next}`,
    },
    error,
  );
}

const NEXT_STEPS: Readonly<Record<string, string>> = {
  EACCES: 'Make the file and its directory writable, or redirect stdout, then run it again.',
  ENOSPC: 'Free up disk space, then run it again.',
};

/** Milliseconds between two attempts to take a lock. */
const PAUSE = 25;
/** Milliseconds after which a run stops waiting for a lock. */
const LONGEST_WAIT = 2_000;
/** Milliseconds after which any lock counts as stale. */
const STALE_AFTER = 60_000;
/** Milliseconds after which a lock without its holder's name counts as stale: the holder writes the name at once. */
const NAMELESS_AFTER = 500;

/**
 * Does something while it holds a lock: a file that only one process can create. Writing a file is quick, so a second
 * process waits. Removes a lock that belongs to a dead process, has no name, or is over a minute old.
 * @throws Failure (exit 3) if another process keeps the lock
 */
async function withFileLock<T>(
  path: string,
  signal: AbortSignal,
  files: PromisedFiles,
  use: () => Promise<T>,
): Promise<T> {
  await take(path, signal, files);
  try {
    return await use();
  } finally {
    await files.unlink(path).catch(() => {});
  }
}

async function take(path: string, signal: AbortSignal, files: PromisedFiles): Promise<void> {
  const start = Date.now();
  while (!(await isCreated(path, files))) {
    signal.throwIfAborted();
    if (await isStale(path, files)) await removeStale(path, files);
    else if (Date.now() - start > LONGEST_WAIT) throw isHeld(path);
    else await new Promise((done) => setTimeout(done, PAUSE));
  }
}

async function isCreated(path: string, files: PromisedFiles): Promise<boolean> {
  try {
    const holder = `${pid} ${hostname()}\n`;
    const handle = await files.open(path, 'wx', 0o644);
    try {
      await handle.writeFile(holder);
    } finally {
      await handle.close();
    }
    // While it was empty, another process may have removed it as stale.
    return (await contentOf(path, files)) === holder;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function isStale(path: string, files: PromisedFiles): Promise<boolean> {
  try {
    const { mtimeMs } = await files.stat(path);
    const age = Date.now() - mtimeMs;
    if (age > STALE_AFTER) return true;
    const [, id, host] = /^([1-9]\d*) (\S+)\n?$/.exec(await files.readFile(path, 'utf8')) ?? [];
    if (id === undefined) return age > NAMELESS_AFTER;
    return host === hostname() && !isAlive(Number(id));
  } catch (error) {
    // Released in the meantime.
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Null if the file no longer exists. */
async function contentOf(path: string, files: PromisedFiles): Promise<string | null> {
  try {
    return await files.readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Renamed first: of several processes that remove the same lock, only one succeeds. */
async function removeStale(path: string, files: PromisedFiles): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await files.rename(path, aside);
    await files.unlink(aside);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

function isAlive(id: number): boolean {
  try {
    return kill(id, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

function isHeld(path: string) {
  return unavailable({
    message: 'another run of aws-auth-sso is writing this file',
    help: `Run it again when that run is done. If no other run exists, delete ${path}.`,
  });
}
