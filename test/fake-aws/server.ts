import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathCallName } from './credential-services.ts';
import { Dispatcher } from './dispatch.ts';
import { type Environment, environmentOf } from './environment.ts';
import type { Fault } from './fault.ts';
import type { FakeAwsOptions } from './options.ts';
import type { Sessions } from './sessions.ts';
import { AwsError } from './wire/aws-error.ts';
import { deliver } from './wire/deliver.ts';
import { errorReply } from './wire/reply.ts';
import { parseRequest } from './wire/request.ts';
import type { Service } from './wire/service.ts';
import { uuid } from './world/identifier.ts';
import type { World, WorldCluster } from './world/world.ts';

export interface FakeAws {
  readonly url: string;
  readonly env: Environment;
  /** By `service.Operation`, such as `iam.ListRoles`; every attempt counts. */
  readonly calls: Readonly<Record<string, number>>;
  /** The calls among them that were throttled. */
  readonly throttled: Readonly<Record<string, number>>;
  /** The EKS clusters after all calls so far. */
  readonly clusters: readonly WorldCluster[];
  /** Creates temporary credentials for the caller with this ARN. */
  readonly openSession: Sessions['open'];
  /** Changes everything but the clusters and credentials, as when Identity Center re-creates roles. */
  readonly become: (world: World) => void;
  readonly inject: (fault: Fault) => void;
  /** Resets counts and faults, but not credentials and rates. */
  readonly reset: () => void;
  /** Resolves once an operation was called that often. */
  readonly reached: (operation: string, count: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Listens on a free loopback port until it is closed. */
export async function startFakeAws(world: World, options: FakeAwsOptions = {}): Promise<FakeAws> {
  const dispatcher = new Dispatcher(world, options);
  const server = listenerOf(dispatcher, options.latencyMs);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${portOf(server.address())}`;
  const { calls, throttles, faults } = dispatcher;
  return {
    url,
    env: environmentOf(url, world, options),
    get calls() {
      return calls.toRecord();
    },
    get throttled() {
      return throttles.toRecord();
    },
    get clusters() {
      return dispatcher.clusters.all();
    },
    openSession: dispatcher.openSession,
    become: (changed) => dispatcher.become(changed),
    inject: (fault) => faults.add(fault),
    reset: () => {
      for (const part of [calls, throttles, faults]) part.clear();
    },
    reached: (operation, count) => calls.reached(operation, count),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listenerOf(dispatcher: Dispatcher, latencyMs: FakeAwsOptions['latencyMs'] = 0) {
  let served = 0;
  const server = createServer(async (request, response) => {
    // This process's clock, which a test may set: SDKs repeat a call if the server has another time.
    response.setHeader('Date', new Date().toUTCString());
    const body = await textOf(request);
    const { reply, delivery, service } = replyTo(
      dispatcher,
      request,
      body,
      uuid('request', String(served++)),
    );
    const latency = typeof latencyMs === 'number' ? latencyMs : service && latencyMs[service];
    if (latency) await new Promise((resolve) => setTimeout(resolve, latency));
    deliver(response, reply, delivery);
  });
  // Longer than any client keeps an idle connection, so no request meets a closing one.
  server.keepAliveTimeout = 120_000;
  return server;
}

function portOf(address: string | AddressInfo | null): number {
  if (address && typeof address === 'object') return address.port;
  throw new Error('the server has no port');
}

function replyTo(dispatcher: Dispatcher, request: IncomingMessage, body: string, requestId: string) {
  const { method = '', url = '', headers } = request;
  const onPath = { method, url, headers, body };
  const name = pathCallName(onPath);
  if (name !== undefined) {
    const reply = dispatcher.dispatchPath(onPath, name);
    return { reply, delivery: 'whole' as const, service: undefined };
  }
  try {
    const parsed = parseRequest(headers, onPath);
    return { ...dispatcher.dispatch(parsed, requestId), service: parsed.service };
  } catch (error) {
    const service: Service = serviceOfBroken(headers);
    // 400, because the SDK would retry after a 500 and hide the mistake.
    const known = error instanceof AwsError ? error : new AwsError('FakeAwsMistake', String(error));
    return { reply: errorReply(service, known, requestId), delivery: 'whole' as const, service };
  }
}

/** The service whose dialect answers an unreadable request. */
function serviceOfBroken({ authorization, ...headers }: IncomingHttpHeaders): Service {
  if (authorization?.includes('/eks/aws4_request')) return 'eks';
  return headers['x-amz-target'] === undefined ? 'sts' : 'sso-admin';
}

/** The received part of the request's body; a client may disconnect before all is sent. */
async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch {
    // The client is gone.
  }
  return Buffer.concat(chunks).toString();
}
