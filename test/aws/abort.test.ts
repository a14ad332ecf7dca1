import { expect, test } from 'vitest';
import { orAbort } from '../../src/aws/abort.ts';
import { Retrier } from '../../src/aws/retry.ts';
import { unhandled } from '../unhandled.ts';

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

test('so is one that is handed over when the signal was aborted already', async () => {
  const rejections = unhandled();
  await expect(orAbort(rejected(), AbortSignal.abort())).rejects.toMatchObject({ exitCode: 130 });
  expect(await rejections()).toEqual([]);
});

test('after the signal no call is sent, and its rejection reaches nobody', async () => {
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
