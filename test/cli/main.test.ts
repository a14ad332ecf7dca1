import { describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import type { Output } from '../../src/io.ts';
import { run } from './run.ts';

/** Runs a command line with the given way of writing to stdout. */
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
  test('shows the stack of an error and of its cause', async () => {
    const { stderr } = await run(['view', 'missing.yaml', '--debug']);
    expect(stderr).toMatch(
      /^error: missing\.yaml: .*\n\w*: .*\n {4}at (?:.*\n)+Caused by: Error: ENOENT.*\n/,
    );
    expect((await run(['view', 'missing.yaml'])).stderr).not.toMatch(/\n {4}at /);
  });

  test('shows it for an invalid command line too', async () => {
    expect((await run(['view', '--nope', '--debug'])).stderr).toMatch(/\n {4}at /);
    expect((await run(['view', '--nope'])).stderr).not.toMatch(/\n {4}at /);
  });
});

describe('a message tells what was written', () => {
  const bug = (message: string, written: string) =>
    `error: internal error: ${message}\n  Please report this bug with the output of --debug; ${written}.\n`;

  test('after a bug', async () => {
    const failing = () => {
      throw new TypeError('no such thing');
    };
    expect(await runWith(failing, new AbortController().signal)).toEqual({
      exitCode: 4,
      stderr: bug('no such thing', 'stdout may be incomplete'),
    });
  });

  test.each([new Error('stray'), 'stray'])('after an unawaited error', async (cause) => {
    const signal = AbortSignal.abort(new Error('uncaught', { cause }));
    const stderr = bug('stray', 'nothing was written');
    expect(await runWith(TAKEN, signal)).toEqual({ exitCode: 4, stderr });
  });

  test('after an interrupt before writing', async () => {
    expect(await runWith(TAKEN, AbortSignal.abort())).toEqual({
      exitCode: 130,
      stderr: 'error: interrupted; nothing was written\n',
    });
  });

  test('after an interrupt while nobody reads stdout', async () => {
    const interruption = new AbortController();
    const stuck = () => interruption.abort();
    expect(await runWith(stuck, interruption.signal)).toEqual({
      exitCode: 130,
      stderr: 'error: interrupted; stdout may be incomplete\n',
    });
  });

  test('after an interrupt while the last piece is read: everything', async () => {
    const interruption = new AbortController();
    const slow: Output['write'] = (_, done) => {
      interruption.abort();
      setImmediate(() => done?.());
    };
    expect(await runWith(slow, interruption.signal)).toEqual({ exitCode: 0, stderr: '' });
  });
});
