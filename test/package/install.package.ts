import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, test } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { scratch } from '../scratch.ts';
import { npm, npx } from './npm.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const PACKAGE = join(inject('prefix'), 'lib', 'node_modules', 'aws-auth-sso');
const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));

interface Circumstances {
  readonly bin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A user other than root, who ignores permissions. */
  readonly uid?: number | undefined;
}

/** Runs an installed program from the examples. */
function ran(
  argv: readonly string[],
  { bin = 'aws-auth-sso', env = {}, cwd = EXAMPLES, uid }: Circumstances = {},
) {
  const PATH = [join(inject('prefix'), 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter);
  const options = {
    cwd,
    env: { PATH, ...env },
    encoding: 'utf8',
    timeout: 60_000,
    killSignal: 'SIGKILL',
    ...(uid === undefined ? {} : { uid, gid: uid }),
  } as const;
  const { status, stdout, stderr, error } = spawnSync(bin, argv, options);
  if (error) throw error;
  return { exitCode: status, stdout, stderr };
}

const VERSION = { exitCode: 0, stdout: `${version}\n`, stderr: '' };
const MERGE = ['merge', 'aws-auth.yaml', '-c', 'aws-auth-sso.yaml', '--inventory', 'inventory.json'];
const merged = () => ran(MERGE).stdout;

describe('installed with npm install --global', () => {
  test.each(['--version', '-V'])('prints its version with %s', (flag) => {
    expect(ran([flag])).toEqual(VERSION);
  });

  test.each(COMMANDS)('explains $name', ({ name, summary }) => {
    const help = ran([name, '--help']);
    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    expect(help.stdout.replaceAll(/\s+/g, ' ')).toContain(summary);
  });

  test.each([
    ['generate', ['-c', 'aws-auth-sso.yaml', '--inventory', 'inventory.json'], 0, 'kind: ConfigMap'],
    ['merge', MERGE.slice(1), 0, 'AWSReservedSSO_'],
    ['diff', MERGE.slice(1), 1, '+++ b/aws-auth.yaml'],
    ['check', ['broken.yaml'], 1, 'error: '],
    ['view', ['aws-auth.yaml'], 0, 'mapRoles'],
    ['who', ['aws-auth.yaml', '--inventory', 'inventory.json'], 0, 'PRINCIPAL'],
    ['roles', ['--all-accounts', '--inventory', 'inventory.json'], 0, 'c3402ddbb14af723'],
  ])('runs %s', (name, argv, exitCode, part) => {
    const result = ran([name, ...argv]);
    expect(result.exitCode, result.stderr).toBe(exitCode);
    expect(result.stdout).toContain(part);
  });

  test('calls AWS, with everything that the SDK needs', () => {
    const env = { AWS_EC2_METADATA_DISABLED: 'true', AWS_REGION: 'eu-west-1' };
    expect(ran(['snapshot', '--account', 'self'], { env })).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringMatching(/^error: .*credentials/im),
    });
  });

  test.runIf(spawnSync('kubectl', ['version', '--client']).status === 0)('is a kubectl plugin', () => {
    const help = ran(['aws-auth-sso', '--help'], { bin: 'kubectl' });
    expect(help).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^Usage: kubectl aws-auth-sso /),
    });
    const merge = ran(['aws-auth-sso', 'merge', '--help'], { bin: 'kubectl' });
    expect(merge.stdout).toMatch(/^Usage: kubectl aws-auth-sso merge /);
    expect(ran(['aws-auth-sso', ...MERGE], { bin: 'kubectl' })).toEqual(ran(MERGE));
    expect(ran(['aws-auth-sso', 'check', 'broken.yaml'], { bin: 'kubectl' }).exitCode).toBe(1);
  });
});

describe('in a minimal environment', () => {
  test.each([
    ['no home', {}],
    ["a home that doesn't exist", { HOME: '/does/not/exist', TMPDIR: '/does/not/exist' }],
    ['a home that is a file', { HOME: '/dev/null', XDG_CACHE_HOME: '/dev/null' }],
    ['a home in which no folder can be created', { HOME: '/proc/nowhere', XDG_CACHE_HOME: '/proc/nowhere' }],
    ['the cache disabled', { HOME: tmpdir(), NODE_DISABLE_COMPILE_CACHE: '1' }],
  ])('works with %s', (_, env) => {
    expect(ran(['--version'], { env })).toEqual(VERSION);
    expect(ran(MERGE, { env })).toMatchObject({ exitCode: 0, stdout: merged() });
  });

  test('works on a read-only file system', () => {
    const folder = mkdtempSync(join(tmpdir(), 'read-only-'));
    chmodSync(folder, 0o755);
    cpSync(PACKAGE, join(folder, 'aws-auth-sso'), { recursive: true });
    cpSync(EXAMPLES, join(folder, 'examples'), { recursive: true });
    execFileSync('chmod', ['-R', 'a-w,a+rX', folder]);
    const bin = join(folder, 'aws-auth-sso', 'bin', 'aws-auth-sso.js');
    const circumstances = {
      bin,
      cwd: join(folder, 'examples'),
      env: { HOME: folder },
      uid: process.getuid?.() === 0 ? 65534 : undefined,
    };
    expect(ran(['--version'], circumstances)).toEqual(VERSION);
    expect(ran(MERGE, circumstances)).toMatchObject({ exitCode: 0, stdout: merged() });
    expect(readdirSync(folder).sort()).toEqual(['aws-auth-sso', 'examples']);
    execFileSync('rm', ['-rf', folder]);
  });
});

describe('other ways to install it', () => {
  test('npx runs it from the tarball', async () => {
    expect(npx(await scratch(), '--yes', `file:${inject('tarball')}`, '--version')).toBe(VERSION.stdout);
  });

  test('npm ci installs the version that a project pins', async () => {
    const cwd = await scratch();
    writeFileSync(
      join(cwd, 'package.json'),
      JSON.stringify({ private: true, devDependencies: { 'aws-auth-sso': `file:${inject('tarball')}` } }),
    );
    npm(cwd, 'install', '--package-lock-only');
    npm(cwd, 'ci');
    expect(npx(cwd, 'aws-auth-sso', '--version')).toBe(VERSION.stdout);
    expect(readdirSync(join(cwd, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'aws-auth-sso',
    ]);
    expect(existsSync(join(cwd, 'node_modules', '.bin', 'kubectl-aws_auth_sso'))).toBe(true);
  });
});
