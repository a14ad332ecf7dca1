import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { inject } from 'vitest';

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** A program other than the one built for the tests. */
  readonly program?: string;
  /** Flags for node itself. */
  readonly node?: readonly string[];
}

/** Starts the built program. */
export function startProgram(argv: readonly string[], options: ProgramOptions = {}): ChildProcess {
  const env = { PATH: process.env.PATH ?? '', ...options.env };
  return spawn(process.execPath, [...(options.node ?? []), options.program ?? inject('program'), ...argv], {
    env,
    cwd: options.cwd,
    stdio: 'pipe',
  });
}

/** Runs the built program to its end, with something to do in the meantime. */
export async function runProgram(
  argv: readonly string[],
  options: ProgramOptions = {},
  meanwhile: (child: ChildProcess) => Promise<void> = async () => {},
) {
  const child = startProgram(argv, options);
  // A program may end before it has read its input.
  child.stdin?.on('error', () => {}).end(options.stdin ?? '');
  const written = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    written.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    written.stderr += text;
  });
  const [[exitCode]] = await Promise.all([once(child, 'close'), meanwhile(child)]);
  return { exitCode, ...written };
}
