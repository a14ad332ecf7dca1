import type { Clock } from '../io.ts';
import { memo } from '../memo.ts';
import type { Operation } from './answers.ts';
import type { CallTarget, Service } from './failure.ts';

/** How often something may be called: so many at once, then so many per second. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
  /** Holds from the first throttle on: for a list whose pages come one after the other, and are seldom that fast. */
  readonly onceThrottled?: true;
  /** In any second, bursts included. */
  readonly most?: number;
}

// Just under what AWS documents:
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
 * Of each operation in an account and region. AWS publishes none: DescribeCluster took about 80 of 100 calls at once (fidelity/kconnect
 * issue 751), and nodes that join share it, so this takes little of it.
 */
const EKS: Rate = { perSecond: 9.6, burst: 5 };
/** Half of what an account has in a region, for others call STS too. */
const ASSUME_ROLE: Rate = { perSecond: 298, burst: 60, most: 300 };

/** How many calls may await their answers at a time. */
export interface Width {
  readonly start: number;
  readonly most: number;
}

/** That of STS, and of IAM. */
export const WIDTH: Width = { start: 16, most: 64 };

/** What a call has to wait for: its turn, and room among those that await their answers. */
interface Waits {
  readonly pace: RateLimiter | undefined;
  readonly room: ConcurrencyLimit | undefined;
}

type LimitedTarget = Pick<CallTarget, 'service' | 'region' | 'accountId'>;

interface Pace {
  readonly key: string;
  readonly rate: Rate;
}

/** The limits of a run, one for each that AWS has. Where AWS documents none, or one that few runs reach, the width adapts instead. */
export class CallLimits {
  private readonly limiter = memo(
    ({ rate }: Pace) => new RateLimiter(rate, this.clock),
    ({ key }) => key,
  );
  private readonly rooms: Partial<Record<Service, ConcurrencyLimit>>;
  private readonly clock: Clock;

  /** @param width of STS, and of IAM */
  constructor(width: Width, clock: Clock) {
    this.clock = clock;
    this.rooms = { sts: new ConcurrencyLimit(width), iam: new ConcurrencyLimit(width) };
  }

  of(target: LimitedTarget, operation: Operation): Waits {
    const pace = paceOf(target, operation);
    return { pace: pace && this.limiter(pace), room: this.rooms[target.service] };
  }
}

/** The rate of a call, and what shares it: calls of one key. */
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

/** After a throttle the rate falls to this part of itself, at most to `FLOOR` of the full one. */
const BACK_OFF = 0.7;
const FLOOR = 0.2;
/** The full rate would come back from nothing in the time of so many calls, but with no more than this part of itself a second. */
const CALLS_TO_RECOVER = 200;
const FASTEST_RECOVERY = 1;

/**
 * Hands out turns at a steady rate: staying below AWS's limit is better than being throttled and asking again. When AWS throttles
 * all the same (others share the limit), it slows down for a while.
 */
export class RateLimiter {
  private readonly rate: Rate;
  private readonly clock: Clock;
  private isPaced: boolean;
  private factor = 1;
  private slowdowns = 0;
  private lastSlowdown = Number.NEGATIVE_INFINITY;
  /** Settled once the last turn that was asked for has come. */
  private queue: Promise<void> = Promise.resolve();
  /** When the turns of the last second were, where their number is limited. */
  private readonly turns: number[] = [];
  /** When the next turn would be due if there were no bursts. */
  private due = Number.NEGATIVE_INFINITY;

  constructor(rate: Rate, clock: Clock) {
    this.rate = rate;
    this.clock = clock;
    this.isPaced = !rate.onceThrottled;
  }

  /**
   * Resolves when it is the caller's turn, first come first served.
   * @param enter waited for by the first in the queue, before its turn: a turn is for a call that goes out then
   * @returns what `slowDown` is to be told if that call is throttled
   */
  async turn(signal: AbortSignal, enter = async () => {}): Promise<number> {
    // Whoever waits has no turn yet, so that a slowdown holds for all of them.
    const turn = this.queue.then(enter).then(() => this.next(signal));
    this.queue = turn.catch(() => {});
    await turn;
    return this.slowdowns;
  }

  /**
   * Calls that were under way together and are throttled together say so once: what went out before the last slowdown is no news.
   * @param since what `turn` returned
   * @param pause milliseconds that AWS wants to be left alone
   */
  slowDown(since: number, pause = 0): void {
    const now = this.clock.now();
    if (since === this.slowdowns) {
      if (this.isPaced) this.factor = Math.max(FLOOR, this.currentFactor(now) * BACK_OFF);
      this.isPaced = true;
      this.slowdowns += 1;
      this.lastSlowdown = now;
    }
    // AWS has nothing left, so there is no burst either.
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

  /** Until one more is not too many in a second. */
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

/** So many more calls with each round of answers, once AWS has throttled. */
const MORE_PER_ROUND = 4;

/** How a call ended, as far as the next ones are concerned: with an answer, throttled, or without either. */
export type CallEnd = 'answered' | 'throttled' | 'failed';

/**
 * Lets so many calls await their answers at a time, and finds out how many: twice as many with every round of answers until AWS
 * throttles for the first time, a few more with every round from then on, and half as many after a throttle.
 */
export class ConcurrencyLimit {
  private readonly most: number;
  private width: number;
  private narrowings = 0;
  private inFlight = 0;
  // p-limit's queue is a linked list: its dead links that V8 holds for old would keep answers in memory that nobody needs.
  private readonly waiting: (() => void)[] = [];

  constructor({ start, most }: Width) {
    this.most = most;
    this.width = Math.min(start, most);
  }

  /**
   * Resolves when there is room for the call, first come first served.
   * @returns what `leave` is to be told
   */
  async enter(): Promise<number> {
    if (this.hasRoom()) this.inFlight += 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.narrowings;
  }

  /** @param since what `enter` returned: of calls that are throttled together, only the first one narrows it */
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

  /** A width that is not used says nothing about a larger one. */
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
