import { Failure } from '../errors.ts';

/** Exit 130: somebody pressed Ctrl-C. */
export function interrupted(): Failure {
  return new Failure(130, [{ message: 'interrupted', help: 'Nothing was written.' }]);
}

/** Waits; ends at once, with `interrupted`, when the signal is aborted. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return abortable(signal, (done) => {
    const timer = setTimeout(done, milliseconds);
    return () => clearTimeout(timer);
  });
}

/**
 * A promise that the signal ends too: some of what the SDK does (finding credentials) listens to no signal. Whatever becomes of the
 * promise itself after that is nobody's concern any more, and no unhandled rejection.
 */
export function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => {});
  return abortable<T>(signal, (resolve, reject) => {
    promise.then(resolve, reject);
    return () => {};
  });
}

/** What `inTime` fails with; the SDK's own have the same name. */
export class TimeUp extends Error {
  override readonly name = 'TimeoutError';
}

/** A promise that fails with `TimeUp` after so many milliseconds. */
export function inTime<T>(
  promise: Promise<T>,
  time: number,
  message = `no answer within ${time / 1000} s`,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TimeUp(message)), time);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

type Start<T> = (resolve: (value: T) => void, reject: (reason: unknown) => void) => () => void;

function abortable<T>(signal: AbortSignal, start: Start<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(interrupted());
    const settle =
      <V>(how: (value: V) => void) =>
      (value: V) => {
        signal.removeEventListener('abort', onAbort);
        how(value);
      };
    const onAbort = () => {
      stop();
      reject(interrupted());
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const stop = start(settle(resolve), settle(reject));
  });
}
