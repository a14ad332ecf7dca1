import { type Call, callName } from './wire/call.ts';

/** A token bucket that refills at `perSecond` and contains at most `burst` (default: one second's worth). */
export interface Rate {
  readonly perSecond: number;
  readonly burst?: number;
  /**
   * The scope of a bucket: everything under the rate's key, each operation, each calling account, or each operation in
   * each account and region. Default `service`.
   */
  readonly per?: 'service' | 'operation' | 'account' | 'place';
}

/**
 * By operation (`organizations.ListAccounts`) or service (`sso-admin`); an operation's own rate takes precedence. With
 * several rates, a call must be within each of them.
 */
export type Rates = Readonly<Record<string, Rate | readonly Rate[]>>;

const TREE: Rate = { perSecond: 5, burst: 8, per: 'account' };
const RARE: Rate = { perSecond: 1, burst: 2, per: 'account' };

/**
 * AWS's documented limits: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html and
 * similar.
 */
export const AWS_RATES: Rates = {
  'sso-admin': { perSecond: 20 },
  identitystore: { perSecond: 20, per: 'operation' },
  sts: { perSecond: 600, per: 'account' },
  'organizations.ListAccounts': [
    { perSecond: 8, burst: 12, per: 'account' },
    { perSecond: 9, burst: 15 },
  ],
  'organizations.ListAccountsForParent': TREE,
  'organizations.ListOrganizationalUnitsForParent': TREE,
  'organizations.ListParents': TREE,
  'organizations.DescribeOrganizationalUnit': { perSecond: 2, burst: 2, per: 'account' },
  'organizations.ListRoots': RARE,
  'organizations.DescribeOrganization': RARE,
  // Undocumented; EKS throttles nodes that call DescribeCluster by the hundred (awslabs/amazon-eks-ami issue 999).
  // Assumed to be this low.
  eks: { perSecond: 10, per: 'place' },
};

interface Bucket {
  tokens: number;
  at: number;
}

/** Returns true if a call is within its rate, and takes it off the bucket. `now` is in milliseconds. */
export function rateLimiter(rates: Rates, now: () => number): (call: Call) => boolean {
  const buckets = new Map<string, Bucket>();
  return (call) => {
    const name = callName(call);
    const key = name in rates ? name : call.service;
    const concerned = [rates[key] ?? []].flat().map((rate, index) => {
      return refilled(buckets, `${key} ${index} ${bucketOf(call, rate.per)}`, rate, now());
    });
    if (concerned.some(({ tokens }) => tokens < 1)) return false;
    for (const bucket of concerned) bucket.tokens -= 1;
    return true;
  };
}

function bucketOf(call: Call, per: Rate['per']): string {
  const name = callName(call);
  switch (per) {
    case 'operation':
      return name;
    case 'account':
      return call.caller.accountId;
    case 'place':
      return `${call.caller.accountId} ${call.region} ${name}`;
    default:
      return '';
  }
}

function refilled(buckets: Map<string, Bucket>, key: string, rate: Rate, now: number): Bucket {
  const capacity = rate.burst ?? Math.max(1, rate.perSecond);
  const bucket = buckets.get(key) ?? { tokens: capacity, at: now };
  buckets.set(key, bucket);
  bucket.tokens = Math.min(capacity, bucket.tokens + ((now - bucket.at) / 1000) * rate.perSecond);
  bucket.at = now;
  return bucket;
}

/** The rates multiplied by a factor, bursts included. */
export function scaledRates(rates: Rates, factor: number): Rates {
  const scaled = ({ perSecond, burst = perSecond, ...rate }: Rate): Rate => ({
    ...rate,
    perSecond: perSecond * factor,
    burst: Math.max(1, burst * factor),
  });
  return Object.fromEntries(Object.entries(rates).map(([key, value]) => [key, [value].flat().map(scaled)]));
}
