import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import type { Environment } from './environment.ts';
import type { Fault } from './fault.ts';
import type { FakeAwsOptions } from './options.ts';
import { type Ask, isTold, type Told, type WorldSpec } from './spawn-message.ts';

/** A fake AWS in its own process, so that its time and memory don't count as the program's. */
export interface SpawnedFakeAws {
  readonly url: string;
  readonly env: Environment;
  readonly counts: () => Promise<Counts>;
  readonly inject: (fault: Fault) => Promise<void>;
  readonly reset: () => Promise<void>;
  readonly reached: (operation: string, count: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface Counts {
  readonly calls: Readonly<Record<string, number>>;
  readonly throttled: Readonly<Record<string, number>>;
}

const SOURCE = fileURLToPath(new URL('./spawned.ts', import.meta.url));

/**
 * Node 20 does not run TypeScript, so the server is bundled into a temporary folder first. `source` is where
 * `spawned.ts` lies, for a caller that is bundled itself.
 */
export async function spawnFakeAws(
  world: WorldSpec,
  options: FakeAwsOptions = {},
  source = SOURCE,
): Promise<SpawnedFakeAws> {
  const folder = await mkdtemp(join(tmpdir(), 'fake-aws-'));
  const program = join(folder, 'spawned.mjs');
  await build({ input: source, platform: 'node', output: { file: program, codeSplitting: false } });
  const child = fork(program, [], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ask = conversation(child);
  const { url = '', env = {} } = await ask({ ask: 'start', world, options });
  return {
    url,
    env,
    counts: async () => {
      const { calls = {}, throttled = {} } = await ask({ ask: 'counts' });
      return { calls, throttled };
    },
    inject: async (fault) => void (await ask({ ask: 'inject', fault })),
    reset: async () => void (await ask({ ask: 'reset' })),
    reached: async (operation, count) => void (await ask({ ask: 'reached', operation, count })),
    close: async () => {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      await ask({ ask: 'close' });
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}

/** Matches requests and answers by number; rejects pending requests when the process ends. */
function conversation(child: ChildProcess): (ask: Ask) => Promise<Told> {
  const open = new Map<
    number,
    { readonly resolve: (told: Told) => void; readonly reject: (error: Error) => void }
  >();
  let asked = 0;
  child.on('message', (message) => {
    if (!isTold(message)) return;
    open.get(message.id)?.resolve(message);
    open.delete(message.id);
  });
  child.once('exit', (code) => {
    for (const { reject } of open.values()) reject(new Error(`the fake AWS ended with code ${code}`));
  });
  return (ask) =>
    new Promise((resolve, reject) => {
      const id = asked++;
      open.set(id, { resolve, reject });
      child.send({ ...ask, id });
    });
}
