import { expect, test } from 'vitest';
import { allItems, type Page } from '../../src/aws/pages.ts';

function reader(pages: Readonly<Record<string, Page<string>>>) {
  return async (token = 'first') => pages[token] ?? { items: [], next: undefined };
}

test('reads to the last page, over empty ones', async () => {
  const read = reader({
    first: { items: ['a', 'b'], next: '2' },
    2: { items: [], next: '3' },
    3: { items: ['c'], next: undefined },
  });
  expect(await allItems(read)).toEqual(['a', 'b', 'c']);
});

test('takes an empty token for none', async () => {
  expect(await allItems(reader({ first: { items: ['a'], next: '' } }))).toEqual(['a']);
});

test('asks again when an empty page leads to itself, but not for ever', async () => {
  let asked = 0;
  const read = async (token: string | undefined): Promise<Page<string>> => {
    asked += 1;
    if (token === undefined) return { items: ['a'], next: 'x' };
    return asked < 4 ? { items: [], next: 'x' } : { items: ['b'], next: undefined };
  };
  expect(await allItems(read)).toEqual(['a', 'b']);
  await expect(allItems(async () => ({ items: [], next: 'x' }))).rejects.toThrow('in circles');
});

test('a page with items that leads to itself would give them twice', async () => {
  const read = reader({ first: { items: ['a'], next: '2' }, 2: { items: ['b'], next: '2' } });
  await expect(allItems(read)).rejects.toThrow('in circles');
});
