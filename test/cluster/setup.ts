import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as v from 'valibot';
import type { TestProject } from 'vitest/node';
import { buildControlPlane, requireKubectl, withoutStack } from './build-control-plane.ts';

const clusterSchema = v.object({
  /** URL of the API server. */
  server: v.string(),
  adminKubeconfig: v.string(),
  /** URL for changes outside the API server: see control.go. */
  control: v.string(),
});

export type Cluster = v.InferOutput<typeof clusterSchema>;

declare module 'vitest' {
  interface ProvidedContext {
    readonly cluster: Cluster;
  }
}

/** Starts one cluster for all tests; each test re-creates its aws-auth. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  requireKubectl();
  const program = buildControlPlane();
  const directory = await mkdtemp(join(tmpdir(), 'aws-auth-sso-cluster-'));
  const log = join(directory, 'log');
  const child = spawn(program, [directory], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stderr.pipe(createWriteStream(log));
  const exited = once(child, 'close');
  const stop = async () => {
    child.stdin.end();
    await exited;
    await rm(directory, { recursive: true, force: true });
  };
  for await (const line of createInterface({ input: child.stdout })) {
    project.provide('cluster', v.parse(clusterSchema, JSON.parse(line)));
    return stop;
  }
  const said = (await readFile(log, 'utf8')).split('\n').filter((line) => !/^[IW]\d{4} /.test(line));
  await stop();
  throw withoutStack(`the control plane did not start:\n${said.slice(-20).join('\n')}`);
}
