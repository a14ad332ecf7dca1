import type { TestProject } from 'vitest/node';
import { startMoto } from './moto-server.ts';
import { HOME_REGION } from './organization.ts';
import { seed } from './seed.ts';
import type { Truth } from './truth.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly motoUrl: string;
    readonly truth: Truth;
  }
}

/** One moto for all tests: they only read. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startMoto(HOME_REGION);
  try {
    project.provide('motoUrl', server.url);
    project.provide('truth', await seed(server.url));
  } catch (error) {
    await server.close();
    throw error;
  }
  return server.close;
}
