import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { type ClientRequest, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type ConnectionOptions, createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { HttpRequest } from '@smithy/core/protocols';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { refusal, unavailable } from '../errors.ts';
import { errorCode, reasonOf } from '../io.ts';
import { ProxyError } from './failure.ts';
import { type HttpProxy, type Proxies, portOf } from './proxy.ts';

type Sdk = Parameters<NodeHttpHandler['handle']>[1];
type Response = Awaited<ReturnType<NodeHttpHandler['handle']>>;

/** `NodeHttpHandler` options, with agent options instead of agents. */
interface Settings extends NodeHttpHandlerOptions {
  readonly requestTimeout: number;
  readonly httpsAgent: { readonly keepAlive: boolean; readonly maxSockets: number };
}

/** Certificate authorities to trust in addition to Node's. */
interface CaBundle {
  readonly file: string;
  /** The setting that names the file. */
  readonly setting: string;
}

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly proxies: Proxies | undefined;
  readonly caBundle: CaBundle | undefined;
}

/** Sends requests through their proxies, and trusts the certificates of a CA bundle. */
export class ProxyingHandler extends NodeHttpHandler {
  private readonly settings: Settings;
  private readonly proxies: Proxies | undefined;
  /** In PEM; empty for Node's default. */
  private readonly authorities: readonly string[];
  /** HTTPS handlers by proxy (undefined for direct); created on demand because loading certificates takes time. */
  private readonly secureHandlers = new Map<HttpProxy | undefined, NodeHttpHandler>();

  /** @throws Failure if the bundle can't be read (exit 3) or is invalid (exit 2) */
  constructor(settings: Settings, { env, proxies, caBundle }: Surroundings) {
    super(settings);
    this.settings = settings;
    this.proxies = proxies;
    this.authorities = caBundle ? [...readBundle(caBundle), ...extraCertificates(env)] : [];
  }

  override async handle(request: HttpRequest, sdk: Sdk): Promise<Response> {
    const proxy = this.proxies?.for(request);
    if (request.protocol === 'https:') return this.secureHandler(proxy).handle(request, sdk);
    return proxy ? this.forward(request, proxy, sdk) : super.handle(request, sdk);
  }

  override destroy(): void {
    super.destroy();
    for (const handler of this.secureHandlers.values()) handler.destroy();
  }

  /** Sends a request without TLS to the proxy, which forwards it. */
  private async forward(request: HttpRequest, proxy: HttpProxy, sdk: Sdk): Promise<Response> {
    const { hostname, port, path } = request;
    // Skips the constructor, which would put a slash before the path.
    const forwarded = Object.assign(HttpRequest.clone(request), {
      protocol: proxy.url.protocol,
      hostname: proxy.url.hostname,
      port: portOf(proxy.url),
      path: `http://${hostname}${port === undefined ? '' : `:${port}`}${path}`,
      headers: { ...request.headers, ...headersFor(proxy) },
    });
    const isSecure = forwarded.protocol === 'https:';
    const sent = isSecure
      ? this.secureHandler(undefined).handle(forwarded, sdk)
      : super.handle(forwarded, sdk);
    const answer = await sent.catch((error: unknown) => {
      throw unreached(proxy, error);
    });
    const { statusCode, headers } = answer.response;
    const { 'content-type': type = '' } = headers;
    // AWS's errors are XML or JSON.
    const isOfProxy = statusCode === 407 || (statusCode >= 400 && /^text\/(?:html|plain)\b/.test(type));
    if (!isOfProxy) return answer;
    throw refusedBy(proxy, statusCode, headers['proxy-authenticate']);
  }

  private secureHandler(proxy: HttpProxy | undefined): NodeHttpHandler {
    const handler = this.secureHandlers.get(proxy) ?? this.makeSecureHandler(proxy);
    this.secureHandlers.set(proxy, handler);
    return handler;
  }

  private makeSecureHandler(proxy: HttpProxy | undefined): NodeHttpHandler {
    const trust = trusting(this.authorities);
    const { httpsAgent, requestTimeout } = this.settings;
    return new NodeHttpHandler({
      ...this.settings,
      httpsAgent: proxy
        ? new TunnelAgent(proxy, httpsAgent, trust, requestTimeout)
        : { ...httpsAgent, ...trust },
    });
  }
}

/** One context for all connections, because each new one loads all certificates again. */
function trusting(authorities: readonly string[]): { readonly secureContext?: SecureContext } {
  if (authorities.length === 0) return {};
  const all = [...rootCertificates, ...authorities];
  const unique = new Map(all.map((certificate) => [certificate.replace(/\s/g, ''), certificate]));
  return { secureContext: createSecureContext({ ca: [...unique.values()] }) };
}

/** Slightly less than a request's timeout, so the error blames the proxy. */
const SHARE_OF_TIMEOUT = 0.9;

/**
 * Connects to HTTPS hosts through a proxy. Throws the proxy's errors, which the library would return as the host's
 * response.
 */
class TunnelAgent extends HttpsProxyAgent<string> {
  private readonly target: Pick<ConnectionOptions, 'secureContext'>;
  private readonly via: HttpProxy;
  private readonly timeout: number;

  constructor(
    via: HttpProxy,
    options: ConstructorParameters<typeof HttpsProxyAgent<string>>[1],
    target: TunnelAgent['target'],
    timeout: number,
  ) {
    super(via.url, { ...options, ...target, headers: headersFor(via) });
    this.via = via;
    this.target = target;
    this.timeout = timeout * SHARE_OF_TIMEOUT;
  }

  /**
   * Always true: the library searches the caller's stack for `https`, often in vain, and then connections aren't
   * reused.
   */
  override isSecureEndpoint(): boolean {
    return true;
  }

  override async connect(
    request: ClientRequest,
    options: Parameters<HttpsProxyAgent<string>['connect']>[1],
  ): Promise<Socket> {
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(), this.timeout);
    let status = 0;
    let schemes: unknown;
    request.once('proxyConnect', ({ statusCode, headers }) => {
      status = statusCode;
      schemes = headers['proxy-authenticate'];
    });
    // The library reads this before its first `await`.
    this.connectOpts = { ...this.connectOpts, signal: ending.signal };
    try {
      const socket = await super.connect(request, { ...options, ...this.target });
      if (status === 200) return socket;
    } catch (error) {
      throw unreached(this.via, error);
    } finally {
      clearTimeout(timer);
    }
    throw refusedBy(this.via, status, schemes);
  }
}

function headersFor({ authorization }: HttpProxy): Record<string, string> {
  return authorization === undefined ? {} : { 'Proxy-Authorization': authorization };
}

/** The error if the proxy can't be reached or doesn't respond. */
function unreached({ url, variable }: HttpProxy, error: unknown): ProxyError {
  // The SDK also calls a reset connection a timeout.
  const isLate =
    error instanceof Error &&
    (error.name === 'AbortError' || (error.name === 'TimeoutError' && errorCode(error) === undefined));
  const code = isLate ? 'ETIMEDOUT' : errorCode(error);
  // After trying several addresses, the error only has a code.
  const words = code === 'ETIMEDOUT' ? 'no response in time' : reasonOf(error) || code;
  return new ProxyError(`${url.origin} (${variable}): ${words}`, null, code);
}

/** The error for a response from the proxy itself. */
function refusedBy(
  { url, variable, authorization }: HttpProxy,
  status: number,
  schemes: unknown,
): ProxyError {
  const words = `${url.origin} (${variable}) returned ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
  if (status !== 407) return new ProxyError(words, status >= 500 ? 'proxy' : 'proxy-refused');
  const given =
    authorization === undefined
      ? 'its address has no credentials'
      : 'it rejects the credentials in its address';
  const takesBasic = schemes === undefined || /\bbasic\b/i.test(String(schemes));
  return new ProxyError(
    `${words}: ${takesBasic ? given : "it doesn't offer Basic authentication"}`,
    'proxy-credentials',
  );
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** A bundle's certificates, in PEM. */
function readBundle({ file, setting }: CaBundle): readonly string[] {
  const location = { file };
  const help = `Set ${setting} to a PEM file of CA certificates, or remove it to use Node's certificates.`;
  let text: string;
  try {
    // Reading some devices never ends.
    if (statSync(file).isCharacterDevice()) throw new Error('it is a device');
    text = readFileSync(file, 'latin1');
  } catch (error) {
    throw unavailable({ message: `${setting} can't be read: ${reasonOf(error)}`, location, help }, error);
  }
  const certificates = text.match(CERTIFICATE) ?? [];
  const [first = ''] = certificates;
  if (!isCertificate(first))
    throw refusal({ message: `${setting} isn't a PEM file of certificates`, location, help });
  return certificates;
}

function isCertificate(pem: string): boolean {
  try {
    return Boolean(new X509Certificate(pem));
  } catch {
    return false;
  }
}

/** Node only adds these if no other CAs are set, and warns if it can't read the file. */
function extraCertificates({ NODE_EXTRA_CA_CERTS: file }: Surroundings['env']): readonly string[] {
  try {
    return readFileSync(file ?? '', 'latin1').match(CERTIFICATE) ?? [];
  } catch {
    return [];
  }
}
