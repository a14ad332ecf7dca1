import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The path of the built program. */
    readonly authenticator: string;
  }
}

/** Builds the Go program in this folder for one run; reports if Go is missing or the build fails. */
export function setup(project: TestProject): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'authenticator-'));
  const program = join(directory, 'authenticator');
  const { error, status, stderr } = spawnSync('go', ['build', '-o', program, '.'], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  if (error && 'code' in error && error.code === 'ENOENT')
    throw new Error('the second opinion needs Go (https://go.dev) on the PATH, which is not there', {
      cause: error,
    });
  if (error || status !== 0) throw new Error(`go build failed:\n${stderr}`, { cause: error });
  project.provide('authenticator', program);
  return () => rmSync(directory, { recursive: true });
}
