import type { Answer } from './wire/answer.ts';
import { addresses, type Call, callName } from './wire/call.ts';
import { nestedText } from './wire/input.ts';
import { hexId } from './world/identifier.ts';

/**
 * What goes wrong: an error answer (`throttle`, `500`, `expired`, `denied`, `not-found`, `unknown-key`, `not-subscribed`), a connection that is cut before or
 * amid the answer (`reset`, `truncate`), an answer that is whole to HTTP but half a document (`half-body`), none at
 * all (`hang`), or a page without items whose token leads on (`empty-page-with-token`).
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
 * What is wrong with an answer that arrives as a success: no content (`204`), nothing in it (`empty-body`, `empty-object`), a page of
 * a proxy (`html`), a list that is empty (`empty-list`), a list or one member of its items that is missing, a list that is cut without a way on (`truncated-without-marker`),
 * tokens that alternate or never end, a byte a second (`drip`), whatever `Fault.change` makes of it (`changed`); and two refusals: `kms` and
 * `region-disabled`.
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
  /** Only calls to this region, as their signature says. */
  readonly region?: string;
  /** How often; default always. */
  readonly times?: number;
  /** What `changed` makes of the answer, before it is put into the words of its protocol. */
  readonly change?: (answer: Answer, call: Call) => Answer;
  /** Lets this many matching calls through first. */
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

/** The faults on demand that are still to come; the first that matches is used up by the call. */
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
 * Strikes a share of all requests. Whether it strikes depends on the seed, the request and how often the same request
 * came before, not on the order in which requests arrive: the same run meets the same faults at any concurrency.
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
