import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { Failure } from '../errors.ts';
import { type Io, writeAll } from '../io.ts';
import { checkCommand } from './commands/check.ts';
import { diffCommand } from './commands/diff.ts';
import { generateCommand } from './commands/generate.ts';
import { mergeCommand } from './commands/merge.ts';
import { rolesCommand } from './commands/roles.ts';
import { snapshotCommand } from './commands/snapshot.ts';
import { viewCommand } from './commands/view.ts';
import { whoCommand } from './commands/who.ts';
import { replaceFile } from './replace-file.ts';
import { type Outcome, type Run, Shell } from './shell.ts';

const COMMANDS = [
  generateCommand,
  mergeCommand,
  diffCommand,
  checkCommand,
  viewCommand,
  rolesCommand,
  whoCommand,
  snapshotCommand,
];

const DESCRIPTION =
  'Resolves IAM Identity Center permission sets into the aws-auth ConfigMap of an EKS cluster. Reads AWS and writes text.';

const EXIT_CODES = `
Exit codes:
  0    success, no differences
  1    success, but diff found differences or check found errors
  2    invalid usage or input, or an unsafe change refused
  3    an AWS call or file I/O failed
  4    internal error (a bug)
  130  interrupted`;

/** Milliseconds left for a reader of stdout, or a disk, once the run is interrupted. */
const GRACE = 500;

/**
 * Runs one command line and returns its exit code. Only at the end is a file replaced, and stdout written as a whole; an
 * interruption before that (`io.signal`) leaves both unchanged.
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let shell = new Shell(io, { debug: argv.includes('--debug') });
  let outcome: Outcome = { stdout: '' };
  const written: Written = { file: null, stdout: false };
  const run: Run = async (options, work) => {
    shell = new Shell(io, options);
    outcome = await work(shell);
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
    const failure = failureOf(error, io.signal, written);
    shell.report(failure.findings);
    if (shell.debugging) io.stderr.write(`${stackOf(failure)}\n`);
    return failure.exitCode;
  }
}

/** What was written so far. */
interface Written {
  file: string | null;
  stdout: boolean;
}

async function write({ replacement, stdout }: Outcome, io: Io, written: Written): Promise<void> {
  if (replacement) {
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

/** `--help` and `--version` end with an error, and stdout is still to be written. */
async function helpIsDone(parsed: Promise<unknown>): Promise<void> {
  try {
    await parsed;
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
  }
}

/** Handles signals that arrived while the program was busy: Node looks for them between two immediates. */
function turnOfEvents(): Promise<void> {
  return new Promise((done) => setImmediate(() => setImmediate(done)));
}

/** Waits for work; after an abort, only for `grace` milliseconds more. */
function untilEnd(signal: AbortSignal, grace: number, work: Promise<void>): Promise<void> {
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

/** The command line, with its help written to the given outputs; usage errors are thrown as CommanderError. */
function buildProgram(run: Run, writeOut: (text: string) => void, writeErr: (text: string) => void): Command {
  const program = new Command('aws-auth-sso')
    .description(DESCRIPTION)
    .version(packageJson.version)
    .addHelpText('after', EXIT_CODES);
  for (const command of COMMANDS) program.addCommand(command(run));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeOut, writeErr }).showSuggestionAfterError();
  }
  return program;
}
