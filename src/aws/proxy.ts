import { BlockList, isIP } from 'node:net';
import { unescape as percentDecoded } from 'node:querystring';
import { type Finding, refusal, warning } from '../errors.ts';
import { listed, quoted } from '../text.ts';
import { PROXY_WITH_CREDENTIALS } from './failure.ts';

/** A proxy from an environment variable. */
export interface HttpProxy {
  readonly variable: string;
  /** Without the credentials. */
  readonly url: URL;
  /** The `Proxy-Authorization` header for the credentials in the address. */
  readonly authorization: string | undefined;
}

/** The parts of a request's destination that select the proxy. */
export interface Target {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxies in the environment, and NO_PROXY with every syntax of curl, Python and Go. Like the AWS CLI, it ignores
 * ALL_PROXY.
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-proxy.html
 */
export class Proxies {
  private readonly byProtocol: Readonly<Record<string, HttpProxy | undefined>>;
  private readonly exempt: NoProxy;

  /** @throws Failure (exit 2) for an invalid proxy address */
  constructor(env: Env, onFinding: (finding: Finding) => void) {
    this.byProtocol = { 'http:': proxyOf(env, 'HTTP_PROXY'), 'https:': proxyOf(env, 'HTTPS_PROXY') };
    const { variable, value } = settingOf(env, 'NO_PROXY');
    this.exempt = new NoProxy(value);
    const { ignored } = this.exempt;
    if (ignored.length === 0) return;
    const help =
      'Use hosts (example.com includes its subdomains), addresses, ranges (10.0.0.0/8, fd00::/8), each with an optional :PORT, or *.';
    onFinding(
      warning('no-proxy-ignored', `ignoring invalid entries in ${variable}: ${listed(ignored.map(quoted))}`, {
        help,
      }),
    );
  }

  /** The proxy for a request; undefined if it goes directly. */
  for(target: Target): HttpProxy | undefined {
    const proxy = this.byProtocol[target.protocol];
    return proxy && !this.exempt.has(target) ? proxy : undefined;
  }
}

function proxyOf(env: Env, name: string): HttpProxy | undefined {
  const { variable, value } = settingOf(env, name);
  return value === '' ? undefined : parseProxy(variable, value);
}

/** @param name in upper case; the lower-case variable takes precedence */
function settingOf(env: Env, name: string): { readonly variable: string; readonly value: string } {
  const variable = env[name.toLowerCase()] ? name.toLowerCase() : name;
  return { variable, value: env[variable] ?? '' };
}

function parseProxy(variable: string, address: string): HttpProxy {
  const text = address.includes('://') ? address : `http://${address}`;
  if (!URL.canParse(text)) throw invalid(variable, address);
  const url = new URL(text);
  const { protocol, username, password } = url;
  // An @ after the host: the text before it, with a slash or a # in it, was meant as the password.
  const isMisread = `${url.pathname}${url.search}${url.hash}`.includes('@');
  if (isMisread || (protocol !== 'http:' && protocol !== 'https:')) throw invalid(variable, address);
  const credentials = `${percentDecoded(username)}:${percentDecoded(password)}`;
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  return {
    variable,
    url: new URL(`${protocol}//${url.host}`),
    authorization: username || password ? authorization : undefined,
  };
}

function invalid(variable: string, address: string) {
  const withoutCredentials = address.slice(address.lastIndexOf('@') + 1);
  return refusal({
    message: `${variable} isn't an HTTP proxy address: ${quoted(withoutCredentials)}`,
    help: `Use http://HOST:PORT or https://HOST:PORT; to add credentials, use ${PROXY_WITH_CREDENTIALS}. SOCKS isn't supported.`,
  });
}

/** The port of an address, or its protocol's default. */
export function portOf({
  protocol,
  port,
}: {
  readonly protocol: string;
  readonly port?: number | string | undefined;
}): number {
  return Number(port || (protocol === 'https:' ? 443 : 80));
}

/** One NO_PROXY entry: a host name or addresses. */
interface Exemption {
  /** Null for every port. */
  readonly port: number | null;
  /** A domain suffix; the empty one matches every name. */
  readonly name?: string;
  readonly addresses?: BlockList;
}

/** The hosts in NO_PROXY. */
class NoProxy {
  readonly ignored: readonly string[];
  private readonly exemptions: readonly Exemption[];

  constructor(list: string) {
    const items = list.split(/[\s,]+/).filter((item) => item !== '');
    this.exemptions = items.flatMap((item) => parseExemption(item) ?? []);
    this.ignored = items.filter((item) => parseExemption(item) === undefined);
  }

  has(target: Target): boolean {
    const host = plainHost(target.hostname);
    const port = portOf(target);
    return this.exemptions.some((exemption) => {
      if (exemption.port !== null && exemption.port !== port) return false;
      const { name, addresses } = exemption;
      if (name === '') return true;
      const family = familyOf(host);
      if (family) return addresses?.check(host, family) ?? false;
      return name !== undefined && `.${host}`.endsWith(`.${name}`);
    });
  }
}

/**
 * Parses `host`, `.host`, `*.host`, `10.0.0.1`, `10.0.0.0/8`, `::1`, `[::1]`, `fd00::/8` or `*`. All accept a `:port`,
 * except an IPv6 address without brackets.
 */
function parseExemption(item: string): Exemption | undefined {
  const isBareIpv6 = familyOf(item.split('/', 1)[0] ?? '') === 'ipv6';
  const [, host = item, digits] = (isBareIpv6 ? null : /^(.*?)(?::(\d+))?$/.exec(item)) ?? [];
  const port = digits === undefined ? null : Number(digits);
  const addresses = addressesOf(host);
  if (addresses) return { port, addresses };
  const name = plainHost(host).replace(/^\*?\.?/, '');
  return /^[\w.-]*$/.test(name) && (name !== '' || host === '*') ? { port, name } : undefined;
}

function addressesOf(host: string): BlockList | undefined {
  const [, address = '', prefix] = /^([^/]*)(?:\/(\d+))?$/.exec(plainHost(host)) ?? [];
  const family = familyOf(address);
  if (!family) return undefined;
  const bits = family === 'ipv4' ? 32 : 128;
  const length = Number(prefix ?? bits);
  if (length > bits) return undefined;
  const list = new BlockList();
  list.addSubnet(address, length, family);
  return list;
}

/** The host in lower case, without IPv6 brackets and without a final dot. */
function plainHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[([^\]]*)\]/, '$1')
    .replace(/\.$/, '');
}

function familyOf(host: string): 'ipv4' | 'ipv6' | undefined {
  switch (isIP(host)) {
    case 4:
      return 'ipv4';
    case 6:
      return 'ipv6';
    default:
      return undefined;
  }
}
