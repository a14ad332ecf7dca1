import type { STSClient } from '@aws-sdk/client-sts';
import { loadConfig } from '@smithy/core/config';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Finding } from '../errors.ts';
import type { Proxies } from './proxy.ts';
import { WIDTH } from './rate-limit.ts';
import { keepSecret } from './redact.ts';

type RequestHandler = STSClient['config']['requestHandler'];

type Env = Readonly<Record<string, string | undefined>>;

/** Settings that decide the route of requests. */
export interface NetworkOptions {
  readonly env: Env;
  readonly proxies: Proxies | undefined;
}

const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];

/**
 * The proxies in the environment; undefined without any.
 * @throws Failure (exit 2) for an invalid proxy address
 */
export async function findProxies(
  env: Env,
  onFinding: (finding: Finding) => void,
): Promise<Proxies | undefined> {
  if (!PROXY_VARIABLES.some((name) => env[name])) return undefined;
  const { Proxies } = await import('./proxy.ts');
  return new Proxies(env, onFinding);
}

/** Sends a profile's requests. */
export interface Transport {
  readonly requestHandler: RequestHandler;
  /** The last request's connection error, if it failed. */
  readonly connectionError: () => unknown;
}

/** Connections per host: enough for STS and IAM on one host, plus listing and Identity Center. */
const MAX_SOCKETS = 2 * WIDTH.most + 16;

/**
 * Also sends the requests for the profile's credentials, except to instance metadata and container credentials: the SDK
 * sends those directly.
 * @param profile whose settings apply; null for AWS_PROFILE's or the default profile's
 * @param timeout milliseconds
 * @throws Failure if a CA bundle can't be read (exit 3) or is invalid (exit 2)
 */
export async function openTransport(
  { env, proxies }: NetworkOptions,
  profile: string | null,
  timeout: number,
): Promise<Transport> {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const settings = {
    connectionTimeout: timeout,
    requestTimeout: timeout,
    socketTimeout: timeout,
    throwOnRequestTimeout: true,
    httpAgent: agent,
    httpsAgent: agent,
  };
  const caBundle = await findCaBundle(env, profile);
  if (!proxies && !caBundle) return remembering(new NodeHttpHandler(settings));
  const { ProxyingHandler } = await import('./proxying-handler.ts');
  return remembering(new ProxyingHandler(settings, { env, proxies, caBundle }));
}

/** Keeps connection errors: the SDK's credential providers pass on their text at most. */
function remembering(handler: RequestHandler): Transport {
  let error: unknown;
  const handle: RequestHandler['handle'] = async (request, options) => {
    keepSecretsOf(request.headers);
    try {
      const answer = await handler.handle(request, options);
      error = undefined;
      return answer;
    } catch (reason) {
      error = reason;
      throw reason;
    }
  };
  const requestHandler = Object.assign(Object.create(handler), { handle });
  return { requestHandler, connectionError: () => error };
}

async function findCaBundle(env: Env, profile: string | null) {
  const { AWS_CA_BUNDLE: stated } = env;
  if (stated) return { file: stated, setting: 'AWS_CA_BUNDLE' };
  const ofProfile = loadConfig<string | undefined>(
    {
      environmentVariableSelector: () => undefined,
      configFileSelector: (settings) => settings.ca_bundle,
      default: () => Promise.resolve(undefined),
    },
    profile === null ? {} : { profile },
  );
  const file = await ofProfile();
  return file ? { file, setting: 'ca_bundle in the profile' } : undefined;
}

/** Headers whose whole value is a secret. */
const SECRET_HEADERS =
  /^(x-amz-security-token|x-amz-sso_bearer_token|authorization|x-aws-ec2-metadata-token)$/i;

/** Registers the secrets in a request's headers. */
function keepSecretsOf(headers: Readonly<Record<string, string>>): void {
  // A signature is only good for its own request.
  for (const [name, value] of Object.entries(headers))
    if (SECRET_HEADERS.test(name) && !value.startsWith('AWS4-')) keepSecret(value);
}
