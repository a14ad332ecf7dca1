import { connect } from 'node:net';
import { createServer } from 'node:tls';
import { SERVER_TLS } from './certificates.ts';
import { listenForTest } from './listen.ts';

/** Adds TLS in front of a plain server on loopback; returns the port. */
export function tlsFrontForTest(url: string): Promise<number> {
  const server = createServer(SERVER_TLS, (socket) => {
    const inner = connect(Number(new URL(url).port), '127.0.0.1');
    for (const end of [socket, inner]) end.on('error', () => [socket, inner].map((one) => one.destroy()));
    socket.pipe(inner).pipe(socket);
  });
  return listenForTest(server);
}
