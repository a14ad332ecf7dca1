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

/** How the roles that a profile names are assumed. */
export type ProfileRoles = Pick<
  NonNullable<Parameters<typeof fromIni>[0]>,
  'roleAssumer' | 'roleAssumerWithWebIdentity'
>;

/** The `Retrier` tries again. Of a client's middleware nothing changes, so that it needs to be put together once for each operation. */
const OF_ALL = { maxAttempts: 1, cacheMiddleware: true };

/** The SDK's clients for one profile: one per service and region, all on the same connections and credentials. */
export class ProfileClients {
  readonly sts: STSClient;
  /** STS of another region than the profile's. */
  readonly stsIn = memo((region: string) => this.own(new STSClient({ ...this.shared, region })));
  private readonly endpointOf: (serviceId: string) => () => Promise<string | undefined>;
  private readonly shared: SharedConfig;
  private readonly idleIam: IAMClient[] = [];

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
  }

  /** STS for one step on the way to the profile's own credentials. */
  stsWith(credentials: Credentials | undefined, region: string): STSClient {
    const { requestHandler } = this.shared;
    // Without credentials a call is not signed; of those that are not there nobody is asked.
    return this.own(
      new STSClient({ ...this.shared, requestHandler, region, credentials: credentials ?? NONE }),
    );
  }

  /**
   * A client of a service in a region.
   * @param Client passed by who calls it: most runs do without, and without loading it
   * @param credentials of an account; the profile's where none are given
   */
  of<Client extends Configurable>(
    Client: new (config: AccountConfig) => Client,
    region: string,
    credentials?: TemporaryCredentials,
  ): Client {
    return this.own(new Client({ ...this.shared, region, ...(credentials && { credentials }) }));
  }

  /**
   * Lends a client of one account's own credentials, or the caller's where none are given. A client serves one call and then the
   * next: making one takes longer, and leaves more behind, than the call it is made for.
   */
  async withIam<T>(
    credentials: TemporaryCredentials | undefined,
    use: (client: IAMClient) => Promise<T>,
  ): Promise<T> {
    const client = this.idleIam.pop() ?? this.own(new IAMClient(this.shared));
    client.config.credentials = credentials ? async () => credentials : this.shared.credentials;
    try {
      return await use(client);
    } finally {
      this.idleIam.push(client);
    }
  }

  /** Makes a client use the endpoint that is configured for it. */
  private own<Client extends Configurable>(client: Client): Client {
    Object.assign(client.config, { serviceConfiguredEndpoint: this.endpointOf(client.config.serviceId) });
    return client;
  }

  /** Ends the connections. */
  close(): void {
    this.sts.destroy();
  }
}

/**
 * What a client has found out, or will, for all others: each would read the files of the AWS CLI again for each of these, and a company's
 * can name a thousand profiles.
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

/** Credentials that a step gives to the next one. */
interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const NONE: Credentials = { accessKeyId: '', secretAccessKey: '' };

/** In place of the file of credentials. */
const NO_FILE = devNull;

type SharedConfig = Pick<STSClient['config'], 'requestHandler'> &
  ReturnType<typeof settingsOf> & {
    readonly region: string;
    readonly maxAttempts: number;
    readonly profile?: string;
  };

/** With the credentials of an account, or the profile's. */
type AccountConfig = Omit<SharedConfig, 'credentials'> & {
  readonly credentials: SharedConfig['credentials'] | TemporaryCredentials;
};

/**
 * One way to credentials, which is used or the run fails: the SDK's default chain would go on from a misspelt profile, or a process
 * that fails, to whatever else there is, such as the machine's own role.
 * @param init how roles are assumed, and how the SDK's clients of Identity Center and of `aws login` send their requests
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
      // A role's step asks once the one before it has its credentials, and again where the code is wrong; here it can do neither.
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

/** What a client is, as far as its endpoint is concerned. */
interface Configurable {
  readonly config: { readonly serviceId: string };
}

/**
 * The endpoint that the environment or a profile states for a service. The SDK looks for `endpoint_url` and `services` in the profile
 * of AWS_PROFILE alone, ignores that of the client, and reads the files again for each call.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html has the order.
 * @returns what throws an EndpointError where it is none
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
    // `localhost:4566` is a URL too, whose scheme is `localhost`.
    if (url !== undefined && !(/^https?:/i.test(url) && URL.canParse(url))) throw new EndpointError(url);
    return url;
  };
}

/** What is configured as an endpoint is none. */
class EndpointError extends Error {
  override readonly name = 'EndpointError';

  constructor(endpoint: string) {
    const withoutCredentials = endpoint.slice(endpoint.lastIndexOf('@') + 1);
    super(`${quoted(withoutCredentials)} is not the address of an HTTP server`);
  }
}
