import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The program and kubectl before a real API server with the real authenticator, which takes Go to build. */
// biome-ignore lint/style/noDefaultExport: what vitest reads
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/cluster/**/*.cluster.ts'],
    globalSetup: ['test/build.ts', 'test/cluster/setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // A cluster has one aws-auth.
    fileParallelism: false,
  },
});
