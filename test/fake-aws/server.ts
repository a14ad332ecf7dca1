import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDispatcher, type Delivery, type Dispatcher } from './dispatch.ts';
import { type Environment, environmentOf } from './environment.ts';
import type { Fault } from './fault.ts';
import type { FakeAwsOptions } from './options.ts';
import { AwsError } from './wire/aws-error.ts';
import { errorReply, type Reply } from './wire/reply.ts';
import { parseRequest } from './wire/request.ts';
import { uuid } from './world/identifier.ts';
import type { World } from './world/world.ts';

export interface FakeAws {
  readonly url: string;
  readonly env: Environment;
  /** By `service.Operation`, such as `iam.ListRoles`; every attempt counts. */
  readonly calls: Readonly<Record<string, number>>;
  /** The calls among them that were throttled. */
  readonly throttled: Readonly<Record<string, number>>;
  readonly inject: (fault: Fault) => void;
  /** Forgets counts and faults; credentials and rates go on. */
  readonly reset: () => void;
  /** Resolves once an operation was called that often. */
  readonly reached: (operation: string, count: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Listens on a free loopback port until it is closed. */
export async function startFakeAws(world: World, options: FakeAwsOptions = {}): Promise<FakeAws> {
  const dispatcher = createDispatcher(world, options);
  const server = createServer((request, response) => {
    serve(dispatcher, options.latencyMs ?? 0, request, response).catch((error) => response.destroy(error));
  });
  // Longer than any client keeps an idle connection, so that no request meets a connection that is just closing.
  server.keepAliveTimeout = 120_000;
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

function portOf(address: string | AddressInfo | null): number {
  if (address && typeof address === 'object') return address.port;
  throw new Error('the server has no port');
}

let served = 0;

async function serve(
  dispatcher: Dispatcher,
  latencyMs: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await textOf(request);
  const requestId = uuid('request', String(served++));
  const { reply, delivery } = replyTo(dispatcher, request, body, requestId);
  if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
  deliver(response, reply, delivery);
}

function replyTo(dispatcher: Dispatcher, request: IncomingMessage, body: string, requestId: string) {
  try {
    return dispatcher.dispatch(parseRequest(request.headers, body), requestId);
  } catch (error) {
    const service = request.headers['x-amz-target'] === undefined ? 'sts' : 'sso-admin';
    // 400, because the SDK would try again after a 500 and hide the mistake.
    const known = error instanceof AwsError ? error : new AwsError('FakeAwsMistake', String(error));
    return { reply: errorReply(service, known, requestId), delivery: 'whole' as const };
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function deliver(response: ServerResponse, reply: Reply, delivery: Delivery): void {
  const body = Buffer.from(reply.body);
  const half = body.subarray(0, body.length / 2);
  switch (delivery) {
    case 'hang':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'truncate':
      response.writeHead(reply.status, { ...reply.headers, 'content-length': body.length });
      response.write(half, () => response.socket?.destroy());
      return;
    default: {
      const sent = delivery === 'half-body' ? half : body;
      response.writeHead(reply.status, { ...reply.headers, 'content-length': sent.length }).end(sent);
    }
  }
}
