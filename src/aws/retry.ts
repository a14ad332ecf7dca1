import type { Timing } from '../io.ts';
import { interrupted, orAbort, sleep } from './abort.ts';
import { type Answer, checkedAnswer, type Operation } from './answers.ts';
import type { AwsCall, CallTarget } from './failure.ts';
import { RateLimiters } from './rate-limit.ts';
import { codeOf, isTransient, kindOf, translate } from './translate-error.ts';

/** A request on its way out. */
export interface OutgoingCall extends Omit<AwsCall, 'profile'> {
  /** 1 for the first, more for a retry. */
  readonly attempt: number;
}

interface RetryHooks {
  readonly onCall?: ((call: OutgoingCall) => void) | undefined;
  readonly onThrottle?: (() => void) | undefined;
}

export const TIMING: Timing = { timeout: 15_000, deadline: 60_000, now: () => performance.now(), sleep };

type Send = (options: { abortSignal: AbortSignal }) => Promise<unknown>;

/** How often a call is tried, by what went wrong last. */
const ATTEMPTS = { usual: 9, timeout: 3, unreachable: 3, invalidResponse: 4 };
/** Milliseconds before the second attempt, at most; it doubles from there. */
const FIRST_PAUSE = { throttled: 400, other: 100 };
const LONGEST_PAUSE = 8_000;
const UNREACHABLE = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * Sends calls: each in its turn, again when AWS or the network failed or the response is invalid, and none after the signal.
 * The SDK's own retries are off (`maxAttempts: 1`): its retry quota gives up when many calls fail at once, and it knows nothing of
 * truncated responses.
 */
export class Retrier {
  readonly signal: AbortSignal;
  readonly timing: Timing;
  private readonly limiters: RateLimiters;
  private readonly hooks: RetryHooks;

  constructor(signal: AbortSignal, hooks: RetryHooks, timing: Partial<Timing> = {}) {
    this.signal = signal;
    this.hooks = hooks;
    this.timing = { ...TIMING, ...timing };
    this.limiters = new RateLimiters(this.timing);
  }

  /**
   * @param send makes the call once; it is handed the options for the SDK's `send`
   * @returns what the operation must return, checked
   * @throws AwsFailure, or `interrupted` after the signal
   */
  async call<Name extends Operation>(target: CallTarget, operation: Name, send: Send): Promise<Answer<Name>> {
    const budget = { left: this.timing.deadline };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return checkedAnswer(operation, await this.attempt({ ...target, operation, attempt }, send, budget));
      } catch (error) {
        if (this.signal.aborted) throw interrupted();
        if (attempt >= attemptsFor(error) || budget.left <= 0)
          throw translate(error, { ...target, operation });
        await this.timing.sleep(pauseBefore(attempt, error), this.signal);
      }
    }
  }

  private async attempt(
    { service, operation, region, attempt }: OutgoingCall,
    send: Send,
    budget: { left: number },
  ): Promise<unknown> {
    const limiter = this.limiters.of(service, operation);
    await limiter?.turn(this.signal);
    if (this.signal.aborted) throw interrupted();
    this.hooks.onCall?.({ service, operation, region, attempt });
    try {
      return await this.withinBudget(send, budget);
    } catch (error) {
      if (kindOf(error) === 'throttled') {
        limiter?.slowDown();
        this.hooks.onThrottle?.();
      }
      throw error;
    }
  }

  /** Ends the request when the time is up: an answer that drips in, a byte a second, meets no other limit. */
  private async withinBudget(send: Send, budget: { left: number }): Promise<unknown> {
    const ending = new AbortController();
    const end = () => ending.abort();
    this.signal.addEventListener('abort', end, { once: true });
    const started = performance.now();
    const timer = setTimeout(end, budget.left);
    try {
      return await orAbort(send({ abortSignal: ending.signal }), ending.signal);
    } catch (error) {
      throw ending.signal.aborted && !this.signal.aborted ? this.late() : error;
    } finally {
      clearTimeout(timer);
      this.signal.removeEventListener('abort', end);
      budget.left = ending.signal.aborted ? 0 : budget.left - (performance.now() - started);
    }
  }

  private late(): Error {
    const error = new Error(`no complete response within ${this.timing.deadline / 1000} s`);
    error.name = 'TimeoutError';
    return error;
  }
}

function attemptsFor(error: unknown): number {
  if (!isTransient(error)) return 1;
  if (kindOf(error) === 'invalid-response') return ATTEMPTS.invalidResponse;
  if (UNREACHABLE.has(codeOf(error))) return ATTEMPTS.unreachable;
  return isTimeout(error) ? ATTEMPTS.timeout : ATTEMPTS.usual;
}

/** The SDK calls a connection that was reset a timeout too; only the code tells them apart. */
function isTimeout(error: unknown): boolean {
  const code = codeOf(error);
  return error instanceof Error && error.name === 'TimeoutError' && code !== 'ECONNRESET' && code !== 'EPIPE';
}

/** Anything between nothing and twice as long as the last time, so that callers who failed together do not return together. */
function pauseBefore(attempt: number, error: unknown): number {
  const first = kindOf(error) === 'throttled' ? FIRST_PAUSE.throttled : FIRST_PAUSE.other;
  return Math.random() * Math.min(LONGEST_PAUSE, first * 2 ** (attempt - 1));
}
