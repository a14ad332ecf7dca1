import { loadConfig } from '@smithy/core/config';

/** What a client is, as far as its endpoint is concerned. */
interface Configurable {
  readonly config: { readonly serviceId: string };
}

/**
 * Makes a client use the endpoint that its profile names: the SDK looks for `endpoint_url` and `services` in the profile of AWS_PROFILE
 * alone, and passes over that of the client.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html has the order.
 */
export function withProfileEndpoint<Client extends Configurable>(
  client: Client,
  profile: string | null,
): Client {
  if (profile === null) return client;
  const { serviceId } = client.config;
  const serviceConfiguredEndpoint = loadConfig<string | undefined>(
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
    { profile },
  );
  Object.assign(client.config, { serviceConfiguredEndpoint });
  return client;
}
