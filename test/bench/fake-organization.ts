import { fileURLToPath } from 'node:url';
import type { LargeWorld } from '../fake-aws/large-world.ts';
import type { FakeAwsOptions } from '../fake-aws/options.ts';
import { AWS_RATES, type Rate, type Rates } from '../fake-aws/rate.ts';
import { type Counts, type SpawnedFakeAws, spawnFakeAws } from '../fake-aws/spawn.ts';
import { type MeasuredRun, measuredRun } from './measured-run.ts';

/** Properties of the fake AWS other than its page sizes. */
export interface Conditions {
  readonly latencyMs: NonNullable<FakeAwsOptions['latencyMs']>;
  readonly rates: Rates;
  /** Share of answers that are 500, reset or throttled. */
  readonly faultRate: number;
}

const USUAL: Conditions = { latencyMs: 50, rates: AWS_RATES, faultRate: 0 };

/** Few by default: only queries about people depend on their number. */
export type Size = Pick<LargeWorld, 'accounts' | 'permissionSets'> & Partial<LargeWorld>;

/** A run against the fake AWS, and the requests that it took. */
export interface AwsRun extends MeasuredRun, Counts {
  readonly size: Size;
  readonly conditions: Conditions;
}

/**
 * Runs a program with a fake AWS in a separate process: page sizes of AWS and, by default, its rates and 50 ms per answer;
 * every permission set is assigned in every account.
 */
export async function runOnFakeAws(
  root: URL,
  size: Size,
  program: URL,
  argv: readonly string[] = [],
  changed: Partial<Conditions> = {},
): Promise<AwsRun> {
  const conditions = { ...USUAL, ...changed };
  const fake = await open(root, size, conditions);
  try {
    const run = await measuredRun(program, argv, fake.env);
    return { ...run, ...(await fake.counts()), size, conditions };
  } finally {
    await fake.close();
  }
}

export function worldOf(size: Size): LargeWorld {
  return { users: 4, groups: 12, principalsPerPair: 1, ...size };
}

function open(root: URL, size: Size, conditions: Conditions): Promise<SpawnedFakeAws> {
  return spawnFakeAws(
    { large: worldOf(size) },
    conditions,
    fileURLToPath(new URL('test/fake-aws/spawned.ts', root)),
  );
}

/** Calls of a run, to one service or to all. */
export function callCount({ calls }: Counts, service = ''): number {
  return Object.entries(calls)
    .filter(([name]) => name.startsWith(service))
    .reduce((sum, [, count]) => sum + count, 0);
}

export function throttleCount({ throttled }: Counts): number {
  return Object.values(throttled).reduce((sum, count) => sum + count, 0);
}

/** The program's own limit of AssumeRole calls per second. */
const ASSUME_ROLE: Rate = { perSecond: 300, burst: 0 };

/**
 * The minimum time of a run that reads role names, however parallel: the pages of the list, one after the
 * other, and the rates of AssumeRole and of that list.
 */
export function idealMs({ calls, throttled, conditions: { latencyMs, rates } }: AwsRun): number {
  const served = (name: string) => (calls[name] ?? 0) - (throttled[name] ?? 0);
  const [pages, roles] = [served('organizations.ListAccounts'), served('sts.AssumeRole')];
  const latency = typeof latencyMs === 'number' ? latencyMs : (latencyMs.organizations ?? 0);
  const paced = [
    ...[rates['organizations.ListAccounts'] ?? []].flat().map((rate) => timeAt(rate, pages)),
    ...[rates.sts ?? [], ASSUME_ROLE].flat().map((rate) => timeAt(rate, roles)),
  ];
  return Math.max(pages * latency, ...paced);
}

/** Milliseconds until so many calls are served. */
function timeAt({ perSecond, burst = perSecond }: Rate, calls: number): number {
  return (Math.max(0, calls - burst) / perSecond) * 1000;
}

/** The largest number of calls that share a limit: all of sso-admin's, each Identity Store operation's. */
export function longestQueue(counts: Counts): number {
  const identityStore = Object.keys(counts.calls).filter((name) => name.startsWith('identitystore.'));
  return Math.max(...['sso-admin.', ...identityStore].map((queue) => callCount(counts, queue)));
}
