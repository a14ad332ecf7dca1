import { type Sleep, sleep } from './abort.ts';

/** How often something may be called: so many at once, then so many per second. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** After a throttle the rate falls to this part of itself, at most to `FLOOR` of the full one, and comes back by `RECOVERY` of that per second. */
const BACK_OFF = 0.7;
const FLOOR = 0.2;
const RECOVERY = 0.1;

/**
 * Hands out turns at a steady rate: staying below AWS's limit beats being throttled and asking again. When AWS throttles all the
 * same (others share the limit), it slows down for a while.
 */
export class Pacer {
  private readonly rate: Rate;
  private readonly now: () => number;
  private readonly sleep: Sleep;
  private factor = 1;
  private lastSlowdown = Number.NEGATIVE_INFINITY;
  /** When the next turn would be due if there were no bursts. */
  private due = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(rate: Rate, now: () => number = () => performance.now(), wait: Sleep = sleep) {
    this.rate = rate;
    this.now = now;
    this.sleep = wait;
  }

  /** Resolves when it is the caller's turn, first come first served. */
  async turn(signal: AbortSignal): Promise<void> {
    const wait = this.reserve();
    if (wait > 0) await this.sleep(wait, signal);
  }

  /** Takes the next turn; the milliseconds until then. */
  reserve(): number {
    const now = this.now();
    const interval = 1000 / (this.rate.perSecond * this.currentFactor(now));
    const due = Math.max(this.due, now);
    this.due = due + interval;
    return Math.max(0, due - (this.rate.burst - 1) * interval - now);
  }

  slowDown(): void {
    const now = this.now();
    this.factor = Math.max(FLOOR, this.currentFactor(now) * BACK_OFF);
    this.lastSlowdown = now;
  }

  private currentFactor(now: number): number {
    if (this.factor === 1) return 1;
    return Math.min(1, this.factor + ((now - this.lastSlowdown) / 1000) * RECOVERY);
  }
}
