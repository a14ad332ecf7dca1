import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure, refusal, unavailable } from './errors.ts';

/** The program's view of its environment. */
export interface Io {
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by Ctrl-C and other signals, and by an unhandled error. */
  readonly signal: AbortSignal;
  /** Missing if there is nobody to ask. */
  readonly ask?: Ask | undefined;
  /** Overrides the timing of AWS calls, so tests need not wait for real limits. */
  readonly timing?: Partial<Timing> | undefined;
}

/**
 * Asks a question on the terminal, even if stdin and stdout are redirected, without echoing the answer. Ends without
 * an answer if the signal is aborted.
 * @returns undefined if there is no terminal
 */
export type Ask = (question: string, signal: AbortSignal) => Promise<string | undefined>;

export interface Clock {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Rejects when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** The timing of AWS calls. */
export interface Timing extends Clock {
  /** Milliseconds to wait for one AWS response before retrying the call. */
  readonly timeout: number;
  /** Milliseconds for all attempts of one call, excluding rate limiting and backoff. */
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
    throw unavailable({ message, help: 'Change to another directory and run the command again.' }, error);
  }
}

/** Lets signals that arrived while the program was busy be handled: Node checks for them between two immediates. */
export function turnOfEvents(): Promise<void> {
  return new Promise((done) => setImmediate(() => setImmediate(done)));
}

/** Writes all pieces; a closed pipe is not an error. */
export async function writeAll(output: Output, pieces: Iterable<string>): Promise<void> {
  for (const piece of pieces) {
    if (!(await isTaken(output, piece))) return;
  }
}

/** Writes a piece; resolves to true if the pipe is still open. */
function isTaken(output: Output, text: string): Promise<boolean> {
  return new Promise((done, failed) => {
    output.write(text, (error) => {
      if (!error) done(true);
      else if (errorCode(error) === 'EPIPE') done(false);
      else failed(unavailable({ message: `can't write to stdout: ${error.message}` }, error));
    });
  });
}

/** The name of a file in messages; `-` becomes `<stdin>`. */
export function inputName(file: string): string {
  return file === '-' ? '<stdin>' : file;
}

/** @throws Failure (exit 2) for an empty name, which would mean the working directory */
export function requireFileName(file: string): void {
  if (file !== '') return;
  const help = 'Specify a file, or - for stdin. If the name comes from a variable, check that it is set.';
  throw refusal({ message: 'a file name is empty', help });
}

/**
 * Maximum bytes of an input. Kubernetes accepts 1 MiB; anything far larger is not a ConfigMap and would only fill
 * memory.
 */
const MAX_BYTES = 10_000_000;
/** Bytes to read at a time, and the minimum if the size is unknown. */
const CHUNK = 1_000_000;
const SMALL_CHUNK = 8_000;

/**
 * Reads a file, or stdin for `-`, as UTF-8 and keeps a byte order mark.
 * @param most maximum bytes
 * @param help the next step for more
 * @throws Failure if it can't be read (exit 3), or if it has no name, is too large, is not UTF-8 or is a terminal
 *   (exit 2)
 */
export async function readText(
  io: Io,
  file: string,
  most: number = MAX_BYTES,
  help = 'No valid input of this kind is that large. Specify another file.',
): Promise<string> {
  requireFileName(file);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of file === '-' ? stdinOf(io) : bytesOf(io, file)) {
    length += chunk.length;
    if (length > most)
      throw refusal({
        message: `the input is larger than ${most / 1_000_000} MB`,
        location: { file: inputName(file) },
        help,
      });
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (isUtf8(bytes)) return bytes.toString();
  throw refusal({
    message: "the input isn't UTF-8 text",
    location: { file: inputName(file) },
    help: 'Save it as UTF-8, or specify another file.',
  });
}

function stdinOf(io: Io): Io['stdin'] {
  if (!io.stdin.isTTY) return io.stdin;
  const next =
    'Pipe in a ConfigMap or specify a file: kubectl get configmap aws-auth -n kube-system -o yaml | aws-auth-sso …';
  throw refusal({ message: 'stdin is a terminal, and no FILE was specified', help: next });
}

async function* bytesOf(io: Io, file: string): AsyncGenerator<Uint8Array> {
  try {
    // Non-blocking: Node can't abort opening a pipe that has no writer, nor exit before it is open.
    const fd = openSync(resolve(io.cwd, file), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = fstatSync(fd);
    // A named pipe, such as the shell's `<(command)`.
    if (!stats.isFIFO()) yield* chunksOf(fd, stats.size);
    else {
      const { Socket } = await import('node:net');
      yield* new Socket({ fd, readable: true, writable: false, signal: io.signal });
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    const isPattern = errorCode(error) === 'ENOENT' && /[*?[]/.test(file);
    const message = `can't read the file: ${reasonOf(error)}`;
    throw unavailable({ message, location: { file }, ...(isPattern && { help: UNMATCHED }) }, error);
  }
}

/** For a glob that the shell passed on as if it were a file name. */
const UNMATCHED =
  "No file matches this pattern. Check the directory and the spelling, and don't quote the pattern.";

/** Synchronous: Node's streams and threads take longer to start than reading a file does. */
function* chunksOf(fd: number, size: number): Generator<Uint8Array> {
  try {
    // Anything but a regular file has size 0, and some files have more bytes than their size.
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
  EISDIR: "it's a directory",
  EACCES: 'permission denied',
};

/** The reason why a file operation failed. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return REASONS[errorCode(error) ?? ''] ?? message;
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
