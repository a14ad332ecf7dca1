import { execSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The built program, to be run by node. */
    readonly program: string;
  }
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Builds the program once before the tests, so that they never run a stale one, into a folder of its own: `dist/` may be that of
 * a linked tool, and somebody at work with it.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'aws-auth-sso-built-'));
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const build = scripts.build.replace('--outdir=dist', `--outdir="${join(folder, 'dist')}"`);
  const PATH = [join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  execSync(build, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, PATH } });
  for (const name of ['bin', 'package.json'])
    await cp(join(ROOT, name), join(folder, name), { recursive: true });
  project.provide('program', join(folder, 'bin', 'aws-auth-sso.js'));
  return () => rm(folder, { recursive: true, force: true });
}
