import { printable } from '../text.ts';
import type { Operation } from './answers.ts';
import { AwsFailure, type CallTarget, contradiction } from './failure.ts';

/** One page of a listing; `next` leads to the one behind it. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null | undefined;
}

/** What is listed, for the message about a list that does not end. */
export type Listing = CallTarget & { readonly operation: Operation };

/** How often in a row an empty page may lead back to itself: asked again, it may lead on. */
const MOST_REPEATS = 10;
/** Pages in a row that bring nothing new. AWS may send empty ones that lead on, and an item again when the list changes meanwhile. */
const MOST_STALE = 50;
/** Far above what AWS's quotas allow: half a million users come in 5,000 pages, 50,000 accounts in 2,500. */
const MOST_PAGES = 5_000;

/**
 * Reads page after page; a page without items may still lead on to others.
 * @throws AwsFailure `invalid-response` for a listing that goes in circles or does not end
 */
export async function* pages<T>(
  listing: Listing,
  read: (token: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<Page<T>> {
  const guard = new EndlessListGuard(listing);
  let token: string | undefined;
  do {
    const page = await read(token);
    const next = page.next || undefined;
    guard.check(page.items, token, next);
    token = next;
    yield { items: page.items, next };
  } while (token !== undefined);
}

/**
 * The pages of a list that is read to its end anyway: each is on its way before anything is done with the one before it, for a list is
 * as slow as its pages one after the other.
 */
export async function* readAhead<T>(listing: AsyncGenerator<Page<T>>): AsyncGenerator<Page<T>> {
  let page = await listing.next();
  while (!page.done) {
    const next = listing.next();
    next.catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    yield page.value;
    page = await next;
  }
}

/** All pages in one list. */
export async function allItems<T>(listing: AsyncIterable<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  for await (const { items } of listing) all.push(...items);
  return all;
}

/**
 * The items by their keys: one can be listed twice when others are created or deleted between two pages, but not in two ways.
 * @param known items that were listed before, to which these are added
 * @throws AwsFailure `contradiction` for two that differ
 */
export function byKey<T>(
  listing: Listing,
  items: readonly T[],
  keyOf: (item: T) => string,
  known = new Map<string, T>(),
): ReadonlyMap<string, T> {
  for (const item of items) {
    const key = keyOf(item);
    const other = known.get(key);
    if (other === undefined) known.set(key, item);
    else requireSame(listing, key, other, item);
  }
  return known;
}

function requireSame(listing: Listing, key: string, one: unknown, other: unknown): void {
  if (one === other) return;
  const [before, after] = [JSON.stringify(one), JSON.stringify(other)];
  if (before === after) return;
  throw contradiction(
    listing,
    `${printable(key)} is listed twice, as ${printable(before)} and as ${printable(after)}`,
  );
}

/** Notices that a listing will not end. */
class EndlessListGuard {
  private readonly listing: Listing;
  private readonly tokens = new Set<string>();
  private readonly seen = new Set<string>();
  private count = 0;
  private repeats = 0;
  private stale = 0;

  constructor(listing: Listing) {
    this.listing = listing;
  }

  check(items: readonly unknown[], asked: string | undefined, next: string | undefined): void {
    // Most listings are a single page: nothing to remember.
    if (next === undefined) return;
    this.repeats = next === asked && items.length === 0 ? this.repeats + 1 : 0;
    const isAgain = this.repeats === 0 && this.tokens.has(next);
    if (isAgain || this.repeats > MOST_REPEATS)
      throw this.endless('it goes in circles: a page leads back to one before');
    this.tokens.add(next);
    this.count += 1;
    this.stale = this.isNew(items) ? 0 : this.stale + 1;
    if (this.stale > MOST_STALE || this.count > MOST_PAGES) {
      throw this.endless(`it does not end: ${this.count} pages, the last ${this.stale} with nothing new`);
    }
  }

  private isNew(items: readonly unknown[]): boolean {
    const before = this.seen.size;
    for (const item of items) this.seen.add(JSON.stringify(item));
    return this.seen.size > before;
  }

  private endless(why: string): AwsFailure {
    return new AwsFailure({
      ...this.listing,
      kind: 'invalid-response',
      detail: `the list is broken, ${why}`,
    });
  }
}
