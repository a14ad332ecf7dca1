import { defineConfig } from 'vitest/config';

/** The comparison with aws-iam-authenticator itself, which needs Go. */
// biome-ignore lint/style/noDefaultExport: what vitest reads
export default defineConfig({
  test: {
    include: ['test/authenticator/**/*.compare.ts'],
    globalSetup: ['test/authenticator/build.ts'],
    testTimeout: 600_000,
    maxWorkers: 2,
  },
});
