import { onTestFinished, vi } from 'vitest';
import { buildWorld } from './build-world.ts';
import type { FakeAwsOptions } from './options.ts';
import { type FakeAws, startFakeAws } from './server.ts';
import type { WorldInput } from './world-input.ts';

/** A fake AWS for the running test: sets this process's environment until the test ends, then closes. */
export async function fakeAwsForTest(world: WorldInput = {}, options: FakeAwsOptions = {}): Promise<FakeAws> {
  const fake = await startFakeAws(buildWorld(world), options);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await fake.close();
  });
  useEnvironment(fake.env);
  return fake;
}

/**
 * Makes this process's SDK clients use only these variables for endpoint, region, credentials, proxies and
 * certificates.
 */
export function useEnvironment(env: Readonly<Record<string, string | undefined>>): void {
  const names = Object.keys(process.env).filter((name) => /^AWS_|_PROXY$|^NODE_EXTRA_CA_CERTS$/i.test(name));
  for (const name of names) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
}
