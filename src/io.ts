import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure, refusal, unavailable } from './errors.ts';

/** What the program sees of the world around it. */
export interface Io {
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by Ctrl-C and other signals, and by an error that nothing awaited. */
  readonly signal: AbortSignal;
  /** Missing where nobody can be asked. */
  readonly ask?: Ask | undefined;
  /** Overrides the timing of AWS calls, so that tests do not wait for real limits. */
  readonly timing?: Partial<Timing> | undefined;
}

/**
 * Asks a person on the terminal, whatever stdin and stdout are, and does not show the answer. Ends, unanswered, with the signal.
 * @returns undefined where there is no terminal
 */
export type Ask = (question: string, signal: AbortSignal) => Promise<string | undefined>;

export interface Clock {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Rejects once the signal is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** The timing of AWS calls. */
export interface Timing extends Clock {
  /** Milliseconds for one response of AWS before the call is retried. */
  readonly timeout: number;
  /** Milliseconds for all attempts of one call together, without rate limiting and backoff. */
  readonly deadline: number;
}

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string, done?: (error?: Error | null) => void): unknown;
}

/** The streams, environment and working directory of a real process. */
export function processIo(host: NodeJS.Process, signal: AbortSignal, ask: Ask): Io {
  for (const stream of [host.stdout, host.stderr]) stream.on('error', () => {});
  const { stdout, stderr, env } = host;
  return {
    get stdin() {
      return host.stdin;
    },
    stdout,
    stderr,
    env,
    signal,
    ask,
    get cwd() {
      return workingDirectory(host);
    },
  };
}

function workingDirectory(host: NodeJS.Process): string {
  try {
    return host.cwd();
  } catch (error) {
    const message = 'the working directory no longer exists';
    throw unavailable({ message, help: 'Change to another directory and run it again.' }, error);
  }
}

/** Handles signals that arrived while the program was busy: Node looks for them between two immediates. */
export function turnOfEvents(): Promise<void> {
  return new Promise((done) => setImmediate(() => setImmediate(done)));
}

/** Writes all pieces; a closed pipe is not an error. */
export async function writeAll(output: Output, pieces: Iterable<string>): Promise<void> {
  for (const piece of pieces) {
    if (!(await isTaken(output, piece))) return;
  }
}

/** Writes a piece and tells whether the pipe is still open. */
function isTaken(output: Output, text: string): Promise<boolean> {
  return new Promise((done, failed) => {
    output.write(text, (error) => {
      if (!error) done(true);
      else if (errorCode(error) === 'EPIPE') done(false);
      else failed(unavailable({ message: `stdout could not be written: ${error.message}` }, error));
    });
  });
}

/** A file's name in messages, with `-` for stdin. */
export function inputName(file: string): string {
  return file === '-' ? '<stdin>' : file;
}

/** @throws Failure (exit 2) for an empty name, which would stand for the working directory */
export function requireFileName(file: string): void {
  if (file !== '') return;
  const help = 'Give a file, or - for stdin; a variable that should hold its name may be empty.';
  throw refusal({ message: 'the name of a file is empty', help });
}

/** Maximum bytes of an input. Kubernetes takes 1 MiB; what is far beyond it is no ConfigMap, and would only fill the memory. */
const MAX_BYTES = 10_000_000;
/** Bytes read at a time, and where it is not known how many there are. */
const CHUNK = 1_000_000;
const SMALL_CHUNK = 8_000;

/**
 * Reads a file, or stdin for `-`, as UTF-8 and keeps a byte order mark.
 * @param most bytes that it may have
 * @throws Failure where it cannot be read (exit 3), has no name, is too large or not UTF-8, or is a terminal (exit 2)
 */
export async function readText(io: Io, file: string, most: number = MAX_BYTES): Promise<string> {
  requireFileName(file);
  const location = { file: inputName(file) };
  const bytes = await firstBytes(file === '-' ? stdinOf(io) : bytesOf(io, file), most);
  if (!bytes) {
    const next = 'No valid input of this kind is that large; give another file.';
    throw refusal({ message: `is larger than ${most / 1_000_000} MB`, location, help: next });
  }
  if (!isUtf8(bytes))
    throw refusal({
      message: 'is not UTF-8 text',
      location,
      help: 'Save it as UTF-8, or give another file.',
    });
  return bytes.toString();
}

/** All bytes of an input; undefined, without reading on, if there are more than `most`. */
async function firstBytes(chunks: AsyncIterable<Uint8Array>, most: number): Promise<Buffer | undefined> {
  const read: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    read.push(chunk);
    length += chunk.length;
    if (length > most) return undefined;
  }
  return Buffer.concat(read);
}

function stdinOf(io: Io): Io['stdin'] {
  if (!io.stdin.isTTY) return io.stdin;
  const next =
    'Pipe a ConfigMap in or give a file: kubectl get configmap aws-auth -n kube-system -o yaml | aws-auth-sso …';
  throw refusal({ message: 'stdin is a terminal and no FILE was given', help: next });
}

async function* bytesOf(io: Io, file: string): AsyncGenerator<Uint8Array> {
  try {
    // Non-blocking: Node can neither abort the opening of a pipe without a writer, nor exit before it.
    const fd = openSync(resolve(io.cwd, file), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = fstatSync(fd);
    // A named pipe, or what the shell makes of `<(command)`.
    yield* stats.isFIFO() ? await pipeOf(fd, io.signal) : chunksOf(fd, stats.size);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const isPattern = errorCode(error) === 'ENOENT' && /[*?[]/.test(file);
    const message = `cannot be read: ${reasonOf(error)}`;
    throw unavailable({ message, location: { file }, ...(isPattern && { help: UNMATCHED }) }, error);
  }
}

/** What a shell leaves to the program, as if it were the name of a file. */
const UNMATCHED =
  'The shell found no file for this pattern: check the directory and the spelling, and do not quote it.';

async function pipeOf(fd: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const { Socket } = await import('node:net');
  return new Socket({ fd, readable: true, writable: false, signal });
}

/** Without Node's streams and threads, which take longer to start than a file to be read. */
function* chunksOf(fd: number, size: number): Generator<Uint8Array> {
  try {
    // What is no regular file has a size of 0, and some have more than they say.
    for (let left = size; ; ) {
      const chunk = Buffer.allocUnsafe(Math.min(Math.max(left, SMALL_CHUNK), CHUNK));
      const length = readSync(fd, chunk);
      if (length === 0) return;
      left -= length;
      yield chunk.subarray(0, length);
    }
  } finally {
    closeSync(fd);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'is a directory',
  EACCES: 'permission denied',
};

/** Why a file operation failed, in words. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return REASONS[errorCode(error) ?? ''] ?? message;
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
