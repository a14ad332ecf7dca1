import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import { exampleWorld } from '../example-world.ts';
import { isolatedEnvironment } from '../fake-aws/environment.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { readersFolder } from '../readers-folder.ts';

export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A cluster admin's terminal. */
export interface Terminal {
  readonly cwd: string;
  /** Runs a script in bash, unchanged and without extra settings. */
  bash(script: string, stdin?: string): Promise<Ran>;
}

/**
 * Opens a terminal with the examples in its folder, real kubectl and the built program, and a fake AWS (default: the
 * examples').
 */
export async function openTerminal(world?: WorldInput): Promise<Terminal> {
  const { env } = await fakeAwsForTest(world ?? (await exampleWorld()));
  return terminalWith(env);
}

/** Opens a terminal without AWS, for snapshots. */
export function openOfflineTerminal(): Promise<Terminal> {
  return terminalWith(isolatedEnvironment('http://127.0.0.1:9', 'eu-west-1'));
}

async function terminalWith(aws: Readonly<Record<string, string>>): Promise<Terminal> {
  const { cwd, path } = await readersFolder();
  const { adminKubeconfig } = inject('cluster');
  const env = {
    ...aws,
    PATH: `${path}:${process.env.PATH}`,
    HOME: cwd,
    KUBECONFIG: adminKubeconfig,
    // Shares kubectl's discovery cache between tests.
    KUBECACHEDIR: `${adminKubeconfig}.cache`,
  };
  return { cwd, bash: (script, stdin = '') => run(script, stdin, cwd, env) };
}

async function run(script: string, stdin: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Ran> {
  const child = spawn('bash', ['-c', script], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  // A script that doesn't read stdin may have exited already.
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const [[exitCode], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { exitCode, stdout, stderr };
}
