import type { Answer } from './wire/answer.ts';
import { addresses, type Call, callName } from './wire/call.ts';
import { nestedText } from './wire/input.ts';
import { hexId } from './world/identifier.ts';

/**
 * A fault: an error answer (`throttle`, `500`, `expired`, `denied`, `not-found`, `unknown-key`, `not-subscribed`), a
 * connection cut before or during the answer (`reset`, `truncate`), a complete HTTP response with half a document
 * (`half-body`), no answer (`hang`), or a page without items but with a token (`empty-page-with-token`).
 */
export type FaultKind =
  | 'throttle'
  | '500'
  | 'expired'
  | 'denied'
  | 'not-found'
  | 'unknown-key'
  | 'not-subscribed'
  | 'reset'
  | 'truncate'
  | 'half-body'
  | 'hang'
  | 'empty-page-with-token'
  | AnswerFault;

/**
 * A fault in a successful answer: no content (`204`), nothing in it (`empty-body`, `empty-object`), a proxy's page
 * (`html`), an empty list (`empty-list`), a missing list or a missing member of its items, a list cut short without a
 * token (`truncated-without-marker`), tokens that alternate or never end, a byte a second (`drip`), or any change by
 * `Fault.change` (`changed`); and two refusals: `kms` and `region-disabled`.
 */
export type AnswerFault =
  | '204'
  | 'empty-body'
  | 'empty-object'
  | 'html'
  | 'no-list'
  | 'empty-list'
  | 'no-id'
  | 'no-arn'
  | 'no-date'
  | 'no-name'
  | 'truncated-without-marker'
  | 'cycling-tokens'
  | 'endless-tokens'
  | 'drip'
  | 'changed'
  | 'kms'
  | 'region-disabled';

export interface Fault {
  readonly kind: FaultKind;
  /** `iam.ListRoles`, `sso-admin.*` or `*`. */
  readonly operation: string;
  /** Only calls about this account: the one whose role is assumed, whose id is in the request, else the caller's. */
  readonly accountId?: string;
  /** Only calls to this region, according to their signature. */
  readonly region?: string;
  /** Number of times; default: always. */
  readonly times?: number;
  /** The change for `changed`, applied before the answer is serialized. */
  readonly change?: (answer: Answer, call: Call) => Answer;
  /** Number of matching calls to skip first. */
  readonly after?: number;
}

const RANDOM_KINDS = ['500', 'reset', 'throttle'] as const;

/** The account that a call is about. */
function subjectOf(call: Call): string {
  const role = nestedText(call.input, 'RoleArn');
  if (role) return role.split(':')[4] ?? '';
  const stated = nestedText(call.input, 'AccountId') ?? nestedText(call.input, 'ChildId');
  return stated ?? call.caller.accountId;
}

/** The pending faults on demand; a call uses up the first that matches. */
export class FaultPlan {
  #armed: { readonly fault: Fault; seen: number }[] = [];

  add(fault: Fault): void {
    this.#armed.push({ fault, seen: 0 });
  }

  clear(): void {
    this.#armed = [];
  }

  next(call: Call): Fault | undefined {
    for (const armed of this.#armed) {
      const { operation, accountId, region, after = 0, times = Number.POSITIVE_INFINITY } = armed.fault;
      if (!addresses(operation, callName(call))) continue;
      if (accountId !== undefined && accountId !== subjectOf(call)) continue;
      if (region !== undefined && region !== call.region) continue;
      armed.seen += 1;
      if (armed.seen > after && armed.seen <= after + times) return armed.fault;
    }
    return undefined;
  }
}

/**
 * Strikes a share of all requests. The choice depends on the seed, the request and its number of repeats, not on the
 * order of arrival: the same run meets the same faults at any concurrency.
 */
export function randomFaults(rate: number, seed: string): (call: Call) => Fault | undefined {
  const attempts = new Map<string, number>();
  return (call) => {
    if (rate <= 0) return undefined;
    const { RoleSessionName: _, ...stable } = call.input;
    const request = `${callName(call)} ${call.caller.accountId} ${JSON.stringify(stable)}`;
    const attempt = (attempts.get(request) ?? 0) + 1;
    attempts.set(request, attempt);
    const draw = Number.parseInt(hexId(12, seed, request, String(attempt)), 16);
    if (draw / 16 ** 12 >= rate) return undefined;
    const kind = RANDOM_KINDS[draw % RANDOM_KINDS.length];
    return kind && { kind, operation: callName(call) };
  };
}
