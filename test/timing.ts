import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { onTestFinished } from 'vitest';
import { sleep } from '../src/aws/retry.ts';
import type { Timing } from '../src/io.ts';

/** Rates and pauses take no time: the fake has no limits by default. */
export const NO_WAITS: Partial<Timing> = { sleep: (_, signal) => sleep(0, signal) };

/** Turns of the event loop without traffic after which the process counts as idle. */
const QUIET_TURNS = 5;

/**
 * A clock that advances only while all requests of this process are answered and something sleeps: directly to the end of the shortest
 * sleep. For both sides of a limit, with the same result on a busy machine.
 */
export function idleTime(): Pick<Timing, 'now' | 'sleep'> {
  const isIdle = idleness();
  const sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  let time = 0;
  let isRunning = false;
  const run = async () => {
    isRunning = true;
    while (sleepers.length > 0) {
      await isIdle();
      const next = sleepers.shift();
      if (!next) break;
      time = next.at;
      next.wake();
    }
    isRunning = false;
  };
  return {
    now: () => time,
    sleep: (milliseconds) =>
      new Promise((wake) => {
        const at = time + milliseconds;
        const index = sleepers.findIndex((other) => other.at > at);
        sleepers.splice(index === -1 ? sleepers.length : index, 0, { at, wake });
        if (!isRunning) void run();
      }),
  };
}

/** Resolves after some turns without a pending request. */
function idleness(): () => Promise<void> {
  let underWay = 0;
  let quiet = 0;
  const change = (by: number) => () => {
    underWay += by;
    quiet = 0;
  };
  const listeners = {
    'http.client.request.start': change(1),
    'http.client.response.finish': change(-1),
    'http.client.request.error': change(-1),
  };
  for (const [name, listener] of Object.entries(listeners)) subscribe(name, listener);
  onTestFinished(() => {
    for (const [name, listener] of Object.entries(listeners)) unsubscribe(name, listener);
  });
  return async () => {
    quiet = 0;
    while (underWay > 0 || quiet < QUIET_TURNS) {
      await new Promise(setImmediate);
      quiet += 1;
    }
  };
}
