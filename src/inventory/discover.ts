import { setMaxListeners } from 'node:events';
import { interrupted } from '../aws/abort.ts';
import { Caller } from '../aws/caller.ts';
import { type Identity, identify } from '../aws/identity.ts';
import { findRegion } from '../aws/region.ts';
import { Connection } from './connection.ts';
import { DiscoverySession } from './discovery-session.ts';
import { Meter } from './meter.ts';
import type { AwsOptions, OpenAws } from './session.ts';

export const CONCURRENCY = 16;
const TIMEOUT = 15_000;

/**
 * Finds the credentials of all profiles and whose they are, with one GetCallerIdentity at most for each.
 * @throws Failure 3 where a profile has no usable credentials, 130 when aborted
 */
export const openAws: OpenAws = async (options, signal) => {
  const closing = new AbortController();
  const either = AbortSignal.any([signal, closing.signal]);
  // Every call under way listens.
  setMaxListeners(0, either);
  const meter = new Meter(options.onProgress);
  const caller = new Caller(either, {
    onCall: (call) => {
      meter.countCall();
      options.onCall?.(call);
    },
    onThrottle: () => meter.countThrottle(),
  });
  try {
    const [primary, ...further] = await openIdentities(options, caller);
    const connection = new Connection(primary, further, caller, () => closing.abort());
    return new DiscoverySession(
      connection,
      { ...options, concurrency: options.concurrency ?? CONCURRENCY },
      meter,
    );
  } catch (error) {
    closing.abort();
    throw signal.aborted ? interrupted() : error;
  }
};

async function openIdentities(options: AwsOptions, caller: Caller): Promise<[Identity, ...Identity[]]> {
  const [first = null, ...others] = options.profiles;
  const open = async (profile: string | null) =>
    identify(
      {
        profile,
        region: await findRegion(options.region, profile, options.env),
        timeout: options.timeout ?? TIMEOUT,
        atOnce: options.concurrency ?? CONCURRENCY,
      },
      caller,
    );
  return Promise.all([open(first), ...others.map(open)]);
}
