import type { Clock } from '../io.ts';
import { memo } from '../memo.ts';
import type { Operation } from './answers.ts';
import type { CallTarget, Service } from './failure.ts';

/** A rate limit: a burst at once, then a number of calls per second. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
  /** Applies only after the first throttle: for a list whose pages come one by one, and rarely that fast. */
  readonly onceThrottled?: true;
  /** Most calls in any second, bursts included. */
  readonly most?: number;
}

// Just under AWS's documented limits:
// https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html (20 per second for all of sso-admin together),
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html.
const SSO_ADMIN: Rate = { perSecond: 19.3, burst: 6 };
const IDENTITY_STORE: Rate = { perSecond: 19.3, burst: 3 };
const TREE: Rate = { perSecond: 4.8, burst: 7 };
const ORGANIZATIONS: Partial<Record<Operation, Rate>> = {
  ListAccounts: { perSecond: 7.8, burst: 11, onceThrottled: true },
  ListAccountsForParent: TREE,
  ListOrganizationalUnitsForParent: TREE,
  ListParents: TREE,
  DescribeOrganizationalUnit: { perSecond: 1.9, burst: 2 },
};
const ORGANIZATIONS_OTHER: Rate = { perSecond: 0.95, burst: 2 };
/**
 * Per operation, account and region. AWS publishes no limit: DescribeCluster accepted about 80 of 100 calls at once
 * (fidelity/kconnect issue 751). Joining nodes share the limit, so this uses little of it.
 */
const EKS: Rate = { perSecond: 9.6, burst: 5 };
/** Half of an account's limit in a region, because others call STS too. */
const ASSUME_ROLE: Rate = { perSecond: 298, burst: 60, most: 300 };

/** How many calls may be in flight at a time. */
export interface Width {
  readonly start: number;
  readonly most: number;
}

/** The width for STS, for IAM and for EKS. */
export const WIDTH: Width = { start: 16, most: 64 };

type LimitedTarget = Pick<CallTarget, 'service' | 'region' | 'accountId'>;

interface Pace {
  readonly key: string;
  readonly rate: Rate;
}

/**
 * A run's limits, one per AWS limit. Without a documented limit, or with one that few runs reach, the width adapts
 * instead.
 */
export class CallLimits {
  private readonly limiter = memo(
    ({ rate }: Pace) => new RateLimiter(rate, this.clock),
    ({ key }) => key,
  );
  private readonly rooms: Partial<Record<Service, ConcurrencyLimit>>;
  private readonly clock: Clock;

  /** @param width for STS, for IAM and for EKS */
  constructor(width: Width, clock: Clock) {
    this.clock = clock;
    this.rooms = {
      sts: new ConcurrencyLimit(width),
      iam: new ConcurrencyLimit(width),
      // Its rates are per account and region, and a run may read hundreds of those.
      eks: new ConcurrencyLimit(width),
    };
  }

  /** Conditions for a call: its turn, and room among the calls in flight. */
  of(
    target: LimitedTarget,
    operation: Operation,
  ): { readonly pace: RateLimiter | undefined; readonly room: ConcurrencyLimit | undefined } {
    const pace = paceOf(target, operation);
    return { pace: pace && this.limiter(pace), room: this.rooms[target.service] };
  }
}

/** A call's rate; calls with the same key share it. */
function paceOf({ service, region, accountId }: LimitedTarget, operation: Operation): Pace | undefined {
  switch (service) {
    case 'sso-admin':
      return { key: service, rate: SSO_ADMIN };
    case 'identitystore':
      return { key: operation, rate: IDENTITY_STORE };
    case 'organizations':
      return { key: operation, rate: ORGANIZATIONS[operation] ?? ORGANIZATIONS_OTHER };
    case 'sts':
      return operation === 'AssumeRole' ? { key: operation, rate: ASSUME_ROLE } : undefined;
    case 'eks':
      return { key: `${operation} ${accountId} ${region}`, rate: EKS };
    case 'iam':
      return undefined;
  }
}

/** A throttle multiplies the rate by `BACK_OFF`, down to `FLOOR` of the full rate. */
const BACK_OFF = 0.7;
const FLOOR = 0.2;
/**
 * A rate of zero would fully recover in the time of this many calls, but by no more than `FASTEST_RECOVERY` per second.
 */
const CALLS_TO_RECOVER = 200;
const FASTEST_RECOVERY = 1;

/**
 * Grants turns at a steady rate: staying below AWS's limit beats being throttled and retrying. If AWS throttles anyway
 * (others share the limit), it slows down for a while.
 */
export class RateLimiter {
  private readonly rate: Rate;
  private readonly clock: Clock;
  private isPaced: boolean;
  private factor = 1;
  private slowdowns = 0;
  private lastSlowdown = Number.NEGATIVE_INFINITY;
  /** Settles when the last requested turn has come. */
  private queue: Promise<void> = Promise.resolve();
  /** Times of the last second's turns, if their number is limited. */
  private readonly turns: number[] = [];
  /** Time of the next turn without bursts. */
  private due = Number.NEGATIVE_INFINITY;

  constructor(rate: Rate, clock: Clock) {
    this.rate = rate;
    this.clock = clock;
    this.isPaced = !rate.onceThrottled;
  }

  /**
   * Resolves when it is the caller's turn, first come, first served.
   * @param enter awaited by the first in the queue before its turn, so that the call goes out at its turn
   * @returns the value to pass to `slowDown` if the call is throttled
   */
  async turn(signal: AbortSignal, enter = async () => {}): Promise<number> {
    // Waiting callers have no turn yet, so a slowdown applies to all of them.
    const turn = this.queue.then(enter).then(() => this.next(signal));
    this.queue = turn.catch(() => {});
    await turn;
    return this.slowdowns;
  }

  /**
   * Slows down once for calls that were in flight together: a throttle of a call sent before the last slowdown is old
   * news.
   * @param since the value that `turn` returned
   * @param pause milliseconds that AWS asks to wait
   */
  slowDown(since: number, pause = 0): void {
    const now = this.clock.now();
    if (since === this.slowdowns) {
      if (this.isPaced) this.factor = Math.max(FLOOR, this.currentFactor(now) * BACK_OFF);
      this.isPaced = true;
      this.slowdowns += 1;
      this.lastSlowdown = now;
    }
    // AWS has no capacity left, so no burst either.
    this.due = Math.max(this.due, now + pause + this.rate.burst * this.interval(now));
  }

  private async next(signal: AbortSignal): Promise<void> {
    if (!this.isPaced) return;
    const now = this.clock.now();
    const wait = Math.max(this.untilDue(now), this.untilFewer(now));
    if (wait > 0) await this.clock.sleep(wait, signal);
    if (this.rate.most !== undefined) this.turns.push(this.clock.now());
  }

  private untilDue(now: number): number {
    const interval = this.interval(now);
    const due = Math.max(this.due, now);
    this.due = due + interval;
    return due - (this.rate.burst - 1) * interval - now;
  }

  /** Time until one more call fits into a second. */
  private untilFewer(now: number): number {
    while ((this.turns[0] ?? now) <= now - 1000) this.turns.shift();
    const oldest = this.turns[this.turns.length - (this.rate.most ?? 0)];
    return oldest === undefined ? 0 : oldest + 1000 - now;
  }

  private interval(now: number): number {
    return 1000 / (this.rate.perSecond * this.currentFactor(now));
  }

  private currentFactor(now: number): number {
    const perSecond = Math.min(FASTEST_RECOVERY, this.rate.perSecond / CALLS_TO_RECOVER);
    return Math.min(1, this.factor + ((now - this.lastSlowdown) / 1000) * perSecond);
  }
}

/** Extra calls in flight per round of answers, after the first throttle. */
const MORE_PER_ROUND = 4;

/** How a call ended, for the next ones: with an answer, throttled, or neither. */
export type CallEnd = 'answered' | 'throttled' | 'failed';

/**
 * Limits the calls in flight and adapts the limit: it doubles with every round of answers until the first throttle,
 * then grows by a few calls per round, and halves after each throttle.
 */
export class ConcurrencyLimit {
  private readonly most: number;
  private width: number;
  private narrowings = 0;
  private inFlight = 0;
  // p-limit's queue is a linked list: dead links in V8's old generation would keep unneeded answers in memory.
  private readonly waiting: (() => void)[] = [];

  constructor({ start, most }: Width) {
    this.most = most;
    this.width = Math.min(start, most);
  }

  /**
   * Resolves when there is room for the call, first come, first served.
   * @returns the value to pass to `leave`
   */
  async enter(): Promise<number> {
    if (this.hasRoom()) this.inFlight += 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.narrowings;
  }

  /**
   * @param since the value that `enter` returned: only the first of several calls throttled together narrows the limit
   */
  leave(end: CallEnd, since: number): void {
    if (end === 'answered') this.widen();
    if (end === 'throttled' && since === this.narrowings) this.narrow();
    this.inFlight -= 1;
    while (this.hasRoom()) {
      const next = this.waiting.shift();
      if (!next) return;
      this.inFlight += 1;
      next();
    }
  }

  /** Widens only if the width is fully used: otherwise nothing is known about a larger one. */
  private widen(): void {
    if (this.inFlight < Math.floor(this.width)) return;
    this.width = Math.min(this.most, this.width + (this.narrowings === 0 ? 1 : MORE_PER_ROUND / this.width));
  }

  private narrow(): void {
    this.narrowings += 1;
    this.width = Math.max(1, this.width / 2);
  }

  private hasRoom(): boolean {
    return this.inFlight < Math.floor(this.width);
  }
}
