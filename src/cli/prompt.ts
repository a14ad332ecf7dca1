import { closeSync, openSync, writeSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { ReadStream } from 'node:tty';

interface Asking {
  readonly signal: AbortSignal;
  /** Ctrl-C: without echo the terminal sends no signal of its own. */
  readonly interrupt: () => void;
  readonly platform: NodeJS.Platform;
  /** Opens what the question is asked on; undefined where there is none. */
  readonly open?: (platform: NodeJS.Platform) => Terminal | undefined;
}

/** Where a question is shown and answered. */
interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly write: (text: string) => void;
  readonly close: () => void;
}

/** Asks on the terminal of the process, whatever stdin and stdout are, without echo. An end of input is an empty answer. */
export async function askOnTerminal(
  question: string,
  { signal, interrupt, platform, open = openTerminal }: Asking,
): Promise<string | undefined> {
  signal.throwIfAborted();
  const terminal = open(platform);
  if (!terminal) return undefined;
  const { input, write, close } = terminal;
  // In raw mode nothing is echoed, and what readline itself would show goes nowhere. Before the question, for quick fingers.
  const hidden = createInterface({ input, output: nowhere(), terminal: true });
  write(question);
  const answer = await answerTo(hidden, signal, () => {
    hidden.close();
    write('\n');
    close();
  });
  if (answer !== undefined) return answer;
  interrupt();
  throw signal.reason;
}

/**
 * The line that is typed; empty at an end of input, undefined for Ctrl-C.
 * @param done gives the terminal back, before anything else is shown on it
 */
function answerTo(hidden: Interface, signal: AbortSignal, done: () => void): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      signal.removeEventListener('abort', onAbort);
      hidden.removeAllListeners('close');
      done();
      end();
    };
    const onAbort = () => settle(() => reject(signal.reason));
    signal.addEventListener('abort', onAbort);
    hidden.once('line', (line) => settle(() => resolve(line)));
    // At Ctrl-D, and where the terminal goes away.
    for (const end of ['close', 'error']) hidden.once(end, () => settle(() => resolve('')));
    hidden.once('SIGINT', () => settle(() => resolve(undefined)));
    // Else Ctrl-Z would stop this process alone, and leave the rest of a pipe waiting.
    hidden.on('SIGTSTP', () => {});
  });
}

function openTerminal(platform: NodeJS.Platform): Terminal | undefined {
  const [read, written] =
    platform === 'win32' ? ['\\\\.\\CONIN$', '\\\\.\\CONOUT$'] : ['/dev/tty', '/dev/tty'];
  try {
    // Written to as well: else Windows refuses raw mode.
    const input = new ReadStream(openSync(read, 'r+'));
    const output = openSync(written, 'r+');
    const close = () => {
      input.destroy();
      closeSync(output);
    };
    return { input, write: (text) => writeSync(output, text), close };
  } catch {
    return undefined;
  }
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
