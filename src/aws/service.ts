import { printable } from '../text.ts';
import type { Answer, Operation } from './answers.ts';
import { AwsFailure, type CallTarget, contradiction, isAwsFailure, type Service } from './failure.ts';
import type { AssumedSession, Identity } from './identity.ts';

/** The SDK's command for each operation in use. */
type Commands = Readonly<Record<string, new (...input: never[]) => unknown>>;
type Input<Table extends Commands, Name extends keyof Table> = NonNullable<
  ConstructorParameters<Table[Name]>[0]
>;
type Command<Table extends Commands> = InstanceType<Table[keyof Table]>;

interface Client<Table extends Commands> {
  send(command: Command<Table>): Promise<unknown>;
}

/** The member of a page that holds the next page's token. */
const NEXT_PAGE: Partial<Record<Service, string>> = { eks: 'nextToken', iam: 'Marker' };

/** One identity's calls to one service in one region; subclasses add the operations. */
export abstract class AwsService<Table extends Commands> {
  protected readonly target: CallTarget;
  private readonly identity: Identity;
  private readonly session: Pick<AssumedSession, 'call'>;
  private readonly client: Client<Table>;
  private readonly commands: Table;

  /**
   * @param target includes the account if it isn't the identity's own or has separate rate limits
   * @param session of the client's credentials; default: the identity's own
   */
  constructor(
    identity: Identity,
    target: Omit<CallTarget, 'profile'>,
    client: Client<Table>,
    commands: Table,
    session: Pick<AssumedSession, 'call'> = identity.renewal,
  ) {
    this.identity = identity;
    this.session = session;
    this.target = { ...target, profile: identity.profile };
    this.client = client;
    this.commands = commands;
  }

  /** The failure for two answers of the service that can't both be true. */
  contradiction(operation: keyof Table & Operation, detail: string): AwsFailure {
    return contradiction({ ...this.target, operation }, detail);
  }

  protected call<Name extends keyof Table & Operation>(
    operation: Name,
    input: Input<Table, Name>,
  ): Promise<Answer<Name>> {
    const Constructor = this.commands[operation] as new (input: Input<Table, Name>) => Command<Table>;
    const { retrier, partition } = this.identity;
    const { region, accountId } = this.target;
    const send = () => this.client.send(new Constructor(input));
    const asked = { input: input as object, region, partition, accountId };
    return this.session.call(() => retrier.call(this.target, operation, send, asked));
  }

  /** A list, page by page. */
  protected pages<Name extends keyof Table & Operation, T>(
    operation: Name,
    input: Input<Table, Name>,
    itemsOf: (answer: Answer<Name>) => readonly T[],
  ): AsyncGenerator<ListPage<T>> {
    const member = NEXT_PAGE[this.target.service] ?? 'NextToken';
    return pages({ ...this.target, operation }, async (token) => {
      const page = { ...(input as object), [member]: token } as Input<Table, Name>;
      const answer = await this.call(operation, page).catch((error: unknown) => {
        // The same request without the token was fine.
        const isOfToken = token !== undefined && isAwsFailure(error, 'invalid-request');
        throw isOfToken ? error.with({ kind: 'page-refused' }) : error;
      });
      const next = (answer as Readonly<Record<string, unknown>>)[member];
      return { items: itemsOf(answer), next: typeof next === 'string' ? next : undefined };
    });
  }

  /** All items of a list. */
  protected list<Name extends keyof Table & Operation, T>(
    operation: Name,
    input: Input<Table, Name>,
    itemsOf: (answer: Answer<Name>) => readonly T[],
  ): Promise<T[]> {
    return allItems(this.pages(operation, input, itemsOf));
  }

  /**
   * All items of a list, without duplicates.
   * @throws AwsFailure `contradiction` if two items with the same key differ
   */
  protected async listOnce<Name extends keyof Table & Operation, T>(
    operation: Name,
    input: Input<Table, Name>,
    itemsOf: (answer: Answer<Name>) => readonly T[],
    keyOf: (item: T) => string,
  ): Promise<T[]> {
    const items = await this.list(operation, input, itemsOf);
    return [...byKey({ ...this.target, operation }, items, keyOf).values()];
  }
}

/** One page of a listing; `next` is the token of the next page. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly next: string | null | undefined;
}

/** The listing call, for messages about a broken list. */
export type Listing = CallTarget & { readonly operation: Operation };

/** Most times in a row that an empty page may return its own token: the next attempt may get further. */
const MOST_REPEATS = 10;
/**
 * Most pages in a row without new items. AWS may send empty pages, and repeat an item if the list changes meanwhile.
 */
const MOST_STALE = 50;
/** Far above AWS's quotas: half a million users take 5,000 pages, 50,000 accounts take 2,500. */
const MOST_PAGES = 5_000;

/**
 * Reads all pages; an empty page may still have a next one.
 * @throws AwsFailure `invalid-response` for a listing that loops or doesn't end
 */
export async function* pages<T>(
  listing: Listing,
  read: (token: string | undefined) => Promise<ListPage<T>>,
): AsyncGenerator<ListPage<T>> {
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
 * Requests each page before the previous one is processed, for lists that are read to the end: latency adds up page by
 * page.
 */
export async function* readAhead<T>(listing: AsyncGenerator<ListPage<T>>): AsyncGenerator<ListPage<T>> {
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
export async function allItems<T>(listing: AsyncIterable<ListPage<T>>): Promise<T[]> {
  const all: T[] = [];
  for await (const { items } of listing) all.push(...items);
  return all;
}

/**
 * The items by key. An item can be listed twice if others are created or deleted between two pages, but both copies
 * must be equal.
 * @param known items listed earlier; the new ones are added
 * @throws AwsFailure `contradiction` for two copies that differ
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

/** Detects a listing that won't end. */
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
    // Most listings have a single page: nothing to remember.
    if (next === undefined) return;
    this.repeats = next === asked && items.length === 0 ? this.repeats + 1 : 0;
    const isAgain = this.repeats === 0 && this.tokens.has(next);
    if (isAgain || this.repeats > MOST_REPEATS)
      throw this.endless('loops: a page leads back to an earlier one');
    this.tokens.add(next);
    this.count += 1;
    this.stale = this.isNew(items) ? 0 : this.stale + 1;
    if (this.stale > MOST_STALE || this.count > MOST_PAGES) {
      throw this.endless(`doesn't end: ${this.count} pages, the last ${this.stale} with nothing new`);
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
      detail: `the list ${why}`,
    });
  }
}
