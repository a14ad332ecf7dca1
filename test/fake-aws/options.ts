import type { Rates } from './rate.ts';
import type { Call } from './wire/call.ts';
import type { Service } from './wire/service.ts';

/** Settings of the fake's behavior, in addition to its world. */
export interface FakeAwsOptions {
  /** AWS's own limits, or this many items on every page. Default `aws`. */
  readonly pageSize?: number | 'aws';
  /** Delay before each answer, in milliseconds: for every service, or by service. Default 0. */
  readonly latencyMs?: number | Readonly<Partial<Record<Service, number>>>;
  /** Token buckets; without them nothing is throttled. `AWS_RATES` contains the documented ones. */
  readonly rates?: Rates;
  /**
   * Retry delay of a throttle, in seconds: in the error, or in a header if the service's errors have no such member.
   */
  readonly retryAfter?: number;
  /** The clock of the buckets, in milliseconds; default the real one. */
  readonly now?: () => number;
  /** Called for every call of a known caller, before it is answered. */
  readonly onCall?: (call: Call) => void;
  /** The share of requests, 0 to 1, that get a 500, a connection reset or a throttle. Default 0. */
  readonly faultRate?: number;
  /** Seed that selects these requests. Default `fault`. */
  readonly faultSeed?: string;
  /** Returns lists in a different order for each seed; default: in the order of the world. */
  readonly shuffle?: string;
  /** The account whose credentials are in `env`; default the management account. */
  readonly callerAccountId?: string;
  /** Region in `env`; default the home region. */
  readonly region?: string;
  /** True to include the account ID with the credentials in `env`. Default false. */
  readonly accountIdInEnv?: boolean;
  /** The caller's own credentials expire after this many calls. */
  readonly userCalls?: number;
  /** Credentials from AssumeRole expire after this many calls each. */
  readonly sessionCalls?: number;
  /** Members to omit from Organizations' `Account`. */
  readonly omitFromAccount?: readonly ('State' | 'Status' | 'Paths')[];
  /** Members to omit from Identity Center's `InstanceMetadata`. */
  readonly omitFromInstance?: readonly ('PrimaryRegion' | 'Regions' | 'OwnerAccountId')[];
  /** True if account instances list no permission sets, instead of refusing. Default false. */
  readonly accountInstancesListNothing?: boolean;
  /** False to hide the instance in ListInstances from accounts other than its owner and administrator. Default true. */
  readonly instanceVisibleToMembers?: boolean;
}
