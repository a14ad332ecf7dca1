import { fileURLToPath } from 'node:url';
import type { LargeWorld } from '../fake-aws/large-world.ts';
import { AWS_RATES } from '../fake-aws/rate.ts';
import { type Counts, type SpawnedFakeAws, spawnFakeAws } from '../fake-aws/spawn.ts';
import { type MeasuredRun, measuredRun } from './measured-run.ts';

export const LATENCY_MS = 50;

/** People are few unless said otherwise: only questions about them depend on how many there are. */
export type Size = Pick<LargeWorld, 'accounts' | 'permissionSets'> & Partial<LargeWorld>;

/** A run against the fake AWS, and the requests that it took. */
export interface AwsRun extends MeasuredRun, Counts {
  readonly size: Size;
}

/**
 * Has a program ask a fake AWS of its own process: AWS's page sizes and rates, 50 ms for each answer, every permission set assigned
 * in every account.
 * @param faultRate the share of answers that are 500, reset or throttled
 */
export async function runOnFakeAws(
  root: URL,
  size: Size,
  program: URL,
  argv: readonly string[] = [],
  faultRate = 0,
): Promise<AwsRun> {
  const fake = await open(root, size, faultRate);
  try {
    const run = await measuredRun(program, argv, fake.env);
    return { ...run, ...(await fake.counts()), size };
  } finally {
    await fake.close();
  }
}

function open(root: URL, size: Size, faultRate: number): Promise<SpawnedFakeAws> {
  return spawnFakeAws(
    { large: { users: 4, groups: 12, principalsPerPair: 1, ...size } },
    { latencyMs: LATENCY_MS, rates: AWS_RATES, faultRate },
    fileURLToPath(new URL('test/fake-aws/spawned.ts', root)),
  );
}

/** The calls of a run, of one service or of all. */
export function callCount({ calls }: Counts, service = ''): number {
  return Object.entries(calls)
    .filter(([name]) => name.startsWith(service))
    .reduce((sum, [, count]) => sum + count, 0);
}

export function throttleCount({ throttled }: Counts): number {
  return Object.values(throttled).reduce((sum, count) => sum + count, 0);
}

/** Calls that share a limit: sso-admin's all together, Identity Store's by operation. Answers the largest number of them. */
export function longestQueue(counts: Counts): number {
  const identityStore = Object.keys(counts.calls).filter((name) => name.startsWith('identitystore.'));
  return Math.max(...['sso-admin.', ...identityStore].map((queue) => callCount(counts, queue)));
}
