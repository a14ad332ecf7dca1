import { BlockList, isIP } from 'node:net';
import { unescape as percentDecoded } from 'node:querystring';
import { type Finding, refusal, warning } from '../errors.ts';
import { listed, quoted } from '../text.ts';

/** A proxy, as a variable of the environment names it. */
export interface HttpProxy {
  readonly variable: string;
  /** Without the credentials. */
  readonly url: URL;
  /** What the proxy is told of the credentials in the address. */
  readonly authorization: string | undefined;
}

/** Where a request goes, as far as it decides on the proxy. */
export interface Target {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxies that the environment names, and NO_PROXY with all that curl, Python and Go find in it. ALL_PROXY is not read, as the AWS CLI
 * does not.
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-proxy.html
 */
export class Proxies {
  private readonly byProtocol: Readonly<Record<string, HttpProxy | undefined>>;
  private readonly exempt: NoProxy;

  /** @throws Failure (exit 2) for the address of a proxy that is none */
  constructor(env: Env, onFinding: (finding: Finding) => void) {
    this.byProtocol = { 'http:': proxyOf(env, 'HTTP_PROXY'), 'https:': proxyOf(env, 'HTTPS_PROXY') };
    const { variable, value } = settingOf(env, 'NO_PROXY');
    this.exempt = new NoProxy(value);
    const { ignored } = this.exempt;
    if (ignored.length === 0) return;
    const help =
      'Give hosts (example.com, which includes all below it), addresses, ranges (10.0.0.0/8, fd00::/8), each with a :PORT if need be, or *.';
    onFinding(
      warning('no-proxy-ignored', `ignored in ${variable}: ${listed(ignored.map(quoted))}`, { help }),
    );
  }

  /** The proxy for a request, unless it goes directly. */
  for(target: Target): HttpProxy | undefined {
    const proxy = this.byProtocol[target.protocol];
    return proxy && !this.exempt.has(target) ? proxy : undefined;
  }
}

function proxyOf(env: Env, name: string): HttpProxy | undefined {
  const { variable, value } = settingOf(env, name);
  return value === '' ? undefined : parseProxy(variable, value);
}

/** @param name in upper case; in lower case it takes precedence */
function settingOf(env: Env, name: string): { readonly variable: string; readonly value: string } {
  const variable = env[name.toLowerCase()] ? name.toLowerCase() : name;
  return { variable, value: env[variable] ?? '' };
}

function parseProxy(variable: string, address: string): HttpProxy {
  const text = address.includes('://') ? address : `http://${address}`;
  if (!URL.canParse(text)) throw invalid(variable, address);
  const url = new URL(text);
  const { protocol, username, password } = url;
  // An @ that is left over: what stands before it, with a slash or a # in it, was meant as the password.
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
    message: `${variable} is not the address of an HTTP proxy: ${quoted(withoutCredentials)}`,
    help: `Give it as http://HOST:PORT or https://HOST:PORT; credentials as http://USER:PASSWORD@HOST:PORT, with special characters percent-encoded (@ is %40). SOCKS is not supported.`,
  });
}

/** The port of an address, or that of its protocol. */
export function portOf({
  protocol,
  port,
}: {
  readonly protocol: string;
  readonly port?: number | string | undefined;
}): number {
  return Number(port || (protocol === 'https:' ? 443 : 80));
}

/** What NO_PROXY has of one host: its name, or addresses. */
interface Exemption {
  /** Null: every port. */
  readonly port: number | null;
  /** All names end with the empty one. */
  readonly name?: string;
  readonly addresses?: BlockList;
}

/** The hosts that NO_PROXY lists. */
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

/** `host`, `.host`, `*.host`, `10.0.0.1`, `10.0.0.0/8`, `::1`, `[::1]`, `fd00::/8` or `*`, each but an IPv6 address without brackets with `:port`. */
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

/** In lower case, without the brackets of an IPv6 address and without the dot at the end of a full name. */
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
