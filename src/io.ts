import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { refusal, unavailable } from './errors.ts';

/** What the program sees of the world around it; `processIo` makes one of the real process. */
export interface Io {
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string, done?: (error?: Error | null) => void): unknown;
}

/** The real process: its streams and environment, and a signal that Ctrl-C and SIGTERM abort. */
export function processIo(host: NodeJS.Process): Io {
  const interruption = new AbortController();
  const interrupt = () => {
    interruption.abort();
    host.stdin.destroy();
  };
  host.once('SIGINT', interrupt);
  host.once('SIGTERM', interrupt);
  for (const stream of [host.stdout, host.stderr]) stream.on('error', () => {});
  const { stdin, stdout, stderr, env } = host;
  return { stdin, stdout, stderr, env, cwd: host.cwd(), signal: interruption.signal };
}

/** Writes all pieces of a text; a reader that has gone away is no error. */
export async function writeAll(output: Output, pieces: Iterable<string>): Promise<void> {
  for (const piece of pieces) {
    if (!(await isTaken(output, piece))) return;
  }
}

/** Answers, once a text is written, whether anybody reads it. */
function isTaken(output: Output, text: string): Promise<boolean> {
  return new Promise((done, failed) => {
    output.write(text, (error) => {
      if (!error) done(true);
      else if (errorCode(error) === 'EPIPE') done(false);
      else failed(unavailable({ message: `stdout could not be written: ${error.message}` }, error));
    });
  });
}

/** A file's name for messages, `-` being stdin. */
export function inputName(file: string): string {
  return file === '-' ? '<stdin>' : file;
}

/**
 * Reads a file, or stdin for `-`, as UTF-8 and keeps a byte order mark.
 * @throws Failure where it cannot be read (exit 3), is not UTF-8 or stdin is a terminal (exit 2)
 */
export async function readText(io: Io, file: string): Promise<string> {
  const bytes = file === '-' ? await readStdin(io) : await readBytes(resolve(io.cwd, file), file);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    const place = { file: inputName(file) };
    throw refusal(
      { message: 'is not UTF-8 text', place, next: 'Save it as UTF-8, or name another file.' },
      error,
    );
  }
}

async function readStdin(io: Io): Promise<Uint8Array> {
  if (io.stdin.isTTY) {
    const next =
      'Pipe a ConfigMap in, or name a file: kubectl get configmap aws-auth -n kube-system -o yaml | aws-auth-sso …';
    throw refusal({ message: 'stdin is a terminal, and no FILE was given', next });
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of io.stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function readBytes(path: string, name: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw unavailable({ message: `cannot be read: ${reasonOf(error)}`, place: { file: name } }, error);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a directory',
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
