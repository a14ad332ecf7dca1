import { resolve } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { Failure } from '../errors.ts';
import { type Io, writeAll } from '../io.ts';
import { programText } from './help.ts';
import { type Outcome, type Run, Shell } from './shell.ts';

/** The hidden command that the scripts of `completion` call. */
const COMPLETE = '__complete';

/** Milliseconds left for a reader of stdout, or a disk, once the run is interrupted. */
const GRACE = 500;

/**
 * Runs one command line and returns its exit code. Only at the end is a file replaced, and stdout written as a whole; an
 * interruption before that (`io.signal`) leaves both unchanged.
 * @param name what the program is called
 */
export async function main(argv: readonly string[], io: Io, name = 'aws-auth-sso'): Promise<number> {
  let shell = new Shell(io, { debug: argv.includes('--debug') });
  const words = withoutTerminators(argv);
  let outcome: Outcome = { stdout: '' };
  const written: Written = { file: null, stdout: false };
  const run: Run = async (options, work) => {
    shell = new Shell(io, options);
    outcome = await work(shell);
  };
  const program = { name, version: packageJson.version };
  const outputs = {
    writeOut: (text: string) => {
      outcome = { stdout: `${outcome.stdout}${text}` };
    },
    writeErr: (text: string) => io.stderr.write(text),
  };
  const answer = async () => {
    const text = programText(words, program);
    if (text !== undefined) {
      outcome = { stdout: text };
      return 0;
    }
    if (words[0] === COMPLETE) {
      const { answerCompletion } = await import('./completion/answer.ts');
      outcome = { stdout: await answerCompletion(words.slice(1), io) };
      return 0;
    }
    const { runCommandLine } = await import('./command-line.ts');
    return runCommandLine(words, program, run, outputs);
  };
  try {
    const parsed = await untilEnd(io.signal, 0, answer());
    if (parsed !== 0) return parsed;
    await turnOfEvents();
    io.signal.throwIfAborted();
    shell.endProgress();
    await untilEnd(io.signal, GRACE, write(outcome, io, written));
    shell.report(outcome.summary ?? []);
    shell.reportCost();
    return outcome.exitCode ?? 0;
  } catch (error) {
    const failure = failureOf(error, io.signal, written);
    shell.report(failure.findings);
    if (shell.debugging) io.stderr.write(`${stackOf(failure)}\n`);
    return failure.exitCode;
  }
}

/** `--` in front of a command says nothing. */
function withoutTerminators(argv: readonly string[]): readonly string[] {
  const start = argv.findIndex((word) => word !== '--');
  return start === -1 ? [] : argv.slice(start);
}

/** What was written so far. */
interface Written {
  file: string | null;
  stdout: boolean;
}

async function write({ replacement, stdout }: Outcome, io: Io, written: Written): Promise<void> {
  if (replacement) {
    const { replaceFile } = await import('./replace-file.ts');
    const path = resolve(io.cwd, replacement.name);
    await replaceFile({ ...replacement, path }, io.signal, () => {
      written.file = replacement.name;
    });
    io.signal.throwIfAborted();
  }
  const pieces = typeof stdout === 'string' ? [stdout] : stdout;
  written.stdout = stdout !== '';
  await writeAll(io.stdout, pieces);
}

/** Handles signals that arrived while the program was busy: Node looks for them between two immediates. */
function turnOfEvents(): Promise<void> {
  return new Promise((done) => setImmediate(() => setImmediate(done)));
}

/** Waits for work; after an abort, only for `grace` milliseconds more. */
function untilEnd<T>(signal: AbortSignal, grace: number, work: Promise<T>): Promise<T> {
  return new Promise((done, failed) => {
    const end = () => {
      if (grace === 0) failed(signal.reason);
      else setTimeout(() => failed(signal.reason), grace);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    work.then(done, failed).finally(() => signal.removeEventListener('abort', end));
  });
}

/**
 * What ended the run, as errors with an exit code: a signal, a `Failure`, or anything else that was thrown, which is a bug. An error
 * that nothing awaited is the cause of the signal's reason.
 */
function failureOf(error: unknown, { aborted, reason }: AbortSignal, written: Written): Failure {
  const isUncaught = reason instanceof Error && reason.name !== 'AbortError';
  if (aborted && !isUncaught) return new Failure(130, [{ message: `interrupted; ${writtenText(written)}` }]);
  const thrown = aborted && isUncaught ? reason.cause : error;
  if (thrown instanceof Failure) return thrown;
  const message = `internal error: ${thrown instanceof Error ? thrown.message : thrown}`;
  const help = `Please report this bug with the output of --debug; ${writtenText(written)}.`;
  return new Failure(4, [{ message, help }], thrown);
}

function writtenText({ file, stdout }: Written): string {
  if (file !== null) return `${file} was written`;
  return stdout ? 'stdout may be incomplete' : 'nothing was written';
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nCaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
