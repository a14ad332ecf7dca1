import { Failure } from '../errors.ts';

/** Exit 130, after Ctrl-C. */
export function interrupted(): Failure {
  return new Failure(130, [{ message: 'interrupted', help: 'Nothing was written.' }]);
}

/** Waits, or throws `interrupted` as soon as the signal aborts. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return abortable(signal, (done) => {
    const timer = setTimeout(done, milliseconds);
    return () => clearTimeout(timer);
  });
}

/**
 * The promise, or `interrupted` as soon as the signal aborts: parts of the SDK (finding credentials) ignore signals.
 * After that, the promise's result is dropped, and its rejection isn't unhandled.
 */
export function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => {});
  return abortable<T>(signal, (resolve, reject) => {
    promise.then(resolve, reject);
    return () => {};
  });
}

/** Thrown by `inTime`; named like the SDK's timeout errors. */
export class TimeUp extends Error {
  override readonly name = 'TimeoutError';
}

/** The promise, or `TimeUp` after `time` milliseconds. */
export function inTime<T>(
  promise: Promise<T>,
  time: number,
  message = `no response within ${time / 1000} s`,
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
