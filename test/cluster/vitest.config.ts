import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests the program and kubectl with a real API server and the real authenticator, which needs Go to build. */
// biome-ignore lint/style/noDefaultExport: vitest reads it
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/cluster/**/*.cluster.ts'],
    globalSetup: ['test/build.ts', 'test/cluster/setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // The tests share one aws-auth.
    fileParallelism: false,
  },
});
