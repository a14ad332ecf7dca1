import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** A running moto server, private to its caller. */
export interface MotoServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

type Server = ChildProcessByStdio<Writable, Readable, Readable>;

const PROGRAM = fileURLToPath(new URL('./server.py', import.meta.url));
const WITHOUT_PYTHON =
  "python3 is missing. Install Python 3, then moto: python3 -m pip install 'moto[server]>=5'";

/**
 * Starts moto on a free loopback port.
 * @throws Error that names what to install if python3 or moto 5 is missing
 */
export async function startMoto(homeRegion: string): Promise<MotoServer> {
  const child = spawn('python3', [PROGRAM, homeRegion], { stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const url = await urlOf(child);
  child.stderr.pipe(process.stderr);
  return {
    url,
    close: async () => {
      child.kill();
      await exited;
    },
  };
}

async function urlOf(child: Server): Promise<string> {
  const started = new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? withoutStack(WITHOUT_PYTHON) : error),
    );
  });
  await started;
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw withoutStack(`moto did not start: ${(await text(child.stderr)).trim()}`);
}

/** An error without a stack: a missing tool isn't a bug, so its location in the code would be noise. */
function withoutStack(message: string): Error {
  const error = new Error(message);
  error.stack = '';
  return error;
}
