import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder with these files, removed after the test. */
export async function scratch(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aws-auth-sso-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const write = async ([name, text]: readonly [string, string]) => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  };
  await Promise.all(Object.entries(files).map(write));
  return folder;
}
