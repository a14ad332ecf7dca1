import { CommanderError } from 'commander';
import { Failure } from '../errors.ts';
import { type Io, processIo, writeAll } from '../io.ts';
import { buildProgram } from './program.ts';
import { failureOf, type Outcome, Shell, type ShellOptions } from './shell.ts';

/** Runs the program on the real process and sets its exit code. */
export async function runProcess(process: NodeJS.Process): Promise<void> {
  // The AWS SDK would print that it wants a newer Node; read when its first client is made.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  process.exitCode = await main(process.argv.slice(2), processIo(process));
}

/** Runs one command line and answers its exit code; stdout is written once, whole, at the end. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let shell = new Shell(io, { debug: argv.includes('--debug') });
  let outcome: Outcome = { stdout: '' };
  const run = async (options: ShellOptions, verb: (shell: Shell) => Promise<Outcome>) => {
    shell = new Shell(io, options);
    outcome = await verb(shell);
  };
  const program = buildProgram(
    run,
    (text) => io.stdout.write(text),
    (text) => io.stderr.write(text),
  );
  try {
    await Promise.race([program.parseAsync([...argv], { from: 'user' }), interrupted(io.signal)]);
    shell.endProgress();
    const { stdout } = outcome;
    await writeAll(io.stdout, typeof stdout === 'string' ? [stdout] : stdout);
    return outcome.exitCode ?? 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const failure = io.signal.aborted ? interruption() : failureOf(error);
    shell.fail(failure.problems);
    if (shell.debugging) io.stderr.write(`${stackOf(error)}\n`);
    return failure.exitCode;
  }
}

function interrupted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(interruption());
    signal.addEventListener('abort', () => reject(interruption()), { once: true });
  });
}

function interruption(): Failure {
  return new Failure(130, [{ message: 'interrupted; nothing was written' }]);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nCaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
