import { expect, test } from 'vitest';
import { memoAsync } from '../src/memo.ts';

test('creates one promise per key, even while it is pending', async () => {
  const asked: string[] = [];
  const read = memoAsync(
    async ({ id }: { readonly id: string }) => asked.push(id),
    ({ id }) => id,
  );
  expect(await Promise.all([read({ id: 'a' }), read({ id: 'b' }), read({ id: 'a' })])).toEqual([1, 2, 1]);
  expect(await read({ id: 'b' })).toBe(2);
  expect(asked).toEqual(['a', 'b']);
});

test('creates a rejected promise again', async () => {
  let attempts = 0;
  const read = memoAsync(async (_: string) => {
    attempts += 1;
    if (attempts === 1) throw new Error('no answer');
    return attempts;
  });
  const [one, other] = await Promise.allSettled([read('a'), read('a')]);
  expect([one.status, other.status, attempts]).toEqual(['rejected', 'rejected', 1]);
  expect(await read('a')).toBe(2);
  expect(await read('a')).toBe(2);
});
