import { type Call, callName } from './wire/call.ts';

/** A token bucket: it refills with `perSecond` and holds at most `burst` (default: one second's worth). */
interface Rate {
  readonly perSecond: number;
  readonly burst?: number;
  /** One bucket for all that the rate's key addresses, for each operation, or for each calling account. Default `service`. */
  readonly per?: 'service' | 'operation' | 'account';
}

/** By operation (`organizations.ListAccounts`) or service (`sso-admin`); an operation's own rate goes first. */
export type Rates = Readonly<Record<string, Rate>>;

const TREE: Rate = { perSecond: 5, burst: 8 };
const RARE: Rate = { perSecond: 1, burst: 2 };

/** What AWS documents: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html and alike. */
export const AWS_RATES: Rates = {
  'sso-admin': { perSecond: 20 },
  identitystore: { perSecond: 20, per: 'operation' },
  'organizations.ListAccounts': { perSecond: 8, burst: 12 },
  'organizations.ListAccountsForParent': TREE,
  'organizations.ListOrganizationalUnitsForParent': TREE,
  'organizations.ListRoots': RARE,
  'organizations.DescribeOrganization': RARE,
};

interface Bucket {
  tokens: number;
  at: number;
}

/** Says whether a call is within its rate, and takes it off the bucket. `now` is in milliseconds. */
export function rateLimiter(rates: Rates, now: () => number): (call: Call) => boolean {
  const buckets = new Map<string, Bucket>();
  return (call) => {
    const name = callName(call);
    const key = name in rates ? name : call.service;
    const rate = rates[key];
    if (!rate) return true;
    const which = rate.per === 'operation' ? name : rate.per === 'account' ? call.caller.accountId : '';
    return take(buckets, `${key} ${which}`, rate, now());
  };
}

function take(buckets: Map<string, Bucket>, key: string, rate: Rate, now: number): boolean {
  const capacity = rate.burst ?? Math.max(1, rate.perSecond);
  const bucket = buckets.get(key) ?? { tokens: capacity, at: now };
  buckets.set(key, bucket);
  bucket.tokens = Math.min(capacity, bucket.tokens + ((now - bucket.at) / 1000) * rate.perSecond);
  bucket.at = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}
