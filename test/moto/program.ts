import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import { isolatedEnvironment } from '../fake-aws/environment.ts';
import { scratch } from '../scratch.ts';
import { type Credentials, MANAGEMENT_CREDENTIALS } from './clients.ts';
import { HOME_REGION } from './organization.ts';

export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface World {
  readonly credentials?: Credentials;
  readonly region?: string;
  /** Working directory; by default an empty one. */
  readonly cwd?: string;
}

/** Runs the built program against moto, by default as the management account. */
export async function program(argv: readonly string[], world: World = {}): Promise<Ran> {
  const { accessKeyId, secretAccessKey, sessionToken } = world.credentials ?? MANAGEMENT_CREDENTIALS;
  const child = spawn(process.execPath, [inject('program'), ...argv], {
    cwd: world.cwd ?? (await scratch()),
    env: {
      ...isolatedEnvironment(inject('motoUrl'), world.region ?? HOME_REGION),
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...(sessionToken ? { AWS_SESSION_TOKEN: sessionToken } : {}),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { exitCode, stdout, stderr };
}

/** The program's JSON output; a failure shows its messages. */
export async function printed(argv: readonly string[], world: World = {}): Promise<unknown> {
  const { exitCode, stdout, stderr } = await program([...argv, '-o', 'json'], world);
  if (exitCode !== 0) throw new Error(`exit ${exitCode}: ${stderr}`);
  return JSON.parse(stdout);
}
