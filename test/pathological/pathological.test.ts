import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from './commands.ts';
import { clean, PATHOLOGICAL } from './files.ts';

/** Where the work grows faster than the file, this is enough for minutes. */
const BYTES = 60_000;

let program: ChildProcess;
beforeAll(() => {
  program = fork(join(import.meta.dirname, 'program.js'));
});
afterAll(() => program.kill());

/** Rejects where the program has not answered in time; what else is to run gets a new one. */
async function run(argv: readonly string[], stdin: string): Promise<unknown> {
  const answer = once(program, 'message', { signal: AbortSignal.timeout(20_000) });
  program.send({ argv, stdin });
  try {
    return (await answer)[0];
  } catch (error) {
    program.kill('SIGKILL');
    program = fork(join(import.meta.dirname, 'program.js'));
    throw error;
  }
}

describe.each(Object.entries({ clean, ...PATHOLOGICAL }))('%s', (_, fileOf) => {
  const source = fileOf(BYTES);

  test.each(Object.entries(COMMANDS))('comes to an end: %s', async (_, argv) => {
    const { exitCode, isSilent, stderr } = Object(await run(argv, source));
    expect([0, 1, 2], stderr).toContain(exitCode);
    if (exitCode === 2) expect(isSilent).toBe(true);
  });
});
