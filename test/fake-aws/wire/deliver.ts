import type { ServerResponse } from 'node:http';
import type { Reply } from './reply.ts';

/** How a reply reaches the caller: whole, or broken in one of these ways. */
export type Delivery = 'whole' | 'reset' | 'truncate' | 'half-body' | 'hang';

export function deliver(response: ServerResponse, reply: Reply, delivery: Delivery): void {
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
    case 'half-body':
      send(response, reply, half);
      return;
    case 'whole':
      send(response, reply, body);
  }
}

function send(response: ServerResponse, reply: Reply, body: Buffer): void {
  response.writeHead(reply.status, { ...reply.headers, 'content-length': body.length }).end(body);
}
