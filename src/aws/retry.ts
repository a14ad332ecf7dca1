import { Failure } from '../errors.ts';
import type { Timing } from '../io.ts';
import { type Expected, requireAgreement } from './agreement.ts';
import { type Answer, checkedAnswer, type Operation } from './answers.ts';
import type { AwsCall, CallTarget } from './failure.ts';
import { type CallEnd, CallLimits, WIDTH, type Width } from './rate-limit.ts';
import { type Classified, classify, translate } from './translate-error.ts';

/** A request about to be sent. */
export interface OutgoingCall extends Omit<AwsCall, 'profile'> {
  readonly operation: Operation;
  /** 1 for the first attempt. */
  readonly attempt: number;
}

interface RetryHooks {
  readonly onCall?: ((call: OutgoingCall) => void) | undefined;
  readonly onThrottle?: (() => void) | undefined;
}

export const TIMING: Timing = { timeout: 15_000, deadline: 60_000, now: () => performance.now(), sleep };

type Send = () => Promise<unknown>;

/** A call's remaining time, in milliseconds. */
interface Budget {
  /** For its attempts. */
  left: number;
  /** For pauses that AWS requests. */
  pauses: number;
}

/** Most attempts for a call, by its last error. */
const ATTEMPTS = { usual: 9, timeout: 3, unreachable: 3, invalidResponse: 4 };
/** Maximum pause in milliseconds before the second attempt; it doubles for each further one. */
const FIRST_PAUSE = { throttled: 400, other: 100 };
const LONGEST_PAUSE = 8_000;
const UNREACHABLE = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * Sends calls in turn, retries failures of AWS or the network and invalid responses, and sends none after the signal.
 * The SDK's own retries are off (`maxAttempts: 1`): its retry quota gives up when many calls fail at once, and it
 * doesn't retry truncated responses.
 */
export class Retrier {
  readonly signal: AbortSignal;
  readonly timing: Timing;
  private readonly limits: CallLimits;
  private readonly hooks: RetryHooks;

  constructor(signal: AbortSignal, hooks: RetryHooks, timing: Partial<Timing> = {}, width: Width = WIDTH) {
    this.signal = signal;
    this.hooks = hooks;
    this.timing = { ...TIMING, ...timing };
    this.limits = new CallLimits(width, this.timing);
  }

  /**
   * @param send makes one attempt
   * @param asked what the answer must agree with; only tests omit it
   * @returns the checked answer
   * @throws AwsFailure, or `interrupted` after the signal
   */
  async call<Name extends Operation>(
    target: CallTarget,
    operation: Name,
    send: Send,
    asked?: Expected,
  ): Promise<Answer<Name>> {
    const budget = { left: this.timing.deadline, pauses: this.timing.deadline };
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = checkedAnswer(
          operation,
          await this.attempt({ ...target, operation, attempt }, send, budget),
        );
        if (asked) requireAgreement(operation, answer, asked);
        return answer;
      } catch (error) {
        if (this.signal.aborted) throw interrupted();
        const problem = classify(error);
        if (attempt >= attemptsFor(problem) || budget.left <= 0)
          throw translate(error, { ...target, operation });
        const asked = Math.min(problem.askedPause, budget.pauses);
        budget.pauses -= asked;
        await this.timing.sleep(asked + pauseBefore(attempt, problem), this.signal);
      }
    }
  }

  private async attempt(
    { service, operation, region, accountId, attempt }: OutgoingCall,
    send: Send,
    budget: Budget,
  ): Promise<unknown> {
    const { pace, room } = this.limits.of({ service, region, accountId }, operation);
    let [turn, place] = [0, 0];
    const enter = async () => {
      place = (await room?.enter()) ?? 0;
    };
    if (pace) turn = await pace.turn(this.signal, enter);
    else await enter();
    let end: CallEnd = 'failed';
    try {
      if (this.signal.aborted) throw interrupted();
      this.hooks.onCall?.({ service, operation, region, attempt });
      const answer = await this.withinBudget(send, budget);
      end = 'answered';
      return answer;
    } catch (error) {
      const { kind, isTransient, askedPause } = classify(error);
      if (kind === 'throttled') {
        end = 'throttled';
        pace?.slowDown(turn, Math.min(askedPause, budget.pauses));
        this.hooks.onThrottle?.();
      } else if (!isTransient) end = 'answered';
      throw error;
    } finally {
      room?.leave(end, place);
    }
  }

  /**
   * Stops waiting when the time is up; no other limit catches a response that arrives a byte per second. The request
   * itself ends with the connections: with a signal, the SDK would rebuild its middleware for each call, a fifth of all
   * memory a run allocates.
   */
  private async withinBudget(send: Send, budget: Budget): Promise<unknown> {
    const started = performance.now();
    const late = `no complete response within ${this.timing.deadline / 1000} s`;
    try {
      return await orAbort(inTime(send(), budget.left, late), this.signal);
    } catch (error) {
      if (error instanceof TimeUp) budget.left = 0;
      throw error;
    } finally {
      budget.left -= performance.now() - started;
    }
  }
}

function attemptsFor({ kind, code, isTransient, isTimeout }: Classified): number {
  if (!isTransient) return 1;
  if (kind === 'invalid-response' || kind === 'contradiction') return ATTEMPTS.invalidResponse;
  if (UNREACHABLE.has(code)) return ATTEMPTS.unreachable;
  return isTimeout ? ATTEMPTS.timeout : ATTEMPTS.usual;
}

/** A random pause, so that callers that failed together don't retry together; its maximum doubles each time. */
function pauseBefore(attempt: number, { kind }: Classified): number {
  const first = kind === 'throttled' ? FIRST_PAUSE.throttled : FIRST_PAUSE.other;
  return Math.random() * Math.min(LONGEST_PAUSE, first * 2 ** (attempt - 1));
}

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
class TimeUp extends Error {
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

function abortable<T>(
  signal: AbortSignal,
  start: (resolve: (value: T) => void, reject: (reason: unknown) => void) => () => void,
): Promise<T> {
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
