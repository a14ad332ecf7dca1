import type { Clock } from '../../src/io.ts';

/** A clock that only advances while all callers sleep, so that minutes of waiting take no time. */
export class VirtualClock implements Clock {
  private time = 0;
  private readonly sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  readonly now = (): number => this.time;

  readonly sleep = (milliseconds: number): Promise<void> =>
    new Promise((wake) => {
      const at = this.time + milliseconds;
      const index = this.sleepers.findIndex((other) => other.at > at);
      this.sleepers.splice(index === -1 ? this.sleepers.length : index, 0, { at, wake });
    });

  /** Advances the clock until the work is done; resolves to the milliseconds that passed. */
  async run(work: Promise<unknown>): Promise<number> {
    const start = this.time;
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    done.catch(() => {});
    while (!isDone) {
      await new Promise(setImmediate);
      const next = this.sleepers.shift();
      if (!next) continue;
      this.time = next.at;
      next.wake();
    }
    await done;
    return this.time - start;
  }
}
