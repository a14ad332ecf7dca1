import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'rolldown';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rawFiles } from '../../src/raw-files.js';
import { COMMANDS } from './commands.ts';
import { clean, PATHOLOGICAL } from './files.ts';

/** File size that takes minutes if the work isn't linear. */
const BYTES = 60_000;

/** CPU time limit in milliseconds, several times the usual time. */
const LIMIT = 2000;

/** Milliseconds after which a run counts as hanging, even on a busy machine. */
const HANG = 300_000;

const folder = mkdtempSync(join(tmpdir(), 'pathological-'));
let program: ChildProcess;

beforeAll(async () => {
  // Node 20 can't run TypeScript.
  await build({
    input: join(import.meta.dirname, '../cli/run.ts'),
    platform: 'node',
    resolve: { mainFields: ['module', 'main'] },
    plugins: [rawFiles],
    output: { dir: folder, entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
  });
  start();
});
afterAll(() => {
  program.kill();
  rmSync(folder, { recursive: true });
});

function start(): void {
  program = fork(join(import.meta.dirname, 'program.js'), [pathToFileURL(join(folder, 'run.mjs')).href]);
}

/** Rejects if the program doesn't answer in time, or exits; later runs then get a new process. */
async function run(argv: readonly string[], stdin: string): Promise<unknown> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(HANG)]);
  const end = once(program, 'exit', { signal }).then(() => {
    throw new Error('the program ended');
  });
  program.send({ argv, stdin });
  try {
    const [answer] = await Promise.race([once(program, 'message', { signal }), end]);
    return answer;
  } catch (error) {
    program.kill('SIGKILL');
    start();
    throw error;
  } finally {
    stop.abort();
    end.catch(() => {});
  }
}

describe.each(Object.entries({ clean, ...PATHOLOGICAL }))('%s', (_, fileOf) => {
  const source = fileOf(BYTES);

  test.each(Object.entries(COMMANDS))('finishes: %s', async (_, argv) => {
    const { exitCode, isSilent, stderr, milliseconds } = Object(await run(argv, source));
    expect([0, 1, 2], stderr).toContain(exitCode);
    if (exitCode === 2) expect(isSilent).toBe(true);
    expect(milliseconds).toBeLessThan(LIMIT);
  });
});
