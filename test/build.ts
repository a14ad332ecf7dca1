import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The built program, to run with node. */
    readonly program: string;
  }
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Builds the program once before the tests, so that they never run a stale one. Or installs the package that
 * AWS_AUTH_SSO_TARBALL names, so that a release is tested in the form that users get. Uses a separate folder: `dist/` may
 * belong to a linked tool that is in use.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'aws-auth-sso-built-'));
  const tarball = process.env.AWS_AUTH_SSO_TARBALL;
  const home = tarball ? installed(resolve(ROOT, tarball), folder) : await built(folder);
  project.provide('program', join(home, 'bin', 'aws-auth-sso.js'));
  return () => rm(folder, { recursive: true, force: true });
}

async function built(folder: string): Promise<string> {
  execFileSync(process.execPath, ['build.js', join(folder, 'dist')], { cwd: ROOT, stdio: 'inherit' });
  for (const name of ['bin', 'package.json'])
    await cp(join(ROOT, name), join(folder, name), { recursive: true });
  return folder;
}

function installed(tarball: string, folder: string): string {
  const npm = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', tarball];
  execFileSync('npm', npm, { stdio: 'inherit' });
  return join(folder, 'node_modules', 'aws-auth-sso');
}
