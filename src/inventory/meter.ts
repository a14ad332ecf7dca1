import type { Progress } from './session.ts';

/** Counts what a run does, and tells whoever listens. */
export class ProgressTracker {
  private progress: Progress = { accountsDone: 0, accountsTotal: null, calls: 0, throttles: 0 };
  private readonly onProgress: ((progress: Progress) => void) | undefined;

  constructor(onProgress: ((progress: Progress) => void) | undefined) {
    this.onProgress = onProgress;
  }

  update(change: Partial<Progress>): void {
    this.progress = { ...this.progress, ...change };
    this.onProgress?.(this.progress);
  }

  countCall(): void {
    this.update({ calls: this.progress.calls + 1 });
  }

  countThrottle(): void {
    this.update({ throttles: this.progress.throttles + 1 });
  }
}
