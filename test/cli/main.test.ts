import { describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import type { Output } from '../../src/io.ts';
import { run } from './run.ts';

/** Runs a command line whose stdout is written to as it is told. */
async function runWith(write: Output['write'], signal: AbortSignal, argv = ['--version']) {
  let stderr = '';
  const exitCode = await main(argv, {
    stdin: (async function* () {})(),
    stdout: { write },
    stderr: {
      write: (text) => {
        stderr += text;
      },
    },
    env: {},
    cwd: '.',
    signal,
  });
  return { exitCode, stderr };
}

const TAKEN: Output['write'] = (_, done) => done?.();

describe('--debug', () => {
  test('shows where an error comes from, and what caused it', async () => {
    const { stderr } = await run(['view', 'missing.yaml', '--debug']);
    expect(stderr).toMatch(
      /^error: missing\.yaml: .*\n\w*: .*\n {4}at (?:.*\n)+Caused by: Error: ENOENT.*\n/,
    );
    expect((await run(['view', 'missing.yaml'])).stderr).not.toMatch(/\n {4}at /);
  });

  test('shows it of an invalid command line too', async () => {
    expect((await run(['view', '--nope', '--debug'])).stderr).toMatch(/\n {4}at /);
    expect((await run(['view', '--nope'])).stderr).not.toMatch(/\n {4}at /);
  });
});

describe('what was written is said', () => {
  const bug = (message: string, written: string) =>
    `error: internal error: ${message}\n  Please report this bug with the output of --debug; ${written}.\n`;

  test('of a run that a bug ends', async () => {
    const failing = () => {
      throw new TypeError('no such thing');
    };
    expect(await runWith(failing, new AbortController().signal)).toEqual({
      exitCode: 4,
      stderr: bug('no such thing', 'stdout may be incomplete'),
    });
  });

  test.each([new Error('stray'), 'stray'])('of one that an error ends which nobody awaits', async (cause) => {
    const signal = AbortSignal.abort(new Error('uncaught', { cause }));
    const stderr = bug('stray', 'nothing was written');
    expect(await runWith(TAKEN, signal)).toEqual({ exitCode: 4, stderr });
  });

  test('of one that is interrupted before it writes', async () => {
    expect(await runWith(TAKEN, AbortSignal.abort())).toEqual({
      exitCode: 130,
      stderr: 'error: interrupted; nothing was written\n',
    });
  });

  test('of one that is interrupted while nobody reads what it writes', async () => {
    const interruption = new AbortController();
    const stuck = () => interruption.abort();
    expect(await runWith(stuck, interruption.signal)).toEqual({
      exitCode: 130,
      stderr: 'error: interrupted; stdout may be incomplete\n',
    });
  });

  test('of one that is interrupted while the last is read: all of it', async () => {
    const interruption = new AbortController();
    const slow: Output['write'] = (_, done) => {
      interruption.abort();
      setImmediate(() => done?.());
    };
    expect(await runWith(slow, interruption.signal)).toEqual({ exitCode: 0, stderr: '' });
  });
});
