import { interrupted, orAbort, sleep } from './abort.ts';
import type { AwsFailure, Service } from './failure.ts';
import { Pacers } from './rates.ts';
import { codeOf, isTransient, kindOf, translate } from './translate.ts';

/** A request on its way out. */
export interface OutgoingCall {
  readonly service: Service;
  readonly operation: string;
  readonly region: string;
  /** 1 for the first, more for a retry. */
  readonly attempt: number;
}

export interface CallerHooks {
  readonly onCall?: ((call: OutgoingCall) => void) | undefined;
  readonly onThrottle?: (() => void) | undefined;
}

/** Where a call goes and with whose credentials. */
export interface CallTarget {
  readonly service: Service;
  readonly region: string;
  readonly profile: string | null;
}

/** How often a call is tried, by what went wrong last. */
const ATTEMPTS = { usual: 9, timeout: 3, unreachable: 3 };
/** Milliseconds before the second attempt, at most; it doubles from there. */
const FIRST_PAUSE = { throttled: 400, other: 100 };
const LONGEST_PAUSE = 8_000;
const UNREACHABLE = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * Sends calls: each in its turn, again when AWS or the network failed, and none after the signal. The SDK's own retries are off
 * (`maxAttempts: 1`): its retry quota gives up when many calls fail at once, and it knows nothing of answers that were cut off.
 */
export class Caller {
  readonly signal: AbortSignal;
  private readonly pacers = new Pacers();
  private readonly hooks: CallerHooks;

  constructor(signal: AbortSignal, hooks: CallerHooks) {
    this.signal = signal;
    this.hooks = hooks;
  }

  /**
   * @param send makes the call once; it is handed the options for the SDK's `send`
   * @throws AwsFailure, or `interrupted` after the signal
   */
  async call<T>(
    target: CallTarget,
    operation: string,
    send: (options: { abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt({ ...target, operation, attempt }, send);
      } catch (error) {
        if (this.signal.aborted) throw interrupted();
        if (attempt >= attemptsFor(error)) throw failure(error, target, operation);
        await sleep(pauseBefore(attempt, error), this.signal);
      }
    }
  }

  private async attempt<T>(
    { service, operation, region, attempt }: OutgoingCall,
    send: (options: { abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const pacer = this.pacers.of(service, operation);
    await pacer?.turn(this.signal);
    if (this.signal.aborted) throw interrupted();
    this.hooks.onCall?.({ service, operation, region, attempt });
    try {
      return await orAbort(send({ abortSignal: this.signal }), this.signal);
    } catch (error) {
      if (kindOf(error) === 'throttled') {
        pacer?.slowDown();
        this.hooks.onThrottle?.();
      }
      throw error;
    }
  }
}

function failure(error: unknown, { service, profile }: CallTarget, operation: string): AwsFailure {
  return translate(error, { service, operation, profile });
}

function attemptsFor(error: unknown): number {
  if (!isTransient(error)) return 1;
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
