import { describe, expect, test } from 'vitest';
import { Pacer, type Rate } from '../../src/aws/pacer.ts';

/** When each of the turns is due, in milliseconds, when all are asked for at once. */
function turns(count: number, rate: Rate, slowDown = false): number[] {
  const pacer = new Pacer(rate, () => 0);
  if (slowDown) pacer.slowDown();
  return Array.from({ length: count }, () => Math.round(pacer.reserve()));
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
    const pacer = new Pacer({ perSecond: 10, burst: 1 }, () => now);
    for (let count = 0; count < 20; count += 1) pacer.slowDown();
    now = 10_000;
    pacer.reserve();
    expect(Math.round(pacer.reserve())).toBe(100);
  });

  test('does not save up turns that nobody took', () => {
    let now = 0;
    const pacer = new Pacer({ perSecond: 10, burst: 2 }, () => now);
    pacer.reserve();
    now = 60_000;
    expect([pacer.reserve(), pacer.reserve(), pacer.reserve()].map(Math.round)).toEqual([0, 0, 100]);
  });
});

test('a turn that is waited for ends with the signal', async () => {
  const pacer = new Pacer({ perSecond: 0.001, burst: 1 });
  const controller = new AbortController();
  await pacer.turn(controller.signal);
  const waiting = pacer.turn(controller.signal);
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ exitCode: 130 });
});
