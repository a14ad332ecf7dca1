import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { orAbort, Retrier } from '../../src/aws/retry.ts';
import { id, opened, query } from '../directory/opened.ts';
import { unhandled } from '../unhandled.ts';

const TARGET = { service: 'sts', region: 'eu-west-1', profile: null } as const;
const IDENTITY = { Account: '111111111111', Arn: 'arn:aws:iam::111111111111:user/u' };

function retrierWith(deadline = 60_000) {
  const pauses: number[] = [];
  const sleep = async (milliseconds: number) => void pauses.push(milliseconds);
  return { pauses, retrier: new Retrier(new AbortController().signal, {}, { deadline, sleep }) };
}

/** Number of attempts for a call that always ends like this, and the run's final error. */
async function attemptsFor(answer: () => Promise<unknown>) {
  const random = vi.spyOn(Math, 'random').mockReturnValue(1);
  onTestFinished(() => random.mockRestore());
  const { retrier, pauses } = retrierWith();
  let sent = 0;
  const send = () => {
    sent += 1;
    return answer();
  };
  const failure: unknown = await retrier.call(TARGET, 'GetCallerIdentity', send).catch((error) => error);
  return { sent, failure, pauses };
}

const failing = (fields: object) => () => Promise.reject(Object.assign(new Error('No.'), fields));

const OFTEN = [100, 200, 400, 800, 1600, 3200, 6400, 8000];

describe('a call is retried', () => {
  test.each([
    ['EAI_AGAIN', failing({ code: 'EAI_AGAIN' }), 'network', [100, 200]],
    ['ENOTFOUND', failing({ code: 'ENOTFOUND' }), 'network', [100, 200]],
    ['a reset', failing({ code: 'ECONNRESET' }), 'network', OFTEN],
    [
      'a reset that is called a time-out',
      failing({ name: 'TimeoutError', code: 'ECONNRESET' }),
      'network',
      OFTEN,
    ],
    ['a broken pipe', failing({ name: 'TimeoutError', code: 'EPIPE' }), 'network', OFTEN],
    ['a time-out', failing({ name: 'TimeoutError' }), 'network', [100, 200]],
    [
      'a throttle',
      failing({ name: 'Throttling' }),
      'throttled',
      [400, 800, 1600, 3200, 6400, 8000, 8000, 8000],
    ],
    ['an invalid response', async () => ({}), 'invalid-response', [100, 200, 400]],
    ['a denial', failing({ name: 'AccessDenied' }), 'denied', []],
  ])('after %s', async (_, answer, kind, longest) => {
    const { sent, failure, pauses } = await attemptsFor(answer);
    expect({ sent, pauses }).toEqual({ sent: longest.length + 1, pauses: longest });
    expect(failure).toMatchObject({ exitCode: 3, kind });
  });

  test('until it succeeds', async () => {
    const { retrier } = retrierWith();
    const answers: unknown[] = [undefined, {}, { ...IDENTITY, Account: '' }, IDENTITY];
    expect(await retrier.call(TARGET, 'GetCallerIdentity', async () => answers.shift())).toEqual(IDENTITY);
    expect(answers).toEqual([]);
  });
});

describe('a throttle with a retry delay', () => {
  const throttle = (fields: object) => failing({ name: 'ThrottlingException', ...fields });
  const header = (text: string) => ({ $response: { headers: { 'retry-after': text } } });
  const USUAL = [400, 800, 1600, 3200, 6400, 8000, 8000, 8000];

  test.each([
    ['in the answer', { RetryAfterSeconds: 2 }],
    ['in a header', header('2')],
  ])('%s is obeyed, and retries are spread out', async (_, fields) => {
    const { pauses } = await attemptsFor(throttle(fields));
    expect(pauses).toEqual(USUAL.map((pause) => 2000 + pause));
  });

  test('is obeyed for at most a minute in total', async () => {
    const { pauses } = await attemptsFor(throttle({ RetryAfterSeconds: 40 }));
    expect(pauses.slice(0, 3)).toEqual([40_400, 20_800, 1600]);
    const { pauses: long } = await attemptsFor(throttle(header('86400')));
    expect(long.slice(0, 2)).toEqual([60_400, 800]);
  });

  test.each([
    ['a date', header('Wed, 21 Oct 2026 07:28:00 GMT')],
    ['less than nothing', { RetryAfterSeconds: -5 }],
    ['no number', { RetryAfterSeconds: 'soon' }],
    ['without end', header('Infinity')],
  ])('with %s is like any other', async (_, fields) => {
    expect((await attemptsFor(throttle(fields))).pauses).toEqual(USUAL);
  });

  test('is different from a failure with a retry delay', async () => {
    const { pauses } = await attemptsFor(failing({ code: 'ECONNRESET', RetryAfterSeconds: 2 }));
    expect(pauses).toEqual(OFTEN);
  });

  test.each(['identitystore', 'sts'] as const)('is recognized from %s', async (service) => {
    const pauses: number[] = [];
    const sleep = async (milliseconds: number) => void pauses.push(milliseconds);
    const world = { accounts: [{ id: '222222222222' }], groups: ['Platform'], permissionSets: ['Admin'] };
    const assignments = [{ account: '222222222222', permissionSet: 'Admin', group: 'Platform' }];
    const { fake, open } = await opened({ ...world, assignments }, { retryAfter: 7 });
    const session = await open({ timing: { sleep } });
    fake.inject({ kind: 'throttle', operation: `${service}.*`, times: 1 });
    const people = { roleArns: null, named: [], onlyNamed: false, members: false };
    await session.read(query([id('222222222222')], { people }));
    expect(pauses.filter((pause) => pause >= 7000).length).toBeGreaterThan(0);
  });
});

describe('the deadline of a call', () => {
  test('ends the wait, without another request', async () => {
    const { retrier } = retrierWith(30);
    let sent = 0;
    const send = () => {
      sent += 1;
      return new Promise<never>(() => {});
    };
    await expect(retrier.call(TARGET, 'GetCallerIdentity', send)).rejects.toMatchObject({
      kind: 'network',
      message: 'sts:GetCallerIdentity got no response: no complete response within 0.03 s',
    });
    expect(sent).toBe(1);
  });

  test('counts all attempts', async () => {
    const { retrier } = retrierWith(40);
    let sent = 0;
    const send = async () => {
      sent += 1;
      await new Promise((resolve) => setTimeout(resolve, 25));
      throw Object.assign(new Error('No.'), { name: 'Throttling' });
    };
    await expect(retrier.call(TARGET, 'GetCallerIdentity', send)).rejects.toMatchObject({ exitCode: 3 });
    expect(sent).toBeLessThanOrEqual(2);
  });
});

const rejected = () => Promise.reject(new DOMException('Request aborted', 'AbortError'));

test('a promise that rejects after the signal is handled', async () => {
  const rejections = unhandled();
  const controller = new AbortController();
  let fail: (reason: unknown) => void = () => {};
  const work = orAbort(
    new Promise((_, reject) => {
      fail = reject;
    }),
    controller.signal,
  );
  controller.abort();
  await expect(work).rejects.toMatchObject({ exitCode: 130 });
  fail(new Error('too late'));
  expect(await rejections()).toEqual([]);
});

test('so is one passed in after the signal was aborted', async () => {
  const rejections = unhandled();
  await expect(orAbort(rejected(), AbortSignal.abort())).rejects.toMatchObject({ exitCode: 130 });
  expect(await rejections()).toEqual([]);
});

test('after the signal no call is sent, and its rejection is handled', async () => {
  const rejections = unhandled();
  const controller = new AbortController();
  const retrier = new Retrier(controller.signal, {});
  controller.abort();
  let sent = 0;
  const target = { service: 'sso-admin', region: 'eu-west-1', profile: null } as const;
  const call = retrier.call(target, 'ListInstances', () => {
    sent += 1;
    return rejected();
  });
  await expect(call).rejects.toMatchObject({ exitCode: 130 });
  expect([sent, await rejections()]).toEqual([0, []]);
});
