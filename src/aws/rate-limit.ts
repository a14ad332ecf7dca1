import type { Clock } from '../io.ts';
import type { Service } from './failure.ts';
import type { Transport } from './request-handler.ts';

type RequestHandler = Transport['requestHandler'];

/** How often something may be called: so many at once, then so many per second. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

// Just under what AWS documents:
// https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html (20 per second for all of sso-admin together),
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html.
const SSO_ADMIN: Rate = { perSecond: 19.3, burst: 6 };
const IDENTITY_STORE: Rate = { perSecond: 19.3, burst: 3 };
const ORGANIZATIONS: Readonly<Record<string, Rate>> = {
  ListAccounts: { perSecond: 7.8, burst: 11 },
  ListAccountsForParent: { perSecond: 4.8, burst: 7 },
  ListOrganizationalUnitsForParent: { perSecond: 4.8, burst: 7 },
};
/** ListRoots has this limit; that of ListParents and DescribeOrganizationalUnit is not published. */
const ORGANIZATIONS_OTHER: Rate = { perSecond: 0.95, burst: 2 };

/** The rate limiters of a run, one per limit that AWS has; STS and IAM have none that a run could reach. */
export class RateLimiters {
  private readonly limiters = new Map<string, RateLimiter>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  of(service: Service, operation: string): RateLimiter | undefined {
    switch (service) {
      case 'sso-admin':
        return this.limiter(service, SSO_ADMIN);
      case 'identitystore':
        return this.limiter(`${service}:${operation}`, IDENTITY_STORE);
      case 'organizations':
        return this.limiter(`${service}:${operation}`, ORGANIZATIONS[operation] ?? ORGANIZATIONS_OTHER);
      default:
        return undefined;
    }
  }

  private limiter(key: string, rate: Rate): RateLimiter {
    const limiter = this.limiters.get(key) ?? new RateLimiter(rate, this.clock);
    this.limiters.set(key, limiter);
    return limiter;
  }
}

/** After a throttle the rate falls to this part of itself, at most to `FLOOR` of the full one, and comes back by `RECOVERY` of that per second. */
const BACK_OFF = 0.7;
const FLOOR = 0.2;
const RECOVERY = 0.1;

/**
 * Hands out turns at a steady rate: staying below AWS's limit is better than being throttled and asking again. When AWS throttles
 * all the same (others share the limit), it slows down for a while.
 */
export class RateLimiter {
  private readonly rate: Rate;
  private readonly clock: Clock;
  private factor = 1;
  private lastSlowdown = Number.NEGATIVE_INFINITY;
  /** When the next turn would be due if there were no bursts. */
  private due = Number.NEGATIVE_INFINITY;

  constructor(rate: Rate, clock: Clock) {
    this.rate = rate;
    this.clock = clock;
  }

  /** Resolves when it is the caller's turn, first come first served. */
  async turn(signal: AbortSignal): Promise<void> {
    const wait = this.reserve();
    if (wait > 0) await this.clock.sleep(wait, signal);
  }

  slowDown(): void {
    const now = this.clock.now();
    this.factor = Math.max(FLOOR, this.currentFactor(now) * BACK_OFF);
    this.lastSlowdown = now;
  }

  /** Takes the next turn; the milliseconds until then. */
  reserve(): number {
    const now = this.clock.now();
    const interval = 1000 / (this.rate.perSecond * this.currentFactor(now));
    const due = Math.max(this.due, now);
    this.due = due + interval;
    return Math.max(0, due - (this.rate.burst - 1) * interval - now);
  }

  private currentFactor(now: number): number {
    if (this.factor === 1) return 1;
    return Math.min(1, this.factor + ((now - this.lastSlowdown) / 1000) * RECOVERY);
  }
}

/**
 * A handler that lets so many requests await their answers at a time. A place is free again as soon as the answer begins: reading it
 * keeps this process busy, and AWS could work on the next one meanwhile.
 */
export function limitedHandler(handler: RequestHandler, atOnce: number): RequestHandler {
  let free = atOnce;
  // p-limit's queue is a linked list: its dead links that V8 holds for old would keep answers in memory that nobody needs.
  const waiting: (() => void)[] = [];
  const enter = async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  const handle: RequestHandler['handle'] = async (request, options) => {
    await enter();
    try {
      return await handler.handle(request, options);
    } finally {
      leave();
    }
  };
  return Object.assign(Object.create(handler), { handle });
}
