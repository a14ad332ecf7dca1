import { CommanderError } from 'commander';
import { Failure } from '../errors.ts';
import { type Io, writeAll } from '../io.ts';
import { buildProgram } from './program.ts';
import { replaceFile } from './replace-file.ts';
import { failureOf, type Outcome, Shell, type ShellOptions } from './shell.ts';

/** Milliseconds that a reader of stdout, or a disk, has left once the run is to end. */
const GRACE = 500;

/**
 * Runs one command line and answers its exit code. A file is replaced, and stdout written, once, whole, at the end; what ends the
 * run before that (`io.signal`) leaves both as they were.
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let shell = new Shell(io, { debug: argv.includes('--debug') });
  let outcome: Outcome = { stdout: '' };
  const written: Written = { file: null, stdout: false };
  const run = async (options: ShellOptions, verb: (shell: Shell) => Promise<Outcome>) => {
    shell = new Shell(io, options);
    outcome = await verb(shell);
  };
  const help = (text: string) => {
    outcome = { stdout: `${outcome.stdout}${text}` };
  };
  const program = buildProgram(run, help, (text) => io.stderr.write(text));
  try {
    await untilEnd(io.signal, 0, helpIsDone(program.parseAsync([...argv], { from: 'user' })));
    await turnOfEvents();
    io.signal.throwIfAborted();
    shell.endProgress();
    await untilEnd(io.signal, GRACE, write(outcome, io, written));
    shell.report(outcome.summary ?? []);
    return outcome.exitCode ?? 0;
  } catch (error) {
    if (error instanceof CommanderError) return 2;
    const failure = io.signal.aborted ? endOf(io.signal, written) : failureOf(error, told(written));
    shell.report(failure.findings);
    if (shell.debugging) io.stderr.write(`${stackOf(io.signal.aborted ? failure : error)}\n`);
    return failure.exitCode;
  }
}

/** What has left the program so far. */
interface Written {
  file: string | null;
  stdout: boolean;
}

async function write({ replacement, stdout }: Outcome, io: Io, written: Written): Promise<void> {
  if (replacement) {
    await replaceFile(replacement, io.signal, () => {
      written.file = replacement.name;
    });
    io.signal.throwIfAborted();
  }
  const pieces = typeof stdout === 'string' ? [stdout] : stdout;
  written.stdout = stdout !== '';
  await writeAll(io.stdout, pieces);
}

/** `--help` and `--version` end by an error, of which only stdout is left to write. */
async function helpIsDone(parsed: Promise<unknown>): Promise<void> {
  try {
    await parsed;
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
  }
}

/** Lets signals in that arrived while the program was busy: Node looks for them between two immediates. */
function turnOfEvents(): Promise<void> {
  return new Promise((done) => setImmediate(() => setImmediate(done)));
}

/** Waits for work, and once the run is to end for `grace` milliseconds more. */
function untilEnd(signal: AbortSignal, grace: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      if (grace === 0) reject(signal.reason);
      else setTimeout(() => reject(signal.reason), grace);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}

/** Why a run was ended from outside: by a signal, or by an error that nobody waited for, which is the cause of the reason. */
function endOf({ reason }: AbortSignal, written: Written): Failure {
  if (reason instanceof Error && reason.name !== 'AbortError') return failureOf(reason.cause, told(written));
  return new Failure(130, [{ message: `interrupted; ${told(written)}` }]);
}

function told({ file, stdout }: Written): string {
  if (file !== null) return `${file} was written`;
  return stdout ? 'stdout may be incomplete' : 'nothing was written';
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nCaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
