import { randomBytes } from 'node:crypto';
import * as nodeFs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failure, refusal, unavailable } from '../errors.ts';
import { reasonOf } from '../io.ts';
import { type LockFiles, withFileLock } from './file-lock.ts';

/** A file's new content, and the one that it was made from. */
export interface Replacement {
  readonly path: string;
  /** As the user calls it. */
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** The part of the file system that replacing a file needs; tests put a failing one in. */
export type Files = Pick<typeof nodeFs, 'readFileSync' | 'renameSync'> & {
  readonly promises: LockFiles & Pick<typeof nodeFs.promises, 'readdir' | 'realpath'>;
};

/**
 * Replaces a file's content, or leaves the old file whole: a temporary file beside it, flushed to disk, takes its name. Owner and
 * mode stay; a symbolic link is followed. One run at a time does so, and only while the file still holds `before`.
 * @param signal keeps the file as it is, until it is replaced
 * @param onReplaced is called as soon as the new content has the name
 * @throws Failure where the file may not be replaced (exit 2), was changed meanwhile or cannot be written (exit 3)
 */
export async function replaceFile(
  replacement: Replacement,
  signal: AbortSignal,
  onReplaced: () => void = () => {},
  files: Files = nodeFs,
): Promise<void> {
  const { path, name } = replacement;
  try {
    const target = await files.promises.realpath(path);
    const lock = join(dirname(target), `.${basename(target)}.aws-auth-sso.lock`);
    await withFileLock(lock, signal, files.promises, async () => {
      await removeLeftovers(target, files);
      await replace({ ...replacement, path: target }, signal, files);
      onReplaced();
      await flushFolder(dirname(target), files);
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw failureFor(error, name);
  }
}

/**
 * Refuses, before anything is read, what cannot be replaced without changing what it is. Of a file that is not there, whoever reads
 * it tells.
 * @throws Failure where it is no regular file or has several names (exit 2), or is read-only (exit 3)
 */
export async function refuseIrreplaceable(path: string, name: string): Promise<void> {
  const stats = await nodeFs.promises.stat(path).catch(() => undefined);
  if (stats) requireReplaceable(stats, name);
}

function requireReplaceable(stats: nodeFs.Stats, name: string): void {
  const place = { file: name };
  const next = 'Without --write the result goes to stdout.';
  if (!stats.isFile())
    throw refusal({ message: '--write: this is no regular file', location: place, help: next });
  if (stats.nlink > 1) {
    const message = `--write: it has ${stats.nlink} names (hard links), and the others would keep the old content`;
    throw refusal({ message, location: place, help: next });
  }
  if ((stats.mode & 0o222) === 0)
    throw unavailable({
      message: 'cannot be written: it is read-only',
      location: place,
      help: 'Make it writable.',
    });
}

async function replace({ path, name, before, after }: Replacement, signal: AbortSignal, files: Files) {
  const stats = await files.promises.stat(path);
  requireReplaceable(stats, name);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeFlushed(temporary, after, stats, files);
    signal.throwIfAborted();
    // Nothing may come between the look and the renaming, so neither waits for the other.
    if (!files.readFileSync(path).equals(Buffer.from(before))) throw changedMeanwhile(name);
    files.renameSync(temporary, path);
  } catch (error) {
    await files.promises.unlink(temporary).catch(() => {});
    throw error;
  }
}

async function writeFlushed(
  path: string,
  text: string,
  { mode, uid, gid }: nodeFs.Stats,
  { promises }: Files,
): Promise<void> {
  const handle = await promises.open(path, 'wx', mode & 0o7777);
  try {
    await handle.writeFile(text);
    const own = await handle.stat();
    if (own.uid !== uid || own.gid !== gid) await handle.chown(uid, gid);
    // The umask may have taken bits away when the file was made, and a new owner others.
    await handle.chmod(mode & 0o7777);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what runs left that were killed: whoever holds the lock has made no such file yet, and nobody else may. */
async function removeLeftovers(target: string, { promises }: Files): Promise<void> {
  const [folder, start] = [dirname(target), `.${basename(target)}.`];
  const isLeftover = (name: string) =>
    name.startsWith(start) && /^[0-9a-f]{12}\.tmp$/.test(name.slice(start.length));
  const names = await promises.readdir(folder).catch(() => []);
  for (const name of names.filter(isLeftover)) await promises.unlink(join(folder, name)).catch(() => {});
}

/** Makes the new name last through a power cut, where the file system can. */
async function flushFolder(folder: string, { promises }: Files): Promise<void> {
  const handle = await promises.open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

function changedMeanwhile(name: string): Failure {
  return unavailable({
    message: 'was changed by somebody else since it was read; nothing was written',
    location: { file: name },
    help: 'Run it again, on the file as it is now.',
  });
}

function failureFor(error: unknown, name: string): Failure {
  const place = { file: name };
  if (error instanceof Failure) {
    return new Failure(
      error.exitCode,
      error.findings.map((problem) => ({ location: place, ...problem })),
      error,
    );
  }
  const isOwner = error instanceof Error && 'syscall' in error && String(error.syscall).endsWith('chown');
  const message = isOwner
    ? 'cannot be written: it belongs to another user or group, and would not any more'
    : `cannot be written: ${reasonOf(error)}`;
  const next = isOwner
    ? 'The file is as it was. Run as its owner, or write stdout to where it belongs.'
    : 'The file is as it was. Make room, or the file and its folder writable, and run it again.';
  return unavailable({ message, location: place, help: next }, error);
}
