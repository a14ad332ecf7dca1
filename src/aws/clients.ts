import { devNull } from 'node:os';
import { IAMClient } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import {
  fromEnv,
  fromHttp,
  fromIni,
  fromInstanceMetadata,
  fromTokenFile,
} from '@aws-sdk/credential-providers';
import { loadConfig } from '@smithy/core/config';
import { memo } from '../memo.ts';
import { quoted } from '../text.ts';
import { type CredentialSource, overridesKeys } from './profile.ts';
import type { Transport } from './request-handler.ts';

/** Credentials of an assumed role. */
export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Functions that assume the roles in a profile. */
export type ProfileRoles = Pick<
  NonNullable<Parameters<typeof fromIni>[0]>,
  'roleAssumer' | 'roleAssumerWithWebIdentity'
>;

/** The `Retrier` does all retries. A client's middleware never changes, so it is built once per operation. */
const OF_ALL = { maxAttempts: 1, cacheMiddleware: true };

/** One profile's SDK clients, one per service and region, with shared connections and credentials. */
export class ProfileClients {
  readonly sts: STSClient;
  /** STS in a region other than the profile's. */
  readonly stsIn = memo((region: string) => this.own(new STSClient({ ...this.shared, region })));
  private readonly endpointOf: (serviceId: string) => () => Promise<string | undefined>;
  private readonly shared: SharedConfig;
  private readonly iam: ClientPool<IAMClient>;

  constructor(
    { source, region }: { readonly source: CredentialSource; readonly region: string },
    { requestHandler }: Pick<Transport, 'requestHandler'>,
    roles: ProfileRoles,
  ) {
    const sts = new STSClient({
      region,
      ...OF_ALL,
      requestHandler,
      ...chainFor(source, { ...roles, clientConfig: { requestHandler } }),
    });
    const profile = source.profile === null ? {} : { profile: source.profile };
    this.endpointOf = memo((serviceId) => configuredEndpoint(profile, serviceId));
    this.sts = this.own(sts);
    this.shared = { ...profile, region, ...OF_ALL, requestHandler, ...settingsOf(this.sts) };
    this.iam = this.pool(IAMClient, region);
  }

  /** STS for one step in the profile's credential chain. */
  stsWith(credentials: Credentials | undefined, region: string): STSClient {
    const { requestHandler } = this.shared;
    // Calls without credentials are not signed, so nothing asks a provider for them.
    return this.own(
      new STSClient({ ...this.shared, requestHandler, region, credentials: credentials ?? NONE }),
    );
  }

  /**
   * Returns a client for a service in a region.
   * @param Client the SDK class, passed in because most runs never load it
   * @param credentials of an account; default: the profile's
   */
  of<Client extends Configurable>(
    Client: new (config: AccountConfig) => Client,
    region: string,
    credentials?: TemporaryCredentials,
  ): Client {
    return this.own(new Client({ ...this.shared, region, ...(credentials && { credentials }) }));
  }

  /** Runs `use` with an IAM client that has an account's credentials, by default the caller's. */
  withIam<T>(
    credentials: TemporaryCredentials | undefined,
    use: (client: IAMClient) => Promise<T>,
  ): Promise<T> {
    return this.iam.use(credentials, use);
  }

  /** @param Client as for `of` */
  pool<Client extends Reusable>(
    Client: new (config: AccountConfig) => Client,
    region: string,
  ): ClientPool<Client> {
    return new ClientPool(() => this.of(Client, region), this.shared.credentials);
  }

  /** Sets the client's configured endpoint. */
  private own<Client extends Configurable>(client: Client): Client {
    Object.assign(client.config, { serviceConfiguredEndpoint: this.endpointOf(client.config.serviceId) });
    return client;
  }

  /** Closes the connections. */
  close(): void {
    this.sts.destroy();
  }
}

/** A client whose credentials can be replaced between two calls. */
interface Reusable extends Configurable {
  readonly config: Configurable['config'] & { credentials?: unknown };
}

/**
 * One service's clients in one region, for calls with the credentials of many accounts. They are reused: creating one
 * takes longer, and leaves more garbage, than the call itself.
 */
class ClientPool<Client extends Reusable> {
  private readonly make: () => Client;
  private readonly own: SharedConfig['credentials'];
  private readonly idle: Client[] = [];

  /** @param own the credentials of calls without others */
  constructor(make: () => Client, own: SharedConfig['credentials']) {
    this.make = make;
    this.own = own;
  }

  async use<T>(
    credentials: TemporaryCredentials | undefined,
    use: (client: Client) => Promise<T>,
  ): Promise<T> {
    const client = this.idle.pop() ?? this.make();
    client.config.credentials = credentials ? async () => credentials : this.own;
    try {
      return await use(client);
    } finally {
      this.idle.push(client);
    }
  }
}

/**
 * Settings that one client resolves for all others. Otherwise each client would read the AWS CLI's files again for each
 * setting, and a company's files can contain a thousand profiles.
 */
function settingsOf({ config }: STSClient) {
  const { credentials, useDualstackEndpoint, useFipsEndpoint, retryMode } = config;
  const { userAgentAppId, authSchemePreference } = config;
  return {
    credentials,
    useDualstackEndpoint,
    useFipsEndpoint,
    retryMode,
    userAgentAppId,
    authSchemePreference,
  };
}

/** Credentials that one step of the chain passes to the next. */
interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const NONE: Credentials = { accessKeyId: '', secretAccessKey: '' };

/** Replaces the credentials file. */
const NO_FILE = devNull;

type SharedConfig = Pick<STSClient['config'], 'requestHandler'> &
  ReturnType<typeof settingsOf> & {
    readonly region: string;
    readonly maxAttempts: number;
    readonly profile?: string;
  };

/** The config of a client with an account's or the profile's credentials. */
type AccountConfig = Omit<SharedConfig, 'credentials'> & {
  readonly credentials: SharedConfig['credentials'] | TemporaryCredentials;
};

/**
 * Returns a single credential provider; if it fails, so does the run. After a misspelled profile or a failed process,
 * the SDK's default chain would fall back to other sources, such as the machine's own role.
 * @param init functions that assume roles, and the request handler of the SDK's clients for Identity Center and `aws
 *   login`
 */
function chainFor(
  { profile, from }: CredentialSource,
  init: ProfileRoles & { readonly clientConfig: Pick<SharedConfig, 'requestHandler'> },
) {
  switch (from) {
    case 'environment':
      return { credentials: fromEnv() };
    case 'web-identity':
      return { credentials: fromTokenFile(init) };
    case 'container':
      return { credentials: fromHttp() };
    case 'instance':
      return { credentials: fromInstanceMetadata() };
    case 'profile': {
      // The role's own step asks for the code, after the previous step succeeded and again if the code is wrong; this
      // hook can do neither.
      const mfaCodeProvider = async () => '';
      const name = profile ?? 'default';
      const ofFiles = fromIni({ ...init, mfaCodeProvider, profile: name });
      const ofConfig = fromIni({ ...init, mfaCodeProvider, profile: name, filepath: NO_FILE });
      const credentials: typeof ofFiles = async (context) =>
        ((await overridesKeys(name)) ? ofConfig : ofFiles)(context);
      return profile === null ? { credentials } : { profile, credentials };
    }
  }
}

/** The part of a client that its endpoint depends on. */
interface Configurable {
  readonly config: { readonly serviceId: string };
}

/**
 * The endpoint that the environment or a profile configures for a service. The SDK reads `endpoint_url` and `services`
 * only from AWS_PROFILE's profile, ignores the client's profile, and reads the files again for each call. For the
 * order, see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html.
 * @returns a function that throws an EndpointError for an invalid endpoint
 */
function configuredEndpoint(
  profile: { readonly profile?: string },
  serviceId: string,
): () => Promise<string | undefined> {
  const configured = loadConfig<string | undefined>(
    {
      environmentVariableSelector: (env) =>
        env[`AWS_ENDPOINT_URL_${serviceId.toUpperCase().replaceAll(' ', '_')}`] || env.AWS_ENDPOINT_URL,
      configFileSelector: (settings, file) => {
        const services = settings.services ? file?.[`services.${settings.services}`] : undefined;
        const own = services?.[`${serviceId.toLowerCase().replaceAll(' ', '_')}.endpoint_url`];
        return own || settings.endpoint_url;
      },
      default: () => Promise.resolve(undefined),
    },
    profile,
  );
  return async () => {
    const url = await configured();
    // `localhost:4566` is also a URL, with the scheme `localhost`.
    if (url !== undefined && !(/^https?:/i.test(url) && URL.canParse(url))) throw new EndpointError(url);
    return url;
  };
}

/** The configured endpoint is invalid. */
class EndpointError extends Error {
  override readonly name = 'EndpointError';

  constructor(endpoint: string) {
    const withoutCredentials = endpoint.slice(endpoint.lastIndexOf('@') + 1);
    super(`${quoted(withoutCredentials)} isn't an HTTP or HTTPS URL`);
  }
}
