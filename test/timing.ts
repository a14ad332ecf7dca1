import { sleep } from '../src/aws/retry.ts';
import type { Timing } from '../src/io.ts';

/** Rates and pauses cost no time: the fake has no limits unless it is told. */
export const NO_WAITS: Partial<Timing> = { sleep: (_, signal) => sleep(0, signal) };

/** Time that goes by so many times as fast: rates are kept, a second of them in a fraction of one. For both sides of a limit. */
export function fasterTime(factor: number): Pick<Timing, 'now' | 'sleep'> {
  return {
    now: () => performance.now() * factor,
    sleep: (milliseconds, signal) => sleep(milliseconds / factor, signal),
  };
}
