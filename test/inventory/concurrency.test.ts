import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, onTestFinished, test } from 'vitest';
import { id, opened, query } from './opened.ts';

const IDS = Array.from({ length: 60 }, (_, index) => String(200_000_000_000 + index));
const WORLD = {
  accounts: IDS.map((account) => ({ id: account })),
  permissionSets: ['Admin'],
  groups: [{ displayName: 'Platform' }],
  assignments: IDS.map((account) => ({ account, permissionSet: 'Admin', group: 'Platform' })),
};

/** The most requests of this process that awaited an answer at a time. */
function mostAtOnce(): () => number {
  let [now, most] = [0, 0];
  const start = () => {
    now += 1;
    most = Math.max(most, now);
  };
  const finish = () => {
    now -= 1;
  };
  subscribe('http.client.request.start', start);
  subscribe('http.client.response.finish', finish);
  onTestFinished(() => {
    unsubscribe('http.client.request.start', start);
    unsubscribe('http.client.response.finish', finish);
  });
  return () => most;
}

test.each([
  { options: {}, most: 16 },
  { options: { concurrency: 3 }, most: 3 },
  { options: { concurrency: 1 }, most: 1 },
])('$most calls to accounts at a time with $options', async ({ options, most }) => {
  const { open } = await opened(WORLD, { latencyMs: 5 });
  const session = await open(options);
  const atOnce = mostAtOnce();
  const inventory = await session.read(query(IDS.map(id)));
  expect(inventory.roles).toHaveLength(60);
  expect(atOnce()).toBe(most);
});
