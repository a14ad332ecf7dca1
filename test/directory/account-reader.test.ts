import { expect, test } from 'vitest';
import { AwsFailure } from '../../src/aws/failure.ts';
import { AccountReader } from '../../src/directory/account-reader.ts';
import { type Role, unlistedAccount } from '../../src/directory/model.ts';
import { failureOf } from './opened.ts';

function failing(kind: 'network' | 'proxy' | 'denied' | 'expired'): AwsFailure {
  const call = { service: 'sts', operation: 'AssumeRole', region: 'eu-west-1', profile: null } as const;
  return new AwsFailure({ ...call, kind, detail: kind });
}

function readerOf(
  read: (id: string) => Promise<Role[]>,
  onProgress: (done: number) => void = () => {},
): AccountReader<Role[]> {
  return new AccountReader({
    width: { start: 4, most: 8 },
    read: ({ id }) => read(id),
    isFatal: ({ kind }) => kind === 'expired',
    onProgress,
  });
}

function addAccounts(reader: AccountReader<Role[]>, count: number): void {
  for (let index = 0; index < count; index += 1) reader.add(unlistedAccount(String(index)));
}

test('an account added twice is read once', async () => {
  const read: string[] = [];
  const reader = readerOf(async (id) => {
    read.push(id);
    return [];
  });
  addAccounts(reader, 3);
  addAccounts(reader, 3);
  await reader.finished();
  expect(read).toEqual(['0', '1', '2']);
});

test.each([
  ['network', 'sts:AssumeRole got no response'],
  ['proxy', "sts:AssumeRole didn't get through the proxy"],
] as const)('a whole round of accounts without an answer (%s) ends the run', async (kind, message) => {
  let tried = 0;
  const reader = readerOf(async () => {
    tried += 1;
    throw failing(kind);
  });
  addAccounts(reader, 1000);
  const failure = await failureOf(reader.finished());
  expect(failure.findings).toHaveLength(1);
  expect(failure.message).toContain(message);
  expect(tried).toBeLessThan(10);
});

test.each([
  ['at the start', 0, 4],
  ['after a few accounts', 2, 6],
  ['after many', 100, 8],
])('a round has as many accounts as are read at a time: %s', async (_, answered, atOnce) => {
  let failed = 0;
  const reader = readerOf(async (id) => {
    await new Promise(setImmediate);
    if (Number(id) < answered) return [];
    failed += 1;
    throw failing('network');
  });
  addAccounts(reader, 1000);
  await failureOf(reader.finished());
  expect(reader.failures).toHaveLength(atOnce);
  expect(failed).toBeLessThan(2 * atOnce);
});

test('each success raises the number of accounts read at a time, up to the maximum', async () => {
  let [now, most] = [0, 0];
  const atOnce: number[] = [];
  const reader = readerOf(async (id) => {
    now += 1;
    most = Math.max(most, now);
    await new Promise(setImmediate);
    now -= 1;
    atOnce.push(most);
    if (Number(id) < 8) throw failing('denied');
    return [];
  });
  addAccounts(reader, 100);
  await reader.finished();
  expect([atOnce[7], atOnce.at(-1)]).toEqual([4, 8]);
});

test('single accounts without a response do not', async () => {
  const reader = readerOf(async (id) => {
    if (Number(id) % 2 === 0) throw failing('network');
    return [];
  });
  addAccounts(reader, 100);
  await reader.finished();
  expect([reader.failures.length, reader.found.size]).toEqual([50, 50]);
});

test.each([
  ['an answer', 10, async () => []],
  ['a refusal', 0, () => Promise.reject(failing('denied'))],
])('%s in between resets the count of accounts without a response', async (_, read, answer) => {
  const reader = readerOf(async (id) => {
    if (Number(id) % 4 > 0) throw failing('network');
    return answer();
  });
  addAccounts(reader, 40);
  await reader.finished();
  expect([reader.failures.length, reader.found.size]).toEqual([40 - read, read]);
});

test('every account counts as done, even if it could not be read', async () => {
  const done: number[] = [];
  const reader = readerOf(
    async (id) => {
      if (id === '1') throw failing('denied');
      return [];
    },
    (count) => done.push(count),
  );
  addAccounts(reader, 3);
  await reader.finished();
  expect(done).toEqual([1, 2, 3]);
});

test('credentials that expire stop the run and name the account reached', async () => {
  const reader = readerOf(async (id) => {
    if (Number(id) >= 20) throw failing('expired');
    return [];
  });
  addAccounts(reader, 1000);
  const failure = await failureOf(reader.finished());
  expect(failure.message).toMatch(
    /credentials have expired: .*failed at account 2\d, after reading 20 accounts/,
  );
});

test('an error that is not from AWS stops the run unchanged', async () => {
  const reader = readerOf(async () => {
    throw new TypeError('a bug');
  });
  addAccounts(reader, 10);
  await expect(reader.finished()).rejects.toThrow(TypeError);
});
