import { describe, expect, test } from 'vitest';
import { Proxies } from '../../src/aws/proxy.ts';
import { Failure, type Finding } from '../../src/errors.ts';

function read(env: Readonly<Record<string, string>>) {
  const findings: Finding[] = [];
  return { proxies: new Proxies(env, (finding) => findings.push(finding)), findings };
}

/** First hop of a request to a URL: a proxy's origin, or `direct`. */
function wayTo(url: string, env: Readonly<Record<string, string>>): string {
  const { protocol, hostname, port } = new URL(url);
  const target = { protocol, hostname, port: port === '' ? undefined : Number(port) };
  return read(env).proxies.for(target)?.url.origin ?? 'direct';
}

const STS = 'https://sts.eu-west-1.amazonaws.com';
const SECURE = 'http://secure:3128';

describe('which proxy', () => {
  test.each([
    ['HTTPS_PROXY for https', STS, { HTTPS_PROXY: SECURE }, SECURE],
    ['https_proxy for https', STS, { https_proxy: SECURE }, SECURE],
    ['lower case takes precedence', STS, { https_proxy: SECURE, HTTPS_PROXY: 'http://other:1' }, SECURE],
    ['an empty variable is none', STS, { https_proxy: '', HTTPS_PROXY: SECURE }, SECURE],
    ['HTTP_PROXY is not for https', STS, { HTTP_PROXY: SECURE, http_proxy: SECURE }, 'direct'],
    ['ALL_PROXY is not read', STS, { ALL_PROXY: SECURE, all_proxy: SECURE }, 'direct'],
    ['HTTP_PROXY for http', 'http://127.0.0.1:4566', { HTTP_PROXY: SECURE }, SECURE],
    ['http_proxy for http', 'http://127.0.0.1:4566', { http_proxy: SECURE }, SECURE],
    ['HTTPS_PROXY is not for http', 'http://127.0.0.1:4566', { HTTPS_PROXY: SECURE }, 'direct'],
    ['without a scheme it is http', STS, { HTTPS_PROXY: 'secure:3128' }, SECURE],
    ['a proxy behind TLS', STS, { HTTPS_PROXY: 'https://secure' }, 'https://secure'],
    ['an IPv6 address', STS, { HTTPS_PROXY: '[::1]:3128/' }, 'http://[::1]:3128'],
  ])('%s', (_, url, env, way) => {
    expect(wayTo(url, env)).toBe(way);
  });
});

describe('NO_PROXY', () => {
  const HOSTS = {
    sts: STS,
    apex: 'https://amazonaws.com',
    alike: 'https://notamazonaws.com',
    port: 'https://proxied.test:8443',
    dot: 'https://sts.eu-west-1.amazonaws.com.',
    ipv4: 'https://10.1.2.3',
    ipv4Far: 'https://10.2.2.3',
    ipv6: 'https://[fd00::1:2]',
    ipv6Far: 'https://[fe00::1:2]:8443',
  };

  test.each<[string, readonly (keyof typeof HOSTS)[]]>([
    ['', []],
    ['amazonaws.com', ['sts', 'apex', 'dot']],
    ['.amazonaws.com', ['sts', 'apex', 'dot']],
    ['*.amazonaws.com', ['sts', 'apex', 'dot']],
    ['AmazonAWS.com.', ['sts', 'apex', 'dot']],
    ['sts.eu-west-1.amazonaws.com', ['sts', 'dot']],
    ['aws.com', []],
    ['com', ['sts', 'apex', 'alike', 'dot']],
    ['proxied.test', ['port']],
    ['proxied.test:8443', ['port']],
    ['proxied.test:443', []],
    ['amazonaws.com:443', ['sts', 'apex', 'dot']],
    ['amazonaws.com:80', []],
    ['10.1.2.3', ['ipv4']],
    ['10.1.2.3:443', ['ipv4']],
    ['10.1.2.3:80', []],
    ['10.1.0.0/16', ['ipv4']],
    ['10.1.0.0/16:80', []],
    ['10.0.0.0/8', ['ipv4', 'ipv4Far']],
    ['0.0.0.0/0', ['ipv4', 'ipv4Far']],
    ['3', []],
    ['.2.3', []],
    ['fd00::1:2', ['ipv6']],
    ['FD00::0001:0002', ['ipv6']],
    ['[fd00::1:2]', ['ipv6']],
    ['[fd00::1:2]:443', ['ipv6']],
    ['[fd00::1:2]:80', []],
    ['[fe00::1:2]:8443', ['ipv6Far']],
    ['fd00::/8', ['ipv6']],
    ['[fd00::]/8', ['ipv6']],
    ['fe00::/9', ['ipv6Far']],
    ['*', Object.keys(HOSTS) as (keyof typeof HOSTS)[]],
    ['other, *', Object.keys(HOSTS) as (keyof typeof HOSTS)[]],
    ['*:8443', ['port', 'ipv6Far']],
    [' ,, 10.1.2.3\t amazonaws.com ,', ['sts', 'apex', 'dot', 'ipv4']],
  ])('%j', (list, direct) => {
    for (const name of ['NO_PROXY', 'no_proxy']) {
      const env = { HTTPS_PROXY: SECURE, [name]: list };
      const passed = Object.entries(HOSTS).filter(([, url]) => wayTo(url, env) === 'direct');
      expect(passed.map(([host]) => host)).toEqual(direct);
      expect(read(env).findings).toEqual([]);
    }
  });

  test('a missing port is the protocol default', () => {
    const env = { HTTP_PROXY: SECURE, NO_PROXY: 'aws.test:80' };
    expect(wayTo('http://aws.test', env)).toBe('direct');
    expect(wayTo('http://aws.test:443', env)).toBe(SECURE);
  });

  test.each([
    'http://aws.test',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '*.',
    '.',
    'a*b',
    'aws.test:',
  ])('ignores %j, with a warning', (odd) => {
    const { proxies, findings } = read({ HTTPS_PROXY: SECURE, no_proxy: `amazonaws.com,${odd}` });
    expect(findings).toEqual([
      {
        severity: 'warning',
        code: 'no-proxy-ignored',
        message: `ignoring invalid entries in no_proxy: "${odd}"`,
        help: expect.stringContaining('10.0.0.0/8'),
      },
    ]);
    expect(proxies.for({ protocol: 'https:', hostname: 'amazonaws.com' })).toBeUndefined();
    expect(proxies.for({ protocol: 'https:', hostname: 'aws.test' })).toBeDefined();
    expect(proxies.for({ protocol: 'https:', hostname: '10.0.0.1' })).toBeDefined();
  });

  test('lower case takes precedence', () => {
    const env = { HTTPS_PROXY: SECURE, no_proxy: 'other', NO_PROXY: 'http://odd,*' };
    expect(wayTo(STS, env)).toBe(SECURE);
    expect(read(env).findings).toEqual([]);
    expect(read({ HTTPS_PROXY: SECURE, NO_PROXY: 'http://odd' }).findings[0]?.message).toContain('NO_PROXY');
  });
});

describe('credentials in the address', () => {
  test.each([
    ['http://ada:secret@proxy:1', 'ada:secret'],
    ['ada:secret@proxy:1', 'ada:secret'],
    ['http://ada@proxy:1', 'ada:'],
    ['http://:secret@proxy:1', ':secret'],
    ['http://DOMAIN%5Cada:p%40ss%3A%2F@proxy:1', 'DOMAIN\\ada:p@ss:/'],
    ['http://ada:100%@proxy:1', 'ada:100%'],
    ['http://ad%C3%A4:x@proxy:1', 'adä:x'],
    ['http://ada:a@b@proxy:1', 'ada:a@b'],
  ])('%s', (address, credentials) => {
    const proxy = read({ HTTPS_PROXY: address }).proxies.for({ protocol: 'https:', hostname: 'aws' });
    expect(proxy?.authorization).toBe(`Basic ${Buffer.from(credentials).toString('base64')}`);
    expect(proxy?.url.href).toBe('http://proxy:1/');
  });

  test('none', () => {
    const proxy = read({ HTTPS_PROXY: 'http://proxy:1' }).proxies.for({
      protocol: 'https:',
      hostname: 'aws',
    });
    expect(proxy).toMatchObject({ authorization: undefined, variable: 'HTTPS_PROXY' });
  });
});

describe('an invalid address is refused, without showing its credentials', () => {
  test.each([
    ['foo:bar', 'foo:bar'],
    ['socks5://ada:secret@proxy:1080', 'proxy:1080'],
    ['ftp://proxy', 'ftp://proxy'],
    ['http://', 'http://'],
    [' ', ' '],
    ['http://ada:sec/ret@proxy:1', 'proxy:1'],
    ['http://ada:12/ret@proxy:1', 'proxy:1'],
    ['http://ada:12#ret@proxy:1', 'proxy:1'],
    ['http://ada:12?ret@proxy:1', 'proxy:1'],
    ['http://ada:secret@', ''],
  ])('%s', (address, shown) => {
    for (const variable of ['HTTPS_PROXY', 'http_proxy']) {
      const attempt = () => read({ [variable]: address });
      expect(attempt).toThrow(Failure);
      expect(attempt).toThrow(`${variable} isn't an HTTP proxy address: "${shown}"`);
      expect(attempt).toThrow(expect.objectContaining({ exitCode: 2 }));
      expect(attempt).not.toThrow(/secret|sec\/|12/);
    }
  });
});
