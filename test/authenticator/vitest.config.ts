import { defineConfig } from 'vitest/config';

/** Compares the program with aws-iam-authenticator itself; building it requires Go. */
// biome-ignore lint/style/noDefaultExport: vitest reads it
export default defineConfig({
  test: {
    include: ['test/authenticator/**/*.compare.ts'],
    globalSetup: ['test/authenticator/build.ts'],
    testTimeout: 600_000,
    maxWorkers: 2,
  },
});
