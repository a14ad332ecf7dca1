import { type Ask, type Output, processIo } from '../io.ts';
import { main } from './main.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Milliseconds to wait for stdout and stderr to be flushed. */
const FLUSH_TIME = 200;

/**
 * Runs the program on the real process and ends it. Whatever still runs then, such as a credential process that hangs or the read
 * of a pipe that nobody writes to, must not hold up the end; so the process is ended, once its streams are flushed.
 * @param name what the program is called
 */
export async function runProcess(host: NodeJS.Process, name: string): Promise<void> {
  const end = new AbortController();
  // Before any command is loaded, so that a signal in the first milliseconds is an interruption too.
  for (const signal of SIGNALS) host.once(signal, () => end.abort());
  // The AWS SDK would print that it wants a newer Node; read when its first client is made.
  host.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  // An error that nothing awaits must not end the program with exit 1, as if it had found differences.
  const crash = (cause: unknown) => end.abort(new Error('uncaught', { cause }));
  host.on('uncaughtException', crash);
  host.once('beforeExit', () => crash(new Error('nothing is left to wait for')));
  const ask: Ask = async (question, signal) => {
    const { askOnTerminal } = await import('./terminal.ts');
    return askOnTerminal(question, { signal, interrupt: () => end.abort(), platform: host.platform });
  };
  const exitCode = await main(host.argv.slice(2), processIo(host, end.signal, ask), name);
  await Promise.race([Promise.all([host.stdout, host.stderr].map(flushed)), sleep(FLUSH_TIME)]);
  host.exit(exitCode);
}

function flushed(output: Output): Promise<void> {
  return new Promise((done) => output.write('', () => done()));
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds).unref());
}
