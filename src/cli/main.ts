import packageJson from '../../package.json' with { type: 'json' };
import { Failure, type Finding, warning } from '../errors.ts';
import { type Ask, type Io, processIo, turnOfEvents, writeAll } from '../io.ts';
import { listed } from '../text.ts';
import type { Run } from './define-command.ts';
import { type Outcome, Shell } from './shell.ts';

/** The hidden command that the scripts of `completion` call. */
const COMPLETE = '__complete';

const VERSION_WORDS = ['-V', '--version', 'version'];

/** Milliseconds that writing to stdout or a disk may still take after an interrupt. */
const GRACE = 500;

/**
 * Runs one command line and returns its exit code. Replaces files and writes stdout only at the end: an interrupt
 * before that (`io.signal`) leaves both unchanged.
 * @param name the program's name, as the user calls it
 */
export async function main(argv: readonly string[], io: Io, name = 'aws-auth-sso'): Promise<number> {
  let shell = new Shell(io, { debug: argv.includes('--debug') });
  // Each `--` in front of the command means nothing.
  const start = argv.findIndex((word) => word !== '--');
  const words = start === -1 ? [] : argv.slice(start);
  let outcome: Outcome = { stdout: '' };
  const written: Written = { files: [], stdout: false };
  const run: Run = async (options, work) => {
    shell = new Shell(io, options, name, words);
    outcome = await work(shell);
  };
  const program = { name, version: packageJson.version };
  const outputs = {
    writeOut: (text: string) => {
      outcome = { stdout: `${outcome.stdout}${text}` };
    },
    writeErr: (text: string) => io.stderr.write(text),
    stdout: io.stdout,
    stderr: io.stderr,
  };
  const answer = async () => {
    const [first = ''] = words;
    // Without loading commander.
    if (VERSION_WORDS.includes(first)) {
      outcome = { stdout: `${packageJson.version}\n` };
      return 0;
    }
    if (first === COMPLETE) {
      const { answerCompletion } = await import('./completion.ts');
      outcome = { stdout: await answerCompletion(words.slice(1)) };
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
    if (outcome.failure) throw outcome.failure;
    return outcome.exitCode ?? 0;
  } catch (error) {
    const failure = failureOf(error, io.signal, written);
    shell.report(failure.findings);
    if (failure.exitCode !== 130) shell.report(partlyWritten(outcome, written));
    if (shell.debugging) io.stderr.write(`${stackOf(failure)}\n`);
    return failure.exitCode;
  }
}

/** Output written so far. */
interface Written {
  readonly files: string[];
  stdout: boolean;
}

async function write(
  { replacements = [], stdout, failure, isFile = false }: Outcome,
  io: Io,
  written: Written,
): Promise<void> {
  for (const replacement of replacements) {
    const { replaceFile } = await import('./replace-file.ts');
    await replaceFile(replacement, io);
    written.files.push(replacement.name);
    io.signal.throwIfAborted();
  }
  const pieces = typeof stdout === 'string' ? [stdout] : stdout;
  if (failure) {
    if (!isFile) for (const piece of pieces) io.stderr.write(piece);
    return;
  }
  written.stdout = stdout !== '';
  await writeAll(io.stdout, pieces);
}

/** A warning that names the files that were written, if writing several files ended midway. */
function partlyWritten({ replacements = [] }: Outcome, { files }: Written): Finding[] {
  if (files.length === 0 || files.length === replacements.length) return [];
  const message = `only ${writtenText({ files, stdout: false })}`;
  return [warning('partly-written', message, { help: 'Run it again to write the others.' })];
}

/** Waits for work; after an abort, for at most `grace` milliseconds. */
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
 * Turns whatever ended the run into errors with an exit code: a signal, a `Failure`, or any other error, which is a bug.
 * An unawaited error is the cause of the signal's reason.
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

function writtenText({ files, stdout }: Written): string {
  if (files.length > 0) return `${listed(files)} ${files.length === 1 ? 'was' : 'were'} written`;
  return stdout ? 'stdout may be incomplete' : 'nothing was written';
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nCaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Milliseconds to wait for stdout and stderr to be flushed. */
const FLUSH_TIME = 200;

/**
 * Runs the program in the real process, then exits as soon as its streams are flushed. Anything still running, such as
 * a hung credential process or a read from an idle pipe, must not delay the exit.
 * @param name the program's name, as the user calls it
 */
export async function runProcess(host: NodeJS.Process, name: string): Promise<void> {
  const end = new AbortController();
  // Before any command is loaded: a signal in the first milliseconds counts as an interrupt too.
  for (const signal of SIGNALS) host.once(signal, () => end.abort());
  // Silences the AWS SDK's warning about old Node versions. The SDK reads it when it creates its first client.
  host.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  // An unawaited error must not end the program with exit 1, which means that it found differences.
  const crash = (cause: unknown) => end.abort(new Error('uncaught', { cause }));
  host.on('uncaughtException', crash);
  host.once('beforeExit', () => crash(new Error('nothing is left to wait for')));
  const ask: Ask = async (question, signal) => {
    const { askOnTerminal } = await import('./prompt.ts');
    return askOnTerminal(question, signal, () => end.abort(), host.platform);
  };
  const exitCode = await main(host.argv.slice(2), processIo(host, end.signal, ask), name);
  const flushed = [host.stdout, host.stderr].map(
    (output) => new Promise<void>((done) => output.write('', () => done())),
  );
  const late = new Promise((done) => setTimeout(done, FLUSH_TIME).unref());
  await Promise.race([Promise.all(flushed), late]);
  host.exit(exitCode);
}
