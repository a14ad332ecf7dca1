import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { SERVER_TLS } from './certificates.ts';
import { listenForTest } from './listen.ts';

interface ProxyOptions {
  /** The loopback port that receives everything, whatever the requested host; tunnels lead nowhere else. */
  readonly leadsTo?: number;
  /** The required `user:password`. */
  readonly credentials?: string;
  /** The offered authentication schemes. */
  readonly schemes?: readonly string[];
  /** True if the proxy itself uses TLS. */
  readonly secure?: boolean;
  /** Status of every response; 0 for no response. */
  readonly status?: number;
  /** Content type of the proxy's own responses to requests without a tunnel. Default HTML. */
  readonly type?: string;
}

export interface FakeProxy {
  /** The proxy's URL without credentials. */
  readonly url: string;
  /** The first lines of all received requests. */
  readonly seen: readonly string[];
  /** Number of open connections to the proxy. */
  readonly open: () => Promise<number>;
}

/** Starts an HTTP proxy on loopback that stops with the test. */
export async function fakeProxyForTest(options: ProxyOptions = {}): Promise<FakeProxy> {
  const seen: string[] = [];
  const { type = 'text/html' } = options;
  const note = (request: IncomingMessage) => seen.push(`${request.method} ${request.url}`);
  const server = options.secure ? createSecureServer(SERVER_TLS) : createServer();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    note(request);
    const status = refusal(request, options);
    if (status === 0) return;
    if (status === undefined) forward(request, response, options);
    else response.writeHead(status, { 'Content-Type': type, ...challenge(status, options) }).end('<html>');
  });
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    note(request);
    const status = refusal(request, options);
    if (status === 0) return;
    if (status === undefined) tunnel(socket, options.leadsTo ?? 0);
    else socket.end(head(status, challenge(status, options)));
  });
  const port = await listenForTest(server);
  return {
    url: `${options.secure ? 'https' : 'http'}://127.0.0.1:${port}`,
    seen,
    open: promisify(server.getConnections.bind(server)),
  };
}

/** The status that refuses a request; undefined if it is accepted. */
function refusal({ headers }: IncomingMessage, { status, credentials }: ProxyOptions): number | undefined {
  if (status !== undefined) return status;
  if (credentials === undefined) return undefined;
  const expected = `Basic ${Buffer.from(credentials).toString('base64')}`;
  return headers['proxy-authorization'] === expected ? undefined : 407;
}

function challenge(status: number, { schemes = ['Basic realm="proxy"'] }: ProxyOptions) {
  return status === 407 ? { 'Proxy-Authenticate': [...schemes] } : {};
}

function head(status: number, headers: Readonly<Record<string, readonly string[]>>): string {
  const lines = Object.entries(headers).flatMap(([name, values]) => values.map((one) => `${name}: ${one}`));
  return [`HTTP/1.1 ${status} Whatever`, ...lines, 'Content-Length: 0', '', ''].join('\r\n');
}

function forward(request: IncomingMessage, response: ServerResponse, { leadsTo }: ProxyOptions): void {
  const { 'proxy-authorization': _, ...headers } = request.headers;
  const { hostname, port, pathname, search } = new URL(request.url ?? '');
  const [host, at] = leadsTo === undefined ? [hostname, port] : ['127.0.0.1', leadsTo];
  const target = { host, port: at, path: `${pathname}${search}`, method: request.method, headers };
  const onward = send(target, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}

function tunnel(socket: Duplex, port: number): void {
  const onward = connect(port, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    socket.pipe(onward).pipe(socket);
  });
  for (const end of [socket, onward]) end.on('error', () => [socket, onward].map((one) => one.destroy()));
}
