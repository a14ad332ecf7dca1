import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Failure, refusal, unavailable } from '../errors.ts';
import { errorCode, type Io, reasonOf, requireFileName } from '../io.ts';

/** A file's new content, and the content that it was made from. */
export interface Replacement {
  /** The file's path, as the user wrote it. */
  readonly name: string;
  /** Null: the file doesn't exist yet. */
  readonly before: string | Uint8Array | null;
  readonly after: string;
}

/**
 * Replaces a file's content, or leaves the old file intact: writes a temporary file next to it, flushes it to disk and
 * renames it. Keeps owner and mode; follows symbolic links. Does so only while the file still holds `before`, or is
 * still missing.
 * An abort before the rename leaves the file unchanged.
 * @throws Failure (exit 3) if the file has changed meanwhile or can't be written
 */
export async function replaceFile(
  { name, before, after }: Replacement,
  { cwd, signal }: Pick<Io, 'cwd' | 'signal'>,
): Promise<void> {
  const path = resolve(cwd, name);
  let temporary: string | undefined;
  try {
    const { stat, realpath } = fs.promises;
    const target =
      before === null ? join(await realpath(dirname(path)), basename(path)) : await realpath(path);
    const stats = before === null ? null : await stat(target);
    temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
    await writeFlushed(temporary, after, stats);
    signal.throwIfAborted();
    // Synchronous, so that little can happen between the comparison and the rename, and nothing in this process.
    const isSame =
      before === null
        ? fs.lstatSync(target, { throwIfNoEntry: false }) === undefined
        : fs.readFileSync(target).equals(Buffer.from(before));
    if (!isSame) throw changedMeanwhile(name, before === null);
    fs.renameSync(temporary, target);
  } catch (error) {
    if (temporary !== undefined) await fs.promises.unlink(temporary).catch(() => {});
    if (signal.aborted || error instanceof Failure) throw error;
    throw failureFor(error, name, before === null);
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
  const stats = await fs.promises.stat(resolve(cwd, file)).catch(() => undefined);
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
  const { lstat, stat, access, readFile } = fs.promises;
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
    await access(`${dirname(path)}/`, fs.constants.W_OK);
    return stats && (await readFile(path));
  } catch (error) {
    if (error instanceof Failure) throw error;
    const code = errorCode(error) ?? '';
    let reason = reasonOf(error);
    if (isThere && code === 'ENOENT') reason = 'it is a symbolic link to a missing file';
    if (!isThere && /^ENO(?:ENT|TDIR)$/.test(code)) reason = 'no such directory';
    const message = `can't write the file: ${reason}`;
    const help = `Make ${dirname(file)} a writable directory, or use ${ANOTHER_FILE}`;
    throw unavailable({ message, location, help: isThere ? `Use ${ANOTHER_FILE}` : help }, error);
  }
}

const ANOTHER_FILE = 'another file with -c (-c - prints to stdout).';

function requireReplaceableStats(stats: fs.Stats, file: string, help: string): void {
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

/** @param like the file to copy owner and mode from; null for the defaults of a new file */
async function writeFlushed(path: string, text: string, like: fs.Stats | null): Promise<void> {
  const handle = await fs.promises.open(path, 'wx', like ? like.mode & 0o7777 : 0o666);
  try {
    await handle.writeFile(text);
    if (like) {
      const { uid, gid } = await handle.stat();
      if (uid !== like.uid || gid !== like.gid) await handle.chown(like.uid, like.gid);
      // The umask may have cleared bits on creation, and chown may have cleared others.
      await handle.chmod(like.mode & 0o7777);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function changedMeanwhile(file: string, isNew: boolean): Failure {
  return unavailable({
    message: isNew
      ? 'another process created the file in the meantime; nothing was written'
      : "the file changed on disk since it was read; it wasn't overwritten",
    location: { file },
    help: isNew ? 'Check that file, then run it again.' : 'Run it again on the current file.',
  });
}

function failureFor(error: unknown, file: string, isNew: boolean): Failure {
  const isOwner = error instanceof Error && 'syscall' in error && String(error.syscall).endsWith('chown');
  const message = isOwner
    ? "can't write the file without changing its owner, because it belongs to another user or group"
    : `can't write the file: ${isNew && errorCode(error) === 'ENOENT' ? 'its directory accepts no new files' : reasonOf(error)}`;
  const next = isOwner
    ? 'Run as its owner, or redirect stdout.'
    : (NEXT_STEPS[errorCode(error) ?? ''] ??
      'Free up disk space, or make the file and its directory writable, then run it again.');
  return unavailable(
    {
      message,
      location: { file },
      help: `${isNew ? "The file still doesn't exist" : 'The file is unchanged'}. ${next}`,
    },
    error,
  );
}

const NEXT_STEPS: Readonly<Record<string, string>> = {
  EACCES: 'Make the file and its directory writable, or redirect stdout, then run it again.',
  ENOSPC: 'Free up disk space, then run it again.',
};
