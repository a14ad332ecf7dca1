import type { Finding } from '../errors.ts';
import type { Progress } from '../inventory/connection.ts';
import { durationText, secondsForCalls } from '../inventory/people/call-cost.ts';
import type { Output } from '../io.ts';

const CLEAR_LINE = '\r\u001b[2K';
/** Milliseconds between two updates, on a terminal and elsewhere. */
const INTERVAL = { terminal: 100, log: 5000 };

/** The progress of a run: one line of stderr that is rewritten on a terminal, or a new line every few seconds elsewhere. */
export class ProgressLine {
  private readonly output: Output;
  private readonly now: () => number;
  private readonly start: number;
  private shownAt: number | undefined;
  private isOnScreen = false;

  constructor(output: Output, now: () => number = Date.now) {
    this.output = output;
    this.now = now;
    this.start = now();
  }

  update(progress: Progress): void {
    const interval = this.output.isTTY ? INTERVAL.terminal : INTERVAL.log;
    const now = this.now();
    if (now - (this.shownAt ?? this.start) < interval) return;
    this.shownAt = now;
    const text = progressText(progress, now - this.start);
    this.output.write(this.output.isTTY ? CLEAR_LINE + this.cut(text) : `note: ${text}\n`);
    this.isOnScreen = this.output.isTTY === true;
  }

  /** A line that wraps could not be rewritten; the last column stays free, because some terminals wrap after it. */
  private cut(text: string): string {
    const width = (this.output.columns || Number.POSITIVE_INFINITY) - 1;
    return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
  }

  /** Clears the line for a message, or at the end. */
  clear(): void {
    if (this.isOnScreen) this.output.write(CLEAR_LINE);
    this.isOnScreen = false;
  }
}

/** `120/1000 accounts, 265 calls, 0 throttled, about 14 s left`; `elapsed` in milliseconds. */
export function progressText(progress: Progress, elapsed: number): string {
  const { accountsDone, accountsTotal, calls, throttles, assignments } = progress;
  const left = secondsLeft(progress, elapsed);
  return [
    `${accountsDone}/${accountsTotal ?? '?'} accounts`,
    ...(assignments ? [`${assignments.done}/${assignments.total} assignment queries`] : []),
    `${calls} calls`,
    `${throttles} throttled`,
    ...(left === null ? [] : [`about ${left} s left`]),
  ].join(', ');
}

/** Null if unknown. Accounts are estimated by how long they took, assignments by the rate limit of their calls. */
function secondsLeft({ accountsDone, accountsTotal, assignments }: Progress, elapsed: number): number | null {
  const isReading = accountsTotal !== null && accountsDone > 0 && accountsDone < accountsTotal;
  const ofAccounts = isReading ? ((elapsed / accountsDone) * (accountsTotal - accountsDone)) / 1000 : 0;
  const ofAssignments = assignments ? secondsForCalls(assignments.total - assignments.done) : 0;
  const left = Math.ceil(Math.max(ofAccounts, ofAssignments));
  return left > 0 ? left : null;
}

/** Milliseconds from which on a run says what it cost. */
const LONG = 10_000;

/** What reading AWS costs, from the first call on. */
export class RunCost {
  private readonly now: () => number;
  private reading: { readonly from: number; readonly until: number; readonly progress: Progress } | undefined;

  constructor(now: () => number) {
    this.now = now;
  }

  update(progress: Progress): void {
    const until = this.now();
    this.reading = { from: this.reading?.from ?? until, until, progress };
  }

  /** `2050 calls to AWS in 24 s, 3 throttled`, of a run that took long. */
  notes(): Finding[] {
    if (!this.reading) return [];
    const { from, until, progress } = this.reading;
    if (until - from <= LONG) return [];
    const { calls, throttles } = progress;
    const time = durationText(Math.round((until - from) / 1000));
    return [
      { severity: 'note', code: 'cost', message: `${calls} calls to AWS in ${time}, ${throttles} throttled` },
    ];
  }
}
