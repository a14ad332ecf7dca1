import { cp, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { npm } from './npm.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The packed program. */
    readonly tarball: string;
    /** An npm prefix with only the packed program installed. */
    readonly prefix: string;
  }
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Packs the program, unless AWS_AUTH_SSO_TARBALL is set, and runs `npm install --global` with only the tarball. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'aws-auth-sso-package-')));
  const tarball = join(folder, 'aws-auth-sso.tgz');
  const given = process.env.AWS_AUTH_SSO_TARBALL;
  if (given) await cp(resolve(ROOT, given), tarball);
  else await cp(pack(folder), tarball);
  const prefix = join(folder, 'prefix');
  await mkdir(prefix);
  npm(folder, 'install', '--global', '--prefix', prefix, '--ignore-scripts', tarball);
  project.provide('tarball', tarball);
  project.provide('prefix', prefix);
  project.provide('program', join(prefix, 'lib', 'node_modules', 'aws-auth-sso', 'bin', 'aws-auth-sso.js'));
  process.env.AWS_AUTH_SSO_BIN_DIR = join(prefix, 'bin');
  return () => rm(folder, { recursive: true, force: true });
}

function pack(folder: string): string {
  const name = npm(ROOT, 'pack', '--silent', '--pack-destination', folder).trim().split('\n').at(-1) ?? '';
  return join(folder, basename(name));
}
