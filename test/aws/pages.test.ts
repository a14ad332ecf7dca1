import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  allItems as allItemsOf,
  type Listing,
  type ListPage,
  pages,
  readAhead,
} from '../../src/aws/service.ts';

const LISTING: Listing = { service: 'iam', operation: 'ListRoles', region: 'eu-west-1', profile: null };

function allItems<T>(read: (token: string | undefined) => Promise<ListPage<T>>): Promise<T[]> {
  return allItemsOf(pages(LISTING, read));
}

function reader(byToken: Readonly<Record<string, ListPage<string>>>) {
  return async (token = 'first') => byToken[token] ?? { items: [], next: undefined };
}

test('reads to the last page, past empty ones', async () => {
  const read = reader({
    first: { items: ['a', 'b'], next: '2' },
    2: { items: [], next: '3' },
    3: { items: ['c'], next: undefined },
  });
  expect(await allItems(read)).toEqual(['a', 'b', 'c']);
});

test('treats an empty token as no token', async () => {
  expect(
    await allItems(reader({ first: { items: ['a'], next: '' }, '': { items: ['b'], next: null } })),
  ).toEqual(['a']);
});

test('retries when an empty page leads to itself, but not forever', async () => {
  let asked = 0;
  const read = async (token: string | undefined): Promise<ListPage<string>> => {
    asked += 1;
    if (token === undefined) return { items: ['a'], next: 'x' };
    return asked < 4 ? { items: [], next: 'x' } : { items: ['b'], next: undefined };
  };
  expect(await allItems(read)).toEqual(['a', 'b']);
  await expect(allItems(async () => ({ items: [], next: 'x' }))).rejects.toThrow('the list loops');
});

test('a page with items that leads to itself is an error: its items would repeat', async () => {
  const read = reader({ first: { items: ['a'], next: '2' }, 2: { items: ['b'], next: '2' } });
  await expect(allItems(read)).rejects.toThrow('the list loops');
});

describe('an endless listing is invalid', () => {
  const items = ['a'];

  test('if tokens alternate', async () => {
    const read = reader({
      first: { items, next: '1' },
      1: { items: ['b'], next: '2' },
      2: { items: ['c'], next: '1' },
    });
    await expect(allItems(read)).rejects.toMatchObject({ exitCode: 3, kind: 'invalid-response' });
    await expect(allItems(read)).rejects.toThrow(
      /^iam:ListRoles returned an invalid response: the list loops/,
    );
  });

  test.each([
    ['are empty', (): string[] => []],
    ['repeat what was there', () => items],
  ])('if endless new tokens lead to pages that %s', async (_, itemsOf) => {
    let asked = 0;
    const read = async () => {
      asked += 1;
      return { items: itemsOf(), next: String(asked) };
    };
    await expect(allItems(read)).rejects.toThrow(
      /the list doesn't end: 5[12] pages, the last 51 with nothing new$/,
    );
    expect(asked).toBeLessThan(60);
  });

  test('if it grows too large', async () => {
    let asked = 0;
    const read = async () => {
      asked += 1;
      return { items: [asked], next: String(asked) };
    };
    await expect(allItems(read)).rejects.toThrow(/doesn't end: 5001 pages/);
  });
});

test('forty empty pages with new tokens are fine', async () => {
  let asked = 0;
  const read = async (): Promise<ListPage<string>> => {
    asked += 1;
    return asked <= 40 ? { items: [], next: String(asked) } : { items: ['a'], next: null };
  };
  expect(await allItems(read)).toEqual(['a']);
});

test('ten empty pages that lead to themselves are fine, eleven are too many', async () => {
  const after = (repeats: number) => {
    let asked = 0;
    return allItems(async () => {
      asked += 1;
      return asked <= repeats + 1 ? { items: [], next: 'x' } : { items: ['a'], next: null };
    });
  };
  expect(await after(10)).toEqual(['a']);
  await expect(after(11)).rejects.toThrow('the list loops: a page leads back to an earlier one');
});

describe('reading ahead', () => {
  /** Events in order: pages requested, and items passed on. */
  async function events(byToken: Readonly<Record<string, ListPage<string>>>) {
    const log: string[] = [];
    const read = async (token = 'first') => {
      // Like a request, which is signed first.
      for (let step = 0; step < 50; step += 1) await undefined;
      log.push(`ask ${token}`);
      const page = byToken[token];
      if (!page) throw new Error(`no page ${token}`);
      return page;
    };
    const work = async () => {
      for await (const { items } of readAhead(pages(LISTING, read))) log.push(...items);
    };
    const error: unknown = await work().catch((reason: unknown) => reason);
    return { log, error };
  }

  test('requests each page before the previous one is processed', async () => {
    const { log, error } = await events({
      first: { items: ['a'], next: '2' },
      2: { items: ['b'], next: '3' },
      3: { items: ['c'], next: undefined },
    });
    expect(log).toEqual(['ask first', 'ask 2', 'a', 'ask 3', 'b', 'c']);
    expect(error).toBeUndefined();
  });

  test('passes on the items before a page that fails', async () => {
    const { log, error } = await events({ first: { items: ['a'], next: '2' } });
    expect(log).toEqual(['ask first', 'ask 2', 'a']);
    expect(error).toEqual(new Error('no page 2'));
  });

  test('leaves no unhandled rejection if nobody waits for the next page', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    onTestFinished(() => void process.off('unhandledRejection', unhandled));
    const read = async (token?: string): Promise<ListPage<string>> => {
      if (token) throw new Error('no more');
      return { items: ['a'], next: '2' };
    };
    for await (const _ of readAhead(pages(LISTING, read))) break;
    await new Promise(setImmediate);
    expect(unhandled).not.toHaveBeenCalled();
  });
});
