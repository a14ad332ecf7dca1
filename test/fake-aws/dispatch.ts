import { partitionOfRegion } from '../../src/arn.ts';
import { brokenAnswer, brokenReply, deliveryOf, isOfTokens, refusalOf } from './broken-answer.ts';
import { answerPath, type PathRequest } from './credential-services.ts';
import { type Fault, type FaultKind, FaultPlan, randomFaults } from './fault.ts';
import type { FakeAwsOptions } from './options.ts';
import { rateLimiter } from './rate.ts';
import { EKS } from './services/eks.ts';
import { IAM } from './services/iam.ts';
import { IDENTITY_STORE } from './services/identity-store.ts';
import { ORGANIZATIONS } from './services/organizations.ts';
import { SSO_ADMIN } from './services/sso-admin.ts';
import { STS } from './services/sts.ts';
import { openSessions, type Sessions, userKey } from './sessions.ts';
import { Tally } from './tally.ts';
import type { Answer } from './wire/answer.ts';
import {
  AwsError,
  denied,
  expired,
  internalError,
  notFound,
  throttled,
  unknownKey,
} from './wire/aws-error.ts';
import { addresses, type Backend, type Call, callName, type Operations } from './wire/call.ts';
import type { Delivery } from './wire/deliver.ts';
import { answerReply, errorReply, type Reply } from './wire/reply.ts';
import type { AwsRequest } from './wire/request.ts';
import { DIALECTS, type Service } from './wire/service.ts';
import { type ClusterStore, openClusters } from './world/cluster-store.ts';
import type { World } from './world/world.ts';
import { indexWorld } from './world/world-index.ts';

const OPERATIONS: Readonly<Record<Service, Operations>> = {
  sts: STS,
  iam: IAM,
  organizations: ORGANIZATIONS,
  'sso-admin': SSO_ADMIN,
  identitystore: IDENTITY_STORE,
  eks: EKS,
};

/** A fake AWS without its HTTP server. */
export class Dispatcher {
  readonly calls = new Tally();
  readonly throttles = new Tally();
  readonly faults = new FaultPlan();
  #backend: Backend;
  #served = 0;
  readonly #sessions: Sessions;
  readonly #isWithinRate: (call: Call) => boolean;
  readonly #randomFault: (call: Call) => Fault | undefined;

  constructor(world: World, options: FakeAwsOptions) {
    this.#sessions = openSessions(world.partition, options);
    const clusters = openClusters(world.clusters);
    this.#backend = { world, index: indexWorld(world), clusters, options, openSession: this.#sessions.open };
    this.#isWithinRate = rateLimiter(options.rates ?? {}, options.now ?? (() => performance.now()));
    this.#randomFault = randomFaults(options.faultRate ?? 0, options.faultSeed ?? 'fault');
  }

  dispatch(request: AwsRequest, requestId: string): { readonly reply: Reply; readonly delivery: Delivery } {
    const { service, operation } = request;
    this.calls.add(callName(request));
    let delivery: Delivery = 'whole';
    try {
      const call = this.#callOf(request);
      this.#backend.options.onCall?.(call);
      const fault = this.faults.next(call) ?? this.#randomFault(call);
      delivery = deliveryOf(fault?.kind);
      const reply = answerReply(service, operation, this.#answer(call, fault), requestId);
      return { reply: brokenReply(reply, fault?.kind), delivery };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return { reply: errorReply(service, error, requestId), delivery };
    }
  }

  /** Changes everything but the clusters and the sessions. */
  become(world: World): void {
    this.#backend = { ...this.#backend, world, index: indexWorld(world) };
  }

  /** The clusters after all calls so far. */
  get clusters(): ClusterStore {
    return this.#backend.clusters;
  }

  get openSession(): Sessions['open'] {
    return this.#sessions.open;
  }

  /** Credential services by path: counted, and nothing else. */
  dispatchPath(request: PathRequest, name: string): Reply {
    this.calls.add(name);
    return answerPath(request, this.#backend);
  }

  #callOf({ service, operation, input, region, accessKeyId, token }: AwsRequest): Call {
    const { world, index } = this.#backend;
    // A caller with an identity provider's token needs no key.
    const isUnsigned = operation === 'AssumeRoleWithWebIdentity' && accessKeyId === '';
    const caller = isUnsigned
      ? this.#sessions.find(userKey(world.managementAccountId), undefined)
      : this.#sessions.find(accessKeyId, token);
    // A key is only valid in its own partition, which follows from the region.
    const isHome = partitionOfRegion(region) === world.partition;
    if (!caller || !isHome || !index.accounts.has(caller.accountId)) throw unknownKey(service);
    return { service, operation, input, region, caller, emptyPage: false };
  }

  #answer(call: Call, struck: Fault | undefined): Answer {
    const fault = struck?.kind;
    this.#refuse(call, fault);
    const operation = OPERATIONS[call.service][call.operation];
    if (operation) {
      const { [DIALECTS[call.service].paging.token]: _, ...input } = call.input;
      const asked = isOfTokens(fault) ? { ...call, input } : call;
      const answer = operation({ ...asked, emptyPage: fault === 'empty-page-with-token' }, this.#backend);
      this.#served += 1;
      if (struck?.change) return struck.change(answer, call);
      return brokenAnswer(answer, fault, call, this.#served);
    }
    throw new AwsError('UnknownOperationException', `The fake does not know ${callName(call)}`);
  }

  /** Throws if something prevents the operation: rates, faults, credentials, permissions. */
  #refuse(call: Call, fault: FaultKind | undefined): void {
    const name = callName(call);
    if (fault === 'throttle' || !this.#isWithinRate(call)) {
      this.throttles.add(name);
      throw throttled(call.service, this.#backend.options.retryAfter);
    }
    const refusal = refusalOf(fault, call);
    if (refusal) throw refusal;
    if (fault === '500') throw internalError(call.service);
    if (fault === 'unknown-key') throw unknownKey(call.service);
    if (fault === 'not-subscribed') throw new AwsError('OptInRequired', 'You are not subscribed to it.', 403);
    if (fault === 'not-found') throw notFound(`${name}: there is no such thing any more`);
    if (fault === 'expired' || !this.#sessions.spend(call.caller)) throw expired(call.service);
    const { denies = [] } = this.#backend.index.accounts.get(call.caller.accountId) ?? {};
    if (fault === 'denied' || denies.some((pattern) => addresses(pattern, name))) throw denied(call);
  }
}
