import type { Rates } from './rate.ts';
import type { Call } from './wire/call.ts';
import type { Service } from './wire/service.ts';

/** How the fake behaves, apart from what is in its world. */
export interface FakeAwsOptions {
  /** AWS's own limits, or this many items on every page. Default `aws`. */
  readonly pageSize?: number | 'aws';
  /** Wait before each answer, in milliseconds: of every service, or by service. Default 0. */
  readonly latencyMs?: number | Readonly<Partial<Record<Service, number>>>;
  /** Token buckets; without them nothing is throttled. `AWS_RATES` holds the documented ones. */
  readonly rates?: Rates;
  /** Seconds that a throttle says to wait: in the error, or in a header where errors of the service have no such member. */
  readonly retryAfter?: number;
  /** The clock of the buckets, in milliseconds; default the real one. */
  readonly now?: () => number;
  /** Called for every call of somebody known, before it is answered. */
  readonly onCall?: (call: Call) => void;
  /** The share of requests, 0 to 1, that get a 500, a connection reset or a throttle. Default 0. */
  readonly faultRate?: number;
  /** Which requests those are. Default `fault`. */
  readonly faultSeed?: string;
  /** Lists come in another order for each seed; default: in the order of the world. */
  readonly shuffle?: string;
  /** Whose credentials stand in `env`; default the management account's. */
  readonly callerAccountId?: string;
  /** Region in `env`; default the home region. */
  readonly region?: string;
  /** Whether the credentials in `env` carry their account id. Default false. */
  readonly accountIdInEnv?: boolean;
  /** The caller's own credentials expire after this many calls. */
  readonly userCalls?: number;
  /** Credentials from AssumeRole expire after this many calls each. */
  readonly sessionCalls?: number;
  /** Members of Organizations' `Account` that are left out. */
  readonly omitFromAccount?: readonly ('State' | 'Status' | 'Paths')[];
  /** Members of Identity Center's `InstanceMetadata` that are left out. */
  readonly omitFromInstance?: readonly ('PrimaryRegion' | 'Regions' | 'OwnerAccountId')[];
  /** False: accounts other than the instance's owner and administrator do not see it in ListInstances. Default true. */
  readonly instanceVisibleToMembers?: boolean;
}
