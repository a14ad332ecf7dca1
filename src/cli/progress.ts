import type { Progress } from '../directory/connection.ts';
import { type Finding, note } from '../errors.ts';
import type { Output } from '../io.ts';
import { durationText } from '../text.ts';

const CLEAR_LINE = '\r\u001b[2K';
/** Milliseconds between two updates, on a terminal and elsewhere. */
const INTERVAL = { terminal: 100, log: 5000 };

/** The progress of a run: a line of stderr that is rewritten on a terminal; elsewhere, a new line every few seconds. */
export class ProgressLine {
  private readonly output: Output;
  private readonly now: () => number;
  private shownAt: number;
  /** The counter that is shown, as it was when it first counted. */
  private first: (Counter & { readonly at: number }) | undefined;
  private isOnScreen = false;

  constructor(output: Output, now: () => number = Date.now) {
    this.output = output;
    this.now = now;
    this.shownAt = now();
  }

  update(progress: Progress): void {
    const { isTTY, columns } = this.output;
    const at = this.now();
    const counter = counterOf(progress);
    if (counter.items !== this.first?.items) this.first = { ...counter, at };
    if (at - this.shownAt < (isTTY ? INTERVAL.terminal : INTERVAL.log)) return;
    this.shownAt = at;
    const text = progressText(counter, this.first, at);
    // A wrapped line can't be rewritten. The last column stays free, because some terminals wrap after it.
    const shown = isTTY && columns ? text.slice(0, columns - 1) : text;
    this.output.write(isTTY ? CLEAR_LINE + shown : `note: ${text}\n`);
    this.isOnScreen = isTTY === true;
  }

  /** Clears the line for a message, or at the end. */
  clear(): void {
    if (this.isOnScreen) this.output.write(CLEAR_LINE);
    this.isOnScreen = false;
  }
}

interface Counter {
  readonly items: string;
  readonly done: number;
  /** Null if unknown. */
  readonly total: number | null;
}

/** The first counter that is not complete: accounts can be read at the same time as what depends on them. */
function counterOf(progress: Progress): Counter {
  const { accountsDone, accountsTotal, assignments, people, clusterLists, clusters, accessEntries } =
    progress;
  const { permissionSets } = progress;
  const accounts = { items: 'accounts', done: accountsDone, total: accountsTotal };
  // A run that reads clusters may need no accounts.
  const readsAccounts = accountsTotal !== null || !(clusterLists || clusters);
  const counters: Counter[] = [
    ...(readsAccounts ? [accounts] : []),
    ...(clusterLists && !clusters ? [{ items: 'lists of clusters', ...clusterLists }] : []),
    // The number of clusters says nothing about the progress of one.
    ...(clusters && (clusters.total > 1 || !accessEntries) ? [{ items: 'clusters', ...clusters }] : []),
    ...(clusters?.total === 1 && accessEntries ? [{ items: 'access entries', ...accessEntries }] : []),
    ...(permissionSets ? [{ items: 'permission sets', ...permissionSets }] : []),
    ...(assignments ? [{ items: 'assignments', ...assignments }] : []),
    ...(people === undefined ? [] : [{ items: 'users and groups', done: people, total: null }]),
  ];
  return counters.find(({ done, total }) => total === null || done < total) ?? accounts;
}

/** `reading 312 of 1,000 accounts, 45/s` */
function progressText(counter: Counter, first: Counter & { readonly at: number }, at: number): string {
  const { done, total, items } = counter;
  const count = total === null ? grouped(done) : `${grouped(done)} of ${grouped(total)}`;
  const perSecond = ((done - first.done) * 1000) / Math.max(1, at - first.at);
  const rate = perSecond < 10 ? Number(perSecond.toFixed(1)) : Math.round(perSecond);
  return `reading ${count} ${items}, ${grouped(rate)}/s`;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
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
