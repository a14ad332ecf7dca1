import { createServer } from 'node:http';
import { HttpRequest } from '@smithy/core/protocols';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Proxies } from '../../src/aws/proxy.ts';
import { ProxyingHandler } from '../../src/aws/proxying-handler.ts';
import { CA_FILE } from '../fake-proxy/certificates.ts';
import { type FakeProxy, fakeProxyForTest } from '../fake-proxy/fake-proxy.ts';
import { listenForTest } from '../fake-proxy/listen.ts';
import { tlsFrontForTest } from '../fake-proxy/tls-front.ts';

const MAX_SOCKETS = 2;

/** A handler that sends requests through a proxy to a server, which answers with the number of its connections. */
async function setUp(protocol = 'https:') {
  let count = 0;
  const server = createServer((_, response) => response.end(String(++count)));
  const port = await listenForTest(server);
  const leadsTo = protocol === 'https:' ? await tlsFrontForTest(`http://127.0.0.1:${port}`) : port;
  const proxy = await fakeProxyForTest({ leadsTo });
  return { proxy, ...handlerFor(proxy, protocol) };
}

function handlerFor({ url }: FakeProxy, protocol: string) {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const settings = { requestTimeout: 2000, throwOnRequestTimeout: true, httpAgent: agent, httpsAgent: agent };
  const proxies = new Proxies({ HTTPS_PROXY: url, HTTP_PROXY: url }, () => {});
  const caBundle = { file: CA_FILE, setting: 'AWS_CA_BUNDLE' };
  const handler = new ProxyingHandler(settings, { env: {}, proxies, caBundle });
  onTestFinished(() => handler.destroy());
  const ask = async () => {
    const target = { protocol, hostname: 'aws.invalid', method: 'GET', path: '/' };
    const { response } = await handler.handle(new HttpRequest(target), {});
    let text = '';
    for await (const chunk of response.body) text += chunk;
    return text;
  };
  return { handler, ask };
}

test('connections through a proxy are as few as direct ones, and reused', async () => {
  const { proxy, ask } = await setUp();
  const answers = await Promise.all(Array.from({ length: 10 }, ask));
  expect(answers.map(Number).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(proxy.seen).toHaveLength(MAX_SOCKETS);
});

test.each(['https:', 'http:'])('connections for %s close with the handler', async (protocol) => {
  const { proxy, ask, handler } = await setUp(protocol);
  await ask();
  expect(await proxy.open()).toBe(1);
  handler.destroy();
  await vi.waitFor(async () => expect(await proxy.open()).toBe(0));
});

test('the timeout for opening a tunnel stops once it is open', async () => {
  const { ask } = await setUp();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  expect(await ask()).toBe('1');
  await vi.waitFor(() => expect(vi.getTimerCount()).toBe(0));
});
