import { describe, expect, test } from 'vitest';
import { sleep } from '../../src/aws/abort.ts';
import { type Rate, RateLimiter } from '../../src/aws/rate-limit.ts';

const limiterAt = (rate: Rate, now: () => number) => new RateLimiter(rate, { now, sleep });

/** When each of the turns is due, in milliseconds, when all are asked for at once. */
function turns(count: number, rate: Rate, slowDown = false): number[] {
  const limiter = limiterAt(rate, () => 0);
  if (slowDown) limiter.slowDown();
  return Array.from({ length: count }, () => Math.round(limiter.reserve()));
}

describe('pacing', () => {
  test('lets a burst through and then keeps the rate', () => {
    expect(turns(6, { perSecond: 10, burst: 3 })).toEqual([0, 0, 0, 100, 200, 300]);
  });

  test('gets slower after a throttle', () => {
    const [before, after] = [
      turns(50, { perSecond: 10, burst: 1 }),
      turns(50, { perSecond: 10, burst: 1 }, true),
    ];
    expect(after.at(-1)).toBeGreaterThan((before.at(-1) ?? 0) * 1.3);
  });

  test('is back at the full rate some seconds after the last throttle', () => {
    let now = 0;
    const limiter = limiterAt({ perSecond: 10, burst: 1 }, () => now);
    for (let count = 0; count < 20; count += 1) limiter.slowDown();
    now = 10_000;
    limiter.reserve();
    expect(Math.round(limiter.reserve())).toBe(100);
  });

  test('does not save up turns that nobody took', () => {
    let now = 0;
    const limiter = limiterAt({ perSecond: 10, burst: 2 }, () => now);
    limiter.reserve();
    now = 60_000;
    expect([limiter.reserve(), limiter.reserve(), limiter.reserve()].map(Math.round)).toEqual([0, 0, 100]);
  });
});

test('a turn that is waited for ends with the signal', async () => {
  const limiter = new RateLimiter({ perSecond: 0.001, burst: 1 }, { now: () => 0, sleep });
  const controller = new AbortController();
  await limiter.turn(controller.signal);
  const waiting = limiter.turn(controller.signal);
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ exitCode: 130 });
});
