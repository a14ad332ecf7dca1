import { randomBytes } from 'node:crypto';
import type * as nodeFs from 'node:fs';
import { hostname } from 'node:os';
import { kill, pid } from 'node:process';
import { unavailable } from '../errors.ts';
import { errorCode } from '../io.ts';

/** The part of the file system that a lock needs. */
export type LockFiles = Pick<typeof nodeFs.promises, 'open' | 'readFile' | 'rename' | 'stat' | 'unlink'>;

/** Milliseconds between two attempts, until a lock is given up, and until one is taken for forgotten, whoever holds it. */
const PAUSE = 25;
const LONGEST_WAIT = 2_000;
const FORGOTTEN_AFTER = 60_000;

/**
 * Holds a lock, a file that one process alone can make, while something is done. It is held for as long as a file takes to be
 * written, so that whoever comes second waits. That of a process that died, or one over a minute old, is taken away.
 * @throws Failure (exit 3) where another process keeps it
 */
export async function withFileLock<T>(
  path: string,
  signal: AbortSignal,
  files: LockFiles,
  use: () => Promise<T>,
): Promise<T> {
  await take(path, signal, files);
  try {
    return await use();
  } finally {
    await files.unlink(path).catch(() => {});
  }
}

async function take(path: string, signal: AbortSignal, files: LockFiles): Promise<void> {
  const start = Date.now();
  while (!(await isMade(path, files))) {
    signal.throwIfAborted();
    if (await isForgotten(path, files)) await takeAway(path, files);
    else if (Date.now() - start > LONGEST_WAIT) throw isHeld(path);
    else await new Promise((done) => setTimeout(done, PAUSE));
  }
}

async function isMade(path: string, files: LockFiles): Promise<boolean> {
  try {
    const handle = await files.open(path, 'wx', 0o644);
    try {
      await handle.writeFile(`${pid} ${hostname()}\n`);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function isForgotten(path: string, files: LockFiles): Promise<boolean> {
  try {
    const { mtimeMs } = await files.stat(path);
    if (Date.now() - mtimeMs > FORGOTTEN_AFTER) return true;
    const [id = '', host] = (await files.readFile(path, 'utf8')).trim().split(' ');
    return host === hostname() && /^\d+$/.test(id) && !isAlive(Number(id));
  } catch (error) {
    // It was given back meanwhile.
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** By another name first: of several that take the same lock away, one alone succeeds. */
async function takeAway(path: string, files: LockFiles): Promise<void> {
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
    message: 'another run of aws-auth-sso is writing it',
    help: `Run again when it is done; if there is none, delete ${path}.`,
  });
}
