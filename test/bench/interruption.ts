import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type SpawnedFakeAws, spawnFakeAws } from '../fake-aws/spawn.ts';
import type { Report } from './benchmark.ts';

const RUNS = 100;
/** Milliseconds from the start of Node to the first line of the program. */
const FIRST_LINE = 15;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const ARGV = ['snapshot', '--all-accounts', '--principals'];
const WORLD = { accounts: 6, permissionSets: 3, users: 10, groups: 10 };

/** The end of a run that got a signal. */
interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** From the signal to the end. */
  readonly ms: number;
}

/** Interrupts runs at random moments, from the first line of the program's own code to the end of a run. */
export async function benchmarkInterruption(root: URL): Promise<Report> {
  const fake = await spawnFakeAws(
    { large: WORLD },
    { latencyMs: 20 },
    fileURLToPath(new URL('test/fake-aws/spawned.ts', root)),
  );
  try {
    const whole = await interrupted(root, fake, null);
    const runs: Ended[] = [];
    while (runs.length < RUNS) {
      const run = await interrupted(root, fake, FIRST_LINE + Math.random() * (whole.ms - FIRST_LINE));
      // A run that had finished its work was not interrupted.
      if (run.exitCode !== 0 || run.stdout.length !== whole.stdout.length) runs.push(run);
    }
    const wrong = runs.filter(({ exitCode, stdout }) => exitCode !== 130 || stdout !== '');
    const slowest = Math.max(...runs.map(({ ms }) => ms));
    const what = `${RUNS} runs at random moments of ${Math.round(whole.ms)} ms`;
    return {
      text: '',
      targets: [
        { name: `${what}: not 130 with an empty stdout`, measured: wrong.length, most: 0 },
        { name: `${what}: slowest end`, measured: Math.round(slowest), most: 1000, unit: 'ms' },
      ],
    };
  } finally {
    await fake.close();
  }
}

/** @param after milliseconds of the program's own code before the signal; null for a complete run */
async function interrupted(root: URL, fake: SpawnedFakeAws, after: number | null): Promise<Ended> {
  const program = fileURLToPath(new URL('bin/aws-auth-sso.js', root));
  // The end of Node's own startup, during which no program receives signals.
  const tell = "data:text/javascript,process.stderr.write('\\n')";
  const child = spawn(process.execPath, ['--import', tell, program, ...ARGV], {
    env: { PATH: process.env.PATH ?? '', ...fake.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout = text(child.stdout);
  const closed = once(child, 'close');
  await once(child.stderr, 'data');
  child.stderr.resume();
  let start = performance.now();
  if (after !== null) {
    await Promise.race([closed, new Promise((done) => setTimeout(done, after))]);
    start = performance.now();
    child.kill(SIGNALS[Math.floor(Math.random() * SIGNALS.length)]);
  }
  const [exitCode] = await closed;
  return { exitCode, stdout: await stdout, ms: performance.now() - start };
}
