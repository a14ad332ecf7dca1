import { createServer } from 'node:http';
import { HttpRequest } from '@smithy/core/protocols';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openTransport } from '../../src/aws/request-handler.ts';
import { useEnvironment } from '../fake-aws/fake-aws-for-test.ts';
import { listenForTest } from '../fake-proxy/listen.ts';

test('a connection error is kept until the next answer', async () => {
  useEnvironment({ AWS_CONFIG_FILE: '/dev/null' });
  onTestFinished(() => void vi.unstubAllEnvs());
  let isBroken = true;
  const server = createServer((request, response) => {
    if (isBroken) request.socket.destroy();
    else response.end();
  });
  const port = await listenForTest(server);
  const network = { env: {}, proxies: undefined };
  const { requestHandler, connectionError } = await openTransport(network, null, 1000);
  onTestFinished(() => requestHandler.destroy?.());
  const ask = () =>
    requestHandler.handle(new HttpRequest({ protocol: 'http:', hostname: '127.0.0.1', port }));
  expect(connectionError()).toBeUndefined();
  await expect(ask()).rejects.toThrow('socket hang up');
  expect(connectionError()).toMatchObject({ code: 'ECONNRESET' });
  isBroken = false;
  await ask();
  expect(connectionError()).toBeUndefined();
});
