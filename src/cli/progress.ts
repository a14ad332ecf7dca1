import { type Finding, note } from '../errors.ts';
import type { Progress } from '../inventory/connection.ts';
import { durationText, secondsForCalls } from '../inventory/people/call-cost.ts';
import type { Output } from '../io.ts';

const CLEAR_LINE = '\r\u001b[2K';
/** Milliseconds between two updates, on a terminal and elsewhere. */
const INTERVAL = { terminal: 100, log: 5000 };

/** The progress of a run: a line of stderr that is rewritten on a terminal; elsewhere, a new line every few seconds. */
export class ProgressLine {
  private readonly output: Output;
  private readonly now: () => number;
  private readonly start: number;
  private readonly rate: CallRate;
  private shownAt: number | undefined;
  private isOnScreen = false;

  constructor(output: Output, now: () => number = Date.now) {
    this.output = output;
    this.now = now;
    this.start = now();
    this.rate = new CallRate(this.start);
  }

  update(progress: Progress): void {
    const { isTTY, columns } = this.output;
    const now = this.now();
    if (now - (this.shownAt ?? this.start) < (isTTY ? INTERVAL.terminal : INTERVAL.log)) return;
    this.shownAt = now;
    const perSecond = this.rate.update(now, progress.calls);
    // A wrapped line can't be rewritten. The last column stays free, because some terminals wrap after it.
    const width = isTTY && columns ? columns - 1 : Number.POSITIVE_INFINITY;
    const text = progressText(progress, now - this.start, perSecond, width);
    this.output.write(isTTY ? CLEAR_LINE + text : `note: ${text}\n`);
    this.isOnScreen = isTTY === true;
  }

  /** Clears the line for a message, or at the end. */
  clear(): void {
    if (this.isOnScreen) this.output.write(CLEAR_LINE);
    this.isOnScreen = false;
  }
}

/** Milliseconds over which the call rate is averaged. */
const RATE_WINDOW = 5000;

interface CallCount {
  readonly at: number;
  readonly calls: number;
}

/** Calls per second, over the last few seconds. */
class CallRate {
  /** The latest count before the window. */
  private oldest: CallCount;
  private later: readonly CallCount[] = [];

  constructor(start: number) {
    this.oldest = { at: start, calls: 0 };
  }

  /** @param at later than in any earlier update */
  update(at: number, calls: number): number {
    const passed = this.later.filter((count) => count.at <= at - RATE_WINDOW);
    this.oldest = passed.at(-1) ?? this.oldest;
    this.later = [...this.later.slice(passed.length), { at, calls }];
    return ((calls - this.oldest.calls) * 1000) / (at - this.oldest.at);
  }
}

/**
 * `reading accounts: 120/1000, 44 calls/s, 3 throttled, ~20 s left`, or as much as fits; the time left goes last.
 * @param elapsed milliseconds
 */
export function progressText(
  progress: Progress,
  elapsed: number,
  perSecond: number,
  width = Number.POSITIVE_INFINITY,
): string {
  const phase = phaseText(progress);
  const seconds = secondsLeft(progress, elapsed);
  const left = seconds === null ? [] : [`~${durationText(seconds)} left`];
  const rate = `${perSecond < 10 ? Number(perSecond.toFixed(1)) : Math.round(perSecond)} calls/s`;
  const throttled = progress.throttles > 0 ? [`${progress.throttles} throttled`] : [];
  const texts = [[phase, rate, ...throttled, ...left], [phase, rate, ...left], [phase, ...left], [phase]].map(
    (parts) => parts.join(', '),
  );
  return texts.find((text) => text.length <= width) ?? `${phase.slice(0, Math.max(0, width - 1))}…`;
}

/** Names what is being read; accounts may be read at the same time as what depends on them. */
function phaseText(progress: Progress): string {
  const { accountsDone, accountsTotal, assignments, people, clusterLists, clusters, accessEntries } =
    progress;
  const areListed = !clusterLists || clusters !== undefined;
  const accounts = `accounts: ${accountsDone}/${accountsTotal ?? '?'}`;
  const isAssigning = assignments && (assignments.done < assignments.total || people === undefined);
  const areClustersRead = !clusters || clusters.done === clusters.total;
  const later = [
    ...(areListed ? [] : [`lists of clusters: ${clusterLists.done}/${clusterLists.total}`]),
    ...(isAssigning ? [`assignments: ${assignments.done}/${assignments.total}`] : []),
    ...(people !== undefined && !isAssigning ? [`people: ${people}`] : []),
    // For a single cluster, its entries alone show the progress.
    ...(areClustersRead || (clusters.total === 1 && accessEntries)
      ? []
      : [`clusters: ${clusters.done}/${clusters.total}`]),
    ...(areClustersRead || !accessEntries
      ? []
      : [`access entries: ${accessEntries.done}/${accessEntries.total}`]),
  ];
  // A run that reads clusters may need no accounts.
  const isListing = accountsTotal === null && clusters === undefined && clusterLists === undefined;
  const isReading = isListing || accountsDone < (accountsTotal ?? 0) || later.length === 0;
  return `reading ${[...(isReading ? [accounts] : []), ...later].join(', ')}`;
}

/** Null if unknown. Estimates accounts and access entries from the time so far, assignments from their rate limit. */
function secondsLeft(progress: Progress, elapsed: number): number | null {
  const { accountsDone, accountsTotal, assignments, accessEntries } = progress;
  const ofAccounts = secondsAsBefore({ done: accountsDone, total: accountsTotal ?? 0 }, elapsed);
  const ofEntries = secondsAsBefore(accessEntries, elapsed);
  const ofAssignments = assignments ? secondsForCalls(assignments.total - assignments.done) : 0;
  const left = Math.ceil(Math.max(ofAccounts, ofEntries, ofAssignments));
  return left > 0 ? left : null;
}

function secondsAsBefore(count: Progress['accessEntries'], elapsed: number): number {
  if (!count || count.done === 0) return 0;
  return ((elapsed / count.done) * Math.max(0, count.total - count.done)) / 1000;
}

/** Milliseconds after which a run reports its cost. */
const LONG = 10_000;

/** The cost of reading AWS, from the first call on. */
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

  /** `1000 accounts, 350 users and groups: 2400 calls to AWS in 24 s, 3 throttled`, if the run took long. */
  notes(): Finding[] {
    if (!this.reading) return [];
    const { from, until, progress } = this.reading;
    if (until - from <= LONG) return [];
    const { accountsDone, people = 0, clusters, calls, throttles } = progress;
    const read = [
      ...(accountsDone > 0 ? [`${accountsDone} ${accountsDone === 1 ? 'account' : 'accounts'}`] : []),
      ...(people > 0 ? [`${people} users and groups`] : []),
      ...(clusters ? [`${clusters.done} ${clusters.done === 1 ? 'cluster' : 'clusters'}`] : []),
    ].join(', ');
    const time = durationText(Math.round((until - from) / 1000));
    const cost = `${calls} calls to AWS in ${time}, ${throttles} throttled`;
    return [note('cost', read === '' ? cost : `${read}: ${cost}`)];
  }
}
