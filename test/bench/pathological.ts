import { fileURLToPath } from 'node:url';
import { run } from '../cli/run.ts';
import { COMMANDS } from '../pathological/commands.ts';
import { clean, PATHOLOGICAL } from '../pathological/files.ts';
import type { Report, Target } from './benchmark.ts';

/** Slightly below the size limit of Kubernetes, so that `merge` does all of its work. */
const BYTES = 1_000_000;
const MOST: Readonly<Record<keyof typeof COMMANDS, number>> = { check: 20, view: 15, merge: 20 };
const ROUNDS = 5;

/**
 * The time of a command for each pathological file, over the time for a clean file of that size, without the start of the
 * program. One target per command: the worst of its files.
 */
export async function benchmarkPathological(root: URL): Promise<Report> {
  const cwd = fileURLToPath(new URL('test/pathological/', root));
  const targets: Target[] = [];
  for (const command of ['check', 'view', 'merge'] as const) {
    const [argv, most] = [COMMANDS[command], MOST[command]];
    const source = clean(BYTES);
    await timeOf(argv, source, cwd);
    const cleanMs = await leastOf(ROUNDS, () => timeOf(argv, source, cwd));
    const ratios: [string, number][] = [];
    for (const [name, make] of Object.entries(PATHOLOGICAL)) {
      const file = make(BYTES);
      const once = (await timeOf(argv, file, cwd)) / cleanMs;
      // A result far from the limit needs no precision.
      const ratio = once < most / 2 ? once : (await leastOf(2, () => timeOf(argv, file, cwd))) / cleanMs;
      ratios.push([name, ratio]);
    }
    const [worst = ['none', 0]] = ratios.toSorted(([, one], [, other]) => other - one);
    targets.push({ name: `${command} over a clean file: ${worst[0]}`, measured: worst[1], most });
  }
  return { text: `${Object.keys(PATHOLOGICAL).length} pathological files of about 1 MB`, targets };
}

async function leastOf(rounds: number, measure: () => Promise<number>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round += 1) least = Math.min(least, await measure());
  return least;
}

/** Milliseconds of processor time of one run, independent of other load on the machine. */
async function timeOf(argv: readonly string[], stdin: string, cwd: string): Promise<number> {
  const start = process.cpuUsage();
  const { exitCode, stderr } = await run(argv, { stdin, cwd });
  const { user, system } = process.cpuUsage(start);
  if (exitCode > 2) throw new Error(`${argv[0]} ended with ${exitCode}: ${stderr.slice(0, 200)}`);
  return (user + system) / 1000;
}
