import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import type { AwsOptions } from '../../src/directory/connection.ts';
import { id, opened, query } from './opened.ts';

const IDS = Array.from({ length: 200 }, (_, index) => String(200_000_000_000 + index));
const WORLD = {
  accounts: IDS.map((account) => ({ id: account })),
  permissionSets: ['Admin'],
  groups: [{ displayName: 'Platform' }],
  assignments: IDS.map((account) => ({ account, permissionSet: 'Admin', group: 'Platform' })),
};

/** This process's maximum number of concurrent requests, by service. */
function mostAtOnce(): Map<string, number> {
  const now = new Map<string, number>();
  const most = new Map<string, number>();
  const count = (message: unknown, change: number) => {
    const service = serviceOf(message);
    const current = (now.get(service) ?? 0) + change;
    now.set(service, current);
    most.set(service, Math.max(most.get(service) ?? 0, current));
  };
  const start = (message: unknown) => count(message, 1);
  const finish = (message: unknown) => count(message, -1);
  subscribe('http.client.request.start', start);
  subscribe('http.client.response.finish', finish);
  onTestFinished(() => {
    unsubscribe('http.client.request.start', start);
    unsubscribe('http.client.response.finish', finish);
  });
  return most;
}

/** A request's signature names its service. */
function serviceOf(message: unknown): string {
  const { request } = message as { readonly request: ClientRequest };
  return /\/(\w+)\/aws4_request/.exec(String(request.getHeader('authorization')))?.[1] ?? '';
}

async function mostCalls(options: Partial<AwsOptions>, ids = IDS) {
  const { open } = await opened(WORLD, { latencyMs: 10 });
  const session = await open(options);
  const most = mostAtOnce();
  const inventory = await session.read(query(ids.map(id)));
  expect(inventory.roles).toHaveLength(ids.length);
  return [most.get('sts') ?? 0, most.get('iam') ?? 0];
}

test.each([3, 1])('no more than %i concurrent calls to a service, if that is the maximum', async (most) => {
  expect(await mostCalls({ width: { start: 1, most } }, IDS.slice(0, 30))).toEqual([most, most]);
});

test('concurrency grows as long as AWS answers', async () => {
  const [sts = 0] = await mostCalls({});
  expect(sts).toBeGreaterThan(16);
  expect(sts).toBeLessThanOrEqual(64);
});
