import { describe, expect, test } from 'vitest';
import { ConcurrencyLimit, type Rate, RateLimiter } from '../../src/aws/rate-limit.ts';
import { sleep } from '../../src/aws/retry.ts';
import { VirtualClock } from './virtual-clock.ts';

const { signal } = new AbortController();

/** Times of `count` turns requested at once, in milliseconds from now. */
async function turns(count: number, limiter: RateLimiter, clock: VirtualClock): Promise<number[]> {
  const start = clock.now();
  const times: number[] = [];
  const all = Array.from({ length: count }, async () => {
    await limiter.turn(signal);
    times.push(Math.round(clock.now() - start));
  });
  await clock.run(Promise.all(all));
  return times;
}

function limiterOf(rate: Rate) {
  const clock = new VirtualClock();
  return { clock, limiter: new RateLimiter(rate, clock) };
}

describe('pacing', () => {
  test('allows a burst and then keeps the rate', async () => {
    const { clock, limiter } = limiterOf({ perSecond: 10, burst: 3 });
    expect(await turns(6, limiter, clock)).toEqual([0, 0, 0, 100, 200, 300]);
  });

  test('does not accumulate unused turns', async () => {
    const { clock, limiter } = limiterOf({ perSecond: 10, burst: 2 });
    await limiter.turn(signal);
    await clock.run(clock.sleep(60_000));
    expect(await turns(3, limiter, clock)).toEqual([0, 0, 100]);
  });

  test('is slower after a throttle, and without a burst', async () => {
    const { clock, limiter } = limiterOf({ perSecond: 100, burst: 3 });
    limiter.slowDown(await limiter.turn(signal));
    expect(await turns(3, limiter, clock)).toEqual([14, 29, 43]);
  });

  test('is slower for callers already waiting', async () => {
    const { clock, limiter } = limiterOf({ perSecond: 100, burst: 1 });
    const since = await limiter.turn(signal);
    const waiting = turns(3, limiter, clock);
    limiter.slowDown(since);
    expect((await waiting).at(-1)).toBeGreaterThan(40);
  });

  test('slows down once for calls that are throttled together', async () => {
    const [once, thrice] = [1, 3].map(async (times) => {
      const { clock, limiter } = limiterOf({ perSecond: 10, burst: 3 });
      const since = await Promise.all(Array.from({ length: times }, () => limiter.turn(signal)));
      for (const turn of since) limiter.slowDown(turn);
      return turns(3, limiter, clock);
    });
    expect(await thrice).toEqual(await once);
  });

  test('slows down again for a later call, down to a fifth', async () => {
    const { clock, limiter } = limiterOf({ perSecond: 10, burst: 1 });
    for (let count = 0; count < 20; count += 1) limiter.slowDown(count);
    expect(await turns(1, limiter, clock)).toEqual([500]);
  });

  test.each([
    [10, 15_000, 16_000],
    [1, 150_000, 160_000],
    [500, 700, 800],
  ])(
    'of %i a second is back at the full rate after %i to %i milliseconds',
    async (perSecond, early, late) => {
      const interval = async (pause: number) => {
        const { clock, limiter } = limiterOf({ perSecond, burst: 1 });
        for (let count = 0; count < 20; count += 1) limiter.slowDown(count);
        await clock.run(clock.sleep(pause));
        const [, second = 0] = await turns(2, limiter, clock);
        return second * perSecond;
      };
      expect(await interval(late)).toBeCloseTo(1000, 0);
      expect(await interval(early / 2)).toBeGreaterThan(1300);
    },
  );

  test('waits as long as AWS asks', async () => {
    const { clock, limiter } = limiterOf({ perSecond: 10, burst: 3 });
    limiter.slowDown(await limiter.turn(signal), 5000);
    expect((await turns(1, limiter, clock))[0]).toBeGreaterThan(5000);
  });
});

describe('a rate that applies once AWS throttles', () => {
  const RATE: Rate = { perSecond: 10, burst: 3, onceThrottled: true };

  test('allows everything before that', async () => {
    const { clock, limiter } = limiterOf(RATE);
    expect(await turns(50, limiter, clock)).toEqual(Array(50).fill(0));
  });

  test('is full after the first throttle, and lower after the next', async () => {
    const { clock, limiter } = limiterOf(RATE);
    limiter.slowDown(await limiter.turn(signal));
    expect(await turns(3, limiter, clock)).toEqual([100, 200, 300]);
    const next = limiter.turn(signal);
    await clock.run(next);
    limiter.slowDown(await next);
    expect((await turns(1, limiter, clock))[0]).toBeGreaterThan(130);
  });
});

test('waiting for a turn ends with the signal', async () => {
  const limiter = new RateLimiter({ perSecond: 0.001, burst: 1 }, { now: () => 0, sleep });
  const controller = new AbortController();
  await limiter.turn(controller.signal);
  const waiting = [limiter.turn(controller.signal), limiter.turn(controller.signal)];
  controller.abort();
  for (const turn of waiting) await expect(turn).rejects.toMatchObject({ exitCode: 130 });
});

describe('calls in flight', () => {
  /** A number of waiting calls; `inside` contains those that have entered and not left. */
  async function crowd(limit: ConcurrencyLimit, count: number) {
    const inside: number[] = [];
    for (let index = 0; index < count; index += 1) limit.enter().then((since) => inside.push(since));
    const settled = async () => {
      await new Promise(setImmediate);
      return inside.length;
    };
    /** Ends all calls inside; resolves to the number that enter after them. */
    const leave = async (end: 'answered' | 'throttled' | 'failed', many = inside.length) => {
      for (const since of inside.splice(0, many)) limit.leave(end, since);
      return settled();
    };
    await settled();
    return { inside, leave };
  }

  test('double after each round of answers, up to the maximum', async () => {
    const { inside, leave } = await crowd(new ConcurrencyLimit({ start: 4, most: 20 }), 1000);
    expect(inside).toHaveLength(4);
    expect(await leave('answered')).toBe(8);
    expect(await leave('answered')).toBe(16);
    const { inside: others, leave: leaveAll } = await crowd(
      new ConcurrencyLimit({ start: 16, most: 64 }),
      1000,
    );
    expect(others).toHaveLength(16);
    for (let round = 0; round < 300; round += 1) await leaveAll('answered', 1);
    expect(others).toHaveLength(64);
  });

  test('stay constant without answers', async () => {
    const { leave } = await crowd(new ConcurrencyLimit({ start: 4, most: 20 }), 1000);
    for (let round = 0; round < 5; round += 1) expect(await leave('failed')).toBe(4);
  });

  test('halve after a throttle, once for all calls sent before it', async () => {
    const { leave } = await crowd(new ConcurrencyLimit({ start: 16, most: 64 }), 1000);
    expect(await leave('throttled')).toBe(8);
    expect(await leave('throttled')).toBe(4);
    for (const expected of [2, 1, 1, 1]) expect(await leave('throttled')).toBe(expected);
  });

  test('grow by four with each round of answers after a throttle', async () => {
    const { leave } = await crowd(new ConcurrencyLimit({ start: 32, most: 64 }), 1000);
    expect(await leave('throttled')).toBe(16);
    for (let answers = 0; answers < 4; answers += 1) expect(await leave('answered', 1)).toBe(16);
    for (let answers = 0; answers < 12; answers += 1) await leave('answered', 1);
    expect(await leave('answered', 2)).toBe(20);
  });

  test('do not grow from a few successful calls', async () => {
    const limit = new ConcurrencyLimit({ start: 4, most: 20 });
    for (let call = 0; call < 100; call += 1) limit.leave('answered', await limit.enter());
    const { inside } = await crowd(limit, 1000);
    expect(inside).toHaveLength(4);
  });

  test('start at no more than the maximum', async () => {
    const { inside } = await crowd(new ConcurrencyLimit({ start: 16, most: 3 }), 10);
    expect(inside).toHaveLength(3);
  });

  test('enter in order', async () => {
    const limit = new ConcurrencyLimit({ start: 1, most: 1 });
    const order: string[] = [];
    const call = async (name: string) => {
      const since = await limit.enter();
      order.push(name);
      limit.leave('answered', since);
    };
    await Promise.all(['one', 'two', 'three'].map(call));
    expect(order).toEqual(['one', 'two', 'three']);
  });
});
