import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const SOURCE = join(import.meta.dirname, 'control-plane');
/** Builds that are kept between runs, because building takes minutes: of each version, and of other checkouts. */
const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'aws-auth-sso-test-cluster');
const UNUSED_DAYS = 14;

/**
 * Builds the Go program next to this file, unless its sources, module versions and Go version are unchanged.
 * Returns the file.
 * @param version of Kubernetes, such as `1.36`, which has a file of module versions; by default, the one in go.mod
 * @throws Error that names the missing tool
 */
export function buildControlPlane(version = process.env.AWS_AUTH_SSO_KUBERNETES): string {
  const modules = version ? `kubernetes-${version}.mod` : 'go.mod';
  const platform = run('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH']);
  const sources = readdirSync(SOURCE).filter((name) => name.endsWith('.go'));
  const hash = createHash('sha256').update(platform);
  for (const name of [...sources.sort(), modules, modules.replace(/mod$/, 'sum')])
    hash.update(`\0${name}\0`).update(readFileSync(join(SOURCE, name)));
  const program = join(CACHE, hash.digest('hex').slice(0, 20));
  if (existsSync(program)) {
    utimesSync(program, new Date(), new Date());
    return program;
  }
  console.log('building the control plane: some minutes for the first time, seconds from then on');
  mkdirSync(CACHE, { recursive: true });
  const unfinished = `${program}.${process.pid}`;
  run('go', ['build', `-modfile=${modules}`, '-o', unfinished, '.'], ['ignore', 'inherit', 'inherit']);
  renameSync(unfinished, program);
  const unused = Date.now() - UNUSED_DAYS * 86_400_000;
  for (const file of readdirSync(CACHE).map((name) => join(CACHE, name)))
    if (statSync(file).mtimeMs < unused) rmSync(file);
  return program;
}

/** @throws Error if kubectl is missing */
export function requireKubectl(): void {
  run('kubectl', ['version', '--client']);
}

const WHERE: Readonly<Record<string, string>> = {
  go: 'Go (https://go.dev/dl)',
  kubectl: 'kubectl (https://kubernetes.io/docs/tasks/tools)',
};

type Streams = NonNullable<Parameters<typeof spawnSync>[2]>['stdio'];

function run(command: string, args: readonly string[], stdio: Streams = 'pipe'): string {
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    cwd: SOURCE,
    stdio,
    encoding: 'utf8',
  });
  if (error && 'code' in error && error.code === 'ENOENT')
    throw withoutStack(`the test cluster needs ${WHERE[command]}, and there is no ${command} on the PATH`);
  if (error || status !== 0)
    throw withoutStack(
      `${command} ${args.join(' ')} failed: ${error?.message ?? stderr ?? `exit ${status}`}`,
    );
  return stdout;
}

/** An error without a stack trace: a missing tool is not a bug in the code. */
export function withoutStack(message: string): Error {
  const error = new Error(message);
  error.stack = '';
  return error;
}
