import type { ServerResponse } from 'node:http';
import type { Reply } from './reply.ts';

/** Delivers a reply whole, or broken in one of these ways. */
export type Delivery = 'whole' | 'reset' | 'truncate' | 'half-body' | 'hang' | 'drip';

export function deliver(response: ServerResponse, reply: Reply, delivery: Delivery): void {
  const body = Buffer.from(reply.body);
  const half = body.subarray(0, body.length / 2);
  switch (delivery) {
    case 'hang':
      return;
    case 'drip':
      drip(response, reply, body);
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

/** Sends a byte a second, as long as the client listens. */
function drip(response: ServerResponse, reply: Reply, body: Buffer): void {
  response.writeHead(reply.status, { ...reply.headers, 'content-length': body.length });
  let sent = 0;
  const timer = setInterval(() => {
    if (sent < body.length && !response.destroyed) response.write(body.subarray(sent, sent + 1));
    else clearInterval(timer);
    sent += 1;
  }, 1000);
  response.write(body.subarray(sent, 1));
  sent = 1;
  response.on('close', () => clearInterval(timer));
}
