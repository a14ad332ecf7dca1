import { randomBytes } from 'node:crypto';
import * as nodeFs from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { kill, pid } from 'node:process';
import { Failure, refusal, unavailable } from '../errors.ts';
import { errorCode, type Io, reasonOf, requireFileName } from '../io.ts';

/** A file's new content, and the one that it was made from. */
export interface Replacement {
  readonly path: string;
  /** As the user wrote it. */
  readonly name: string;
  /** Null: the file does not exist yet. */
  readonly before: string | Uint8Array | null;
  readonly after: string;
}

type PromisedFiles = Pick<
  typeof nodeFs.promises,
  'open' | 'readFile' | 'readdir' | 'realpath' | 'rename' | 'stat' | 'unlink'
>;

/** The part of the file system that replacing a file needs; tests put a failing one in. */
export type Files = Pick<typeof nodeFs, 'readFileSync' | 'renameSync' | 'lstatSync'> & {
  readonly promises: PromisedFiles;
};

/**
 * Replaces a file's content, or leaves the old file whole: a temporary file beside it, flushed to disk, takes its name. Owner and
 * mode stay; a symbolic link is followed. One run at a time does so, and only while the file still holds `before`, or is still
 * missing.
 * @param signal if aborted before the file is replaced, leaves it unchanged
 * @param onReplaced called as soon as the new content has the name
 * @throws Failure where the file may not be replaced (exit 2), was changed meanwhile or cannot be written (exit 3)
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
 * Refuses, before anything is read, a FILE that `--write` cannot replace without changing what it is. A missing file is
 * reported by whatever reads it.
 * @throws Failure where it is stdin, not a regular file, or has several names (exit 2), or is read-only (exit 3)
 */
export async function requireReplaceable({ cwd }: Io, file: string): Promise<void> {
  if (file === '-') throw refusal({ message: '--write requires a FILE, not stdin', help: WITHOUT_WRITE });
  requireFileName(file);
  const stats = await nodeFs.promises.stat(resolve(cwd, file)).catch(() => undefined);
  if (stats) requireReplaceableStats(stats, file, WITHOUT_WRITE);
}

const WITHOUT_WRITE = 'Without --write the result goes to stdout.';

/**
 * Refuses, before anything is read, to make a file that is there already or cannot be made; answers what it holds.
 * @param force whether an existing file may be replaced
 * @throws Failure where there is a file, or what is there is none (exit 2), or its folder cannot be written to (exit 3)
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
      throw refusal({ message: 'not a regular file', location, help: `Write ${ANOTHER_FILE}` });
    if (stats && !force) {
      const help = `Pass --force to replace it, or write ${ANOTHER_FILE}`;
      throw refusal({ message: 'exists already; nothing was written', location, help });
    }
    if (stats) requireReplaceableStats(stats, file, `Write ${ANOTHER_FILE}`);
    // With the slash, only a folder is found.
    await access(`${dirname(path)}/`, nodeFs.constants.W_OK);
    return stats && (await readFile(path));
  } catch (error) {
    if (error instanceof Failure) throw error;
    const message = `cannot be written: ${isThere ? linkReasonOf(error) : folderReasonOf(error)}`;
    const help = `Make ${dirname(file)} a directory that you can write to, or write ${ANOTHER_FILE}`;
    throw unavailable({ message, location, help: isThere ? `Write ${ANOTHER_FILE}` : help }, error);
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
    const message = `the file has ${stats.nlink} names (hard links), and the others would keep the old content`;
    throw refusal({ message, location: { file }, help });
  }
  if ((stats.mode & 0o222) === 0)
    throw unavailable({
      message: 'cannot be written: the file is read-only',
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
    // Synchronous, so that nothing can happen between the comparison and the renaming.
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

/** @param like the file whose owner and mode it takes; null: those of any new file */
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
  // The umask may have cleared bits on creation, and a new owner others.
  await handle.chmod(mode & 0o7777);
}

/** Removes what killed runs left behind: whoever holds the lock has made no such file yet, and nobody else may. */
async function removeLeftovers(target: string, { promises }: Files): Promise<void> {
  const [folder, start] = [dirname(target), `.${basename(target)}.`];
  const isLeftover = (name: string) =>
    name.startsWith(start) && /^[0-9a-f]{12}\.tmp$/.test(name.slice(start.length));
  const names = await promises.readdir(folder).catch(() => []);
  for (const name of names.filter(isLeftover)) await promises.unlink(join(folder, name)).catch(() => {});
}

/** Makes the renaming survive a power failure, where the file system can. */
async function flushFolder(folder: string, { promises }: Files): Promise<void> {
  const handle = await promises.open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

function changedMeanwhile(file: string): Failure {
  return unavailable({
    message: 'was changed by someone else since it was read; it was not written',
    location: { file },
    help: 'Run it again on the current file.',
  });
}

function createdMeanwhile(file: string): Failure {
  return unavailable({
    message: 'was created by someone else meanwhile; nothing was written',
    location: { file },
    help: 'Look at that file, and run it again.',
  });
}

function failureFor(error: unknown, { name: file, before }: Replacement): Failure {
  if (error instanceof Failure) {
    const located = error.findings.map((problem) => ({ location: { file }, ...problem }));
    return new Failure(error.exitCode, located, error);
  }
  const isOwner = error instanceof Error && 'syscall' in error && String(error.syscall).endsWith('chown');
  const message = isOwner
    ? 'cannot be written: the file belongs to another user or group, and its owner would change'
    : `cannot be written: ${before === null && errorCode(error) === 'ENOENT' ? 'its folder takes no new files' : reasonOf(error)}`;
  const next = isOwner
    ? 'Run as its owner, or redirect stdout.'
    : (NEXT_STEPS[errorCode(error) ?? ''] ??
      'Free some space, or make the file and its folder writable, and run it again.');
  return unavailable(
    {
      message,
      location: { file },
      help: `${before === null ? 'There is still no such file' : 'The file is unchanged'}. ${next}`,
    },
    error,
  );
}

const NEXT_STEPS: Readonly<Record<string, string>> = {
  EACCES: 'Make the file and its folder writable, or redirect stdout, and run it again.',
  ENOSPC: 'Free some space, and run it again.',
};

/**
 * Milliseconds between two attempts, before waiting is given up, before a lock counts as stale, whoever holds it, and before one that names nobody
 * does: whoever makes a lock writes their name into it at once.
 */
const PAUSE = 25;
const LONGEST_WAIT = 2_000;
const STALE_AFTER = 60_000;
const NAMELESS_AFTER = 500;

/**
 * Holds a lock, a file that only one process can create, while something is done. It is held only for as long as a file takes to be
 * written, so a second process waits. A lock of a dead process, one that names none, or one over a minute old, is removed.
 * @throws Failure (exit 3) where another process keeps it
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
    // Before it had a name, another process may have taken it for nobody's.
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
    // It was released in the meantime.
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Null where there is no such file any more. */
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
    help: `Run again when it is done; if there is none, delete ${path}.`,
  });
}
