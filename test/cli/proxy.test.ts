import dns, { type LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { fakeAwsForTest, useEnvironment } from '../fake-aws/fake-aws-for-test.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { CA_FILE } from '../fake-proxy/certificates.ts';
import { fakeProxyForTest } from '../fake-proxy/fake-proxy.ts';
import { listenForTest } from '../fake-proxy/listen.ts';
import { tlsFrontForTest } from '../fake-proxy/tls-front.ts';
import { runProgram } from '../program.ts';
import { NO_WAITS } from '../timing.ts';
import { runWithEnvironment as run } from './run.ts';

const PROD = '222222222222';
const WORLD: WorldInput = {
  accounts: [{ id: PROD, name: 'prod' }],
  permissionSets: ['Admin'],
  groups: ['Platform'],
  assignments: [{ account: PROD, permissionSet: 'Admin', group: 'Platform' }],
};

const GENERATE = ['generate', '--map', 'Admin=ops', '--account', PROD, '--no-nodes', '-o', 'maproles'];
const PEOPLE = ['roles', '--principals', '--account', 'prod', '-o', 'json'];

/** An AWS behind TLS, with a name that only a proxy resolves. */
async function awsBehindProxies() {
  const fake = await fakeAwsForTest(WORLD);
  const leadsTo = await tlsFrontForTest(fake.url);
  const env = { ...fake.env, AWS_ENDPOINT_URL: 'https://aws.invalid', AWS_CA_BUNDLE: CA_FILE };
  return { fake, leadsTo, env };
}

/** Like `proxy`, with user and password in its address. */
function withCredentials(url: string, credentials: string): string {
  return url.replace('//', `//${credentials}@`);
}

describe('every client goes through the proxy', () => {
  const SERVICES = ['iam', 'identitystore', 'organizations', 'sso-admin', 'sts'];
  const servicesOf = (calls: Readonly<Record<string, number>>) =>
    [...new Set(Object.keys(calls).map((call) => call.split('.')[0]))].sort();

  test.each([false, true])('with TLS inside; TLS to the proxy itself: %s', async (secure) => {
    const { fake, leadsTo, env } = await awsBehindProxies();
    // STS is called in another region too.
    fake.inject({ kind: 'not-subscribed', operation: 'sts.*', region: 'eu-west-1' });
    const proxy = await fakeProxyForTest({ leadsTo, secure });
    useEnvironment({ ...env, AWS_REGION: 'eu-west-1', HTTPS_PROXY: proxy.url });
    const { exitCode, stderr, stdout } = await run(PEOPLE);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('Platform');
    expect(servicesOf(fake.calls)).toEqual(SERVICES);
    // The proxy is the only route to aws.invalid, and few connections serve many calls.
    expect(new Set(proxy.seen)).toEqual(new Set(['CONNECT aws.invalid:443']));
    expect(proxy.seen.length).toBeLessThan(Object.values(fake.calls).reduce((sum, count) => sum + count));
  });

  test.each([false, true])('without TLS, request by request; TLS to the proxy: %s', async (secure) => {
    const fake = await fakeAwsForTest(WORLD);
    const proxy = await fakeProxyForTest({ secure });
    useEnvironment({ ...fake.env, AWS_CA_BUNDLE: CA_FILE, HTTP_PROXY: proxy.url });
    const { exitCode, stderr, stdout } = await run(PEOPLE);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('Platform');
    expect(servicesOf(fake.calls)).toEqual(SERVICES);
    expect(new Set(proxy.seen)).toEqual(new Set([`POST ${fake.url}/`]));
    expect(proxy.seen).toHaveLength(Object.values(fake.calls).reduce((sum, count) => sum + count));
  });

  test('without TLS, by host only if the port is that of HTTP', async () => {
    const fake = await fakeAwsForTest(WORLD);
    const proxy = await fakeProxyForTest({ status: 407 });
    useEnvironment({ ...fake.env, AWS_ENDPOINT_URL: 'http://aws.invalid', HTTP_PROXY: proxy.url });
    expect(await run(GENERATE)).toMatchObject({ exitCode: 3, stdout: '' });
    expect(proxy.seen).toEqual(['POST http://aws.invalid/']);
  });

  test('except for hosts in NO_PROXY', async () => {
    const fake = await fakeAwsForTest(WORLD);
    const proxy = await fakeProxyForTest({ status: 403 });
    useEnvironment({ ...fake.env, HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.0/8' });
    expect(await run(GENERATE)).toMatchObject({ exitCode: 0, stderr: '' });
    const port = await tlsFrontForTest(fake.url);
    useEnvironment({
      ...fake.env,
      AWS_ENDPOINT_URL: `https://localhost:${port}`,
      AWS_CA_BUNDLE: CA_FILE,
      HTTPS_PROXY: proxy.url,
      NO_PROXY: `localhost:${port}`,
    });
    expect(await run(GENERATE)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(proxy.seen).toEqual([]);
  });

  test('in the built program, with the certificates of NODE_EXTRA_CA_CERTS', async () => {
    const { fake, leadsTo, env } = await awsBehindProxies();
    const proxy = await fakeProxyForTest({ leadsTo, credentials: 'ada:p@ss' });
    const { AWS_CA_BUNDLE: NODE_EXTRA_CA_CERTS, ...rest } = env;
    const https_proxy = withCredentials(proxy.url, 'ada:p%40ss');
    const ran = await runProgram(GENERATE, {
      env: { ...rest, NODE_EXTRA_CA_CERTS, https_proxy, DEBUG: '*' },
    });
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout).toContain('AWSReservedSSO_Admin_');
    expect(fake.calls).toMatchObject({ 'sts.AssumeRole': 1, 'iam.ListRoles': 1 });
  });
});

describe('credentials of the proxy', () => {
  test.each(['https', 'http'])('are sent for %s, and never shown', async (scheme) => {
    const { fake, leadsTo, env } = await awsBehindProxies();
    const credentials = 'ada:p@ss';
    const proxy = await fakeProxyForTest(scheme === 'https' ? { leadsTo, credentials } : { credentials });
    const address = withCredentials(proxy.url, 'ada:p%40ss');
    useEnvironment(
      scheme === 'https' ? { ...env, HTTPS_PROXY: address } : { ...fake.env, HTTP_PROXY: address },
    );
    const { exitCode, stderr } = await run([...GENERATE, '--debug']);
    expect(exitCode).toBe(0);
    expect(stderr).not.toMatch(/ada|p@ss|p%40ss|YWRh/);
    expect(fake.calls).toMatchObject({ 'sts.AssumeRole': 1, 'iam.ListRoles': 1 });
  });

  test.each([
    ['https', '', 'its address has no credentials'],
    ['https', 'ada:wrong', 'it rejects the credentials in its address'],
    ['http', '', 'its address has no credentials'],
    ['http', 'ada:wrong', 'it rejects the credentials in its address'],
  ])('are requested by %s with %j', async (scheme, credentials, words) => {
    const { fake, leadsTo, env } = await awsBehindProxies();
    const proxy = await fakeProxyForTest({ leadsTo, credentials: 'ada:p@ss' });
    const address = credentials === '' ? proxy.url : withCredentials(proxy.url, credentials);
    const variable = scheme === 'https' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
    useEnvironment({ ...(scheme === 'https' ? env : fake.env), [variable]: address });
    const { exitCode, stdout, stderr } = await run([...GENERATE, '--debug']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toContain(
      `error: sts:GetCallerIdentity didn't get through the proxy: ${proxy.url} (${variable}) returned 407 Proxy Authentication Required: ${words}\n`,
    );
    expect(stderr).toContain('http://USER:PASSWORD@HOST:PORT');
    expect(stderr).not.toMatch(/ada|wrong|YWRh/);
    expect(proxy.seen).toHaveLength(1);
    expect(fake.calls).toEqual({});
  });

  test.each([
    [['Negotiate', 'NTLM'], "it doesn't offer Basic authentication"],
    [['Negotiate', 'basic realm="x"'], 'its address has no credentials'],
    [[], 'its address has no credentials'],
  ])('of schemes %j', async (schemes, words) => {
    const { fake, leadsTo, env } = await awsBehindProxies();
    const proxy = await fakeProxyForTest({ leadsTo, credentials: 'ada:p@ss', schemes });
    for (const way of [
      { ...env, HTTPS_PROXY: proxy.url },
      { ...fake.env, HTTP_PROXY: proxy.url },
    ]) {
      useEnvironment(way);
      const { exitCode, stderr } = await run(GENERATE);
      expect(exitCode).toBe(3);
      expect(stderr).toContain(`407 Proxy Authentication Required: ${words}\n`);
    }
  });
});

describe('a broken proxy', () => {
  /** Runs without a tunnel, and with one. */
  async function failures(url: string, timeout = 2000) {
    const fake = await fakeAwsForTest(WORLD);
    const bothWays = [
      { variable: 'HTTP_PROXY', env: { ...fake.env, HTTP_PROXY: url } },
      {
        variable: 'HTTPS_PROXY',
        env: { ...fake.env, AWS_ENDPOINT_URL: 'https://aws.invalid', HTTPS_PROXY: url },
      },
    ];
    const messages: string[] = [];
    for (const { variable, env } of bothWays) {
      useEnvironment(env);
      const { exitCode, stdout, stderr } = await run(GENERATE, { timing: { ...NO_WAITS, timeout } });
      expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
      messages.push(stderr.replace(variable, 'VARIABLE'));
    }
    const [plain, tunnelled] = messages;
    return { plain, tunnelled };
  }

  test('is unreachable', async () => {
    const port = await unusedPort();
    const { plain, tunnelled } = await failures(`http://ada:secret@127.0.0.1:${port}`);
    expect(plain).toBe(
      `error: sts:GetCallerIdentity didn't get through the proxy: http://127.0.0.1:${port} (VARIABLE): connect ECONNREFUSED 127.0.0.1:${port}\n` +
        "  Check the proxy's address, and that the proxy is running and can reach AWS. List hosts that need no proxy in NO_PROXY.\n",
    );
    expect(tunnelled).toBe(plain);
  });

  test('has an unknown name', async () => {
    const { plain, tunnelled } = await failures('http://proxy.invalid:3128');
    expect(plain).toMatch(
      /didn't get through the proxy: http:\/\/proxy\.invalid:3128 \(VARIABLE\): getaddrinfo (ENOTFOUND|EAI_AGAIN) proxy\.invalid\n/,
    );
    expect(tunnelled).toBe(plain);
  });

  test('has a name without a server', async () => {
    const { lookup } = dns;
    const answer = (addresses?: readonly LookupAddress[]) =>
      vi.spyOn(dns, 'lookup').mockImplementation(((host: string, ...rest: readonly unknown[]) => {
        if (host !== 'proxy.invalid') return Reflect.apply(lookup, dns, [host, ...rest]);
        const done = rest.at(-1);
        if (addresses && typeof done === 'function') done(null, addresses);
      }) as typeof dns.lookup);
    onTestFinished(() => void vi.restoreAllMocks());
    // No DNS answer.
    answer();
    const late = await failures('http://proxy.invalid:3128', 30);
    expect(late.plain).toContain('http://proxy.invalid:3128 (VARIABLE): no response in time\n');
    expect(late.tunnelled).toBe(late.plain);
    // Node tries all addresses, and reports none.
    const port = await unusedPort();
    answer([
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
    const refused = await failures(`http://proxy.invalid:${port}`);
    expect(refused.plain).toContain(`http://proxy.invalid:${port} (VARIABLE): ECONNREFUSED\n`);
    expect(refused.tunnelled).toBe(refused.plain);
  });

  test('never answers', async () => {
    const proxy = await fakeProxyForTest({ status: 0 });
    const { plain, tunnelled } = await failures(proxy.url, 300);
    expect(plain).toContain(`through the proxy: ${proxy.url} (VARIABLE): no response in time\n`);
    expect(tunnelled).toBe(plain);
    // Three attempts each. On a busy machine, a shorter timeout can end one before the proxy sees it.
    expect(proxy.seen).toHaveLength(6);
  });

  test('never answers to TLS', async () => {
    const port = await listenForTest(createServer());
    const { plain, tunnelled } = await failures(`https://127.0.0.1:${port}`, 30);
    expect(plain).toContain(`through the proxy: https://127.0.0.1:${port} (VARIABLE): no response in time\n`);
    expect(tunnelled).toBe(plain);
  });

  test('is addressed with TLS, but does not speak it', async () => {
    const proxy = await fakeProxyForTest();
    const { plain, tunnelled } = await failures(proxy.url.replace('http:', 'https:'));
    for (const message of [plain, tunnelled])
      expect(message).toMatch(/didn't get through the proxy: https:\/\/127\.0\.0\.1:\d+ \(VARIABLE\): .*\n/);
  });

  test('has an untrusted certificate', async () => {
    const proxy = await fakeProxyForTest({ secure: true });
    const { plain, tunnelled } = await failures(proxy.url);
    expect(plain).toContain(
      `error: sts:GetCallerIdentity failed: the TLS certificate isn't trusted: ${proxy.url} (VARIABLE): unable to verify the first certificate`,
    );
    expect(plain).toContain('AWS_CA_BUNDLE');
    expect(tunnelled).toBe(plain);
  });

  test('closes the connection', async () => {
    const port = await listenForTest(createServer((socket) => socket.end()));
    const { plain, tunnelled } = await failures(`http://127.0.0.1:${port}`);
    const start = `through the proxy: http://127.0.0.1:${port} (VARIABLE)`;
    expect(plain).toContain(`${start}: socket hang up\n`);
    expect(tunnelled).toContain(`${start}: Proxy connection ended before receiving CONNECT response\n`);
  });

  test.each([
    [403, 'Forbidden', 1, 'Allow AWS hosts on the proxy'],
    [499, '', 1, 'Allow AWS hosts on the proxy'],
    [500, 'Internal Server Error', 9, "Check the proxy's address"],
    [502, 'Bad Gateway', 9, "Check the proxy's address"],
  ])('answers %i', async (status, reason, attempts, help) => {
    const proxy = await fakeProxyForTest({ status });
    const { plain, tunnelled } = await failures(proxy.url);
    const answer = `${status} ${reason}`.trim();
    expect(plain).toContain(
      `error: sts:GetCallerIdentity didn't get through the proxy: ${proxy.url} (VARIABLE) returned ${answer}\n`,
    );
    expect(plain).toContain(help);
    expect(tunnelled).toBe(plain);
    expect(proxy.seen).toHaveLength(2 * attempts);
  });

  test.each([
    ['text/plain; charset=utf-8', 400, "didn't get through the proxy"],
    ['text/html', 200, 'returned an invalid response'],
    ['text/html', 399, "GetCallerIdentity got a response that isn't from AWS"],
    ['text/xml', 403, "GetCallerIdentity got a response that isn't from AWS"],
  ])('answers %s with %i', async (type, status, message) => {
    const fake = await fakeAwsForTest(WORLD);
    useEnvironment({ ...fake.env, HTTP_PROXY: (await fakeProxyForTest({ type, status })).url });
    const { exitCode, stdout, stderr } = await run(GENERATE);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('passes on refusals by AWS', async () => {
    const fake = await fakeAwsForTest(WORLD);
    fake.inject({ kind: 'denied', operation: 'sts.GetCallerIdentity' });
    useEnvironment({ ...fake.env, HTTP_PROXY: (await fakeProxyForTest()).url });
    expect(await run(GENERATE)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('sts:GetCallerIdentity is denied'),
    });
  });

  test.each(['foo:bar', 'socks5://ada:secret@127.0.0.1:1080'])(
    'has an invalid address: %s',
    async (address) => {
      const fake = await fakeAwsForTest(WORLD);
      useEnvironment({ ...fake.env, HTTPS_PROXY: address });
      const { exitCode, stdout, stderr } = await run([...GENERATE, '--debug']);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toMatch(/^error: HTTPS_PROXY isn't an HTTP proxy address: "/);
      expect(stderr).not.toContain('secret');
    },
  );

  test('is named, with an odd NO_PROXY', async () => {
    const fake = await fakeAwsForTest(WORLD);
    useEnvironment({ ...fake.env, HTTP_PROXY: 'http://proxy.invalid', NO_PROXY: ',10.0.0.0/64, 127.0.0.1' });
    const { exitCode, stderr } = await run(GENERATE);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /^warning: ignoring invalid entries in NO_PROXY: "10\.0\.0\.0\/64"\n {2}Use hosts/,
    );
  });
});

/** A port that is no longer in use. */
async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return address && typeof address === 'object' ? address.port : 0;
}
