import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** Output and cost of a program, from start to end. */
export interface MeasuredRun {
  readonly stdout: string;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
}

/**
 * Loaded into the program, which reports its own peak: only the process itself can read it on every system. On Linux, `maxRSS` includes
 * the memory of the parent at the start of the program; `VmHWM` is only the program's own.
 */
const TELL_USAGE = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync, writeSync } from 'node:fs';
  const own = () => /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  process.on('exit', () => {
    const usage = process.resourceUsage();
    const maxRSS = process.platform === 'linux' ? Number(own() ?? usage.maxRSS) : usage.maxRSS;
    writeSync(3, JSON.stringify({ ...usage, maxRSS }));
  });
`)}`;

/**
 * Runs a Node program in a separate process.
 * @param stdout a file descriptor for output that is too long for a string
 * @throws Error if it exits with anything but 0
 */
export async function measuredRun(
  program: URL,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  stderr: 'inherit' | 'ignore' = 'inherit',
  stdout: 'pipe' | number = 'pipe',
): Promise<MeasuredRun> {
  const start = performance.now();
  const child = spawn(process.execPath, ['--import', TELL_USAGE, fileURLToPath(program), ...argv], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', stdout, stderr, 'pipe'],
  });
  const [text, usage, [exitCode]] = await Promise.all([
    textOf(child.stdio[1]),
    textOf(child.stdio[3]),
    once(child, 'close'),
  ]);
  const wallMs = performance.now() - start;
  if (exitCode !== 0) throw new Error(`${program.pathname} ended with ${exitCode}`);
  const { maxRSS, userCPUTime, systemCPUTime }: NodeJS.ResourceUsage = JSON.parse(usage);
  return { stdout: text, wallMs, cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMb: (maxRSS * 1024) / 1e6 };
}

async function textOf(stream: unknown): Promise<string> {
  if (!isReadable(stream)) return '';
  let text = '';
  for await (const piece of stream.setEncoding('utf8')) text += piece;
  return text;
}

function isReadable(stream: unknown): stream is Readable {
  return typeof stream === 'object' && stream !== null && 'setEncoding' in stream;
}
