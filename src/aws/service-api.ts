import { printable } from '../text.ts';
import type { Answer, Operation } from './answers.ts';
import { AwsFailure, type CallTarget, contradiction, type Service } from './failure.ts';
import type { Identity } from './identity.ts';

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
 * Each item once: one can be listed twice when others are created or deleted between two pages.
 * @throws AwsFailure `contradiction` for two that differ
 */
export function onePerKey<T>(listing: Listing, items: readonly T[], keyOf: (item: T) => string): T[] {
  const known = new Map<string, T>();
  for (const item of items) {
    const key = keyOf(item);
    const other = known.get(key);
    if (other === undefined) known.set(key, item);
    else requireSame(listing, key, other, item);
  }
  return [...known.values()];
}

/** @throws AwsFailure `contradiction` where one thing is listed in two ways */
export function requireSame(listing: Listing, key: string, one: unknown, other: unknown): void {
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

/** The SDK's command for each operation of a service that is used. */
type Commands = Readonly<Record<string, new (...input: never[]) => unknown>>;
type Input<Table extends Commands, Name extends keyof Table> = NonNullable<
  ConstructorParameters<Table[Name]>[0]
>;
type Command<Table extends Commands> = InstanceType<Table[keyof Table]>;

interface Client<Table extends Commands> {
  send(command: Command<Table>): Promise<unknown>;
}

/** One identity's calls to one service in one region. */
export class ServiceApi<Table extends Commands> {
  readonly target: CallTarget;
  private readonly identity: Identity;
  private readonly client: Client<Table>;
  private readonly commands: Table;

  /** @param accountId the account that is asked, where it has limits of its own */
  constructor(
    identity: Identity,
    service: Service,
    region: string,
    client: Client<Table>,
    commands: Table,
    accountId?: string,
  ) {
    this.identity = identity;
    this.target = { service, region, profile: identity.profile, accountId };
    this.client = client;
    this.commands = commands;
  }

  call<Name extends keyof Table & Operation>(
    operation: Name,
    input: Input<Table, Name>,
  ): Promise<Answer<Name>> {
    const Constructor = this.commands[operation] as new (input: Input<Table, Name>) => Command<Table>;
    const { retrier, partition } = this.identity;
    const { region, accountId } = this.target;
    const send = () => this.client.send(new Constructor(input));
    return retrier.call(this.target, operation, send, {
      input: input as object,
      region,
      partition,
      accountId,
    });
  }

  /** Every page of a list, as it comes. */
  pages<Name extends keyof Table & Operation, T>(
    operation: Name,
    input: Input<Table, Name>,
    itemsOf: (answer: Answer<Name>) => readonly T[],
  ): AsyncGenerator<Page<T>> {
    const member = this.target.service === 'eks' ? 'nextToken' : 'NextToken';
    return pages({ ...this.target, operation }, async (token) => {
      const answer = await this.call(operation, { ...(input as object), [member]: token } as Input<
        Table,
        Name
      >);
      const next = (answer as { readonly [Name in typeof member]?: string | null })[member];
      return { items: itemsOf(answer), next };
    });
  }

  /** All items of a list. */
  list<Name extends keyof Table & Operation, T>(
    operation: Name,
    input: Input<Table, Name>,
    itemsOf: (answer: Answer<Name>) => readonly T[],
  ): Promise<T[]> {
    return allItems(this.pages(operation, input, itemsOf));
  }
}

/** Answers by key, requested once each, also while the first request is still under way. A failure is not kept. */
export class PromiseCache<Value> {
  private readonly promises = new Map<string, Promise<Value>>();

  get(key: string, request: () => Promise<Value>): Promise<Value> {
    const cached = this.promises.get(key);
    if (cached) return cached;
    const promise = request();
    this.promises.set(key, promise);
    promise.catch(() => this.promises.delete(key));
    return promise;
  }

  /** Every answer that was requested and did not fail so far. */
  values(): Iterable<Promise<Value>> {
    return this.promises.values();
  }
}
