import { closeSync, openSync, writeSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { ReadStream } from 'node:tty';

/** Where a question is shown and answered. */
interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly write: (text: string) => void;
  readonly close: () => void;
}

/**
 * Asks on the process's terminal without echo, even if stdin is redirected. End of input is an empty answer; undefined if
 * there is no terminal.
 * @param interrupt called on Ctrl-C: in raw mode the terminal sends no signal
 */
export async function askOnTerminal(
  question: string,
  signal: AbortSignal,
  interrupt: () => void,
  platform: NodeJS.Platform,
  open: (platform: NodeJS.Platform) => Terminal | undefined = openTerminal,
): Promise<string | undefined> {
  signal.throwIfAborted();
  const terminal = open(platform);
  if (!terminal) return undefined;
  const { input, write, close } = terminal;
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  // Raw mode echoes nothing, and readline's own output is discarded. Before the question, so that no early key is echoed.
  const hidden = createInterface({ input, output, terminal: true });
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
 * The typed line; empty at end of input, undefined after Ctrl-C.
 * @param done releases the terminal, before anything else is shown on it
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
    // On Ctrl-D, and if the terminal disappears.
    for (const end of ['close', 'error']) hidden.once(end, () => settle(() => resolve('')));
    hidden.once('SIGINT', () => settle(() => resolve(undefined)));
    // Ctrl-Z would stop only this process, and leave the rest of the pipeline waiting.
    hidden.on('SIGTSTP', () => {});
  });
}

function openTerminal(platform: NodeJS.Platform): Terminal | undefined {
  const [read, written] =
    platform === 'win32' ? ['\\\\.\\CONIN$', '\\\\.\\CONOUT$'] : ['/dev/tty', '/dev/tty'];
  try {
    // Opened for writing too: otherwise Windows refuses raw mode.
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
