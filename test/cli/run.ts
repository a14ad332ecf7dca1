import { main } from '../../src/cli/main.ts';
import type { Ask, Io, Timing } from '../../src/io.ts';
import { NO_WAITS } from '../timing.ts';

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface World {
  readonly stdin?: string | Uint8Array | AsyncIterable<Uint8Array>;
  readonly stdinIsTty?: boolean;
  readonly stdoutIsTty?: boolean;
  readonly stderrIsTty?: boolean;
  /** Width of the terminals. */
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  readonly timing?: Partial<Timing>;
  /** The user at the terminal. */
  readonly ask?: Ask;
  /** The program's name, as the user calls it. */
  readonly name?: string;
}

/** Runs one command line in this process and collects its output. */
export async function run(argv: readonly string[], world: World = {}): Promise<Ran> {
  const written = { stdout: '', stderr: '' };
  const output = (name: keyof typeof written, isTTY: boolean) => ({
    isTTY,
    columns: world.columns ?? 80,
    write(text: string, done?: (error?: Error | null) => void) {
      written[name] += text;
      done?.();
    },
  });
  const io: Io = {
    stdin: Object.assign(bytesOf(world.stdin ?? ''), { isTTY: world.stdinIsTty ?? false }),
    stdout: output('stdout', world.stdoutIsTty ?? false),
    stderr: output('stderr', world.stderrIsTty ?? false),
    env: world.env ?? {},
    cwd: world.cwd ?? process.cwd(),
    signal: world.signal ?? new AbortController().signal,
    timing: world.timing ?? NO_WAITS,
    ask: world.ask,
  };
  const exitCode = await main(argv, io, world.name);
  return { exitCode, ...written };
}

/** The output as if all of it had been read from AWS. */
export function undated(text: string): string {
  return text.replace(/, as of \d{4}-\d\d-\d\d \d\d:\d\d UTC/g, '');
}

/** Like `run`, with the environment of a fake AWS, and without CI and color settings of the machine. */
export function runWithEnvironment(argv: readonly string[], world: World = {}): Promise<Ran> {
  const { NO_COLOR, FORCE_COLOR, CI, ...env } = process.env;
  return run(argv, { env: env as Record<string, string>, ...world });
}

async function* bytesOf(content: NonNullable<World['stdin']>): AsyncGenerator<Uint8Array> {
  if (typeof content === 'string') yield new TextEncoder().encode(content);
  else if (content instanceof Uint8Array) yield content;
  else yield* content;
}
