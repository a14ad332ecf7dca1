import { setMaxListeners } from 'node:events';
import { interrupted } from '../aws/abort.ts';
import { type Identity, identify } from '../aws/identity.ts';
import { type CredentialSource, defaultSource, findRegion, statedProfile } from '../aws/profile.ts';
import { type OutgoingCall, Retrier } from '../aws/retry.ts';
import { Connection } from './connection.ts';
import { DiscoverySession } from './discovery-session.ts';
import { ProgressTracker } from './meter.ts';
import type { AwsOptions, OpenAws } from './session.ts';

export const CONCURRENCY = 16;

/**
 * Finds the credentials of all profiles and whose they are, with one GetCallerIdentity at most for each.
 * @throws Failure 3 where a profile has no usable credentials, 130 when aborted
 */
export const openAws: OpenAws = async (options, signal) => {
  const closing = new AbortController();
  const either = AbortSignal.any([signal, closing.signal]);
  // Every call under way listens.
  setMaxListeners(0, either);
  const meter = new ProgressTracker(options.onProgress);
  const hooks = {
    onCall: (call: OutgoingCall) => {
      meter.countCall();
      options.onCall?.(call);
    },
    onThrottle: () => meter.countThrottle(),
  };
  const retrier = new Retrier(either, hooks, options.timing);
  try {
    const [primary, ...further] = await openIdentities(options, retrier);
    const connection = new Connection(primary, further, () => closing.abort());
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

async function openIdentities(options: AwsOptions, retrier: Retrier): Promise<[Identity, ...Identity[]]> {
  const [first, ...others] = options.profiles.map(statedProfile);
  const open = async (source: CredentialSource) =>
    identify(
      {
        source,
        region: await findRegion(options.region, source.profile, options.env),
        atOnce: options.concurrency ?? CONCURRENCY,
      },
      retrier,
    );
  const primary = first ?? (await defaultSource(options.env, (finding) => options.onFinding?.(finding)));
  return Promise.all([open(primary), ...others.map(open)]);
}
