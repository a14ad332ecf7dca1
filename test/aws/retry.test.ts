import { describe, expect, test } from 'vitest';
import { Retrier } from '../../src/aws/retry.ts';

const TARGET = { service: 'sts', region: 'eu-west-1', profile: null } as const;
const IDENTITY = { Account: '111111111111', Arn: 'arn:aws:iam::111111111111:user/u' };

function retrierWith(deadline = 60_000) {
  const pauses: number[] = [];
  const sleep = async (milliseconds: number) => void pauses.push(milliseconds);
  return { pauses, retrier: new Retrier(new AbortController().signal, {}, { deadline, sleep }) };
}

/** How often a call is sent that always ends like this, and how the run then ends. */
async function attemptsFor(answer: () => Promise<unknown>) {
  const { retrier, pauses } = retrierWith();
  let sent = 0;
  const send = () => {
    sent += 1;
    return answer();
  };
  const failure: unknown = await retrier.call(TARGET, 'GetCallerIdentity', send).catch((error) => error);
  return { sent, failure, pauses: pauses.length };
}

const failing = (fields: object) => () => Promise.reject(Object.assign(new Error('No.'), fields));

describe('a call is sent again', () => {
  test.each([
    ['EAI_AGAIN', failing({ code: 'EAI_AGAIN' }), 3, 'network'],
    ['ENOTFOUND', failing({ code: 'ENOTFOUND' }), 3, 'network'],
    ['a reset', failing({ code: 'ECONNRESET' }), 9, 'network'],
    ['a time-out', failing({ name: 'TimeoutError' }), 3, 'network'],
    ['a throttle', failing({ name: 'Throttling' }), 9, 'throttled'],
    ['an invalid response', async () => ({}), 4, 'invalid-response'],
    ['a denial', failing({ name: 'AccessDenied' }), 1, 'denied'],
  ])('after %s', async (_, answer, times, kind) => {
    const { sent, failure, pauses } = await attemptsFor(answer);
    expect({ sent, pauses }).toEqual({ sent: times, pauses: times - 1 });
    expect(failure).toMatchObject({ exitCode: 3, kind });
  });

  test('until it goes well', async () => {
    const { retrier } = retrierWith();
    const answers: unknown[] = [undefined, {}, { ...IDENTITY, Account: '' }, IDENTITY];
    expect(await retrier.call(TARGET, 'GetCallerIdentity', async () => answers.shift())).toEqual(IDENTITY);
    expect(answers).toEqual([]);
  });
});

describe('the deadline of a call', () => {
  test('ends a request that goes on and on, and there is no other', async () => {
    const { retrier } = retrierWith(30);
    const signals: AbortSignal[] = [];
    const send = ({ abortSignal }: { abortSignal: AbortSignal }) => {
      signals.push(abortSignal);
      return new Promise<never>(() => {});
    };
    await expect(retrier.call(TARGET, 'GetCallerIdentity', send)).rejects.toMatchObject({
      kind: 'network',
      message: 'sts:GetCallerIdentity got no response: no complete response within 0.03 s',
    });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
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
