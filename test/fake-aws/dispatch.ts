import { type FaultKind, FaultPlan, randomFaults } from './fault.ts';
import type { FakeAwsOptions } from './options.ts';
import { rateLimiter } from './rate.ts';
import { IAM } from './services/iam.ts';
import { IDENTITY_STORE } from './services/identity-store.ts';
import { ORGANIZATIONS } from './services/organizations.ts';
import { SSO_ADMIN } from './services/sso-admin.ts';
import { STS } from './services/sts.ts';
import { openSessions } from './sessions.ts';
import { Tally } from './tally.ts';
import { AwsError, denied, expired, internalError, throttled, unknownKey } from './wire/aws-error.ts';
import { addresses, type Backend, type Call, callName, type Operations } from './wire/call.ts';
import type { Delivery } from './wire/deliver.ts';
import { answerReply, errorReply, type Reply } from './wire/reply.ts';
import type { AwsRequest } from './wire/request.ts';
import type { Service } from './wire/service.ts';
import type { World } from './world/world.ts';
import { indexWorld } from './world/world-index.ts';

const OPERATIONS: Readonly<Record<Service, Operations>> = {
  sts: STS,
  iam: IAM,
  organizations: ORGANIZATIONS,
  'sso-admin': SSO_ADMIN,
  identitystore: IDENTITY_STORE,
};

/** A fake AWS without its HTTP server. */
export interface Dispatcher {
  readonly dispatch: (request: AwsRequest, requestId: string) => { reply: Reply; delivery: Delivery };
  readonly calls: Tally;
  readonly throttles: Tally;
  readonly faults: FaultPlan;
}

export function createDispatcher(world: World, options: FakeAwsOptions): Dispatcher {
  const sessions = openSessions(world.partition, options);
  const backend: Backend = { world, index: indexWorld(world), options, openSession: sessions.open };
  const isWithinRate = rateLimiter(options.rates ?? {}, () => performance.now());
  const randomFault = randomFaults(options.faultRate ?? 0, options.faultSeed ?? 'fault');
  const calls = new Tally();
  const throttles = new Tally();
  const faults = new FaultPlan();

  const answer = (call: Call, fault: FaultKind | undefined) => {
    const name = callName(call);
    if (fault === 'throttle' || !isWithinRate(call)) {
      throttles.add(name);
      throw throttled(call.service);
    }
    if (fault === '500') throw internalError(call.service);
    if (fault === 'expired' || !sessions.spend(call.caller)) throw expired(call.service);
    const { denies = [] } = backend.index.accounts.get(call.caller.accountId) ?? {};
    if (fault === 'denied' || denies.some((pattern) => addresses(pattern, name))) throw denied(call);
    const operation = OPERATIONS[call.service][call.operation];
    if (!operation) throw new AwsError('UnknownOperationException', `The fake does not know ${name}`);
    return operation({ ...call, emptyPage: fault === 'empty-page-with-token' }, backend);
  };

  const dispatch = (request: AwsRequest, requestId: string) => {
    const { service, operation } = request;
    calls.add(callName(request));
    let delivery: Delivery = 'whole';
    try {
      const caller = sessions.find(request.accessKeyId, request.token);
      if (!caller || !backend.index.accounts.has(caller.accountId)) throw unknownKey(service);
      const call = {
        service,
        operation,
        input: request.input,
        region: request.region,
        caller,
        emptyPage: false,
      };
      const fault = faults.next(call) ?? randomFault(call);
      delivery = deliveryOf(fault);
      return { reply: answerReply(service, operation, answer(call, fault), requestId), delivery };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return { reply: errorReply(service, error, requestId), delivery };
    }
  };
  return { dispatch, calls, throttles, faults };
}

function deliveryOf(fault: FaultKind | undefined): Delivery {
  if (fault === 'reset' || fault === 'truncate' || fault === 'half-body' || fault === 'hang') return fault;
  return 'whole';
}
