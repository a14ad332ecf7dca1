import { randomBytes } from 'node:crypto';
import * as nodeFiles from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { unavailable } from '../errors.ts';
import { reasonOf } from '../io.ts';

/** The part of the file system that replacing a file needs; tests put a failing one in. */
export type Files = Pick<typeof nodeFiles, 'open' | 'realpath' | 'rename' | 'stat' | 'unlink'>;

/**
 * Replaces a file's content, or leaves the old file whole: a temporary file beside it, flushed to disk, takes its name. The mode
 * stays; a symbolic link is followed.
 * @throws Failure (exit 3) where the file cannot be written
 */
export async function replaceFile(
  path: string,
  text: string,
  name: string,
  files: Files = nodeFiles,
): Promise<void> {
  try {
    const target = await files.realpath(path);
    const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
    const { mode } = await files.stat(target);
    try {
      await writeFlushed(temporary, text, mode & 0o7777, files);
      await files.rename(temporary, target);
    } catch (error) {
      await files.unlink(temporary).catch(() => {});
      throw error;
    }
  } catch (error) {
    const next = 'The file is as it was. Make room, or the file and its folder writable, and run it again.';
    throw unavailable(
      { message: `cannot be written: ${reasonOf(error)}`, place: { file: name }, next },
      error,
    );
  }
}

async function writeFlushed(path: string, text: string, mode: number, files: Files): Promise<void> {
  const handle = await files.open(path, 'wx', mode);
  try {
    await handle.writeFile(text);
    // The umask may have taken bits away when the file was made.
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
