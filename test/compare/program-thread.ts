import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { main } from '../../src/cli/main.ts';
import type { Files, Outcome, Run, Task, ThreadData } from './program.ts';

/** Runs the built program of one checkout repeatedly, with the same clock for all runs. */

const { checkout, folder, now }: ThreadData = workerData;
/** Milliseconds until a run is interrupted, which its outcome shows. */
const MOST = 60_000;

/** For runs without AWS. */
const ENV = { AWS_REGION: 'eu-central-1' };

/** Keeps ages and times the same for both programs. */
globalThis.Date = new Proxy(Date, {
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [now] : given, newTarget),
  get: (target, name) => (name === 'now' ? () => now : Reflect.get(target, name)),
});

const program: { readonly main: typeof main } = createRequire(import.meta.url)(
  join(checkout, 'dist/process.cjs'),
);
let end = new AbortController();
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (cause) => end.abort(new Error('uncaught', { cause })));

parentPort?.on('message', async ({ files, runs }: Task) => {
  write(files);
  const outcomes: Outcome[] = [];
  for (const run of runs) outcomes.push(await outcomeOf(run, files));
  parentPort?.postMessage(outcomes);
});

async function outcomeOf({ argv, env = ENV, isTTY = false }: Run, files: Files): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  const output = (name: keyof typeof written) => ({
    isTTY,
    columns: 100,
    write: (text: string, done?: () => void) => {
      written[name] += text;
      done?.();
    },
  });
  end = new AbortController();
  const timer = setTimeout(() => end.abort(), MOST);
  // The AWS SDK reads them too.
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, env);
  const exitCode = await program.main(argv, {
    stdin: stdinOf(files['map.yaml'] ?? ''),
    stdout: output('stdout'),
    stderr: output('stderr'),
    env,
    cwd: folder,
    signal: end.signal,
    timing: { now: () => 0, sleep: () => new Promise((done) => setImmediate(done)) },
  });
  clearTimeout(timer);
  const changed = Object.entries({ ...written, ...restored(files) });
  const texts = changed.map(([name, text]) => `--- ${name}\n${masked(text)}\n`);
  return { exitCode, text: `--- exit code ${exitCode}\n${texts.join('')}` };
}

async function* stdinOf(text: string) {
  yield new TextEncoder().encode(text);
}

/** Removes expected differences: this folder, ports, and source positions in stack traces. */
function masked(text: string): string {
  return text
    .replaceAll(folder, 'FOLDER')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(/^ {4}at .*\n/gm, '');
}

/** Makes the folder contain exactly these files. */
function write(files: Files): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder))
    if (!(name in files)) rmSync(join(folder, name), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

/** Reads the files that a run wrote, and removes them. */
function restored(files: Files): Files {
  const texts = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);
  const changed = texts.filter(([name, text]) => files[name] !== text);
  if (changed.length > 0 || texts.length < Object.keys(files).length) write(files);
  return Object.fromEntries(changed);
}
